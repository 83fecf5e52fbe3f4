"""A noise cannot do silent harm: what it gets it cannot change, and what it returns is checked at each call."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotation_noise.core import calls
from annotation_noise.core.draws import stream
from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import Mask, from_frame
from noise_annotations import noise
from noisers import Add, Box, Instance, Noised, Noiser, Remove, Scene, Unable
from noisers.kinds import classes
from noisers.registry import described
from tests.conftest import Command

FRAME = np.zeros((12, 16), np.uint8)
FRAME[3:7, 4:10] = 1
CLEAN = calls.frozen(from_frame(FRAME))
PETS = classes({1: "ant", 3: "cat"}, {})
SCENE = Scene(5, 12, 16, (Instance(40, 3, CLEAN, Box(4, 3, 6, 4)), Instance(41, 1, CLEAN, Box(4, 3, 6, 4))))


def a_noise(subject: Any, rng: Any, *, instance: Any) -> Any: ...


NOISES = {kind: described(a_noise, kind, {}) for kind in ("mask", "category", "box", "instances")}
AS_PIXELS = "they are an array of height and width, of 0 and 1"


def checked(kind: str, result: Any) -> Any:
    """What the program takes a result for."""
    noise = NOISES[kind]
    if kind == "mask":
        return calls.noised(result, CLEAN, noise)
    if kind == "category":
        return calls.category(result, PETS, noise)
    return calls.box(result, noise) if kind == "box" else calls.edits(result, SCENE, PETS, noise)


def with_pixels(pixels: Any) -> Mask:
    return CLEAN._replace(pixels=pixels)


SQUARE = np.eye(3, dtype=np.uint8)


@pytest.mark.parametrize(
    ("kind", "result", "message"),
    [
        ("mask", None, "returned nothing, but a mask noise returns a Mask, or Noised with one"),
        ("mask", [[1, 1]], "returned a list, but a mask noise returns a Mask, or Noised with one"),
        ("mask", SQUARE, "returned a ndarray, but a mask noise returns"),
        ("mask", (CLEAN, {}), "returned a tuple, but a mask noise returns"),
        ("mask", tuple(CLEAN), "returned a tuple, but a mask noise returns"),
        ("mask", Noised(None, {}), "returned nothing, but a mask noise returns"),  # type: ignore[arg-type]
        ("mask", with_pixels(None), f"returned nothing as pixels; {AS_PIXELS}"),
        ("mask", with_pixels([[1]]), f"returned a list as pixels; {AS_PIXELS}"),
        ("mask", with_pixels(np.ones(4, np.uint8)), f"returned an array of shape (4,) as pixels; {AS_PIXELS}"),
        ("mask", with_pixels(np.ones((2, 2, 1))), f"returned an array of shape (2, 2, 1) as pixels; {AS_PIXELS}"),
        ("mask", with_pixels(np.ones((2, 2), complex)), f"returned an array of shape (2, 2) as pixels; {AS_PIXELS}"),
        ("mask", with_pixels(np.full((2, 2), "1")), f"returned an array of shape (2, 2) as pixels; {AS_PIXELS}"),
        ("mask", with_pixels(2 * SQUARE), "returned pixels of the value 2; they are 0 or 1"),
        ("mask", with_pixels(255 * SQUARE), "returned pixels of the value 255; they are 0 or 1"),
        ("mask", with_pixels(np.array([[1, 0.5]])), "returned pixels of the value 0.5; they are 0 or 1"),
        ("mask", with_pixels(np.array([[1, -1]])), "returned pixels of the value -1; they are 0 or 1"),
        ("mask", with_pixels(np.array([[1, np.nan]])), "returned pixels of the value nan; they are 0 or 1"),
        (
            "mask",
            CLEAN._replace(left=-1),
            "returned a window of 6 x 4 at (-1, 3), which does not lie in the frame of 16 x 12",
        ),
        ("mask", CLEAN._replace(left=11), "returned a window of 6 x 4 at (11, 3), which does not lie in the frame"),
        ("mask", CLEAN._replace(top=9), "returned a window of 6 x 4 at (4, 9), which does not lie in the frame"),
        ("mask", CLEAN._replace(frame_width=17), "returned a mask of a frame of 17 x 12, not 16 x 12"),
        ("mask", CLEAN._replace(frame_height=11), "returned a mask of a frame of 16 x 11, not 16 x 12"),
        (
            "mask",
            CLEAN._replace(left=4.0),  # type: ignore[arg-type]
            "returned a mask at (4.0, 3) in a frame of 16 x 12, which are not all whole numbers",
        ),
        ("mask", CLEAN._replace(top=None), "returned a mask at (4, None) in a frame of"),  # type: ignore[arg-type]
        ("mask", CLEAN._replace(frame_width=16.0), "returned a mask at (4, 3) in a frame of 16.0 x 12"),  # type: ignore[arg-type]
        ("mask", Noised(CLEAN, None), "returned nothing as drawn; that is a dict of names and plain values"),  # type: ignore[arg-type]
        ("mask", Noised(CLEAN, {"a": {}}), "returned a as a dict; what is drawn is a plain string or number"),  # type: ignore[dict-item]
        ("mask", Noised(CLEAN, {"a": None}), "returned a as nothing; what is drawn is"),  # type: ignore[dict-item]
        ("mask", Noised(CLEAN, {"a": "\ud800"}), "returned 'a' with text that is not UTF-8, which the log is"),
        ("mask", Noised(CLEAN, {"\ud800": 1}), "returned '\\ud800' with text that is not UTF-8, which the log is"),
        ("mask", Noised(CLEAN, {"a": 2**63}), "returned a as a number of more than 64 bits"),
        ("mask", Noised(CLEAN, {"a": np.ones(2)}), "returned a as a ndarray; what is drawn is"),  # type: ignore[dict-item]
        ("category", None, "returned nothing, but a category noise returns the id of a category"),
        ("category", "cat", "returned a str, but a category noise returns the id of a category"),
        ("category", 3.0, "returned a float, but a category noise returns the id of a category"),
        ("category", True, "returned a bool, but a category noise returns the id of a category"),
        ("category", np.array([1, 3]), "returned a ndarray, but a category noise returns the id of a category"),
        ("category", 2, "gave category 2, which does not exist"),
        ("box", None, "returned nothing, but a box noise returns left, top, width and height"),
        ("box", (1, 2, 3), "returned a tuple, but a box noise returns left, top, width and height"),
        ("box", 4.0, "returned a float, but a box noise returns left, top, width and height"),
        ("box", ("a", 1, 1, 1), "returned a tuple, but a box noise returns left, top, width and height"),
        ("box", Box(1, 1, -2, 3), "returned the box 1, 1, -2, 3; they must be finite, and its sides not negative"),
        ("box", Box(1, np.nan, 2, 3), "returned the box 1, nan, 2, 3; they must be finite, and its sides not negative"),
        ("box", Box(1, 1, np.inf, 3), "returned the box 1, 1, inf, 3; they must be finite, and its sides not negative"),
        ("instances", None, "returned nothing, but an instances noise returns a list of Add and Remove"),
        ("instances", Remove(40), "returned a Remove, but an instances noise returns a list of Add and Remove"),
        ("instances", Unable(40, "late"), "returned a Unable, but an instances noise returns a list of Add and Remove"),
        ("instances", [Unable(42, "late")], "named instance 42, which is not in the scene"),
        ("instances", [40], "returned a list with a int, but an instances noise returns Add and Remove"),
        ("instances", [Remove(42)], "named instance 42, which is not in the scene"),
        ("instances", [Remove("40")], "named an instance by something else than its id"),  # type: ignore[arg-type]
        ("instances", [Add(CLEAN, 1, (40, 7))], "named instance 7, which is not in the scene"),
        ("instances", [Add(CLEAN, 1, None)], "named an instance by something else than its id"),  # type: ignore[arg-type]
        ("instances", [Add(CLEAN, 2)], "gave category 2, which does not exist"),
        ("instances", [Add(with_pixels(0 * SQUARE), 1)], "added an instance without a pixel"),
        ("instances", [Add(with_pixels(3 * SQUARE), 1)], "returned pixels of the value 3; they are 0 or 1"),
        ("instances", [Add(None, 1)], "returned nothing, but a mask noise returns a Mask"),  # type: ignore[arg-type]
        ("instances", [Remove(40, {"why": []})], "returned why as a list; what is drawn is"),  # type: ignore[dict-item]
    ],
)
def test_what_is_not_of_its_kind_is_said(kind: str, result: Any, message: str) -> None:
    with pytest.raises(InputError) as refused:
        checked(kind, result)
    assert str(refused.value).startswith(f": the noise a_noise {message}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("dtype", [np.uint8, bool, np.int64, np.float32, np.uint16])
@pytest.mark.parametrize("order", ["C", "F"])
def test_pixels_of_any_type_and_order_are_taken(dtype: Any, order: Any) -> None:
    pixels = np.array([[1, 0, 1], [0, 1, 1]], dtype, order=order)
    noised = calls.noised(with_pixels(pixels), CLEAN, NOISES["mask"])
    assert noised.mask.pixels.dtype == np.uint8 and noised.mask.pixels.flags.c_contiguous
    assert noised.mask.pixels.tolist() == [[1, 0, 1], [0, 1, 1]]
    assert (noised.mask[1:], noised.drawn) == (CLEAN[1:], {})


def test_numpys_numbers_become_pythons() -> None:
    drawn = {"a": np.float32(0.5), "b": np.int64(3), "c": np.bool_(True), "d": np.str_("up"), 5: 1}
    mask = Mask(SQUARE, np.int64(2), np.uint8(3), np.int32(12), np.int64(16))  # type: ignore[arg-type]
    noised = calls.noised(Noised(mask, drawn), CLEAN, NOISES["mask"])  # type: ignore[arg-type]
    assert noised.drawn == {"a": 0.5, "b": 3, "c": True, "d": "up", "5": 1}
    assert [type(value) for value in noised.drawn.values()] == [float, int, bool, str, int]
    assert noised.mask[1:] == (2, 3, 12, 16)
    assert {type(number) for number in noised.mask[1:]} == {int}
    category_id = checked("category", np.uint8(3))
    assert (category_id, type(category_id)) == (3, int)
    box = checked("box", np.array([1, 2, 3, 4]))
    assert (box, type(box), type(box.left)) == ((1, 2, 3, 4), Box, float)
    add, remove = checked("instances", (Add(mask, np.int64(3), (np.int64(40),)), Remove(np.int64(41))))  # type: ignore[arg-type]
    assert (add.category_id, add.parents, remove.id) == (3, (40,), 41)
    assert {type(number) for number in (add.category_id, *add.parents, remove.id)} == {int}


@pytest.mark.parametrize("pixels", [np.zeros((0, 0), np.uint8), np.zeros((0, 3)), np.zeros((2, 2), np.uint8)])
def test_an_empty_mask_is_taken(pixels: Any) -> None:
    assert not calls.noised(with_pixels(pixels), CLEAN, NOISES["mask"]).mask.pixels.any()


def called(function: Any, kind: str = "mask", example: Any = None, subject: Any = CLEAN) -> Any:
    described_noise: Noiser = described(function, kind, example or {})
    context: calls.Context = {"classes": lambda: PETS, "instance": lambda: SCENE.instances[0], "scene": lambda: SCENE}
    return calls.called(described_noise, subject, stream(1, "test", 1), described_noise.example, context)


def test_what_it_asks_for_is_filled_in_and_nothing_else() -> None:
    def asking(scene_or_mask, rng, *, instance, std_px, scene, classes):  # type: ignore[no-untyped-def]
        return scene_or_mask, std_px, instance, scene, classes

    assert called(asking, "mask", {"std_px": 2}) == (CLEAN, 2.0, SCENE.instances[0], SCENE, PETS)


def painting(mask, rng):  # type: ignore[no-untyped-def]
    mask.pixels[0, 0] = 0
    return mask


def painting_a_neighbour(mask, rng, *, scene):  # type: ignore[no-untyped-def]
    scene.instances[1].mask.pixels[:] = 0
    return mask


def renaming(category_id, rng, *, classes):  # type: ignore[no-untyped-def]
    classes.names[category_id] = "cow"
    return category_id


def by_opencv(mask, rng):  # type: ignore[no-untyped-def]
    import cv2

    cv2.dilate(mask.pixels, np.ones((3, 3), np.uint8), dst=mask.pixels)
    return mask


def several_lines(mask, rng):  # type: ignore[no-untyped-def]
    raise RuntimeError("this\n  and\n\tthat")


def recursing(mask: Any, rng: Any) -> Any:
    return recursing(mask, rng)


def leaving(mask, rng):  # type: ignore[no-untyped-def]
    raise SystemExit(0)


def failing_late(scene, rng, *, instance):  # type: ignore[no-untyped-def]
    yield Remove(40)
    raise KeyError("no more")


@pytest.mark.parametrize(
    ("function", "kind", "subject", "message"),
    [
        (painting, "mask", CLEAN, "ValueError: assignment destination is read-only"),
        (painting_a_neighbour, "mask", CLEAN, "ValueError: assignment destination is read-only"),
        (renaming, "category", 3, "TypeError: 'mappingproxy' object does not support item assignment"),
        (by_opencv, "mask", CLEAN, "error: OpenCV"),
        (several_lines, "mask", CLEAN, "RuntimeError: this and that"),
        (recursing, "mask", CLEAN, "RecursionError: maximum recursion depth exceeded"),
        (leaving, "mask", CLEAN, "SystemExit: 0"),
        (failing_late, "instances", SCENE, "KeyError: 'no more'"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_a_noise_that_fails_is_said_in_one_sentence(function: Any, kind: str, subject: Any, message: str) -> None:
    with pytest.raises(InputError) as refused:
        called(function, kind, subject=subject)
    assert str(refused.value).startswith(f": the noise {function.__name__} failed: {message}")
    assert "\n" not in str(refused.value)
    assert CLEAN.pixels.all() and PETS.names[3] == "cat"


def test_what_it_yields_is_a_list() -> None:
    def yielding(scene, rng, *, instance):  # type: ignore[no-untyped-def]
        yield Remove(40)
        yield Remove(41)

    assert called(yielding, "instances", subject=SCENE) == [Remove(40), Remove(41)]


def plugin(tmp_path: Path, body: str, kind: str = "mask", name: str = "harmful") -> Path:
    """A file with one noise."""
    path = tmp_path / "mine.py"
    subject = {"mask": "mask", "category": "category_id", "box": "box"}[kind]
    path.write_text(
        "import sys\nimport numpy as np\nfrom noisers import Mask, Noised, noiser\n\n\n"
        f'@noiser("{kind}", example={{}})\ndef {name}({subject}, rng):\n    """Do harm."""\n    {body}\n'
    )
    return path


# The masks of `tiny` are larger than those on which a noise is tried.
ON_REAL_DATA = "if mask.frame_width > 16: "


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (
            f"{ON_REAL_DATA}mask.pixels[:] = 0\n    return mask",
            "mask",
            "annotations[0]: the noise NAME failed: ValueError: assignment destination is read-only",
        ),
        (
            f"{ON_REAL_DATA}return mask._replace(left=60)\n    return mask",
            "mask",
            "annotations[0]: the noise NAME returned a window of 20 x 20 at (60, 10), which does not lie in the frame "
            "of 40 x 40",
        ),
        (
            f"{ON_REAL_DATA}sys.exit(0)\n    return mask",
            "mask",
            "annotations[0]: the noise NAME failed: SystemExit: 0",
        ),
        (
            "return 7",
            "category",
            "the noise NAME gave category 7, which does not exist (when it was tried on category 1)",
        ),
        (
            "mask.pixels[:] = 0\n    return mask",
            "mask",
            "the noise NAME failed: ValueError: assignment destination is read-only (when it was tried on a mask of",
        ),
        ("return None", "mask", "the noise NAME returned nothing, but a mask noise returns a Mask, or Noised with one"),
        (
            "return box[:2]",
            "box",
            "the noise NAME returned a tuple, but a box noise returns left, top, width and height",
        ),
    ],
)
def test_in_memory_it_is_said_with_its_place(
    tmp_path: Path, tiny: dict[str, Any], body: str, kind: str, message: str
) -> None:
    tiny["categories"] = [{"id": 3, "name": "cat"}, {"id": 1, "name": "ant"}]
    before = json.dumps(tiny)
    name = tmp_path.name  # that no other test has
    with pytest.raises(InputError) as refused:
        noise(tiny, corruption_values={name: 1}, plugins=[plugin(tmp_path, body, kind, name)])
    assert str(refused.value).startswith(message.replace("NAME", name))
    assert "\n" not in str(refused.value)
    assert json.dumps(tiny) == before


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            f"{ON_REAL_DATA}mask.pixels[:] = 0\n    return mask",
            "input/instances_tiny.json: annotations[0]: the noise harmful failed: ValueError: assignment destination "
            "is read-only",
        ),
        (
            "return mask._replace(pixels=mask.pixels * 0.5)",
            "the noise harmful returned pixels of the value 0.5; they are 0 or 1 (when it was tried on a mask of 8 x 8 "
            "pixels)",
        ),
        (
            f"{ON_REAL_DATA}return Noised(mask, {{'how': {{'much': 1}}}})\n    return mask",
            "input/instances_tiny.json: annotations[0]: the noise harmful returned how as a dict; what is drawn is a "
            "plain string or number",
        ),
    ],
)
def test_the_command_says_it_and_writes_nothing(
    command: Command, tmp_path: Path, tiny_file: Path, workers: str, body: str, message: str
) -> None:
    plugin(tmp_path, body)
    words = ("input", "--plugin", "mine.py", "--corruption_values", "{'harmful': 1}", "--workers", workers)
    before = sorted(path.name for path in tmp_path.iterdir())
    done = command(*words)
    assert (done.returncode, done.stdout) == (2, "")
    said = done.stderr.splitlines()[-1]
    assert said.removeprefix("error: ").removeprefix(f"{tmp_path}/") == message
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_table_and_a_file_have_their_place_in_log_and_manifest(
    command: Command, tmp_path: Path, tiny_file: Path
) -> None:
    (tmp_path / "mine.py").write_text(
        "from pathlib import Path\nfrom noisers import Table, noiser\n\n\n"
        '@noiser("mask", example={"odds": {"a": {"b": 1}}, "more": {"a": {"b": 1}}, "file": __file__})\n'
        "def with_tables(mask, rng, *, odds: Table, more: Table, file: Path):\n"
        '    """Move the mask to the corner."""\n'
        "    return mask._replace(left=0, top=0)\n"
    )
    (tmp_path / "odds.csv").write_text(",cat\ncat,0.5\n")
    values = {"with_tables": [1, "odds.csv", {"cat": {"dog": 0.25}}, "mine.py"]}
    shown = {"odds": "odds.csv", "more": {"cat": {"dog": 0.25}}, "file": "mine.py"}
    for place, given in enumerate((values, {"all_of": [values]})):
        words = ("input", "--plugin", "mine.py", "--corruption_values", json.dumps(given), "--workers", "2")
        done = command(*words, "--output_dir", f"out{place}")
        assert done.returncode == 0, done.stderr
        manifest = json.loads((tmp_path / f"out{place}" / "manifest.json").read_text())["corruption_values"]
        named = {"with_tables": {"share": 1.0, **shown}}
        assert manifest == ({"all_of": [named]} if place else named)
        with (tmp_path / f"out{place}" / "instances_tiny.noise.csv").open() as file:
            rows = list(csv.DictReader(file))
        assert [json.loads(row["parameters"]) for row in rows] == [shown] * 5
        assert [("steps" in row) for row in rows] == [bool(place)] * 5
        if place:
            assert [json.loads(row["steps"])[0]["drawn"] for row in rows] == [shown] * 5
