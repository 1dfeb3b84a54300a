"""Pictures for the browser: those of the store alone, by run and name."""

import io
from pathlib import Path
from typing import Annotated, Any, get_args

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import FileResponse, Response
from PIL import Image
from pydantic import Field

from components.ui.page.about import about_picture
from components.ui.page.words import t
from interfaces.errors import RunError, StorageError
from interfaces.ics import FilmFormat
from interfaces.page import PageParts
from interfaces.pictures import PictureFilter, StoredPicture
from interfaces.runs import StoredFile

__all__ = ["existing", "find_file", "picture_routes", "picture_row", "thumbnail"]

_SIDE = 320
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_ANEW = {"Cache-Control": "private, no-cache"}
_MOST = 200


class _Some(PictureFilter):
    """Some pictures of a filter."""

    offset: int = Field(0, ge=0)
    limit: int = Field(60, ge=0, le=_MOST)


def find_file(parts: PageParts, run: str, name: str) -> StoredPicture | None:
    """Return the stored file of that name, or None. What a stranger asks for is compared with the index, and never a path."""
    file = parts.gallery.find(run, name)
    return file if file is not None and Path(file.path).is_file() else None


def existing(parts: PageParts, run: str, name: str) -> StoredPicture:
    """Return the stored file of that name; without one the answer is 404."""
    file = find_file(parts, run, name)
    if file is None:
        raise HTTPException(404, t("there is no such picture"))
    return file


def picture_row(file: StoredPicture) -> dict[str, Any]:
    """Return what the browser shows of a picture, without its place on the disk."""
    fields = {"run", "name", "role", "seed", "width", "height", "size", "style", "model", "stars", "note"}
    return {**file.model_dump(mode="json", include=fields), "created": file.created.isoformat()}


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
        raise StorageError(t("{0} cannot be read: {1}", file.name, error.strerror or error)) from error
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    content = io.BytesIO()
    small.save(content, "WEBP", quality=82, method=2)
    parts.thumbnails.write(name, content.getvalue())
    return content.getvalue()


def picture_routes(parts: PageParts) -> APIRouter:
    """Return what the browser asks of pictures."""
    routes = APIRouter(prefix="/art")
    _add_files(routes, parts)
    _add_words(routes, parts)
    return routes


def _add_files(routes: APIRouter, parts: PageParts) -> None:
    @routes.get("/file/{run}/{name}")
    def picture(run: str, name: str) -> FileResponse:
        """Return a stored picture."""
        file = existing(parts, run, name)
        return FileResponse(file.path, media_type=file.media_type, headers=_ANEW)

    @routes.get("/thumb/{run}/{name}")
    def small(run: str, name: str) -> Response:
        """Return a small copy of a stored picture."""
        return Response(
            thumbnail(parts, existing(parts, run, name)), media_type="image/webp", headers=_FOREVER
        )

    @routes.get("/preview/{run}/{seed}")
    def preview(run: str, seed: int) -> Response:
        """Return what a run has generated for a seed and is enlarging; 404 as soon as it is stored."""
        try:
            record = parts.queue.get(run)
            content = parts.previews.read(f"{record.id}/{seed}.webp")
        except (RunError, StorageError) as error:  # which names its place
            raise HTTPException(404, t("there is no such preview, or no more")) from error
        return Response(content, media_type="image/webp", headers=_ANEW)


def _add_words(routes: APIRouter, parts: PageParts) -> None:
    @routes.get("/pictures")
    def stored(wanted: Annotated[_Some, Query()]) -> dict[str, Any]:
        """Return stored pictures of a filter, newest run first, and how many there are in all."""
        found = parts.gallery.pictures(wanted, offset=wanted.offset, limit=wanted.limit)
        there = [picture_row(each) for each in found if Path(each.path).is_file()]
        return {"total": parts.gallery.count(wanted), "pictures": there}

    @routes.get("/film/{run}")
    def film(run: str) -> dict[str, Any]:
        """Return the film of a run, which is a file as its pictures are; null where there is none."""
        files = (find_file(parts, run, f"film.{each}") for each in get_args(FilmFormat))
        found = next((file for file in files if file is not None and file.role == "film"), None)
        return {"film": found and picture_row(found)}

    @routes.get("/about/{run}/{name}")
    def about(run: str, name: str) -> dict[str, Any]:
        """Return how a stored picture was made: seed, and the records of the three stages, as its file or its run has them."""
        told = about_picture(parts, existing(parts, run, name))
        if told is None:
            raise HTTPException(404, t("neither the picture nor its run says how it was made"))
        return told
