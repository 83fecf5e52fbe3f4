"""Mask R-CNN R-50 on COCO-N with detectron2: train on one level, predict on clean validation data.

    python examples/train/detectron2_mask_rcnn.py easy

with COCO in coco/ and the noisy annotations beside the clean ones: `noise_annotations.py
coco/annotations --benchmark easy --output_dir coco/noisy_data_easy`. The predictions are in
output/easy/inference/coco_instances_results.json, for evaluate_models.py. The level is clean,
easy, medium or hard.
"""

import sys

from detectron2 import model_zoo
from detectron2.config import CfgNode, get_cfg
from detectron2.data.datasets import register_coco_instances
from detectron2.engine import DefaultTrainer
from detectron2.evaluation import COCOEvaluator

BASE = "COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_1x.yaml"


class Trainer(DefaultTrainer):
    """detectron2's own trainer, which evaluates when it is done; that is when the predictions are written."""

    @classmethod
    def build_evaluator(cls, cfg: CfgNode, dataset_name: str) -> COCOEvaluator:
        """The evaluator of COCO, which writes coco_instances_results.json."""
        return COCOEvaluator(dataset_name, output_dir=f"{cfg.OUTPUT_DIR}/inference")


def configuration(level: str) -> CfgNode:
    """Register the datasets of a level and return the configuration that trains on it."""
    folder = "annotations" if level == "clean" else f"noisy_data_{level}"
    register_coco_instances(f"coco_{level}_train", {}, f"coco/{folder}/instances_train2017.json", "coco/train2017")
    register_coco_instances("coco_clean_val", {}, "coco/annotations/instances_val2017.json", "coco/val2017")
    cfg = get_cfg()
    cfg.merge_from_file(model_zoo.get_config_file(BASE))
    cfg.DATASETS.TRAIN = (f"coco_{level}_train",)
    cfg.DATASETS.TEST = ("coco_clean_val",)
    cfg.INPUT.MASK_FORMAT = "bitmask"  # takes run lengths as well as polygons; "polygon" stops at run lengths
    cfg.OUTPUT_DIR = f"output/{level}"
    return cfg


if __name__ == "__main__":
    trainer = Trainer(configuration(sys.argv[1]))
    trainer.resume_or_load(resume=False)
    trainer.train()
