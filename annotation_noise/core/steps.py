"""What to do, as data: a recipe is a list of steps, each a noise with its share and its strengths.

A share and a strength may be numbers or distributions. What is drawn of them belongs to an annotation, to its image or
to the annotator who made it, so that strengths can be common to all instances of an image or of a person's images.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from itertools import accumulate
from typing import Literal, NamedTuple

import msgspec
from msgspec.inspect import IntType, type_info
from numpy.random import Generator

from annotation_noise.core.draws import stream
from noisers import Noiser
from noisers.strengths import Strength, bounds, relatives

SEARCH_PLACES = 2**20

Per = Literal["annotation", "image", "annotator", "part"]


class Draw(NamedTuple):
    """A value that is drawn.

    law: its name in `LAWS`; of: its numbers; least, most: where it is cut off. partner: the strength with whose draw it
    is drawn, so that of two choices both take the same place; "" for none.
    """

    law: str
    of: tuple[float, ...]
    least: float = -math.inf
    most: float = math.inf
    partner: str = ""


class Exact(NamedTuple):
    """An exact count, as a share of the annotations that the step may meet.

    last: key and id of the last annotation that is among them, once all are known (see `counted`).
    """

    share: float
    last: tuple[float, int] | None = None


class Search(NamedTuple):
    """A strength that is looked for, between the two where the noise is mildest and where it is strongest."""

    mildest: float
    strongest: float


class Filter(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Which instances a step may meet: by the pixels of the clean mask, and by category, its name or id; () is all."""

    min_area_px: float = 0
    max_area_px: float = math.inf
    categories: tuple[str | int, ...] = ()


class Step(NamedTuple):
    """One noise of a recipe.

    share: probability that an annotation gets it, 0 to 1.
    strengths: keyword arguments of its function, plain or to be drawn; relative ones under the name that says so.
    label: its name, with a number where it is there more than once; its draws belong to it.
    per: what a drawn share and drawn strengths belong to; "part": each part of the mask is noised by itself, by
        strengths of its own. draws_per: what the noise's own draws belong to.
    annotators: how many there are, of whom each has some of the images.
    target_iou: of the noisy with the clean mask, for which one of the strengths is looked for; None for none.
    is_constant: whether its strengths are those that the noise gets, none of them drawn, relative or looked for.
    """

    noise: Noiser
    share: "float | Draw | Exact"
    strengths: Mapping[str, "Strength | Draw | Search"]
    label: str
    per: Per = "annotation"
    draws_per: Per = "annotation"
    annotators: int = 1
    where: Filter | None = None
    target_iou: "float | Draw | None" = None
    is_constant: bool = True


class OneOf(NamedTuple):
    """At most one of these steps, their shares as probabilities.

    purpose: of the draw. total: the sum of the shares.
    bounds: for each step the sum of the shares up to it, that step included, as a share of the total; the last is 1.
    """

    steps: tuple[Step, ...]
    purpose: str
    total: float
    bounds: tuple[float, ...]


def one_of(steps: Iterable[Step], purpose: str) -> OneOf:
    """At most one of these steps, whose shares are plain numbers."""
    steps = tuple(steps)
    reached = list(accumulate(float(step.share) for step in steps))  # type: ignore[arg-type]  # not sum(), which Python 3.12 changed
    total = reached[-1]
    return OneOf(steps, purpose, total, tuple(share / total if total else 1.0 for share in reached))


class Recipe(NamedTuple):
    """The noises of one noisy dataset, in the order in which they meet an annotation; each step has its own coin.

    values: the corruption values that it was made of, with everything named. kinds: of the noises.
    is_plain: a dict of mask and category noises, of which an annotation gets at most one each.
    """

    nodes: tuple[OneOf | Step, ...]
    values: Mapping[str, object]
    kinds: frozenset[str]
    is_plain: bool = True

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in their order."""
        return tuple(step for node in self.nodes for step in (node.steps if isinstance(node, OneOf) else (node,)))

    @property
    def names(self) -> dict[str, list[str]]:
        """The names of the noises by kind, in their order."""
        return {
            kind: list(dict.fromkeys(s.noise.name for s in self.steps if s.noise.kind == kind)) for kind in self.kinds
        }


def _uniform(rng: Generator, low: float, high: float) -> float:
    return low + (high - low) * rng.random()


def _whole_uniform(rng: Generator, low: float, high: float) -> float:
    return int(rng.integers(int(low), int(high), endpoint=True))


def _choice(rng: Generator, *values: float) -> float:
    return values[rng.integers(len(values))]


def _beta(rng: Generator, a: float, b: float) -> float:
    return float(rng.beta(a, b))


def _normal(rng: Generator, mean: float, std: float) -> float:
    return float(rng.normal(mean, std))


LAWS: dict[str, Callable[..., float]] = {"uniform": _uniform, "normal": _normal, "choice": _choice, "beta": _beta}


def value_of(draw: Draw, whole: bool, rng: Generator) -> float:
    """A value of a distribution.

    whole: a whole number; uniform then takes each from `low` to `high` alike, and others are cut off toward zero.
    """
    law = _whole_uniform if whole and draw.law == "uniform" else LAWS[draw.law]
    value = min(max(law(rng, *draw.of), draw.least), draw.most)
    return int(value) if whole else float(value)


def key_of(per: Per, annotators: int, seed: int, annotation_id: int, image_id: int) -> int:
    """What draws belong to: the id of the annotation or of its image, or the number of the image's annotator from 0."""
    if per in ("annotation", "part"):
        return annotation_id
    if per == "image":
        return image_id
    return int(stream(seed, "annotator", image_id).integers(annotators))


def drawn(
    step: Step,
    seed: int,
    annotation_id: int,
    image_id: int,
    area_px: int = 0,
    part: int = 0,
    position: float = 1.0,
) -> tuple[Mapping[str, Strength], Generator]:
    """The strengths that a step has for an annotation, and the generator for the noise's own draws.

    area_px: of the clean mask, for relative strengths. part: of the mask, from 0.
    position: of a strength that is looked for, from 0 where it is mildest to 1.
    """
    strengths, key = step.strengths, annotation_id
    if not step.is_constant:
        owner = key_of(step.per, step.annotators, seed, annotation_id, image_id)
        strengths = in_px(drawn_strengths(step, seed, owner, part, position), step.noise, area_px)
    if step.draws_per != "annotation":
        key = key_of(step.draws_per, step.annotators, seed, annotation_id, image_id)
    return strengths, stream(seed, f"noise {step.label}", key, part)


def drawn_strengths(step: Step, seed: int, key: int, part: int = 0, position: float = 1.0) -> Mapping[str, Strength]:
    """The strengths of a step as plain values; those that are constant draw nothing."""

    def value(name: str, strength: "Strength | Draw | Search") -> Strength:
        if not isinstance(strength, (Draw, Search)):
            return strength
        whole = _is_whole(step.noise, name)
        if isinstance(strength, Draw):
            owner = strength.partner or name
            return value_of(strength, whole, stream(seed, f"strength {step.label} {owner}", key, part))
        between = strength.mildest + position * (strength.strongest - strength.mildest)
        return round(between) if whole else float(between)

    return {name: value(name, strength) for name, strength in step.strengths.items()}


def search_places(step: Step) -> int:
    """At how many places of its way the strength that is looked for can be, beside the first: whole ones at few."""
    name, search = next((name, value) for name, value in step.strengths.items() if isinstance(value, Search))
    return max(int(abs(search.strongest - search.mildest)), 1) if _is_whole(step.noise, name) else SEARCH_PLACES


def _is_whole(noise: Noiser, name: str) -> bool:
    return isinstance(type_info(noise.strengths.get(name, float)), IntType)  # relative ones have names of their own


def in_px(strengths: Mapping[str, Strength], noise: Noiser, area_px: int) -> Mapping[str, Strength]:
    """Plain strengths as the noise takes them: relative ones times the mask's size, within the noise's own bounds."""
    names, size_px = relatives(noise.strengths), math.sqrt(area_px)
    result = {}
    for name, value in strengths.items():
        key = names.get(name, name)
        least, most = bounds(noise.strengths[key]) if name in names else (value, value)
        result[key] = min(max(value * size_px, least), most) if name in names else value
    return result
