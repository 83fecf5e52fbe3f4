"""The second stage: which noise of masks each annotation gets, and which class, as `core.choose` says."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.compiled import compiled
from annotation_noise.running.compiled.draws import STATE, below, to_address, uniform
from annotation_noise.running.compiled.fields import CROWD
from annotation_noise.running.compiled.plan import Plan
from annotation_noise.running.compiled.text import Places

NO_NOISE = -1


class Excluded(NamedTuple):
    """Classes that annotations must not be given.

    ids: of one annotation after the other. ends: (n,) where each ends.
    """

    ids: Places
    ends: Places


class Chosen(NamedTuple):
    """What annotations get, each (n,) int64.

    noises: place in the plan of the noise of masks, or NO_NOISE. own, given: places in the plan of the class that each
    has, and of the one that it gets; -1 in a file without classes.
    """

    noises: Places
    own: Places
    given: Places


@compiled
def choose(ids: Places, known: NDArray[np.bool_], excluded: Excluded, plan: Plan) -> Chosen:
    """What the known annotations get. One that must draw its class again is not known any more.

    ids: as `fields` has them.
    """
    count, state = len(ids), np.zeros(STATE, np.uint64)
    noises, own, given = np.full(count, NO_NOISE), np.full(count, -1), np.full(count, -1)
    for index in range(count):
        if not known[index]:
            continue
        annotation_id, class_id, is_left_alone = ids[index, 0], ids[index, 2], plan.keeps_crowd and ids[index, CROWD]
        if len(plan.class_ids):
            own[index] = given[index] = np.searchsorted(plan.class_ids, class_id)
        if is_left_alone:
            continue
        to_address(state, plan.seed, plan.mask_choice, annotation_id)
        whether, which = uniform(state), uniform(state)
        if whether < plan.mask_total:
            noises[index] = np.searchsorted(plan.mask_bounds, which, side="right")
        to_address(state, plan.seed, plan.class_choice, annotation_id)
        if len(plan.class_ids) and uniform(state) < plan.class_total:
            to_address(state, plan.seed, plan.class_draw, annotation_id)
            given[index] = below(state, len(plan.class_ids))
            if given[index] != own[index]:
                start = excluded.ends[index - 1] if index else 0
                is_excluded = plan.class_ids[given[index]] in excluded.ids[start : excluded.ends[index]]
                known[index] = not (is_excluded or plan.unwanted[given[index]])
    return Chosen(noises, own, given)
