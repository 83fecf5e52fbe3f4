"""Noisy COCO files, written as the label files of other tools: a module each, whose `FORMAT` says how.

EXPORTS is what `--to` takes: the module's name, and what it writes. Loads no library, as the help needs none.
"""

EXPORTS = {
    "yolo": "label files for ultralytics",
    "cityscapes": "Cityscapes' instanceIds images",
    "hf": "a folder for load_dataset of Hugging Face's datasets",
}
