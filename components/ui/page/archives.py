"""Collections of pictures that the browser hands in to learn from: archives, written to the disk as they come, never unpacked here."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from components.ui.page.problems import full
from components.ui.page.uploads import plain_name
from components.ui.page.words import mark, t
from interfaces.page import PageParts
from interfaces.page_uploads import Incoming, KeptArchive

__all__ = ["ARCHIVE_LIMIT", "archive_routes", "closed_routes"]

_GB = 1_000_000_000
_MOST_BYTES = 2 * _GB
ARCHIVE_LIMIT = (mark("At most {0} GB each."), _MOST_BYTES // _GB)
"""In words, for `t`."""
_AT_ONCE = 1 << 20


def archive_routes(parts: PageParts) -> APIRouter:
    """Return what the browser asks of archives."""
    routes = APIRouter(prefix="/art/archives")

    @routes.get("")
    def archives() -> dict[str, Any]:
        """Return the archives that were handed in, each with the name by which a training means it."""
        return {"archives": _rows(parts)}

    @routes.get("/room")
    def room(size: int) -> dict[str, int]:
        """Say whether an archive of so many bytes may come, before it is sent."""
        _check_size(size)
        with full(parts):
            parts.uploads.check_room(size)
        return {"size": size}

    @routes.post("")
    async def hand_in(request: Request, name: str = "") -> dict[str, Any]:
        """Keep the ZIP or TAR that is the body of the request; ``name`` is for people. Returns its row in the list."""
        told = request.headers.get("content-length", "")
        size = int(told) if told.isascii() and told.isdecimal() else 0
        _check_size(size)
        with full(parts):
            incoming = await run_in_threadpool(parts.uploads.receive, plain_name(name), size)
            try:
                kept = await _take(request, incoming)
            except ClientDisconnect as error:
                raise HTTPException(400, t("the upload was broken off")) from error
            finally:
                await run_in_threadpool(incoming.close)
        [row] = [row for row in await run_in_threadpool(_rows, parts) if row["digest"] == kept.digest]
        return row

    @routes.delete("/{digest}")
    def remove(digest: str) -> dict[str, str]:
        """Remove an archive that no run uses any more."""
        if all(row["digest"] != digest for row in _rows(parts)):
            raise HTTPException(404, t("there is no such archive"))
        parts.uploads.remove(digest)
        return {"removed": digest}

    return routes


def closed_routes() -> APIRouter:
    """Return what answers in place of Gradio's own ways to hand in files: no tab needs them, and they keep whatever comes."""
    routes = APIRouter(prefix="/gradio_api", include_in_schema=False)

    @routes.post("/upload")
    @routes.post("/process_recording")
    def closed() -> None:
        raise HTTPException(404, t("files are handed in at /art/uploads and /art/archives"))

    return routes


def _rows(parts: PageParts) -> list[dict[str, Any]]:
    kept = parts.trainings.archives()
    return [{"name": name, "digest": each.digest, "size": each.size} for name, each in kept.items()]


def _check_size(size: int) -> None:
    if size > _MOST_BYTES:
        raise HTTPException(
            413,
            t(
                "wanted at most {0} GB, got {1:.1f} GB; hand in a part of the pictures",
                _MOST_BYTES // _GB,
                size / _GB,
            ),
        )


async def _take(request: Request, incoming: Incoming) -> KeptArchive:
    held, size = bytearray(), 0
    async for chunk in request.stream():
        held += chunk
        size += len(chunk)
        _check_size(size)
        if len(held) >= _AT_ONCE:
            await run_in_threadpool(incoming.write, bytes(held))
            held.clear()
    await run_in_threadpool(incoming.write, bytes(held))
    return await run_in_threadpool(incoming.finish)
