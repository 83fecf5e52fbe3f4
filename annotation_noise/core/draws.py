"""Random numbers by address.

Every draw belongs to (seed, what it is for, annotation id) and depends on nothing else: not on the
order of the annotations, not on how the work was shared out, not on other draws. The counter-based
generator Philox gives this directly. Its 128-bit key holds the seed; its 256-bit counter holds, from
the lowest word up, the position in the stream, the annotation id, the purpose and the part of the mask, from 0. So
every address owns 2^64 blocks of four numbers, and no two addresses share one. What belongs to an image or an annotator
has its id in the annotation's place, and a purpose of its own.

Source: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011; numpy.random.Philox.
"""

import hashlib
import threading
from typing import Any

from numpy.random import Generator, Philox


class _Stream:
    """The one generator that a thread has for a purpose, and the state that is written into it.

    To set a generator to an address is quicker than to make a new one for it.
    """

    def __init__(self, purpose: str) -> None:
        self.philox = Philox(0)
        self.generator = Generator(self.philox)
        self.state: Any = self.philox.state  # a copy, at position 0 and with nothing left over
        self.key, self.counter = self.state["state"]["key"], self.state["state"]["counter"]
        self.key[:], self.counter[:] = 0, 0
        self.counter[2] = purpose_word(purpose)


class _Streams(threading.local):
    def __init__(self) -> None:
        self.of = dict[str, _Stream]()


_STREAMS = _Streams()


def stream(seed: int, purpose: str, key: int, part: int = 0) -> Generator:
    """The generator of one address, at its first number; until the thread asks for the same purpose, nobody else's.

    seed: 0 to 2^64 - 1. purpose: any string. key: an annotation's id or an image's, any 64-bit integer, signed or not.
    part: of the mask, where each part has draws of its own.
    """
    of = _STREAMS.of
    own = of.get(purpose) or of.setdefault(purpose, _Stream(purpose))
    own.key[0], own.counter[1], own.counter[3] = seed, key % 2**64, part
    own.philox.state = own.state
    return own.generator


def purpose_word(purpose: str) -> int:
    """The word of an address that stands for a purpose: 0 to 2^64 - 1."""
    return int.from_bytes(hashlib.blake2b(purpose.encode(), digest_size=8).digest(), "little")
