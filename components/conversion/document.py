"""What a picture file says of itself: a JSON document that is enough to make the picture again."""

import io
import json
from html import escape, unescape
from pathlib import Path
from typing import IO, Literal

from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pydantic import Field, JsonValue, ValidationError

from components.imaging.png_attachments import XMP_KEY
from interfaces.contract import Contract, Seed
from interfaces.errors import DataError, StorageError
from interfaces.iodt import Role
from interfaces.provenance import Origin, Provenance

__all__ = ["AlphaTreatment", "Document", "open_picture", "packet_of", "read_metadata", "to_xmp"]

AlphaTreatment = Literal["none", "kept", "composed on white"]
"""What became of an image's opacity; ``none`` where every pixel is opaque."""

_TEXT_LIMIT = 1 << 20
_OPENERS = (  # by what a file begins with; the classes look at headers alone
    (b"\x89PNG\r\n\x1a\n", PngImageFile),
    (b"\xff\xd8\xff", JpegImageFile),
    (b"RIFF", WebPImageFile),
    (b"II*\x00", TiffImageFile),
    (b"MM\x00*", TiffImageFile),
)
_IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_BEGIN, _END = "<artgen:document>", "</artgen:document>"
_XMP = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
    ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:artgen="urn:artgen:document"'
    ' xmp:CreatorTool="artgen"{names}>{body}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
)


class Document(Contract):
    """What determines one picture, and nothing of when, where and for whom it was made."""

    artgen: str
    """Version that wrote the file."""
    seed: Seed | None
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    role: Role
    alpha: AlphaTreatment = "none"
    origin: Origin | None = None
    """The input picture, without its folder."""
    chain: Provenance = ()

    def to_json(self) -> str:
        """Return the one text that this document has: ASCII, keys sorted, no white space."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))


def to_xmp(document: str | None, mark: str | None = None) -> bytes:
    """Return an XMP packet that holds the JSON text ``document`` and IPTC's digital source type, each where there is one."""
    names, body = "", ""
    if mark is not None:
        names = f' xmlns:Iptc4xmpExt="{_IPTC_EXTENSION}"'
        body = f"<Iptc4xmpExt:DigitalSourceType>{escape(mark)}</Iptc4xmpExt:DigitalSourceType>"
    if document is not None:
        body += f"{_BEGIN}{escape(document)}{_END}"
    return _XMP.replace("{names}", names).replace("{body}", body).encode()


def packet_of(picture: ImageFile) -> bytes | None:
    """Return the XMP packet of a picture, or None; one of more than a megabyte is passed over."""
    packet = picture.info.get(XMP_KEY) if isinstance(picture, PngImageFile) else picture.info.get("xmp")
    content = packet.encode() if isinstance(packet, str) else packet
    return content if isinstance(content, bytes) and len(content) <= _TEXT_LIMIT else None


def open_picture(content: IO[bytes], name: str) -> ImageFile:
    """Open a PNG, JPEG, WebP or TIFF picture without decoding it; ``name`` says in an error which it is.

    Raises:
        DataError: it is something else, or damaged.
    """
    head = content.read(16)
    content.seek(0)
    opener = next((opener for magic, opener in _OPENERS if head.startswith(magic)), None)
    if opener is None:
        raise DataError(f"{name}: wanted a PNG, JPEG, WebP or TIFF picture, got something else")
    try:
        return opener(content)
    # Pillow's readers raise nearly anything on damaged headers
    except Exception as error:
        raise DataError(f"{name}: the picture is damaged: {error}") from error


def read_metadata(source: Path | bytes) -> dict[str, JsonValue] | None:
    """Return the document that artgen embedded in a picture file, or None where there is none.

    Pixels are not decoded. The document has the fields of `Document`.

    Args:
        source: a file, or its content.

    Raises:
        DataError: it is no picture that artgen writes, or its document is malformed.
        StorageError: the file cannot be read.
    """
    name = "picture" if isinstance(source, bytes) else str(source)
    try:
        with io.BytesIO(source) if isinstance(source, bytes) else source.open("rb") as content:
            text = _find_text(open_picture(content, name))
    except OSError as error:
        raise StorageError(f"{name} cannot be read: {error.strerror or error}") from error
    return None if text is None else _parse(text, name)


def _find_text(picture: ImageFile) -> str | None:
    if isinstance(picture, PngImageFile):
        text = picture.info.get("artgen")
        return text if isinstance(text, str) else None
    packet = packet_of(picture)
    if packet is None:
        return None
    # looked up as text: an XML parser would have to be defended against what strangers put into the packet
    _, begin, rest = packet.decode("utf-8", errors="replace").partition(_BEGIN)
    document, end, _ = rest.partition(_END)
    return unescape(document) if begin and end else None


def _parse(text: str, name: str) -> dict[str, JsonValue]:
    if len(text) > _TEXT_LIMIT:
        raise DataError(f"{name}: wanted a document of at most {_TEXT_LIMIT} characters, got {len(text)}")
    try:
        document = Document.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "text"
        raise DataError(
            f"{name}: the embedded artgen document is malformed, or of a later version of artgen: {where}:"
            f" {first['msg']}"
        ) from error
    dump: dict[str, JsonValue] = document.model_dump(mode="json")
    return dump
