"""The table of official network weights."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

from pydantic import Field

from interfaces.contract import Contract, SafeName, Sha256

__all__ = ["OFFICIAL_WEIGHTS", "OfficialWeights"]

_RELEASES = "https://github.com/xinntao/Real-ESRGAN/releases/download/"
_LICENCE = "BSD-3-Clause"


class OfficialWeights(Contract):
    """One published file of weights."""

    name: SafeName
    url: str
    size: int = Field(ge=1)
    """Bytes."""
    sha256: Sha256
    licence: str
    description: str

    @property
    def file_name(self) -> str:
        """Name of the file in its URL."""
        return PurePosixPath(urlsplit(self.url).path).name


OFFICIAL_WEIGHTS: tuple[OfficialWeights, ...] = (
    OfficialWeights(
        name="RealESRGAN_x4plus",
        url=f"{_RELEASES}v0.1.0/RealESRGAN_x4plus.pth",
        size=67_040_989,
        sha256="4fa0d38905f75ac06eb49a7951b426670021be3018265fd191d2125df9d682f1",
        licence=_LICENCE,
        description="x4, RRDBNet of 23 blocks: the best pictures, and the slowest",
    ),
    OfficialWeights(
        name="RealESRGAN_x2plus",
        url=f"{_RELEASES}v0.2.1/RealESRGAN_x2plus.pth",
        size=67_061_725,
        sha256="49fafd45f8fd7aa8d31ab2a22d14d91b536c34494a5cfe31eb5d89c2fa266abb",
        licence=_LICENCE,
        description="x2, RRDBNet of 23 blocks",
    ),
    OfficialWeights(
        name="RealESRGAN_x4plus_anime_6B",
        url=f"{_RELEASES}v0.2.2.4/RealESRGAN_x4plus_anime_6B.pth",
        size=17_938_799,
        sha256="f872d837d3c90ed2e05227bed711af5671a6fd1c9f7d7e91c911a61f155e99da",
        licence=_LICENCE,
        description="x4, RRDBNet of 6 blocks, for drawings",
    ),
    OfficialWeights(
        name="realesr-general-x4v3",
        url=f"{_RELEASES}v0.2.5.0/realesr-general-x4v3.pth",
        size=4_885_111,
        sha256="8dc7edb9ac80ccdc30c3a5dca6616509367f05fbc184ad95b731f05bece96292",
        licence=_LICENCE,
        description="x4, compact network of 32 convolutions: fast, for pictures of any kind",
    ),
    OfficialWeights(
        name="realesr-general-wdn-x4v3",
        url=f"{_RELEASES}v0.2.5.0/realesr-general-wdn-x4v3.pth",
        size=4_885_111,
        sha256="1641f8c4464b9f097c9fdda5589273713f67cf59f3d909e0bd688f0cee269dca",
        licence=_LICENCE,
        description="x4, twin of realesr-general-x4v3 that keeps more grain: blended with it for less smoothing",
    ),
    OfficialWeights(
        name="realesr-animevideov3",
        url=f"{_RELEASES}v0.2.5.0/realesr-animevideov3.pth",
        size=2_504_012,
        sha256="b8a8376811077954d82ca3fcf476f1ac3da3e8a68a4f4d71363008000a18b75d",
        licence=_LICENCE,
        description="x4, compact network of 16 convolutions: the fastest, for drawings",
    ),
)
"""Real-ESRGAN's releases."""
