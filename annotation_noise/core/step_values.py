"""What corruption values say of one noise.

The short form is [share, strength, ...], strengths in the order of `--list_noises`; a noise without strengths may have
its bare share. The share is the probability that an annotation gets the noise. Or values are named, and may say more:

    {"share": 0.2, "std_px": 2}
    share: {"exact": 0.2}            int(0.2 · N) of the N annotations that it may meet, or all that earlier steps leave
    std_px: {"uniform": [1, 3]}      a number that is drawn: uniform [low, high], normal [mean, std], choice [a, b, c],
                                     beta [a, b]; cut off at `least` and `most`, and at the strength's own bounds
    length_px: {"choice": [6, 9], "with": "std_px"}
                                     the choice that stands where that of std_px does: a list of pairs, in two
    std_rel: 0.02                    in place of std_px, for a noise of masks: times the clean mask's size, which is the
                                     square root of its area; the log has the pixels
    std_px: {"search": [0, 40]}      a number that is looked for, from the mildest to the strongest, for target_iou
    target_iou: 0.8                  stop at the first state whose IoU with the clean mask is not above this number,
                                     which may be drawn; for a noise of masks with one strength that is looked for
    per: "image"                     what drawn numbers belong to: annotation (if nothing is said), image, annotator, of
                                     whom there are as many as `annotators` says, or part: each part of a mask is noised
                                     by itself
    draws_per: "image"               what the noise's own draws belong to, likewise; with image they are the same for
                                     all instances of an image
    where: {"min_area_px": 400, "max_area_px": 9216, "categories": ["cat", "dog"]}
                                     only these instances
"""

import math
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from annotation_noise.core.steps import LAWS, Draw, Exact, Filter, Per, Search, Step
from annotation_noise.core.trial import try_out
from annotation_noise.errors import InputError
from noisers import Noiser
from noisers.registry import OPTIONS
from noisers.strengths import Strength, bounds, checked, is_number, is_whole, relatives, short

Share = Annotated[float, Meta(ge=0, le=1)]


def step_of(name: str, value: object, noisers: Mapping[str, Noiser]) -> Step:
    """A step of these values. Raises InputError where they do not fit the noise of that name."""
    if name not in noisers:
        raise InputError(f"there is no noise named {name!r}; the noises are {', '.join(noisers)}")
    noise = noisers[name]
    wanted = ["share", *noise.strengths]
    if isinstance(value, Mapping):
        named = dict(value)
    else:
        row = list(value) if isinstance(value, (list, tuple)) else [value]
        if len(row) != len(wanted):
            raise InputError(f"{name} takes [{', '.join(wanted)}], {len(wanted)} in all; not {short(value)}")
        named = dict(zip(wanted, row, strict=True))
    in_px = relatives(noise.strengths) if noise.kind == "mask" else {}
    written = {in_px.get(key, key): key for key in named}  # each strength by the name that it has here
    if len(written) < len(named):
        doubled = next(key for key in in_px if {key, in_px[key]} <= set(named))
        raise InputError(f"{name} takes {in_px[doubled]} or {doubled}, not both")
    if not set(wanted) <= set(written) <= {*wanted, *OPTIONS}:
        odd = [str(k) for k in written if k not in (*wanted, *OPTIONS)] or [k for k in wanted if k not in written]
        fault = "does not know" if set(written) - {*wanted, *OPTIONS} else "lacks"
        raise InputError(f"{name} {fault} {', '.join(odd)}; it takes {', '.join(wanted)}")
    kinds = {written[key]: _relative(kind) if written[key] in in_px else kind for key, kind in noise.strengths.items()}
    strengths = {key: _strength(named[key], kind, f"{name}: {key}") for key, kind in kinds.items()}
    _check_partners(strengths, name)
    per, draws_per = (checked(named.get(key, "annotation"), Per, f"{name}: {key}") for key in ("per", "draws_per"))
    if ("annotator" in (per, draws_per)) != ("annotators" in named):
        raise InputError(
            f"{name}: annotators says how many there are where per or draws_per is annotator, "
            "like {'per': 'annotator', 'annotators': 5}"
        )
    annotators = checked(named.get("annotators", 1), Annotated[int, Meta(ge=1)], f"{name}: annotators")
    if "part" in (per, draws_per) and (noise.kind != "mask" or draws_per == "part"):
        raise InputError(f"{name}: per may be part for a noise of masks alone, and draws_per may not")
    step = Step(
        noise,
        _share(named["share"], name),
        strengths,
        name,
        per,
        draws_per,
        annotators,
        _filter(named.get("where"), name),
        _target_iou(named.get("target_iou"), noise, strengths, per),
        strengths.keys() == noise.strengths.keys()
        and not any(isinstance(value, (Draw, Search)) for value in strengths.values()),
    )
    try_out(step)
    return step


def _relative(kind: Any) -> Any:
    """What a strength may be as a share of the mask's size: of its bounds in pixels only the sign is known."""
    return Annotated[float, Meta(ge=0)] if bounds(kind)[0] >= 0 else float


def _share(value: object, name: str) -> float | Draw | Exact:
    if isinstance(value, Mapping) and set(value) == {"exact"}:
        return Exact(_share_number(value["exact"], f"{name}: exact"))
    if isinstance(value, Mapping):
        return _draw(value, Share, f"{name}: share")
    return _share_number(value, f"{name}: share")


def _share_number(value: object, where: str) -> float:
    share = float(checked(value, Annotated[float, Meta(ge=0)], where))
    if share > 1:
        raise InputError(f"{where} must lie between 0 and 1, not {share:g}")
    return share


def _strength(value: object, kind: Any, where: str) -> Strength | Draw | Search:
    if not isinstance(value, Mapping) or not is_number(kind):
        return checked(value, kind, where)
    ends = value.get("search")
    if set(value) != {"search"}:
        alone = {key: number for key, number in value.items() if key != "with"}
        return _draw(alone, kind, where)._replace(partner=str(value.get("with", "")))
    if not isinstance(ends, (list, tuple)) or len(ends) != 2:
        raise InputError(f"{where}: search takes the mildest number and the strongest, not {short(ends)}")
    return Search(*(checked(number, kind, f"{where}: search") for number in ends))


def _check_partners(strengths: Mapping[str, object], name: str) -> None:
    for key, draw in strengths.items():
        if isinstance(draw, Draw) and draw.partner:
            other = strengths.get(draw.partner)
            if not isinstance(other, Draw) or (draw.law, other.law) != ("choice", "choice") or other.partner:
                raise InputError(f"{name}: {key}: with names another strength that is a choice, not {draw.partner!r}")
            if len(other.of) != len(draw.of):
                raise InputError(
                    f"{name}: {key} has {len(draw.of)} numbers to choose from and {draw.partner} {len(other.of)}; "
                    "with takes as many"
                )


def _target_iou(value: object, noise: Noiser, strengths: Mapping[str, object], per: Per) -> float | Draw | None:
    searched = [key for key, strength in strengths.items() if isinstance(strength, Search)]
    if value is None and not searched:
        return None
    if value is None or len(searched) != 1 or noise.kind != "mask" or per == "part":
        raise InputError(
            f"{noise.name}: target_iou and one strength like {{'search': [0, 40]}} go together, "
            "for a noise of masks that are noised as a whole"
        )
    where = f"{noise.name}: target_iou"
    return _draw(value, Share, where) if isinstance(value, Mapping) else _share_number(value, where)


def _draw(value: Mapping[Any, object], kind: Any, where: str) -> Draw:
    """A distribution, cut off at what the annotation allows, as the numbers of uniform and choice must be."""
    law = next((key for key in value if key in LAWS), None)
    limits = {key: value[key] for key in ("least", "most") if key in value}
    if law is None or len(value) > 1 + len(limits):
        raise InputError(
            f"{where} must be a number or one of {{uniform: [low, high]}}, {{normal: [mean, std]}}, "
            f"{{choice: [a, b, ...]}}, {{beta: [a, b]}}, with least and most where it is to be cut; not {short(value)}"
        )
    numbers = value[law]
    if not isinstance(numbers, (list, tuple)) or not numbers or (law != "choice" and len(numbers) != 2):
        raise InputError(
            f"{where}: {law} takes {'numbers' if law == 'choice' else 'two numbers'}, not {short(numbers)}"
        )
    of_law = {"normal": (float, Annotated[float, Meta(ge=0)]), "beta": (Annotated[float, Meta(gt=0)],) * 2}
    kinds = of_law.get(law, (kind,) * len(numbers))
    of = tuple(checked(number, k, f"{where}: {law}") for number, k in zip(numbers, kinds, strict=True))
    if law == "uniform" and of[0] > of[1]:
        raise InputError(f"{where}: uniform takes the lower number first, not {short(numbers)}")
    low, high = bounds(kind)
    cut = {key: checked(limit, float, f"{where}: {key}") for key, limit in limits.items()}
    least, most = max(low, cut.get("least", low)), min(high, cut.get("most", high))
    if is_whole(kind):  # cut off toward zero, a number could come to lie below `least`
        least, most = (
            limit if math.isinf(limit) else rounded(limit)
            for limit, rounded in ((least, math.ceil), (most, math.floor))
        )
    if least > most:
        raise InputError(f"{where}: least must not be above most, as {least:g} is above {most:g}")
    return Draw(law, of, least, most)


def _filter(value: object, name: str) -> Filter | None:
    if value is None:
        return None
    try:
        where = msgspec.convert(value, Filter)
    except msgspec.ValidationError as error:
        names = ", ".join(Filter.__struct_fields__)
        raise InputError(f"{name}: where takes {names}: {str(error)[:1].lower()}{str(error)[1:]}") from error
    if where.min_area_px > where.max_area_px or (isinstance(value, Mapping) and value.get("categories") in ([], ())):
        raise InputError(f"{name}: where lets nothing pass: {short(value)}")
    return where
