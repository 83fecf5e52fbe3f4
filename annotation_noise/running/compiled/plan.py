"""What the stages need to know of a setting, as numbers and arrays."""

import csv
import io
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.core.draws import purpose_word
from annotation_noise.core.log import parameters_text
from annotation_noise.core.outcome import Setting
from annotation_noise.core.steps import OneOf, Recipe, Step
from annotation_noise.running.compiled.known import MASK_NOISES
from annotation_noise.running.compiled.text import Pieces, pieces

OPERATIONS = ("dilate", "erode")  # what `rand` draws; 0 and 1
FORMS = ("same", "rle", "polygon")
SAME, TO_RLE, TO_POLYGON = range(3)
NOTHING: OneOf = OneOf((), "", 0.0, ())


class Plan(NamedTuple):
    """A setting. Purposes are words of an address.

    mask_choice, mask_total, mask_bounds: purpose, and the sum and bounds of `OneOf`, of the noises of masks. Of each
    of these its kind, its strength and the purpose of its draws. class_choice, class_total, class_draw: likewise of
    flip_class. class_ids: (k,) ascending. unwanted: of each class whether none may become it, is_new: whether no
    annotation of the clean file has it. form: place in FORMS. refit: whether area and bbox follow the mask.
    keeps_empty: whether the clean mask stays where nothing would be left. keeps_crowd: whether crowd regions stay.
    names: of the noises of masks, and "none". parameters: cells of the log, for each noise and each of OPERATIONS.
    class_names: cells of the log.
    """

    seed: np.uint64
    mask_choice: np.uint64
    mask_total: float
    mask_bounds: NDArray[np.float64]
    kinds: NDArray[np.int64]
    strengths: NDArray[np.float64]
    mask_draws: NDArray[np.uint64]
    class_choice: np.uint64
    class_total: float
    class_draw: np.uint64
    class_ids: NDArray[np.int64]
    unwanted: NDArray[np.bool_]
    is_new: NDArray[np.bool_]
    form: int
    refit: bool
    keeps_empty: bool
    keeps_crowd: bool
    names: Pieces
    parameters: Pieces
    class_names: Pieces


def plan_of(setting: Setting) -> Plan | None:
    """A setting as the stages take it, its recipe and options known; None where its classes are odd."""
    numbers, names = list(setting.classes.names), setting.classes.names.values()
    if any("\r" in name for name in names) or any(abs(number) >= 2**63 for number in numbers):
        return None
    masks, classes = (_node(setting.recipe, kind) for kind in ("mask", "category"))
    unwanted = setting.unannotated if setting.options.flip_to == "annotated" else frozenset[int]()
    return Plan(
        np.uint64(setting.seed),
        *_choice(masks),
        np.array(masks.bounds, np.float64),
        np.array([MASK_NOISES[step.noise.name] for step in masks.steps], np.int64),
        np.array([next(iter(step.strengths.values())) for step in masks.steps], np.float64),
        np.array([_draw_of(step) for step in masks.steps], np.uint64),
        *_choice(classes),
        next(map(_draw_of, classes.steps), np.uint64(0)),
        np.array(numbers, np.int64),
        np.array([number in unwanted for number in numbers], np.bool_),
        np.array([number in setting.unannotated for number in numbers], np.bool_),
        FORMS.index(setting.options.segmentation),
        setting.options.boxes == "refit",
        setting.options.on_empty == "keep",
        setting.options.crowd == "keep",
        pieces([*(step.noise.name.encode() for step in masks.steps), b"none"]),
        pieces([_cell(_parameters(step, operation)) for step in masks.steps for operation in OPERATIONS]),
        pieces([_cell(name) for name in names]),
    )


def _node(recipe: Recipe, kind: str) -> OneOf:
    nodes = (node for node in recipe.nodes if isinstance(node, OneOf))
    return next((node for node in nodes if node.steps[0].noise.kind == kind), NOTHING)


def _choice(node: OneOf) -> tuple[np.uint64, float]:
    return np.uint64(purpose_word(node.purpose)), float(node.total)


def _draw_of(step: Step) -> np.uint64:
    return np.uint64(purpose_word(f"noise {step.label}"))


def _parameters(step: Step, operation: str) -> str:
    drawn = {"operation": operation} if step.noise.name == "rand" else {}
    return parameters_text({**step.strengths, **drawn})


def _cell(text: str) -> bytes:
    """A text as a cell of CSV."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerow(["", text])  # alone, an empty text would be quoted
    return file.getvalue()[1:-1].encode()
