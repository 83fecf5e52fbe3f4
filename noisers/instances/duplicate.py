"""Instances that were annotated twice."""

from numpy.random import Generator

from noisers import Add, Instance, Noised, Scene, load, noiser
from noisers.strengths import checked


@noiser("instances", example={"noise": "localization", "strength": 2.0})
def duplicate(scene: Scene, rng: Generator, *, instance: Instance, noise: str, strength: float) -> list[Add]:
    """Add a copy of the instance, of the same class, its mask under a mask noise.

    noise: a mask noise of the program that takes one strength and looks at nothing but the mask.
    strength: of that noise, in its own unit.

    An instance without a mask has no copy, and where the noise would leave no pixel the copy has the mask as it is.

    Raises ValueError where there is no such noise, it takes other than one strength, or not this one.

    Source: ours; redundant annotations of ODFI (Chan et al., ISSRE 2023) are copies of another size and place.
    """
    noises = load()
    if (
        noise not in noises
        or noises[noise].kind != "mask"
        or len(noises[noise].strengths) != 1
        or noises[noise].context
    ):
        raise ValueError(f"noise must be a mask noise with one strength, not {noise!r}")
    ((name, kind),) = noises[noise].strengths.items()
    if not instance.mask.pixels.size:
        return []
    result = noises[noise].function(instance.mask, rng, **{name: checked(strength, kind, f"{noise}: {name}")})
    mask, drawn = result if isinstance(result, Noised) else (result, {})
    copy = mask if mask.pixels.any() else instance.mask
    return [Add(copy, instance.category_id, (instance.id,), drawn)]
