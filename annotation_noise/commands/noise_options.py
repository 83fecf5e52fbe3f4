"""The words of `noise_annotations.py`, and its help."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

from annotation_noise.commands.options import CHOICES, add_choice, add_form, add_output, add_workers, new_parser
from annotation_noise.datasets import DATASETS
from annotation_noise.exports import EXPORTS
from annotation_noise.reading import MOST_PIXELS

DESCRIPTION = """\
Put annotation noise into COCO instance annotations, reproducibly. Writes noisy
files of the same names, a log of every change and a manifest into a new folder."""

EXAMPLES = """\
examples:
  python noise_annotations.py annotations --benchmark easy --seed 1
      noises annotations/instances_*.json into noisy_data_easy/
  python noise_annotations.py annotations --method_name shaky \\
         --corruption_values "{'localization': [0.5, 4], 'flip_class': 0.1}"
      moves the outlines of half of the masks by 4 pixels and draws a tenth of
      the classes anew, into noisy_data_shaky/
  python noise_annotations.py annotations --corruption_values @values.yaml
      a dict, or a list of dicts for as many noisy datasets, from a file
  python noise_annotations.py cityscapes --from cityscapes --benchmark easy
      converts cityscapes/gtFine to COCO files, noises them into noisy_data_easy/,
      and leaves the clean ones in noisy_data_easy/clean/
  python noise_annotations.py annotations --benchmark dn-tod/all-10
      the noise of a paper, into noisy_data_dn-tod-all-10/
  python noise_annotations.py --list_benchmarks
  python noise_annotations.py --list_noises
"""


def parser() -> ArgumentParser:
    """The parser of the command line."""
    result = new_parser("noise_annotations.py", DESCRIPTION, EXAMPLES)
    result.add_argument(
        "path",
        metavar="PATH",
        type=Path,
        nargs="?",
        help="a COCO file, or a folder with instances_*.json or Roboflow's _annotations.coco.json; with --glob "
        "a folder of any files, with --from the folder of the dataset",
    )
    add = result.add_argument_group("what noise").add_argument
    add(
        "--benchmark",
        metavar="NAME",
        help="a preset: easy, medium, hard, or one of a paper, like una/20 (see --list_benchmarks)",
    )
    add(
        "--corruption_values",
        metavar="DICT",
        nargs="+",
        help="your own noise: a dict of noises, each [share, strength], or a list of dicts for several noisy datasets; "
        "as a Python literal, JSON, or @FILE (JSON or YAML)",
    )
    add("--seed", type=int, default=1, help="the same seed gives the same noise (default: 1)")
    text = "a Python file with noises of your own"
    add("--plugin", metavar="FILE", type=Path, action="append", default=[], help=text)
    add("--list_noises", action="store_true", help="list the noises and their strengths, and exit")
    add("--list_benchmarks", action="store_true", help="list the presets with what they do and their sources, and exit")
    text = "print the values of a preset as YAML, which --corruption_values @FILE takes, and exit"
    add("--describe", metavar="NAME", help=text)
    _add_files(result.add_argument_group("which files").add_argument)
    add = result.add_argument_group("pictures").add_argument
    text = "draw N images of each file, clean beside noisy, into the output folder"
    add("--preview", metavar="N", type=int, help=text)
    text = "the photographs to draw them on, or a folder with train2017/ and so on (default: a plain ground)"
    add("--images", metavar="DIR", type=Path, help=text)
    add = result.add_argument_group("how").add_argument
    add_workers(add)
    add("--cluster", metavar="ADDRESS", help="work on a Dask cluster instead, like tcp://scheduler:8786")
    add_form(add, "noised mask", "noise would leave")
    add_choice(add, "crowd", CHOICES["crowd"], "leave crowd regions alone, or noise them too")
    add(
        "--blind",
        action="store_true",
        help="write every annotation alike, without marks, so that the files do not tell what was noised: masks as "
        "polygons or as --segmentation rle; the logs and what was done go into a folder beside, NAME.key",
    )
    text = "who shapes the masks: libraries, the program's own kernels, equal pixel for pixel, or what is faster"
    add_choice(add, "geometry", ("auto", "libraries", "kernels"), text)
    text = "which classes a changed class may become: all of the file, or those that an annotation of it has"
    add_choice(add, "flip_to", CHOICES["flip_to"], text)
    return result


def _add_files(add: Callable[..., object]) -> None:
    add("--splits", metavar="SPLIT", nargs="+", help="of a folder, only instances_SPLIT*.json")
    add(
        "--glob",
        metavar="PATTERN",
        help="take all files below PATH that match, as in '**/*.json'; COCO files, or SA-1B's one file an image",
    )
    add("--resume", action="store_true", help="with --glob: go on where a run that was cut off has stopped")
    add(
        "--from",
        dest="source",
        choices=("coco", *DATASETS),
        default="coco",
        help=f"the dataset's own format: {', '.join(DATASETS.values())}; converted first, and the clean COCO file "
        "is left in the folder clean (default: coco)",
    )
    text = "read Cityscapes' instanceIds images, or draw its polygons"
    add_choice(add, "cityscapes_source", ("instances", "polygons"), text)
    text = "of VIPER, only frames whose number is a multiple of N (default: 1, all)"
    add("--every", metavar="N", type=int, default=1, help=text)
    text = f"refuse label images of more pixels, which may be bombs (default: {MOST_PIXELS:,})"
    add("--max_image_pixels", metavar="N", type=int, default=MOST_PIXELS, help=text)
    text = f"write, beside the noisy COCO file, {' or '.join(EXPORTS.values())} (default: coco, nothing else)"
    add("--to", choices=("coco", *EXPORTS), default="coco", help=text)
    add_output(add, "the benchmark, or custom", " in the output folder")
    add("--dry_run", action="store_true", help="do everything but write; ends with the same summary")
