"""The words of the two COCO-WAN commands, and their help."""

import argparse
from pathlib import Path

from arguments import CHOICES
from weak.presets import PRESETS

DTYPES = ("float32", "bfloat16", "float16")

DESCRIPTION = """\
Draw the masks of COCO instance annotations anew, by SAM from weak prompts. Writes
files of the same names, a log of every annotation and a manifest into a new folder."""

EXAMPLES = """\
examples:
  python {program} --annotations_path=data/annotations --data_path=data \\
         --sam_path=weights/sam_vit_h_4b8939.pth
      {preset}: draws data/annotations/instances_*.json anew into noisy_data_{folder}/
  python {program} … --prompt sloppy_box shift_share=0.1 scale_share=0.1
      from the boxes of sloppy annotators
  python {program} … --resume
      goes on where an earlier run was interrupted
  python {program} … --shard 2/8
  python {program} … --join
      the second of eight shares of the work; and all eight, once they are done, put together"""


def parser(program: str, preset: str) -> argparse.ArgumentParser:
    """The parser of the command that has the defaults of a preset."""
    folder, default = PRESETS[preset].folder, PRESETS[preset].prompt
    words = argparse.ArgumentParser(
        prog=program,
        description=DESCRIPTION,
        epilog=EXAMPLES.format(program=program, preset=preset, folder=folder),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    what = words.add_argument_group("which files")
    what.add_argument(
        "--annotations_path",
        metavar="PATH",
        type=Path,
        required=True,
        help="a COCO file, or a folder with instances_*.json",
    )
    what.add_argument("--splits", metavar="SPLIT", nargs="+", help="of a folder, only instances_SPLIT*.json")
    what.add_argument(
        "--data_path",
        metavar="DIR",
        type=Path,
        help="where the images lie: in DIR/coco_train2017/train2017, in DIR/train2017 or in DIR itself",
    )
    what.add_argument(
        "--method_name", metavar="NAME", help=f"write into noisy_data_NAME (default: {folder}, or sam_PROMPT)"
    )
    what.add_argument("--output_dir", metavar="DIR", type=Path, help="write into this folder instead")
    what.add_argument(
        "--overwrite", action="store_true", help="replace the files of an earlier run, finished or interrupted"
    )
    model = words.add_argument_group("the model")
    model.add_argument(
        "--sam_path",
        metavar="PATH",
        help="weights: a .pth file of Meta's, or a folder or name of a SAM, SAM 2 or HQ-SAM of transformers",
    )
    model.add_argument("--device", default="auto", help="cpu, cuda, cuda:1, mps (default: a GPU if there is one)")
    model.add_argument(
        "--dtype", choices=DTYPES, default="float32", help="numbers of the image encoder (default: float32)"
    )
    model.add_argument(
        "--batch_prompts", metavar="N", type=int, default=32, help="prompts decoded at a time (default: 32)"
    )
    model.add_argument(
        "--mask",
        choices=("best", "first", "largest"),
        default="best",
        help="which of SAM's three masks: of the highest predicted IoU, the first, or the largest (default: best)",
    )
    model.add_argument("--single_mask", action="store_true", help="ask SAM for a single mask instead of three")
    how = words.add_argument_group("the prompts")
    how.add_argument(
        "--prompt",
        metavar="NAME",
        nargs="+",
        default=[default],
        help=f"what SAM is given, and its strengths as NAME=VALUE (default: {default}); --list_prompts has them all",
    )
    how.add_argument(
        "--scale_bbox", metavar="F", type=float, help="scale the box of a prompt about its centre (default: 1)"
    )
    how.add_argument("--seed", type=int, default=1, help="of the prompts that draw; the same seed, the same prompts")
    how.add_argument("--list_prompts", action=_ListPrompts, help="list the prompts and their strengths, and exit")
    work = words.add_argument_group("long runs")
    work.add_argument("--workers", metavar="N", type=int, help="threads that read images ahead (default: one a core)")
    work.add_argument("--resume", action="store_true", help="go on with what an interrupted run has finished")
    work.add_argument("--strict", action="store_true", help="stop at the first image that is missing or broken")
    work.add_argument("--shard", metavar="I/N", help="draw only the I-th of N shares of the images")
    work.add_argument("--join", action="store_true", help="put the N shares together; no images and weights needed")
    result = words.add_argument_group("the result")
    result.add_argument(
        "--segmentation",
        choices=CHOICES["segmentation"],
        default="same",
        help="form of the masks: as in the source, compressed run lengths, or polygons; all exact (default: same)",
    )
    result.add_argument(
        "--boxes",
        choices=CHOICES["boxes"],
        default="refit",
        help="let bbox and area follow the mask, or keep the clean ones (default: refit)",
    )
    result.add_argument(
        "--on_empty",
        choices=CHOICES["on_empty"],
        default="keep",
        help="where SAM draws no pixel, keep the clean mask or drop the annotation (default: keep)",
    )
    return words


class _ListPrompts(argparse.Action):
    """Prints the prompts and ends the program, as --help does."""

    def __init__(self, option_strings: list[str], dest: str, help: str | None = None) -> None:  # noqa: A002
        super().__init__(option_strings, dest, nargs=0, help=help)

    def __call__(self, words: argparse.ArgumentParser, *_: object) -> None:
        from weak.prompts import PROMPTS

        for kind in PROMPTS.values():
            strengths = " ".join(f"{name}={value}" for name, value in kind.example.items())
            print(f"{kind.name} {strengths}".rstrip())
            print(f"    {(kind.function.__doc__ or '').strip().splitlines()[0]}")
        words.exit()
