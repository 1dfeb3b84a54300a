"""ICS, Interface of Converting Settings: user interface → conversion."""

from typing import Literal

from pydantic import Field

from interfaces.contract import Contract

__all__ = ["ICS", "FilmFormat", "ImageFormat"]

ImageFormat = Literal["png", "jpeg", "webp", "tiff"]
FilmFormat = Literal["none", "webp", "gif"]


class ICS(Contract):
    """Into which files the images are turned."""

    format: ImageFormat = "png"
    """Format of the files."""
    quality: int = Field(92, ge=1, le=100)
    """Of JPEG and WebP (WebP at 100 is lossless); PNG and TIFF lose nothing and ignore it."""
    metadata: bool = True
    """Embed the provenance, so that the file alone can make itself again."""
    ai_mark: bool = True
    """Say in the XMP of a file, for machines, that a network made it, unless it is that of an input picture that is preserved."""
    contact_sheet: bool = True
    """Also write one overview picture of a run of several images."""
    film: FilmFormat = "none"
    """Also write a film of the pictures of a run, one after another, at most 512 px wide and high: in WebP, or in GIF with 256 colours."""
    frames_per_second: int = Field(12, ge=1, le=50)
    """Pictures of a film within a second."""
    there_and_back: bool = True
    """Let a film go back to its beginning, so that it has no jump where it begins again."""
    preserve: bool = False
    """Let the file of an input picture carry what that one carried: colour profile, EXIF, XMP, texts, resolution, 16 bits, one
    channel where it is grey; the provenance is not embedded then. What comes from no file has nothing to preserve."""
    keep_format: bool = False
    """Write an input picture in its own format where that is one of the four, and in ``format`` where it is not."""
