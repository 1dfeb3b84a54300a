"""Which sizes are wanted, and how a result of each comes from those that an enhancer made."""

from collections.abc import Sequence
from importlib.metadata import version

import torch
from pydantic import JsonValue
from torch import Tensor

from components.enhancement.colour import match_colours
from components.enhancement.resize import resize
from interfaces.errors import SettingsError
from interfaces.iedt import IEDT, SizedImages
from interfaces.ies import IES
from interfaces.igdt import IGDT
from interfaces.provenance import StageRecord

__all__ = ["SIDE_LIMIT", "assemble", "picture_settings", "plain_record", "target_size"]

SIDE_LIMIT = 16384
"""Longest side of a result in pixels; `IES.side` has the same bound, and a scale must not get round it."""


def target_size(size: tuple[int, int], settings: IES) -> tuple[int, int]:
    """Return width and height of the result for images of ``size``.

    >>> target_size((64, 48), IES(side=256)), target_size((64, 48), IES(scale=1.5))
    ((256, 192), (96, 72))

    Raises:
        SettingsError: the result would be longer than `SIDE_LIMIT`.
    """
    if settings.side is not None:
        return _fit(size, settings.side)
    assert settings.scale is not None, "IES holds a side or a scale"  # noqa: S101  # proved by the contract
    side = max(1, round(max(size) * settings.scale))
    if side > SIDE_LIMIT:
        raise SettingsError(
            f"scale: wanted a result of at most {SIDE_LIMIT} px, got {settings.scale:g} times {max(size)} px;"
            " take a smaller scale"
        )
    return _fit(size, side)


def picture_settings(settings: IES) -> dict[str, JsonValue]:
    """Return what of ``settings`` determines the bytes of one picture, without the enhancer's options."""
    dump: dict[str, JsonValue] = settings.model_dump(mode="json", include={"side", "scale", "strength"})
    # left out where it changes nothing, so that the record is that of before there was such a setting
    return {**dump, "colour_match": True} if settings.colour_match else dump


def plain_record(component: str, settings: IES) -> StageRecord:
    """Return the record of ``component`` for images that were resized plainly, or not at all."""
    return StageRecord(
        stage="enhancement",
        component=component,
        settings={**picture_settings(settings), "enhancer": {"kind": component}},
        runtime={"versions": {"pillow": version("pillow")}},
    )


def assemble(
    data: IGDT,
    settings: IES,
    results: Sequence[Tensor],
    record: StageRecord,
    *,
    weights_sha256: str | None = None,
) -> IEDT:
    """Return the contract for ``results`` at the size that ``settings`` asks for, with the sizes to keep.

    A size comes from the smallest result that is not smaller, and is that result itself where it fits exactly. The
    generated images stay what they are, bit for bit, where their own size is wanted.

    Args:
        data: the generated images.
        settings: sizes, strength and colour match.
        results: the images that the enhancer started from, `fill_clear` of the generated ones, and what each pass
            made of them, (N, 3, h, w) in [-1, 1] in rising size.
        record: what the enhancer did.
        weights_sha256: digest of the network's weights, where there is one.

    Raises:
        SettingsError: a size to keep is not smaller than the result.
    """
    size = (int(data.images.shape[3]), int(data.images.shape[2]))
    target = target_size(size, settings)
    bad = [side for side in settings.keep if side >= max(target)]
    if bad:
        raise SettingsError(f"keep: wanted sides of less than the result's {max(target)}, got {bad}")
    kept = [_fit(size, side) for side in sorted(set(settings.keep))]
    return IEDT(
        final=_sized(data, settings, results, target),
        kept=tuple(_sized(data, settings, results, each) for each in kept),
        seeds=data.seeds,
        origins=data.origins,
        enhancer=record.component,
        weights_sha256=weights_sha256,
        provenance=(*data.provenance, record),
    )


def _fit(size: tuple[int, int], side: int) -> tuple[int, int]:
    width, height = size
    longer = max(size)
    return max(1, round(width * side / longer)), max(1, round(height * side / longer))


def _sized(data: IGDT, settings: IES, results: Sequence[Tensor], size: tuple[int, int]) -> SizedImages:
    alpha = None if data.alpha is None else resize(data.alpha, size, low=0.0, high=1.0)
    if size == (data.images.shape[3], data.images.shape[2]):
        return SizedImages(images=data.images, alpha=alpha)
    large_enough = [images for images in results if max(images.shape[2:]) >= max(size)]
    images = resize((large_enough or results[-1:])[0], size, low=-1.0, high=1.0)
    if settings.colour_match and len(results) > 1:
        images = match_colours(images, results[0])
    if settings.strength < 1:
        plain = resize(results[0], size, low=-1.0, high=1.0)
        images = torch.lerp(plain, images, settings.strength).clamp_(-1.0, 1.0)
    return SizedImages(images=images, alpha=alpha)
