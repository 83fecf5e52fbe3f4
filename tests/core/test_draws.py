from hashlib import blake2b

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from annotation_noise.core.draws import stream

words = st.integers(0, 2**64 - 1)
ids = st.integers(-(2**63), 2**64 - 1)
addresses = st.tuples(words, st.sampled_from(["choose mask", "choose category", "noise rand"]), ids)


@given(addresses, addresses)
def test_one_address_one_stream(a: tuple[int, str, int], b: tuple[int, str, int]) -> None:
    first, again, other = [stream(*address).random(8).tolist() for address in (a, a, b)]
    assert first == again
    assert (first == other) == (a == b or (a[:2] == b[:2] and (a[2] - b[2]) % 2**64 == 0))


def test_neighbours_are_unrelated() -> None:
    """The first numbers of consecutive ids spread evenly and do not go with those of the next id, seed or purpose."""
    base = np.array([stream(1, "choose mask", i).random() for i in range(4000)])
    assert np.allclose(np.histogram(base, bins=10, range=(0, 1))[0], 400, atol=4 * np.sqrt(400))
    for other in (
        [stream(2, "choose mask", i).random() for i in range(4000)],
        [stream(1, "choose category", i).random() for i in range(4000)],
        [*base[1:], 0.5],
    ):
        assert abs(np.corrcoef(base, other)[0, 1]) < 4 / np.sqrt(4000)


def test_streams_do_not_run_into_each_other() -> None:
    long = stream(1, "noise localization", 5).random(100_000)
    assert not np.isin(stream(1, "noise localization", 6).random(1000), long).any()


def philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox 4x64 with 10 rounds as the paper prints it: one block of four numbers."""
    top = 2**64
    for _ in range(10):
        high_0, low_0 = divmod(0xD2E7470EE14C6C93 * counter[0], top)
        high_1, low_1 = divmod(0xCA5A826395121157 * counter[2], top)
        counter = [high_1 ^ counter[1] ^ key[0], low_1, high_0 ^ counter[3] ^ key[1], low_0]
        key = [(key[0] + 0x9E3779B97F4A7C15) % top, (key[1] + 0xBB67AE8584CAA73B) % top]
    return counter


def test_the_numbers_are_philox_at_the_address() -> None:
    """Every published result hangs on these numbers: they may never change, whatever the numpy version."""
    purpose = int.from_bytes(blake2b(b"choose mask", digest_size=8).digest(), "little")
    raw = stream(77, "choose mask", 2**40 + 7).bit_generator.random_raw(8).tolist()
    blocks = [philox([position, 2**40 + 7, purpose, 0], [77, 0]) for position in (1, 2)]  # numpy counts up first
    assert raw == blocks[0] + blocks[1]
    assert stream(77, "choose mask", 2**40 + 7).random() == (raw[0] >> 11) / 2**53
