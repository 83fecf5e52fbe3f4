"""The presets: what `--benchmark NAME` means, in the form of `--corruption_values`, by the paper that each is of.

A family has what it does, its source, how well that is known (evidence), what is different here and why, and its
levels. A preset's name is FAMILY/LEVEL, or the family's alone where the level is "". `PLAIN_NAMES` are shorter ones.

Lengths are in pixels of the file's own images, shares in 0 to 1. Crowd regions are left alone, and a box follows its
mask, in all of them. Where a paper and its script disagree, or the script is broken, the preset is what was meant.

Source: that of each family; the facts were read in 2026.
"""

from math import pi, sqrt
from typing import Any, Final

CODE = "its code was read"
INDEXED = "its code was read, in an index of public files that names no repository"

PLAIN_NAMES: Final[dict[str, str]] = {
    "easy": "coco-n/easy",
    "medium": "coco-n/medium",
    "hard": "coco-n/hard",
    "wan_hard": "coco-wan/hard",
    "careful": "teams/careful",
    "crowd": "teams/crowd",
    "careless": "teams/careless",
}

_UP_TO_TENTH = {"uniform": [0, 0.1]}
# Of 44 masks, 17 are over (1.2 to 3 times the area), 10 giant (3 to 20) and 17 under (0.4 to 0.9).
_ULTRA_REFINER_RATIOS = [
    round(low + (high - low) * (place + 0.5) / count, 6)
    for low, high, count in ((1.2, 3, 17), (3, 20, 10), (0.4, 0.9, 17))
    for place in range(count)
]
ALL_OF_IMAGE = 100_000  # px, farther than any pixel is from a mask's border

# NSegment draws one of 15 pairs: alpha and the standard deviation of a blur. A blurred way has the std in the middle.
_ELASTIC_PAIRS = [
    (alpha, round(alpha / (2 * blur_px * sqrt(3 * pi)), 6), blur_px)
    for alpha in (1, 15, 30, 50, 100)
    for blur_px in (3, 5, 10)
]
_NSEGMENT: dict[str, Any] = {
    "share": {"choice": [0, 1]},
    "std_px": {"choice": [std_px for _, std_px, _ in _ELASTIC_PAIRS]},
    "length_px": {"choice": [blur_px for _, _, blur_px in _ELASTIC_PAIRS], "with": "std_px"},
    "per": "image",
    "draws_per": "image",
}


def _markov(steps: int, grow_share: float, move_share: float, speckle_share: float) -> dict[str, Any]:
    return {
        "markov_boundary": {
            "share": 1,
            "steps": steps,
            "relative": True,
            "grow_share": grow_share,
            "move_share": move_share,
            "speckle_share": speckle_share,
            "smooth": True,
        }
    }


def _either(radius_px: Any, shape: str, share: float = 1.0) -> dict[str, Any]:
    """Grown or shrunk, as a coin falls."""
    values = {"share": share / 2, "radius_px": radius_px, "shape": shape}
    return {"dilate": values, "erode": values}


def _exactly_missing(share: float) -> dict[str, Any]:
    return {"missing": {"share": {"exact": share}, "min_instances_per_image": 0}}


def _merged(share: float) -> dict[str, Any]:
    return {"merge": {"share": {"exact": share}, "gap_px": 10, "same_class": True, "closing": True}}


def _split(share: float) -> dict[str, Any]:
    values = {"share": {"exact": share}, "way": "seeds", "least_share": 0, "where": {"min_area_px": 5}}
    return {"split": values}


def _coarse(target_iou: Any) -> list[dict[str, Any]]:
    """A tenth of the outline's pixels, then local growth and shrinkage until the IoU is reached."""
    count = {"search": [0, 250]}
    return [
        {"vertex_dropping": [1, 10]},
        {"local_dilate_erode": {"share": 1, "count": count, "radius_px": 4, "target_iou": target_iou}},
    ]


def _team(
    hand: float,
    jitter: float,
    length: float,
    spacing_px: float,
    confusion: float,
    small: float,
    again: float,
    one: float,
) -> dict[str, Any]:
    """Five people who have in common how well they work. Lengths but for the spacing are relative to the mask's size.

    confusion, small, again, one: shares of wrong classes, of what is overlooked of at most 32 x 32 px, of duplicates,
    and of neighbours made one.
    """
    own = {"share": 1, "mean_rel": {"normal": [0, hand]}, "std_px": 0, "per": "annotator", "annotators": 5}
    return {
        "all_of": [
            {"missing_small": [small, 32, 1]},
            {"merge": {"share": one, "gap_px": 2, "same_class": True, "closing": True}},
            {"duplicate": [again, "localization", 2]},
            {"flip_symmetric": confusion},
            {"hand": own},
            {"vertex_jitter": {"share": 1, "std_rel": jitter, "length_rel": length, "along": "normal"}},
            {"clicks": [1, spacing_px]},
        ]
    }


FAMILIES: Final[dict[str, dict[str, Any]]] = {
    "coco-n": {
        "about": "At most one of three noises of the mask's outline, and, independently, a class drawn anew.",
        "source": "Noisy Annotations in Semantic Segmentation, arXiv 2406.10891; github.com/mkimhi/noisy_labels",
        "evidence": CODE,
        "differs": "Boxes and areas follow the masks, holes stay, and a mask that would vanish stays clean; the "
        "original keeps clean boxes, fills holes and writes empty masks.",
        "levels": {
            "easy": {"approximation": [0.20, 5], "localization": [0.20, 2], "rand": [0.20, 3], "flip_class": 0.2},
            "medium": {"approximation": [0.25, 10], "localization": [0.25, 3], "rand": [0.25, 5], "flip_class": 0.3},
            "hard": {"approximation": [0.30, 15], "localization": [0.30, 4], "rand": [0.30, 7], "flip_class": 0.4},
        },
    },
    "coco-wan": {
        "about": "Classes drawn anew, for the masks that SAM has drawn from a point.",
        "source": "COCO-WAN of arXiv 2406.10891; github.com/mkimhi/noisy_labels",
        "evidence": CODE,
        "differs": "The source states no share; 0.2, that of easy, is ours. The masks are drawn by "
        "create_gt_plus_sam_point_noise.py beforehand.",
        "levels": {"hard": {"flip_class": 0.2}},
    },
    "coco-n-v1": {
        "about": "The noises of COCO-N's hard level with the shares (amount) or the strengths (params) of a milder "
        "one; classes flip within the supercategory, and annotations are missing.",
        "source": "noise_annotations_v1.py of github.com/mkimhi/noisy_labels (arXiv 2406.10891)",
        "evidence": CODE,
        "differs": "Boxes and areas follow the masks. A file without supercategories is refused, where the original "
        "takes all its classes for one group.",
        "levels": {
            level: {
                "missing": [0.05, 1],
                "approximation": [share, tolerance_px],
                "localization": [share, std_px],
                "rand": [share, kernel_px],
                "flip_supercategory": 0.05,
            }
            for level, share, tolerance_px, std_px, kernel_px in (
                ("easy-amount", 0.20, 15, 4, 7),
                ("easy-params", 0.30, 5, 2, 3),
                ("medium-amount", 0.25, 15, 4, 7),
                ("medium-params", 0.30, 10, 3, 5),
                ("hard", 0.30, 15, 4, 7),
            )
        },
    },
    "coco-n-v2": {
        "about": "Each mask is simplified, jittered and grown or shrunk, with strengths drawn anew for each; 5 % of "
        "the annotations are missing, and of 5 % the class flips within the supercategory.",
        "source": "noise_annotations_v2.py of github.com/mkimhi/noisy_labels (arXiv 2406.10891)",
        "evidence": CODE,
        "differs": "Classes really flip, which in the original they never do; margins are whole pixels, the same on "
        "all sides, as of its kernel made odd; a polygon is scaled about the middle of its mask, not part by part. "
        "Vertices are those of the outline's pixels, not of the polygon.",
        "levels": {
            f"{level}{way}": {
                "all_of": [
                    {"missing": [0.05, 0]},
                    {"flip_supercategory": 0.05},
                    {"approximation": {"share": 1, "tolerance_px": {"normal": tolerance_px}, "per": "part"}},
                    {"localization": {"share": 1, "std_px": {"normal": std_px}, "per": "part"}},
                    scale,
                ]
            }
            for level, tolerance_px, std_px, side_px in (
                ("low", [5, 2.5], [2, 0.5], [3, 1]),
                ("mid", [10, 2.5], [3, 0.5], [5, 1]),
                ("high", [15, 10], [4, 2], [7, 4]),
            )
            for way, scale in (
                ("", {"one_of": _either({"normal": [side_px[0] / 2, side_px[1] / 2], "least": 0}, "square")}),
                ("-polygon", {"radial_scale": {"share": 1, "farthest_px": {"normal": side_px}, "direction": "coin"}}),
            )
        },
    },
    "una": {
        "about": "The same share of the annotations is missing, has its box drawn anew, and has its class drawn anew; "
        "and of all that are there in the end, about this share is bogus.",
        "source": "Universal Noise Annotation, arXiv 2312.13822; github.com/Ryoo72/UNA",
        "evidence": CODE,
        "differs": "Boxes alone are drawn anew and masks stay. A bogus instance has a mask, its rectangle, and its "
        "image is that of a random annotation; counts are exact, without the slips of floating point, and the class "
        "is one of the file's.",
        "levels": {
            f"{percent}": {
                "all_of": [
                    {
                        "bogus": {
                            "share": {"exact": round(percent / (100 - percent), 6)},
                            "shape": "any_box",
                            "same_class": False,
                            "iou_below": 1,
                        }
                    },
                    _exactly_missing(percent / 100),
                    {"box_redraw": {"share": {"exact": percent / 100}}},
                    {"flip_class": {"share": {"exact": percent / 100}}},
                ]
            }
            for percent in (5, 10, 15, 20, 25, 30, 35, 40)
        },
    },
    "oa-mil": {
        "about": "Every box is shifted and resized by uniform shares of its sides.",
        "source": "OA-MIL, arXiv 2207.09697; github.com/cxliu0/OA-MIL",
        "evidence": CODE,
        "differs": "Boxes are cut off at the image's border, not a pixel before it. Masks stay.",
        "levels": {
            f"{percent}": {"box_shift_scale": [1, percent / 100, percent / 100]} for percent in (10, 20, 30, 40)
        },
    },
    "gauss-corners": {
        "about": "The four sides of every box are moved by normal shares of its width and height.",
        "source": "the script `Add Noise to Coco Annotation`, probably of arXiv 2206.05708 (not verified)",
        "evidence": INDEXED,
        "differs": "Boxes are cut off at the image's border. Masks stay.",
        "levels": {f"{percent}": {"box_corners": [1, "normal", percent / 100]} for percent in (5, 10)},
    },
    "lognormal-boxes": {
        "about": "Every box is shifted by normal shares of its sides, which are multiplied by log-normal factors.",
        "source": "a YOLO project for underwater detection (low, high); jitter_boxes of TensorFlow's models "
        "(tensorflow)",
        "evidence": INDEXED,
        "differs": "A box that reaches beyond the image is cut off, where the YOLO script moves it inside and "
        "TensorFlow leaves it. Masks stay.",
        "levels": {
            "low": {"box_lognormal": [1, 0.02, 0.02, 0.02, 0.02]},
            "high": {"box_lognormal": [1, 0.05, 0.05, 0.05, 0.10]},
            "tensorflow": {"box_lognormal": [1, 0.025, 0.025, 0.025, 0.025]},
        },
    },
    "dn-tod": {
        "about": "Boxes that are missing, shifted and resized, of another class, or extra; one of these, two, or all.",
        "source": "DN-TOD, arXiv 2401.08056; github.com/ZhuHaoranEIS/DN-TOD",
        "evidence": CODE,
        "differs": "An extra box has a mask, a rectangle of the size of its parent's, and its IoU with every clean "
        "instance really is below 0.2, after at most 50 places; the script tests another number and may never end. "
        "Boxes are not rounded to whole pixels. Masks stay.",
        "levels": {
            f"{mode}-{percent}": values
            for percent in (10, 20, 30, 40)
            for mode, values in (
                ("missing", {"missing": [percent / 100, 0]}),
                ("box", {"box_shift_scale": [1, percent / 100, percent / 100]}),
                ("class", {"flip_symmetric": percent / 100}),
                ("extra", {"bogus": [percent / 100, "box", False, 0.2]}),
                ("box+class", {"box_shift_scale": [1, percent / 100, percent / 100], "flip_symmetric": percent / 100}),
                (
                    "all",  # extra ones first, as they come for each clean box, kept or not
                    {
                        "all_of": [
                            {"bogus": [percent / 100, "box", False, 0.2]},
                            {"missing": [percent / 100, 0]},
                            {"box_shift_scale": [1, percent / 100, percent / 100]},
                            {"flip_symmetric": percent / 100},
                        ]
                    },
                ),
            )
        },
    },
    "noisy-lvis": {
        "about": "A class drawn anew, from all there are (sym), or from a super-class by WordNet (super).",
        "source": "A Benchmark of Long-tailed Instance Segmentation with Noisy Labels, arXiv 2211.13435; "
        "github.com/GuanlinLee/Noisy-LVIS",
        "evidence": CODE,
        "differs": "All classes can be drawn, where the script never draws the last one, and one that is known to be "
        "absent from the image is drawn again. super goes by the ids of LVIS v1, and other files are refused.",
        "levels": {
            "sym20": {"flip_class": 0.2},
            "sym40": {"flip_class": 0.4},
            "super20": {"flip_groups": [0.2, "noisy_lvis", True]},
            "super40": {"flip_groups": [0.4, "noisy_lvis", True]},
        },
    },
    "lncis": {
        "about": "A class drawn anew, from all there are (sym), or one like it (asym).",
        "source": "Learning with Noisy Class Labels for Instance Segmentation, ECCV 2020; "
        "github.com/longrongyang/Learning-with-Noisy-Class-Labels-for-Instance-Segmentation",
        "evidence": CODE,
        "differs": "All classes can be drawn, where the scripts never draw the last one. asym20 goes by the file's "
        "own supercategories, never to the same class, where the script has blocks of COCO's ids and makes a vehicle "
        "of every person; the pairs of asym20-voc and asym20-cityscapes are the script's.",
        "levels": {
            "sym20": {"flip_class": 0.2},
            "asym20": {"flip_supercategory": 0.2},
            "asym20-voc": {
                "flip_pairs": {
                    "share": 0.2,
                    "pairs": [
                        ["bird", "aeroplane"],
                        ["diningtable", "chair"],
                        ["bus", "car"],
                        ["sheep", "horse"],
                        ["bicycle", "motorbike"],
                        ["motorbike", "bicycle"],
                        ["cat", "dog"],
                        ["dog", "cat"],
                    ],
                }
            },
            "asym20-cityscapes": {
                "flip_pairs": {
                    "share": 0.2,
                    "pairs": [
                        ["person", "rider"],
                        ["rider", "person"],
                        ["truck", "bus"],
                        ["bus", "truck"],
                        ["motorcycle", "bicycle"],
                        ["bicycle", "motorcycle"],
                    ],
                }
            },
        },
    },
    "odfi": {
        "about": "One fault in an exact share of the annotations: a wrong class, one of another supercategory, a box "
        "that is smaller and elsewhere, a missing annotation, or a second one.",
        "source": "Evaluating the Effect of Common Annotation Faults on Object Detection Techniques, ISSRE 2023; "
        "github.com/DependableSystemsLab/ODFI",
        "evidence": CODE,
        "differs": "A redundant annotation has a mask of its own, stretched and moved like its box, where the script "
        "copies the clean one. incorrect_bb moves boxes alone. The script's faults per image are left out.",
        "levels": {
            f"{fault}-{percent}": {noise: {"share": {"exact": percent / 100}, **strengths}}
            for fault, noise, strengths in (
                ("mislabel_cat", "flip_symmetric", {}),
                ("mislabel_super", "flip_other_supercategory", {}),
                ("incorrect_bb", "box_step", {"size_change": -0.3, "step_share": 0.3}),
                ("remove_ann", "missing", {"min_instances_per_image": 0}),
                ("redundant_ann", "redundant", {"size_change": -0.5, "step_share": 0.2}),
            )
            for percent in (10, 30)
        },
    },
    "schubert": {
        "about": "Four label errors in equal numbers: dropped, flipped to another class, a box shifted to an IoU from "
        "0.4 to 0.7, and spawned from another image.",
        "source": "Identifying Label Errors in Object Detection Datasets by Loss Inspection, arXiv 2303.06999; "
        "github.com/mschubert95/identifying_label_errors_in_od",
        "evidence": CODE,
        "differs": "Exactly a quarter each, where the script takes one more of three kinds and cannot write its file. "
        "Flips and shifts are drawn independently, so that a few meet in one annotation. Boxes are cut by their own "
        "image, and a spawned instance is scaled into its new one. Shifts move boxes alone.",
        "levels": {
            f"{percent}": {
                "all_of": [
                    _exactly_missing(percent / 400),
                    {"copy_from": {"share": {"exact": percent / 400}}},
                    {"flip_symmetric": {"share": {"exact": percent / 400}}},
                    {
                        "box_iou_window": {
                            "share": {"exact": percent / 400},
                            "std_share": 0.15,
                            "least_iou": 0.4,
                            "below_iou": 0.7,
                        }
                    },
                ]
            }
            for percent in (5, 20)
        },
    },
    "bdd-errors": {
        "about": "A tenth is missing, 15 % have a side of the box moved, 7 % are shifted, 20 % are of another class.",
        "source": "an error script for BDD100K",
        "evidence": INDEXED,
        "differs": "At least 400 px, which the first two need, are those of the mask, not of the box. What is shifted "
        "takes its mask along. No classes of BDD100K are taken out beforehand.",
        "levels": {
            "": {
                "all_of": [
                    _exactly_missing(0.1),
                    {
                        "shift": {
                            "share": {"exact": 0.07},
                            "most_px": 0,
                            "most_share": 0.2,
                            "least_part": 0.75,
                            "where": {"min_area_px": 400},
                        }
                    },
                    {
                        "box_side": {
                            "share": {"exact": 0.15},
                            "length_share": {"uniform": [0.2, 0.3]},
                            "where": {"min_area_px": 400},
                        }
                    },
                    {"flip_symmetric": {"share": {"exact": 0.2}}},
                ]
            }
        },
    },
    "badcoco": {
        "about": "Annotations that are overlooked, badly located, or swapped among three classes.",
        "source": "NoisyCocoDetection, a wrapper of torchvision's dataset, with the error names of cleanlab's "
        "ObjectLab",
        "evidence": INDEXED,
        "differs": "All polygons of a mask are moved, and cut off at the border as a mask, where the script moves the "
        "first and clips its points. A swapped label changes once. The share of swaps is a probability.",
        "levels": {
            f"{error}-{percent}": values
            for percent in (5, 10)
            for error, values in (
                ("overlook", _exactly_missing(percent / 100)),
                (
                    "badloc",
                    {"shift": {"share": {"exact": percent / 100}, "most_px": 50, "most_share": 0, "least_part": 0}},
                ),
                (
                    "swap",  # each of the three gets the share twice, once for each other one; which, is drawn once
                    {
                        "flip_among": {
                            "share": percent / 50,
                            "count": 3,
                            "which": {"uniform": [0, 1]},
                            "per": "annotator",
                            "annotators": 1,
                        }
                    },
                ),
            )
        },
    },
    "nsegment": {
        "about": "In half of the images all masks are stretched by one elastic field, of one of 15 strengths.",
        "source": "NSegment, arXiv 2504.19634; github.com/unique-chan/NSegment",
        "evidence": CODE,
        "differs": "Done once, not anew in each epoch; the field has exactly the standard deviation that theirs has "
        "on average, and none of its ways is longer than four of them.",
        "levels": {"": {"elastic": _NSEGMENT}},
    },
    "nsegment-plus": {
        "about": "nsegment, but masks of at most 1000 px stay.",
        "source": "NSegment+, arXiv 2508.10383; github.com/unique-chan/NSegmentPlus",
        "evidence": CODE,
        "differs": "As nsegment. Small instances stay as a whole, where the original keeps the field away from small "
        "components, and so from what lies beside them, too.",
        "levels": {"": {"elastic": {**_NSEGMENT, "where": {"min_area_px": 1001}}}},
    },
    "markov": {
        "about": "The edge of every mask wanders off pixel by pixel, mostly outward (s_e, grow) or inward (s_s, "
        "shrink).",
        "source": "Learning to Segment from Noisy Annotations: A Spatial Correction Approach, ICLR 2023; "
        "github.com/michaelofsbu/SpatialCorrection",
        "evidence": CODE,
        "differs": "The number of steps is for a mask of 100 x 100 px and goes with the size of others, as it would "
        "wipe out small ones. Speckles lie at most 3 px from the mask, not all over the image. The rows of BraTS are "
        "for volumes there.",
        "levels": {
            "s_e": _markov(180, 0.8, 0.05, 0.2),
            "s_e-clavicle": _markov(100, 0.8, 0.02, 0.2),
            "s_s": _markov(180, 0.2, 0.05, 0.2),
            "s_s-clavicle": _markov(100, 0.2, 0.02, 0.2),
            "brats-grow": _markov(80, 0.7, 0.05, 0),
            "brats-shrink": _markov(80, 0.3, 0.05, 0),
            "isic-grow": _markov(200, 0.8, 0.05, 0.2),
            "isic-shrink": _markov(200, 0.2, 0.05, 0.2),
            "s_e-250": _markov(250, 0.8, 0.05, 0.2),
            "s_e-300": _markov(300, 0.8, 0.05, 0.2),
            "s_e-350": _markov(350, 0.8, 0.05, 0.2),
            "s_e-400": _markov(400, 0.8, 0.05, 0.2),
        },
    },
    "de": {
        "about": "Every mask is grown or shrunk, as a coin falls, by a radius that is drawn for it.",
        "source": "the rival noise of SpatialCorrection (ICLR 2023); github.com/michaelofsbu/SpatialCorrection",
        "evidence": CODE,
        "differs": "What lies beyond the image is not background. The script's own branch for it does not run.",
        "levels": {
            "3-5": _either({"uniform": [3, 5]}, "disc"),
            "7-9": _either({"uniform": [7, 9]}, "disc"),
            "9-11": _either({"uniform": [9, 11]}, "disc"),
        },
    },
    "gsd-net": {
        "about": "markov without speckles, mostly outward (grow) or inward (shrink), and de with other radii.",
        "source": "GSD-Net, arXiv 2509.02419; github.com/ortonwang/GSD-Net",
        "evidence": CODE,
        "differs": "As markov and de. Rows are named by their direction, as the names S_R and S_E are swapped between "
        "its two READMEs.",
        "levels": {
            "grow": _markov(200, 0.8, 0.05, 0),
            "shrink": _markov(200, 0.2, 0.05, 0),
            "brats": _markov(50, 0.4, 0.05, 0),
            "de-9-11": _either({"uniform": [9, 11]}, "disc"),
            "de-2-4": _either({"uniform": [2, 4]}, "disc"),
        },
    },
    "heller": {
        "about": "Outlines that bulge smoothly (natural), rows that end elsewhere (choppy), or pixels flipped in all "
        "of the image, as many each way (random).",
        "source": "Imperfect Segmentation Labels: How Much Do They Matter?, arXiv 1806.04618; "
        "github.com/neheller/labels18",
        "evidence": CODE,
        "differs": "Strengths are the published ones for livers in slices of 512 x 512 px, or of the data set psd. "
        "The script's natural goes by vertex, not angle, and fills holes; its choppy skips rows near the border. "
        "random balances its flips by the instance's own share of the image, not by that of the data set.",
        "levels": {
            **{
                f"natural-{size}": {"smooth_radial": [1, round(sqrt(variance), 6)]}
                for size, variance in (
                    ("small", 14),
                    ("medium", 52),
                    ("large", 138),
                    ("small-psd", 0.8),
                    ("medium-psd", 4.8),
                    ("large-psd", 11.8),
                )
            },
            **{
                f"choppy-{size}": {"row_chop": [1, std_px]}
                for size, std_px in (
                    ("small", 5),
                    ("medium", 10.5),
                    ("large", 15.5),
                    ("small-psd", 1.2),
                    ("medium-psd", 2.7),
                    ("large-psd", 4),
                )
            },
            **{
                f"random-{size}": {"band_flips": [1, share, ALL_OF_IMAGE, "balanced"]}
                for size, share in (("small", 0.05), ("medium", 0.10), ("large", 0.15))
            },
        },
    },
    "sp-guided": {
        "about": "A share of the masks (the first number, in percent) is dilated, eroded or displaced, each as often, "
        "until its area or the wrong pixels are off by a share of its area (the second).",
        "source": "superpixel-guided learning, github.com/gaozhitong/SP_guided_Noisy_Label_Seg; also in T-loss "
        "(MICCAI 2023)",
        "evidence": CODE,
        "differs": "The share is a probability, where the script counts exactly. Masks turn about their own centroid "
        "and move in all eight directions, where the script turns them about the image's and moves them down and "
        "right.",
        "levels": {
            f"{percent}-{wrong}": {
                "area_ratio": {
                    "share": round(percent / 150, 6),
                    "ratio": {"choice": [(100 - wrong) / 100, (100 + wrong) / 100]},
                },
                "displace": {"share": round(percent / 300, 6), "wrong_share": wrong / 100, "most_angle_deg": 30},
            }
            for percent in (30, 50, 70, 90, 100)
            for wrong in (50, 70)
        },
    },
    "confident": {
        "about": "A tenth of the masks is dilated, eroded, or has discs painted about half of its edge, each as often.",
        "source": "Characterizing Label Errors, MICCAI 2020; "
        "github.com/502463708/Confident_Learning_for_Noisy-labeled_Medical_Image_Segmentation",
        "evidence": CODE,
        "differs": "Radii are the published 10 to 15 px, for its own images; those of discs are any number up to 14, "
        "not whole ones. The edge are the background pixels beside the mask, not Canny's.",
        "levels": {
            "10": {
                "dilate": {"share": 0.033, "radius_px": {"choice": [10, 11, 12, 13, 14, 15]}, "shape": "disc"},
                "erode": {"share": 0.033, "radius_px": {"choice": [10, 11, 12, 13, 14, 15]}, "shape": "disc"},
                "edge_discs": [0.034, 0.5, 0, 14, "either"],
            }
        },
    },
    "edge-distort": {
        "about": "Every mask is grown, shrunk, shifted, or has discs added and removed along its edge, each as often, "
        "by up to 50 px.",
        "source": "a script for 2-D slices of medical volumes",
        "evidence": INDEXED,
        "differs": "Masks grow and shrink by discs, not by a cross, and are shifted in all directions, not right and "
        "down alone.",
        "levels": {
            "50": {
                "dilate": {"share": 0.25, "radius_px": {"choice": [*range(1, 51)]}, "shape": "disc"},
                "erode": {"share": 0.25, "radius_px": {"choice": [*range(1, 51)]}, "shape": "disc"},
                "shift": {"share": 0.25, "most_px": 50, "most_share": 0, "least_part": 0.02},
                "edge_discs": [0.25, 0.1, 1, 50, "add then remove"],
            }
        },
    },
    "cascadepsp": {
        "about": "Masks made coarse, then grown here and shrunk there, until an IoU that is drawn from 0.8 (training) "
        "or 0.7 (evaluation) to 1.",
        "source": "CascadePSP, CVPR 2020; github.com/hkchengrex/CascadePSP",
        "evidence": CODE,
        "differs": "The IoU is that with the clean mask, where the script takes that with the coarse one, and so goes "
        "far below its target. Of an outline every tenth pixel stays, not a random tenth, and nothing is cut off "
        "beforehand. Rectangles lie about the mask, and elements are odd. It takes at most 250 operations, not 1000, "
        "and what has not come to its IoU then says so in the log.",
        "levels": {
            "80-100": {"all_of": _coarse({"uniform": [0.8, 1]})},
            "70-100": {"all_of": _coarse({"uniform": [0.7, 1]})},
        },
    },
    "segrefiner": {
        "about": "Masks made coarse, then grown here and shrunk there, until an IoU of 0.8.",
        "source": "SegRefiner, NeurIPS 2023; github.com/MengyuWang826/SegRefiner",
        "evidence": CODE,
        "differs": "As cascadepsp.",
        "levels": {"": {"all_of": _coarse(0.8)}},
    },
    "snow": {
        "about": "One fault: objects removed (n, with this percentage), grown or shrunk by a normal radius (sig, of "
        "this standard deviation in pixels), of one outline point in so many (f), or as boxes (bb).",
        "source": "SNOW, Foucart, Debeir and Decaestecker 2019; github.com/adfoucart/deephisto and thesis-code-suppl",
        "evidence": CODE,
        "differs": "Radii are not cut to whole pixels. All contours are treated, holes too, where the script keeps "
        "the first, and an outline keeps at least three points.",
        "levels": {
            **{f"n{percent}": {"missing": [percent / 100, 0]} for percent in range(10, 100, 10)},
            **{f"sig{std_px}": {"hand": [1, 0, std_px]} for std_px in (10, 20, 30)},
            **{f"f{every}": {"vertex_dropping": [1, every]} for every in (20, 40, 80)},
            "bb": {"as_box": 1},
        },
    },
    "aio2": {
        "about": "In each image a share, drawn from 0, 0.1, … 0.6, of the objects is removed (remove, the default), "
        "shifted, turned, eroded or dilated.",
        "source": "AIO2, arXiv 2403.01641 (number not verified), IEEE TGRS 2024; github.com/zhu-xlab/AIO2",
        "evidence": CODE,
        "differs": "Each object of an image with the image's share, where the script counts, and cuts off; one kind a "
        "preset, where it may mix them. Shifts go by the object's own sides, kernels are odd, and nothing is added to "
        "empty images.",
        "levels": {
            level: {noise: {"share": {"choice": [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}, **strengths, "per": "image"}}
            for level, noise, strengths in (
                ("remove", "missing", {"min_instances_per_image": 0}),
                ("shift", "shift", {"most_px": 0, "most_share": 0.5, "least_part": 0}),
                ("rotation", "rotate", {"angle_deg": {"uniform": [10, 180]}}),
                ("erosion", "erode", {"radius_px": {"uniform": [2, 7]}, "shape": "square"}),
                ("dilation", "dilate", {"radius_px": {"uniform": [2, 8]}, "shape": "square"}),
            )
        },
    },
    "arctique": {
        "about": "Cells of another class that is in the image (semantic), neighbours made one (instance), or cells "
        "shifted, grown or shrunk, stretched and left out (foreground).",
        "source": "Arctique; github.com/Kainmueller-Lab/arctique",
        "evidence": CODE,
        "differs": "Neighbours are merged at random, with this probability a pair, where the script takes the first "
        "of a sorted list, and their union is of the larger one's class. Shifts are the same to all sides. The "
        "strengths of elastic are twelve that lie evenly in the published ranges.",
        "levels": {
            **{f"semantic-{percent}": {"flip_present": percent / 100} for percent in (20, 40, 60, 80, 100)},
            **{
                f"instance-{percent}": {
                    "merge": {
                        "share": round(1 - sqrt(1 - percent / 100), 6),  # either one of a pair
                        "gap_px": 0,
                        "same_class": False,
                        "closing": False,
                    }
                }
                for percent in (30, 50, 70)
            },
            **{
                f"foreground-{percent}": {
                    "all_of": [
                        {"missing": [percent / 400, 0]},
                        {"shift": [percent / 400, 10, 0, 0]},
                        {"one_of": _either({"choice": [1, 2, 3, 4, 5, 6]}, "square", percent / 400)},
                        {
                            "elastic": {
                                "share": percent / 400,
                                "std_px": {
                                    "choice": [
                                        round(alpha / (2 * blur_px * sqrt(3 * pi)), 6)
                                        for alpha in (5, 7.5, 10)
                                        for blur_px in (0.5, 1, 1.5, 2)
                                    ]
                                },
                                "length_px": {"choice": [0.5, 1, 1.5, 2] * 3, "with": "std_px"},
                            }
                        },
                    ]
                }
                for percent in (20, 40, 60, 80, 100)
            },
        },
    },
    "loeffler": {
        "about": "An exact share of cells is removed, part of a merge, or split, or a third of it each (mixed).",
        "source": "Löffler, Scherr and Mikut, PLoS ONE 2021 (graph-based cell tracking; title not verified)",
        "evidence": INDEXED,
        "differs": "Cells merge once, with one of their class at most 10 px away, where the script has no limit and "
        "merges again; those without such a neighbour stay. Counts are cut off, not rounded.",
        "levels": {
            f"{fault}-{percent}": values
            for percent in (1, 2, 5, 10, 20)
            for fault, values in (
                ("remove", _exactly_missing(percent / 100)),
                ("merge", _merged(percent / 200)),  # each makes one of two
                ("split", _split(percent / 100)),
                (
                    "mixed",
                    {
                        "all_of": [
                            _merged(round(percent / 600, 6)),
                            _split(round(percent / 300, 6)),
                            _exactly_missing(round(percent / 300, 6)),
                        ]
                    },
                ),
            )
        },
    },
    "mask-refiner": {
        "about": "Instances merged, split and left out, each with a share that is drawn for the image, and then all "
        "masks as cascadepsp has them.",
        "source": "a data script of the authors of UOAIS, probably of their mask refinement of 2023 (not verified)",
        "evidence": INDEXED,
        "differs": "The segments of the photograph, wrong masks and false positives, are left out. A cut goes through "
        "the object's own box, and leaves each part a tenth of the object, where the script asks for a hundredth of "
        "the image. For the rest as cascadepsp. Instances merge two at a time.",
        "levels": {
            "": {
                "all_of": [
                    {
                        "merge": {
                            "share": _UP_TO_TENTH,
                            "per": "image",
                            "gap_px": 5,
                            "same_class": False,
                            "closing": False,
                        }
                    },
                    {"split": {"share": _UP_TO_TENTH, "per": "image", "way": "line", "least_share": 0.1}},
                    {"missing": {"share": _UP_TO_TENTH, "per": "image", "min_instances_per_image": 0}},
                    *_coarse({"uniform": [0.8, 1]}),
                ]
            }
        },
    },
    "med-annotators": {
        "about": "A person who draws every mask too large (over) or too small (under), or draws none (blank).",
        "source": "Disentangling Human Error from Ground Truth in Segmentation of Medical Images, NeurIPS 2020, arXiv "
        "2007.15963; github.com/moucheng2017/Med-Noisy-Labels",
        "evidence": "the code of its scripts was read, its README for the roles",
        "differs": "One person a preset, by the scripts of several classes: a margin of one pixel. The role wrong, "
        "and those of MNIST, cannot be read there and are left out.",
        "levels": {
            "over": {"dilate": [1, 1, "square"]},
            "under": {"erode": [1, 1, "square"]},
            "blank": {"missing": [1, 0]},
        },
    },
    "ultra-refiner": {
        "about": "One of twelve failures: masks too large, far too large or too small, with chunks, holes or strips "
        "missing, with bridges or islands, shifted, or empty; some stay.",
        "source": "the mask augmentor of a project that refines SAM's masks",
        "evidence": INDEXED,
        "differs": "Of the weights, 15 of 135 that change at most 2 px and 3 of an undefined `scatter` are for masks "
        "that stay. Area ratios are values that lie evenly in the published ranges. Shifted masks are not turned, and "
        "an empty one is a missing annotation.",
        "levels": {
            "": {
                "one_of": {
                    "area_ratio": {"share": round(44 / 135, 6), "ratio": {"choice": _ULTRA_REFINER_RATIOS}},
                    "wedge": {"share": round(7.2 / 135, 6), "angle_deg": {"uniform": [30, 90]}},
                    "bite": {"share": round(4.8 / 135, 6), "area_share": {"uniform": [0.05, 0.3]}},
                    "holes": {
                        "share": round(10 / 135, 6),
                        "count": {"uniform": [1, 3]},
                        "least_area_share": 0.02,
                        "most_area_share": 0.2,
                    },
                    "bridge": {
                        "share": round(10 / 135, 6),
                        "length_px": {"uniform": [10, 59]},
                        "width_px": {"uniform": [2, 6]},
                        "blob_px": {"choice": [0] * 15 + [*range(5, 20)]},
                    },
                    "islands": {
                        "share": round(17 / 135, 6),
                        "count": {"choice": [1, 2, 3, 4, 5] * 12 + [*range(5, 30)]},
                        "least_area_share": 0.002,
                        "most_area_share": 0.1,
                        "reach_share": 0.5,
                    },
                    "fragment": {
                        "share": round(10 / 135, 6),
                        "count": {"uniform": [1, 5]},
                        "width_px": {"uniform": [2, 8]},
                        "offset_px": 20,
                    },
                    "shift": [round(10 / 135, 6), 0, 0.3, 0.166667],
                    "missing": [round(4 / 135, 6), 0],
                }
            }
        },
    },
    "dn-detr": {
        "about": "Every box is shifted and resized, and a fifth of the classes drawn anew.",
        "source": "DN-DETR; github.com/IDEA-Research/DN-DETR",
        "evidence": CODE,
        "differs": "Done once, not anew at each step of a training. Masks stay.",
        "levels": {"": {"box_shift_scale": [1, 0.2, 0.4], "flip_class": 0.2}},
    },
    "mp-former": {
        "about": "Single pixels of all of the image flipped, the more the larger the object.",
        "source": "MP-Former; github.com/IDEA-Research/MP-Former",
        "evidence": CODE,
        "differs": "Done once and at the image's own resolution, not at that of a network's features.",
        "levels": {"": {"band_flips": [1, 0.2, ALL_OF_IMAGE, "by area"]}},
    },
    "hq-sam": {
        "about": "Single pixels flipped along the mask's border.",
        "source": "HQ-SAM and Mask Transfiner; github.com/SysCV/sam-hq",
        "evidence": CODE,
        "differs": "Done once. The band is 10 px to each side, a 32nd of an image 640 px wide, where the original's "
        "is where a mask differs from itself shrunk eight times, at 256 x 256 px.",
        "levels": {"": {"band_flips": [1, 0.3085, 10, "even"]}},
    },
    "teams": {
        "about": "Five people who share out the images: each has a hand that is generous or tight, and all tremble, "
        "click at a distance, confuse classes, overlook what is small, annotate twice and merge neighbours.",
        "source": "ours",
        "evidence": "uncalibrated first guesses: nobody has published how annotators of masks differ",
        "differs": "Of no paper, and named plainly.",
        "levels": {
            "careful": _team(0.005, 0.005, 0.1, 6, 0.01, 0.02, 0, 0),
            "crowd": _team(0.02, 0.015, 0.1, 12, 0.05, 0.08, 0.01, 0.02),
            "careless": _team(0.05, 0.03, 0.15, 25, 0.15, 0.20, 0.03, 0.05),
        },
    },
}
