"""The noises, one file each: pure functions of what they change and a random generator.

A noise is a function under `@noiser`. Its name is its public name. The kind says what it changes:

    @noiser("mask", example={"std_px": 2.0})
    def localization(mask: Mask, rng: Generator, *, std_px: Annotated[float, Meta(ge=0)]) -> Mask | Noised: ...

    @noiser("category", example={})
    def flip_class(category_id: int, rng: Generator, *, classes: Classes) -> int: ...

    @noiser("box", example={"centre_share": 0.2, "size_share": 0.2})
    def box_shift_scale(box: Box, rng: Generator, *, centre_share: float, size_share: float) -> Box: ...

    @noiser("instances", example={})
    def duplicate(scene: Scene, rng: Generator, *, instance: Instance) -> Sequence[Add | Remove | Unable]: ...

Keyword-only parameters of these names are filled in: `instance`, the clean instance; `scene`, the clean
instances of its image; `classes`, those of the file; and of an instances noise `chosen`, the instances that its share
has chosen, in the order in which a growing share chooses them. With `instance` such a noise is called for each chosen
instance, without it once for an image; with `instance` it may ask for a `donor`, an instance of another image, or None
where there is none. All other keyword-only parameters are strengths, typed and bounded by their annotations
(`noisers.strengths`). Lengths are in pixels, and their names end in `_px`: a run may give those of a mask
noise relative to the mask's size, too, and the noise need not know of it. `levels={"std_px": (1.0, 2.0, 4.0)}` beside
`example` says how a noise gets stronger, for tests and pictures.

A noise holds no probability and no default strength: shares and strengths come from the preset
or the command line. It raises ValueError for a strength that it cannot take; every noise that a
run asks for is tried before any work is done, so that such an error comes first. What it is given is read-only,
and what it returns is checked at each call. Every file in the folders mask, category, box and instances is found by
itself.
"""

from annotation_noise.geometry.boxes import Box
from annotation_noise.geometry.masks import Mask
from noisers.kinds import Add, Classes, Instance, Noised, Remove, Scene, Table, Unable
from noisers.registry import Noiser, listing, load, noiser

__all__ = [
    "Add",
    "Box",
    "Classes",
    "Instance",
    "Mask",
    "Noised",
    "Noiser",
    "Remove",
    "Scene",
    "Table",
    "Unable",
    "listing",
    "load",
    "noiser",
]
