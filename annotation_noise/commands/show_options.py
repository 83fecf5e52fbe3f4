"""The words of `show_noise.py`, and its help."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from annotation_noise.commands.launch import launched
from annotation_noise.commands.options import new_parser

DESCRIPTION = """\
Draw one instance under every mask noise of the benchmark, at every level: the clean mask
filled, the noisy outline upon it. Each noise is drawn as this annotation would get it, if it did,
from the same seed."""

EXAMPLES = """\
examples:
  python show_noise.py val2017/000000404484.jpg annotations/instances_val2017.json --annotation 1246105
      draws noise_of_1246105.png
  python show_noise.py none annotations/instances_val2017.json --annotation 1246105
      the same on a plain ground
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status, as `commands.launch` says."""
    return launched(parser(), _work, argv, "the picture", needs=("matplotlib",))


def _work(arguments: Namespace) -> str:
    from annotation_noise.commands.show import planned, run

    return run(planned(arguments))


def parser() -> ArgumentParser:
    """The parser of the command line."""
    result = new_parser("show_noise.py", DESCRIPTION, EXAMPLES)
    add = result.add_argument
    add("image", metavar="IMAGE_OR_NONE", help="the photograph of the annotation's image, or none")
    add("annotations", metavar="ANNOTATIONS", type=Path, help="the COCO file that has the annotation")
    add("--annotation", metavar="ID", type=int, required=True, help="id of the annotation to show")
    add("--seed", type=int, default=1, help="as of noise_annotations.py (default: 1)")
    add("--output", metavar="FILE", type=Path, help="the picture (default: noise_of_ID.png)")
    add("--overwrite", action="store_true", help="replace the picture where it exists")
    return result
