"""A stretch of one annotation, with which all stages are called once."""

import numpy as np

from annotation_noise.core.outcome import Options, Setting
from annotation_noise.core.recipe import recipe
from annotation_noise.running.compiled.plan import plan_of
from annotation_noise.running.compiled.stretch import staged
from noisers import load
from noisers.kinds import classes

STRETCH = (
    b'{"id": 1, "image_id": 1, "category_id": 1, "segmentation": [[2.0, 2.0, 9.0, 2.5, 9.0, 9.0, 2.0, 9.0]], '
    b'"area": 49.0, "bbox": [2.0, 2.0, 7.0, 7.0], "iscrowd": 0}'
)
NOISES = {"approximation": [0.2, 5], "localization": [0.2, 2], "rand": [0.2, 3], "flip_class": 0.5}


def try_out() -> None:
    """Call all stages, so that they are compiled or loaded."""
    setting = Setting(recipe(NOISES, load()), classes({1: "a", 2: "b"}, {1: "", 2: ""}), 1, Options())
    plan = plan_of(setting)
    assert plan and staged(STRETCH, np.array([[20, 20]], np.int64), [()], plan)
