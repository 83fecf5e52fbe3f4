"""README.md, docs/ and the recipe for training as a static site, by `make docs`: where they lie, so that links hold.

Sphinx reads this file. The site opens from disk, and loads nothing from a network.
"""

import shutil
import sys
from pathlib import Path

from sphinx.application import Sphinx

sys.path.insert(0, str(Path(__file__).parents[2]))

from annotation_noise.commands import VERSION

NAVIGATION = {
    "Noise": [
        "docs/noises",
        "docs/presets",
        "docs/values",
        "docs/how_noisy",
        "docs/output",
        "docs/reproducibility",
    ],
    "Datasets": ["docs/datasets", "docs/coco-wan", "docs/large"],
    "Results": [
        "docs/measuring",
        "docs/finding_errors",
        "docs/training",
        "Training, step by step <examples/train/README>",
        "docs/consumers",
    ],
    "About": ["docs/reference", "docs/architecture"],
}

project, release, author = "noise_annotations", VERSION, ""
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["README.md", "docs/*.md", "examples/train/README.md"]
exclude_patterns = [".*", "docs_site", "noisy_data_*"]
myst_heading_anchors = 3
highlight_language = "text"  # where a block does not say its own
html_theme = "furo"
html_title = project
html_static_path = ["style.css"]
html_css_files = ["style.css"]
html_copy_source = html_show_copyright = html_show_sphinx = html_use_index = False


def setup(app: Sphinx) -> None:
    """Tell Sphinx what is done to README.md: it is the first page, index.html too, and has the navigation."""
    app.connect("source-read", add_navigation)
    app.connect("build-finished", copy_first_page)


def add_navigation(app: Sphinx, page: str, source: list[str]) -> None:
    """Append the lists of pages, in the order in which a newcomer needs them, to the first page."""
    if page == root_doc:
        for caption, pages in NAVIGATION.items():
            entries = "\n".join(f"/{entry}" if "<" not in entry else entry for entry in pages)
            source[0] += f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n\n{entries}\n```\n"


def copy_first_page(app: Sphinx, exception: Exception | None) -> None:
    """Put the first page where a browser that opens the folder looks for it."""
    if exception is None:
        shutil.copy(app.outdir / "README.html", app.outdir / "index.html")
