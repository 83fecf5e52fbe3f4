"""Which steps meet an annotation: exactly so many, with a share common to an image, where a filter lets them."""

import math
from typing import Any

import msgspec
import numpy as np
import pytest

from annotation_noise.coco.schema import Annotation
from annotation_noise.core.choose import Clean, admits, choose, coin_of, meets, steps_of
from annotation_noise.core.draws import stream
from annotation_noise.core.outcome import Options, Setting
from annotation_noise.core.recipe import recipe
from annotation_noise.core.steps import Exact, Filter, Step
from noisers import load
from noisers.kinds import classes

PETS = classes({1: "ant", 3: "cat", 7: "dog"}, {})


def alone(**values: Any) -> Step:
    """The only step of a recipe, with a coin of its own."""
    (node,) = recipe({"all_of": [{"localization": {"std_px": 2, **values}}]}, load()).nodes
    assert isinstance(node, Step)
    return node


def test_a_coin_is_the_first_number_of_its_step_and_annotation() -> None:
    step = alone(share=0.3)
    for number in (0, 5, -3, 2**40):
        coin = stream(9, "choose localization", number).random()
        assert coin_of(step, 9, number) == coin
        assert meets(step, 9, number, 1) == (coin < 0.3)
        assert coin_of(step._replace(label="localization 2"), 9, number) != coin


def test_a_share_of_one_meets_all_and_of_none_nobody() -> None:
    assert all(meets(alone(share=1), 1, number, 1) for number in range(300))
    assert not any(meets(alone(share=0), 1, number, 1) for number in range(300))


@pytest.mark.parametrize("count", [1, 7, 40, 100])
def test_an_exact_count_is_those_with_the_smallest_coins(count: int) -> None:
    step, ids = alone(share={"exact": 0.4}), list(range(1000, 1100))
    in_order = sorted((stream(4, "choose localization", number).random(), number) for number in ids)
    step = step._replace(share=Exact(0.4, last=in_order[count - 1]))
    met = [number for number in ids if meets(step, 4, number, 1)]
    assert sorted(met) == sorted(number for _, number in in_order[:count])


def test_of_two_with_the_same_coin_the_smaller_id_is_among_them() -> None:
    step = alone(share={"exact": 0.4})
    coin = coin_of(step, 4, 50)
    assert meets(step._replace(share=Exact(0.4, (coin, 50))), 4, 50, 1)
    assert not meets(step._replace(share=Exact(0.4, (coin, 49))), 4, 50, 1)


def test_an_exact_count_of_none_meets_nobody() -> None:
    assert not any(meets(alone(share={"exact": 0.4}), 4, number, 1) for number in range(100))


def test_annotations_of_an_image_see_one_share() -> None:
    """A share of 0 or 1 is the same for all of an image, and half of the images have each."""
    step = alone(share={"choice": [0, 1]}, per="image")
    met = [[meets(step, 2, 10 * image + place, image) for place in range(10)] for image in range(1000)]
    assert {sum(of_image) for of_image in met} == {0, 10}
    assert abs(sum(map(all, met)) - 500) < 4 * math.sqrt(1000 / 4)


def test_an_annotators_images_see_one_share() -> None:
    step = alone(share={"choice": [0, 1]}, per="annotator", annotators=3)
    of_annotator: dict[int, set[bool]] = {}
    for image in range(300):
        annotator = int(stream(2, "annotator", image).integers(3))
        of_annotator.setdefault(annotator, set()).add(meets(step, 2, image, image))
    assert all(len(met) == 1 for met in of_annotator.values())


@pytest.mark.parametrize(("p", "k"), [(0.3, 2.0), (0.2, 0.5), (0.5, 8.0)])
def test_two_coins_of_an_image_go_together_as_the_beta_says(p: float, k: float) -> None:
    """With a share of beta(pk, (1-p)k) a coin falls with probability p, and two of an image correlate by 1 / (k+1).

    So both fall with probability p² + p(1-p) / (k+1): of as many images as there are, binomial.
    """
    step, images = alone(share={"beta": [p * k, (1 - p) * k]}, per="image"), 6000
    pairs = np.array([[meets(step, 3, 2 * image + place, image) for place in (0, 1)] for image in range(images)])
    both = p**2 + p * (1 - p) / (k + 1)
    assert abs(pairs.all(axis=1).mean() - both) < 4 * math.sqrt(both * (1 - both) / images)
    variance = p * (1 - p) * (1 + 1 / (k + 1)) / 2  # of the mean of the two
    assert abs(pairs.mean() - p) < 4 * math.sqrt(variance / images)


def test_two_coins_with_shares_of_their_own_are_independent() -> None:
    step, images = alone(share={"beta": [0.6, 1.4]}), 6000
    pairs = np.array([[meets(step, 3, 2 * image + place, image) for place in (0, 1)] for image in range(images)])
    assert abs(pairs.all(axis=1).mean() - 0.09) < 4 * math.sqrt(0.09 * 0.91 / images)


@pytest.mark.parametrize(
    ("where", "area", "category_id", "expected"),
    [
        (Filter(), 0, 1, True),
        (Filter(min_area_px=9), 9, 1, True),
        (Filter(min_area_px=9), 8, 1, False),
        (Filter(max_area_px=9), 9, 1, True),
        (Filter(max_area_px=9), 10, 1, False),
        (Filter(categories=("cat", 7)), 5, 3, True),
        (Filter(categories=("cat", 7)), 5, 7, True),
        (Filter(categories=("cat", 7)), 5, 1, False),
        (Filter(categories=("1",)), 5, 1, True),
        (Filter(5, 5, ("ant",)), 5, 1, True),
        (Filter(6, math.inf, ("ant",)), 5, 1, False),
    ],
)
def test_filters(where: Filter, area: int, category_id: int, expected: bool) -> None:
    assert admits(where, area, category_id, PETS) is expected


def test_steps_that_meet_an_annotation_in_their_order() -> None:
    """By hand, from the streams: one of two, then a coin, then a coin with a filter."""
    values = {
        "all_of": [
            {"one_of": {"rand": [0.5, 3], "flip_class": 0.4}},
            {"localization": [0.5, 2]},
            {"rand": {"share": 0.7, "kernel_px": 3, "where": {"categories": ["cat"]}}},
        ]
    }
    chosen = recipe(values, load())
    setting = Setting(chosen, PETS, 6, Options())
    for number in range(60):
        fields = {"id": number, "image_id": 1, "category_id": (1, 3)[number % 2], "segmentation": [[0, 0, 5, 0, 5, 5]]}
        clean = Clean(msgspec.convert(fields, Annotation), 20, 20)
        rng = stream(6, "choose flip_class or rand", number)
        whether, which = rng.random(), rng.random()
        expected = [("flip_class" if which < 0.4 / 0.9 else "rand")] if whether < 0.9 else []
        expected += ["localization"] if stream(6, "choose localization", number).random() < 0.5 else []
        if number % 2 and stream(6, "choose rand 2", number).random() < 0.7:
            expected.append("rand 2")
        assert [step.label for step in steps_of(clean, setting)] == expected


def test_one_of_noises_of_different_kinds() -> None:
    """Never two; each with its share."""
    (node,) = recipe({"one_of": {"rand": [0.25, 3], "flip_class": 0.5}}, load()).nodes
    assert not isinstance(node, Step)
    drawn = [choose(node, stream(1, node.purpose, number)) for number in range(6000)]
    names = [step and step.noise.name for step in drawn]
    for name, share in (("rand", 0.25), ("flip_class", 0.5), (None, 0.25)):
        assert abs(names.count(name) - 6000 * share) < 4 * math.sqrt(6000 * share * (1 - share))
