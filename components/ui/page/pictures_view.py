"""Pictures for the browser: those of the store alone, by run and name."""

import io
from pathlib import Path
from typing import Any

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response
from PIL import Image

from interfaces.errors import ArtgenError, RunError, StorageError
from interfaces.page import PageParts
from interfaces.runs import StoredFile

__all__ = ["find_file", "picture_routes", "thumbnail"]

_SIDE = 320
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_ANEW = {"Cache-Control": "private, no-cache"}
_MOST = 200


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


def picture_routes(parts: PageParts) -> APIRouter:
    """Return what the browser asks of pictures."""
    routes = APIRouter(prefix="/art")

    @routes.get("/pictures")
    def stored(run: str | None = None, offset: int = 0, limit: int = 60) -> dict[str, Any]:
        """Return stored pictures, newest run first."""
        try:
            return _some(parts, run, max(offset, 0), min(max(limit, 1), _MOST))
        except RunError as error:
            raise HTTPException(404, str(error)) from error

    @routes.get("/file/{run}/{name}")
    def picture(run: str, name: str) -> FileResponse:
        """Return a stored picture."""
        file = _found(parts, run, name)
        return FileResponse(file.path, media_type=file.media_type, headers=_ANEW)

    @routes.get("/thumb/{run}/{name}")
    def small(run: str, name: str) -> Response:
        """Return a small copy of a stored picture."""
        return Response(thumbnail(parts, _found(parts, run, name)), media_type="image/webp", headers=_FOREVER)

    @routes.get("/about/{run}/{name}")
    def about(run: str, name: str) -> dict[str, Any]:
        """Return what a stored picture says of how it was made: seed, and the records of the three stages."""
        file = _found(parts, run, name)
        try:
            return dict(parts.read_metadata(Path(file.path)) or {})
        except ArtgenError as error:
            raise HTTPException(404, "the picture does not say how it was made") from error

    return routes


def _found(parts: PageParts, run: str, name: str) -> StoredFile:
    file = find_file(parts, run, name)
    if file is None:
        raise HTTPException(404, "there is no such picture")
    return file


def _some(parts: PageParts, run: str | None, offset: int, limit: int) -> dict[str, Any]:
    finals = [file for file in parts.results.files(run) if file.role == "final"]
    finals.sort(key=lambda file: (file.run, -(file.seed or 0)), reverse=True)
    return {"total": len(finals), "pictures": [_row(file) for file in finals[offset : offset + limit]]}


def _row(file: StoredFile) -> dict[str, Any]:
    """Return what the browser shows of a picture, without its place on the disk."""
    row = file.model_dump(mode="json", include={"run", "name", "seed", "width", "height", "size"})
    return {**row, "created": file.created.isoformat()}
