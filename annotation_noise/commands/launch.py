"""From the words of a command line to an exit status, the same for every command.

A command is a launcher in the root and modules of its name here. NAME_options has the parser, and loads no library, so
that the help is there at once. NAME resolves the options and does the work.
"""

import os
import re
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from annotation_noise.errors import NOTHING, carried_out, printed, require
from annotation_noise.interrupts import mind
from annotation_noise.reading import check_name, check_path


def launched(
    parser: ArgumentParser,
    work: Callable[[Namespace], str],
    argv: Sequence[str] | None,
    writes: str = "the output",
    kept: str = NOTHING,
    needs: Sequence[str] = (),
) -> int:
    """Run a command line and return its exit status, as `carried_out` says.

    work: from the options to the text to print; imports what takes longer to load than the help.
    argv: the words; None for those that this process was started with, and then a polite kill cleans up, like Ctrl-C.
    writes: what the command writes, and kept: what is left of a run that ends early, each for a sentence.
    needs: packages of requirements-measure.txt.
    """
    if argv is None:
        mind()
        _open_closed()
    try:
        arguments = parsed(parser, sys.argv[1:] if argv is None else argv)
    except SystemExit as end:
        if argv is not None or end.code:
            raise
        return printed("")  # the help is in the buffer

    def run() -> str:
        for word in arguments.command:
            check_name(word)
        for value in vars(arguments).values():
            for path in value if isinstance(value, list) else [value]:
                if isinstance(path, Path):
                    check_path(path)
        for package in needs:
            require(package, parser.prog)
        return work(arguments)

    return carried_out(run, writes, kept)


def _open_closed() -> None:
    """Let standard streams that are closed lead nowhere, so that no file that is opened gets their numbers."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)


def parsed(parser: ArgumentParser, words: Sequence[str]) -> Namespace:
    """The options that a command line gives, and all of it as `command`.

    An option may be written with hyphens too, --dry-run for --dry_run.
    """
    end = words.index("--") if "--" in words else len(words)
    name = re.compile(r"(?<=^--)\w[\w-]*(?=\Z|=)")
    options = [name.sub(lambda match: match[0].replace("-", "_"), word) for word in words[:end]]
    command = ["python", parser.prog, *words]
    _name_as_called(parser)
    return parser.parse_args([*options, *words[end:]], Namespace(command=command))


def _name_as_called(parser: ArgumentParser) -> None:
    """In the help of an installed command stands its own name, where that of a clone has its launcher's."""
    called = Path(sys.argv[0]).name
    if called.startswith("noise-annotations"):
        parser.epilog = (parser.epilog or "").replace(f"python {parser.prog}", called)
        parser.prog = called
