"""Which mask is taken, and that batches do not matter, with a model whose masks are known."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from annotation_noise.errors import InputError
from annotation_noise.wan.model import Answers, Drawn, Model, OutOfMemory, ask, look
from annotation_noise.wan.prompts import Prompt
from tests.wan.fake import Seen, fake, masks_of, scores_of

SEEN = Seen(60, 80, 1)
corners = st.tuples(st.integers(0, 40), st.integers(0, 30), st.integers(2, 30), st.integers(2, 20))
boxes = corners.map(lambda c: Prompt(box=(c[0], c[1], c[0] + c[2], c[1] + c[3])))
points = st.lists(st.tuples(st.integers(0, 79), st.integers(0, 59)), min_size=1, max_size=4, unique=True).map(
    lambda found: Prompt(tuple((float(x), float(y)) for x, y in found), (1,) * len(found))
)
prompts = st.lists(boxes | points, min_size=1, max_size=9)


def expected(prompt: Prompt, choice: str) -> tuple[NDArray[np.bool_], float]:
    masks, scores = masks_of(prompt, *SEEN), scores_of(prompt)
    index = {
        "best": scores.index(max(scores)),
        "first": 0,
        "largest": max(range(3), key=lambda i: masks[i].sum()),
    }[choice]
    return masks[index], scores[index]


def same(found: Sequence[Drawn], wanted: Sequence[tuple[Any, float]]) -> bool:
    pairs = zip(found, wanted, strict=True)
    return all(np.array_equal(f.mask, mask) and f.predicted_iou == score for f, (mask, score) in pairs)


@given(prompts, st.sampled_from(["best", "first", "largest"]), st.integers(1, 10))
def test_the_mask_asked_for_in_batches_of_any_size(asked: list[Prompt], choice: Any, batch: int) -> None:
    found, left = ask(fake(), SEEN, asked, choice, False, batch)
    assert same(found, [expected(prompt, choice) for prompt in asked])
    assert left == batch


@given(prompts)
def test_batches_are_equal_to_one_by_one(asked: list[Prompt]) -> None:
    together, _ = ask(fake(), SEEN, asked, "best", False, 100)
    alone = [ask(fake(), SEEN, [prompt], "best", False, 1)[0][0] for prompt in asked]
    assert same(together, alone)


@pytest.mark.parametrize("choice", ["best", "first", "largest"])
def test_a_single_mask_leaves_no_choice(choice: Any) -> None:
    asked = [Prompt(box=(5, 6, 20, 30)), Prompt(box=(1, 2, 9, 9))]
    found, _ = ask(fake(), SEEN, asked, choice, True, 10)
    assert same(found, [(masks_of(prompt, *SEEN)[0], scores_of(prompt)[0]) for prompt in asked])


def test_the_first_of_several_best_is_taken() -> None:
    def decode(seen: Any, asked: Sequence[Prompt], single: bool) -> Answers:
        return Answers(np.array([[0.1, 0.7, 0.7]]), lambda which: np.full((1, 2, 2), which[0] == 1))

    found, _ = ask(fake()._replace(decode=decode), SEEN, [Prompt(box=(0, 0, 1, 1))], "best", False, 1)
    assert found[0].mask.all()
    assert found[0].predicted_iou == 0.7


@pytest.mark.parametrize("score", [np.nan, np.inf])
def test_scores_that_are_no_numbers_are_said(score: float) -> None:
    """As half precision gives them that has overflowed; JSON has no word for them."""

    def decode(seen: Any, asked: Sequence[Prompt], single: bool) -> Answers:
        return Answers(np.array([[0.1, score, 0.7]]), lambda which: np.ones((1, 2, 2), bool))

    with pytest.raises(InputError, match="scores that are no numbers; try --dtype float32"):
        ask(fake()._replace(decode=decode), SEEN, [Prompt(box=(0, 0, 1, 1))], "best", False, 1)


@given(prompts, st.integers(1, 4), st.integers(1, 20))
def test_out_of_memory_halves_the_batch_and_changes_no_mask(asked: list[Prompt], room: int, batch: int) -> None:
    found, left = ask(fake(room), SEEN, asked, "best", False, batch)
    assert same(found, [expected(prompt, "best") for prompt in asked])
    shapes = [(len(prompt.points), prompt.box is None) for prompt in asked]
    most = max(shapes.count(shape) for shape in shapes)
    if min(batch, most) <= room:
        assert left == batch
    else:
        assert left <= room


def test_out_of_memory_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    ask(fake(2), SEEN, [Prompt(box=(n, n, 20, 20)) for n in range(8)], "best", False, 8)
    assert capsys.readouterr().err.splitlines() == [
        "out of memory on the device: going on with --batch_prompts 4",
        "out of memory on the device: going on with --batch_prompts 2",
    ]


def test_out_of_memory_while_masks_are_scaled_up_counts_too() -> None:
    model = fake()

    def decode(seen: Any, asked: Sequence[Prompt], single: bool) -> Answers:
        answers = model.decode(seen, asked, single)

        def masks(which: NDArray[np.intp]) -> NDArray[np.bool_]:
            if len(asked) > 1:
                raise OutOfMemory
            return answers.masks(which)

        return answers._replace(masks=masks)

    asked = [Prompt(box=(n, n, 20, 20)) for n in range(5)]
    found, left = ask(model._replace(decode=decode), SEEN, asked, "largest", False, 4)
    assert same(found, [expected(prompt, "largest") for prompt in asked])
    assert left == 1


def test_no_room_for_one_is_said() -> None:
    with pytest.raises(InputError, match="out of memory on the device for a single prompt"):
        ask(fake(0), SEEN, [Prompt(box=(1, 1, 5, 5))] * 3, "best", False, 2)

    def embed(image: Any) -> Any:
        raise OutOfMemory

    with pytest.raises(InputError, match="out of memory on the device for a single image"):
        look(Model(fake().prepare, embed, fake().decode, {}), np.zeros((2, 2, 3), np.uint8))
