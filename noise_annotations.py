"""Put annotation noise into COCO instance annotations: read, plan, noise, write, report.

The noise is that of "Noisy Annotations in Semantic Segmentation" (arXiv 2406.10891): masks drawn
too large, too small, unsteadily or with too few points, and classes mixed up. The command line is
the usual way in (`--help`); `noise` is the same for a dataset that a program holds in memory.
"""

# The libraries that do the work take longer to load than it takes to read the help, so they are
# imported where the work begins.
from __future__ import annotations

import os
import sys
import warnings
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from annotation_noise.commands.launch import launched
from annotation_noise.commands.noise_options import parser
from annotation_noise.commands.options import CHOICES
from annotation_noise.errors import InputError

if TYPE_CHECKING:
    from annotation_noise.core.log import Row


class NoisyDataset(NamedTuple):
    """What `noise` returns.

    dataset: the noisy dataset, which says that it is one (`annotation_noise.coco.statement`); parts that the noise
        does not change are shared with the input. Of LVIS's images and categories, lists and counts follow the noise
        (`annotation_noise.core.lvis_lists`).
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
    flip_to: str = "all",
    attributes: bool = False,
    plugins: Sequence[str | Path] = (),
) -> NoisyDataset:
    """Noise a COCO dataset in memory, exactly as the command line noises its file.

    dataset: a dict as json.load gives it, with images, annotations and categories; not changed.
    benchmark, corruption_values: a preset's name, or a dict like {"rand": [0.2, 3]}; one of them.
    seed: 0 to 2^64 - 1. The other options are those of the command line.

    Warns where the dataset says that it is noisy already. Raises InputError, a ValueError, in one sentence with the
    place, as the command line says it.
    """
    from annotation_noise.coco.statement import KEY, already_noisy, on_top
    from annotation_noise.commands.statement import statement_of
    from annotation_noise.core.in_memory import noise_dataset, tables_of
    from annotation_noise.core.outcome import Options
    from annotation_noise.core.requested import checked_seed, recipes_by_folder, setting_of

    options = Options(segmentation, boxes, crowd, on_empty, flip_to, attributes)  # type: ignore[arg-type]
    for name, allowed in CHOICES.items():
        if getattr(options, name) not in allowed:
            raise InputError(f"{name} must be one of {', '.join(allowed)}; not {getattr(options, name)!r}")
    if not isinstance(corruption_values, Mapping | None):
        raise InputError(f"corruption_values must be a dict, not a {type(corruption_values).__name__}")
    dicts = None if corruption_values is None else [corruption_values]
    (recipe,) = recipes_by_folder(benchmark, dicts, [Path(plugin) for plugin in plugins]).values()
    tables = tables_of(dataset)
    setting = setting_of(tables, recipe, checked_seed(seed), options)
    if dataset.get(KEY) is not None:
        warnings.warn(already_noisy("the dataset", dataset[KEY], on_top(dataset[KEY], seed)), stacklevel=2)
    statement = statement_of(benchmark, {"corruption_values": recipe.values}, seed)
    return NoisyDataset(*noise_dataset(dataset, tables, setting, statement))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status, as `annotation_noise.commands.launch` says."""
    if argv is None:  # nothing here computes with BLAS, whose threads keep cores busy in every process that loads numpy
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    return launched(parser(), _work, argv)


def _work(arguments: Namespace) -> str:
    from annotation_noise.commands.noise import answer, planned, run

    text = answer(arguments)
    return run(planned(arguments)) if text is None else text


if __name__ == "__main__":
    sys.exit(main())
