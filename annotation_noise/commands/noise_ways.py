"""Who shapes the masks of a run: the libraries, where they draw what they should, or the program's own kernels."""

import sys

from annotation_noise.commands.noise_plan import Plan
from annotation_noise.errors import RunError
from annotation_noise.geometry.canary import strangers
from annotation_noise.running.choice import is_slow, ways_for
from annotation_noise.running.stretches import Work


def ways_of(plan: Plan, size: int) -> dict[str, Work]:
    """In which way each recipe is followed, by its sub-folder; compiles the kernels if need be.

    size: of the input, as `choice.input_bytes` has it. Raises RunError where the libraries draw other masks.
    """
    has_masks = any("mask" in recipe.kinds for recipe in plan.recipes.values())
    others = strangers() if has_masks else []
    if others and plan.geometry != "kernels":
        raise RunError(
            f"{' and '.join(others)} {'draws' if len(others) == 1 else 'draw'} other masks than the versions before, "
            "so that a seed would no longer give what it gave; install an older one, or let this program's own kernels "
            "draw, which are frozen (--geometry kernels)"
        )
    ways = ways_for(list(plan.recipes.values()), plan.options, plan.geometry, size, _tell, bool(others))
    return dict(zip(plan.recipes, ways, strict=True))


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def faster(plan: Plan, size: int) -> list[str]:
    """What would make a large run faster, if anything."""
    slow = is_slow(list(plan.recipes.values()), plan.options, plan.geometry, size)
    return ["numba is not installed; with it (pip install numba) this takes a fraction of the time"] if slow else []
