import math

import pytest

from annotation_noise.errors import InputError
from annotation_noise.wan.checkpoints import listed, numbers_of, renamed_all, require, size_of
from tests.wan.meta import TINY, VIT_B, VIT_H, VIT_L, Size, entries

SIZES = {"vit_b": VIT_B, "vit_l": VIT_L, "vit_h": VIT_H}


def shapes_of(size: Size) -> dict[str, tuple[int, ...]]:
    return {name: shape for name, _, shape in entries(size)}


@pytest.mark.parametrize(
    ("name", "file_bytes"), [("vit_b", 375_042_383), ("vit_l", 1_249_524_607), ("vit_h", 2_564_550_879)]
)
def test_the_tables_of_these_tests_fill_metas_files(name: str, file_bytes: int) -> None:
    """Four bytes a number, and a few hundred bytes for each tensor's name and place."""
    shapes = shapes_of(SIZES[name])
    left = file_bytes - 4 * sum(map(math.prod, shapes.values()))
    assert 0 < left < 500 * len(shapes)


@pytest.mark.parametrize("size", [*SIZES.values(), TINY])
def test_every_name_is_found(size: Size) -> None:
    assert renamed_all(shapes_of(size)) == {theirs: ours for theirs, ours, _ in entries(size)}


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_told_apart_by_their_shapes(name: str, size: Size) -> None:
    assert size_of(shapes_of(size)) == name


def test_another_size_says_what_it_is() -> None:
    assert size_of(shapes_of(TINY)) == "of width 32 and depth 3"


@pytest.mark.parametrize("size", [*SIZES.values(), TINY])
def test_the_numbers_are_those_of_metas_build(size: Size) -> None:
    found = numbers_of(shapes_of(size))
    assert found["vision_config"] == {
        "image_size": size.side,
        "patch_size": size.patch,
        "hidden_size": size.width,
        "output_channels": size.dim,
        "num_hidden_layers": size.depth,
        "num_attention_heads": size.heads,
        "mlp_dim": size.mlp,
        "window_size": size.window,
        "global_attn_indexes": list(size.whole),
        "num_pos_feats": size.dim // 2,
    }
    assert found["prompt_encoder_config"] == {
        "image_size": size.side,
        "patch_size": size.patch,
        "hidden_size": size.dim,
        "mask_input_channels": 16,
        "num_point_embeddings": 4,
    }
    assert found["mask_decoder_config"] == {
        "hidden_size": size.dim,
        "mlp_dim": size.decoder_mlp,
        "num_hidden_layers": 2,
        "num_attention_heads": 8,
        "num_multimask_outputs": 3,
        "iou_head_depth": 3,
        "iou_head_hidden_dim": size.iou_dim,
        "layer_norm_eps": 1e-5,
    }


def test_what_a_file_lacks_is_said() -> None:
    shapes = shapes_of(TINY)
    require(shapes)
    del shapes["mask_decoder.mask_tokens.weight"]
    with pytest.raises(InputError, match=r"^is no SAM: it lacks mask_decoder\.mask_tokens\.weight$"):
        require(shapes)
    with pytest.raises(InputError, match=r"lacks image_encoder\.pos_embed, .* and 7 more$"):
        require({"backbone.conv1.weight": (64, 3, 7, 7)})


def test_a_long_list_is_cut() -> None:
    assert listed("abc") == "a, b, c"
    assert listed("abcde") == "a, b, c and 2 more"
