"""What the options of several commands have in common; loads no library, as the help needs none."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from annotation_noise.errors import InputError
from annotation_noise.reading import check_name

T = TypeVar("T")

STATUS = """

exit status:
  0 done; 1 the run could not go on; 2 input or usage is wrong; 3 done, but for some images;
  4 done, but standard output is closed or full; 130 interrupted"""
ROBOFLOW = "_annotations.coco.json"  # what Roboflow calls the COCO file in the folder of each split

CHOICES = {
    "segmentation": ("same", "rle", "polygon"),
    "boxes": ("refit", "keep"),
    "crowd": ("keep", "noise"),
    "on_empty": ("keep", "drop"),
    "flip_to": ("all", "annotated"),
}


class _Parser(argparse.ArgumentParser):
    """A parser that says what is wrong in one sentence, as everything else does, and leaves the usage to --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"error: {' '.join(message.removeprefix('argument ').split())}\n")


def new_parser(program: str, description: str, examples: str) -> argparse.ArgumentParser:
    """A parser in the form that all commands have; description and examples stay as they are laid out."""
    form = argparse.RawDescriptionHelpFormatter
    epilog = examples.rstrip() + STATUS
    result = _Parser(program, None, description, epilog, formatter_class=form, allow_abbrev=False)
    result.register("type", int, _whole_number)
    result.register("type", float, _number)
    return result


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a whole number, not {text[:40]!r}") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be a number, not {text[:40]!r}") from None


def add_output(add: Callable[..., Any], default: str, earlier: str) -> None:
    """Add the options about the output folder to a group, by its `add_argument`.

    default: what names the folder where no name is given. earlier: whose files `--overwrite` replaces.
    """
    add("--method_name", metavar="NAME", help=f"write into noisy_data_NAME (default: {default})")
    add("--output_dir", metavar="DIR", type=Path, help="write into this folder instead")
    add("--overwrite", action="store_true", help=f"replace the files of an earlier run{earlier}")


def add_workers(add: Callable[..., Any]) -> None:
    """Add `--workers` to a group, by its `add_argument`."""
    add("--workers", metavar="N", type=int, help="worker processes; the result is the same (default: one a core)")


def add_form(add: Callable[..., Any], mask: str, empty: str) -> None:
    """Add the options about the form of what is written to a group, by its `add_argument`.

    mask: what a new one is called. empty: what leaves no pixel.
    """
    for name, text in {
        "segmentation": "form of every mask: its own, compressed run lengths, or polygons (no crowd region); all exact",
        "boxes": f"let bbox and area follow the {mask}, or keep the clean ones",
        "on_empty": f"where {empty} no pixel, keep the clean mask or drop the annotation",
    }.items():
        add_choice(add, name, CHOICES[name], text)
    text = "put boundary_type and the other marks into each annotation's `attributes` too, where datumaro and CVAT look"
    add("--attributes", action="store_true", help=text)


def add_choice(add: Callable[..., Any], name: str, choices: Sequence[str], text: str) -> None:
    """Add an option with choices to a group, by its `add_argument`; the first one is the default."""
    add(f"--{name}", choices=choices, default=choices[0], help=f"{text} (default: {choices[0]})")


def resolved(kind: type[T], arguments: argparse.Namespace, **others: object) -> T:
    """A command's options as its work takes them, a NamedTuple: `others`, and the rest of the fields as given."""
    given = {name: getattr(arguments, name) for name in kind.__annotations__ if name not in others}
    return kind(**given, **others)


def check_counts(arguments: argparse.Namespace, *names: str) -> None:
    """Raise InputError for an option of these names that is below 1."""
    for name in names:
        count = getattr(arguments, name)
        if count is not None and count < 1:
            raise InputError(f"--{name} must be 1 or more, not {count}")


def output_folder(arguments: argparse.Namespace, default: str) -> Path:
    """The folder that the options of `add_output` ask for; `default` names it where they do not. Raises InputError."""
    name = arguments.method_name or default
    if Path(name).name != name or "\0" in name:
        raise InputError(f"--method_name becomes part of a folder's name, so it cannot be {name!r}")
    return Path(arguments.output_dir or f"noisy_data_{name}")


def inputs(path: Path | None, splits: Sequence[str] | None) -> list[Path]:
    """The COCO files that PATH names, sorted by name; of a folder those of the splits. Raises InputError.

    Of a folder without instances_*.json it is Roboflow's _annotations.coco.json.
    """
    if path is None:
        raise InputError("PATH is missing: a COCO file, or a folder with instances_*.json")
    if not path.exists():
        raise InputError(f"{path} does not exist")
    if not path.is_dir():
        if splits:
            raise InputError(f"--splits chooses among the files of a folder, but {path} is a file")
        return [path]
    files = sorted(path.glob("instances_*.json"))
    if not files and not splits and (path / ROBOFLOW).is_file():
        return [path / ROBOFLOW]
    for file in files:
        check_name(file)
    if not files:
        how = "name a COCO file itself if it is called otherwise"
        if any(path.glob("annotations/instances_*.json")):
            how = f"but {path / 'annotations'} has: name that"
        if any(path.glob(f"*/{ROBOFLOW}")):
            all_of_them = f"all of them with noise_annotations.py --glob '*/{ROBOFLOW}'"
            how = f"its folders have {ROBOFLOW}: name one of these folders, or {all_of_them}"
        raise InputError(f"{path} has no instances_*.json; {how}")
    for split in splits or ():
        if not any(file.name.startswith(f"instances_{split}") for file in files):
            raise InputError(f"{path} has no instances_{split}*.json, only {', '.join(file.name for file in files)}")
    return [file for file in files if splits is None or file.name.startswith(tuple(f"instances_{s}" for s in splits))]
