"""The words of the command line, and its help."""

import argparse
from pathlib import Path

from benchmarks import BENCHMARKS

VERSION = "0.1.0"

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
  python noise_annotations.py --list_noises
"""

SOURCES = ("coco", "cityscapes", "viper", "panoptic")
CITYSCAPES_SOURCES = ("instances", "polygons")
TARGETS = ("coco", "yolo", "cityscapes")

CHOICES = {
    "segmentation": ("same", "rle", "polygon"),
    "boxes": ("refit", "keep"),
    "crowd": ("keep", "noise"),
    "on_empty": ("keep", "drop"),
}


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    words = argparse.ArgumentParser(
        prog="noise_annotations.py",
        description="Put annotation noise into COCO instance annotations, reproducibly. Writes noisy\n"
        "files of the same names, a log of every change and a manifest into a new folder.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    words.add_argument(
        "path",
        metavar="PATH",
        type=Path,
        nargs="?",
        help="a COCO file, or a folder with instances_*.json; with --glob a folder of any files, with --from the "
        "folder of the dataset",
    )
    what = words.add_argument_group("what noise")
    what.add_argument("--benchmark", metavar="NAME", help=f"a preset: {', '.join(BENCHMARKS)}")
    what.add_argument(
        "--corruption_values",
        metavar="DICT",
        nargs="+",
        help="your own noise: a dict of noises, each [share, strength], or a list of dicts for several noisy datasets; "
        "as a Python literal, JSON, or @FILE (JSON or YAML)",
    )
    what.add_argument("--seed", type=int, default=1, help="the same seed gives the same noise (default: 1)")
    what.add_argument(
        "--plugin", metavar="FILE", type=Path, action="append", default=[], help="a Python file with noises of your own"
    )
    what.add_argument("--list_noises", action="store_true", help="list the noises and their strengths, and exit")
    where = words.add_argument_group("which files")
    where.add_argument("--splits", metavar="SPLIT", nargs="+", help="of a folder, only instances_SPLIT*.json")
    where.add_argument(
        "--glob",
        metavar="PATTERN",
        help="take all files below PATH that match, as in '**/*.json'; COCO files, or SA-1B's one file an image",
    )
    where.add_argument(
        "--resume", action="store_true", help="with --glob: go on where a run that was cut off has stopped"
    )
    where.add_argument(
        "--from",
        dest="source",
        choices=SOURCES,
        default="coco",
        help="the dataset's own format: Cityscapes, VIPER, COCO panoptic; converted first, and the clean COCO file "
        "is left in the folder clean (default: coco)",
    )
    where.add_argument(
        "--cityscapes_source",
        choices=CITYSCAPES_SOURCES,
        default="instances",
        help="read Cityscapes' instanceIds images, or draw its polygons (default: instances)",
    )
    where.add_argument(
        "--every",
        metavar="N",
        type=int,
        default=1,
        help="of VIPER, only frames whose number is a multiple of N (default: 1, all)",
    )
    where.add_argument(
        "--to",
        choices=TARGETS,
        default="coco",
        help="write, beside the noisy COCO file, label files for ultralytics or Cityscapes' instanceIds images "
        "(default: coco, nothing else)",
    )
    where.add_argument(
        "--method_name", metavar="NAME", help="write into noisy_data_NAME (default: the benchmark, or custom)"
    )
    where.add_argument("--output_dir", metavar="DIR", type=Path, help="write into this folder instead")
    where.add_argument(
        "--overwrite", action="store_true", help="replace the files of an earlier run in the output folder"
    )
    where.add_argument("--dry_run", action="store_true", help="do everything but write; ends with the same summary")
    look = words.add_argument_group("pictures")
    look.add_argument(
        "--preview",
        metavar="N",
        type=int,
        help="draw N images of each file, clean beside noisy, into the output folder",
    )
    look.add_argument(
        "--images",
        metavar="DIR",
        type=Path,
        help="the photographs to draw them on, or a folder with train2017/ and so on (default: a plain ground)",
    )
    how = words.add_argument_group("how")
    how.add_argument(
        "--workers", metavar="N", type=int, help="worker processes; the result is the same (default: one a core)"
    )
    how.add_argument("--cluster", metavar="ADDRESS", help="work on a Dask cluster instead, like tcp://scheduler:8786")
    how.add_argument(
        "--segmentation",
        choices=CHOICES["segmentation"],
        default="same",
        help="form of noised masks: as in the source, compressed run lengths, or polygons; all exact (default: same)",
    )
    how.add_argument(
        "--boxes",
        choices=CHOICES["boxes"],
        default="refit",
        help="let bbox and area follow the noised mask, or keep the clean ones (default: refit)",
    )
    how.add_argument(
        "--crowd",
        choices=CHOICES["crowd"],
        default="keep",
        help="leave crowd regions alone, or noise them too (default: keep)",
    )
    how.add_argument(
        "--on_empty",
        choices=CHOICES["on_empty"],
        default="keep",
        help="where noise would leave no pixel, keep the clean mask or drop the annotation (default: keep)",
    )
    return words
