"""A COCO file through the noise, from its bytes to the bytes of the noisy file and of the log."""

import csv
import io
from collections import Counter
from typing import BinaryIO

from tqdm import tqdm

from formats.coco import CocoFile
from pipeline.account import Row
from pipeline.annotate import Setting
from pipeline.chunks import jobs, work

ANNOTATIONS_PER_JOB = 512


def noise_file(file: CocoFile, setting: Setting, noisy: BinaryIO, log: BinaryIO) -> Counter[str]:
    """Write a file's noisy version to `noisy` and its noise log, CSV with a header, to `log`.

    Shows a progress bar on a terminal once a second has passed. Returns the sums of
    the parts' counts. Raises InputError for an annotation that cannot be read.
    """
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(Row._fields)
    log.write(header.getvalue().encode())

    begin, end = (int(file.starts[0]), int(file.ends[-1])) if len(file.starts) else (0, 0)
    noisy.write(file.data[:begin])
    told: Counter[str] = Counter()
    nothing_yet = True
    with tqdm(
        total=len(file.starts), desc=file.path.name, unit=" annotations", delay=1, disable=None, leave=False
    ) as bar:
        for job in jobs(file, ANNOTATIONS_PER_JOB):
            part = work(job, setting)
            # The comma before the first annotation goes where those in front of it were dropped.
            noisy.write(part.annotations.lstrip(b", \t\r\n") if nothing_yet else part.annotations)
            nothing_yet = nothing_yet and not part.annotations
            log.write(part.log)
            told.update(part.counts)
            bar.update(len(job.sizes))
    noisy.write(file.data[end:])
    return told
