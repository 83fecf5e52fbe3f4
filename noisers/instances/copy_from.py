"""Annotations that belong to another image."""

from numpy.random import Generator

from annotation_noise.geometry.placing import placed, resampled
from noisers import Add, Instance, Scene, Unable, noiser


@noiser("instances", example={})
def copy_from(scene: Scene, rng: Generator, *, instance: Instance, donor: Instance | None) -> list[Add | Unable]:
    """Add an instance of another image at its own place, scaled with the image.

    donor: an instance of another image of the file, all being equally likely; its class comes with it. The chosen
    instance says into which image, and lends the other fields. The log has the donor's id.

    Where the file has no other image with instances, or no pixel is left of a thin one, nothing is added, and the log
    says so. Draws nothing.

    Source: spawned annotations of Schubert et al. (arXiv 2303.06999).
    """
    if donor is None:
        return [Unable(instance.id, "no_donor")]
    mask = donor.mask
    down, across = scene.height / mask.frame_height, scene.width / mask.frame_width
    left, top = round(mask.left * across), round(mask.top * down)
    right, bottom = round((mask.left + mask.pixels.shape[1]) * across), round((mask.top + mask.pixels.shape[0]) * down)
    pixels = resampled(mask.pixels, max(bottom - top, 1), max(right - left, 1))
    copy = placed(pixels, min(left, scene.width - 1), min(top, scene.height - 1), scene.height, scene.width)
    if not copy.pixels.size:
        return [Unable(instance.id, "would_be_empty")]
    return [Add(copy, donor.category_id, (instance.id,), {"donor": donor.id})]
