"""What the commands let a noisy file say of its noise; the form is that of `coco.statement`."""

from annotation_noise.coco.statement import Statement
from annotation_noise.commands import VERSION
from annotation_noise.core.presets import plain_name


def statement_of(benchmark: str | None, asked_for: Statement, seed: int) -> Statement:
    """The program's version, the preset, what it or the command asks for, and the seed.

    benchmark: None where it was none; of one with two names the shorter is said.
    asked_for: {"corruption_values": …}, or {"prompt": …} of COCO-WAN.
    """
    return {"version": VERSION, "benchmark": benchmark and plain_name(benchmark), **asked_for, "seed": seed}
