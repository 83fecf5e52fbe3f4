"""The three noises in machine code, as their modules in `noisers.mask` define them."""

import numpy as np

from annotation_noise.geometry.contours import FARTHEST_PX
from annotation_noise.geometry.kernels.bits import Grid, Words
from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.geometry.kernels.contours import contours
from annotation_noise.geometry.kernels.fill import filled
from annotation_noise.geometry.kernels.simplify import simplified
from annotation_noise.geometry.kernels.squares import dilated, eroded
from annotation_noise.running.compiled.draws import State, normal, uniform
from annotation_noise.running.compiled.known import APPROXIMATION, RAND


@compiled
def noised(
    words: Words, grid: Grid, kind: int, strength: float, state: State, height: int, width: int
) -> tuple[Words, Grid, int]:
    """What a noise makes of a tight mask that is not empty, perhaps in a loose box, and the operation of `rand`.

    kind: of the noise, as a plan has it. state: at the first number of the noise's draws.
    """
    if kind == RAND:
        operation = 0 if uniform(state) < 0.5 else 1
        reach = min(int(strength) // 2, max(height, width))
        if operation == 0:
            words, grid = dilated(words, grid, reach, height, width)
        else:
            words, grid = eroded(words, grid, reach, height, width)
        return words, grid, operation
    points, ends, pieces = contours(words, grid)
    if kind == APPROXIMATION:
        kept, count, start = np.empty_like(points), 0, 0
        for contour in range(len(ends)):
            ring = simplified(points[start : ends[contour]], strength)
            kept[count : count + len(ring)] = ring
            start = ends[contour]
            count += len(ring)
            ends[contour] = count
        points = kept[:count]
    else:
        std_px = min(strength, 2.0 * max(height, width))
        for point in range(len(points)):
            for axis in range(2):
                moved = np.rint(points[point, axis] + (0.0 + std_px * normal(state)))
                points[point, axis] = int(min(max(moved, -float(FARTHEST_PX)), float(FARTHEST_PX)))
    words, grid = filled(points, ends, pieces, height, width)
    return words, grid, 0
