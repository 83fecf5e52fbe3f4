"""A job done the fast way: the stages one after the other, and the ordinary way for what they do not know."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, pairwise
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
from annotation_noise.running.stretches import Job, Part, noise_stretch

Ordinary = Callable[[bytes, Job, Setting], Part]

_IOUS = "iou_millionths"


class Staged(NamedTuple):
    """What the stages have made of a stretch. known: (n,) bool, of which annotations."""

    places: Places
    known: NDArray[np.bool_]
    chosen: Chosen
    shaped: Shaped
    noisy: Pieces
    rows: Pieces
    class_ids: Places


def noise_compiled(stretch: bytes, job: Job, setting: Setting) -> Part:
    """What `stretches.noise_stretch` gives. setting: its recipe and options known (`known.is_known`)."""
    return _noised(stretch, job, setting, noise_stretch)


def noise_alone(stretch: bytes, job: Job, setting: Setting) -> Part:
    """The same without libraries, where these draw other masks. Raises InputError for what the stages do not know."""
    return _noised(stretch, job, setting, _refuse)


def _refuse(stretch: bytes, job: Job, setting: Setting) -> Part:
    """Raise InputError: what the ordinary way has to say of some annotations, or else that nobody can noise them."""
    noise_stretch(stretch, job, setting)
    raise InputError(
        f"annotations[{job.first_index}]: --geometry kernels does not read all that the libraries do, like numbers "
        "of more than 15 digits; noise this file with older versions of the libraries"
    )


def _noised(stretch: bytes, job: Job, setting: Setting, ordinary: Ordinary) -> Part:
    plan = _plan(setting)
    of_stages = plan and staged(stretch, job.sizes, job.excluded or [()] * len(job.sizes), plan)
    if plan is None or of_stages is None:
        return ordinary(stretch, job, setting)
    try:
        return _joined(stretch, job, setting, plan, of_stages, ordinary)
    except InputError:  # the ordinary way looks at all types first, and so may have another sentence
        return ordinary(stretch, job, setting)


_last: list[tuple[Setting, Plan | None]] = []


def _plan(setting: Setting) -> Plan | None:
    """The plan of a setting; a process has many jobs of one."""
    last = _last[0] if _last else None
    if last is None or last[0] != setting:
        last = setting, plan_of(setting)
        _last[:] = [last]
    return last[1]


def staged(stretch: bytes, sizes: Places, excluded: Sequence[Sequence[int]], plan: Plan) -> Staged | None:
    """The stages; None where the text is not what it should be.

    sizes: (n, 2), height and width of each annotation's image. excluded: of each the classes that it must not be given.
    """
    text = np.frombuffer(stretch, np.uint8)
    places, ids, known = fields(text, len(sizes))
    if len(places) < len(sizes):
        return None
    ends = np.cumsum([len(numbers) for numbers in excluded], dtype=np.int64)
    try:
        chosen = choose(ids, known, Excluded(np.fromiter(chain(*excluded), np.int64), ends), plan)
    except OverflowError:
        return None
    shaped = shape(text, places, ids, sizes, known, chosen, plan)
    noisy = splice(text, places, known, chosen, shaped, plan)
    rows = log_rows(ids, known, chosen, shaped, iou_texts(shaped.ious), plan)
    class_ids = plan.class_ids[chosen.given] if len(plan.class_ids) else np.zeros(len(ids), np.int64)
    return Staged(places, known, chosen, shaped, noisy, rows, class_ids)


def _joined(stretch: bytes, job: Job, setting: Setting, plan: Plan, staged: Staged, ordinary: Ordinary) -> Part:
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
        others = ordinary(stretch[start:end], own, setting)
        noisy.append(others.annotations)
        rows.append(others.log)
        iou_millionths += others.counts.pop(_IOUS, 0)
        counts += others.counts
        if classes and others.classes:
            classes.category_ids[part], classes.is_kept[part] = others.classes[:2]
            classes.kept_out.update({part.start + at: ids for at, ids in others.classes.kept_out.items()})
    return Part(b"".join(noisy), b"".join(rows), counts + Counter({_IOUS: iou_millionths}), classes)


def _parts_alike(known: NDArray[np.bool_]) -> Iterator[slice]:
    """The stretches of annotations that are known, and that are not."""
    borders = [0, *(np.flatnonzero(known[1:] != known[:-1]) + 1).tolist(), len(known)]
    for start, stop in pairwise(borders):
        yield slice(start, stop)


def _cut(texts: Pieces, part: slice) -> bytes:
    """Some of some pieces."""
    start = texts.ends[part.start - 1] if part.start else 0
    return texts.text[start : texts.ends[part.stop - 1]].tobytes()
