"""What `noise_annotations.py` is asked for, checked as far as that goes without reading the input."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from glob import iglob
from pathlib import Path
from typing import NamedTuple

from annotation_noise.commands.options import check_counts, inputs, output_folder, resolved
from annotation_noise.core.outcome import Options
from annotation_noise.core.recipe import parse
from annotation_noise.core.requested import checked_seed, recipes_by_folder
from annotation_noise.core.steps import Recipe
from annotation_noise.datasets.split import Split
from annotation_noise.errors import InputError, require
from annotation_noise.output.folder import settle
from annotation_noise.output.manifest import described
from annotation_noise.output.outputs import (
    JOURNAL,
    MANIFEST,
    check_apart,
    check_input_name,
    check_target,
    names_of_outputs,
)
from annotation_noise.reading import check_name
from annotation_noise.running import export
from annotation_noise.running.choice import Geometry
from annotation_noise.running.convert import splits_of


class Plan(NamedTuple):
    """Which files go through which recipes into which folder, and how.

    paths: COCO files. splits: of another dataset, to be converted to COCO files first.
    names: the files below the folder `path` that `glob` names, sorted; None without it.
    recipes: by sub-folder of the target; a single recipe has none and the name "".
    plugins: the user's own noises as the manifest lists them, as they were when they were loaded.
    key: with --blind the folder of what tells what was noised; None without it.
    The others are the command's options of these names.
    """

    paths: Sequence[Path]
    splits: Sequence[Split]
    path: Path
    glob: str | None
    names: Sequence[str] | None
    recipes: Mapping[str, Recipe]
    options: Options
    benchmark: str | None
    seed: int
    plugin: Sequence[Path]
    plugins: Sequence[Mapping[str, object]]
    target: Path
    key: Path | None
    to: str
    overwrite: bool
    resume: bool
    dry_run: bool
    preview: int | None
    images: Path | None
    geometry: Geometry
    workers: int | None
    cluster: str | None
    command: Sequence[str]


def planned(arguments: Namespace) -> Plan:
    """Check everything that can be checked before any work. Raises InputError."""
    check_counts(arguments, "workers", "preview")
    if arguments.workers is not None and arguments.cluster is not None:
        raise InputError("give either --workers or --cluster: a cluster has its own workers")
    _check_preview(arguments)
    _check_source(arguments)
    many = arguments.glob is not None
    if arguments.resume and not many:
        raise InputError("--resume goes on with a run over many files (--glob); others begin again")
    seed = checked_seed(arguments.seed)
    dicts = None if arguments.corruption_values is None else parse(" ".join(arguments.corruption_values))
    recipes = recipes_by_folder(arguments.benchmark, dicts, arguments.plugin)
    plugins = described_plugins(arguments.plugin)
    if arguments.blind:
        _check_blind(arguments, recipes)
    target = output_folder(arguments, (arguments.benchmark or "custom").replace("/", "-"))
    settle(target)
    names = _names(arguments, target) if many else None
    limit = {"most_pixels": arguments.max_image_pixels}
    own: dict[str, dict[str, object]] = {
        "cityscapes": {"source": arguments.cityscapes_source, **limit},
        "viper": {"every": arguments.every, **limit},
        "panoptic": limit,
    }
    splits = splits_of(arguments.source, arguments.path, arguments.splits, **own.get(arguments.source, {}))
    paths = [] if many or splits else inputs(arguments.path, arguments.splits)
    read = [] if many else paths or [arguments.path]
    written = names_of_outputs(paths or [Path(f"instances_{split.name}.json") for split in splits])
    files = {target / name: [*written, *export.label_files(arguments.to, target / name)] for name in recipes}
    check_target(target, {} if many else files, read, arguments.overwrite or arguments.dry_run)
    key = _beside(target) if arguments.blind else None
    if key:
        settle(key)
        check_target(key, {key / name: written for name in recipes}, read, arguments.overwrite or arguments.dry_run)
    options = Options(**{name: getattr(arguments, name) for name in Options._fields})
    if options.blind and options.segmentation == "same":
        options = options._replace(segmentation="polygon")
    worked_out = {"recipes": recipes, "options": options, "seed": seed, "target": target, "key": key}
    return resolved(Plan, arguments, paths=paths, splits=splits, names=names, plugins=plugins, **worked_out)


def described_plugins(paths: Sequence[Path]) -> list[dict[str, object]]:
    """The user's own noises as the manifest lists them."""
    return [described(path, str(path)) for path in paths]


def _check_blind(arguments: Namespace, recipes: Mapping[str, Recipe]) -> None:
    if arguments.glob is not None:
        raise InputError("--blind hides what was done to COCO files; name them, or their folder, instead of --glob")
    if arguments.preview is not None:
        raise InputError("--preview draws the clean masks beside the noisy ones, which --blind hides; give one of them")
    if arguments.boxes == "keep":
        raise InputError(
            "--boxes keep leaves a noised mask in its clean box, where all see it; give it without --blind"
        )
    if arguments.on_empty == "drop":
        raise InputError("--on_empty drop leaves gaps among the ids, where all see them; give it without --blind")
    if arguments.attributes:
        raise InputError("--attributes writes the marks of noise once more, which --blind leaves out; give one of them")
    for recipe in recipes.values():
        if "box" in recipe.kinds:
            names = ", ".join(recipe.names["box"])
            raise InputError(f"--blind cannot hide a box that is not its mask's; leave out {names}")


def _beside(target: Path) -> Path:
    """The folder beside the target that has its name and `.key`."""
    named = target if target.name not in ("", "..") else target.resolve()
    return named.with_name(f"{named.name}.key")


def _check_preview(arguments: Namespace) -> None:
    if arguments.preview is None:
        if arguments.images is not None:
            raise InputError("--images is where --preview finds photographs; say how many images with --preview N")
        return
    if arguments.dry_run:
        raise InputError("--preview draws pictures into the output folder, but --dry_run writes nothing")
    if arguments.glob is not None:
        raise InputError("--preview draws images of a COCO file; for one of many (--glob), name that file as PATH")
    if arguments.images is not None and not arguments.images.is_dir():
        raise InputError(f"--images {arguments.images} is not a folder")
    require("matplotlib", "--preview")


def _check_source(arguments: Namespace) -> None:
    if arguments.glob is not None and (arguments.source != "coco" or arguments.to != "coco"):
        raise InputError("--glob takes COCO files and makes COCO files; give it without --from and --to")
    if arguments.every != 1 and arguments.source != "viper":
        raise InputError("--every takes some of the frames of a video dataset: give it with --from viper")
    check_counts(arguments, "every", "max_image_pixels")
    if arguments.cityscapes_source != "instances" and arguments.source != "cityscapes":
        raise InputError("--cityscapes_source needs --from cityscapes")


def _names(arguments: Namespace, target: Path) -> list[str]:
    """The names of the files below PATH that match, sorted. Raises InputError."""
    path, pattern = arguments.path, arguments.glob
    if path is None or not path.is_dir():
        raise InputError(f"--glob looks below a folder, and {path or 'PATH'} is none")
    if arguments.splits:
        raise InputError("give either --splits or --glob: both choose among files")
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise InputError(f"--glob takes a pattern below PATH, like '**/*.json', not {pattern!r}")
    check_apart(target, path)
    # Names as text: a Path for each of millions of files would take gigabytes.
    matches = iglob(pattern, root_dir=path, recursive=True)  # noqa: PTH207
    names = sorted({name for name in matches if (path / name).is_file()})  # `**/**` finds a file twice
    if not names:
        raise InputError(f"{path} has no file that matches {pattern}")
    if len({Path(name).suffix for name in names}) > 1:
        _check_logs_differ(names)
    for name in names:
        check_name(path / name)
        check_input_name(path / name, MANIFEST, JOURNAL)
    return names


def _check_logs_differ(names: Sequence[str]) -> None:
    first: dict[Path, str] = {}
    for name in names:
        other = first.setdefault(Path(name).with_suffix(""), name)
        if other != name:
            raise InputError(f"{other} and {name} differ in their ending alone, so their logs would have one name")
