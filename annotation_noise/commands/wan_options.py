"""The words of the two COCO-WAN commands, and their help."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from annotation_noise.commands.launch import launched
from annotation_noise.commands.options import add_choice, add_form, add_output, new_parser
from annotation_noise.errors import InputError, how_to_install
from annotation_noise.wan.presets import PRESETS

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


def main(program: str, preset: str, argv: Sequence[str] | None = None, load: Callable[..., Any] | None = None) -> int:
    """Run a COCO-WAN command and return its exit status, as `commands.launch` says.

    What is finished is kept in the part files, and `--resume` goes on with it; after 3 it looks for the images again.

    program, preset: name of the script and of its preset.
    load: makes a model of `--sam_path`, `--device` and `--dtype`; by default SAM.
    """

    def work(arguments: Namespace) -> str:
        try:
            from annotation_noise.commands.wan import listing, planned, run

            return listing() if arguments.list_prompts else run(planned(arguments, preset), load)
        except ImportError as error:
            needs = f"COCO-WAN needs torch, transformers and pillow: {how_to_install('wan')}"
            raise InputError(f"{needs} ({error})") from error

    return launched(parser(program, preset), work, argv, kept="what is finished is kept, and --resume goes on with it")


def main_box(argv: Sequence[str] | None = None) -> int:
    """Run `create_gt_plus_sam_noise.py` and return its exit status, as `commands.launch` says."""
    return main("create_gt_plus_sam_noise.py", "wan_easy", argv)


def main_point(argv: Sequence[str] | None = None) -> int:
    """Run `create_gt_plus_sam_point_noise.py` and return its exit status, as `commands.launch` says."""
    return main("create_gt_plus_sam_point_noise.py", "wan_medium", argv)


def parser(program: str, preset: str) -> ArgumentParser:
    """The parser of the command that has the defaults of a preset."""
    folder, prompt = PRESETS[preset].folder, PRESETS[preset].prompt
    result = new_parser(program, DESCRIPTION, EXAMPLES.format(program=program, preset=preset, folder=folder))
    add = result.add_argument_group("which files").add_argument
    text = "a COCO file, or a folder with instances_*.json"
    add("--annotations_path", metavar="PATH", type=Path, help=text)
    add("--splits", metavar="SPLIT", nargs="+", help="of a folder, only instances_SPLIT*.json")
    text = "where the images lie: in DIR/coco_train2017/train2017, in DIR/train2017 or in DIR itself"
    add("--data_path", metavar="DIR", type=Path, help=text)
    add_output(add, f"{folder}, or sam_PROMPT", ", finished or interrupted")
    add = result.add_argument_group("the model").add_argument
    text = "weights: a .pth file of Meta's, or a folder or name of a SAM, SAM 2 or HQ-SAM of transformers"
    add("--sam_path", metavar="PATH", help=text)
    add("--device", default="auto", help="cpu, cuda, cuda:1, mps (default: a GPU if there is one)")
    add_choice(add, "dtype", ("float32", "bfloat16", "float16"), "numbers of the image encoder")
    add("--batch_prompts", metavar="N", type=int, default=32, help="prompts decoded at a time (default: 32)")
    text = "which of SAM's three masks: of the highest predicted IoU, the first, or the largest"
    add_choice(add, "mask", ("best", "first", "largest"), text)
    add("--single_mask", action="store_true", help="ask SAM for a single mask instead of three")
    add = result.add_argument_group("the prompts").add_argument
    text = f"what SAM is given, and its strengths as NAME=VALUE (default: {prompt}); --list_prompts has them all"
    add("--prompt", metavar="NAME", nargs="+", default=[prompt], help=text)
    text = "scale the box of a prompt about its centre (default: 1)"
    add("--scale_bbox", metavar="F", type=float, help=text)
    add("--seed", type=int, default=1, help="of the prompts that draw; the same seed, the same prompts")
    add("--list_prompts", action="store_true", help="list the prompts and their strengths, and exit")
    add = result.add_argument_group("long runs").add_argument
    add("--workers", metavar="N", type=int, help="threads that read images ahead (default: one a core)")
    add("--resume", action="store_true", help="go on with what an interrupted run has finished")
    add("--strict", action="store_true", help="stop at the first image that is missing or broken")
    add("--shard", metavar="I/N", help="draw only the I-th of N shares of the images")
    add("--join", action="store_true", help="put the N shares together; no images and weights needed")
    add_form(result.add_argument_group("the result").add_argument, "mask", "SAM draws")
    return result
