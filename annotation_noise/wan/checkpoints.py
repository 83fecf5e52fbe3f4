"""Meta's weight files (`sam_vit_h_4b8939.pth` and the like): what their names and shapes say.

Such a file is a dict of tensors by name. transformers has the same tensors under other names; the
shapes tell which of the three sizes it is, and every number that the model is built with but the
heads of the decoder's attention, of which SAM has always had eight.

Source: the names and modules of github.com/facebookresearch/segment-anything, build_sam.py.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from annotation_noise.errors import InputError

Shape = tuple[int, ...]

_RENAMED = [
    (r"^image_encoder\.", "vision_encoder."),
    (r"\.patch_embed\.proj\.", ".patch_embed.projection."),
    (r"\.blocks\.", ".layers."),
    (r"\.neck\.0\.", ".neck.conv1."),
    (r"\.neck\.1\.", ".neck.layer_norm1."),
    (r"\.neck\.2\.", ".neck.conv2."),
    (r"\.neck\.3\.", ".neck.layer_norm2."),
    (r"\.norm_final_attn\.", ".layer_norm_final_attn."),
    (r"\.norm(\d)\.", r".layer_norm\1."),
    (r"\.pe_layer\.positional_encoding_gaussian_matrix$", ".shared_embedding.positional_embedding"),
    (r"\.point_embeddings\.", ".point_embed."),
    (r"\.mask_downscaling\.0\.", ".mask_embed.conv1."),
    (r"\.mask_downscaling\.1\.", ".mask_embed.layer_norm1."),
    (r"\.mask_downscaling\.3\.", ".mask_embed.conv2."),
    (r"\.mask_downscaling\.4\.", ".mask_embed.layer_norm2."),
    (r"\.mask_downscaling\.6\.", ".mask_embed.conv3."),
    (r"\.output_upscaling\.0\.", ".upscale_conv1."),
    (r"\.output_upscaling\.1\.", ".upscale_layer_norm."),
    (r"\.output_upscaling\.3\.", ".upscale_conv2."),
]
_LAYERED = re.compile(r"^(mask_decoder\.(?:output_hypernetworks_mlps\.\d+|iou_prediction_head))\.layers\.(\d+)\.(.+)$")
_SIZES = {(768, 12): "vit_b", (1024, 24): "vit_l", (1280, 32): "vit_h"}

# One name of each module that has to be there; what else is missing, the model itself finds.
_NEEDED = (
    "image_encoder.pos_embed",
    "image_encoder.patch_embed.proj.weight",
    "image_encoder.blocks.0.attn.rel_pos_h",
    "image_encoder.blocks.0.mlp.lin1.weight",
    "image_encoder.neck.0.weight",
    "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix",
    "prompt_encoder.mask_downscaling.3.weight",
    "mask_decoder.mask_tokens.weight",
    "mask_decoder.transformer.layers.0.mlp.lin1.weight",
    "mask_decoder.iou_prediction_head.layers.0.weight",
)
DECODER_HEADS = 8
DECODER_EPSILON = 1e-5  # of its layer norms in Meta's model; transformers' default is 1e-6


def require(shapes: Mapping[str, Shape]) -> None:
    """Raise InputError where these are not the names of a SAM, saying which are missing."""
    missing = [name for name in _NEEDED if name not in shapes]
    if missing:
        raise InputError(f"is no SAM: it lacks {listed(missing)}")


def listed(names: Iterable[str]) -> str:
    """The first names of a list, and how many more there are."""
    names = list(names)
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def renamed(name: str) -> str:
    """The name that transformers has for one of Meta's."""
    for pattern, replacement in _RENAMED:
        name = re.sub(pattern, replacement, name)
    return name


def renamed_all(names: Iterable[str]) -> dict[str, str]:
    """The names that transformers has, by Meta's, for all names of a file.

    A small network is a list of layers there; here its first and last have names of their own.
    """
    names = list(names)
    last: dict[str, int] = {}
    for name in names:
        if match := _LAYERED.match(name):
            last[match[1]] = max(last.get(match[1], 0), int(match[2]))
    result = {}
    for name in names:
        match = _LAYERED.match(name)
        if match is None:
            result[name] = renamed(name)
            continue
        stem, place, rest = match[1], int(match[2]), match[3]
        layer = {0: "proj_in", last[stem]: "proj_out"}.get(place, f"layers.{place - 1}")
        result[name] = f"{stem}.{layer}.{rest}"
    return result


def size_of(shapes: Mapping[str, Shape]) -> str:
    """Which SAM these are the shapes of: vit_b, vit_l, vit_h, or its width and depth where it is none of them."""
    width, depth = shapes["image_encoder.pos_embed"][3], _count(shapes, "image_encoder.blocks")
    return _SIZES.get((width, depth), f"of width {width} and depth {depth}")


def numbers_of(shapes: Mapping[str, Shape]) -> dict[str, dict[str, Any]]:
    """The numbers that a model of these shapes is built with, as transformers' three configurations name them."""
    _, grid, _, width = shapes["image_encoder.pos_embed"]
    patch = shapes["image_encoder.patch_embed.proj.weight"][2]
    depth = _count(shapes, "image_encoder.blocks")
    reach = [shapes[f"image_encoder.blocks.{block}.attn.rel_pos_h"] for block in range(depth)]
    # A block that looks at the whole image has relative positions as far as the image reaches.
    whole = [block for block in range(depth) if reach[block][0] == 2 * grid - 1]
    windows = [(length + 1) // 2 for length, _ in reach if length != 2 * grid - 1]
    hidden = shapes["mask_decoder.mask_tokens.weight"][1]
    image = {"image_size": grid * patch, "patch_size": patch}
    vision = {
        **image,
        "hidden_size": width,
        "output_channels": shapes["image_encoder.neck.0.weight"][0],
        "num_hidden_layers": depth,
        "num_attention_heads": width // reach[0][1],
        "mlp_dim": shapes["image_encoder.blocks.0.mlp.lin1.weight"][0],
        "window_size": windows[0] if windows else 0,
        "global_attn_indexes": whole,
        "num_pos_feats": shapes["prompt_encoder.pe_layer.positional_encoding_gaussian_matrix"][1],
    }
    prompt = {
        **image,
        "hidden_size": hidden,
        "mask_input_channels": shapes["prompt_encoder.mask_downscaling.3.weight"][0],
        "num_point_embeddings": _count(shapes, "prompt_encoder.point_embeddings"),
    }
    decoder = {
        "hidden_size": hidden,
        "mlp_dim": shapes["mask_decoder.transformer.layers.0.mlp.lin1.weight"][0],
        "num_hidden_layers": _count(shapes, "mask_decoder.transformer.layers"),
        "num_attention_heads": DECODER_HEADS,
        "num_multimask_outputs": shapes["mask_decoder.mask_tokens.weight"][0] - 1,
        "iou_head_depth": _count(shapes, "mask_decoder.iou_prediction_head.layers"),
        "iou_head_hidden_dim": shapes["mask_decoder.iou_prediction_head.layers.0.weight"][0],
        "layer_norm_eps": DECODER_EPSILON,
    }
    return {"vision_config": vision, "prompt_encoder_config": prompt, "mask_decoder_config": decoder}


def _count(shapes: Mapping[str, Shape], stem: str) -> int:
    """How many numbered modules of that name there are."""
    numbers = {name[len(stem) + 1 :].split(".")[0] for name in shapes if name.startswith(f"{stem}.")}
    return sum(number.isdigit() for number in numbers)
