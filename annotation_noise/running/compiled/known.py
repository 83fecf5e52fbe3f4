"""Which recipes the fast way knows. Loads no numba, so that this can be asked before there is work for it."""

from annotation_noise.core.outcome import Options
from annotation_noise.core.steps import OneOf, Recipe, Step

APPROXIMATION, LOCALIZATION, RAND = range(3)
MASK_NOISES = {"approximation": APPROXIMATION, "localization": LOCALIZATION, "rand": RAND}


def is_known(recipe: Recipe, options: Options) -> bool:
    """Whether the stages know a recipe, a plain dict of some of the four noises, and these options."""
    return (
        recipe.is_plain
        and all(isinstance(node, OneOf) and all(map(_is_known, node.steps)) for node in recipe.nodes)
        and not options.attributes
        and not options.blind
    )


def _is_known(step: Step) -> bool:
    name = step.noise.name
    home = f"noisers.mask.{name}" if name in MASK_NOISES else "noisers.category.flip_class"
    is_ours = step.noise.function.__module__ == home and step.noise.function.__name__ == name == step.label
    is_plain = step.is_constant and step.target_iou is None and step.where is None
    return is_ours and is_plain and (step.per, step.draws_per) == ("annotation", "annotation")
