"""What a picture file carries besides its pixels, on its way from a file that was read to one that is written."""

from pydantic import Field

from interfaces.contract import Contract

__all__ = ["Attachments"]


class Attachments(Contract):
    """Colour profile, EXIF, XMP and texts of a picture file."""

    icc: bytes | None = Field(None, repr=False)
    """ICC profile that the colours are meant in."""
    exif: bytes | None = Field(None, repr=False)
    """EXIF as a TIFF structure, without what describes the storage of the pixels, the thumbnail and the orientation."""
    xmp: bytes | None = Field(None, repr=False)
    """XMP packet."""
    iptc: bytes | None = Field(None, repr=False)
    """Datasets of IPTC (IIM 4.2): caption, keywords, rights as agencies write them."""
    texts: dict[str, str] = Field(default_factory=dict)
    """Texts of a PNG by keyword, such as a program's parameters."""
