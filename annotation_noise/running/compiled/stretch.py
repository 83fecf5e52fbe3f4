"""A job done the fast way: the stages one after the other, and the ordinary way for what they do not know."""

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation_noise.core.lvis_lists import NoisyClasses
from annotation_noise.core.outcome import Setting
from annotation_noise.errors import InputError
from annotation_noise.running.compiled.choice import Chosen, Excluded, choose
from annotation_noise.running.compiled.fields import END, GAP, fields
from annotation_noise.running.compiled.log import counted, iou_texts, log_rows
from annotation_noise.running.compiled.masks import Shaped, shape
from annotation_noise.running.compiled.plan import Plan, plan_of
from annotation_noise.running.compiled.splice import splice
from annotation_noise.running.compiled.text import Pieces, Places
from annotation_noise.running.stretches import Job, Part, done, noise_stretch

_IOUS = "iou_millionths"


class _Staged(NamedTuple):
    """What the stages have made of a stretch. known: (n,) bool, of which annotations."""

    places: Places
    known: NDArray[np.bool_]
    chosen: Chosen
    shaped: Shaped
    noisy: Pieces
    rows: Pieces
    class_ids: Places


def work(job: Job, setting: Setting) -> Part:
    """Do a job as `stretches.work` does it, to the same bytes."""
    return done(job, setting, noise_compiled)


def noise_compiled(stretch: bytes, job: Job, setting: Setting) -> Part:
    """What `stretches.noise_stretch` gives. setting: its recipe and options known (`plan.is_known`)."""
    plan = _plan(setting)
    staged = plan and _staged(stretch, job, plan)
    if plan is None or staged is None:
        return noise_stretch(stretch, job, setting)
    try:
        return _joined(stretch, job, setting, plan, staged)
    except InputError:  # the ordinary way looks at all types first, and so may have another sentence
        return noise_stretch(stretch, job, setting)


_last: list[tuple[Setting, Plan | None]] = []


def _plan(setting: Setting) -> Plan | None:
    """The plan of a setting; a process has many jobs of one."""
    if not _last or _last[0][0] != setting:
        _last[:] = [(setting, plan_of(setting))]
    return _last[0][1]


def _staged(stretch: bytes, job: Job, plan: Plan) -> _Staged | None:
    """The stages; None where the text is not what it should be."""
    text = np.frombuffer(stretch, np.uint8)
    places, ids, known = fields(text, len(job.sizes))
    if len(places) < len(job.sizes):
        return None
    lists = job.excluded or [()] * len(job.sizes)
    ends = np.cumsum([len(numbers) for numbers in lists], dtype=np.int64)
    chosen = choose(ids, known, Excluded(np.fromiter(chain(*lists), np.int64), ends), plan)
    shaped = shape(text, places, ids, job.sizes, known, chosen, plan)
    noisy = splice(text, places, known, chosen, shaped, plan)
    rows = log_rows(ids, known, chosen, shaped, iou_texts(shaped.ious), plan)
    class_ids = plan.class_ids[chosen.given] if len(plan.class_ids) else np.zeros(len(ids), np.int64)
    return _Staged(places, known, chosen, shaped, noisy, rows, class_ids)


def _joined(stretch: bytes, job: Job, setting: Setting, plan: Plan, staged: _Staged) -> Part:
    """A part of what the stages have made and, between, of what the ordinary way makes of the others."""
    noisy, rows = [], []
    counts, iou_millionths = Counter[str](), 0
    classes = NoisyClasses.of(len(job.sizes)) if job.excluded else None
    mask_noises = [str(step.noise.name) for step in setting.recipe.steps if step.noise.kind == "mask"]
    for part in _parts_alike(staged.known):
        if staged.known[part.start]:
            noisy.append(_cut(staged.noisy, part))
            rows.append(_cut(staged.rows, part))
            counts += counted(part, mask_noises, staged.chosen, staged.shaped, plan)
            iou_millionths += int(np.rint(staged.shaped.ious[part] * 1e6).sum())
            if classes:
                classes.category_ids[part] = staged.class_ids[part]
            continue
        start, end = staged.places[part.start, GAP], staged.places[part.stop - 1, END]
        excluded = job.excluded[part] if job.excluded else None
        own = job._replace(first_index=job.first_index + part.start, sizes=job.sizes[part], excluded=excluded)
        ordinary = noise_stretch(stretch[start:end], own, setting)
        noisy.append(ordinary.annotations)
        rows.append(ordinary.log)
        iou_millionths += ordinary.counts.pop(_IOUS, 0)
        counts += ordinary.counts
        if classes and ordinary.classes:
            classes.category_ids[part], classes.is_kept[part] = ordinary.classes[:2]
            classes.kept_out.update({part.start + at: ids for at, ids in ordinary.classes.kept_out.items()})
    return Part(b"".join(noisy), b"".join(rows), counts + Counter({_IOUS: iou_millionths}), classes)


def _parts_alike(known: NDArray[np.bool_]) -> Iterator[slice]:
    """The stretches of annotations that are known, and that are not."""
    borders = [0, *(np.flatnonzero(known[1:] != known[:-1]) + 1).tolist(), len(known)]
    for start, stop in zip(borders[:-1], borders[1:], strict=True):
        yield slice(start, stop)


def _cut(texts: Pieces, part: slice) -> bytes:
    """Some of some pieces."""
    start = texts.ends[part.start - 1] if part.start else 0
    return texts.text[start : texts.ends[part.stop - 1]].tobytes()
