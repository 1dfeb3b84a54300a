"""One picture file → its numbers as the file means them: depth, opacity, which way up; for everybody who reads pictures."""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageCms

from components.imaging.attachments import read_attachments
from components.imaging.chunks import PNG_SIGNATURE, read_chunks
from components.imaging.colour import describe_profile, to_srgb, told_space
from components.imaging.depth import deep_pixels, deeper_bits
from components.imaging.exif import fit_exif, orientation_of
from components.imaging.jpeg_attachments import pixels_of_jpeg
from components.imaging.png_attachments import pixels_of_png
from components.imaging.tiff_folders import read_pages
from components.imaging.tiff_pixels import read_tiff_pixels
from components.imaging.xmp import fit_xmp, orientation_of_xmp
from interfaces.attachments import Attachments
from interfaces.errors import DataError

__all__ = ["Decoded", "decode", "in_srgb", "upright"]

_JPEG = b"\xff\xd8\xff"
_PALETTE = 3
_PLAIN_MODES = {"L", "LA", "RGB", "RGBA"}
_COLOUR_CHUNKS = (b"gAMA", b"cHRM", b"sRGB", b"cICP", b"mDCV", b"mDCv", b"cLLI", b"cLLi")
_CMYK = "CMYK"


@dataclass(frozen=True)
class Decoded:
    """The numbers of a picture, as they lie in its file."""

    pixels: np.ndarray
    """uint8, uint16, or grey float32 (H, W, C): grey or RGB, with opacity as the last channel where C is even."""
    orientation: int
    """What makes it upright, 1 to 8 (CIPA DC-008, 4.6.4)."""
    format: str
    """Pillow's name for it: ``PNG``, ``JPEG``, …"""
    attachments: Attachments
    size: tuple[int, int]
    """Width and height in the file."""
    divided: float = 1.0
    """By what both were divided: see ``least``."""

    @property
    def is_grey(self) -> bool:
        """Whether there is one channel of colour."""
        return int(self.pixels.shape[2]) < 3


def decode(
    content: bytes,
    *,
    formats: tuple[str, ...] | None = None,
    least: int | None = None,
    check: Callable[[int, int], None] = lambda width, height: None,
    first_frame: bool = False,
) -> Decoded:
    """Return the picture in a file's ``content``; CMYK has become sRGB.

    Args:
        content: of the file.
        formats: Pillow's names of those that are tried, all where None.
        least: decode a JPEG at 1/2, 1/4 or 1/8 of its size where both sides keep this many pixels.
        check: is handed width and height before anything is decoded, and may raise.
        first_frame: take the first frame of an animation.

    Raises:
        DataError: it is an animation, or of a kind of numbers that cannot be read right.
        Exception: it is no picture, damaged or too large. Pillow's readers raise nearly anything.
    """
    pages = read_pages(content)
    if pages is not None:
        _check_still(pages.pictures, first_frame)
        check(*pages.size)
        by_tags = read_tiff_pixels(content, pages)
        if by_tags is not None:
            attachments = read_attachments(content, {}, pages)
            pixels = by_tags.values
            if by_tags.is_cmyk:
                pixels, attachments = _of_cmyk(pixels, attachments)
            lost = (*attachments.lost, *by_tags.lost)
            return _decoded(
                pixels,
                "TIFF",
                attachments.model_copy(update={"lost": lost}),
                size=pages.size,
                orientation=pages.orientation,
            )
    with Image.open(io.BytesIO(_pixels_alone(content)), formats=formats) as image:
        if pages is None:
            _check_still(1 if first_frame else getattr(image, "n_frames", 1), first_frame)
        else:
            image.seek(pages.main)
        attachments = read_attachments(content, image.info, pages)
        size = image.size
        check(*size)
        drafted = least is not None and image.draft(None, (least, least))
        image.load()  # which turns a TIFF and so changes its size
        if image.mode == _CMYK:
            pixels, attachments = _of_cmyk(np.asarray(image), attachments)
        else:
            if image.mode == "LAB":
                attachments = _converted(attachments, "Lab")
            pixels, attachments = _with_all_bits(_numbers(image, content), content, attachments)
        return _decoded(
            pixels,
            image.format or "",
            attachments,
            size=size,
            orientation=None if pages is None else 1,  # Pillow has turned a TIFF upright
            divided=size[0] / drafted[1][2] if drafted else 1.0,
        )


def in_srgb(decoded: Decoded) -> Decoded:
    """Return the picture with the numbers of sRGB, as networks know them; what became of its profile is told.

    Raises:
        DataError: its colours cannot be turned into sRGB.
    """
    attachments = decoded.attachments
    space = told_space(attachments, is_grey=decoded.is_grey)
    if space is None or decoded.pixels.dtype == np.float32:
        return decoded
    try:
        pixels = to_srgb(decoded.pixels, space)
    except ValueError as error:
        told = f"the colour profile ({error})"
        return replace(decoded, attachments=_changed(attachments, told, icc=None))
    name = describe_profile(space)
    return replace(decoded, pixels=pixels, attachments=_converted(attachments, name))


def upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Return (H, W, C) turned upright, where ``orientation`` says how it lies."""
    if orientation >= 5:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _decoded(
    pixels: np.ndarray,
    format_name: str,
    attachments: Attachments,
    *,
    size: tuple[int, int],
    orientation: int | None,
    divided: float = 1.0,
) -> Decoded:
    exif, xmp = attachments.exif, attachments.xmp
    if orientation is None:
        orientation = (exif and orientation_of(exif)) or (xmp and orientation_of_xmp(xmp)) or 1
    fitted = attachments.model_copy(update={"exif": exif and fit_exif(exif), "xmp": xmp and fit_xmp(xmp)})
    return Decoded(pixels, orientation, format_name, fitted, size, divided)


def _pixels_alone(content: bytes) -> bytes:
    if content.startswith(PNG_SIGNATURE):
        return pixels_of_png(content)
    return pixels_of_jpeg(content) if content.startswith(_JPEG) else content


def _check_still(frames: int, first_frame: bool) -> None:
    if frames > 1 and not first_frame:
        raise DataError(
            f"wanted a still picture, got an animation of {frames} frames; save the frames as files of their own"
        )


def _numbers(image: Image.Image, content: bytes) -> np.ndarray:
    if content.startswith(PNG_SIGNATURE) and _is_deep_or_clear(content):
        import imagecodecs

        found: np.ndarray = imagecodecs.png_decode(pixels_of_png(content))
        return found if found.ndim == 3 else found[..., None]
    if image.mode in _PLAIN_MODES and not image.has_transparency_data:
        return np.atleast_3d(np.asarray(image))
    if image.mode == "F":
        return np.asarray(image, dtype=np.float32)[..., None]
    if image.mode.startswith("I"):
        return _sixteen_bits(np.asarray(image))[..., None]
    return np.atleast_3d(np.asarray(image.convert(_plain_mode(image))))


def _with_all_bits(
    pixels: np.ndarray, content: bytes, attachments: Attachments
) -> tuple[np.ndarray, Attachments]:
    """Return the pixels with the bits that Pillow does not show; where they cannot be had, that is told as lost."""
    bits = deeper_bits(content)
    if bits is None or pixels.dtype != np.uint8:
        return pixels, attachments
    deep = deep_pixels(content, bits, pixels)
    if deep is None:
        return pixels, _changed(attachments, f"{bits} bits, 8 are left")
    return deep, attachments


def _plain_mode(image: Image.Image) -> str:
    grey = image.mode in ("1", "L", "LA", "La")
    if image.has_transparency_data or image.mode in ("La", "RGBa"):
        return "LA" if grey else "RGBA"
    return "L" if grey else "RGB"


def _is_deep_or_clear(content: bytes) -> bool:
    """Say whether a PNG has sixteen bits, or a colour that means clear: of both Pillow shows a part."""
    depth, colour_type = content[24], content[25]
    return depth == 16 or (
        colour_type != _PALETTE and any(kind == b"tRNS" for kind, *_ in read_chunks(content))
    )


def _sixteen_bits(values: np.ndarray) -> np.ndarray:
    low, high = int(values.min()), int(values.max())
    if low < 0 or high > 65535:
        raise DataError(f"wanted 8 or 16 bit whole numbers, got pixels of {low} to {high}")
    return values.astype(np.uint16)


def _of_cmyk(values: np.ndarray, attachments: Attachments) -> tuple[np.ndarray, Attachments]:
    """Return sRGB of uint8 (H, W, 4): by the profile that is embedded, by the plain formula where there is none."""
    image = Image.fromarray(np.ascontiguousarray(values[..., :4]), _CMYK)
    profile = attachments.icc
    name = "CMYK"
    if profile is None:
        made: Image.Image | None = image.convert("RGB")
    else:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (OSError, ImageCms.PyCMSError) as error:
            raise DataError(f"the colour profile of its CMYK pixels is damaged: {error}") from error
        name = describe_profile(profile) or name
    pixels = np.concatenate([np.asarray(made), values[..., 4:]], axis=2)
    return pixels, _converted(attachments, name)


def _converted(attachments: Attachments, name: str) -> Attachments:
    told = f"the colour space{name and ' '}{name} (converted to sRGB)"
    exif, xmp = attachments.exif, attachments.xmp
    return _changed(
        attachments,
        told,
        icc=None,
        exif=exif and fit_exif(exif, is_converted=True),
        xmp=xmp and fit_xmp(xmp, is_converted=True),
        chunks=tuple(chunk for chunk in attachments.chunks if chunk[:4] not in _COLOUR_CHUNKS),
    )


def _changed(attachments: Attachments, told: str, **changes: object) -> Attachments:
    return attachments.model_copy(update={**changes, "lost": (*attachments.lost, told)})
