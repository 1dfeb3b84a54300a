"""Pictures on their way to the browser: those of the stores alone, by run and name."""

import io
from pathlib import Path

from PIL import Image

from interfaces.errors import RunError, StorageError
from interfaces.page import PageParts
from interfaces.runs import StoredFile

__all__ = ["find_file", "thumbnail"]

_SIDE = 320


def find_file(parts: PageParts, run: str, name: str) -> StoredFile | None:
    """Return the stored file of that name, or None. What a stranger asks for is compared with the index, and never a path."""
    try:
        files = parts.results.files(run)
    except (RunError, StorageError):
        return None
    return next((file for file in files if file.name == name and Path(file.path).is_file()), None)


def thumbnail(parts: PageParts, file: StoredFile) -> bytes:
    """Return a small WebP of a stored picture; made once for each content.

    Raises:
        StorageError: the picture cannot be read.
    """
    name = f"{file.sha256[:2]}/{file.sha256}.webp"
    try:
        return parts.thumbnails.read(name)
    except StorageError:
        pass
    try:
        with Image.open(file.path) as picture:
            picture.draft("RGB", (2 * _SIDE, 2 * _SIDE))
            small = picture.convert("RGBA" if "A" in picture.getbands() else "RGB")
    except OSError as error:
        raise StorageError(f"{file.name} cannot be read: {error.strerror or error}") from error
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    content = io.BytesIO()
    small.save(content, "WEBP", quality=82, method=2)
    parts.thumbnails.write(name, content.getvalue())
    return content.getvalue()
