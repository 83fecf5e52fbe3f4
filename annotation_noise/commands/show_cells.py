"""What the cells of `show_noise.py`'s picture hold: an annotation under a noise, by noise and strength."""

from collections.abc import Sequence
from itertools import count

from annotation_noise.coco.schema import Annotation, Image
from annotation_noise.core.apply import apply
from annotation_noise.core.outcome import Options, Outcome, Setting
from annotation_noise.core.presets import BENCHMARKS
from annotation_noise.core.recipe import recipe
from annotation_noise.core.step_values import step_of
from annotation_noise.core.steps import Recipe, Step
from annotation_noise.geometry.boxes import Box
from annotation_noise.geometry.masks import Mask
from annotation_noise.reports.noise_figure import Cell
from noisers import Classes, Noiser, load

_MOST_WORDS = 2  # of what a noise has drawn, that have room beneath a cell


def noisy_cells(annotation: Annotation, image: Image, clean: Mask, seed: int) -> dict[str, dict[str, Cell]]:
    """Every mask noise of easy, medium and hard, by noise and then by level.

    clean: the mask of the annotation, tight and not empty. Each noise is what the annotation gets where that noise is
    drawn for it: the same seed and id give the same mask as in `noise_annotations.py`. Where a coin falls, as that of
    `rand` for dilate or erode, the next seed at which it falls otherwise has a row of its own, `rand, seed 3`.
    """
    cells: dict[str, dict[str, Cell]] = {}
    for level in ("easy", "medium", "hard"):
        for step in recipe(BENCHMARKS[level], load()).steps:
            if step.noise.kind == "mask":
                outcome = _outcome(step, annotation, image, seed)
                cells.setdefault(step.noise.name, {})[level] = _cell(outcome, clean, _words_of(outcome))
                if coin := _coin(outcome):
                    seeds = ((seed + step_on) % 2**64 for step_on in count(1))  # after the largest comes 0
                    others = ((other, _outcome(step, annotation, image, other)) for other in seeds)
                    other, outcome = next(pair for pair in others if _coin(pair[1]) != coin)
                    cell = _cell(outcome, clean, _words_of(outcome))
                    cells.setdefault(f"{step.noise.name}, seed {other}", {})[level] = cell
    return cells


def _coin(outcome: Outcome) -> list[str]:
    """What was drawn from a few words."""
    return [value for value in outcome.applied[0].drawn.values() if isinstance(value, str)]


def _words_of(outcome: Outcome) -> list[str]:
    """The strengths of the only noise, and what it drew."""
    return [_in_words(name, value) for name, value in outcome.applied[0].drawn.items()]


def level_cells(noise: Noiser, annotation: Annotation, image: Image, clean: Mask, seed: int) -> dict[str, Cell]:
    """An annotation under a noise of its mask or box, by strength in words: at its levels, or as in its example.

    The same seed and id give the same mask or box as in `noise_annotations.py`, where the noise is drawn for it.
    """
    cells: dict[str, Cell] = {}
    levels = noise.levels or (noise.example,)
    varying = [key for key in noise.example if len({str(level[key]) for level in levels}) > 1 or len(levels) == 1]
    for level in levels:
        outcome = _outcome(step_of(noise.name, {"share": 1, **level}, load()), annotation, image, seed)
        drawn = {key: value for key, value in outcome.applied[0].drawn.items() if key not in level}
        words = [_in_words(key, value) for key, value in drawn.items()]
        cell = _cell(outcome, clean, words if len(words) <= _MOST_WORDS else [])
        if noise.kind == "box" and annotation.bbox:
            cell = cell._replace(box=outcome.box or Box(*annotation.bbox))
        cells[",\n".join(_in_words(key, level[key]) for key in varying) or noise.name] = cell
    return cells


def _outcome(step: Step, annotation: Annotation, image: Image, seed: int) -> Outcome:
    always = Recipe((step._replace(share=1.0),), {}, frozenset({step.noise.kind}))
    return apply(annotation, image.height, image.width, Setting(always, Classes(), seed, Options(crowd="noise")))


def _cell(outcome: Outcome, clean: Mask, words: Sequence[str]) -> Cell:
    iou = outcome.applied[0].iou
    if iou is None:
        return Cell(None, ", ".join([*words, "nothing is left"]))
    return Cell(outcome.mask or clean, ", ".join([*words, f"IoU {iou:.2f}"]))


def _in_words(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    words = name.removesuffix("_px").removesuffix("_deg").replace("_", " ")
    return f"{words} {value:.4g}" + (" px" if name.endswith("_px") else "°" if name.endswith("_deg") else "")
