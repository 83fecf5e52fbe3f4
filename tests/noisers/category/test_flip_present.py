import numpy as np
import pytest
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from noise_annotations import noise
from noisers.category.flip_present import flip_present
from tests.noisers.instances.scenes import dataset, scene_of, square

SQUARE = np.ones((3, 3), np.uint8)
SCENE = scene_of([SQUARE] * 7, categories=[3, 3, 3, 3, 7, 9, 2])


@pytest.mark.parametrize(("category_id", "others"), [(3, [2, 7, 9]), (2, [3, 7, 9]), (9, [2, 3, 7])])
def test_all_others_in_the_image_are_equally_likely(category_id: int, others: list[int]) -> None:
    drawn = [flip_present(category_id, stream(1, "test", number), scene=SCENE) for number in range(4000)]
    ids, counts = np.unique(drawn, return_counts=True)
    assert ids.tolist() == others
    assert chisquare(counts).pvalue > 1e-4


def test_where_there_is_no_other_one_it_stays() -> None:
    assert flip_present(3, np.random.default_rng(0), scene=scene_of([SQUARE] * 2)) == 3
    assert flip_present(3, np.random.default_rng(0), scene=SCENE._replace(instances=())) == 3


def test_in_a_dataset_each_becomes_what_its_own_image_has() -> None:
    source = dataset([[square(3, 3, 9)] * 2, [square(3, 3, 9)] * 3, [square(3, 3, 9)]])
    for place, category_id in enumerate([3, 7, 3, 3, 3, 7]):
        source["annotations"][place]["category_id"] = category_id
    noisy = noise(source, corruption_values={"flip_present": 1}).dataset["annotations"]
    assert [annotation["category_id"] for annotation in noisy] == [7, 3, 3, 3, 3, 7]
