"""Boxes that have next to nothing to do with the object."""

from numpy.random import Generator

from noisers import Box, Instance, noiser

SHORTEST_PX = 1e-5


@noiser("box", example={})
def box_redraw(box: Box, rng: Generator, *, instance: Instance) -> Box:
    """Draw the box anew, somewhere around the old one.

    Left and right are two uniform numbers, sorted, from half a width left of the box to half a width right of it; top
    and bottom likewise, after these. Each is rounded to two decimals and cut off at the frame. If a side is then
    shorter than 0.00001 px, the box is the middle half of the old one instead. The mask is not touched.

    Source: UNA (arXiv 2312.13822).
    """
    left, right = _ends(rng, box.left, box.width, instance.mask.frame_width)
    top, bottom = _ends(rng, box.top, box.height, instance.mask.frame_height)
    if min(right - left, bottom - top) < SHORTEST_PX:
        return Box(box.left + box.width / 4, box.top + box.height / 4, box.width / 2, box.height / 2)
    return Box(left, top, right - left, bottom - top)


def _ends(rng: Generator, start: float, length: float, frame_px: int) -> list[float]:
    """Two ends of a side, the lower one first."""
    ends = start + length * rng.uniform(-0.5, 1.5, 2)
    return sorted(min(max(round(end, 2), 0.0), float(frame_px)) for end in ends.tolist())
