"""What the layout promises, held to the code."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from annotation_noise.commands import VERSION
from annotation_noise.core.presets import BENCHMARKS
from tests.conftest import ROOT

PACKAGES = ("commands", "formats", "geometry", "measures", "noisers", "pipeline", "reports", "weak")

# Imports go one way. Every package may import itself, `errors`, and what stands here.
MAY_IMPORT = {
    "errors": set[str](),
    "progress": set[str](),
    "interrupts": set[str](),
    "benchmarks": set[str](),
    "geometry": set[str](),
    "noisers": {"geometry"},
    "formats": {"geometry"},
    "measures": {"geometry", "formats"},
    "reports": {"geometry", "formats", "measures"},
    "pipeline": {"noisers", "formats", "geometry", "benchmarks"},
    "weak": {"formats", "geometry", "noisers", "pipeline", "reports"},
    "commands": {"benchmarks", "formats", "geometry", "measures", "noisers", "pipeline", "reports", "weak"},
    "noise_annotations": {"commands", "pipeline"},
    "measure_noise": {"commands"},
    "show_noise": {"commands"},
    "evaluate_models": {"commands"},
    "create_gt_plus_sam_noise": {"commands"},
    "create_gt_plus_sam_point_noise": {"commands"},
}


def sources() -> Iterator[tuple[str, Path]]:
    for name in MAY_IMPORT:
        paths = [ROOT / f"{name}.py"] if (ROOT / f"{name}.py").exists() else sorted((ROOT / name).rglob("*.py"))
        yield from ((name, path) for path in paths)


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize(("package", "path"), list(sources()), ids=lambda value: getattr(value, "name", value))
def test_imports_go_one_way(package: str, path: Path) -> None:
    ours = imported(path) & (set(MAY_IMPORT) | {"tests", "examples"})
    assert ours <= MAY_IMPORT[package] | {package, "errors", "interrupts", "progress"}


def test_only_commands_see_the_words_of_a_command_line() -> None:
    seeing = {package for package, path in sources() if "argparse" in imported(path)}
    assert seeing <= {"commands", "noise_annotations", "measure_noise", "show_noise", "evaluate_models"}


def test_geometry_knows_no_randomness_and_no_files() -> None:
    for path in (ROOT / "geometry").glob("*.py"):
        assert not imported(path) & {"random", "pathlib", "os", "io", "json"}
        assert "Generator" not in path.read_text()


def modules() -> Iterator[str]:
    yield from ("noise_annotations", "measure_noise", "show_noise", "evaluate_models")
    for package in PACKAGES:
        yield from (module.name for module in pkgutil.walk_packages([str(ROOT / package)], f"{package}."))


def module_or_skip(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        pytest.skip(f"{name} needs {error.name}, which is not installed")


@pytest.mark.parametrize("name", list(modules()))
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
            assert all(f"{parameter}: " in text for parameter in keyword_only)


def test_a_module_fits_in_the_head() -> None:
    long = {str(path): n for _, path in sources() if (n := len(path.read_text().splitlines())) > 260}
    assert long == {}


def test_the_version_is_the_changelogs() -> None:
    versions = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert versions[0] == VERSION


def test_the_readmes_presets_are_the_programs() -> None:
    rows = re.findall(r"^\| (\w+) \|(.+)\|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    found = {level: [float(n) for n in re.findall(r"\d+(?:\.\d+)?", cells)] for level, cells in rows}
    for level, values in BENCHMARKS.items():
        ordered = [
            values[noise] for noise in ("approximation", "localization", "rand", "flip_class") if noise in values
        ]
        assert found[level] == [n for value in ordered for n in (value if isinstance(value, list) else [value])]


def test_one_file_of_weak_imports_torch() -> None:
    found = [path.name for name, path in sources() if name == "weak" and imported(path) & {"torch", "transformers"}]
    assert found == ["sam.py"]
