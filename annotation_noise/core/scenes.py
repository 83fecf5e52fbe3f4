"""One image through the steps that add and remove instances.

Every such step sees the clean masks and classes of the instances that the steps before it have left; what was added is
not among them. Instances are in the order of their ids, so that nothing depends on the order in a file.
"""

import math
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from annotation_noise.core import calls
from annotation_noise.core.apply import MOST_DRAWS
from annotation_noise.core.choose import Clean, is_left_alone, steps_of, whether_coin
from annotation_noise.core.donors import Donors, no_donors
from annotation_noise.core.outcome import NO_UNABLES, Applied, Setting, Unables, stayed
from annotation_noise.core.steps import Exact, Recipe, Step, drawn
from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import Mask, tight
from noisers import Add, Instance, Remove, Scene, Unable

Coins = Mapping[int, float]
Removed = Mapping[int, tuple[Applied, ...]]


class Frame(NamedTuple):
    """What a scene has beside its instances; height and width in pixels."""

    id: int
    height: int
    width: int


class Added(NamedTuple):
    """An instance that a noise has added.

    parents: ids of the annotations that it comes from, the first lends it its other fields. mask: tight, not empty.
    number: its place among what that noise has made of these parents. applied: the step, with what it drew.
    kept_out: categories that were drawn for it before but are known to be absent from the image.
    raw: its JSON object, once that is written.
    """

    parents: tuple[int, ...]
    image_id: int
    noise: str
    number: int
    category_id: int
    mask: Mask
    applied: Applied
    kept_out: tuple[int, ...] = ()
    raw: bytes = b""

    @property
    def order(self) -> tuple[tuple[int, ...], int, str, int]:
        """By this it stands in the file and gets its id; it depends on nothing but where it comes from."""
        return self.parents, self.image_id, self.noise, self.number


class Presence(NamedTuple):
    """What has become of the instances of images.

    removed: by id, the steps that met it, of which the last has taken it out. unables: by id, the steps that could do
    nothing with it.
    """

    removed: dict[int, tuple[Applied, ...]]
    added: list[Added]
    unables: dict[int, Unables]

    def join(self, later: "Presence") -> None:
        """Add to it what later steps have done, or the same steps to the instances of other images."""
        self.removed.update(later.removed)
        self.added.extend(later.added)
        for number, unables in later.unables.items():
            self.unables[number] = {**self.unables.get(number, {}), **unables}


def nobody() -> Presence:
    """No instance, yet."""
    return Presence({}, [], {})


def numbered(added: Sequence[Added], largest_id: int) -> list[tuple[int, Added]]:
    """The added instances with their ids, above the largest of the clean file, in an order that their parents decide.

    Raises InputError where no room is left above it.
    """
    if largest_id + len(added) >= 2**63:
        raise InputError(
            f"annotations that are added get ids above the largest, {largest_id}, but there is no room left"
        )
    return list(enumerate(sorted(added, key=lambda instance: instance.order), largest_id + 1))


def rounds(recipe: Recipe) -> list[list[Step]]:
    """The steps that add and remove instances, in their order, in as many goes as it takes.

    An exact count is taken among what the steps before have left, in all of the file, so they must be done.
    """
    result: list[list[Step]] = []
    for step in recipe.steps:
        if step.noise.kind == "instances":
            if not result or isinstance(step.share, Exact):
                result.append([])
            result[-1].append(step)
    return result


def counted(setting: Setting, step: Step, coins: Coins, removed: Container[int]) -> Setting:
    """The setting with the last annotation that an exact step meets.

    coins: by annotation id, of all that it may meet in the clean file; of these it takes its share. removed: those that
        are no longer there.
    """
    assert isinstance(step.share, Exact)
    count = math.floor(Fraction(str(step.share.share)) * len(coins))
    first = sorted((coin, number) for number, coin in coins.items() if number not in removed)[:count]
    known = step._replace(share=step.share._replace(last=first[-1] if first else (-1.0, 0)))
    nodes = tuple(known if node == step else node for node in setting.recipe.nodes)
    return setting._replace(recipe=setting.recipe._replace(nodes=nodes))


def scene_of(frame: Frame, cleans: Sequence[Clean], removed: Container[int], setting: Setting) -> Scene:
    """The clean scene of an image, as a noise sees it."""
    there = [
        clean
        for clean in cleans
        if clean.annotation.id not in removed and not is_left_alone(clean.annotation, setting.options)
    ]
    ordered = sorted(there, key=lambda clean: clean.annotation.id)
    return Scene(*frame, tuple(clean.instance for clean in ordered))


def play(
    frame: Frame,
    cleans: Sequence[Clean],
    steps: Sequence[Step],
    earlier: Presence,
    setting: Setting,
    excluded: Iterable[int] = (),
    donors: Donors = no_donors,
) -> Presence:
    """What some steps make of the instances of an image.

    cleans: all its annotations. steps: of the recipe, those to be done now. earlier: what those before have done.
    excluded: categories that are known to be absent from the image. donors: instances of other images.
    Raises InputError, beginning with `: the noise`, where a noise fails.
    """
    presence = nobody()
    gone = {clean.annotation.id for clean in cleans if clean.annotation.id in earlier.removed}
    numbers = Counter[tuple[str, tuple[int, ...]]]()
    able = [clean for clean in cleans if not is_left_alone(clean.annotation, setting.options)]
    met = {clean.annotation.id: steps_of(clean, setting) for clean in able}
    place = {step.label: place for place, step in enumerate(setting.recipe.steps)}
    barred = set(excluded) - {clean.annotation.category_id for clean in cleans}
    for step in steps:
        hit = {number for number, of_it in met.items() if number not in gone and step.label in _labels(of_it)}
        if not hit:
            continue
        scene = scene_of(frame, cleans, gone, setting)
        met_here = [instance for instance in scene.instances if instance.id in hit]
        chosen = sorted(met_here, key=lambda instance: whether_coin(step, setting, instance.id))
        for edit, parameters, kept_out in _edits(step, scene, tuple(chosen), setting, barred, donors):
            name = step.noise.name
            if isinstance(edit, Unable):
                unable = {step.label: Applied(name, "instances", "unable", {**parameters, "why": edit.why})}
                presence.join(Presence({}, [], {edit.id: unable}))
                continue
            if isinstance(edit, Remove):
                if edit.id in gone:
                    raise InputError(f": the noise {name} removed instance {edit.id} twice")
                gone.add(edit.id)
                before = [other for other in met[edit.id] if place[other.label] < place[step.label]]
                unables = {**earlier.unables.get(edit.id, NO_UNABLES), **presence.unables.get(edit.id, NO_UNABLES)}
                removal = Applied(name, "instances", "removed", parameters)
                presence.removed[edit.id] = (*stayed(before, unables), removal)
                continue
            applied, number = Applied(name, "instances", "added", parameters), numbers[name, edit.parents]
            presence.added.append(
                Added(edit.parents, frame.id, name, number, edit.category_id, tight(edit.mask), applied, kept_out)
            )
            numbers[name, edit.parents] += 1
    return presence


def _edits(
    step: Step, scene: Scene, chosen: Sequence[Instance], setting: Setting, barred: Container[int], donors: Donors
) -> Iterator[tuple[Add | Remove | Unable, dict[str, object], tuple[int, ...]]]:
    """What a step does to a scene: by instance, or all at once.

    Each edit comes with the strengths and what it drew, the first also with the barred categories that were drawn
    before. A call that adds one of these is made again, with the numbers that follow in the same stream.
    """
    alone = "instance" in step.noise.context
    for instance in chosen if alone else chosen[:1]:
        strengths, rng = drawn(step, setting.seed, instance.id if alone else scene.image_id, scene.image_id)
        others = donors(step, instance.id) if "donor" in step.noise.context else iter(())
        context: calls.Context = {
            "instance": lambda instance=instance: instance,  # type: ignore[misc]
            "chosen": lambda: chosen,
            "scene": lambda: scene,
            "classes": lambda: setting.classes,
            "donor": lambda others=others: next(others, None),  # type: ignore[misc]
        }
        kept_out: list[int] = []
        for _ in range(MOST_DRAWS):
            result = calls.called(step.noise, scene, rng, strengths, context)
            edits = calls.edits(result, scene, setting.classes, step.noise)
            wrong = [edit.category_id for edit in edits if isinstance(edit, Add) and edit.category_id in barred]
            if not wrong:
                break
            kept_out += wrong
        else:
            edits = [Unable(each.id, "known_to_be_absent") for each in ((instance,) if alone else chosen)]
        for edit in edits:
            more = {} if isinstance(edit, Unable) else edit.drawn
            yield edit, {**strengths, **more}, tuple(kept_out)
            kept_out = []


def _labels(steps: Iterable[Step]) -> set[str]:
    return {step.label for step in steps}


def all_rounds(
    setting: Setting,
    coins_of: Callable[[Step, Setting], Coins],
    play_all: Callable[[Sequence[Step], Presence, Setting], Iterable[Presence]],
) -> tuple[Presence, Setting]:
    """What becomes of the instances of all images, and the setting with every exact count.

    coins_of: the coins of a step for all that it may meet in the clean file, by annotation id. play_all: does some
        steps in all images; it gets what is done by then.
    """
    whole = nobody()
    for steps in rounds(setting.recipe):
        if isinstance(steps[0].share, Exact):
            setting = counted(setting, steps[0], coins_of(steps[0], setting), whole.removed)
        ready = [step for step in setting.recipe.steps if step.label in _labels(steps)]
        earlier = Presence(dict(whole.removed), [], dict(whole.unables))
        for presence in play_all(ready, earlier, setting):
            whole.join(presence)
    for step in setting.recipe.steps:
        if isinstance(step.share, Exact) and step.noise.kind != "instances":
            setting = counted(setting, step, coins_of(step, setting), whole.removed)
    return whole, setting
