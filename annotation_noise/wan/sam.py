"""SAM by transformers and torch; no other file imports either of them.

An image is scaled so that its longer side is the model's (1024 pixels), normalised by ImageNet's mean
and standard deviation and padded with zeros to the right and below. Coordinates are scaled with it.
Mask logits are scaled up to the padded square, cut to the image, scaled to its size, and are the mask
where they are above 0. SAM 2 takes the image scaled to the square instead, and no padding.

Source: Kirillov et al., "Segment Anything", ICCV 2023; Ravi et al., "SAM 2", 2024.
"""

import hashlib
import pickle
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import transformers
from numpy.typing import NDArray
from torch.nn.functional import interpolate, pad

from annotation_noise.errors import InputError
from annotation_noise.geometry.masks import Pixels
from annotation_noise.output.manifest import described
from annotation_noise.wan.checkpoints import DECODER_EPSILON, listed, numbers_of, renamed_all, require, size_of
from annotation_noise.wan.images import resized, scaled_size
from annotation_noise.wan.model import Answers, Model, OutOfMemory
from annotation_noise.wan.prompts import Prompt

MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, red, green and blue
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
ARCHITECTURES = {"sam": "SamModel", "sam_hq": "SamHQModel", "sam2": "Sam2Model", "sam2_video": "Sam2Model"}


class Prepared(NamedTuple):
    """An image for the model: its pixels as scaled, and height and width in pixels before that."""

    pixels: Pixels
    height: int
    width: int


class Embedding(NamedTuple):
    """What the model has seen.

    seen: keyword arguments of its forward. height, width: of the image, in pixels.
    scaled: height and width of the image as it was seen.
    """

    seen: dict[str, Any]
    height: int
    width: int
    scaled: tuple[int, int]


def load(sam_path: str, device: str = "auto", dtype: str = "float32") -> Model:
    """A SAM, by Meta's weight file, by a folder of transformers' or by the name of a model on its hub.

    device: "auto", or as torch names it. dtype: of the image encoder, where the time goes; prompts
    and masks are always float32. Raises InputError: no such device, no such file, a file that is cut
    short or is no SAM.
    """
    place = _device(device)
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    network, description = _from_file(Path(sam_path)) if Path(sam_path).is_file() else _from_folder(sam_path)
    network = network.eval().requires_grad_(False).to(place)
    network.vision_encoder.to(DTYPES[dtype])
    for name in ("conv_s0", "conv_s1"):  # SAM 2's last step with an image is a part of its decoder
        if hasattr(network.mask_decoder, name):
            getattr(network.mask_decoder, name).to(DTYPES[dtype])
    return model_of(network, {**description, "dtype": dtype})


def model_of(network: Any, description: Mapping[str, object]) -> Model:
    """A network of transformers as a `Model`; `told` describes it."""
    square = network.config.model_type.startswith("sam2")
    config = network.config.prompt_encoder_config if square else network.config.vision_config
    side = int(config.image_size)

    def prepare(pixels: Pixels) -> Prepared:
        height, width = pixels.shape[:2]
        scaled_height, scaled_width = (side, side) if square else scaled_size(height, width, side)
        return Prepared(resized(pixels, scaled_width, scaled_height), height, width)

    def embed(prepared: Prepared) -> Embedding:
        with _memory():
            values = normalised(prepared.pixels, side, network.device).to(network.vision_encoder.dtype)
            output = network.get_image_embeddings(values)
            # HQ-SAM also looks at what earlier layers saw, SAM 2 at the image in several sizes
            names = ("image_embeddings", "intermediate_embeddings")
            seen = dict(zip(names, map(_float32, output if isinstance(output, tuple) else (output,)), strict=False))
            return Embedding(seen, prepared.height, prepared.width, prepared.pixels.shape[:2])

    def decode(embedding: Embedding, prompts: Sequence[Prompt], single: bool) -> Answers:
        with _memory():
            given = _tensors(prompts, embedding, network.device)
            output = network(**embedding.seen, **given, multimask_output=not single)
            logits, scores = output.pred_masks[0], output.iou_scores[0]

        def masks(which: NDArray[np.intp]) -> NDArray[np.bool_]:
            with _memory():
                chosen = logits[torch.arange(len(which)), torch.as_tensor(which)][:, None]
                full = mask_logits(
                    chosen, embedding.height, embedding.width, None if square else embedding.scaled, side
                )
                return np.asarray((full[:, 0] > 0).cpu().numpy())

        return Answers(scores.cpu().double().numpy(), masks)

    return Model(prepare, embed, decode, description)


def normalised(pixels: Pixels, side: int, device: Any = "cpu") -> Any:
    """Scaled pixels as the image encoder takes them: (1, 3, side, side) float32, zeros to the right and below."""
    values = torch.from_numpy(pixels.copy()).to(device).permute(2, 0, 1).float() / 255
    mean, std = (torch.tensor(numbers, device=device)[:, None, None] for numbers in (MEAN, STD))
    values = (values - mean) / std
    return pad(values, (0, side - values.shape[2], 0, side - values.shape[1]))[None]


def mask_logits(logits: Any, height: int, width: int, scaled: tuple[int, int] | None, side: int) -> Any:
    """The logits of masks at the image's size: from (n, 1, rows, columns) to (n, 1, height, width), bilinear.

    scaled: height and width of the image within the padded square; None where it filled it.
    """
    if scaled is not None:
        logits = interpolate(logits, (side, side), mode="bilinear", align_corners=False)
        logits = logits[..., : scaled[0], : scaled[1]]
    return interpolate(logits, (height, width), mode="bilinear", align_corners=False)


def _tensors(prompts: Sequence[Prompt], embedding: Embedding, device: Any) -> dict[str, Any]:
    """Prompts of one shape as the network takes them, their coordinates scaled as the image was."""
    scale = np.array([embedding.scaled[1] / embedding.width, embedding.scaled[0] / embedding.height])

    def tensor(values: Any) -> Any:
        return torch.from_numpy(np.asarray(values)).to(device)[None]

    given = {}
    if prompts[0].points:
        given["input_points"] = tensor((np.array([p.points for p in prompts]) * scale).astype(np.float32))
        given["input_labels"] = tensor(np.array([p.labels for p in prompts], np.int64))
    if prompts[0].box is not None:
        given["input_boxes"] = tensor((np.array([p.box for p in prompts]) * np.tile(scale, 2)).astype(np.float32))
    return given


def _float32(embedding: Any) -> Any:
    return [item.float() for item in embedding] if isinstance(embedding, list) else embedding.float()


@contextmanager
def _memory() -> Iterator[None]:
    """Work on the device, in which to run out of memory is an OutOfMemory."""
    try:
        with torch.inference_mode():
            yield
    except RuntimeError as error:
        if (
            isinstance(error, torch.OutOfMemoryError)
            or "allocate memory" in str(error)
            or "out of memory" in str(error)
        ):
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            raise OutOfMemory from None
        raise


def _device(name: str) -> Any:
    if name == "auto":
        otherwise = "mps" if torch.backends.mps.is_available() else "cpu"
        return torch.device("cuda" if torch.cuda.is_available() else otherwise)
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"--device {name}: there is no such device here ({reason}); try --device cpu") from error
    return device


def _from_file(path: Path) -> tuple[Any, dict[str, object]]:
    """The network of a weight file of Meta's, and what to tell of it."""
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
    except (RuntimeError, EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
        raise InputError(
            f"{path} cannot be read: it is cut short, or no weight file ({path.stat().st_size:,} bytes); "
            "the README says how to check it"
        ) from error
    if not isinstance(weights, dict) or not all(isinstance(value, torch.Tensor) for value in weights.values()):
        raise InputError(f"{path} is no SAM: it holds no dict of tensors")
    shapes = {name: tuple(value.shape) for name, value in weights.items()}
    try:
        require(shapes)
        config = transformers.SamConfig(**numbers_of(shapes))
        with torch.device("meta"):
            network = transformers.SamModel(config)
        names = renamed_all(shapes)
        state = {names[name]: value for name, value in weights.items()}
        state["shared_image_embedding.positional_embedding"] = state[
            "prompt_encoder.shared_embedding.positional_embedding"
        ]
        expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
        if missing := sorted(set(expected) - set(state)):
            raise InputError(f"is no SAM: it lacks {listed(missing)}")
        if odd := sorted(name for name in state if expected.get(name) != tuple(state[name].shape)):
            raise InputError(f"is no SAM of a known kind: {listed(odd)} does not fit")
    except (InputError, KeyError, IndexError, ValueError) as error:
        raise InputError(
            f"{path} {error}" if isinstance(error, InputError) else f"{path} is no SAM: {error}"
        ) from error
    network.load_state_dict({name: value.float() for name, value in state.items()}, assign=True)
    return network, {"kind": f"sam {size_of(shapes)}", "weights": [described(path)]}


def _from_folder(name: str) -> tuple[Any, dict[str, object]]:
    """The network of a folder of transformers', or of a model on its hub, and what to tell of it."""
    if not Path(name).is_dir() and (Path(name).suffix or name.count("/") != 1 or name.startswith(("/", "."))):
        raise InputError(f"--sam_path {name} does not exist")
    try:
        config = transformers.AutoConfig.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"--sam_path {name} is neither a weight file nor a model of transformers: {reason}") from error
    if config.model_type not in ARCHITECTURES:
        raise InputError(f"--sam_path {name} is no SAM but {config.model_type!r}; one of {', '.join(ARCHITECTURES)}")
    if config.model_type == "sam":
        config.mask_decoder_config.layer_norm_eps = DECODER_EPSILON
    kind: Any = getattr(transformers, ARCHITECTURES[config.model_type])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            options: Any = {"dtype": torch.float32, "output_loading_info": True, "trust_remote_code": False}
            network, report = kind.from_pretrained(name, config=config, **options)
    except Exception as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"--sam_path {name} cannot be loaded, its weights may be cut short: {reason}") from error
    if missing := sorted(report["missing_keys"]):
        raise InputError(f"--sam_path {name} is no SAM: it lacks {listed(missing)}")
    folder = Path(name) if Path(name).is_dir() else None
    files = sorted(p for p in folder.iterdir() if p.suffix in (".json", ".safetensors", ".bin")) if folder else []
    description: dict[str, object] = {"kind": config.model_type, "weights": [described(path) for path in files]}
    if folder is None:
        description = {"kind": config.model_type, "name": name, "sha256_of_tensors": _digest(network)}
    return network, description


def _digest(network: Any) -> str:
    """The sha256 of all tensors of a network, by name."""
    digest = hashlib.sha256()
    for name, value in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(value.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
