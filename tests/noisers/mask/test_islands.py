import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import chisquare

from annotation_noise.core.draws import stream
from annotation_noise.geometry.masks import area_px, dilate, from_frame, overlap_px, to_frame
from annotation_noise.geometry.shapes import without
from noisers.mask.islands import islands
from tests.noisers.mask.figures import disc, holds, rectangle
from tests.strategies import full_frames


def test_an_island_of_a_pixel_by_hand() -> None:
    """Of 4 x 4 pixels with half of that around them: 8 x 8 pixels, of which 6 x 6 are the mask and its neighbours.

    Where the centre is a neighbour the island is left out; the other 28 of 48 centres are islands alike often.
    """
    square = rectangle(np.s_[10:14], np.s_[20:24])
    strengths = {"count": 1, "least_area_share": 0.04, "most_area_share": 0.05, "reach_share": 0.5}
    places = []
    for number in range(3000):
        noisy, drawn = islands(square, stream(1, "test", number), **strengths)  # type: ignore[arg-type]
        added = np.argwhere(to_frame(noisy) - to_frame(square)).tolist()
        assert len(added) == drawn["islands"]
        places += [8 * (y - 8) + x - 18 for y, x in added]
    counts = np.bincount(places, minlength=64).reshape(8, 8)
    assert not counts[1:-1, 1:-1].any()
    rim = np.concatenate([counts[0], counts[-1], counts[1:-1, 0], counts[1:-1, -1]])
    assert chisquare([*rim, 3000 - rim.sum()], [3000 / 48] * 28 + [3000 * 20 / 48]).pvalue > 1e-4


@given(
    frame=full_frames,
    count=st.integers(0, 5),
    most=st.floats(0, 1),
    share=st.floats(0, 1),
    reach=st.floats(0, 2),
    seed=st.integers(0, 2**32),
)
def test_it_only_adds_and_touches_nothing(
    frame: NDArray[np.uint8], count: int, most: float, share: float, reach: float, seed: int
) -> None:
    clean = from_frame(np.pad(frame, 10))
    noisy, drawn = islands(
        clean,
        stream(seed, "test", 1),
        count=count,
        least_area_share=share * most,
        most_area_share=most,
        reach_share=reach,
    )
    assert holds(noisy, clean)
    assert overlap_px(without(noisy, clean), dilate(clean, 3)) == 0
    assert (area_px(noisy) > area_px(clean)) == (int(drawn["islands"]) > 0)
    assert int(drawn["islands"]) <= count


def test_a_mask_that_fills_its_image_stays() -> None:
    everything = rectangle(np.s_[:], np.s_[:])
    noisy, drawn = islands(
        everything, stream(1, "test", 1), count=3, least_area_share=0.1, most_area_share=0.1, reach_share=1
    )
    assert to_frame(noisy).all() and drawn == {"islands": 0}


def test_more_islands_go_on_from_fewer() -> None:
    few, more = (
        islands(
            disc(20), stream(1, "test", 1), count=count, least_area_share=0.01, most_area_share=0.1, reach_share=0.5
        ).mask
        for count in (2, 5)
    )
    assert holds(more, few) and area_px(more) > area_px(few)


def test_the_lesser_share_comes_first() -> None:
    with pytest.raises(ValueError, match=r"least_area_share must not be above most_area_share, as 0\.3 is"):
        islands(disc(5), stream(1, "test", 1), count=1, least_area_share=0.3, most_area_share=0.2, reach_share=0.5)
