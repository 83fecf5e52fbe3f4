"""The plots of a measurement: histograms of IoU, IoU against size, confusion of classes.

Each is drawn narrow, so that its text can be read on a phone, and for a light or a dark page. A plot is the
bytes of a PNG file, or None where there is nothing to show.
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import cycle
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter, PercentFormatter
from numpy.typing import NDArray

from annotation_noise.measures.ranking import curve, ranked
from annotation_noise.reports.style import INSTANCE_COLOURS, RC, colours_of
from annotation_noise.reports.words import in_picture

WIDTH_INCHES = 3.8
DPI = 240
MOST_CLASSES = 12
MOST_POINTS = 2000  # of a line
NO_NOISE = "all"  # where the annotations do not say their noise


class Look(NamedTuple):
    """The colours of a page."""

    ground: str
    ink: str
    faint: str


LOOKS = {"light": Look("#ffffff", "#1d2126", "#d5d9de"), "dark": Look("#1d2126", "#e8eaed", "#444b54")}


def histograms(annotations: Mapping[str, Sequence[Any]], look: Look) -> bytes | None:
    """How many noisy masks have which IoU, a row a noise; how many did not change is told in words."""
    groups = _by_noise(annotations)
    if not groups:
        return None
    colours = colours_of(list(groups))
    with _styled(look):
        figure = Figure((WIDTH_INCHES, 0.7 + 1.25 * len(groups)), layout="constrained")
        axes = figure.subplots(len(groups), 1, sharex=True, squeeze=False)[:, 0]
        for ax, (noise, (_, ious)) in zip(axes, groups.items(), strict=True):
            changed = ious[ious < 1]
            ax.hist(changed, bins=np.linspace(0, 1, 26), color=colours[noise])
            ax.axvline(float(np.mean(changed)), color=look.ink, linewidth=1, linestyle="--")
            of_all = f" of {len(ious):,}" if len(changed) < len(ious) else ""
            ax.set_title(noise, loc="left", fontsize=8.5, fontweight="bold")
            ax.set_title(f"{len(changed):,}{of_all} changed, mean {np.mean(changed):.3f}", loc="right", fontsize=8.5)
            ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
            ax.locator_params(axis="y", nbins=4, integer=True)
        axes[-1].set_xlabel("IoU of the noisy with the clean mask")
        axes[-1].set_xlim(0, 1)
        return _png(figure)


def iou_by_size(annotations: Mapping[str, Sequence[Any]], look: Look) -> bytes | None:
    """IoU of the masks that changed against the size of the clean object, with the median of each noise."""
    groups = _by_noise(annotations)
    if not groups:
        return None
    colours = colours_of(list(groups))
    with _styled(look):
        figure = Figure((WIDTH_INCHES, 3.6), layout="constrained")
        ax = figure.subplots()
        total = sum(len(ious) for _, ious in groups.values())
        for noise, (areas, ious) in groups.items():
            sides, changed = np.sqrt(areas[ious < 1]), ious[ious < 1]
            alpha = float(np.clip(300 / total, 0.03, 0.4))
            ax.scatter(sides, changed, s=5, color=colours[noise], alpha=alpha, linewidths=0)
            middles, medians = _running_median(sides, changed)
            ax.plot(middles, medians, color=look.ground, linewidth=3.5)
            ax.plot(middles, medians, color=colours[noise], linewidth=2, label=noise)
        for limit in (32, 96):
            ax.axvline(limit, color=look.faint, linewidth=1, zorder=0)
        ax.set_xscale("log")
        low, high = ax.get_xlim()
        ax.set_xticks([tick for tick in (2, 5, 10, 32, 96, 200, 500, 1000, 2000) if low <= tick <= high])
        ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
        ax.set(ylim=(0, 1.02), xlabel="√area of the clean object, px (lines: COCO's sizes)", ylabel="mask IoU")
        figure.legend(loc="outside upper left", ncols=3, frameon=False, title="median of", alignment="left")
        return _png(figure)


def confusion(matrix: Sequence[Mapping[str, Any]], look: Look) -> bytes | None:
    """Which share of a clean class (row) has which noisy class (column); of many classes those most concerned.

    matrix: as in the report's `classes`. The diagonal and the column
    for all other classes are grey, as their colours would outshine the rest.
    """
    changed: dict[int, int] = {}
    names: dict[int, str] = {}
    for entry in matrix:
        names.update({entry["clean_id"]: entry["clean"], entry["noisy_id"]: entry["noisy"]})
        if entry["clean_id"] != entry["noisy_id"]:
            for id_ in (entry["clean_id"], entry["noisy_id"]):
                changed[id_] = changed.get(id_, 0) + entry["count"]
    if not changed:
        return None
    ids = sorted(sorted(changed, key=lambda id_: (-changed[id_], id_))[:MOST_CLASSES])
    others = len(changed) > len(ids)
    place = {id_: index for index, id_ in enumerate(ids)}
    counts = np.zeros((len(ids), len(ids) + others))
    for entry in matrix:
        if entry["clean_id"] in place:
            counts[place[entry["clean_id"]], place.get(entry["noisy_id"], len(ids))] += entry["count"]
    return _confusion_picture(counts, [names[id_] for id_ in ids], others, look)


def _confusion_picture(counts: NDArray[np.float64], names: Sequence[str], others: bool, look: Look) -> bytes:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    grey = np.zeros(counts.shape, bool)
    np.fill_diagonal(grey, True)
    grey[:, len(names) :] = True
    coloured = np.where(grey | (counts == 0), np.nan, shares)
    with _styled(look):
        side = 0.225 * len(names)
        figure = Figure((WIDTH_INCHES, max(2.6, 1.5 + side)), layout="constrained")
        ax = figure.subplots()
        ax.imshow(np.where(grey, 1.0, np.nan), cmap=ListedColormap([look.faint]), aspect="auto")
        highest = float(np.nanmax(coloured, initial=0.01))
        image = ax.imshow(coloured, cmap="cividis", vmin=0, vmax=highest, aspect="auto")
        small = 9 if len(names) <= 8 else 7.5
        for row, column in zip(*np.nonzero(counts), strict=True):
            bright = coloured[row, column] > 0.5 * highest
            colour = look.ink if grey[row, column] else "#000000" if bright else "#ffffff"
            digits = 1 if highest < 0.05 and not grey[row, column] else 0
            cell = f"{100 * shares[row, column]:.{digits}f}"
            ax.text(column, row, cell, ha="center", va="center", color=colour, fontsize=small)
        titles = [_short(name) for name in names]
        ax.set_yticks(range(len(names)), titles)
        ax.set_xticks(range(counts.shape[1]), titles + ["others"] * others, rotation=90)
        ax.set(xlabel="noisy class", ylabel="clean class")
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
        bar = figure.colorbar(image, ax=ax, location="top", shrink=0.7, aspect=30)
        bar.ax.locator_params(axis="x", nbins=4)
        bar.ax.xaxis.set_major_formatter(PercentFormatter(1))
        bar.set_label("share of the clean class")
        return _png(figure)


def gains(wrong: NDArray[np.bool_], scores: Mapping[str, NDArray[np.float64]], look: Look) -> bytes:
    """Which share of what is wrong each finder has found after which share of all, from the most suspicious on.

    wrong: (n,). scores: by finder how suspicious each is, (n,).
    """
    share = float(wrong.mean())
    with _styled(look):
        figure = Figure((WIDTH_INCHES, 3.6), layout="constrained")
        ax = figure.subplots()
        for reached in (1.0, share):  # by one that draws, and by one that knows
            ax.plot([0, reached, 1], [0, 1, 1], color=look.faint, linewidth=1.5, linestyle=":")
        for (name, of_all), colour in zip(scores.items(), cycle(INSTANCE_COLOURS), strict=False):
            order, ends = ranked(of_all)
            reached_by = curve(ends, wrong[order].astype(np.float64), np.ones(len(order)))
            x, y = (np.append(0.0, values / values[-1]) for values in (reached_by.seen, reached_by.hits))
            shown = np.unique(np.linspace(0, len(x) - 1, MOST_POINTS).astype(int))
            ax.plot(x[shown], y[shown], color=colour, linewidth=2, label=in_picture(name))
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(PercentFormatter(1))
        ax.set(xlim=(0, 1), ylim=(0, 1.02), xlabel="of all labels, looked at", ylabel="of the errors, found")
        figure.legend(loc="outside upper left", ncols=2, frameon=False)
        return _png(figure)


def _by_noise(
    annotations: Mapping[str, Sequence[Any]],
) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Areas in pixels and IoUs of the annotations of each noise, of those noises that changed a mask."""
    pairs: dict[str, list[tuple[float, float]]] = {}
    for noise, area, iou in zip(annotations["noise"], annotations["area_px"], annotations["iou"], strict=True):
        if iou is not None:
            pairs.setdefault(noise or NO_NOISE, []).append((area, iou))
    arrays = {noise: np.array(values).T for noise, values in sorted(pairs.items())}
    return {noise: (areas, ious) for noise, (areas, ious) in arrays.items() if (ious < 1).any()}


def _running_median(sides: NDArray[np.float64], ious: NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """Medians over groups of equally many objects of like size; some twenty in a group, at most 16 groups."""
    order = np.argsort(sides, kind="stable")
    groups = np.array_split(order, np.clip(len(order) // 20, 1, 16))
    return [float(np.median(sides[g])) for g in groups], [float(np.median(ious[g])) for g in groups]


def _short(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}…"


def _styled(look: Look) -> AbstractContextManager[None]:
    ink = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color", "axes.edgecolor")
    grounds = ("figure.facecolor", "axes.facecolor")
    settings: Any = {**RC, **dict.fromkeys(ink, look.ink), **dict.fromkeys(grounds, look.ground)}
    styled: AbstractContextManager[None] = mpl.rc_context(settings)
    return styled


def _png(figure: Figure) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    return file.getvalue()
