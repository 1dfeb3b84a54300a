"""Pictures that the browser hands in: kept by their digest, never decoded here, and never trusted by name."""

import json
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath
from typing import NamedTuple

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from components.ui.page.problems import full
from components.ui.page.words import mark, t
from interfaces.errors import ArtgenError, DataError, SettingsError
from interfaces.page import PageParts

__all__ = [
    "LIMITS",
    "Uploaded",
    "check_together",
    "find_upload",
    "keep_upload",
    "named_uploads",
    "paths_and_names",
    "plain_name",
    "upload_routes",
]

_MB = 1_000_000
_MOST_BYTES = 50 * _MB
_MOST_TOGETHER = 500 * _MB
_MOST_PICTURES = 100
LIMITS = (
    mark("At most {0} MB each, {1} pictures and {2} MB together."),
    *(_MOST_BYTES // _MB, _MOST_PICTURES, _MOST_TOGETHER // _MB),
)
"""In words, for `t`."""
_LONGEST_NAME = 100
_UNKNOWN = ".bin"
_SHOWN = {".png": "image/png", ".jpg": "image/jpeg", ".webp": "image/webp", ".gif": "image/gif"}
"""What a browser is given back, by the ending that the store gave a file by its content."""
_HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "sandbox; default-src 'none'",
}


class Uploaded(NamedTuple):
    """A picture that was handed in."""

    digest: str
    """SHA-256 of its content: by this the browser names it."""
    name: str
    """For people."""
    path: Path


def plain_name(name: str) -> str:
    """Return a name that was sent along, without folders and what cannot be read; it is shown, and never a path.

    >>> plain_name("/x/../../cat.png"), plain_name("..")
    ('cat.png', 'picture')
    """
    last = "".join(letter for letter in PureWindowsPath(name).name if letter.isprintable()).strip(" .:/\\")
    stem, dot, ending = last.rpartition(".")
    if len(last) > _LONGEST_NAME:
        last = f"{stem[: _LONGEST_NAME - 10]}{dot}{ending[:9]}" if stem else last[:_LONGEST_NAME]
    return last or "picture"


def keep_upload(parts: PageParts, name: str, content: bytes) -> Uploaded:
    """Keep a picture in the store, and return by what it is found again.

    Its name ends as its content says, for what it is written as follows from that.

    Raises:
        DataError: there is nothing in it.
        StorageError: there is no room for it.
    """
    if not content:
        raise DataError(t("the file is empty"))
    return _named(parts.uploads.keep_picture(content), name)


def find_upload(parts: PageParts, digest: str, name: str) -> Uploaded:
    """Return a picture that was handed in before.

    Raises:
        SettingsError: it is not there.
    """
    try:
        kept = parts.results.find_picture(digest)
    except ArtgenError:  # no digest, or altered on the disk; what the store says has a path in it
        kept = None
    if kept is None:
        raise SettingsError(t("pictures: {0} is not there any more; choose it once more", plain_name(name)))
    return _named(kept, name)


def named_uploads(parts: PageParts, held: str) -> Sequence[Uploaded]:
    """Return what the browser names: a JSON list of digests and names.

    Raises:
        SettingsError: it is no such list, one is not there any more, or they are none or too many.
    """
    try:
        named = [(str(each["picture"]), str(each.get("name", ""))) for each in json.loads(held)]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise SettingsError(
            t(
                'pictures: wanted a JSON list such as [{"picture": "SHA-256", "name": "cat.png"}], got '
                "something else"
            )
        ) from error
    found = [find_upload(parts, digest, name) for digest, name in named]
    check_together(found)
    return found


def paths_and_names(pictures: Sequence[Uploaded]) -> dict[str, list[str]]:
    """Return the fields of a source that makes one image of each of ``pictures``."""
    return {"paths": [str(each.path) for each in pictures], "names": [each.name for each in pictures]}


def check_together(pictures: Sequence[Uploaded]) -> None:
    """Refuse no pictures, and too many.

    Raises:
        SettingsError: saying how many there may be.
    """
    if not pictures:
        raise SettingsError(t("pictures: wanted at least one, got none; drop some on the page first"))
    size = sum(each.path.stat().st_size for each in pictures)
    if len(pictures) > _MOST_PICTURES or size > _MOST_TOGETHER:
        raise SettingsError(
            t(
                "pictures: wanted at most {0} of {1} MB together, got {2} of {3:.0f} MB",
                _MOST_PICTURES,
                _MOST_TOGETHER // _MB,
                len(pictures),
                size / _MB,
            )
        )


def upload_routes(parts: PageParts) -> APIRouter:
    """Return what the browser hands in, and may look at again."""
    routes = APIRouter(prefix="/art")

    @routes.post("/uploads")
    async def hand_in(request: Request, name: str = "") -> dict[str, str]:
        """Keep the picture that is the body of the request; ``name`` is for people. Returns the digest that names it."""
        content = await _body(request)
        with full(parts):
            kept = await run_in_threadpool(keep_upload, parts, name, content)
        return {"picture": kept.digest, "name": kept.name}

    @routes.get("/uploads/{digest}")
    def look(digest: str) -> FileResponse:
        """Return a picture that was handed in, where browsers can show it."""
        try:
            kept = find_upload(parts, digest, "it")
        except SettingsError as error:
            raise HTTPException(404, t("there is no such picture")) from error
        media_type = _SHOWN.get(kept.path.suffix)
        if media_type is None:
            raise HTTPException(415, t("browsers cannot show this picture; a result of it can be seen"))
        return FileResponse(kept.path, media_type=media_type, headers=_HEADERS)

    return routes


async def _body(request: Request) -> bytes:
    """Return the body, of which no more is taken in than is allowed."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MOST_BYTES:
            raise HTTPException(413, t("wanted at most {0} MB, got more", _MOST_BYTES // _MB))
    return bytes(content)


def _named(kept: Path, name: str) -> Uploaded:
    plain = plain_name(name)
    if kept.suffix != _UNKNOWN:
        plain = f"{plain.rpartition('.')[0] or plain}{kept.suffix}"
    return Uploaded(kept.stem, plain, kept)
