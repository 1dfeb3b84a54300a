"""How picture files are called."""

import re
from pathlib import PureWindowsPath

from components.imaging.formats import ENDINGS
from interfaces.ics import ImageFormat
from interfaces.provenance import Origin

__all__ = ["base_name", "picture_name"]

_STEM_LIMIT = 100


def picture_name(stem: str, origin: Origin | None, size: tuple[int, int], image_format: ImageFormat) -> str:
    """Return the name of a picture's file: what it is from, its ``stem``, its size.

    The stem, which has the seed, is always in it: seeds differ within a run, while a run may stylise one picture twice, or pictures
    of the same name from two folders, and a file of the same name would be replaced.

    >>> picture_name("seed7", None, (256, 192), "jpeg")
    'seed7_256x192.jpg'
    >>> picture_name("seed7", Origin(name="Le chat.png", sha256="0" * 64), (64, 64), "png")
    'Le_chat_seed7_64x64.png'
    """
    before = _safe(PureWindowsPath(origin.name).stem) if origin else ""
    return f"{before and before + '_'}{stem}_{size[0]}x{size[1]}{ENDINGS[image_format]}"


def base_name(origin: Origin) -> str:
    """Return the name of an input picture without its folders, which are nobody's business.

    >>> base_name(Origin(name="/home/someone/cat.png", sha256="0" * 64))
    'cat.png'
    """
    return PureWindowsPath(origin.name).name or origin.name.strip("/\\:") or "picture"


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]+", "_", text)[:_STEM_LIMIT].strip("._") or "picture"
