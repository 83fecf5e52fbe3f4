from typing import Any

import numpy as np
import pytest

from annotation_noise.errors import InputError
from noise_annotations import noise
from noisers.category.flip_pairs import flip_pairs
from noisers.kinds import classes

STREET = classes({24: "person", 25: "rider", 26: "car", 27: "truck", 28: "bus", 31: "train"}, {})
LOOK_ALIKES = (("person", "rider"), ("rider", "person"), ("truck", 28), (28, "truck"), ("26", 24))


def called(category_id: int, pairs: tuple[tuple[str | int, str | int], ...] = LOOK_ALIKES) -> int:
    return flip_pairs(category_id, np.random.default_rng(0), classes=STREET, pairs=pairs)


def test_those_of_cityscapes_by_hand() -> None:
    """Both ways but for cars, which become persons; who begins no pair never changes."""
    assert {number: called(number) for number in STREET.ids} == {24: 25, 25: 24, 26: 24, 27: 28, 28: 27, 31: 31}
    assert [called(number, ()) for number in STREET.ids] == list(STREET.ids)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ((("person", "bee"),), "there is no category called 'bee'"),
        (((24, "rider"), ("person", "car")), "pairs: a category is there twice as the first of a pair"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(pairs: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        called(24, pairs)


def test_of_a_thousand_at_a_fifth_two_hundred(tiny: dict[str, Any]) -> None:
    first = tiny["annotations"][0]
    tiny["annotations"] = [{**first, "id": number, "category_id": 3 if number % 2 else 7} for number in range(2000)]
    values = {"flip_pairs": {"share": 0.2, "pairs": [["cat", "ant"]]}}
    noisy = noise(tiny, corruption_values=values).dataset["annotations"]
    ids = [annotation["category_id"] for annotation in noisy]
    assert set(ids) == {1, 3, 7} and ids.count(7) == 1000
    assert abs(ids.count(1) - 200) < 4 * np.sqrt(1000 * 0.2 * 0.8)
    with pytest.raises(InputError, match=r"^flip_pairs: there is no category called 'cow'$"):
        noise(tiny, corruption_values={"flip_pairs": [0.2, [["cow", "cat"]]]})
