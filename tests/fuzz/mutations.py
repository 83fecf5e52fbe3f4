"""Changes at random: of bytes, of what JSON holds, of geometry."""

import json
import math
from random import Random
from typing import Any

NUMBERS = (-1, 0, 1, 2, 0.5, -0.0, 1e-320, 255, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, 2**63, 10**20, 10**400, 1e308)
NO_NUMBERS = (math.nan, math.inf, -math.inf, True, None)
TEXTS = (
    "",
    "a",
    "1",
    "1.5",
    "none",
    "a\0b",
    "a\nb",
    "a\rb",
    "..",
    "/",
    "a/../b",
    "=1+1",
    "<b>",
    "\u2028",
    "é😀",
    "\ud800",
    "x" * 5000,
)
HOLDERS: tuple[Any, ...] = ([], {}, [[]], [{}], {"id": 1}, [1, 2, 3])
PLACES = (-1e6, -1e3, -1, -0.5, 0, 0.5, 1, 63.5, 640, 1e3, 1e5, 1e6, 1e6 + 1, 1e20, 1e308, 10**400, math.nan, math.inf)
DEEP = "deep, deep down"  # stands for lists within lists, which json cannot write


def odd(rng: Random) -> Any:
    """A value of whatever kind."""
    return rng.choice(rng.choice((NUMBERS, NO_NUMBERS, TEXTS, HOLDERS, (DEEP,))))


def written(rng: Random, value: Any) -> bytes:
    """JSON as its writers differ: spaces, what is escaped, how NaN is written (as Python does)."""
    text = json.dumps(
        value,
        ensure_ascii=rng.random() < 0.5,
        separators=rng.choice(((",", ":"), (", ", ": "))),
        indent=rng.choice((None, None, 1)),
    )
    deep = rng.choice((90, 900, 950, 970, 1000, 1100, 5000))
    return text.replace(f'"{DEEP}"', "[" * deep + "]" * deep).encode(errors="surrogatepass")


def changed_bytes(rng: Random, data: bytes) -> bytes:
    """The same bytes with some flipped, cut out, doubled or put in."""
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        at = rng.randrange(len(data) + 1)
        to = min(at + rng.choice((1, 1, 2, 10, 1000)), len(data))
        way = rng.choice(("flip", "cut", "end", "double", "insert", "digit"))
        if way == "flip" and at < len(data):
            data = data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]
        elif way == "cut":
            data = data[:at] + data[to:]
        elif way == "end":
            data = data[:at]
        elif way == "double":
            data = data[:to] + data[at:]
        elif way == "insert":
            new = rng.choice(
                (b"\0", b"\xff", b"\xed\xa0\x80", b'"', b"\\", b"[", b"}", b",", b"-", b"1e999", b"\xef\xbb\xbf", b"\n")
            )
            data = data[:at] + new + data[at:]
        elif way == "digit" and (digits := [place for place in range(at, to) if data[place : place + 1].isdigit()]):
            place = rng.choice(digits)
            data = data[:place] + b"%d" % rng.randrange(10) + data[place + 1 :]
    return data


def changed(rng: Random, value: Any) -> Any:
    """The same content with one thing dropped, doubled, of another type, or something odd in its place."""
    if not isinstance(value, (dict, list)) or not value or rng.random() < 0.1:
        return rng.choice((odd(rng), [value], {"a": value}, str(value)[:50]))
    if isinstance(value, dict):
        key = rng.choice(sorted(value, key=str))
        way = rng.random()
        if way < 0.1:
            return {k: v for k, v in value.items() if k != key}
        if way < 0.15:
            return {**value, str(rng.choice(TEXTS)): odd(rng)}
        return {**value, key: changed(rng, value[key])}
    at = rng.randrange(len(value))
    way = rng.random()
    if way < 0.05:
        return value[:at] + value[at + 1 :]
    if way < 0.1:
        return [*value, value[at]]
    if way < 0.12:
        return value[::-1]
    return [*value[:at], changed(rng, value[at]), *value[at + 1 :]]


def changed_geometry(rng: Random, dataset: dict[str, Any]) -> dict[str, Any]:
    """A COCO dataset in which a segmentation, a box, an area or the size of an image is another."""
    annotations, images = list(dataset["annotations"]), list(dataset["images"])
    if annotations and rng.random() < 0.8:
        at = rng.randrange(len(annotations))
        key = rng.choice(("segmentation", "segmentation", "segmentation", "bbox", "area", "iscrowd"))
        image: dict[str, Any] = next((entry for entry in images if entry["id"] == annotations[at].get("image_id")), {})
        annotations[at] = {**annotations[at], key: _geometry(rng, key, image, annotations[at].get(key))}
    elif images:
        at = rng.randrange(len(images))
        sizes = (1, 2, 3, 64, 5000, 46340, 2**20, 2**26, 2**31, 0, -5, 640.0, 640.5, "640", None, 10**400)
        images[at] = {**images[at], rng.choice(("width", "height")): rng.choice(sizes)}
    return {**dataset, "annotations": annotations, "images": images}


def _geometry(rng: Random, key: str, image: dict[str, Any], now: Any) -> Any:
    height, width = image.get("height", 64), image.get("width", 64)
    if key == "bbox":
        return [rng.choice((*PLACES, 10, 20, "5")) for _ in range(rng.choice((0, 3, 4, 4, 4, 4, 5)))]
    if key == "area":
        return rng.choice((0, -1, 0.5, 1e308, math.nan, "1", None, 10**400))
    if key == "iscrowd":
        return rng.choice((0, 1, True, False, None, 2, -1, 10**20, 0.5, 1.0, "1"))
    way = rng.randrange(7)
    if way == 0 and isinstance(now, list) and now and isinstance(now[0], list) and now[0]:
        ring = list(now[0])
        ring[rng.randrange(len(ring))] = rng.choice((*PLACES, "1.5", None, [1]))
        return [ring, *now[1:]]
    if way <= 2:  # few points or many, near or far
        span = rng.choice((10, 100, 1000))
        return [
            [rng.uniform(-span / 10, span) for _ in range(rng.choice((0, 1, 2, 4, 5, 6, 8, 50, 300)))]
            for _ in range(rng.choice((0, 1, 1, 2, 20)))
        ]
    counts: Any
    if way == 3:  # run lengths that may add up to the image
        counts = [
            rng.choice((0, 1, 2, 50, 1000, -3, 2**40, 1.5)) if rng.random() < 0.1 else rng.randrange(200)
            for _ in range(50)
        ]
        if rng.random() < 0.7 and all(isinstance(count, int) and count >= 0 for count in counts):
            counts.append(max(height * width - sum(counts), 0) if isinstance(height * width, int) else 0)
        return {"size": [height, width], "counts": counts}
    if way == 4:  # a random pixel here and there, with its holes
        if isinstance(height, int) and isinstance(width, int) and 0 < height * width <= 400_000:
            counts, left = [], height * width
            while left > 0:
                counts.append(min(rng.choice((1, 1, 1, 2, 3)), left))
                left -= counts[-1]
            return {"size": [height, width], "counts": counts}
        return []
    if way == 5:
        counts = "".join(chr(rng.randrange(48, 112)) for _ in range(rng.choice((0, 1, 5, 50))))
        return {"size": rng.choice(([height, width], [width, height], [1, 1], [], [2**31, 2**31])), "counts": counts}
    return {
        "size": [height, width],
        "counts": rng.choice(("", "é", "\0", [], None, [height, width], "oo" * 40, "2" * 200)),
    }
