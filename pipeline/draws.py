"""Random numbers by address.

Every draw belongs to (seed, what it is for, annotation id) and depends on nothing else: not on the
order of the annotations, not on how the work was shared out, not on other draws. The counter-based
generator Philox gives this directly. Its 128-bit key holds the seed; its 256-bit counter holds, from
the lowest word up, the position in the stream, the annotation id, the purpose and a zero. So every
address owns 2^64 blocks of four numbers, and no two addresses share one.

Source: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011; numpy.random.Philox.
"""

import functools
import hashlib
import threading
from typing import Any

from numpy.random import Generator, Philox


class _Lent(threading.local):
    """The one generator of a thread, and the state that is written into it.

    To set a generator to an address is quicker than to make a new one for it.
    """

    def __init__(self) -> None:
        self.philox = Philox(0)
        self.generator = Generator(self.philox)
        self.state: Any = self.philox.state  # a copy, at position 0 and with nothing left over
        self.key, self.counter = self.state["state"]["key"], self.state["state"]["counter"]
        self.key[:], self.counter[:] = 0, 0


_LENT = _Lent()


def stream(seed: int, purpose: str, annotation_id: int) -> Generator:
    """The generator of one address, at its first number; lent until the thread asks for another.

    seed: 0 to 2^64 - 1. purpose: any string. annotation_id: any 64-bit integer, signed or not.
    """
    lent = _LENT
    lent.key[0], lent.counter[1], lent.counter[2] = seed, annotation_id % 2**64, _word(purpose)
    lent.philox.state = lent.state
    return lent.generator


@functools.cache
def _word(purpose: str) -> int:
    return int.from_bytes(hashlib.blake2b(purpose.encode(), digest_size=8).digest(), "little")
