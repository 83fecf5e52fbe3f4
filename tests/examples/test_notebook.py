"""The notebook runs from top to bottom in a fresh clone, and what it shows is what comes out.

After a change: jupyter execute --inplace examples/noisy_annotations.ipynb
"""

from pathlib import Path
from typing import Any

import pytest

from tests.clones import fresh_clone
from tests.test_readme import MEASURE

pytestmark = pytest.mark.slow

NAME = "examples/noisy_annotations.ipynb"
MOST_BYTES = 100_000


def shown(cell: Any) -> list[tuple[str, list[str]]]:
    """The kinds of what a cell shows, and its lines, less those that tell how long something took."""
    kinds = [(".".join(sorted(out.get("data", {}))) or out["name"], out) for out in cell.get("outputs", ())]
    texts = [(kind, out.get("text") or out.get("data", {}).get("text/plain", "")) for kind, out in kinds]
    return [(kind, [line for line in text.splitlines() if line[:7] != "seconds"]) for kind, text in texts]


def test_it_runs_and_shows_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in (*MEASURE, "datasets", "ipykernel", "nbclient", "nbformat"):
        pytest.importorskip(package, reason=f"needs {package}: pip install -r requirements-share.txt")
    import nbformat
    from nbclient import NotebookClient

    clone = fresh_clone(tmp_path / "clone")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert (clone / NAME).stat().st_size < MOST_BYTES
    committed = nbformat.read(clone / NAME, 4)
    run = nbformat.read(clone / NAME, 4)
    for cell in run.cells:
        cell.pop("outputs", None) if cell.cell_type == "markdown" else cell.update(outputs=[], execution_count=None)
    place = {"metadata": {"path": str(clone / "examples")}}
    NotebookClient(run, timeout=120, kernel_name="python3", resources=place).execute()  # raises where a cell does
    assert [shown(cell) for cell in run.cells] == [shown(cell) for cell in committed.cells]
    assert any("image/jpeg" in kind for cell in run.cells for kind, _ in shown(cell))
