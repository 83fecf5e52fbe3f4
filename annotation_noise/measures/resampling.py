"""How far figures may be off by chance: images drawn anew, with replacement, and the figures taken again.

Annotations of an image are not independent, images are. So whole images are drawn, and an interval holds the middle
95 per cent of what comes out.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

REPLICATES = 200
INTERVAL = (2.5, 97.5)

Reals = NDArray[np.float64]


def draws(images: int, replicates: int = REPLICATES) -> Iterator[Reals]:
    """How often each of so many images is drawn, (images,), again and again; the same numbers every time."""
    rng = Generator(Philox(0))
    for _ in range(replicates):
        yield np.bincount(rng.integers(images, size=images), minlength=images).astype(np.float64)


def interval(values: Sequence[float]) -> list[float] | None:
    """The ends of the middle 95 per cent of some values; None where there is none that is a number."""
    numbers = np.array([value for value in values if np.isfinite(value)], np.float64)
    return [float(end) for end in np.percentile(numbers, INTERVAL)] if len(numbers) else None
