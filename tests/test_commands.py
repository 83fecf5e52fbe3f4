"""What all commands have in common, held to each of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from annotation_noise.commands import (
    evaluate_options,
    findings_options,
    measure_options,
    noise_options,
    show_options,
    wan_options,
)
from annotation_noise.commands.launch import parsed
from tests.conftest import ROOT, Command

PARSERS = {
    "noise_annotations": noise_options.parser(),
    "measure_noise": measure_options.parser(),
    "show_noise": show_options.parser(),
    "evaluate_models": evaluate_options.parser(),
    "score_findings": findings_options.parser(),
    "create_gt_plus_sam_noise": wan_options.parser("create_gt_plus_sam_noise.py", "wan_easy"),
    "create_gt_plus_sam_point_noise": wan_options.parser("create_gt_plus_sam_point_noise.py", "wan_medium"),
}


@pytest.mark.parametrize("name", PARSERS)
def test_the_help_loads_no_library(name: str) -> None:
    words = [sys.executable, "-X", "importtime", str(ROOT / f"{name}.py"), "--help"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"usage: {name}.py ")
    loaded = {line.split("|")[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
    theirs = {"numpy", "cv2", "msgspec", "shapely", "rlemasklib", "PIL", "torch", "matplotlib", "scipy", "tqdm"}
    ours = {"formats", "geometry", "noisers", "pipeline", "measures", "reports"}
    assert not loaded & (theirs | ours)


NEEDED = {"measure_noise": ["a", "b"], "score_findings": ["a", "b"], "show_noise": ["a", "b", "--annotation", "1"]}
OPTIONS = [
    (name, action.option_strings[0], str(next(iter(action.choices or ["1"]))) if action.nargs != 0 else None)
    for name, parser in PARSERS.items()
    for action in parser._actions
    if any("_" in option for option in action.option_strings)
]


@pytest.mark.parametrize(("name", "option", "value"), OPTIONS)
def test_every_option_may_be_written_with_hyphens(name: str, option: str, value: str | None) -> None:
    hyphened = option.replace("_", "-")
    spellings = [[word, *([value] if value else [])] for word in (option, hyphened)]
    spellings += [[f"{hyphened}={value}"]] if value else []
    given = [vars(parsed(PARSERS[name], [*NEEDED.get(name, []), *words])) for words in spellings]
    assert all({**options, "command": []} == {**given[0], "command": []} for options in given)
    assert str(given[0][option.strip("-")]).removesuffix(".0") in ("True", f"{value}", f"['{value}']")


def test_what_is_no_option_keeps_its_hyphens() -> None:
    words = ["--dry-run", "--output-dir=my-out--dir", "--method_name", "a-b", "--glob", "**/a-b.json", "--", "--in-put"]
    options = parsed(PARSERS["noise_annotations"], words)
    assert options.dry_run
    assert (options.output_dir, options.path) == (Path("my-out--dir"), Path("--in-put"))
    assert (options.method_name, options.glob) == ("a-b", "**/a-b.json")
    assert options.command == ["python", "noise_annotations.py", *words]


def test_a_command_with_hyphens_does_the_same(command: Command, tiny_file: Path, tmp_path: Path) -> None:
    words = [tiny_file, "--corruption-values", "{'rand': [1, 3]}", "--on-empty=drop", "--dry-run"]
    done = command(*words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("custom noise, seed 1 -> noisy_data_custom (dry run: nothing is written)\n")
    assert [path.name for path in tmp_path.iterdir()] == ["input"]
