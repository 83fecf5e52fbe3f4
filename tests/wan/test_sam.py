"""SAM itself, built tiny with random weights: what goes in, what comes out, and which files it takes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotation_noise.errors import InputError
from annotation_noise.wan.model import OutOfMemory, ask
from annotation_noise.wan.prompts import Prompt
from tests.wan.meta import TINY, VIT_B, VIT_H, VIT_L, Size, entries

torch = pytest.importorskip("torch", reason="COCO-WAN needs torch: pip install -r requirements-wan.txt")
transformers = pytest.importorskip("transformers", reason="COCO-WAN needs transformers: requirements-wan.txt")
from PIL import Image  # noqa: E402

from annotation_noise.wan.sam import _memory, load, mask_logits, normalised  # noqa: E402

torch.set_num_threads(1)  # on a loaded machine the threads of a tiny network only wait

PROMPTS = [
    Prompt(box=(10, 20, 60, 70)),
    Prompt(box=(0, 0, 100, 75)),
    Prompt(((30.0, 40.0),), (1,)),
    Prompt(((3.0, 4.0), (50.0, 60.0)), (1, 0)),
    Prompt(((3.0, 4.0),), (1,), (1, 2, 30, 40)),
]


def tiny_config(kind: str = "Sam", size: Size = TINY) -> Any:
    vision = getattr(transformers, f"{kind}VisionConfig")(
        hidden_size=size.width,
        output_channels=size.dim,
        num_hidden_layers=size.depth,
        num_attention_heads=size.heads,
        image_size=size.side,
        patch_size=size.patch,
        window_size=size.window,
        global_attn_indexes=list(size.whole),
        num_pos_feats=size.dim // 2,
        mlp_dim=size.mlp,
    )
    image = {"image_size": size.side, "patch_size": size.patch}
    prompt = getattr(transformers, f"{kind}PromptEncoderConfig")(hidden_size=size.dim, **image)
    decoder = getattr(transformers, f"{kind}MaskDecoderConfig")(
        hidden_size=size.dim,
        mlp_dim=size.decoder_mlp,
        iou_head_hidden_dim=size.iou_dim,
        **({"vit_dim": size.width} if kind == "SamHQ" else {}),
    )
    return config_of(getattr(transformers, f"{kind}Config"), vision, prompt, decoder)


def config_of(kind: Any, vision: Any, prompt: Any, decoder: Any) -> Any:
    return kind(vision_config=vision, prompt_encoder_config=prompt, mask_decoder_config=decoder)


def random_weights(network: Any) -> Any:
    """Such that masks depend on image and prompt, and on every weight; the library's own are too small."""
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for name, value in sorted(network.state_dict().items()):
            scale, centre = (1.0, 0.0) if "embed" in name else (0.1, float("norm" in name))
            if name.endswith("bias"):
                scale, centre = 0.02, 0.0
            value.copy_(centre + scale * torch.randn(value.shape, generator=generator))
    network.load_state_dict(network.state_dict())
    return network


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """One tiny SAM twice: as Meta's weight file, and as a folder of transformers'."""
    return save_both(tmp_path_factory.mktemp("weights"))


def save_both(folder: Path) -> tuple[Path, Path]:
    network = random_weights(transformers.SamModel(tiny_config()))
    network.save_pretrained(folder / "tiny_sam")
    state = network.state_dict()
    meta = {theirs: state[ours].clone() for theirs, ours, _ in entries(TINY)}
    assert {name: tuple(value.shape) for name, value in meta.items()} == {name: s for name, _, s in entries(TINY)}
    assert set(state) - {ours for _, ours, _ in entries(TINY)} == {"shared_image_embedding.positional_embedding"}
    torch.save(meta, folder / "tiny_sam.pth")
    return folder / "tiny_sam.pth", folder / "tiny_sam"


@pytest.fixture(scope="module")
def picture() -> Any:
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 256, (5, 7, 3)).astype(np.uint8)
    return np.kron(coarse, np.ones((15, 15, 1), np.uint8))[:, :100]  # 75 x 100


def drawn(path: Path | str, picture: Any, prompts: Sequence[Prompt] = PROMPTS, **how: Any) -> list[tuple[Any, float]]:
    model = load(str(path), "cpu", how.get("dtype", "float32"))
    embedding = model.embed(model.prepare(picture))
    found, _ = ask(model, embedding, prompts, how.get("mask", "best"), how.get("single", False), how.get("batch", 32))
    return [(one.mask, one.predicted_iou) for one in found]


def same(left: list[tuple[Any, float]], right: list[tuple[Any, float]]) -> bool:
    return all(np.array_equal(a, b) and abs(p - q) < 1e-5 for (a, p), (b, q) in zip(left, right, strict=True))


def test_both_forms_give_the_same_masks(files: tuple[Path, Path], picture: Any) -> None:
    of_file, of_folder = (drawn(path, picture) for path in files)
    assert same(of_file, of_folder)
    areas = [mask.sum() / mask.size for mask, _ in of_file]
    assert all(mask.shape == (75, 100) for mask, _ in of_file)
    assert sum(0.02 < area < 0.98 for area in areas) >= 3  # or all masks would be the same, whatever was loaded
    assert len({mask.tobytes() for mask, _ in of_file}) == len(PROMPTS)


def test_another_image_gives_other_masks(files: tuple[Path, Path], picture: Any) -> None:
    assert not same(drawn(files[0], picture), drawn(files[0], 255 - picture))


def test_batches_give_the_masks_of_one_by_one(files: tuple[Path, Path], picture: Any) -> None:
    """Up to pixels whose logit is as good as 0: float sums depend on the batch."""
    for (a, p), (b, q) in zip(drawn(files[0], picture, batch=32), drawn(files[0], picture, batch=1), strict=True):
        assert (a != b).mean() < 1e-3
        assert abs(p - q) < 1e-4


def test_best_first_largest_and_single(files: tuple[Path, Path], picture: Any) -> None:
    model = load(str(files[0]), "cpu")
    embedding = model.embed(model.prepare(picture))
    prompt = PROMPTS[0]
    answers = model.decode(embedding, [prompt], False)
    three = [answers.masks(np.array([index]))[0] for index in range(3)]
    scores = answers.predicted_iou[0].tolist()
    assert len(scores) == 3
    wanted = {
        "best": scores.index(max(scores)),
        "first": 0,
        "largest": max(range(3), key=lambda i: three[i].sum()),
    }
    for choice, index in wanted.items():
        ((mask, score),) = drawn(files[0], picture, [prompt], mask=choice)
        assert np.array_equal(mask, three[index])
        assert score == scores[index]
    ((single, score),) = drawn(files[0], picture, [prompt], single=True)
    assert score not in scores
    assert model.decode(embedding, [prompt], True).predicted_iou.shape == (1, 1)
    assert single.shape == (75, 100)


def published(folder: Path) -> Any:
    """The network of a folder, its decoder with the epsilon that Meta's has."""
    network = transformers.SamModel.from_pretrained(folder).eval()
    for layer in network.mask_decoder.transformer.layers:
        for norm in (layer.layer_norm1, layer.layer_norm2, layer.layer_norm3, layer.layer_norm4):
            norm.eps = 1e-5
    return network


def test_against_the_processor_of_transformers(files: tuple[Path, Path], picture: Any) -> None:
    """The whole way by the library's own preprocessing, network and postprocessing."""
    network = published(files[1])
    side = TINY.side
    images = transformers.models.sam.image_processing_pil_sam.SamImageProcessorPil(
        size={"longest_edge": side}, pad_size={"height": side, "width": side}
    )
    inputs = images(picture, return_tensors="pt")
    scale = np.array([side / 100, side * 0.75 / 75])
    with torch.no_grad():
        for prompt, (mask, score) in zip(PROMPTS, drawn(files[0], picture), strict=True):
            given = {}
            if prompt.points:
                given["input_points"] = torch.tensor(np.array(prompt.points) * scale, dtype=torch.float32)[None, None]
                given["input_labels"] = torch.tensor(prompt.labels)[None, None]
            if prompt.box:
                given["input_boxes"] = torch.tensor(np.array(prompt.box) * np.tile(scale, 2), dtype=torch.float32)[
                    None, None
                ]
            found = network(inputs["pixel_values"], **given)
            (masks,) = images.post_process_masks(
                found.pred_masks, inputs["original_sizes"], inputs["reshaped_input_sizes"]
            )
            best = int(found.iou_scores[0, 0].argmax())
            assert abs(float(found.iou_scores[0, 0, best]) - score) < 1e-4
            assert (masks[0, best].numpy() != mask).mean() < 1e-3


def test_normalising() -> None:
    """ImageNet's mean and deviation of each channel in 255ths, by hand; zeros to the right and below."""
    pixels = np.zeros((2, 3, 3), np.uint8)
    pixels[0, 1] = (255, 0, 51)
    found = normalised(pixels, 4)[0].numpy()
    assert found.shape == (3, 4, 4)
    # red (1 - 0.485) / 0.229, green (0 - 0.456) / 0.224, blue (0.2 - 0.406) / 0.225
    assert found[:, 0, 1] == pytest.approx([2.248908, -2.035714, -0.915556], abs=1e-5)
    assert found[:, 1, 2] == pytest.approx([-2.117904, -2.035714, -1.804444], abs=1e-5)
    assert not found[:, 2:].any()
    assert not found[:, :, 3].any()


def test_an_image_is_scaled_to_the_longest_side(files: tuple[Path, Path]) -> None:
    """At the published 1024, 640 x 480 becomes 1024 x 768; the tiny model's side is 128."""
    model = load(str(files[0]), "cpu")
    prepared = model.prepare(np.zeros((480, 640, 3), np.uint8))
    assert prepared.pixels.shape == (96, 128, 3)
    assert (prepared.height, prepared.width) == (480, 640)


def test_logits_are_scaled_up_cut_and_scaled_to_the_image() -> None:
    """On a line: logits 0 and 8 over a side of 4 are 0, 2, 6, 8; of these the image has 2, scaled to 4 pixels."""
    logits = torch.tensor([[[[0.0, 8.0], [0.0, 8.0]]]])
    found = mask_logits(logits, 1, 4, (1, 2), 4)
    # 0 and 2 at pixel centres 0.5 and 1.5 of 2, read at 0.25, 0.75, 1.25, 1.75
    assert found[0, 0, 0].tolist() == pytest.approx([0.0, 0.5, 1.5, 2.0])
    # without padding the logits go to the image at once: 0 and 8 read the same way
    assert mask_logits(logits, 1, 4, None, 4)[0, 0, 0].tolist() == pytest.approx([0.0, 2.0, 6.0, 8.0])


def test_the_mask_is_where_the_logit_is_above_zero(files: tuple[Path, Path], picture: Any) -> None:
    model = load(str(files[0]), "cpu")
    seen = model.embed(model.prepare(picture))
    answers = model.decode(seen, PROMPTS[:1], False)
    network = published(files[1])
    box = torch.tensor(np.array(PROMPTS[0].box)[None, None] * 1.28, dtype=torch.float32)
    with torch.no_grad():
        logits = network(**seen.seen, input_boxes=box).pred_masks[0, :, 1:2]
    full = mask_logits(logits, 75, 100, (96, 128), 128)[0, 0].numpy()
    found = answers.masks(np.array([1]))[0]
    clear = np.abs(full) > 1e-5
    assert clear.mean() > 0.99
    assert np.array_equal(found[clear], full[clear] > 0)


@pytest.mark.parametrize(("name", "size"), [("vit_b", VIT_B), ("vit_l", VIT_L), ("vit_h", VIT_H)])
def test_full_sizes_fit_transformers_model(name: str, size: Size) -> None:
    """Built without memory for the weights: every tensor has the shape that Meta's file gives it."""
    from annotation_noise.wan.checkpoints import numbers_of

    with torch.device("meta"):
        network = transformers.SamModel(transformers.SamConfig(**numbers_of({n: s for n, _, s in entries(size)})))
    found = {key: tuple(value.shape) for key, value in network.state_dict().items()}
    found.pop("shared_image_embedding.positional_embedding")
    assert found == {ours: shape for _, ours, shape in entries(size)}, name


def test_a_lower_precision_is_close(files: tuple[Path, Path], picture: Any) -> None:
    """Only the image encoder is in bfloat16; the masks of a random network wander more than a trained one's."""
    full, half = drawn(files[0], picture), drawn(files[0], picture, dtype="bfloat16")
    assert np.mean([(a != b).mean() for (a, _), (b, _) in zip(full, half, strict=True)]) < 0.1


def test_what_the_manifest_says(files: tuple[Path, Path]) -> None:
    import hashlib

    of_file, of_folder = (load(str(path), "cpu").described for path in files)
    digest = hashlib.sha256(files[0].read_bytes()).hexdigest()
    size = files[0].stat().st_size
    assert of_file == {
        "kind": "sam of width 32 and depth 3",
        "weights": [{"file": "tiny_sam.pth", "bytes": size, "sha256": digest}],
        "dtype": "float32",
    }
    assert of_folder["kind"] == "sam"
    assert [entry["file"] for entry in of_folder["weights"]] == ["config.json", "model.safetensors"]  # type: ignore[attr-defined]


def hq_folder(folder: Path) -> Path:
    random_weights(transformers.SamHQModel(tiny_config("SamHQ"))).save_pretrained(folder)
    return folder


def sam2_folder(folder: Path) -> Path:
    backbone = transformers.Sam2HieraDetConfig(
        hidden_size=8,
        num_attention_heads=1,
        image_size=[128, 128],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=[8, 16, 32, 64],
        num_attention_heads_per_stage=[1, 2, 4, 8],
        window_size_per_stage=[8, 4, 4, 2],
        global_attention_blocks=[3],
        window_positional_embedding_background_size=[2, 2],
    )
    vision = transformers.Sam2VisionConfig(
        backbone_config=backbone,
        backbone_channel_list=[64, 32, 16, 8],
        backbone_feature_sizes=[[32, 32], [16, 16], [8, 8]],
        fpn_hidden_size=32,
    )
    prompt = transformers.Sam2PromptEncoderConfig(hidden_size=32, image_size=128, patch_size=16)
    decoder = transformers.Sam2MaskDecoderConfig(hidden_size=32, mlp_dim=48, iou_head_hidden_dim=24)
    random_weights(transformers.Sam2Model(config_of(transformers.Sam2Config, vision, prompt, decoder))).save_pretrained(
        folder
    )
    return folder


def sam2_video_folder(folder: Path) -> Path:
    """Meta's SAM 2 models on the hub are of this kind: the same with a memory, which images do not need."""
    config = transformers.AutoConfig.from_pretrained(sam2_folder(folder / "image"))
    video = transformers.Sam2VideoConfig(
        vision_config=config.vision_config,
        prompt_encoder_config=config.prompt_encoder_config,
        mask_decoder_config=config.mask_decoder_config,
        image_size=128,
        memory_attention_hidden_size=32,
        memory_attention_feed_forward_hidden_size=32,
        memory_attention_rope_feat_sizes=[8, 8],
        memory_encoder_hidden_size=32,
        memory_encoder_output_channels=16,
        memory_fuser_embed_dim=32,
        memory_fuser_intermediate_dim=32,
        mask_downsampler_embed_dim=32,
    )
    random_weights(transformers.Sam2VideoModel(video)).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(
    ("make", "kind"), [(hq_folder, "SamHQModel"), (sam2_folder, "Sam2Model"), (sam2_video_folder, "Sam2Model")]
)
def test_hq_sam_and_sam_2(make: Any, kind: str, picture: Any, tmp_path: Path) -> None:
    found = drawn(make(tmp_path / "model"), picture)
    assert all(mask.shape == (75, 100) for mask, _ in found)
    assert len({mask.tobytes() for mask, _ in found}) > 2
    for (a, p), (b, q) in zip(found, drawn(tmp_path / "model", picture, batch=1), strict=True):
        assert (a != b).mean() < 1e-2
        assert abs(p - q) < 1e-3
    half = drawn(tmp_path / "model", picture, dtype="bfloat16")
    assert np.mean([(a != b).mean() for (a, _), (b, _) in zip(found, half, strict=True)]) < 0.1

    # the network in one go, from pixels to masks; SAM 2 sees the image as a square
    network = getattr(transformers, kind).from_pretrained(tmp_path / "model").eval()
    square = kind == "Sam2Model"
    width, height = (128, 128) if square else (128, 96)
    values = normalised(np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR)), 128)
    box = np.array(PROMPTS[0].box) * np.tile([width / 100, height / 75], 2)
    with torch.no_grad():
        whole = network(values, input_boxes=torch.tensor(box, dtype=torch.float32)[None, None])
    best = int(whole.iou_scores[0, 0].argmax())
    assert abs(float(whole.iou_scores[0, 0, best]) - found[0][1]) < 1e-3
    logits = mask_logits(whole.pred_masks[0, :, best : best + 1], 75, 100, None if square else (96, 128), 128)
    assert ((logits[0, 0].numpy() > 0) != found[0][0]).mean() < 1e-2


def refused(path: Path | str, message: str, device: str = "cpu") -> None:
    with pytest.raises(InputError, match=message):
        load(str(path), device)


def test_a_file_cut_short_is_said(files: tuple[Path, Path], tmp_path: Path) -> None:
    whole = files[0].read_bytes()
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        (tmp_path / "short.pth").write_bytes(whole[:length])
        refused(tmp_path / "short.pth", rf"short\.pth cannot be read: it is cut short, .*\({length:,} bytes\)")


def test_a_file_that_is_no_sam_is_said(files: tuple[Path, Path], tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    torch.save({"conv1.weight": torch.zeros(3)}, path)
    refused(path, r"other\.pth is no SAM: it lacks image_encoder\.pos_embed, .* and 7 more")
    torch.save([1, 2], path)
    refused(path, r"other\.pth is no SAM: it holds no dict of tensors")
    weights = torch.load(files[0], weights_only=True)
    for name, message in (
        (
            "mask_decoder.transformer.norm_final_attn.bias",
            r"lacks mask_decoder\.transformer\.layer_norm_final_attn\.bias",
        ),
        ("image_encoder.blocks.2.attn.rel_pos_h", "is no SAM: "),
    ):
        torch.save({key: value for key, value in weights.items() if key != name}, path)
        refused(path, message)
    torch.save({**weights, "mask_decoder.iou_token.weight": torch.zeros(1, 31)}, path)
    refused(path, r"is no SAM of a known kind: mask_decoder\.iou_token\.weight does not fit")


def test_a_folder_that_is_no_sam_is_said(files: tuple[Path, Path], tmp_path: Path) -> None:
    refused(tmp_path, "is neither a weight file nor a model of transformers")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    refused(tmp_path, "is no SAM but 'bert'; one of sam, sam_hq, sam2")
    refused(tmp_path / "missing.pth", r"missing\.pth does not exist")
    refused("missing.pth", r"missing\.pth does not exist")


def test_code_of_a_folder_is_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And nobody is asked whether it may."""
    (tmp_path / "theirs.py").write_text("raise SystemExit('their code has run')")
    own = {"model_type": "theirs", "auto_map": {"AutoConfig": "theirs.Config", "AutoModel": "theirs.Model"}}
    (tmp_path / "config.json").write_text(json.dumps(own))
    refused(tmp_path, "is neither a weight file nor a model of transformers")
    assert capsys.readouterr().out == ""


def test_a_folder_whose_weights_are_cut_short_is_said(files: tuple[Path, Path], tmp_path: Path) -> None:
    for path in files[1].iterdir():
        content = path.read_bytes()
        (tmp_path / path.name).write_bytes(content[:-100] if path.suffix == ".safetensors" else content)
    refused(tmp_path, "cannot be loaded, its weights may be cut short")


def test_no_such_device_is_said(files: tuple[Path, Path]) -> None:
    if not torch.cuda.is_available():
        refused(files[0], "--device cuda: there is no such device here", "cuda")
    refused(files[0], "--device hamster: there is no such device here", "hamster")


def test_running_out_of_memory_is_known() -> None:
    with pytest.raises(OutOfMemory), _memory():
        torch.empty(2**58)  # on a CPU a RuntimeError like any other
    with pytest.raises(OutOfMemory), _memory():
        raise torch.OutOfMemoryError("CUDA out of memory")
    with pytest.raises(RuntimeError, match="another"), _memory():
        raise RuntimeError("another")
