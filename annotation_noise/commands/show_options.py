"""The words of `show_noise.py`, and its help."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from annotation_noise.commands.launch import launched
from annotation_noise.commands.options import new_parser

DESCRIPTION = """\
Draw one instance under the mask noises of easy, medium and hard, or under any noise at three
strengths: the clean mask filled, the noisy outline or box upon it. Each noise is drawn as this
annotation would get it, if it did, from the same seed. Noises of classes and of instances that
come and go, presets and your own values are shown on the whole image of that annotation, clean
beside noisy: class names say what changed, and what is gone has a dashed outline."""

EXAMPLES = """\
examples:
  python show_noise.py val2017/000000404484.jpg annotations/instances_val2017.json --annotation 1246105
      draws noise_of_1246105.png
  python show_noise.py none annotations/instances_val2017.json --annotation 1246105
      the same on a plain ground
  python show_noise.py none annotations/instances_val2017.json --annotation 1246105 --noise elastic
      one noise, at its levels; of classes or instances, at three shares
  python show_noise.py none annotations/instances_val2017.json --annotation 1246105 --benchmark careless
      the whole image under a preset
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
    what = result.add_mutually_exclusive_group()
    what.add_argument("--noise", metavar="NAME", help="draw this noise; --list_noises of noise_annotations.py has all")
    what.add_argument("--benchmark", metavar="NAME", help="draw the annotation's image under this preset")
    what.add_argument("--corruption_values", metavar="DICT", help="draw it under these, as of noise_annotations.py")
    add("--seed", type=int, default=1, help="as of noise_annotations.py (default: 1)")
    add("--output", metavar="FILE", type=Path, help="the picture (default: noise_of_ID.png)")
    add("--overwrite", action="store_true", help="replace the picture where it exists")
    return result
