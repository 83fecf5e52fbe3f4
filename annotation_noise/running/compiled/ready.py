"""Getting ready for the fast way: compiling it once on a machine, and loading it where the work is done.

This module loads no numba by itself.
"""

from collections.abc import Callable

from annotation_noise.core.outcome import Setting
from annotation_noise.geometry.kernels import cache
from annotation_noise.running.stretches import Job, Part, done, noise_stretch


def work(job: Job, setting: Setting, alone: bool = False) -> Part:
    """Do a job the fast way, to the same bytes; the ordinary way where a worker has no numba.

    alone: the libraries here draw other masks than they should, so that the ordinary way may only refuse annotations.
    """
    try:
        from annotation_noise.running.compiled.stretch import noise_alone, noise_compiled
    except ImportError:
        if alone:
            raise
        return done(job, setting, noise_stretch)
    return done(job, setting, noise_alone if alone else noise_compiled)


def is_compiled() -> bool:
    """Whether the machine code is in the cache of this machine."""
    return (cache.settle() / cache.COMPLETE).exists()


def load() -> None:
    """Load the machine code, compiling what the cache does not have."""
    from annotation_noise.running.compiled.trial import try_out

    try_out()


def prepare(tell: Callable[[str], object]) -> None:
    """Compile all that is not in the cache, before workers do it all at once; `tell` is told where that takes long."""
    if not is_compiled():
        tell("compiling, once on this machine")
        load()
        (cache.settle() / cache.COMPLETE).touch()
