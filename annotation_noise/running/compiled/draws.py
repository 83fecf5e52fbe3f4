"""Random numbers by address in machine code: those of `core.draws.stream`, number for number.

A *state* is (STATE,) uint64: where Philox is, what it has made and not yet given. `to_address` puts it to an address,
and then it gives what numpy's Generator of that address gives, if asked the same things in the same order.

Source: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011 (Philox 4x64, ten rounds); Lemire, "Fast
Random Integer Generation in an Interval", 2019; Marsaglia and Tsang, "The Ziggurat Method for Generating Random
Variables", 2000, with the tables that numpy has, which numba holds too.
"""

import math

import numpy as np
from numba.np.random._constants import fi_double, ki_double, wi_double, ziggurat_nor_inv_r, ziggurat_nor_r
from numpy.typing import NDArray

from annotation_noise.geometry.kernels.compiled import compiled

State = NDArray[np.uint64]

# Places in a state: the seed, the position in the stream, the annotation and the purpose; the last four numbers and
# how many of them have been given; the half that is left of a number of which one half was asked for, and whether.
SEED, POSITION, KEY, PURPOSE, NUMBERS, GIVEN, HALF, HAS_HALF, STATE = 0, 1, 2, 3, 4, 8, 9, 10, 11

_MULTIPLIERS = np.array([0xD2E7470EE14C6C93, 0xCA5A826395121157], np.uint64)
_WEYL = np.array([0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B], np.uint64)
_LOW, _HALF_BITS = np.uint64(2**32 - 1), np.uint64(32)
_ONE = np.uint64(1)

# Of the 256 layers: the width by the whole number drawn, below which number a draw is surely inside, and the height.
_WIDTHS: NDArray[np.float64] = wi_double.copy()
_INSIDE: NDArray[np.uint64] = ki_double.astype(np.uint64)
_HEIGHTS: NDArray[np.float64] = fi_double.copy()
_TAIL, _INVERSE_TAIL = float(ziggurat_nor_r), float(ziggurat_nor_inv_r)


@compiled
def to_address(state: State, seed: np.uint64, purpose: np.uint64, key: int) -> None:
    """Put a state to the first number of an address; purpose: as `core.draws.purpose_word` has it."""
    state[SEED], state[POSITION], state[KEY], state[PURPOSE] = seed, 0, np.uint64(key), purpose
    state[GIVEN], state[HAS_HALF] = 4, 0


@compiled
def uniform(state: State) -> float:
    """As `Generator.random()`."""
    return float(float(_next(state) >> np.uint64(11)) * 2.0**-53)


@compiled
def below(state: State, count: int) -> int:
    """As `Generator.integers(count)`; count: 1 to 2^32 - 1."""
    if count == 1:
        return 0
    wide = np.uint64(count)
    product = _next_half(state) * wide
    if product & _LOW < wide:
        uneven = (_LOW - (wide - _ONE)) % wide  # so many of the 2^32 numbers are left over, and drawn again
        while product & _LOW < uneven:
            product = _next_half(state) * wide
    return int(np.int64(product >> _HALF_BITS))


@compiled
def normal(state: State) -> float:
    """As `Generator.standard_normal()`."""
    while True:
        bits = _next(state)
        layer = np.int64(bits & np.uint64(0xFF))
        is_negative = bits >> np.uint64(8) & _ONE
        place = bits >> np.uint64(9) & np.uint64(2**52 - 1)
        value = float(float(place) * _WIDTHS[layer])
        if is_negative:
            value = -value
        if place < _INSIDE[layer]:
            return value
        if layer == 0:
            return _of_tail(state, bool(place >> np.uint64(8) & _ONE))
        height = (_HEIGHTS[layer - 1] - _HEIGHTS[layer]) * uniform(state) + _HEIGHTS[layer]
        if height < math.exp(-0.5 * value * value):
            return value


@compiled
def _of_tail(state: State, is_negative: bool) -> float:
    while True:
        beyond = -_INVERSE_TAIL * math.log1p(-uniform(state))
        height = -math.log1p(-uniform(state))
        if height + height > beyond * beyond:
            return -(_TAIL + beyond) if is_negative else _TAIL + beyond


@compiled
def _next(state: State) -> np.uint64:
    """The next number of 64 bits."""
    if state[GIVEN] == 4:
        _make_four(state)
        state[GIVEN] = 0
    given = np.int64(state[GIVEN])
    state[GIVEN] = given + 1
    return np.uint64(state[NUMBERS + given])


@compiled
def _next_half(state: State) -> np.uint64:
    """The next number of 32 bits: the lower half of one of 64, and then its upper half."""
    if state[HAS_HALF]:
        state[HAS_HALF] = 0
        return np.uint64(state[HALF])
    number = _next(state)
    state[HALF], state[HAS_HALF] = number >> _HALF_BITS, 1
    return number & _LOW


@compiled
def _make_four(state: State) -> None:
    """Philox: the counter, enciphered by the seed."""
    state[POSITION] += _ONE
    a, b, c, d = state[POSITION], state[KEY], state[PURPOSE], np.uint64(0)
    key_a, key_b = state[SEED], np.uint64(0)
    for _ in range(10):
        high_a, low_a = _high(_MULTIPLIERS[0], a), _MULTIPLIERS[0] * a
        high_c, low_c = _high(_MULTIPLIERS[1], c), _MULTIPLIERS[1] * c
        a, b, c, d = high_c ^ b ^ key_a, low_c, high_a ^ d ^ key_b, low_a
        key_a += _WEYL[0]
        key_b += _WEYL[1]
    state[NUMBERS], state[NUMBERS + 1], state[NUMBERS + 2], state[NUMBERS + 3] = a, b, c, d


@compiled
def _high(a: np.uint64, b: np.uint64) -> np.uint64:
    """The upper 64 bits of the product."""
    a_low, a_high, b_low, b_high = a & _LOW, a >> _HALF_BITS, b & _LOW, b >> _HALF_BITS
    carried = a_high * b_low + (a_low * b_low >> _HALF_BITS)
    middle = a_low * b_high + (carried & _LOW)
    return a_high * b_high + (carried >> _HALF_BITS) + (middle >> _HALF_BITS)
