"""How well a list of suspects, the most suspicious first, finds what is wrong.

- *AUROC*: how probable it is that something wrong stands above something right; a tie counts half. By chance 0.5.
- *Average precision*: the precision at each distinct score, weighted by the recall that it adds. By chance the share of
  what is wrong.
- *Precision and recall at a depth*: among the first so many; of equal scores at the border as many as a draw would give
  on average.

All of them take weights, so that images can be drawn anew without sorting again.

Source: Fawcett, "An introduction to ROC analysis", 2006, sections 4 to 7; Davis and Goadrich, "The relationship between
precision-recall and ROC curves", 2006.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Ranked(NamedTuple):
    """A list of suspects.

    order: (n,) their places, the most suspicious first. ends: (m,) where the run of each score ends.
    """

    order: NDArray[np.intp]
    ends: NDArray[np.intp]


class Curve(NamedTuple):
    """What is reached at the end of each score's run, (m,). hits: of what is wrong; seen: of all; sums of weights."""

    hits: Reals
    seen: Reals


def ranked(scores: Reals) -> Ranked:
    """Scores, (n,), at least one and no nan, as a list of suspects; the higher the more suspicious."""
    order = np.argsort(-scores, kind="stable")
    sorted_scores = scores[order]
    ends = np.append(np.flatnonzero(sorted_scores[1:] != sorted_scores[:-1]) + 1, len(scores))
    return Ranked(order, ends)


def curve(ends: NDArray[np.intp], wrong: Reals, weights: Reals) -> Curve:
    """What a list of suspects reaches. wrong: 0 or 1, and weights: (n,) each, in the list's order."""
    return Curve(np.cumsum(wrong * weights)[ends - 1], np.cumsum(weights)[ends - 1])


def auroc(curve: Curve) -> float:
    """The area under the ROC curve; nan where nothing is wrong, or all."""
    hits, misses = curve.hits, curve.seen - curve.hits
    both = hits[-1] * misses[-1]
    above = np.concatenate([[0.0], hits[:-1]]) + np.diff(hits, prepend=0.0) / 2
    return float((np.diff(misses, prepend=0.0) * above).sum() / both) if both else float("nan")


def average_precision(curve: Curve) -> float:
    """Average precision; nan where nothing is wrong."""
    gains = np.diff(curve.hits, prepend=0.0)
    precision = np.divide(curve.hits, curve.seen, out=np.zeros(len(gains)), where=curve.seen > 0)
    return float((gains * precision).sum() / curve.hits[-1]) if curve.hits[-1] else float("nan")


def hits_at(curve: Curve, depth: float) -> float:
    """How much of what is wrong is expected among the first `depth` of a list."""
    return float(np.interp(depth, np.append(0.0, curve.seen), np.append(0.0, curve.hits)))
