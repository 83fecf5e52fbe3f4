"""Instances of other images, for noises that copy them into an image where they are not.

Which ones is drawn for each annotation that such a noise meets, among all annotations of the file by their ids: neither
order nor workers matter, and only the few that are drawn are read.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from annotation_noise.core.choose import Clean, is_left_alone
from annotation_noise.core.draws import stream
from annotation_noise.core.outcome import Setting
from annotation_noise.core.steps import Step
from noisers import Instance

MOST_DONORS = 8  # that are drawn for one annotation; crowd regions among them, or without a mask, are passed over

Donors = Callable[[Step, int], Iterator[Instance]]  # those drawn for a step and an annotation, of this id


def asking_for_donors(steps: Sequence[Step]) -> list[Step]:
    """Those of the steps whose noise copies from other images."""
    return [step for step in steps if "donor" in step.noise.context]


def donor_ranks(step: Step, seed: int, annotation_id: int, own: NDArray[np.int64], count: int) -> list[int]:
    """Whom a noise may copy for an annotation: ranks among the ids of all `count` annotations of the file, ascending.

    own: (n,) int64, the ranks of the annotations of its image, ascending. Uniform over all others; none where there are
    no others.
    """
    if count == len(own):
        return []
    rng = stream(seed, f"donor {step.label}", annotation_id)
    ranks = rng.integers(count - len(own), size=MOST_DONORS)  # among the others
    for rank in own.tolist():
        ranks += ranks >= rank
    return ranks.tolist()  # type: ignore[no-any-return]


def as_donor(clean: Clean, setting: Setting) -> Iterator[Instance]:
    """An annotation as a donor, which no crowd region is, and none without a mask."""
    if clean.area_px and not is_left_alone(clean.annotation, setting.options):
        yield clean.instance


def no_donors(step: Step, annotation_id: int) -> Iterator[Instance]:
    """What there is for recipes in which nobody asks for donors."""
    raise AssertionError((step, annotation_id))
