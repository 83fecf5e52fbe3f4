"""The progress bar, the same for every command: on a terminal alone, once a second has passed, gone at the end."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from tqdm import tqdm

T = TypeVar("T")


def progress(title: str, unit: str, total: int | None = None, done: int = 0) -> tqdm[Any]:
    """A bar that is told (`update`) of the work in its block.

    unit: what is counted, in the plural. total: how many there are, None where nobody knows. done: how many an
    earlier run has done.
    """
    return _bar(None, desc=title, unit=f" {unit}", total=total, initial=done)


def followed(items: Iterable[T], title: str, unit: str) -> Iterable[T]:
    """The items, with a bar that shows how many of them are done."""
    return _bar(items, desc=title, unit=f" {unit}")


def _bar(items: Iterable[Any] | None, **options: Any) -> tqdm[Any]:
    from tqdm import tqdm  # when the workers are at work already, who need not wait for it then

    return tqdm(items, delay=1, disable=None, leave=False, **options)
