"""Outlines that tremble, in waves of a given length."""

from typing import Annotated, Literal

from msgspec import Meta
from numpy.random import Generator

from annotation_noise.geometry.contours import contours, every_pixel, fill
from annotation_noise.geometry.masks import Mask, tight
from annotation_noise.geometry.rings import away, middle, moved, normals, smoothed
from noisers import noiser


@noiser(
    "mask",
    example={"std_px": 2.0, "length_px": 8.0, "along": "normal"},
    levels={"std_px": (1.0, 2.0, 5.0)},
)
def vertex_jitter(
    mask: Mask,
    rng: Generator,
    *,
    std_px: Annotated[float, Meta(ge=0)],
    length_px: Annotated[float, Meta(ge=0)],
    along: Literal["normal", "radial", "xy"],
) -> Mask:
    """Move every pixel of every contour by a normal number, neighbours alike.

    std_px: standard deviation of each offset in pixels, 0 or more; 0 changes nothing.
    length_px: over which offsets go together, in pixels along the contour, 0 or more: t apart their correlation is
        exp(-t² / (2 · length_px²)). At 0 they are independent; far above the contour's length they are all one.
    along: normal, out of the mask and into it, upright on the line between the third pixel of the contour before and
        the third after, and nowhere where these are the same; radial, away from the middle of the mask's box and
        towards it; or xy, independently in x and in y.

    Pixels come out at the nearest whole place, halves at the even one. Contours may cross themselves then (filled by
    the even-odd rule), leave the image (cut off) or come out empty. Holes move like outer contours, each contour by
    itself. Of each contour all offsets are drawn, of xy those in x before those in y.

    Source: ours; after the localization noise of arXiv 2406.10891, which moves corners alone and independently, and the
    radial noise of Agnew et al., IEEE Access 2023.
    """
    centre, jittered = middle(tight(mask)), []
    for ring in contours(mask):
        points = every_pixel(ring.points)
        if along == "xy":
            offsets = smoothed(rng.standard_normal((2, len(points))), length_px).T
        else:
            directions = normals(points) if along == "normal" else away(points, centre)
            offsets = smoothed(rng.standard_normal(len(points)), length_px)[:, None] * directions
        jittered.append(moved(ring, points, std_px * offsets, like=mask))
    return fill(jittered, like=mask)
