"""Masks turned and moved away until enough of them is wrong."""

from typing import Annotated

from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.masks import Mask, area_px, overlap_px, tight
from annotation_noise.geometry.moves import rotated, shifted
from noisers import Noised, noiser

DIRECTIONS = [(right, down) for right in (-1, 0, 1) for down in (-1, 0, 1) if right or down]


@noiser("mask", example={"wrong_share": 0.5, "most_angle_deg": 30.0}, levels={"wrong_share": (0.3, 0.5, 0.9)})
def displace(
    mask: Mask,
    rng: Generator,
    *,
    wrong_share: Annotated[float, Meta(ge=0, le=2)],
    most_angle_deg: Annotated[float, Meta(ge=0, le=180)],
) -> Noised:
    """Turn the mask about its centroid, then move it until a given share of it is wrong.

    wrong_share: pixels of one of the two, clean and noisy mask, and not of the other, as a share of the clean area,
        0 to 2; for a mask that stays in the image the IoU is (2 - wrong_share) / (2 + wrong_share).
    most_angle_deg: the angle is uniform from minus to plus this, 0 to 180.

    The direction is one of eight, each alike, and the mask is moved by steps of one pixel in x, in y or in both. Of the
    first step after which the share is reached and the one before, that with the nearer share is taken, the earlier one
    of two alike; no step, where turning alone is enough. A mask that would leave the image takes its last step within.
    The log gets `clockwise_deg`, `right_px` and `down_px`.

    Source: the affine noise of superpixel-guided learning (SP_guided_Noisy_Label_Seg) and T-loss, there about the
    middle of the image and only to the right and down.
    """
    degrees = rng.uniform(-most_angle_deg, most_angle_deg)
    right, down = DIRECTIONS[rng.integers(len(DIRECTIONS))]
    clean = tight(mask)
    turned = tight(rotated(clean, degrees)) if degrees else clean
    wanted_px, steps, noisy = wrong_share * area_px(clean), 0, turned
    while (wrong_px := _wrong_px(noisy, clean)) < wanted_px:
        after = shifted(turned, (steps + 1) * right, (steps + 1) * down)
        if not after.pixels.any() or _wrong_px(after, clean) - wanted_px >= wanted_px - wrong_px:
            break
        steps, noisy = steps + 1, after
    drawn = {"clockwise_deg": round(degrees, 6), "right_px": steps * right, "down_px": steps * down}
    return Noised(noisy, drawn)


def _wrong_px(noisy: Mask, clean: Mask) -> int:
    """How many pixels one of two masks has, and the other has not."""
    return area_px(noisy) + area_px(clean) - 2 * overlap_px(noisy, clean)
