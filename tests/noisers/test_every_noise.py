"""What holds for every noise, whoever wrote it: found by itself, pure, reproducible, blind to the window, worse as its
strengths rise.

No list names them: each lies in the file of its own name, in the folder of its kind.
"""

import inspect
import pickle
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import noisers
from annotation_noise.core import calls
from annotation_noise.core.draws import stream
from annotation_noise.core.step_values import step_of
from annotation_noise.errors import InputError
from annotation_noise.geometry.boxes import box_iou, clipped
from annotation_noise.geometry.masks import Mask, area_px, from_frame, overlap_px, padded, tight, to_frame
from annotation_noise.geometry.masks import box as box_of
from noisers import Box, Classes, Instance, Noised, Noiser, Remove, Scene, load
from noisers.kinds import classes
from noisers.registry import NOISES
from noisers.strengths import bounds, is_number
from tests.strategies import full_frames

EVERY_NOISE = list(load().values())
FOLDER = Path(noisers.__file__).parent
THREE = classes({1: "ant", 4: "cat", 90: "dog"}, {1: "insect", 4: "animal", 90: "animal"})

every_noise = pytest.mark.parametrize("noise", EVERY_NOISE, ids=lambda noise: noise.name)


def of_kind(kind: str, with_numbers: bool = False) -> pytest.MarkDecorator:
    noises = [
        n for n in EVERY_NOISE if n.kind == kind and (not with_numbers or any(map(is_number, n.strengths.values())))
    ]
    return pytest.mark.parametrize("noise", noises, ids=lambda noise: noise.name)


def scene(*frames: NDArray[np.uint8]) -> Scene:
    """An image with these whole frames as instances, of one class after the other; all that is in it is read-only."""
    masks = [calls.frozen(from_frame(frame)) for frame in frames]
    instances = (
        Instance(10 + place, THREE.ids[place % 3], mask, Box(*box_of(mask))) for place, mask in enumerate(masks)
    )
    height, width = frames[0].shape
    return Scene(7, height, width, tuple(instances))


def squares(count: int) -> list[NDArray[np.uint8]]:
    """Squares of 9 pixels in rows, two columns and rows apart, the first touching the left border."""
    frames = [np.zeros((20, 60), np.uint8) for _ in range(count)]
    for place, frame in enumerate(frames):
        frame[11 * (place // 5) :, 11 * (place % 5) :][:9, :9] = 1
    return frames


NOTHING, EVERYTHING = np.zeros((20, 60), np.uint8), np.ones((20, 60), np.uint8)
SUBJECTS = {
    "a square": from_frame(squares(1)[0]),
    "the whole frame": from_frame(EVERYTHING),
    "a pixel": from_frame(np.pad(np.ones((1, 1), np.uint8), 9)),
}
THREE_SQUARES = scene(*squares(3))
ONE_CLASS = THREE_SQUARES._replace(instances=THREE_SQUARES.instances[1:2])
DONOR = scene(np.eye(9, 5, dtype=np.uint8)).instances[0]  # of an image of another size
SCENES = {
    "squares": THREE_SQUARES,
    "one": scene(*squares(1)),
    "without masks": scene(NOTHING, NOTHING),
    "one without a mask": scene(NOTHING, *squares(2)),
    "the whole frame, twice": scene(EVERYTHING, EVERYTHING, *squares(1)),
    "the same again and again": scene(*squares(1) * 10),
    "a frame of one pixel": scene(np.ones((1, 1), np.uint8)),
}


def called(
    noise: Noiser,
    subject: Any,
    seed: int,
    strengths: Mapping[str, Any] | None = None,
    around: Scene = THREE_SQUARES,
    of_file: Classes = THREE,
) -> Any:
    """What a noise makes of its subject, with what it asks for by name; strengths: its example's unless given."""
    context: calls.Context = {
        "instance": lambda: around.instances[-1],
        "chosen": lambda: around.instances[:2],
        "scene": lambda: around,
        "classes": lambda: of_file,
        "donor": lambda: DONOR,
    }
    return calls.called(noise, subject, stream(seed, "test", 1), strengths or noise.example, context)


def gentlest(noise: Noiser) -> dict[str, Any]:
    """Its strengths with numbers of 0, of 1 where it does not take 0, or so many that all is kept: gentle as can be."""
    for number in (0, 1, 10**6):
        values = {key: number if is_number(kind) else noise.example[key] for key, kind in noise.strengths.items()}
        try:
            step_of(noise.name, {"share": 1, **values}, load())
        except InputError:
            continue
        return values
    raise AssertionError(f"{noise.name} takes neither 0 nor 1 nor a million")


def noised(noise: Noiser, mask: Mask, seed: int) -> NDArray[np.uint8]:
    result = called(noise, mask, seed)
    return to_frame(tight(result.mask if isinstance(result, Noised) else result))


def mean_iou(noise: Noiser, masks: Sequence[Mask], strengths: Mapping[str, Any]) -> float:
    """With the clean masks, over these."""
    ious = []
    for number, mask in enumerate(masks):
        result = called(noise, mask, number, strengths)
        noisy = result.mask if isinstance(result, Noised) else result
        common = overlap_px(noisy, mask)
        ious.append(common / (area_px(noisy) + area_px(mask) - common))
    return float(np.mean(ious))


def files() -> Iterator[tuple[str, str]]:
    """Kind and name of each file in the folders of the noises."""
    for kind in NOISES:
        yield from ((kind, path.stem) for path in (FOLDER / kind).glob("*.py") if path.stem != "__init__")


def test_every_file_is_a_noise_and_every_noise_a_file() -> None:
    assert sorted((noise.kind, noise.name) for noise in EVERY_NOISE) == sorted(files())
    assert list(load()) == sorted(load())


@every_noise
def test_it_has_its_own_file_and_its_source(noise: Noiser) -> None:
    assert noise.function.__module__ == f"noisers.{noise.kind}.{noise.name}"
    assert "Source: " in (inspect.getdoc(noise.function) or "")


@every_noise
def test_it_has_a_test_of_its_own(noise: Noiser) -> None:
    assert (Path(__file__).parent / noise.kind / f"test_{noise.name}.py").is_file()


@every_noise
def test_it_has_no_default_strength(noise: Noiser) -> None:
    parameters = inspect.signature(noise.function).parameters.values()
    assert all(p.default is p.empty for p in parameters)
    assert list(noise.strengths) == [
        p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.name not in noise.context
    ]


@every_noise
def test_its_example_is_one_of_its_levels(noise: Noiser) -> None:
    """So that pictures of the levels show it among milder and stronger ones."""
    assert not noise.levels or noise.example in noise.levels


@every_noise
def test_another_process_finds_it_by_its_name(noise: Noiser) -> None:
    assert pickle.loads(pickle.dumps(noise)) == noise
    assert len(pickle.dumps(noise)) < 200


@of_kind("mask")
@given(frame=full_frames, seed=st.integers(0, 2**64 - 1), margin_px=st.integers(1, 60))
def test_noise_on_the_crop_is_noise_on_the_whole_image(
    noise: Noiser, frame: NDArray[np.uint8], seed: int, margin_px: int
) -> None:
    crop = from_frame(frame)
    expected = noised(noise, padded(crop, 100), seed)  # a window of the whole frame
    assert np.array_equal(noised(noise, crop, seed), expected)
    assert np.array_equal(noised(noise, padded(crop, margin_px), seed), expected)


@of_kind("mask")
@given(frame=full_frames, seed=st.integers(0, 2**64 - 1))
def test_it_leaves_its_mask_alone_and_can_be_repeated(noise: Noiser, frame: NDArray[np.uint8], seed: int) -> None:
    mask = from_frame(frame)
    once = noised(noise, mask, seed)
    assert np.array_equal(to_frame(mask), frame)
    assert np.array_equal(noised(noise, mask, seed), once)
    checked = calls.noised(called(noise, calls.frozen(mask), seed), mask, noise).mask
    assert np.array_equal(to_frame(checked), once)


@of_kind("mask", with_numbers=True)
@given(frame=full_frames, seed=st.integers(0, 2**64 - 1))
def test_as_gentle_as_it_can_be_it_changes_no_pixel(noise: Noiser, frame: NDArray[np.uint8], seed: int) -> None:
    result = called(noise, calls.frozen(from_frame(frame)), seed, gentlest(noise))
    assert np.array_equal(to_frame(result.mask if isinstance(result, Noised) else result), frame)


@of_kind("mask", with_numbers=True)
def test_it_gets_worse_as_its_strengths_rise(noise: Noiser, real_masks: list[Mask]) -> None:
    assert noise.levels, "`levels` has three strengths, mild to strong"
    means = [1.0, *(mean_iou(noise, real_masks[::8], level) for level in noise.levels)]
    assert means == sorted(means, reverse=True)
    assert means[-1] < 0.99


@of_kind("mask")
def test_it_is_quick_or_says_how_long_it_takes(noise: Noiser, real_masks: list[Mask]) -> None:
    """At most 3 ms for a mask of an image of 640 x 480, on average, or what its docstring says."""
    most_s = most_seconds(noise)
    masks = real_masks[::20]

    def took_s(strengths: Mapping[str, Any]) -> float:
        begin = time.process_time()
        mean_iou(noise, masks, strengths)
        return (time.process_time() - begin) / len(masks)

    for strengths in (noise.example, *noise.levels):
        assert min(took_s(strengths) for _ in range(3)) < most_s


def most_seconds(noise: Noiser) -> float:
    """How long a noise may take for an instance."""
    said = re.search(r"Takes about ([\d.]+) ms", inspect.getdoc(noise.function) or "")
    return 1e-3 * max(3, 2 * float(said[1]) if said else 0)


@pytest.mark.parametrize("noise", [n for n in EVERY_NOISE if n.kind != "mask"], ids=lambda noise: noise.name)
def test_in_a_scene_it_is_quick_or_says_how_long_it_takes(noise: Noiser, real_masks: list[Mask]) -> None:
    """The same of noises of classes, boxes and instances, for each of eight instances of an image."""
    sizes = [(mask.frame_height, mask.frame_width) for mask in real_masks]
    frame = max(set(sizes), key=lambda size: (sizes.count(size), size))
    masks = [calls.frozen(mask) for mask, size in zip(real_masks, sizes, strict=True) if size == frame][:8]
    instances = [Instance(n, THREE.ids[n % 3], mask, Box(*box_of(mask))) for n, mask in enumerate(masks)]
    around = Scene(7, *frame, tuple(instances))
    assert len(instances) == 8

    def all_of_them() -> None:
        for place in range(8) if "chosen" not in noise.context else (0,):
            instance = instances[place]
            context: calls.Context = {
                "instance": lambda instance=instance: instance,  # type: ignore[misc]
                "chosen": lambda: around.instances,
                "scene": lambda: around,
                "classes": lambda: THREE,
                "donor": lambda: DONOR,
            }
            subject = {"category": instance.category_id, "box": instance.box, "instances": around}[noise.kind]
            calls.called(noise, subject, stream(place, "test", 1), noise.example, context)

    def took_s() -> float:
        begin = time.process_time()
        all_of_them()
        return (time.process_time() - begin) / 8

    assert min(took_s() for _ in range(3)) < most_seconds(noise)


@of_kind("mask")
@pytest.mark.parametrize(
    "number", [-1e6, 1e6, *(pytest.param(number, marks=pytest.mark.slow) for number in (-1e300, 1e300))]
)
@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_an_absurd_strength_ends_well(noise: Noiser, number: float, subject: Mask) -> None:
    for key in (key for key, kind in noise.strengths.items() if is_number(kind)):
        least, most = bounds(noise.strengths[key])
        strengths = {**noise.example, key: type(noise.example[key])(min(max(number, least), most))}
        try:
            step_of(noise.name, {"share": 1, **strengths}, load())
        except InputError as error:
            assert "failed" not in str(error)
        else:
            calls.noised(called(noise, subject, 1, strengths), subject, noise)


@of_kind("box")
@given(box=st.tuples(*[st.floats(0, 1e5)] * 4), seed=st.integers(0, 2**64 - 1))
def test_as_gentle_as_it_can_be_it_does_not_move_the_box(noise: Noiser, box: tuple[float, ...], seed: int) -> None:
    if any(map(is_number, noise.strengths.values())):  # else its share alone is its strength
        assert called(noise, Box(*box), seed, gentlest(noise)) == box


@of_kind("category")
def test_it_gives_a_category_that_exists(noise: Noiser) -> None:
    for category_id in THREE.ids:
        given_ids = [called(noise, category_id, seed) for seed in range(100)]
        assert {calls.category(number, THREE, noise) for number in given_ids} <= set(THREE.ids)
        assert given_ids == [called(noise, category_id, seed) for seed in range(100)]


@of_kind("category")
def test_where_there_is_one_category_it_stays(noise: Noiser) -> None:
    assert called(noise, 4, 1, around=ONE_CLASS, of_file=classes({4: "cat"}, {4: "animal"})) == 4


@of_kind("box")
def test_it_gives_a_box(noise: Noiser) -> None:
    box = THREE_SQUARES.instances[1].box
    for seed in range(100):
        noisy = calls.box(called(noise, box, seed), noise)
        assert calls.box(called(noise, box, seed), noise) == noisy


@of_kind("instances")
@pytest.mark.parametrize("around", SCENES.values(), ids=SCENES)
def test_it_adds_and_removes_what_a_scene_can_have(noise: Noiser, around: Scene) -> None:
    before = [instance.mask.pixels.tobytes() for instance in around.instances]
    for seed in range(20):
        edits = calls.edits(called(noise, around, seed, around=around), around, THREE, noise)
        again = calls.edits(called(noise, around, seed, around=around), around, THREE, noise)
        assert repr(again) == repr(edits)
        removed = [edit.id for edit in edits if isinstance(edit, Remove)]
        assert len(set(removed)) == len(removed)
    assert [instance.mask.pixels.tobytes() for instance in around.instances] == before


@of_kind("box", with_numbers=True)
def test_boxes_get_worse_as_strengths_rise(noise: Noiser, real_masks: list[Mask]) -> None:
    """By the mean IoU of boxes of real masks, cut to the image."""
    assert noise.levels, "`levels` has three strengths, mild to strong"
    means = [1.0]
    for level in noise.levels:
        ious = []
        for seed, mask in enumerate(real_masks[::4]):
            alone = Instance(1, 1, mask, Box(*box_of(mask)))
            around = Scene(7, mask.frame_height, mask.frame_width, (alone,))
            noisy = calls.box(called(noise, alone.box, seed, level, around), noise)
            noisy = clipped(noisy, mask.frame_height, mask.frame_width) or alone.box
            ious.append(box_iou(alone.box, noisy))
        means.append(float(np.mean(ious)))
    assert means == sorted(means, reverse=True)
    assert means[-1] < 0.9
