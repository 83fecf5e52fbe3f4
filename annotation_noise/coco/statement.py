"""What a noisy file says of itself, so that nobody takes it for a clean one once it lies elsewhere.

    "annotation_noise": {"version": "0.1.0", "benchmark": "easy", "corruption_values": {…}, "seed": 1,
                         "input_sha256": "…"}

A key of its own beside `images`, `annotations` and `categories`, which readers of COCO files pass over. It stands at
the end of the file, or where the input has it. `input_sha256`: of the input's bytes; `noise()`, which sees none, leaves
it out. `input_noise`: what the input said of itself, where it was noisy already. Nothing in it differs between runs.

Source: ours; COCO's data format page allows further keys, as LVIS and SA-1B have them.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from annotation_noise.coco.splice import Span, inserted

KEY = "annotation_noise"

Statement = Mapping[str, object]


def of_file(statement: Statement | None, before: object, input_sha256: str = "") -> Statement | None:
    """What the noisy version of a file says; None where nothing is to be said.

    statement: of the noise. before: what the file itself says, None for nothing. input_sha256: "" where none is known.
    """
    if statement is None:
        return None
    more = {"input_sha256": input_sha256, "input_noise": before}
    return {**statement, **{key: value for key, value in more.items() if value not in ("", None)}}


def change(data: bytes, keys: Mapping[str, Span], statement: Statement | None) -> tuple[Span, bytes]:
    """Where the statement goes in a file's bytes, and the bytes that go there.

    keys: where the values of the file's keys begin and end, at least two of them.
    statement: None says nothing any more.
    """
    if KEY in keys:
        return keys[KEY], msgspec.json.encode(statement)
    place = max(end for _, end in keys.values())
    return (place, place), inserted(data, next(iter(keys.values())), KEY, statement)


def on_top(before: Any, seed: int) -> str:
    """What comes of more noise on a file that says this of itself."""
    is_same = isinstance(before, dict) and before.get("seed") == seed
    again = ", and the same seed draws the same numbers again: take another" if is_same else ""
    return f"this noise comes on top of that{again}"


def already_noisy(name: object, before: Any, consequence: str) -> str:
    """A warning about a file of that name which says that it is noisy, for whoever takes it for a clean one."""
    known = before if isinstance(before, dict) else {}
    words = [f"{key} {known[key]}" for key in ("benchmark", "seed") if known.get(key) is not None]
    how = f" ({', '.join(words)})" if words else ""
    return f"{name} says that it is noisy already{how}; {consequence}"
