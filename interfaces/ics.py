"""ICS, Interface of Converting Settings: user interface → conversion."""

from typing import Literal

from pydantic import Field

from interfaces.contract import Contract

__all__ = ["ICS", "ImageFormat"]

ImageFormat = Literal["png", "jpeg", "webp", "tiff"]


class ICS(Contract):
    """Into which files the images are turned."""

    format: ImageFormat = "png"
    quality: int = Field(92, ge=1, le=100)
    """For JPEG and WebP (WebP at 100 is lossless); PNG and TIFF lose nothing and ignore it."""
    metadata: bool = True
    """Embed the provenance, so that the file alone can make itself again."""
    contact_sheet: bool = True
    """Also write one overview picture of a run of several images."""
