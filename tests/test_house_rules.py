"""What the layout promises, held to the code."""

import ast
import graphlib
import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from annotation_noise.commands import VERSION
from annotation_noise.core.presets import BENCHMARKS
from noisers.registry import CONTEXT
from tests.conftest import ROOT

HOUSE = ROOT / "annotation_noise"

# Imports go one way. Every room of annotation_noise, and what stands beside it, may import itself, the modules that
# stand in no room, and what stands here.
MAY_IMPORT = {
    "annotation_noise": set[str](),
    "__main__": {"noise_annotations"},  # which is what it starts
    "geometry": set(),
    "output": set(),
    "noisers": {"geometry"},
    "coco": {"geometry"},
    "datasets": {"geometry"},
    "exports": {"coco", "datasets", "geometry"},
    "core": {"coco", "geometry", "noisers"},
    "measures": {"coco", "geometry"},
    "reports": {"coco", "geometry", "measures"},
    "running": {"coco", "core", "datasets", "exports", "geometry", "noisers", "output"},
    "wan": {"coco", "core", "geometry", "noisers", "output", "running"},
    "commands": {
        "coco",
        "core",
        "datasets",
        "exports",
        "geometry",
        "measures",
        "noisers",
        "output",
        "reports",
        "running",
        "wan",
    },
}
IN_NO_ROOM = {path.stem for path in HOUSE.glob("*.py")} - {"__init__", "__main__"}
ROOT_MODULES = sorted(path.stem for path in ROOT.glob("*.py"))


def sources() -> dict[str, Path]:
    """Every module of the program, by its dotted name."""
    paths = [*ROOT.glob("*.py"), *HOUSE.rglob("*.py"), *(ROOT / "noisers").rglob("*.py")]
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}
    return {name: names[name] for name in sorted(names)}


SOURCES = sources()


def imported(path: Path) -> set[str]:
    """What a module imports, at its head or in a function: modules and their attributes, by dotted names."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return names | {f"{node.module}.{alias.name}" for node in froms for alias in node.names}


def ours(path: Path) -> set[str]:
    """The modules of the program that a module imports."""
    names = imported(path)
    return {name for name in SOURCES if name in names} | {
        parent for name in names if name not in SOURCES and (parent := name.rpartition(".")[0]) in SOURCES
    }


def room(module: str) -> str:
    """The room of annotation_noise that a module is in, or what stands beside annotation_noise."""
    return module.removeprefix("annotation_noise.").split(".")[0]


@pytest.mark.parametrize("module", [name for name in SOURCES if name not in ROOT_MODULES])
def test_imports_go_one_way(module: str) -> None:
    own = room(module)
    allowed = set() if own in IN_NO_ROOM else MAY_IMPORT[own] | {own}
    assert {room(name) for name in ours(SOURCES[module])} <= allowed | IN_NO_ROOM


@pytest.mark.parametrize("module", ROOT_MODULES)
def test_what_stands_in_the_root_does_not_import_each_other(module: str) -> None:
    """Only one of these modules is installed."""
    assert not {name for name in ours(ROOT / f"{module}.py") if name in ROOT_MODULES}


def test_no_imports_go_in_a_circle() -> None:
    """Not even by way of an import within a function."""
    graph = {name: ours(path) - {name} for name, path in SOURCES.items()}
    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError, with the circle in it


def test_only_commands_see_the_words_of_a_command_line() -> None:
    seeing = {
        room(name) for name, path in SOURCES.items() if any(part.startswith("argparse") for part in imported(path))
    }
    assert seeing <= {"commands", "noise_annotations"}


def test_geometry_knows_no_randomness_and_no_files() -> None:
    for path in (HOUSE / "geometry").glob("*.py"):
        names = {name.split(".")[0] for name in imported(path)}
        assert not names & {"random", "pathlib", "os", "io", "json"}
        assert "Generator" not in path.read_text()


def module_or_skip(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        pytest.skip(f"{name} needs {error.name}, which is not installed")


@pytest.mark.parametrize("name", SOURCES)
def test_everything_public_is_described(name: str) -> None:
    """A docstring that begins with one sentence, and in noises and prompts names every strength."""
    module = module_or_skip(name)
    assert module.__doc__
    for title, thing in inspect.getmembers(module):
        if title.startswith("_") or getattr(thing, "__module__", None) != module.__name__:
            continue
        if inspect.isfunction(thing) or inspect.isclass(thing):
            text = inspect.getdoc(thing) or ""
            assert re.match(r"[A-Z`].*?[.:;)](\s|$)", text, re.DOTALL), f"{module.__name__}.{title}"
        if module.__name__.startswith(("noisers.", "annotation_noise.wan.prompts")) and inspect.isfunction(thing):
            keyword_only = [p.name for p in inspect.signature(thing).parameters.values() if p.kind is p.KEYWORD_ONLY]
            assert all(f"{parameter}: " in text for parameter in keyword_only if parameter not in CONTEXT)


def test_a_module_fits_in_the_head() -> None:
    modules = [path for path in SOURCES.values() if path.name != "benchmarks.py"]  # which is rows of data
    long = {str(path): n for path in modules if (n := len(path.read_text().splitlines())) > 260}
    assert long == {}


def test_the_version_is_the_changelogs() -> None:
    versions = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == VERSION


def test_the_readmes_presets_are_the_programs() -> None:
    rows = re.findall(r"^\| (\w+) \|(.+)\|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    found = {level: [float(n) for n in re.findall(r"\d+(?:\.\d+)?", cells)] for level, cells in rows}
    for level in ("easy", "medium", "hard", "wan_hard"):
        values = BENCHMARKS[level]
        ordered = [
            values[noise] for noise in ("approximation", "localization", "rand", "flip_class") if noise in values
        ]
        assert found[level] == [n for value in ordered for n in (value if isinstance(value, list) else [value])]


def test_one_module_imports_torch() -> None:
    heavy = {"torch", "transformers"}
    assert [name for name, path in SOURCES.items() if {part.split(".")[0] for part in imported(path)} & heavy] == [
        "annotation_noise.wan.sam"
    ]
