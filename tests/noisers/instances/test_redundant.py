from collections import Counter

import numpy as np
import pytest
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import to_frame
from noisers import Add, Scene, Unable
from noisers.instances.redundant import redundant
from tests.noisers.instances.scenes import scene_of

FRAME = np.zeros((480, 640), np.uint8)
FRAME[100:140, 100:150] = 1
SCENE = scene_of([FRAME, 0 * FRAME])


def added(seed: int, size_change: float, step_share: float, scene: Scene = SCENE) -> Add | Unable:
    rng, instance = stream(seed, "test", 1), scene.instances[0]
    (edit,) = redundant(scene, rng, instance=instance, size_change=size_change, step_share=step_share)
    return edit


def place(add: Add | Unable) -> tuple[int, ...]:
    assert isinstance(add, Add) and (add.category_id, add.parents) == (3, (1,))
    return add.mask.left, add.mask.top, *add.mask.pixels.shape[::-1]


def test_odfis_example_by_hand() -> None:
    """41.83 x 33.47 at 30 %, in whole pixels."""
    places = Counter(place(added(seed, -0.3, 0.3)) for seed in range(3000))
    assert set(places) == {(left, top, 42, 33) for left, top in ((292, 100), (100, 244), (292, 244))}
    assert chisquare([*places.values()]).pvalue > 1e-4


def test_its_own_default_halves_the_area() -> None:
    """Sides times 0.7071; a step of 128 pixels forward, or of 96 down or up."""
    places = {place(added(seed, -0.5, 0.2)) for seed in range(100)}
    expected = {(left, top, 35, 28) for left in (100, 228) for top in (4, 100, 196)}
    assert places == expected - {(100, 100, 35, 28)}


def test_the_mask_is_stretched_with_its_box() -> None:
    """Four times as large: each pixel becomes four."""
    frame = np.zeros((40, 50), np.uint8)
    frame[5:9, 6:9] = [[1, 0, 0], [1, 1, 0], [0, 0, 1], [1, 0, 1]]
    add = added(1, 3, 0, scene_of([frame]))
    assert isinstance(add, Add)
    expected = np.zeros_like(frame)
    expected[5:13, 6:12] = np.kron(frame[5:9, 6:9], np.ones((2, 2)))
    assert np.array_equal(to_frame(add.mask), expected)
    unchanged = added(1, 0, 0, scene_of([frame]))
    assert isinstance(unchanged, Add) and np.array_equal(to_frame(unchanged.mask), frame)


@pytest.mark.parametrize("size_change", [-1.0, 1e300])
def test_as_small_or_large_as_can_be(size_change: float) -> None:
    assert place(added(1, size_change, 0)) == ((100, 100, 1, 1) if size_change < 0 else (100, 100, 540, 380))


def test_where_no_pixel_is_left_there_is_no_copy() -> None:
    assert added(1, -0.5, 0.2, SCENE._replace(instances=SCENE.instances[1:])) == Unable(2, "no_mask")
    ring = np.zeros((9, 9), np.uint8)
    ring[2:7, 2:7] = 1
    ring[3:6, 3:6] = 0
    assert added(1, -1, 0, scene_of([ring])) == Unable(1, "would_be_empty")
