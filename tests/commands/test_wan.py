"""The commands as their users meet them, with a model whose masks are known in SAM's place."""

import csv
import fcntl
import json
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from annotation_noise.output.outputs import sha256
from annotation_noise.wan.prompts import Prompt
from tests.conftest import ROOT, Command, unstated
from tests.wan.fake import masks_of, scores_of, shift_of

pytest.importorskip("PIL", reason="COCO-WAN needs pillow: pip install -r requirements-wan.txt")
from PIL import Image

Wan = Callable[..., "subprocess.CompletedProcess[str]"]
FAKE = [sys.executable, "-m", "tests.wan.fake"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
NAMES = ("instances_train2017", "instances_val2017")


@pytest.fixture
def data(sample: Path, tmp_path: Path) -> Path:
    """The sample dataset, annotations and images, to be broken as one likes."""
    shutil.copytree(sample.parent, tmp_path / "data")
    return tmp_path / "data"


def words_for(model: str = "fake", *others: str) -> list[str]:
    return ["--annotations_path", "../data/annotations", "--data_path", "../data", "--sam_path", model, *others]


@pytest.fixture
def wan(data: Path, tmp_path: Path) -> Wan:
    """Run the box script's command in a folder of that name, with the known model."""

    def run(folder: str, *others: str, model: str = "fake") -> "subprocess.CompletedProcess[str]":
        (tmp_path / folder).mkdir(exist_ok=True)
        return subprocess.run(
            [*FAKE, *words_for(model, *others)],
            cwd=tmp_path / folder,
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return run


def files(folder: Path, name: str = "noisy_data_gt_plus_sam") -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / name).iterdir()}


def without_manifest(found: dict[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in found.items() if name != "manifest.json"}


def decoded(annotation: Any, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The mask of an annotation as pycocotools has it."""
    segmentation = annotation["segmentation"]
    if isinstance(segmentation, list) or isinstance(segmentation["counts"], list):
        runs = coco_mask.frPyObjects(segmentation, *size)
        segmentation = coco_mask.merge(runs) if isinstance(runs, list) else runs
    return np.asarray(coco_mask.decode(segmentation))


def rows_of(path: Path) -> dict[int, dict[str, str]]:
    with path.open() as file:
        return {int(row["annotation_id"]): row for row in csv.DictReader(file)}


def test_every_mask_is_the_one_that_the_model_drew(wan: Wan, data: Path, tmp_path: Path) -> None:
    done = wan("run")
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "run" / "noisy_data_gt_plus_sam"
    noised = 0
    for name in NAMES:
        clean = json.loads((data / "annotations" / f"{name}.json").read_text())
        noisy = json.loads((folder / f"{name}.json").read_text())
        rows = rows_of(folder / f"{name}.noise.csv")
        images = {image["id"]: image for image in clean["images"]}
        assert [a["id"] for a in noisy["annotations"]] == [a["id"] for a in clean["annotations"]]
        assert noisy["annotation_noise"]["input_sha256"] == sha256(data / "annotations" / f"{name}.json")
        assert {**unstated(noisy), "annotations": []} == {**clean, "annotations": []}
        for before, after in zip(clean["annotations"], noisy["annotations"], strict=True):
            image = images[before["image_id"]]
            size = (image["height"], image["width"])
            if before["iscrowd"]:
                assert after == {**before, "boundary_type": "none", "class_noise": False}
                assert before["id"] not in rows
                continue
            split = name.removeprefix("instances_")
            with Image.open(data / split / image["file_name"]) as opened:
                shift = shift_of(np.asarray(opened.convert("RGB")))
            mask = decoded(before, size)
            down, across = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
            prompt = Prompt(box=(across[0], down[0], across[-1] + 1, down[-1] + 1))
            wanted = masks_of(prompt, *size, shift)[int(np.argmax(scores_of(prompt)))]
            row = rows[before["id"]]
            assert float(row["predicted_iou"]) == max(scores_of(prompt))
            assert json.loads(row["parameters"])["prompt"] == {"box": [float(edge) for edge in prompt.box or ()]}
            if not wanted.any():
                assert row["mask_outcome"] == "would_be_empty"
                assert after == {**before, "boundary_type": "none", "class_noise": False}
                continue
            noised += 1
            assert np.array_equal(decoded(after, size), wanted)
            assert isinstance(after["segmentation"], list) == isinstance(before["segmentation"], list)
            assert after["area"] == wanted.sum() or row["mask_outcome"] == "unmoved"
            iou = (mask & wanted).sum() / (mask | wanted).sum()
            assert float(row["iou"]) == pytest.approx(iou, abs=1e-6)
            assert (after["boundary_type"], after["class_noise"]) == ("box", False)
            kept = ("id", "image_id", "category_id", "iscrowd")
            assert [after[key] for key in kept] == [before[key] for key in kept]
    assert noised > 450


def test_the_files_around(wan: Wan, tmp_path: Path) -> None:
    done = wan("run")
    assert done.stdout.splitlines()[0] == "wan_easy, seed 1 -> noisy_data_gt_plus_sam"
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["noisy_data_gt_plus_sam"]
    found = files(tmp_path / "run")
    assert set(found) == {f"{name}{end}" for name in NAMES for end in (".json", ".noise.csv")} | {"manifest.json"}
    manifest = json.loads(found["manifest.json"])
    assert manifest["command"] == "python create_gt_plus_sam_noise.py " + " ".join(words_for())
    assert (manifest["benchmark"], manifest["prompt"], manifest["mask"]) == (
        "wan_easy",
        {"box": {"scale": 1.0}},
        "best",
    )
    assert manifest["model"] == {"kind": "fake"}
    assert manifest["images_not_used"] == {f"{name}.json": {} for name in NAMES}


def running(folder: Path, *words: str, share: str = "1-of-1") -> "subprocess.Popen[str]":
    """The command, slowed down, once so many images are done."""
    folder.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [*FAKE, *words_for("fake:seconds=0.05", *words)],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 120
    while not any(p.read_bytes().count(b"\n") >= 8 for p in folder.glob(f"*.parts/*train*.{share}.part")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    return process


@pytest.mark.slow
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_killed_and_resumed_is_as_if_nothing_had_happened(wan: Wan, data: Path, tmp_path: Path, sent: int) -> None:
    process = running(tmp_path / "killed")
    process.send_signal(sent)
    _, err = process.communicate(timeout=60)
    if sent != signal.SIGKILL:
        assert (process.returncode, err) == (
            130,
            "interrupted; what is finished is kept, and --resume goes on with it\n",
        )
    assert [path.name for path in (tmp_path / "killed").iterdir()] == ["noisy_data_gt_plus_sam.parts"]
    (part,) = (tmp_path / "killed" / "noisy_data_gt_plus_sam.parts").glob("*train*")
    part.write_bytes(part.read_bytes() + b"0123abcd {torn")

    again = wan("killed")
    assert again.returncode == 2
    assert "is there from an interrupted run; --resume goes on with it, --overwrite begins anew" in again.stderr

    assert wan("killed", "--resume").returncode == 0
    assert wan("whole").returncode == 0
    assert files(tmp_path / "killed") == files(tmp_path / "whole")
    assert [path.name for path in (tmp_path / "killed").iterdir()] == ["noisy_data_gt_plus_sam"]


def test_what_is_done_is_not_done_again(wan: Wan, data: Path, tmp_path: Path) -> None:
    """The images that were done are taken away, and nobody misses them."""
    process = running(tmp_path / "killed")
    process.kill()
    process.communicate(timeout=60)
    (part,) = (tmp_path / "killed" / "noisy_data_gt_plus_sam.parts").glob("*train*")
    finished = [json.loads(line[9:])["image"] for line in part.read_text().splitlines()[1:]]
    assert len(finished) >= 7
    clean = json.loads((data / "annotations" / "instances_train2017.json").read_text())
    for image in clean["images"]:
        if image["id"] in finished:
            (data / "train2017" / image["file_name"]).unlink()
    assert wan("killed", "--resume").returncode == 0
    assert b"no_image" not in files(tmp_path / "killed")["instances_train2017.noise.csv"]


@pytest.mark.slow
def test_beginning_anew_leaves_nothing_of_the_run_before(wan: Wan, data: Path, tmp_path: Path) -> None:
    """Not in the part of the file that is drawn last either, though the run is cut off before it."""
    (data / "train2017" / sorted(path.name for path in (data / "train2017").iterdir())[0]).rename(tmp_path / "away.png")
    assert wan("killed").returncode == 3  # so its parts stay
    for path in (data / "val2017").iterdir():
        Image.fromarray(255 - np.asarray(Image.open(path).convert("RGB"))).save(path)
    (tmp_path / "away.png").rename(data / "train2017" / "away.png")
    process = running(tmp_path / "killed", "--overwrite")
    (val,) = (tmp_path / "killed" / "noisy_data_gt_plus_sam.parts").glob("*val*")
    deadline = time.monotonic() + 60
    while val.read_bytes().count(b"\n") > 1:  # it has begun anew, and is at train2017
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.communicate(timeout=60)
    assert wan("killed", "--overwrite", "--resume").returncode == 3
    assert wan("whole").returncode == 3
    name = "instances_val2017.json"
    assert files(tmp_path / "killed")[name] == files(tmp_path / "whole")[name]


def test_a_run_at_work_keeps_others_from_all_its_parts(wan: Wan, tmp_path: Path) -> None:
    process = running(tmp_path / "killed")
    parts = tmp_path / "killed" / "noisy_data_gt_plus_sam.parts"
    done = wan("killed", "--overwrite", "--splits", "val")
    assert done.returncode == 2
    assert "another run is writing it" in done.stderr
    process.kill()
    process.communicate(timeout=60)
    assert len(list(parts.iterdir())) == 2


@pytest.mark.slow
def test_resuming_other_work_is_refused(wan: Wan, tmp_path: Path) -> None:
    process = running(tmp_path / "killed")
    process.kill()
    process.communicate(timeout=60)
    for words, message in (
        (["--seed", "2"], "was begun with setting.seed 1, not 2"),
        (["--scale_bbox", "1.5"], "was begun with setting.strengths.scale 1.0, not 1.5"),
        (["--mask", "largest"], "was begun with setting.mask best, not largest"),
    ):
        done = wan("killed", "--resume", *words)
        assert done.returncode == 2
        assert message in done.stderr
    assert wan("killed", "--overwrite", "--seed", "2").returncode == 0


def test_shares_joined_are_the_whole(wan: Wan, tmp_path: Path) -> None:
    prompt = ["--prompt", "random_points", "points=2"]
    for share in ("2/3", "1/3", "3/3"):
        done = wan("shares", *prompt, "--shard", share)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"share {share[0]} of 3 is done")
        assert not (tmp_path / "shares" / "noisy_data_sam_random_points").exists()
    joined = wan("shares", *prompt, "--join")
    assert (joined.returncode, joined.stderr) == (0, "")
    assert wan("whole", *prompt).returncode == 0
    name = "noisy_data_sam_random_points"
    assert files(tmp_path / "shares", name) == files(tmp_path / "whole", name)


def test_a_join_needs_neither_images_nor_weights(wan: Wan, data: Path, tmp_path: Path) -> None:
    for share in ("1/2", "2/2"):
        assert wan("shares", "--shard", share).returncode == 0
    shutil.rmtree(data / "train2017")
    words = ["--annotations_path", "../data/annotations", "--join"]
    done = subprocess.run(
        [*FAKE, *words], cwd=tmp_path / "shares", env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_what_cannot_be_joined_is_said(wan: Wan, tmp_path: Path) -> None:
    def refused(message: str, *words: str) -> None:
        done = wan("shares", "--join", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr
        assert not (tmp_path / "shares" / "noisy_data_gt_plus_sam").exists()

    refused("has no part of instances_train2017; draw it first, with --shard 1/N to N/N")
    assert wan("shares", "--shard", "1/2").returncode == 0
    refused("instances_train2017.2-of-2.part is missing; it is what --shard 2/2 draws")
    process = running(tmp_path / "shares", "--shard", "2/2", share="2-of-2")
    process.kill()
    process.communicate(timeout=60)
    refused("instances_train2017.2-of-2.part is not finished: ")
    assert wan("shares", "--shard", "2/2", "--resume", model="fake:seconds=0").returncode == 0
    refused("was begun with setting.seed 1, not 5", "--seed", "5")
    folder = tmp_path / "shares" / "noisy_data_gt_plus_sam.parts"
    shutil.copy(folder / "instances_val2017.1-of-2.part", folder / "instances_val2017.1-of-3.part")
    refused("parts of instances_val2017 that are shared out in different ways: instances_val2017.1-of-2.part, ")
    for words in ([], ["--shard", "3/3"], ["--overwrite"]):
        done = wan("shares", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "of work shared out in another way; finish or remove that first" in done.stderr


def test_parts_of_other_library_versions_join_and_say_so(wan: Wan, tmp_path: Path) -> None:
    for share in ("1/2", "2/2"):
        assert wan("shares", "--splits", "val", "--shard", share).returncode == 0
    path = tmp_path / "shares" / "noisy_data_gt_plus_sam.parts" / "instances_val2017.2-of-2.part"
    head, _, rest = path.read_bytes().partition(b"\n")
    content = json.loads(head[9:])
    mine = content["setting"]["versions"]["pillow"]
    content["setting"]["versions"]["pillow"] = "1.0"
    body = json.dumps(content).encode() + b"\n"
    path.write_bytes(b"%08x " % zlib.crc32(body) + body + rest)
    resumed = wan("shares", "--splits", "val", "--shard", "2/2", "--resume")
    assert f"was begun with setting.versions.pillow 1.0, not {mine}" in resumed.stderr
    assert wan("shares", "--splits", "val", "--join").returncode == 0
    assert json.loads(files(tmp_path / "shares")["manifest.json"])["versions"]["pillow"] == f"1.0, {mine}"


def test_parts_of_another_model_do_not_join(wan: Wan, tmp_path: Path) -> None:
    for split, share, model in (("train", "1/2", "a"), ("train", "2/2", "b"), ("val", "1/2", "b"), ("val", "2/2", "b")):
        assert wan("shares", "--splits", split, "--shard", share, model=model).returncode == 0
    within = wan("shares", "--join")
    assert "instances_train2017.2-of-2.part was begun with setting.model.kind b, not a" in within.stderr
    assert wan("shares", "--splits", "train", "--shard", "2/2", "--overwrite", model="a").returncode == 0
    between = wan("shares", "--join")
    assert (between.returncode, between.stdout) == (2, "")
    assert "the parts of instances_train2017.json and instances_val2017.json were drawn by different" in between.stderr


def test_missing_and_broken_images_stay_clean_and_are_counted(wan: Wan, data: Path, tmp_path: Path) -> None:
    clean = json.loads((data / "annotations" / "instances_val2017.json").read_text())
    counts = {image["id"]: 0 for image in clean["images"]}
    for annotation in clean["annotations"]:
        counts[annotation["image_id"]] += not annotation["iscrowd"]
    lost = [image for image in clean["images"] if counts[image["id"]]][3:5]
    paths = [data / "val2017" / image["file_name"] for image in lost]
    whole = [path.read_bytes() for path in paths]
    paths[0].unlink()
    paths[1].write_bytes(whole[1][:1000])

    done = wan("lost")
    assert done.returncode == 3
    warnings = done.stderr.splitlines()
    assert len(warnings) == 2
    assert warnings[0].endswith(f"{lost[0]['file_name']} is missing; its annotations stay clean")
    assert "is broken: " in warnings[1]
    assert "2 images were missing or broken" in done.stdout
    folder = tmp_path / "lost" / "noisy_data_gt_plus_sam"
    noisy = json.loads((folder / "instances_val2017.json").read_text())
    rows = rows_of(folder / "instances_val2017.noise.csv")
    ids = {image["id"] for image in lost}
    for before, after in zip(clean["annotations"], noisy["annotations"], strict=True):
        if before["image_id"] in ids:
            assert after == {**before, "boundary_type": "none", "class_noise": False}
            assert before["iscrowd"] or rows[before["id"]]["mask_outcome"] == "no_image"
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["images_not_used"]["instances_val2017.json"].keys() == {image["file_name"] for image in lost}
    left_alone = manifest["realised"]["instances_val2017.json"]["left_alone"]
    assert left_alone["no_image"] == sum(counts[number] for number in ids)
    (line,) = [line for line in done.stdout.splitlines() if "left alone: no image" in line]
    assert line.split()[-1] == str(left_alone["no_image"])

    for path, content in zip(paths, whole, strict=True):
        path.write_bytes(content)
    assert wan("lost", "--resume", "--overwrite").returncode == 0
    assert wan("whole").returncode == 0
    assert without_manifest(files(tmp_path / "lost")) == without_manifest(files(tmp_path / "whole"))


def test_strict_stops_at_the_first_and_keeps_what_is_done(wan: Wan, data: Path, tmp_path: Path) -> None:
    path = sorted((data / "train2017").iterdir())[20]
    content = path.read_bytes()
    path.unlink()
    done = wan("strict", "--strict")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"error: ../data/train2017/{path.name} is missing (--strict)\n"
    path.write_bytes(content)
    (part,) = (tmp_path / "strict" / "noisy_data_gt_plus_sam.parts").glob("*train*")
    assert part.read_bytes().count(b"\n") == 1 + 20
    assert wan("strict", "--strict", "--resume").returncode == 0


def test_one_reader_or_many_give_the_same(wan: Wan, tmp_path: Path) -> None:
    for workers in ("1", "5"):
        words = ["--prompt", "sloppy_box", "shift_share=0.1", "scale_share=0.2", "--workers", workers]
        assert wan(workers, *words).returncode == 0
    one, five = (files(tmp_path / name, "noisy_data_sam_sloppy_box") for name in ("1", "5"))
    assert without_manifest(one) == without_manifest(five)


def test_a_shuffled_file_and_a_subset_have_the_same_masks(wan: Wan, data: Path, tmp_path: Path) -> None:
    words = ["--splits", "val", "--prompt", "sloppy_box", "shift_share=0.1", "scale_share=0.2"]
    name, file = "noisy_data_sam_sloppy_box", "instances_val2017.json"
    assert wan("whole", *words).returncode == 0
    whole = {a["id"]: a for a in json.loads(files(tmp_path / "whole", name)[file])["annotations"]}
    path = data / "annotations" / file
    dataset = json.loads(path.read_text())
    path.write_text(json.dumps({**dataset, "annotations": dataset["annotations"][:20:-1]}))
    assert wan("part", *words).returncode == 0
    part = json.loads(files(tmp_path / "part", name)[file])["annotations"]
    assert len(part) == len(whole) - 21
    assert all(annotation == whole[annotation["id"]] for annotation in part)


def test_little_memory_is_told_and_changes_nothing(wan: Wan, tmp_path: Path) -> None:
    little = wan("little", "--batch_prompts", "8", model="fake:room=3")
    assert little.returncode == 0
    assert little.stderr.splitlines()[-1].startswith("out of memory on the device: going on with --batch_prompts ")
    assert wan("much").returncode == 0
    assert without_manifest(files(tmp_path / "little")) == without_manifest(files(tmp_path / "much"))
    none = wan("none", model="fake:room=0")
    assert (none.returncode, none.stdout) == (2, "")
    assert none.stderr.splitlines()[-1].startswith("error: out of memory on the device for a single prompt")


def test_forms_boxes_and_empty_masks(wan: Wan, data: Path, tmp_path: Path) -> None:
    assert wan("run", "--segmentation", "rle", "--boxes", "keep", "--on_empty", "drop").returncode == 0
    clean = json.loads((data / "annotations" / "instances_val2017.json").read_text())["annotations"]
    noisy = json.loads(files(tmp_path / "run")["instances_val2017.json"])["annotations"]
    after = {a["id"]: a for a in noisy}
    assert 0 < len(clean) - len(noisy) < 20
    for annotation in clean:
        found = after.get(annotation["id"])
        if found and found["boundary_type"] == "box":
            assert (
                isinstance(found["segmentation"]["counts"], str) or found["segmentation"] == annotation["segmentation"]
            )
            assert (found["bbox"], found["area"]) == (annotation["bbox"], annotation["area"])


def test_the_third_level_adds_wrong_classes_and_keeps_the_rest(wan: Wan, command: Command, tmp_path: Path) -> None:
    assert wan("run", "--prompt", "box_centre", "--method_name", "gt_plus_sam_point").returncode == 0
    folder = tmp_path / "run" / "noisy_data_gt_plus_sam_point"
    done = command(folder, "--benchmark", "wan_hard", cwd=tmp_path / "run")
    assert (done.returncode, done.stderr) == (0, "")
    changed = 0
    for name in NAMES:
        before = json.loads((folder / f"{name}.json").read_text())["annotations"]
        after = json.loads((tmp_path / "run" / "noisy_data_wan_hard" / f"{name}.json").read_text())["annotations"]
        for old, new in zip(before, after, strict=True):
            same = {key: value for key, value in new.items() if key not in ("category_id", "class_noise")}
            assert same == {key: value for key, value in old.items() if key not in ("category_id", "class_noise")}
            assert new["class_noise"] == (new["category_id"] != old["category_id"])
            changed += new["class_noise"]
        assert {a["boundary_type"] for a in after} == {"box_centre", "none"}
    # 508 instances, share 0.2 of six classes: 84.7 are expected to change, standard deviation 8.4
    assert 50 < changed < 120


def test_a_progress_bar_on_a_terminal(data: Path, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 120, 0, 0))
    process = subprocess.Popen(
        [*FAKE, *words_for("fake:seconds=0.06", "--splits", "train")],
        cwd=data,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 10_000)
        except OSError:
            break
    assert process.wait(timeout=120) == 0
    text = shown.decode()
    assert "instances_train2017.json:" in text
    assert "images/s" in text or "s/ images" in text
    assert "<" in text  # what has passed < what is left


BOTH = ("create_gt_plus_sam_noise.py", "create_gt_plus_sam_point_noise.py")


def script(*words: str, cwd: Path, name: str = BOTH[0], **options: Any) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(ROOT / name), *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        **options,
    )


@pytest.mark.parametrize("name", BOTH)
def test_the_help_is_quick_and_names_the_script(name: str, tmp_path: Path) -> None:
    done = script("--help", cwd=tmp_path, name=name)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"python {name} --annotations_path=data/annotations" in done.stdout
    imports = subprocess.run(
        [sys.executable, "-X", "importtime", str(ROOT / name), "--help"], capture_output=True, text=True, check=True
    ).stderr
    assert not {"torch", "numpy", "cv2", "PIL"} & {line.split("|")[-1].strip() for line in imports.splitlines()}


def test_the_prompts_are_listed(tmp_path: Path) -> None:
    done = script("--list_prompts", cwd=tmp_path)
    assert done.returncode == 0
    assert "scribble points=5 length_share=0.7\n    Points along a stretch of the mask's skeleton" in done.stdout


def test_without_torch_the_install_line_is_said(data: Path, tmp_path: Path) -> None:
    (tmp_path / "bare").mkdir()
    (tmp_path / "bare" / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')")
    done = script(*words_for("x.pth"), cwd=data, env={**os.environ, "PYTHONPATH": str(tmp_path / "bare")})
    assert (done.returncode, done.stdout) == (2, "")
    expected = "error: COCO-WAN needs torch, transformers and pillow: pip install -r requirements-wan.txt"
    assert done.stderr == f"{expected} (No module named 'torch')\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--batch_prompts", "0"], "--batch_prompts must be 1 or more, not 0"),
        (["--workers", "0"], "--workers must be 1 or more, not 0"),
        (["--shard", "3"], "--shard must be like 2/8, the second of eight, not '3'"),
        (["--shard", "3/2"], "--shard must be like 2/8"),
        (["--shard", "0/2"], "--shard must be like 2/8"),
        (["--join", "--resume"], "--join puts finished shares together"),
        (["--prompt", "random_points", "points=2", "points=3"], "--prompt random_points gives points twice"),
        (["--prompt", "blob"], "--prompt must be one of box, box_centre, "),
        (
            ["--prompt", "random_points"],
            "the prompt random_points lacks points; an example: --prompt random_points points=3",
        ),
        (["--prompt", "random_points", "points=many"], "--prompt random_points: points must be a number, not 'many'"),
        (["--prompt", "random_points", "points=1.5"], "--prompt random_points: points must be a whole number, not 1.5"),
        (["--prompt", "random_points", "3"], "--prompt takes strengths like points=3, not '3'"),
        (
            ["--prompt", "box_centre", "--scale_bbox", "2"],
            "--scale_bbox scales a box, but the prompt box_centre has none",
        ),
        (["--prompt", "box", "scale=2", "--scale_bbox", "2"], "give either --scale_bbox or scale="),
        (["--scale_bbox", "0"], "the prompt box: scale must be above 0, not 0"),
        (["--seed", "-1"], "the seed must lie between 0 and 2^64 - 1, not -1"),
        (["--splits", "test"], "has no instances_test*.json, only instances_train2017.json"),
        (
            ["--data_path", "elsewhere"],
            "no image of ../data/annotations/instances_train2017.json is there; looked for ",
        ),
        (["--method_name", "a/b"], "--method_name becomes part of a folder's name"),
        (["--output_dir", ".."], "the output folder .. exists; --overwrite replaces"),
        (["--output_dir", "."], "the output folder . exists; --overwrite replaces"),
        (["--output_dir", "../data/annotations", "--overwrite"], "is the folder of the input"),
    ],
)
def test_usage_errors_are_one_sentence(wan: Wan, tmp_path: Path, words: list[str], message: str) -> None:
    done = wan("run", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert list((tmp_path / "run").iterdir()) == []


def test_a_bad_annotation_is_said_with_its_place(wan: Wan, data: Path) -> None:
    path = data / "annotations" / "instances_train2017.json"
    dataset = json.loads(path.read_text())
    dataset["annotations"][-1]["segmentation"] = [[1.0] * 7]
    path.write_text(json.dumps(dataset))
    done = wan("run")
    assert done.returncode == 2
    assert not (data.parent / "run" / "noisy_data_gt_plus_sam.parts").exists()  # before any mask was drawn
    expected = (
        f"annotations[{len(dataset['annotations']) - 1}].segmentation[0] has 7 numbers, but x and y come in pairs"
    )
    assert done.stderr == f"error: ../data/annotations/instances_train2017.json: {expected}\n"
