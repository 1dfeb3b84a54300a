"""Files of input pictures that carry on what these carried."""

from torch import Tensor

from components.conversion.document import Document
from components.conversion.encoding import MEDIA_TYPES
from components.imaging.fitting import losses
from components.imaging.preserving import encode_preserving
from interfaces.ics import ICS
from interfaces.iodt import EncodedFile
from interfaces.provenance import Origin

__all__ = ["preserved_file"]


def preserved_file(
    name: str, image: Tensor, alpha: Tensor | None, origin: Origin, document: Document, settings: ICS
) -> EncodedFile:
    """Return the file of an image, with what hung on its input picture.

    Its metadata are the document and, beside that, the ``size`` of the input picture and what was ``lost`` of it, in words.

    Args:
        name: of the file.
        image: (3, H, W) float32 in [-1, 1].
        alpha: (1, H, W) float32 in [0, 1], or None.
        origin: the input picture.
        document: how the image came about.
        settings: format and quality.

    Raises:
        SettingsError: the format cannot hold a picture of that size.
    """
    content = encode_preserving(
        image, alpha, settings, bits=origin.bits, is_grey=origin.is_grey, attachments=origin.attachments
    )
    lost = losses(
        origin.attachments,
        settings,
        bits=origin.bits,
        is_grey=origin.is_grey,
        has_alpha=alpha is not None,
    )
    return EncodedFile(
        name=name,
        media_type=MEDIA_TYPES[settings.format],
        content=content,
        width=document.width,
        height=document.height,
        role=document.role,
        seed=document.seed,
        metadata={
            **document.model_dump(mode="json"),
            "size": origin.size and list(origin.size),
            "lost": list(lost),
        },
    )
