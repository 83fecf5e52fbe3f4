"""A recipe, a seed and the options, together with what they are for: the classes of a file."""

from errors import InputError
from formats.tables import Tables
from noisers.kinds import classes
from pipeline.outcome import Options, Setting
from pipeline.steps import Recipe
from pipeline.trial import try_out


def setting_of(tables: Tables, recipe: Recipe, seed: int, options: Options) -> Setting:
    """What decides about the annotations of a dataset with these tables.

    Raises InputError where a noise needs classes that the dataset does not have.
    """
    of_file = classes(tables.categories, tables.supercategories)
    needing = [step for step in recipe.steps if step.noise.kind == "category" or "classes" in step.noise.context]
    if needing and len(tables.owners) and not tables.categories:
        names = ", ".join(step.noise.name for step in needing)
        raise InputError(f"has no categories, so classes cannot be mixed up; leave out {names}")
    for step in recipe.steps:
        for category in step.where.categories if len(tables.owners) else ():
            try:
                of_file.id_of(str(category))
            except ValueError as error:
                raise InputError(f"{step.noise.name}: where: {error}") from error
        if step.noise.kind == "category" or "classes" in step.noise.context:
            try_out(step, of_file)
    return Setting(recipe, of_file, seed, options, tables.lone_image_id)
