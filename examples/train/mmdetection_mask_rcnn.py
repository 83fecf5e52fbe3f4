"""Mask R-CNN R-50 on COCO-N with mmdetection 3: what its own configuration does not say.

    LEVEL=easy python tools/train.py /path/to/examples/train/mmdetection_mask_rcnn.py
    LEVEL=easy python tools/test.py  /path/to/examples/train/mmdetection_mask_rcnn.py work_dirs/easy/epoch_12.pth

with COCO in data/coco/ and the noisy annotations beside the clean ones: `noise_annotations.py
data/coco/annotations --benchmark easy --output_dir data/coco/noisy_data_easy`. Testing writes
predictions/easy.segm.json for evaluate_models.py. LEVEL is clean, easy, medium or hard.
"""

_base_ = "mmdet::mask_rcnn/mask-rcnn_r50_fpn_1x_coco.py"

level = "{{$LEVEL:easy}}"  # mmengine puts the environment's LEVEL here
folder = "annotations" if level == "clean" else f"noisy_data_{level}"

# Both are below the data_root of the configuration, data/coco/. Validation and test stay clean.
train_dataloader = {
    "dataset": {
        "ann_file": f"{folder}/instances_train2017.json",
        "data_prefix": {"img": "train2017/"},
    }
}
test_evaluator = {"outfile_prefix": f"predictions/{level}"}
work_dir = f"work_dirs/{level}"
