"""What the program needs to know of a dataset: its entries as types, and whether they fit together.

COCO's form has lists of images, annotations and categories. SA-1B's has one file an image, with an
`image` and its `annotations`, which then name no image, and there are no categories.

Source: COCO's data format page (object detection); the dataset page of Segment Anything (SA-1B).
"""

import re
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from annotation_noise.coco.lvis import Federated, lists_of
from annotation_noise.errors import InputError
from annotation_noise.geometry.contours import FARTHEST_PX
from annotation_noise.geometry.segmentations import Segmentation

Kind = TypeVar("Kind")

NonNegative = Annotated[float, msgspec.Meta(ge=0)]
Crowd = Annotated[int, msgspec.Meta(ge=0, le=1)] | bool | None  # `iscrowd`


class Image(msgspec.Struct, gc=False):
    """An entry of `images`; width and height in pixels.

    file_name, coco_url: empty where they are missing, null or anything but a string, which is no reason to stop.
    neg_category_ids, not_exhaustive_category_ids: see coco.lvis; UNSET in most files.
    """

    id: int
    width: int
    height: int
    file_name: Any = ""  # a string, once it is made
    coco_url: Any = ""
    neg_category_ids: list[int] | msgspec.UnsetType = msgspec.UNSET
    not_exhaustive_category_ids: list[int] | msgspec.UnsetType = msgspec.UNSET

    def __post_init__(self) -> None:
        self.file_name = self.file_name if isinstance(self.file_name, str) else ""
        self.coco_url = self.coco_url if isinstance(self.coco_url, str) else ""

    @property
    def name(self) -> str:
        """What people call the image: its file's name, its address or its id."""
        return self.file_name or self.coco_url or f"image {self.id}"

    @property
    def path(self) -> Path:
        """The image's path below the folder of images; LVIS v1 has `coco_url` alone. Empty where there is neither."""
        return Path(self.file_name or "/".join(self.coco_url.split("/")[-2:]))


class LoneImage(msgspec.Struct, gc=False):
    """The `image` of a file of SA-1B's form; width and height in pixels."""

    image_id: int
    width: int
    height: int


class Category(msgspec.Struct, gc=False):
    """An entry of `categories`."""

    id: int
    name: str = ""
    supercategory: Any = None


class Head(msgspec.Struct, gc=False):
    """The ids of an annotation; all of them fit 64 bits."""

    id: int
    image_id: int
    category_id: int


class LoneHead(msgspec.Struct, gc=False):
    """The id of an annotation in a file of SA-1B's form."""

    id: int


class Annotation(msgspec.Struct):
    """An annotation, as far as it concerns the noise.

    image_id, category_id: 0 in SA-1B's form, which has neither here; every other file is checked to have them.
    segmentation: None where it is missing or null.
    bbox, area: UNSET where missing; an empty bbox is none either.
    boundary_type, class_noise, box_noise: what an earlier run noted; UNSET in a clean file.
    attributes: what datumaro and CVAT keep of an annotation beyond COCO's fields; UNSET where there are none.
    """

    id: int
    image_id: int = 0
    category_id: int = 0
    segmentation: Segmentation | None = None
    iscrowd: Crowd = 0
    bbox: list[float] | msgspec.UnsetType | None = msgspec.UNSET
    area: NonNegative | msgspec.UnsetType | None = msgspec.UNSET
    boundary_type: Any = msgspec.UNSET
    class_noise: Any = msgspec.UNSET
    box_noise: Any = msgspec.UNSET
    attributes: Any = msgspec.UNSET

    def __post_init__(self) -> None:
        if (box := self.bbox) and (len(box) != 4 or box[2] < 0 or box[3] < 0):
            raise ValueError(f"bbox must be left, top, width and height, no side negative; not {box}")


class Tables(NamedTuple):
    """What the checked parts of a dataset say.

    images: in the file's order. owners: (n,) int64, of each annotation the place of its image among them.
    categories: name by id, ids ascending; empty in SA-1B's form. supercategories: likewise, "" where there is none.
    federated: what an LVIS file says beyond COCO, None elsewhere.
    largest_id: of the annotations, 0 where there are none. annotated: ids of the categories that any of them has.
    """

    images: Sequence[Image]
    owners: NDArray[np.int64]
    categories: dict[int, str]
    supercategories: dict[int, str]
    federated: Federated | None = None
    largest_id: int = 0
    annotated: frozenset[int] = frozenset()

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Height and width in pixels of each annotation's image: (n, 2) int64."""
        return self.sizes_of(self.owners)

    def sizes_of(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Height and width in pixels of the images at these places: (n, 2) int64."""
        return np.array([(image.height, image.width) for image in self.images], np.int64).reshape(-1, 2)[places]

    @property
    def lone_image_id(self) -> int | None:
        """The id of the only image in SA-1B's form, whose annotations do not name it; None elsewhere."""
        return self.images[0].id if len(self.owners) and not self.categories else None


def check(images: Sequence[Image], heads: Iterable[Head], categories: Sequence[Category]) -> Tables:
    """Hold the parts of a dataset against each other; of a head 24 bytes are kept.

    Raises InputError: an id that is there twice or needs more than 64 bits, an image without
    extent, an annotation whose image or category there is not.
    """
    for index, image in enumerate(images):
        _has_extent(f"images[{index}]", image.width, image.height)
    _no_id_twice("images", _ids([image.id for image in images]))
    _no_id_twice("categories", _ids([category.id for category in categories]))
    place_of = {image.id: place for place, image in enumerate(images)}
    in_order = sorted(categories, key=lambda category: category.id)
    names = {category.id: category.name for category in in_order}
    groups = {c.id: c.supercategory if isinstance(c.supercategory, str) else "" for c in in_order}
    ids, owners, labels = array("q"), array("q"), array("q")
    annotated = set[int]()
    lists = lists_of(images)
    for index, image in enumerate(images if lists else ()):
        _fits(f"images[{index}]", image.id)
    for index, category in enumerate(categories if lists else ()):
        _fits(f"categories[{index}]", category.id)
    for index, head in enumerate(heads):
        if head.image_id not in place_of:
            raise InputError(f"annotations[{index}].image_id: there is no image with id {head.image_id}")
        if head.category_id not in names:
            raise InputError(f"annotations[{index}].category_id: there is no category with id {head.category_id}")
        _fits(f"annotations[{index}]", head.id)
        ids.append(head.id)
        owners.append(place_of[head.image_id])
        annotated.add(head.category_id)
        if lists:
            labels.append(head.category_id)
    _no_id_twice("annotations", np.asarray(ids))
    owned_by = np.asarray(owners)
    if lists:
        image_ids = np.array([image.id for image in images])
        lists = lists._replace(
            image_ids=image_ids[owned_by], category_ids=np.asarray(labels), annotation_ids=np.asarray(ids)
        )
    return Tables(images, owned_by, names, groups, lists, max(ids, default=0), frozenset(annotated))


def check_lone(image: LoneImage, heads: Iterable[LoneHead]) -> Tables:
    """The same as `check` for a file of SA-1B's form: one image, no categories."""
    _has_extent("image", image.width, image.height)
    ids = array("q")
    for index, head in enumerate(heads):
        _fits(f"annotations[{index}]", head.id)
        ids.append(head.id)
    _no_id_twice("annotations", np.asarray(ids))
    images = [Image(image.image_id, image.width, image.height)]
    return Tables(images, np.zeros(len(ids), np.int64), {}, {}, largest_id=max(ids, default=0))


def _has_extent(where: str, width: int, height: int) -> None:
    if min(width, height) < 1 or max(width, height) >= FARTHEST_PX or width * height >= 2**31:
        raise InputError(
            f"{where}: width and height must be positive and below 2^26, "
            f"their product below 2^31; not {width} x {height}"
        )


def _fits(where: str, number: int) -> None:
    if not -(2**63) <= number < 2**63:
        raise InputError(f"{where}.id: {number} needs more than 64 bits, one of them for the sign")


def convert(value: object, kind: type[Kind], where: str) -> Kind:
    """Decoded JSON as one of this module's types; raises InputError, saying where it does not fit."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InputError(explained(error, where)) from error


def decoded(raw: bytes | msgspec.Raw, kind: type[Kind], where: str, first_index: int = 0) -> Kind:
    """JSON as one of this module's types; raises InputError, saying where it does not fit."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.ValidationError as error:
        raise InputError(explained(error, where, first_index)) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{where}: is not UTF-8 text, as JSON must be") from error


def explained(error: Exception, where: str, first_index: int = 0) -> str:
    """Give msgspec's message with the place in front: `annotations[17].image_id: expected int, got str`."""
    message, _, path = str(error).replace("`", "").partition(" - at $")
    index = re.match(r"\[(\d+)\]", path)
    if index:
        path = f"[{int(index[1]) + first_index}]{path[index.end() :]}"
    return f"{where}{path}: {message[:1].lower()}{message[1:]}"


def _ids(ids: Sequence[int]) -> NDArray[np.generic]:
    """Ids of any size; an array of numbers would round large ones."""
    numbers = np.array(ids)
    return numbers if numbers.dtype.kind in "iu" else np.array(ids, object)


def _no_id_twice(where: str, ids: NDArray[np.generic]) -> None:
    ordered = np.sort(ids)  # takes a third of the memory of their order, which few files need
    if (ordered[1:] == ordered[:-1]).any():
        order = np.argsort(ids, kind="stable")
        index = order[1:][ids[order[1:]] == ids[order[:-1]]].min()
        raise InputError(f"{where}[{index}].id: {ids[index]} is there twice, but ids must be unique")
