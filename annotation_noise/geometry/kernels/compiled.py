"""How a kernel is compiled: once on a machine, by numba, to machine code that is kept in a cache.

Kernels compute as plain Python would, but integers have 64 bits. No fastmath: a float is rounded as IEEE 754 has it,
so that a kernel's decisions are those of the library that it stands for.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

from numba import njit

from annotation_noise.geometry.kernels.cache import settle

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def compiled(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """A function as machine code; compiled when it is first called, or loaded from the cache (`cache.settle`)."""
    settle()
    return cast(Callable[Parameters, Result], njit(cache=True, error_model="numpy")(function))


def inlined(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """The same of a few lines that are called very often: no call is left of it in machine code."""
    return cast(Callable[Parameters, Result], njit(cache=True, error_model="numpy", forceinline=True)(function))
