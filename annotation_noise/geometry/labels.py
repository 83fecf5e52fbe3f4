"""Label images: every pixel names the instance that it belongs to.

Labels of up to 32 bits are turned into run lengths in one pass over the columns. (rlemasklib's
`from_label_map` does the same for labels below 256, as fast; instance ids are larger than that.)
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from rlemasklib import RLEMask


def instances(labels: NDArray[np.unsignedinteger], wanted: Sequence[int]) -> dict[int, RLEMask]:
    """The mask of each wanted label that occurs, by label, in ascending order.

    labels: (height, width), unsigned. Masks may have many pieces and holes; none is empty, and no
    two overlap.
    """
    height, width = labels.shape
    column_wise = np.ascontiguousarray(labels.T).ravel()
    starts = np.concatenate(([0], np.flatnonzero(column_wise[1:] != column_wise[:-1]) + 1))
    ends = np.append(starts[1:], column_wise.size)
    values = column_wise[starts]
    chosen = np.flatnonzero(np.isin(values, np.asarray(wanted, values.dtype)))
    chosen = chosen[np.argsort(values[chosen], kind="stable")]
    if not len(chosen):
        return {}
    starts, ends, values = starts[chosen], ends[chosen], values[chosen]
    firsts = np.concatenate(([0], np.flatnonzero(values[1:] != values[:-1]) + 1))
    masks = {}
    for first, after in zip(firsts.tolist(), [*firsts[1:].tolist(), len(values)], strict=True):
        borders = np.empty(2 * (after - first) + 1, np.int64)
        borders[:-1:2], borders[1::2], borders[-1] = starts[first:after], ends[first:after], column_wise.size
        masks[int(values[first])] = RLEMask.from_counts(np.diff(borders, prepend=0), (height, width))
    return masks
