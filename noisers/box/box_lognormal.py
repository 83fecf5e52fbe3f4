"""Boxes put down beside the object, too large as often as too small."""

from typing import Annotated

import numpy as np
from msgspec import Meta
from numpy.random import Generator

from noisers import Box, noiser


@noiser(
    "box",
    example={"x_std_share": 0.05, "y_std_share": 0.05, "width_std_log": 0.05, "height_std_log": 0.1},
    levels={"x_std_share": (0.02, 0.05, 0.1), "height_std_log": (0.02, 0.1, 0.2)},
)
def box_lognormal(
    box: Box,
    rng: Generator,
    *,
    x_std_share: Annotated[float, Meta(ge=0)],
    y_std_share: Annotated[float, Meta(ge=0)],
    width_std_log: Annotated[float, Meta(ge=0)],
    height_std_log: Annotated[float, Meta(ge=0)],
) -> Box:
    """Shift the box by normal shares of its sides and multiply these by log-normal factors.

    x_std_share: standard deviation of the centre's shift in x, as a share of the width.
    y_std_share: likewise in y, as a share of the height.
    width_std_log: standard deviation of the logarithm of the width's factor, whose mean is 0; factors lie between
        1/1000 and 1000.
    height_std_log: likewise of the height's.

    The draws are independent, in the order centre x, centre y, width, height. The mask is not touched.

    Source: a generator for underwater YOLO data, 0.02 each, or 0.05 and 0.10 for the height; `jitter_boxes` of
    TensorFlow's models with one standard deviation, 0.025.
    """
    x, y, wider, higher = rng.standard_normal(4).tolist()
    most = np.log(1000)
    factors = np.exp(np.clip((wider * width_std_log, higher * height_std_log), -most, most))
    width, height = box.width * float(factors[0]), box.height * float(factors[1])
    left = box.left + x_std_share * x * box.width - (width - box.width) / 2
    top = box.top + y_std_share * y * box.height - (height - box.height) / 2
    return Box(left, top, width, height)
