"""The words of `evaluate_models.py`, and its help."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from annotation_noise.commands.launch import launched
from annotation_noise.commands.options import add_choice, new_parser

DESCRIPTION = """\
Evaluate a model that was trained on clean and on noisy annotations, on clean ones: AP as
COCO's evaluation computes it, for each level, and what the level costs against clean."""

EXAMPLES = """\
examples:
  python evaluate_models.py --ground_truth annotations/instances_val2017.json \\
         --predictions clean=clean.json easy=easy.json medium=medium.json hard=hard.json
      mask AP of a model that was trained four times, and what each level costs
  python evaluate_models.py --ground_truth annotations/instances_val2017.json \\
         --predictions clean=c.json hard=h.json --model "Mask R-CNN" --backbone R-50 --add_to results.json
      the same, kept as a row of results.json; further levels join the row, further
      models the table
  python evaluate_models.py --add_to results.json --with_published --format latex
      the table of all rows that results.json has, the published rows above them
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status, as `commands.launch` says."""
    return launched(parser(), _work, argv, "the results")


def _work(arguments: Namespace) -> str:
    from annotation_noise.commands.evaluate import planned, run

    return run(planned(arguments))


def parser() -> ArgumentParser:
    """The parser of the command line."""
    result = new_parser("evaluate_models.py", DESCRIPTION, EXAMPLES)
    add = result.add_argument_group("what to evaluate").add_argument
    add("--ground_truth", metavar="FILE", type=Path, help="the clean COCO file")
    text = "for any of clean, easy, medium, hard: what the model trained on it predicts, in COCO's results format"
    add("--predictions", metavar="LEVEL=FILE", nargs="+", default=[], help=text)
    text = "AP of masks, of boxes, of mask boundaries (default: segm)"
    add("--kinds", choices=("segm", "bbox", "boundary"), nargs="+", default=["segm"], help=text)
    add("--details", action="store_true", help="AP50, AP75 and AP per object size too")
    add = result.add_argument_group("the table").add_argument
    add("--model", metavar="NAME", help="what the row is called; rows that are kept need a name")
    add("--backbone", metavar="NAME", default="", help="its backbone")
    add("--dataset", metavar="NAME", default="", help="the dataset, COCO-N for instance")
    add("--add_to", metavar="FILE", type=Path, help="collect the row in this JSON file and show them all")
    add("--with_published", action="store_true", help="the published rows too, marked as published")
    text = "form of the table; csv and latex (booktabs) are printed alone"
    add_choice(add, "format", ("markdown", "csv", "latex"), text)
    return result
