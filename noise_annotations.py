"""Put annotation noise into COCO instance annotations: read, plan, noise, write, report.

The noise is that of "Noisy Annotations in Semantic Segmentation" (arXiv 2406.10891): masks drawn
too large, too small, unsteadily or with too few points, and classes mixed up. The command line is
the usual way in (`--help`); `noise` is the same for a dataset that a program holds in memory.
"""

# The libraries that do the work take longer to load than it takes to read the help, so they are
# imported where the work begins.
from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from arguments import CHOICES, parser
from errors import InputError, RunError

if TYPE_CHECKING:
    from pipeline.account import Row

NOTHING = "nothing was written"


class NoisyDataset(NamedTuple):
    """What `noise` returns.

    dataset: the noisy dataset; parts that the noise does not change are shared with the input. Of LVIS's
        images and categories, lists and counts follow the noise (`pipeline.lists`).
    changes: a row per annotation that changed or whose mask could not, in the dataset's order.
    """

    dataset: dict[str, Any]
    changes: list[Row]


def noise(
    dataset: Mapping[str, Any],
    *,
    benchmark: str | None = None,
    corruption_values: Mapping[str, object] | None = None,
    seed: int = 1,
    segmentation: str = "same",
    boxes: str = "refit",
    crowd: str = "keep",
    on_empty: str = "keep",
    plugins: Sequence[str | Path] = (),
) -> NoisyDataset:
    """Noise a COCO dataset in memory, exactly as the command line noises its file.

    dataset: a dict as json.load gives it, with images, annotations and categories; not changed.
    benchmark, corruption_values: a preset's name, or a dict like {"rand": [0.2, 3]}; one of them.
    seed: 0 to 2^64 - 1. The other options are those of the command line.

    Raises InputError, a ValueError, in one sentence with the place, as the command line says it.
    """
    from pipeline.annotate import Options, Setting
    from pipeline.dataset import noise_dataset, tables_of
    from pipeline.plan import checked_seed, recipes_by_folder

    options = Options(segmentation, boxes, crowd, on_empty)  # type: ignore[arg-type]
    for name, allowed in CHOICES.items():
        if getattr(options, name) not in allowed:
            raise InputError(f"{name} must be one of {', '.join(allowed)}; not {getattr(options, name)!r}")
    dicts = None if corruption_values is None else [corruption_values]
    (recipe,) = recipes_by_folder(benchmark, dicts, [Path(plugin) for plugin in plugins]).values()
    tables = tables_of(dataset)
    setting = Setting(recipe, tables.categories, checked_seed(seed), options)
    return NoisyDataset(*noise_dataset(dataset, tables, setting))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: done. 1: a worker was lost. 2: bad input or usage, or a disk that refuses. 130: interrupted.
    Each said in one sentence on stderr. Other than with 0, nothing has been written under a final name.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    arguments = parser().parse_args(words)
    try:
        text = _listing(arguments.plugin) if arguments.list_noises else _run(arguments, words)
    except InputError as error:
        print("; ".join([f"error: {error}", *_notes(error)]), file=sys.stderr)
        return 2
    except RunError as error:
        print("; ".join([f"error: {error}", *(_notes(error) or [NOTHING])]), file=sys.stderr)
        return 1
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        what = f"error: cannot write the output{where}: {error.strerror or error}"
        print("; ".join([what, *(_notes(error) or [NOTHING])]), file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:
        print("; ".join(["interrupted", *(_notes(error) or [NOTHING])]), file=sys.stderr)
        return 130
    try:
        print(text, flush=True)
    except BrokenPipeError:  # whoever reads it, `head` for instance, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _run(arguments: argparse.Namespace, words: Sequence[str]) -> str:
    from noising import run

    return run(arguments, words)


def _listing(plugins: Sequence[Path]) -> str:
    from noisers import listing

    return listing(tuple(plugins))


def _notes(error: BaseException) -> list[str]:
    """What a run over many files says of the files that it has finished."""
    return getattr(error, "__notes__", [])


def _stop(signal_number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)  # a polite kill cleans up, like Ctrl-C
    sys.exit(main())
