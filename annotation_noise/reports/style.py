"""The look of every picture and plot: one set of colours and one set of fonts.

The colours can be told apart by people with the common forms of colour blindness; a noise has
the same colour wherever it appears. Needs matplotlib, which only the pictures need.

Source: colours from M. Okabe and K. Ito, "Color Universal Design", 2008.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib

ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILION, PURPLE, GREY = "#0072B2", "#D55E00", "#CC79A7", "#999999"

CLEAN = BLUE
NOISE_COLOURS = {"approximation": ORANGE, "localization": VERMILION, "rand": GREEN, "none": GREY}
INSTANCE_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, YELLOW)

RC = {  # for rc_context
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.parse_math": False,  # a category may be called "$5"
}


@contextmanager
def drawing(font_pt: float, title_pt: float = 10) -> Iterator[None]:
    """A block in which pictures are drawn in this look; a sign that the font lacks becomes a box, without a word."""
    sizes = {"font.size": font_pt, "axes.titlesize": title_pt}
    with matplotlib.rc_context({**RC, **sizes}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield


def colours_of(noises: Sequence[str]) -> dict[str, str]:
    """A colour for each noise by name: its own where it has one, else the next that is free.

    What stands behind a comma does not matter: `rand, seed 3` has the colour of `rand`.
    """
    free = [colour for colour in INSTANCE_COLOURS if colour not in NOISE_COLOURS.values()]
    names = {noise: noise.partition(",")[0] for noise in noises}
    others = [name for name in dict.fromkeys(names.values()) if name not in NOISE_COLOURS]
    extra = {name: free[place % len(free)] for place, name in enumerate(others)}
    return {noise: NOISE_COLOURS.get(name) or extra[name] for noise, name in names.items()}
