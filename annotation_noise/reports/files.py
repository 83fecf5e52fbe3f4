"""The files of a measurement: report.json, report.md and report.html."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from annotation_noise.coco.photographs import find_photograph, read_photograph, split_of
from annotation_noise.coco.schema import Image
from annotation_noise.geometry.masks import Mask
from annotation_noise.measures.examples import Example
from annotation_noise.reports.gallery import Picture, picture_of
from annotation_noise.reports.measured import Report, markdown
from annotation_noise.reports.page import Shot, page


def write_report(
    folder: Path,
    report: Report,
    examples: Mapping[str, Sequence[Example]],
    images: Path | None,
    names: Mapping[int, str],
    per_category: bool,
) -> list[str]:
    """Write a report into a folder.

    examples: instances for the gallery. images: folder of the photographs. names: of the categories by id.
    Returns what should be said about it, in sentences.
    """
    notes: list[str] = []
    split = split_of(Path(report["clean"]["file"]))
    shots = {key: [_shot(example, images, split, names) for example in chosen] for key, chosen in examples.items()}
    with_photograph = [has_photograph for pairs in shots.values() for _, has_photograph in pairs]
    if images and not all(with_photograph):
        notes.append(
            f"{with_photograph.count(False)} of the {len(with_photograph)} instances in the gallery are shown without "
            f"their photograph: {images} has no image of that name and size."
        )
    (folder / "report.json").write_text(json.dumps(report, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(report, per_category), encoding="utf-8")
    pictures = {key: [shot for shot, _ in pairs] for key, pairs in shots.items()}
    (folder / "report.html").write_text(page(report, pictures, notes, per_category), encoding="utf-8")
    return notes


def _shot(example: Example, images: Path | None, split: str, names: Mapping[int, str]) -> tuple[Shot, bool]:
    row, mask = example.row, example.clean
    photo = _photograph(images, split, example.file_name, mask) if images else None
    classes = [names.get(id_ or 0, str(id_)) for id_ in (row.clean_category, row.noisy_category)]
    words = [
        f"IoU {row.iou:.3f}, {example.size}",
        " → ".join(classes if classes[0] != classes[1] else classes[:1]),
        row.noise or "",
        f"id {row.clean_id}",
    ]
    return Shot(picture_of(mask, example.noisy, photo), list(filter(None, words))), photo is not None


def _photograph(folder: Path, split: str, file_name: str, mask: Mask) -> Picture | None:
    image = Image(0, mask.frame_width, mask.frame_height, file_name)
    path = find_photograph(image, folder, split) if file_name else None
    return read_photograph(path, mask.frame_height, mask.frame_width) if path else None
