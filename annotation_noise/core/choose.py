"""Which steps of a recipe meet an annotation.

Decided for each annotation by itself, from the seed and its id alone (see `draws`), and its image's where a share is
drawn for images. Of steps of which an annotation gets at most one, whether it gets any is one number against the sum of
the shares, and which one is a second number against their proportions. So with one seed the annotations noised at a
lower level are among those noised at a higher one, and where the proportions are the same, as in the presets, by the
same noise.
"""

from bisect import bisect_right

from numpy.random import Generator
from rlemasklib import RLEMask

from annotation_noise.coco.schema import Annotation
from annotation_noise.core import calls
from annotation_noise.core.draws import stream
from annotation_noise.core.outcome import Options, Setting
from annotation_noise.core.steps import Exact, Filter, OneOf, Recipe, Step, key_of, value_of
from annotation_noise.errors import InputError
from annotation_noise.geometry import masks as geometry
from annotation_noise.geometry import segmentations
from annotation_noise.geometry.masks import Mask
from noisers import Box, Classes, Instance


class Clean:
    """An annotation as a noise may see it; the mask is cropped and made read-only when somebody asks."""

    def __init__(self, annotation: Annotation, height: int, width: int) -> None:
        """Rasterise it in its frame. Raises InputError, beginning with the field, where that cannot be done."""
        self.annotation = annotation
        try:
            self.runs: RLEMask = segmentations.rasterised(annotation.segmentation, height, width)
        except ValueError as error:
            raise InputError(f".segmentation{error}") from error
        self.area_px = int(self.runs.area())
        self._mask: Mask | None = None

    @property
    def mask(self) -> Mask:
        """The clean mask, tight."""
        if self._mask is None:  # not cached_property, which takes a lock up to Python 3.11
            self._mask = calls.frozen(segmentations.cropped(self.runs))
        return self._mask

    @property
    def instance(self) -> Instance:
        """The clean instance."""
        box = box_of(self.annotation) or Box(*geometry.box(self.mask))
        return Instance(self.annotation.id, self.annotation.category_id, self.mask, box)


def box_of(annotation: Annotation) -> Box | None:
    """The annotation's own box; None where it has none."""
    return Box(*annotation.bbox) if annotation.bbox else None


def is_left_alone(annotation: Annotation, options: Options) -> bool:
    """Whether it is a crowd region that no noise may meet."""
    return bool(annotation.iscrowd) and options.crowd == "keep"


def steps_of(clean: Clean, setting: Setting) -> list[Step]:
    """The steps that meet an annotation, in the recipe's order."""
    annotation = clean.annotation
    return [
        step
        for step in hit_by(annotation.id, image_of(annotation, setting), setting)
        if step.where is None or admits(step.where, clean.area_px, annotation.category_id, setting.classes)
    ]


def hit_by(annotation_id: int, image_id: int, setting: Setting) -> list[Step]:
    """The steps whose coins fall on an annotation, whether or not their filters let it pass, in the recipe's order."""
    hit, seed = [], setting.seed
    for node in setting.recipe.nodes:
        if isinstance(node, OneOf):
            step = choose(node, stream(seed, node.purpose, annotation_id))
        else:
            step = node if meets(node, seed, annotation_id, image_id) else None
        if step:
            hit.append(step)
    return hit


def image_of(annotation: Annotation, setting: Setting) -> int:
    """The id of an annotation's image."""
    return annotation.image_id if setting.image_id is None else setting.image_id


def asks_for_scenes(recipe: Recipe) -> bool:
    """Whether a recipe cannot be followed annotation by annotation: instances come and go, or a count is exact."""
    return "instances" in recipe.kinds or any(isinstance(step.share, Exact) for step in recipe.steps)


def looks_at_neighbours(recipe: Recipe) -> bool:
    """Whether a noise of a mask, a category or a box asks for the scene that its instance is in."""
    return any("scene" in step.noise.context for step in recipe.steps if step.noise.kind != "instances")


def may_meet(step: Step, clean: Clean, setting: Setting) -> bool:
    """Whether a step may meet an annotation at all, however its coin falls."""
    if is_left_alone(clean.annotation, setting.options):
        return False
    return step.where is None or admits(step.where, clean.area_px, clean.annotation.category_id, setting.classes)


def meets(step: Step, seed: int, annotation_id: int, image_id: int) -> bool:
    """Whether a step with a coin of its own meets an annotation."""
    coin = coin_of(step, seed, annotation_id)
    if isinstance(step.share, Exact):
        return step.share.last is not None and (coin, annotation_id) <= step.share.last
    if isinstance(step.share, float):
        return coin < step.share
    rng = stream(seed, f"share {step.label}", key_of(step.per, step.annotators, seed, annotation_id, image_id))
    return coin < value_of(step.share, False, rng)


def coin_of(step: Step, seed: int, annotation_id: int) -> float:
    """The number from 0 to 1 that decides about a step with a coin of its own."""
    return stream(seed, f"choose {step.label}", annotation_id).random()


def whether_coin(step: Step, setting: Setting, annotation_id: int) -> float:
    """The number that decides whether an annotation is met at all; as shares grow, the smallest come first."""
    nodes = (node for node in setting.recipe.nodes if isinstance(node, OneOf))
    purpose = next((node.purpose for node in nodes if step in node.steps), f"choose {step.label}")
    return stream(setting.seed, purpose, annotation_id).random()


def admits(where: Filter, area: int, category_id: int, classes: Classes) -> bool:
    """Whether a filter lets an instance pass. area: of the clean mask in pixels."""
    if not where.min_area_px <= area <= where.max_area_px:
        return False
    own = (str(category_id), classes.names.get(category_id))
    named = [category for category in map(str, where.categories) if category in own]  # asking for all takes long
    return not where.categories or any(classes.id_of(category) == category_id for category in named)


def choose(node: OneOf, rng: Generator) -> Step | None:
    """One of the steps, each with its share as probability, or none of them.

    Draws two numbers, whatever the outcome.
    """
    whether, which = rng.random(), rng.random()
    return None if whether >= node.total else node.steps[bisect_right(node.bounds, which)]
