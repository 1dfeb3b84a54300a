"""Takes from a picture what it carries besides its pixels."""

from PIL import Image
from PIL.ExifTags import IFD
from PIL.ImageFile import ImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from interfaces.attachments import Attachments

__all__ = ["read_attachments"]

_SUBFOLDERS = (IFD.Exif, IFD.GPSInfo)
_INTEROPERABILITY = 0xA005
# tags of TIFF that say how the pixels lie in the file, and tags that have a place of their own: XMP, IPTC, ICC, EXIF
_STORAGE = {
    *range(254, 260), 262, 263, 266, 273, 274, *range(277, 282), 284, 292, 293, 297, 317, 318, 319, 320,
    *range(322, 326), 330, 332, 338, 339, 340, 341, 347, *range(512, 522), 529, 530, 531, 532, 700, 33723, 34377,
    34665, 34675, 34853, 40965,
}  # fmt: skip
_IPTC_TAG, _IPTC_RESOURCE = 33723, 0x0404
_XMP_KEY = "XML:com.adobe.xmp"


def read_attachments(opened: ImageFile, upright: Image.Image) -> Attachments:
    """Return what a picture carries.

    Args:
        opened: as Pillow opened it, decoded; CMYK counts as converted, so that its profile no longer fits.
        upright: the same turned upright, with an XMP packet that no longer says otherwise.
    """
    profile = opened.info.get("icc_profile") if opened.mode != "CMYK" else None
    xmp = upright.info.get("xmp", upright.info.get(_XMP_KEY))
    texts = opened.text if isinstance(opened, PngImageFile) else {}
    return Attachments(
        icc=profile or None,
        exif=_exif(opened),
        xmp=xmp.encode() if isinstance(xmp, str) else xmp or None,
        iptc=_iptc(opened),
        texts={str(key): str(value) for key, value in texts.items() if key != _XMP_KEY},
    )


def _iptc(image: ImageFile) -> bytes | None:
    if isinstance(image, TiffImageFile):
        found = image.tag_v2.get(_IPTC_TAG)
    else:  # a JPEG keeps it among the resources of Photoshop
        found = image.info.get("photoshop", {}).get(_IPTC_RESOURCE)
    return found if isinstance(found, bytes) and found else None


def _exif(image: Image.Image) -> bytes | None:
    found = image.getexif()
    kept = Image.Exif()
    for tag, value in found.items():
        if tag not in _STORAGE:
            kept[tag] = value
    for folder in _SUBFOLDERS:
        entries = {tag: v for tag, v in found.get_ifd(folder).items() if tag != _INTEROPERABILITY}
        if entries:
            kept.get_ifd(folder).update(entries)
    return kept.tobytes().removeprefix(b"Exif\x00\x00") if len(kept) or kept._ifds else None
