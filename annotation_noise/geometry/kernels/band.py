"""The boundary region of a mask, as `measures.boundaries` defines it, for Boundary IoU.

Source: B. Cheng, R. Girshick, P. Dollár, A. C. Berg, A. Kirillov, "Boundary IoU", CVPR 2021, section 4.

It is the mask without what a square of 2 d + 1 pixels leaves of it, and beyond the image is background.
"""

from annotation_noise.geometry.kernels.bits import BOTTOM, LEFT, RIGHT, TOP, Grid, Words, layout
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.kernels.squares import without, without_rim


@compiled
def boundary(words: Words, grid: Grid, distance_px: int) -> tuple[Words, Grid]:
    """The pixels of a mask with a tight box that have background, or the image's end, within `distance_px` in x and y.

    distance_px: 1 or more; `measures.boundaries.distance_px` has it for an image. May be the given image itself.
    """
    left, top, right, bottom = grid[LEFT], grid[TOP], grid[RIGHT], grid[BOTTOM]
    if 2 * distance_px >= min(right - left, bottom - top):
        return words, grid  # no pixel is farther in
    inner, inner_grid = without_rim(words, grid, distance_px, layout(left - 1, top - 1, right + 1, bottom + 1, 1))
    return without(words, grid, inner, inner_grid)
