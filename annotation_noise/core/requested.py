"""What is asked for, checked: recipes, a seed, and both together with the classes of a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from annotation_noise.coco.schema import Tables
from annotation_noise.core.outcome import Options, Setting
from annotation_noise.core.presets import preset
from annotation_noise.core.recipe import recipe, title
from annotation_noise.core.steps import Recipe
from annotation_noise.core.trial import try_out
from annotation_noise.errors import InputError
from noisers import load
from noisers.kinds import classes


def recipes_by_folder(
    benchmark: str | None, dicts: Sequence[Mapping[str, object]] | None, plugins: Sequence[Path]
) -> dict[str, Recipe]:
    """The recipes asked for, by sub-folder. Raises InputError."""
    if (benchmark is None) == (dicts is None):
        raise InputError("give either a benchmark or corruption values (--benchmark NAME, or --corruption_values DICT)")
    if benchmark is not None:
        dicts = [preset(benchmark)]
    noisers = load(tuple(plugins))
    recipes = [recipe(values, noisers) for values in dicts or ()]
    if len(recipes) == 1:
        return {"": recipes[0]}
    if any(recipes.index(chosen) != place for place, chosen in enumerate(recipes)):
        raise InputError("two dicts of --corruption_values ask for the same noise; each must make its own dataset")
    titles = [title(chosen) for chosen in recipes]
    again = (titles[:place].count(name) for place, name in enumerate(titles))
    return {f"{name}-{count + 1}" if count else name: c for name, count, c in zip(titles, again, recipes, strict=True)}


def checked_seed(seed: int) -> int:
    """The seed, if it is one. Raises InputError."""
    if not 0 <= seed < 2**64:
        raise InputError(f"the seed must lie between 0 and 2^64 - 1, not {seed}")
    return seed


def setting_of(tables: Tables, recipe: Recipe, seed: int, options: Options) -> Setting:
    """What decides about the annotations of a dataset with these tables.

    Raises InputError where a noise, or its `where`, needs classes that the dataset does not have, or cannot use them.
    """
    of_file = classes(tables.categories, tables.supercategories)
    needing = [step for step in recipe.steps if step.noise.kind == "category" or "classes" in step.noise.context]
    if needing and len(tables.owners) and not tables.categories:
        names = ", ".join(step.noise.name for step in needing)
        raise InputError(f"has no categories, so classes cannot be mixed up; leave out {names}")
    for step in recipe.steps:
        for category in step.where.categories if step.where and len(tables.owners) else ():
            try:
                of_file.id_of(str(category))
            except ValueError as error:
                raise InputError(f"{step.noise.name}: where: {error}") from error
        if step.noise.kind == "category" or "classes" in step.noise.context:
            try_out(step, of_file)
    unannotated = frozenset(of_file.names) - tables.annotated
    return Setting(recipe, of_file, seed, options, tables.lone_image_id, unannotated)
