"""The presets: that they are what their papers say, run on everything, and can be undone with the log.

Counts and means are worked out by hand from the definitions. A thousand squares far from each other and from the border
are enough for them; what is drawn with a probability may be four standard errors off.
"""

import functools
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from annotation_noise.coco.file import read
from annotation_noise.core.log import Row
from annotation_noise.core.outcome import Options
from annotation_noise.core.presets import BENCHMARKS, FAMILIES, PLAIN_NAMES, as_yaml, listing, preset, preset_name
from annotation_noise.core.recipe import parse, recipe
from annotation_noise.core.requested import setting_of
from annotation_noise.errors import InputError
from annotation_noise.geometry.boxes import Box, box_iou
from annotation_noise.running.workers import processes
from examples.make_preset_page import PAGE, page
from noise_annotations import NoisyDataset, noise
from noisers import load
from tests.conftest import Command
from tests.running.test_presence import made
from tests.scattered import Dataset, scattered, without

WIDTH, HEIGHT = 640, 480
PER_IMAGE, IMAGES, CLASSES = 10, 100, 10
OF_FAMILY = {name: [preset_name(name, level) for level in family.levels] for name, family in FAMILIES.items()}
FIRST = [names[0] for names in OF_FAMILY.values()]
REST = [name for names in OF_FAMILY.values() for name in names[1:]]
MARKS = ("boundary_type", "class_noise", "box_noise")


@functools.cache
def squares() -> Dataset:
    """A thousand boxes of 50 x 40 pixels: ten in each image, at least 40 px apart and 60 from the border."""
    places = [(100 + 90 * column, 100 + 160 * row) for row in range(2) for column in range(5)]
    annotations = [
        {
            "id": 1 + image * PER_IMAGE + place,
            "image_id": image,
            "category_id": 1 + place,
            "segmentation": [[x, y, x + 50, y, x + 50, y + 40, x, y + 40]],
            "bbox": [x, y, 50, 40],
            "area": 2000,
            "iscrowd": 0,
        }
        for image in range(IMAGES)
        for place, (x, y) in enumerate(places)
    ]
    images = [{"id": image, "width": WIDTH, "height": HEIGHT, "file_name": f"{image}.png"} for image in range(IMAGES)]
    return {"images": images, "annotations": annotations, "categories": grouped(CLASSES)}


def grouped(count: int) -> list[Dataset]:
    """Categories, half of which are of either of two supercategories."""
    return [
        {"id": number, "name": f"c{number}", "supercategory": "ab"[number > count / 2]}
        for number in range(1, count + 1)
    ]


@functools.cache
def on_squares(name: str) -> NoisyDataset:
    return noise(squares(), benchmark=name)


def of_outcome(rows: Sequence[Row], outcome: str) -> list[Row]:
    return [row for row in rows if row.mask_outcome == outcome]


def by_id(dataset: Dataset) -> dict[int, Dataset]:
    return {annotation["id"]: annotation for annotation in dataset["annotations"]}


def box_ious(name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """IoU of each box that is noised with the clean one."""
    clean = by_id(squares())
    noisy = [a for a in on_squares(name).dataset["annotations"] if a.get("box_noise", "none") != "none"]
    return np.array([box_iou(Box(*a["bbox"]), Box(*clean[a["id"]]["bbox"])) for a in noisy])


def near(count: float, expected: float, std: float) -> bool:
    return abs(count - expected) <= 4 * std


def binomial(count: int, of: int, share: float) -> bool:
    return near(count, of * share, math.sqrt(of * share * (1 - share)))


# What they are


@pytest.mark.parametrize("family", FAMILIES)
def test_every_preset_is_a_recipe_and_says_what_it_is(family: str) -> None:
    for word in ("about", "source", "evidence", "differs"):
        assert getattr(FAMILIES[family], word)
    assert FAMILIES[family].about.endswith(".")
    assert FAMILIES[family].differs.endswith(".")
    for name in OF_FAMILY[family]:
        assert recipe(preset(name), load()).steps
        assert re.fullmatch(r"[\w+/-]+", name)
        assert parse(as_yaml(name)) == [json.loads(json.dumps(preset(name)))]


def test_no_two_names_share_a_folder_and_plain_ones_are_those_of_a_family() -> None:
    assert len({name.replace("/", "-") for name in BENCHMARKS}) == len(BENCHMARKS)
    for plain, name in PLAIN_NAMES.items():
        assert preset(plain) is preset(name)


def test_coco_n_is_its_levels_to_the_byte(sample: Path, command: Command, tmp_path: Path) -> None:
    clean = json.loads((sample / "instances_val2017.json").read_text())
    for level in ("easy", "medium", "hard"):
        assert noise(clean, benchmark=f"coco-n/{level}") == noise(clean, benchmark=level)
    for name in ("easy", "coco-n/easy"):
        assert command(sample / "instances_val2017.json", "--benchmark", name).returncode == 0
    files = [tmp_path / folder / "instances_val2017.json" for folder in ("noisy_data_easy", "noisy_data_coco-n-easy")]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_of_una_exact_counts_go_come_and_change() -> None:
    """N = 1000, r = 0.2: 200 missing, 800 left; 200 boxes and 200 classes of those left drawn anew; 250 bogus."""
    noisy = on_squares("una/20")
    assert len(of_outcome(noisy.changes, "removed")) == 200
    assert len(of_outcome(noisy.changes, "added")) == 250
    assert len(noisy.dataset["annotations"]) == 1050
    assert len(box_ious("una/20")) == 200
    changed = [row for row in noisy.changes if row.class_noise and row.mask_outcome != "added"]
    assert binomial(len(changed), 200, 1 - 1 / CLASSES)
    both = [row for row in changed if any(step.kind == "box" for step in row.steps)]
    assert binomial(len(both), len(changed), 200 / 800)  # drawn independently
    rectangles = [a for a in noisy.dataset["annotations"] if a["id"] > 1000]
    assert all(a["area"] == a["bbox"][2] * a["bbox"][3] for a in rectangles)


@pytest.mark.parametrize(("percent", "gone", "come"), [(5, 50, 52), (40, 400, 666)])
def test_of_una_the_share_is_that_of_the_level(percent: int, gone: int, come: int) -> None:
    """N·r, and N·r/(1 - r) cut off: 1000 · 0.05/0.95 = 52.6, 1000 · 0.4/0.6 = 666.7."""
    noisy = on_squares(f"una/{percent}")
    assert (len(of_outcome(noisy.changes, "removed")), len(of_outcome(noisy.changes, "added"))) == (gone, come)


@pytest.mark.parametrize(
    ("name", "mean"),
    [
        ("oa-mil/10", 0.811),
        ("oa-mil/20", 0.664),
        ("oa-mil/30", 0.545),
        ("oa-mil/40", 0.448),
        ("gauss-corners/5", 0.856),
        ("gauss-corners/10", 0.737),
        ("una/20", 0.152),
        ("dn-tod/box-10", 0.811),
        ("schubert/20", 0.563),
    ],
)
def test_boxes_are_as_far_off_as_the_definition_has_it(name: str, mean: float) -> None:
    """Mean IoU of a box far from the border, by Monte Carlo on the unit square."""
    ious = box_ious(name)
    assert near(ious.mean(), mean, ious.std() / math.sqrt(len(ious)) + 0.0005)


def test_of_lognormal_boxes_sizes_are_unbiased() -> None:
    clean = by_id(squares())
    for name, std in (("lognormal-boxes/low", 0.02), ("lognormal-boxes/high", 0.10)):
        noisy = on_squares(name).dataset["annotations"]
        logs = np.log([a["bbox"][3] / clean[a["id"]]["bbox"][3] for a in noisy])
        assert near(logs.mean(), 0, std / math.sqrt(len(logs)))
        assert near(logs.std(), std, std / math.sqrt(2 * len(logs)))


def test_of_dn_tod_extra_boxes_are_of_known_size_and_keep_their_distance() -> None:
    noisy, clean = on_squares("dn-tod/extra-20"), squares()["annotations"]
    added = [a for a in noisy.dataset["annotations"] if a["id"] > 1000]
    assert binomial(len(added), 1000, 0.2)
    for extra in added:
        assert extra["bbox"][2:] == [50, 40]
        beside = [a for a in clean if a["image_id"] == extra["image_id"]]
        assert max(box_iou(Box(*extra["bbox"]), Box(*a["bbox"])) for a in beside) < 0.2


def test_of_dn_tod_all_has_extras_of_kept_and_missing_ones() -> None:
    noisy = on_squares("dn-tod/all-20")
    removed = {row.annotation_id for row in of_outcome(noisy.changes, "removed")}
    added = of_outcome(noisy.changes, "added")
    assert binomial(len(removed), 1000, 0.2)
    assert binomial(len(added), 1000, 0.2)
    assert binomial(sum(row.parents[0] in removed for row in added), len(added), 0.2)
    flipped = [row for row in noisy.changes if row.class_noise and row.mask_outcome == "not_drawn"]
    assert binomial(len(flipped), 1000 - len(removed), 0.2)  # never to itself, so without 1 - 1/K


def test_of_odfi_each_fault_meets_an_exact_share() -> None:
    for percent in (10, 30):
        of = {fault: on_squares(f"odfi/{fault}-{percent}") for fault in ("mislabel_cat", "mislabel_super")}
        assert {len(noisy.changes) for noisy in of.values()} == {10 * percent}
        assert all(row.class_noise for noisy in of.values() for row in noisy.changes)
        groups = [
            ((row.category_id or 0) > 5, (row.noisy_category_id or 0) > 5) for row in of["mislabel_super"].changes
        ]
        assert all(clean != noisy for clean, noisy in groups)
        assert len(of_outcome(on_squares(f"odfi/remove_ann-{percent}").changes, "removed")) == 10 * percent
        assert len(of_outcome(on_squares(f"odfi/redundant_ann-{percent}").changes, "added")) == 10 * percent


def test_of_odfi_a_box_is_smaller_and_a_step_of_the_image_away() -> None:
    """[100, 100, 50, 40] in 640 x 480: sides times √0.7, x 100 or 100 + 0.3 · 640, y 100 or 100 + 0.3 · 480."""
    noisy = on_squares("odfi/incorrect_bb-30").dataset["annotations"]
    of_place = [a["bbox"] for a in noisy if a["category_id"] == 1 and a["box_noise"] != "none"]
    assert of_place
    for x, y, width, height in of_place:
        assert (width, height) == (41.83, 33.47)
        assert (x, y) in {(292, 100), (100, 244), (292, 244)}


def test_of_schubert_there_are_as_many_of_each() -> None:
    """N = 1000, rate 0.2: 50 dropped, flipped, shifted and spawned each, 1000 in the end."""
    noisy = on_squares("schubert/20")
    added = of_outcome(noisy.changes, "added")
    assert [len(of_outcome(noisy.changes, outcome)) for outcome in ("removed", "added")] == [50, 50]
    assert sum(row.class_noise for row in noisy.changes) == 50
    ious = box_ious("schubert/20")
    assert len(ious) == 50
    assert (ious >= 0.4).all()
    assert (ious < 0.7).all()
    assert len(noisy.dataset["annotations"]) == 1000
    images = {a["id"]: a["image_id"] for a in squares()["annotations"]}
    assert all(images[int(row.steps[0].drawn["donor"])] != row.image_id for row in added)  # type: ignore[call-overload]


def test_of_bdd_errors_the_counts_are_exact() -> None:
    noisy = on_squares("bdd-errors")
    kinds = [step.noise for row in noisy.changes for step in row.steps if row.mask_outcome != "removed"]
    assert len(of_outcome(noisy.changes, "removed")) == 100
    assert [kinds.count(name) for name in ("shift", "box_side")] == [70, 150]
    assert sum(row.class_noise for row in noisy.changes) == 200


@pytest.mark.parametrize("percent", [1, 2, 5, 10, 20])
def test_of_loeffler_counts_are_those_of_the_level(percent: int) -> None:
    """The squares are 40 px apart, so nothing merges; every split makes two of one."""
    assert len(of_outcome(on_squares(f"loeffler/remove-{percent}").changes, "removed")) == 10 * percent
    split = on_squares(f"loeffler/split-{percent}")
    assert len(split.dataset["annotations"]) == 1000 + 10 * percent
    areas = [a["area"] for a in split.dataset["annotations"]]
    assert sum(areas) == 1000 * 2000
    assert not on_squares(f"loeffler/merge-{percent}").changes


def test_of_loeffler_neighbours_merge_once() -> None:
    """Pairs of squares with 6 px between: of the hundred chosen ones each makes one of its pair."""
    clean = squares()
    pairs = [
        {
            **a,
            "category_id": 1,
            "segmentation": [[x, 100, x + 20, 100, x + 20, 120, x, 120]],
            "bbox": [x, 100, 20, 20],
            "area": 400,
        }
        for a in clean["annotations"]
        for place in [a["category_id"] - 1]
        for x in [50 + 26 * (place % 2) + 110 * (place // 2)]
    ]
    noisy = noise({**clean, "annotations": pairs}, benchmark="loeffler/merge-20")
    merged = of_outcome(noisy.changes, "added")
    assert 50 <= len(merged) <= 100  # where both of a pair are chosen they make one
    assert len(noisy.dataset["annotations"]) == 1000 - len(merged)
    areas = [a["area"] for a in noisy.dataset["annotations"] if a["id"] > 1000]
    assert all(
        2 * 400 < area <= 2 * 400 + 6 * 20 for area in areas
    )  # a disc does not fit between them, but at the ends


def test_of_sp_guided_areas_and_overlaps_are_those_of_its_numbers() -> None:
    """50 x 40 px, by steps of a cross: 5 make 2000 + 5 · 180 + 40 = 2940, the nearest to 3000; 6 leave 38 · 28 = 1064.

    Displaced by an xor of half the area, the IoU is (1 - 1/4) / (1 + 1/4) = 0.6. Turned by 30°, half a step
    aslant is at most 63 + 60 px more or less of 2000, which is 0.04.
    """
    rows = on_squares("sp-guided/100-50").changes
    turned = [row.iou for row in rows if row.noise == "displace"]
    assert binomial(len(turned), 1000, 1 / 3)
    assert turned == pytest.approx([0.6] * len(turned), abs=0.04)
    ious = {row.parameters["ratio"]: row.iou for row in rows if row.noise == "area_ratio"}
    assert ious == {1.5: pytest.approx(2000 / 2940), 0.5: pytest.approx(1064 / 2000)}


def test_of_nsegment_half_of_the_images_have_one_field_of_one_pair() -> None:
    rows = on_squares("nsegment").changes
    images = {row.image_id for row in rows}
    assert binomial(len(images), IMAGES, 1 / 2)
    assert len(rows) == PER_IMAGE * len(images)
    pairs = {(row.image_id, row.parameters["std_px"], row.parameters["length_px"]) for row in rows}
    assert len(pairs) == len(images)
    for _, std_px, length_px in pairs:
        alpha = float(std_px) * 2 * float(length_px) * math.sqrt(3 * math.pi)  # type: ignore[arg-type]
        assert min(abs(alpha - published) for published in (1, 15, 30, 50, 100)) < 0.01
    assert {length_px for _, _, length_px in pairs} == {3, 5, 10}


def test_of_aio2_the_share_is_the_images() -> None:
    """Uniform over 0, 0.1, … 0.6: 0.3 in the mean, with standard deviation 0.2 between images; of ten, 0.13 within."""
    rows = on_squares("aio2/remove").changes
    assert near(len(rows) / 1000, 0.3, math.sqrt((0.2**2 + 0.13**2) / IMAGES))
    gone = np.bincount([row.image_id or 0 for row in rows], minlength=IMAGES)
    assert gone.var() > 2 * PER_IMAGE * 0.3 * 0.7  # 0.04 · 100 + 1.8 by the law, 2.1 if all images were alike


def test_of_vocs_and_cityscapes_pairs_the_others_stay() -> None:
    """Of 1000 annotations: a tenth of persons, a fifth of these become riders; cars stay."""
    for name in ("lncis/asym20-voc", "lncis/asym20-cityscapes"):
        clean = squares()
        pairs = dict(preset(name)["flip_pairs"]["pairs"])  # type: ignore[index]
        names = list(dict.fromkeys([*pairs, *pairs.values(), "car"]))
        categories = [{"id": number, "name": text} for number, text in enumerate(names, 1)]
        alike = [{**a, "category_id": 1 + a["category_id"] % len(names)} for a in clean["annotations"]]
        rows = noise({**clean, "annotations": alike, "categories": categories}, benchmark=name).changes
        assert all(pairs[row.category] == row.noisy_category for row in rows)
        assert binomial(len(rows), sum(names[a["category_id"] - 1] in pairs for a in alike), 0.2)


PUBLISHED: list[tuple[str, str, dict[str, Any]]] = [
    ("heller/natural-small", "smooth_radial", {"std_px": math.sqrt(14)}),
    ("heller/natural-medium", "smooth_radial", {"std_px": math.sqrt(52)}),
    ("heller/natural-large-psd", "smooth_radial", {"std_px": math.sqrt(11.8)}),
    ("heller/choppy-medium", "row_chop", {"std_px": 10.5}),
    ("heller/random-large", "band_flips", {"flip_share": 0.15}),
    ("markov/s_e", "markov_boundary", {"steps": 180, "grow_share": 0.8, "move_share": 0.05, "speckle_share": 0.2}),
    ("markov/s_s-clavicle", "markov_boundary", {"steps": 100, "grow_share": 0.2, "move_share": 0.02}),
    ("markov/brats-grow", "markov_boundary", {"steps": 80, "grow_share": 0.7, "speckle_share": 0}),
    ("gsd-net/shrink", "markov_boundary", {"steps": 200, "grow_share": 0.2, "speckle_share": 0}),
    ("coco-n-v1/easy-amount", "rand", {"kernel_px": 7}),
    ("coco-n-v1/easy-params", "approximation", {"tolerance_px": 5}),
    ("hq-sam", "band_flips", {"flip_share": 0.3085}),
    ("snow/sig20", "hand", {"mean_px": 0, "std_px": 20}),
    ("snow/f80", "vertex_dropping", {"every": 80}),
    ("dn-detr", "box_shift_scale", {"centre_share": 0.2, "size_share": 0.4}),
]


@pytest.mark.parametrize(("name", "noise_name", "strengths"), PUBLISHED)
def test_strengths_are_the_published_ones(name: str, noise_name: str, strengths: dict[str, Any]) -> None:
    (step,) = (step for step in recipe(preset(name), load()).steps if step.noise.name == noise_name)
    assert {key: step.strengths[key] for key in strengths} == pytest.approx(strengths, abs=1e-6)


def test_of_coco_ns_later_generators_five_in_a_hundred_go_and_flip_within_their_group() -> None:
    for name, share in (("coco-n-v1/easy-params", 0.9), ("coco-n-v2/low", 1)):
        rows = on_squares(name).changes
        removed = len(of_outcome(rows, "removed"))
        flipped = [row for row in rows if row.class_noise]
        assert binomial(removed, 1000, 0.05)
        assert binomial(len(flipped), 1000 - removed, 0.05)
        assert all(((row.category_id or 0) > 5) == ((row.noisy_category_id or 0) > 5) for row in flipped)
        met = [row for row in rows if any(step.kind == "mask" for step in row.steps)]
        assert len(met) == 1000 - removed if share == 1 else binomial(len(met), 1000 - removed, share)


def test_of_coco_n_v2_half_of_the_masks_grow_and_their_strengths_are_normal() -> None:
    steps = [step for row in on_squares("coco-n-v2/mid").changes for step in row.steps]
    stds = [step.drawn["std_px"][0] for step in steps if step.noise == "localization"]  # type: ignore[index]
    assert near(float(np.mean(stds)), 3, 0.5 / math.sqrt(len(stds)))
    kinds = [step.noise for step in steps if step.noise in ("dilate", "erode")]
    assert binomial(kinds.count("dilate"), len(kinds), 1 / 2)
    sides = [2 * float(step.drawn["radius_px"]) for step in steps if step.noise == "erode"]  # type: ignore[arg-type]
    assert near(float(np.mean(sides)), 5, 1 / math.sqrt(len(sides)))


def test_of_noisy_lvis_super_classes_stay_among_themselves() -> None:
    """By Appendix A: 1 is one of 522 instruments, 119 and 868 are alone in `float`, 5 is of the others, who stay."""
    clean = squares()
    ids = [1, 119, 868, 5]
    alike = [{**a, "category_id": ids[a["category_id"] % 4]} for a in clean["annotations"]]
    of_lvis = {**clean, "annotations": alike, "categories": small("noisy-lvis/super20")["categories"]}
    rows = noise(of_lvis, benchmark="noisy-lvis/super40").changes
    count = {number: sum(a["category_id"] == number for a in alike) for number in ids}
    flipped = {number: [row.noisy_category_id for row in rows if row.category_id == number] for number in ids}
    assert not flipped[5]
    assert binomial(len(flipped[1]), count[1], 0.4 * (1 - 1 / 522))
    assert set(flipped[119]) == {868}
    assert set(flipped[868]) == {119}
    assert binomial(len(flipped[119]) + len(flipped[868]), count[119] + count[868], 0.4 / 2)


def test_of_badcoco_three_classes_are_swapped() -> None:
    """With a share of 0.1 for each of the two others, a fifth of the three classes' 300 annotations."""
    rows = on_squares("badcoco/swap-10").changes
    assert len({row.category_id for row in rows} | {row.noisy_category_id for row in rows}) == 3
    assert binomial(len(rows), 300, 0.2)


def test_of_arctique_classes_are_those_of_the_image_and_faults_are_independent() -> None:
    assert len(on_squares("arctique/semantic-100").changes) == 1000
    rows = on_squares("arctique/foreground-100").changes
    removed = len(of_outcome(rows, "removed"))
    assert binomial(removed, 1000, 1 / 4)
    for noises in (("shift",), ("dilate", "erode"), ("elastic",)):
        met = sum(any(step.noise in noises for step in row.steps) for row in rows if row.mask_outcome != "removed")
        assert binomial(met, 1000 - removed, 1 / 4)


def test_of_confident_and_ultra_refiner_the_kinds_have_their_weights() -> None:
    rows = on_squares("confident/10").changes
    assert binomial(len(rows), 1000, 0.1)
    rows = on_squares("ultra-refiner").changes
    weights = {"area_ratio": 44, "wedge": 7.2, "bite": 4.8, "holes": 10, "bridge": 10, "islands": 17}
    for name, weight in {**weights, "fragment": 10, "shift": 10, "missing": 4}.items():
        assert binomial(sum(row.noise == name for row in rows), 1000, weight / 135)


def test_of_med_annotators_margins_are_a_pixel() -> None:
    assert {a["area"] for a in on_squares("med-annotators/over").dataset["annotations"]} == {52 * 42}
    assert {a["area"] for a in on_squares("med-annotators/under").dataset["annotations"]} == {48 * 38}
    assert on_squares("med-annotators/blank").dataset["annotations"] == []


def test_of_segrefiner_the_iou_is_not_above_its_target_or_the_log_says_so() -> None:
    part = {**squares(), "annotations": squares()["annotations"][:40]}
    rows = noise(part, benchmark="segrefiner").changes
    reached = [row.steps[-1].drawn["target_reached"] for row in rows]
    assert reached == [row.iou is not None and row.iou <= 0.8 for row in rows]
    assert sum(map(bool, reached)) > 20


def test_teams_are_five_people_and_some_work_better() -> None:
    part = {**squares(), "annotations": squares()["annotations"][:300]}
    ious = []
    for team, overlooked in (("careful", 0.02), ("crowd", 0.08), ("careless", 0.20)):
        rows = noise(part, benchmark=team).changes
        hands = {step.drawn["mean_px"] for row in rows for step in row.steps if step.noise == "hand"}
        assert len(hands) == 5
        size_px = math.sqrt(50 * 40)
        assert binomial(sum(row.noise == "missing_small" for row in rows), 300, overlooked * 32 / size_px)
        ious.append(np.mean([row.iou for row in rows if row.iou is not None]))
    assert ious == sorted(ious, reverse=True)


# That they run on everything, and can be undone


def small(name: str) -> Dataset:
    """A small dataset of every form of annotation, with the classes that a preset needs."""
    dataset = scattered(6, seed=3)
    if name.startswith("noisy-lvis/super"):
        return {**dataset, "categories": [{"id": number, "name": f"c{number}"} for number in range(1, 1204)]}
    if "flip_pairs" in preset(name):
        pairs: Any = preset(name)["flip_pairs"]["pairs"]  # type: ignore[index]
        names = [*dict.fromkeys(text for pair in pairs for text in pair), "tree"]
        return {**dataset, "categories": [{"id": number, "name": text} for number, text in enumerate(names, 1)]}
    return {**dataset, "categories": grouped(10)}


def runs(name: str) -> None:
    clean = small(name)
    noisy = noise(clean, benchmark=name)
    assert clean == small(name)
    there, added = by_id(noisy.dataset), {row.annotation_id for row in of_outcome(noisy.changes, "added")}
    assert len(there) == len(noisy.dataset["annotations"])
    assert {a["category_id"] for a in there.values()} <= {category["id"] for category in clean["categories"]}
    rebuilt = {number: without(a, *MARKS) for number, a in there.items() if number not in added}
    moved = set()
    for row in noisy.changes:
        if row.mask_outcome == "removed":
            rebuilt[row.annotation_id] = json.loads(row.annotation)
        elif row.mask_outcome != "added":
            rebuilt[row.annotation_id]["category_id"] = row.category_id
            moved |= {row.annotation_id for step in row.steps if step.kind in ("mask", "box")}
    assert there.keys() >= added
    assert rebuilt.keys() == by_id(clean).keys()
    for number, annotation in by_id(clean).items():
        unlike = ("segmentation", "area", "bbox") if number in moved else ()
        assert without(rebuilt[number], *unlike) == without(annotation, *unlike)


@pytest.mark.parametrize("name", FIRST)
def test_one_level_runs_and_the_log_has_what_went(name: str) -> None:
    runs(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", REST)
def test_every_other_level_runs_and_the_log_has_what_went(name: str) -> None:
    runs(name)


@pytest.mark.slow
def test_two_workers_make_the_bytes_of_one(tmp_path: Path) -> None:
    with processes(2) as workers:
        for name in FIRST:
            path = tmp_path / "file.json"
            path.write_text(json.dumps(small(name)))
            file = read(path, lone=True)
            setting = setting_of(file.tables, recipe(preset(name), load()), 1, Options())
            assert made(file, setting, workers=workers, annotations_per_job=7) == made(file, setting), name


# What a user sees


def test_a_name_with_a_slash_is_a_folder_and_its_description_makes_the_same(command: Command, tmp_path: Path) -> None:
    (tmp_path / "instances.json").write_text(json.dumps(small("una/20")))
    assert command("instances.json", "--benchmark", "una/20").returncode == 0
    manifest = json.loads((tmp_path / "noisy_data_una-20" / "manifest.json").read_text())
    assert manifest["benchmark"] == "una/20"
    described = command("--describe", "una/20").stdout
    assert yaml.safe_load(described) == preset("una/20")
    (tmp_path / "values.yaml").write_text(described)
    assert command("instances.json", "--corruption_values", "@values.yaml").returncode == 0
    first, second = (tmp_path / name / "instances.json" for name in ("noisy_data_una-20", "noisy_data_custom"))
    assert first.read_bytes() == second.read_bytes().replace(b'"benchmark":null', b'"benchmark":"una/20"')


def test_the_listing_has_every_preset_with_its_source(command: Command) -> None:
    printed = command("--list_benchmarks").stdout
    assert printed == f"{listing()}\n"
    words = " ".join(printed.split())
    for name, family in FAMILIES.items():
        plain = {full: short for short, full in PLAIN_NAMES.items()}
        assert all(plain.get(level, level) in words for level in OF_FAMILY[name])
        assert f"{family.about} source: {family.source} evidence: {family.evidence} differs: {family.differs}" in words
    assert max(map(len, printed.splitlines())) <= 100


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("una/21", "there is no benchmark 'una/21'; did you mean una/2"),
        ("una", "una has several levels: una/5, una/10"),
        ("mediun", "there is no benchmark 'mediun'; did you mean medium"),
        ("??", "there is no benchmark '??'; there are easy, medium, hard,"),
    ],
)
def test_who_errs_is_told_what_there_is(name: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        preset(name)
    with pytest.raises(InputError, match=re.escape(message)):
        as_yaml(name)


def test_the_help_names_no_hundred_presets(command: Command) -> None:
    printed = command("--help").stdout
    assert "--list_benchmarks" in printed
    assert printed.count("una/") == 1


def test_the_page_of_presets_is_the_datas() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()
