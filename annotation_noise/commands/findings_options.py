"""The words of `score_findings.py`, and its help."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from annotation_noise.commands.launch import launched
from annotation_noise.commands.options import new_parser

DESCRIPTION = """\
Tell how well label-error finders find the errors of a noisy file, whose log is the truth:
AUROC, average precision, precision and recall, by kind of noise, size and IoU, against chance."""

EXAMPLES = """\
findings:
  A CSV file with a header, from any tool. A column annotation_id or image_id names what was
  scored. A column score tells how suspicious it is, the more the higher; or a column quality,
  as cleanlab has it, the more the lower. What is not listed is the least suspicious.
  Of annotations crowd regions are left out; an annotation that is gone can be found by its
  image alone.

examples:
  python score_findings.py noisy_data_easy.key/instances_val2017.noise.csv cleanlab.csv
      of a file made with --blind, whose log lies beside its folder; writes
      findings_report/report.html (open it in a browser), report.md, report.json
  python score_findings.py LOG cleanlab.csv mine.csv --at 100 500
      two finders side by side, each also by the first 100 and 500 that it names
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status, as `commands.launch` says."""
    return launched(parser(), _work, argv, "the report", needs=("jinja2", "matplotlib"))


def _work(arguments: Namespace) -> str:
    from annotation_noise.commands.findings import planned, run

    return run(planned(arguments))


def parser() -> ArgumentParser:
    """The parser of the command line."""
    result = new_parser("score_findings.py", DESCRIPTION, EXAMPLES)
    add = result.add_argument
    add("log", metavar="LOG", type=Path, help="the log of the noise, *.noise.csv")
    add("findings", metavar="FINDINGS", type=Path, nargs="+", help="what a finder says, a CSV file")
    text = "the noisy file of that log (default: beside it, or in the folder whose .key it is in)"
    add("--noisy", metavar="FILE", type=Path, help=text)
    text = "give precision and recall among the first N that a finder names, too"
    add("--at", metavar="N", type=int, nargs="+", default=[], help=text)
    text = "write the report into this folder (default: findings_report)"
    add("--output_dir", metavar="DIR", type=Path, default=Path("findings_report"), help=text)
    add("--overwrite", action="store_true", help="replace the report that is in the output folder")
    return result
