"""How far figures may be off by chance: images drawn anew, with replacement, and the figures taken again.

Annotations of an image are not independent, images are. So whole images are drawn, and an interval holds the middle
95 per cent of what comes out. Whether two files of the same images differ by more than chance is told by swapping them
image by image, as coins fall: where both come from one law, that changes nothing but by chance.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapters 13 and 15.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.random import Generator, Philox
from numpy.typing import NDArray

REPLICATES = 200
INTERVAL = (2.5, 97.5)

Reals = NDArray[np.float64]
Places = NDArray[np.intp]


def draws(images: int, replicates: int = REPLICATES) -> Iterator[Reals]:
    """How often each of so many images is drawn, (images,), again and again; the same numbers every time."""
    rng = Generator(Philox(0))
    for _ in range(replicates):
        yield np.bincount(rng.integers(images, size=images), minlength=images).astype(np.float64)


def interval(values: Sequence[float]) -> list[float] | None:
    """The ends of the middle 95 per cent of some values; None where there is none that is a number."""
    numbers = np.array([value for value in values if np.isfinite(value)], np.float64)
    return [float(end) for end in np.percentile(numbers, INTERVAL)] if len(numbers) else None


def resampled(statistic: Callable[[Reals], float], places: Places, images: int) -> list[float] | None:
    """The interval of a statistic of rows, a function of their weights; places: of each row's image, (n,)."""
    return interval([statistic(weights[places]) for weights in draws(images)])


class Sample:
    """Values of a distribution, in order, with the places of their images."""

    def __init__(self, values: Reals, places: Places) -> None:
        """Leave out what is no number."""
        known = np.isfinite(values)
        order = np.argsort(values[known], kind="stable")
        self.values, self.places = values[known][order].astype(np.float64), places[known][order]


def distances(first: Sample, second: Sample, weights: tuple[Reals, Reals] | None = None) -> tuple[float, float]:
    """Kolmogorov-Smirnov's and Wasserstein's distance of two distributions; nan where one is empty.

    The largest difference of the two cumulative distributions, 0 to 1; and the area between them, in the values' unit,
    which is how far values must be moved on average to make one of the other. weights: of the values, in their order.
    """
    if not len(first.values) or not len(second.values):
        return float("nan"), float("nan")
    w = weights or (np.ones(len(first.values)), np.ones(len(second.values)))
    if not w[0].sum() or not w[1].sum():
        return float("nan"), float("nan")
    steps = np.unique(np.concatenate([first.values, second.values]))
    rises = [
        np.concatenate([[0.0], np.cumsum(each / each.sum())])[np.searchsorted(sample.values, steps, side="right")]
        for sample, each in zip((first, second), w, strict=True)
    ]
    gaps = np.abs(rises[0] - rises[1])
    return float(gaps.max()), float((gaps[:-1] * np.diff(steps)).sum())


def distance_summary(first: Sample, second: Sample, images: int) -> dict[str, object]:
    """Both distances of two files' values, each with its interval and what chance alone reaches, in 95 of 100 cases.

    Keys: `ks`, `wasserstein`, dicts of `value`, `interval` and `by_chance`.
    """
    values = distances(first, second)
    again = [distances(first, second, (w[first.places], w[second.places])) for w in draws(images)]
    swapped = [_swapped(first, second, coins) for coins in _coins(images)]
    result: dict[str, object] = {}
    for place, name in enumerate(("ks", "wasserstein")):
        chance = [pair[place] for pair in swapped if np.isfinite(pair[place])]
        result[name] = {
            "value": values[place] if np.isfinite(values[place]) else None,
            "interval": interval([pair[place] for pair in again]),
            "by_chance": float(np.percentile(chance, 95)) if chance else None,
        }
    return result


def _coins(images: int) -> Iterator[NDArray[np.bool_]]:
    rng = Generator(Philox(1))
    for _ in range(REPLICATES):
        yield rng.random(images) < 0.5


def _swapped(first: Sample, second: Sample, coins: NDArray[np.bool_]) -> tuple[float, float]:
    """The distances where those images change sides on which coins fall so."""
    values, places = np.concatenate([first.values, second.values]), np.concatenate([first.places, second.places])
    is_first = np.arange(len(values)) < len(first.values)
    chosen = is_first != coins[places]
    return distances(Sample(values[chosen], places[chosen]), Sample(values[~chosen], places[~chosen]))
