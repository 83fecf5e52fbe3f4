"""The card of a dataset for Hugging Face: README.md, whose head says how to read the folder.

The head is YAML: licence, task, and for `load_dataset` where the splits are and which type each column has. Below it
people read what the dataset is, how noisy it is, how it is made again, and whose it was.

Texts of others, like a description, stand there as code, on one line, so that they cannot be taken for Markdown.

Source: the documentation of the Hub, "Dataset Cards"; the annotated card of its repository has the licences' names.
"""

import glob
import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec
import yaml

from annotation_noise.coco.file import CocoFile
from annotation_noise.exports.format import RunSummary, part_of

Kind = TypeVar("Kind")

METADATA = "metadata.jsonl"  # the name that `datasets` looks for
PICTURES = "images"

_LICENCES = {"cocodataset.org": "cc-by-4.0", "lvisdataset.org": "cc-by-4.0"}  # of annotations, by whose address it is
_LINE_CHARACTERS = 4000  # of the head, so that none is folded

_TRAP = """\
**These are not the true annotations**, not in the split for validation either: evaluate on clean ones."""

_LOAD = """\
## Load it

```python
from datasets import load_dataset

dataset = load_dataset("hf")  # this folder, or the name that it has on the Hub
```

The pictures are not here. A folder or a link `SPLIT/images`, beside `metadata.jsonl`, brings them in: then `image` is
the picture, and until then it is None, and `file_name` says where the picture belongs."""

_COLUMNS = """\
## Columns

`image`, `file_name`, `image_id`, `width` and `height`, and in `objects` a list for each of these:

- `id` and `category_id` of COCO; `category`, the class as a `ClassLabel`
- `bbox`: left, top, width, height; `area` in pixels; `iscrowd`
- `segmentation`: the mask as COCO's compressed run lengths.
  `pycocotools.mask.decode({"size": [height, width], "counts": segmentation})` gives its pixels
- `boundary_type`: the noise of the mask, or `none`; `class_noise`: whether the class was changed; `box_noise`: the
  noise of the box, or `none`"""

_BLIND = """\
Which annotations are noisy is not told here: the columns `boundary_type`, `class_noise` and `box_noise` are empty."""


def features(names: Iterable[str]) -> list[dict[str, object]]:
    """The columns and their types, as the head of a card has them.

    names: of the categories, in the order of their ids.
    """
    label = {"class_label": {"names": {str(index): name for index, name in enumerate(names)}}}
    kinds: dict[str, object] = {
        "id": "int64",
        "category": label,
        "category_id": "int64",
        "bbox": {"list": "float64"},
        "area": "float64",
        "iscrowd": "int64",
        "segmentation": "string",
        "boundary_type": "string",
        "class_noise": "bool",
        "box_noise": "string",
    }
    plain = {"image": "image", "file_name": "string", "image_id": "int64", "width": "int64", "height": "int64"}
    columns: list[dict[str, object]] = [{"name": name, "dtype": kind} for name, kind in plain.items()]
    return [*columns, {"name": "objects", "struct": [{"name": name, "list": kind} for name, kind in kinds.items()]}]


def card(files: Mapping[str, CocoFile], summary: RunSummary | None) -> str:
    """The text of README.md.

    files: the noisy ones by split, at least one of them with images. summary: None of blind ones.
    """
    first = next(iter(files.values()))
    source = _value(first, "info", dict[str, Any]())
    title = _text(source.get("description")) or first.path.name
    parts = [
        f"---\n{_head(files, _licence(source))}---",
        f"# Noisy annotations of {_code(title)}",
        f"{_made(first)} {_TRAP}",
        _LOAD,
        _COLUMNS,
        _BLIND if summary is None else f"## How noisy it is\n\n{summary.counts}\n\n{_again(files, summary)}",
        f"## Source and licence\n\n{_rights(first, source)}",
    ]
    return "\n\n".join(parts) + "\n"


def _head(files: Mapping[str, CocoFile], licence: str) -> str:
    paths: dict[str, list[str]] = {}
    for split, file in files.items():
        if file.tables.images:
            place = PurePosixPath(glob.escape(split))
            paths.setdefault(_split_name(split), []).extend(map(str, (place / METADATA, place / PICTURES / "**")))
    config = {
        "config_name": "default",
        "description": f"sha256 of the annotations: {_digest(files)}",
        "data_files": [{"split": name, "path": path} for name, path in paths.items()],
        "features": features(next(iter(files.values())).tables.categories.values()),
    }
    content = {
        "license": licence,
        "task_categories": ["image-segmentation"],
        "task_ids": ["instance-segmentation"],
        "tags": ["label-noise", "coco"],
        "configs": [config],
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=_LINE_CHARACTERS)


def _digest(files: Mapping[str, CocoFile]) -> str:
    """What keeps two datasets apart in the cache of `datasets`, which knows them by folder name and head alone."""
    digest = hashlib.sha256()
    for file in files.values():
        digest.update(file.data)
    return digest.hexdigest()


def _split_name(split: str) -> str:
    """A split's name as `datasets` takes it: words that dots join, and not `all`, which means every split there."""
    words = re.findall(r"\w+", re.sub(r"[^\w.]+", "_", {"val": "validation"}.get(part_of(split), part_of(split))))
    return ".".join(words) if words not in ([], ["all"]) else "whole"


def _made(file: CocoFile) -> str:
    """A sentence on what made the annotations, from what the file says of itself."""
    statement: dict[str, Any] = file.statement if isinstance(file.statement, dict) else {}
    if not statement:
        return "Instance segmentation with annotation noise, made by noise_annotations."
    noise = f"its preset `{statement['benchmark']}`" if statement.get("benchmark") else "noise of its user's own"
    before = " What it was made of was noisy already." if "input_noise" in statement else ""
    return (
        f"Instance segmentation with annotation noise, made by noise_annotations {statement['version']} "
        f"(after arXiv:2406.10891): {noise}, seed {statement['seed']}.{before}"
    )


def _again(files: Mapping[str, CocoFile], summary: RunSummary) -> str:
    statements = {split: file.statement for split, file in files.items() if isinstance(file.statement, dict)}
    sums = [f"{statement['input_sha256']}  {_code(split)}" for split, statement in statements.items()]
    values = msgspec.json.encode(next(iter(statements.values()))["corruption_values"]).decode()
    inputs = "\n".join(f"- {line}" for line in sums)
    return (
        f"## How it is made again\n\n```sh\n{summary.command}\n```\n\nThe noise and its strengths: {_code(values)}\n\n"
        f"The sha256 of the files that it was made of:\n\n{inputs}"
    )


def _rights(file: CocoFile, source: Mapping[str, Any]) -> str:
    """What the source says of itself, and under which licence its annotations are, where that is known."""
    words = [_text(source.get(key)) for key in ("description", "version", "contributor", "url")]
    named = ", ".join(_code(word) for word in words if word) or "nothing"
    licence = _licence(source)
    names = [_text(each.get("name")) for each in _value(file, "licenses", list[Any]()) if isinstance(each, dict)]
    of_pictures = ", ".join(_code(name) for name in names if name)
    lines = [
        f"The source says of itself: {named}.",
        "Its annotations have no licence that the file would name: put it into the head of this page."
        if licence == "unknown"
        else f"The annotations at this address are under {licence}, and so are these, which were changed by noise.",
        f"Its list of licences, which COCO's files have for the pictures: {of_pictures}." if of_pictures else "",
    ]
    return "\n".join(line for line in lines if line)


def _licence(source: Mapping[str, Any]) -> str:
    host = urlsplit(_text(source.get("url"))).netloc.removeprefix("www.")
    return _LICENCES.get(host, "unknown")


def _value(file: CocoFile, key: str, empty: Kind) -> Kind:
    """What stands in a file under a key; `empty` where that is nothing, or of another type."""
    value = msgspec.json.decode(file.data[slice(*file.keys[key])]) if key in file.keys else empty
    return value if isinstance(value, type(empty)) else empty


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _code(text: str) -> str:
    return "`{}`".format(" ".join(text.split()).replace("`", "'"))
