"""Colours as the networks know them: sRGB (IEC 61966-2-1), whatever space a file's numbers are meant in."""

import struct
from functools import lru_cache
from typing import Any

import numpy as np

from components.imaging.exif import INTEROPERABILITY, read_folder, read_header, subfolders
from interfaces.attachments import Attachments
from interfaces.errors import DataError

__all__ = ["describe_profile", "is_srgb", "to_srgb", "told_space"]

_NEARLY = 2
"""Steps of 255 by which a profile may differ from sRGB and be that: others' sRGB differs in the rounding of its curve."""
_RGB, _GREY = b"RGB ", b"GRAY"
_SRGB_GAMMA, _NEAR_GAMMA = 45455, 1500
_SRGB_PRIMARIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)
_NEAR_PRIMARIES = 300
_PRIMARIES = {
    1: (0.64, 0.33, 0.30, 0.60, 0.15, 0.06),
    9: (0.708, 0.292, 0.170, 0.797, 0.131, 0.046),
    12: (0.680, 0.320, 0.265, 0.690, 0.150, 0.060),
}
"""Code points of ITU-T H.273 → red, green, blue: BT.709, BT.2020, Display P3; all with the white of D65."""
_WHITE = (0.3127, 0.3290)
_SRGB_CURVE = 13
_ADOBE_INDEX = b"R03\0"
_CURVE_POINTS = 1024


def told_space(attachments: Attachments, *, is_grey: bool) -> bytes | None:
    """Return the ICC profile of the space that the numbers are meant in, None where that is sRGB, or untold.

    A PNG may tell it by chunks (cICP, gAMA, cHRM), a camera by a note in EXIF that it is Adobe's RGB.

    Raises:
        DataError: it is one of those spaces for brighter screens, in which numbers mean light that sRGB has not.
    """
    if attachments.icc is not None:
        return None if is_srgb(attachments.icc) else attachments.icc
    chunks = {chunk[:4]: chunk[4:] for chunk in attachments.chunks}
    if b"cICP" in chunks:
        return _by_code_points(chunks[b"cICP"])
    if b"sRGB" in chunks:
        return None
    if b"gAMA" in chunks or b"cHRM" in chunks:
        return _by_gamma(chunks.get(b"gAMA", b""), chunks.get(b"cHRM", b""), is_grey=is_grey)
    if attachments.exif and not is_grey and _is_adobe_rgb(attachments.exif):
        import imagecodecs

        found: bytes = imagecodecs.cms_profile("adobergb")
        return found
    return None


@lru_cache(maxsize=64)
def is_srgb(icc: bytes) -> bool:
    """Say whether a profile of RGB means by all its numbers what sRGB means; False also where it is damaged."""
    if icc[16:20] != _RGB:
        return False
    steps = np.arange(0, 256, 51, dtype=np.uint8)
    cube = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, -1, 3)
    greys = np.arange(256, dtype=np.uint8).reshape(1, -1, 1).repeat(3, axis=2)
    numbers = np.concatenate([cube, greys], axis=1)
    try:
        meant = _transformed(numbers, icc)
    except ValueError:
        return False
    return int(np.abs(meant.astype(int) - numbers).max()) <= _NEARLY


def to_srgb(pixels: np.ndarray, icc: bytes) -> np.ndarray:
    """Return pixels whose numbers are those of sRGB; colours that it has not are cut off at its edge.

    Args:
        pixels: uint8 or uint16 (H, W, C): grey or RGB, with opacity as the last channel where C is even.
        icc: the profile of their space.

    Raises:
        ValueError: the profile is damaged, or of another kind of colours.
    """
    colours, alpha = (pixels[..., :-1], pixels[..., -1:]) if pixels.shape[2] % 2 == 0 else (pixels, None)
    if icc[16:20] == _GREY and colours.shape[2] != 1:
        raise ValueError("it is one of grey, and the pixels are in colour")
    meant = _by_table(colours, icc) if colours.shape[2] == 1 else _transformed(colours, icc)
    return meant if alpha is None else np.concatenate([meant, alpha], axis=2)


def describe_profile(icc: bytes) -> str:
    """Return the name that a profile has for itself, empty where it has none."""
    import io

    from PIL import ImageCms

    try:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(icc))).strip()
    except (OSError, ImageCms.PyCMSError):
        return ""


def _transformed(colours: np.ndarray, icc: bytes) -> np.ndarray:
    import imagecodecs

    spaces = {_RGB: "rgb", _GREY: "gray"}
    if icc[16:20] not in spaces:
        raise ValueError("it is one of neither grey nor RGB")
    flat = np.ascontiguousarray(colours).reshape(1, -1, colours.shape[2])
    try:
        made: np.ndarray = imagecodecs.cms_transform(
            flat[..., 0] if flat.shape[2] == 1 else flat, icc, _srgb(),
            colorspace=spaces[icc[16:20]], outcolorspace="rgb", planar=False, outplanar=False,
        )  # fmt: skip
    except (imagecodecs.CmsError, ValueError) as error:
        raise ValueError(f"it is damaged: {error}") from error
    return made.reshape(*colours.shape[:2], 3)


def _by_table(grey: np.ndarray, icc: bytes) -> np.ndarray:
    levels = 256 if grey.dtype == np.uint8 else 65536
    ramp = (np.arange(levels) * (65535 // (levels - 1))).astype(np.uint16).reshape(1, -1, 1)
    meant = _transformed(ramp if icc[16:20] == _GREY else ramp.repeat(3, axis=2), icc)
    table = meant.astype(np.float64).mean(axis=2).reshape(-1) * ((levels - 1) / 65535)
    found: np.ndarray = table.round().astype(grey.dtype)[grey]
    return found


@lru_cache(maxsize=1)
def _srgb() -> bytes:
    import imagecodecs

    found: bytes = imagecodecs.cms_profile("srgb")
    return found


def _by_code_points(body: bytes) -> bytes | None:
    primaries, curve, matrix, is_full = (*body[:4], *bytes(4))[:4]
    if curve != _SRGB_CURVE or primaries not in _PRIMARIES or matrix or not is_full:
        raise DataError(
            f"wanted colours that can be turned into sRGB, got code points {primaries}/{curve}/{matrix} (ITU-T H.273)"
        )
    if primaries == 1:
        return None
    light = np.linspace(0, 1, _CURVE_POINTS)
    curved = np.where(light <= 0.04045, light / 12.92, ((light + 0.055) / 1.055) ** 2.4)
    return _profile(
        _WHITE, _PRIMARIES[primaries], transferfunction=(curved * 65535).round().astype(np.uint16)
    )


def _by_gamma(gamma: bytes, chromaticities: bytes, *, is_grey: bool) -> bytes | None:
    exponent = struct.unpack(">I", gamma)[0] if len(gamma) == 4 else 0
    places = struct.unpack(">8I", chromaticities) if len(chromaticities) == 32 else _SRGB_PRIMARIES
    near = all(abs(a - b) <= _NEAR_PRIMARIES for a, b in zip(places, _SRGB_PRIMARIES, strict=True))
    is_usual = not exponent or abs(exponent - _SRGB_GAMMA) <= _NEAR_GAMMA
    if is_usual and (near or is_grey):
        return None
    power = 2.2 if is_usual else 100_000 / exponent
    across, down, *others = (place / 100_000 for place in places)
    return _profile((across, down), tuple(others), gamma=power)


def _profile(white: tuple[float, float], primaries: tuple[float, ...], **curve: Any) -> bytes:
    import imagecodecs

    pairs = [part for at in range(0, 6, 2) for part in (*primaries[at : at + 2], 1.0)]
    try:
        found: bytes = imagecodecs.cms_profile("rgb", whitepoint=[*white, 1.0], primaries=pairs, **curve)
    except (imagecodecs.CmsError, ValueError) as error:
        raise DataError(f"its colours are in a space that cannot be: {error}") from error
    return found


def _is_adobe_rgb(exif: bytes) -> bool:
    try:
        header = read_header(exif)
        root = read_folder(exif, header, header.first)
        return any(
            folder.entries[1].raw == _ADOBE_INDEX
            for folder in subfolders(exif, header, root)
            if 1 in folder.entries and INTEROPERABILITY not in folder.entries
        )
    except (ValueError, struct.error):
        return False
