import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator
from numpy.typing import NDArray

from annotation_noise.core.draws import stream
from annotation_noise.geometry.discs import grown, shrunk
from annotation_noise.geometry.masks import Mask, area_px, from_frame, to_frame
from noisers.mask.edge_discs import edge_discs
from tests.noisers.mask.figures import disc, holds, text
from tests.strategies import full_frames


def noised(mask: Mask, edge_share: float, radius_px: float, painting: Any, number: int = 1) -> Mask:
    rng = stream(1, "test", number)
    return edge_discs(
        mask, rng, edge_share=edge_share, least_radius_px=radius_px, most_radius_px=radius_px, painting=painting
    )


def test_discs_about_all_of_the_edge_of_a_pixel_by_hand() -> None:
    """Its edge are its eight neighbours. A disc of a radius of 1 is a cross of five pixels; of less, a pixel."""
    pixel = text(*["......."] * 3, "...#...", *["......."] * 3)
    added = text(".......", "..###..", ".#####.", ".#####.", ".#####.", "..###..", ".......")
    assert np.array_equal(to_frame(noised(pixel, 1, 1, "add")), to_frame(added))
    assert area_px(noised(pixel, 1, 0.9, "add")) == 9
    assert area_px(noised(pixel, 1, 1, "remove")) == 0
    block = text(*["......."] * 2, *["..###.."] * 3, *["......."] * 2)
    assert np.array_equal(to_frame(noised(block, 1, 1, "remove")), to_frame(pixel))
    assert np.array_equal(to_frame(noised(block, 1, 0, "remove")), to_frame(block))


def plainly(
    frame: NDArray[np.uint8], rng: Generator, edge_share: float, least: float, most: float, painting: str
) -> NDArray[np.uint8]:
    """The same by its definition, each disc over the whole frame."""
    height, width = frame.shape
    noisy = frame.copy()
    y, x = np.mgrid[:height, :width]
    for kind in painting.split(" then "):
        before = np.pad(noisy, 1)
        outside = [(b, a) for b in range(height) for a in range(width) if not noisy[b, a]]
        edge = [(b, a) for b, a in outside if before[b : b + 3, a : a + 3].any()]
        chosen = [rng.random() < edge_share for _ in edge]
        radii = [rng.uniform(least, most) for _ in edge]
        coins = [rng.random() < 0.5 for _ in edge]
        for (b, a), is_chosen, radius, coin in zip(edge, chosen, radii, coins, strict=True):
            if is_chosen:
                noisy[(y - b) ** 2 + (x - a) ** 2 <= radius**2] = coin if kind == "either" else kind == "add"
    return noisy


@settings(max_examples=50)
@given(
    frame=full_frames,
    edge_share=st.sampled_from([0.0, 0.1, 0.5, 1.0]),
    radii=st.tuples(st.floats(0, 4), st.floats(0, 4)),
    painting=st.sampled_from(["add", "remove", "add then remove", "either"]),
    seed=st.integers(0, 2**32),
)
def test_it_is_what_its_definition_says(
    frame: NDArray[np.uint8], edge_share: float, radii: tuple[float, float], painting: Any, seed: int
) -> None:
    least, most = radii[0], radii[0] + radii[1]
    noisy = edge_discs(
        from_frame(frame),
        stream(seed, "test", 1),
        edge_share=edge_share,
        least_radius_px=least,
        most_radius_px=most,
        painting=painting,
    )
    assert np.array_equal(to_frame(noisy), plainly(frame, stream(seed, "test", 1), edge_share, least, most, painting))


def test_what_is_painted_is_near_the_edge() -> None:
    clean = disc(30)
    added, removed = noised(clean, 0.2, 5, "add"), noised(clean, 0.2, 5, "remove")
    assert holds(added, clean) and holds(grown(clean, 5 + math.sqrt(2)), added)
    assert holds(clean, removed) and holds(removed, shrunk(clean, 5))
    assert area_px(added) > area_px(clean) > area_px(removed)


def test_either_paints_as_many_of_each_kind() -> None:
    """Discs of a pixel on the edge: those of mask are added, those of background are there already."""
    clean = disc(30)
    edge_px = area_px(noised(clean, 1, 0, "add")) - area_px(clean)
    painted = [area_px(noised(clean, 0.5, 0, "either", number)) - area_px(clean) for number in range(100)]
    assert abs(sum(painted) - 100 * edge_px / 4) < 4 * math.sqrt(100 * edge_px * 3 / 16)


def test_the_lesser_radius_comes_first() -> None:
    with pytest.raises(ValueError, match="least_radius_px must not be above most_radius_px, as 3 is"):
        edge_discs(disc(5), stream(1, "t", 1), edge_share=1, least_radius_px=3, most_radius_px=2, painting="add")
