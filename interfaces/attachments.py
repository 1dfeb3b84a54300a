"""What a picture file carries besides its pixels, on its way from a file that was read to one that is written."""

from pydantic import Field

from interfaces.contract import Contract

__all__ = ["Attachments"]


class Attachments(Contract):
    """Colour profile, EXIF, XMP, texts and resolution of a picture file; all but the texts as the bytes that they were."""

    icc: bytes | None = Field(None, repr=False)
    """ICC profile of the colours, where it is one of RGB that means what sRGB means."""
    exif: bytes | None = Field(None, repr=False)
    """EXIF as a TIFF structure, of a picture that stands upright: without thumbnail, and what describes the storage."""
    xmp: bytes | None = Field(None, repr=False)
    """XMP packet."""
    extended_xmp: tuple[bytes, ...] = Field((), repr=False)
    """The parts of XMP that found no place in the packet of a JPEG, each as it is after its name."""
    iptc: bytes | None = Field(None, repr=False)
    """Datasets of IPTC (IIM 4.2): caption, keywords, rights as agencies write them."""
    comment: bytes | None = Field(None, repr=False)
    """Comment of a JPEG, GIF or JPEG 2000."""
    density: tuple[float, float] | None = None
    """Pixels for each inch, across and down."""
    texts: dict[str, str] = Field(default_factory=dict)
    """Texts of a PNG by keyword, such as a program's parameters."""
    chunks: tuple[bytes, ...] = Field((), repr=False)
    """Other chunks of a PNG that may be taken along, kind and content: colours, unknown ones, texts in translation."""
    lost: tuple[str, ...] = ()
    """What the file carried and could not be taken along, in words."""
