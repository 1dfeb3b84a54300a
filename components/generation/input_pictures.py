"""Input pictures of generation: read whole, and what is told of them further on."""

from pathlib import Path

from components.imaging.picture_file import PictureFile, read_picture
from interfaces.errors import DataError
from interfaces.provenance import Origin

__all__ = ["origin_of", "read_input"]


def read_input(path: Path, name: str | None = None) -> PictureFile:
    """Return the picture of a file.

    Args:
        path: of the file.
        name: how people call it, where that is not its path.

    Raises:
        DataError: it is missing or damaged; the message names it.
    """
    try:
        return read_picture(path.read_bytes())
    except OSError as error:
        raise DataError(f"{name or path} cannot be read: {error.strerror or error}") from error
    except DataError as error:
        raise DataError(f"{name or path}: {error}") from error


def origin_of(name: str, picture: PictureFile, *, is_grey: bool) -> Origin:
    """Return what an image says of the picture that it was made of.

    Args:
        name: how people call the picture.
        picture: as it was read.
        is_grey: whether the image is grey, too.
    """
    height, width = picture.image.shape[2:]
    return Origin(
        name=name,
        sha256=picture.sha256,
        size=(int(width), int(height)),
        bits=picture.bits,
        is_grey=is_grey,
        attachments=picture.attachments,
    )
