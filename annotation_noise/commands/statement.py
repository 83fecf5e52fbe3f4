"""What the commands let a noisy file say of its noise; the form is that of `coco.statement`."""

from annotation_noise.coco.statement import Statement
from annotation_noise.commands import VERSION


def statement_of(benchmark: str | None, asked_for: Statement, seed: int) -> Statement:
    """The program's version, the preset, what it or the command asks for, and the seed.

    benchmark: None where it was none. asked_for: {"corruption_values": …}, or {"prompt": …} of COCO-WAN.
    """
    return {"version": VERSION, "benchmark": benchmark, **asked_for, "seed": seed}
