"""The names and shapes of Meta's weight files, written down by hand from the modules of segment-anything.

Each entry: the name there, the name in transformers, the shape. Independent of wan/checkpoints.py.
"""

from collections.abc import Iterator
from typing import NamedTuple


class Size(NamedTuple):
    """Of vit_h by default; whole: blocks that look at the whole image."""

    width: int = 1280
    depth: int = 32
    heads: int = 16
    whole: tuple[int, ...] = (7, 15, 23, 31)
    side: int = 1024
    patch: int = 16
    window: int = 14
    mlp: int = 5120
    dim: int = 256
    decoder_mlp: int = 2048
    iou_dim: int = 256


VIT_H = Size()
VIT_L = Size(1024, 24, 16, (5, 11, 17, 23), mlp=4096)
VIT_B = Size(768, 12, 12, (2, 5, 8, 11), mlp=3072)
TINY = Size(32, 3, 4, (1,), 128, 16, 3, 64, 32, 48, 24)

Entry = tuple[str, str, tuple[int, ...]]


def entries(size: Size) -> list[Entry]:
    """All entries of a file."""
    return [*_encoder(size), *_prompts(size), *_decoder(size)]


def _pair(ours: str, theirs: str, weight: tuple[int, ...], bias: int | None = None) -> Iterator[Entry]:
    yield f"{ours}.weight", f"{theirs}.weight", weight
    if bias is not None:
        yield f"{ours}.bias", f"{theirs}.bias", (bias,)


def _encoder(s: Size) -> Iterator[Entry]:
    grid, head = s.side // s.patch, s.width // s.heads
    yield "image_encoder.pos_embed", "vision_encoder.pos_embed", (1, grid, grid, s.width)
    yield from _pair(
        "image_encoder.patch_embed.proj",
        "vision_encoder.patch_embed.projection",
        (s.width, 3, s.patch, s.patch),
        s.width,
    )
    for block in range(s.depth):
        a, b = f"image_encoder.blocks.{block}", f"vision_encoder.layers.{block}"
        reach = grid if block in s.whole else s.window
        yield from _pair(f"{a}.norm1", f"{b}.layer_norm1", (s.width,), s.width)
        yield f"{a}.attn.rel_pos_h", f"{b}.attn.rel_pos_h", (2 * reach - 1, head)
        yield f"{a}.attn.rel_pos_w", f"{b}.attn.rel_pos_w", (2 * reach - 1, head)
        yield from _pair(f"{a}.attn.qkv", f"{b}.attn.qkv", (3 * s.width, s.width), 3 * s.width)
        yield from _pair(f"{a}.attn.proj", f"{b}.attn.proj", (s.width, s.width), s.width)
        yield from _pair(f"{a}.norm2", f"{b}.layer_norm2", (s.width,), s.width)
        yield from _pair(f"{a}.mlp.lin1", f"{b}.mlp.lin1", (s.mlp, s.width), s.mlp)
        yield from _pair(f"{a}.mlp.lin2", f"{b}.mlp.lin2", (s.width, s.mlp), s.width)
    yield from _pair("image_encoder.neck.0", "vision_encoder.neck.conv1", (s.dim, s.width, 1, 1))
    yield from _pair("image_encoder.neck.1", "vision_encoder.neck.layer_norm1", (s.dim,), s.dim)
    yield from _pair("image_encoder.neck.2", "vision_encoder.neck.conv2", (s.dim, s.dim, 3, 3))
    yield from _pair("image_encoder.neck.3", "vision_encoder.neck.layer_norm2", (s.dim,), s.dim)


def _prompts(s: Size) -> Iterator[Entry]:
    p = "prompt_encoder"
    yield (
        f"{p}.pe_layer.positional_encoding_gaussian_matrix",
        f"{p}.shared_embedding.positional_embedding",
        (2, s.dim // 2),
    )
    for number in range(4):
        yield from _pair(f"{p}.point_embeddings.{number}", f"{p}.point_embed.{number}", (1, s.dim))
    yield from _pair(f"{p}.not_a_point_embed", f"{p}.not_a_point_embed", (1, s.dim))
    yield from _pair(f"{p}.no_mask_embed", f"{p}.no_mask_embed", (1, s.dim))
    yield from _pair(f"{p}.mask_downscaling.0", f"{p}.mask_embed.conv1", (4, 1, 2, 2), 4)
    yield from _pair(f"{p}.mask_downscaling.1", f"{p}.mask_embed.layer_norm1", (4,), 4)
    yield from _pair(f"{p}.mask_downscaling.3", f"{p}.mask_embed.conv2", (16, 4, 2, 2), 16)
    yield from _pair(f"{p}.mask_downscaling.4", f"{p}.mask_embed.layer_norm2", (16,), 16)
    yield from _pair(f"{p}.mask_downscaling.6", f"{p}.mask_embed.conv3", (s.dim, 16, 1, 1), s.dim)


def _attention(ours: str, theirs: str, dim: int, inner: int) -> Iterator[Entry]:
    for name in ("q_proj", "k_proj", "v_proj"):
        yield from _pair(f"{ours}.{name}", f"{theirs}.{name}", (inner, dim), inner)
    yield from _pair(f"{ours}.out_proj", f"{theirs}.out_proj", (dim, inner), dim)


def _decoder(s: Size) -> Iterator[Entry]:
    d, dim = "mask_decoder", s.dim
    yield from _pair(f"{d}.iou_token", f"{d}.iou_token", (1, dim))
    yield from _pair(f"{d}.mask_tokens", f"{d}.mask_tokens", (4, dim))
    for layer in range(2):
        at = f"{d}.transformer.layers.{layer}"
        yield from _attention(f"{at}.self_attn", f"{at}.self_attn", dim, dim)
        for name in ("cross_attn_token_to_image", "cross_attn_image_to_token"):
            yield from _attention(f"{at}.{name}", f"{at}.{name}", dim, dim // 2)
        for number in (1, 2, 3, 4):
            yield from _pair(f"{at}.norm{number}", f"{at}.layer_norm{number}", (dim,), dim)
        yield from _pair(f"{at}.mlp.lin1", f"{at}.mlp.lin1", (s.decoder_mlp, dim), s.decoder_mlp)
        yield from _pair(f"{at}.mlp.lin2", f"{at}.mlp.lin2", (dim, s.decoder_mlp), dim)
    at = f"{d}.transformer.final_attn_token_to_image"
    yield from _attention(at, at, dim, dim // 2)
    yield from _pair(f"{d}.transformer.norm_final_attn", f"{d}.transformer.layer_norm_final_attn", (dim,), dim)
    yield from _pair(f"{d}.output_upscaling.0", f"{d}.upscale_conv1", (dim, dim // 4, 2, 2), dim // 4)
    yield from _pair(f"{d}.output_upscaling.1", f"{d}.upscale_layer_norm", (dim // 4,), dim // 4)
    yield from _pair(f"{d}.output_upscaling.3", f"{d}.upscale_conv2", (dim // 4, dim // 8, 2, 2), dim // 8)
    for token in range(4):
        yield from _small(f"{d}.output_hypernetworks_mlps.{token}", dim, dim, dim // 8)
    yield from _small(f"{d}.iou_prediction_head", dim, s.iou_dim, 4)


def _small(at: str, into: int, hidden: int, out: int) -> Iterator[Entry]:
    """A network of three layers."""
    yield from _pair(f"{at}.layers.0", f"{at}.proj_in", (hidden, into), hidden)
    yield from _pair(f"{at}.layers.1", f"{at}.layers.0", (hidden, hidden), hidden)
    yield from _pair(f"{at}.layers.2", f"{at}.proj_out", (out, hidden), out)
