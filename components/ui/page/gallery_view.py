"""What the browser does with pictures: rate, delete, bring back, download many, use their settings."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, Field

from components.ui.page.pictures_view import existing, picture_row
from components.ui.page.restore import Restored, neighbours, restored, walk_from
from components.ui.page.words import t
from components.ui.page.zip_stream import zip_stream
from interfaces.contract import Contract, Seed
from interfaces.page import PageParts
from interfaces.pictures import MOST_STARS, PictureFilter
from interfaces.seed_list import MAX_COUNT

__all__ = ["gallery_routes"]

_MOST_BYTES = 64 << 20
"""Of a picture file whose settings are asked for."""
_MOST_NAMED = 500
_AT_ONCE = 100


class _Rating(Contract):
    """What is thought of a picture; what is left out stays as it is."""

    stars: int | None = Field(None, ge=0, le=MOST_STARS)
    note: str | None = Field(None, max_length=2000)


class _Chosen(Contract):
    """Pictures: these, each by run and name, or all of a filter."""

    pictures: list[tuple[str, str]] = Field(default_factory=list, max_length=_MOST_NAMED)
    filter: PictureFilter | None = None


class _Named(PictureFilter):
    """Pictures of a filter; where some are named as ``run/name``, those."""

    picture: list[str] = Field(default_factory=list, max_length=_MOST_NAMED)


class _Way(Contract):
    """A walk from a picture."""

    to: Seed
    """The seed where it ends."""
    count: int = Field(24, ge=2, le=MAX_COUNT)
    """Pictures on the way, both ends among them."""


class _Moment(Contract):
    """When pictures were deleted."""

    moment: AwareDatetime


def gallery_routes(parts: PageParts) -> APIRouter:
    """Return what the browser does with pictures."""
    routes = APIRouter(prefix="/art")
    _add_looks(routes, parts)
    _add_changes(routes, parts)
    _add_settings(routes, parts)
    return routes


def _add_looks(routes: APIRouter, parts: PageParts) -> None:
    @routes.get("/choices")
    def choices() -> dict[str, Any]:
        """Return the runs, styles and models that there are pictures of."""
        runs, styles, digests = parts.gallery.choices()
        names = {model.weights_sha256: model.name for model in parts.models.list()} if digests else {}
        models = [{"digest": digest, "name": names.get(digest, f"{digest[:12]}…")} for digest in digests]
        return {"runs": runs, "styles": styles, "models": models}

    @routes.get("/picture/{run}/{name}")
    def picture(run: str, name: str) -> dict[str, Any]:
        """Return what is known of a stored picture, and the files of its sizes, smallest first."""
        found = existing(parts, run, name)
        return {**picture_row(found), "sizes": [picture_row(each) for each in parts.gallery.sizes(found)]}

    @routes.get("/zip")
    def download(wanted: Annotated[_Named, Query()]) -> StreamingResponse:
        """Return the pictures of a filter, or those that are named, as a ZIP that is made while it is sent."""
        headers = {"Content-Disposition": f'attachment; filename="artgen-{datetime.now():%Y%m%d-%H%M%S}.zip"'}
        return StreamingResponse(
            zip_stream(_files(parts, wanted)), media_type="application/zip", headers=headers
        )


def _add_changes(routes: APIRouter, parts: PageParts) -> None:
    @routes.post("/rate/{run}/{name}")
    def rate(run: str, name: str, rating: _Rating) -> dict[str, Any]:
        """Give a picture stars, a note, or both."""
        existing(parts, run, name)
        return picture_row(parts.gallery.rate(run, name, stars=rating.stars, note=rating.note))

    @routes.post("/delete")
    def delete(chosen: _Chosen) -> dict[str, Any]:
        """Put pictures into the trash; what is returned as ``moment`` brings them back."""
        wanted = chosen.pictures if chosen.filter is None else chosen.filter
        moment, count = parts.gallery.delete(wanted)
        return {"moment": moment.isoformat(), "pictures": count}

    @routes.post("/restore")
    def restore(deleted: _Moment) -> dict[str, int]:
        """Bring back what was deleted at that moment."""
        return {"pictures": parts.gallery.restore(deleted.moment)}


def _add_settings(routes: APIRouter, parts: PageParts) -> None:
    @routes.get("/settings/{run}/{name}")
    def settings(run: str, name: str) -> dict[str, Any]:
        """Return the settings with which a stored picture was made, as the controls hold them."""
        return _answer(_of_stored(parts, run, name))

    @routes.post("/settings")
    async def settings_of_file(request: Request) -> dict[str, Any]:
        """Return the settings of a picture file that artgen made: its metadata are read, and nothing of it is kept."""
        content = bytearray()
        async for chunk in request.stream():
            content += chunk
            if len(content) > _MOST_BYTES:
                raise HTTPException(413, t("wanted a picture of at most {0} MB", _MOST_BYTES >> 20))
        return _answer(await run_in_threadpool(_of_content, parts, bytes(content)))

    @routes.post("/variations/{run}/{name}", status_code=202)
    def variations(run: str, name: str) -> dict[str, str]:
        """Queue a run of the pictures whose seeds are next to that of a stored one."""
        values = neighbours(_of_stored(parts, run, name))
        return {"run": parts.desk.generate(values).id}

    @routes.post("/walk/{run}/{name}", status_code=202)
    def walk(run: str, name: str, way: _Way) -> dict[str, str]:
        """Queue a run of pictures between a stored one and that of another seed, with a film of them."""
        values = walk_from(_of_stored(parts, run, name), way.to, way.count)
        return {"run": parts.desk.generate(values).id}


def _files(parts: PageParts, wanted: _Named) -> Iterator[tuple[str, Path]]:
    """Yield name in the archive and file of each picture, some rows at a time."""
    if wanted.picture:
        for each in wanted.picture:
            run, _, name = each.partition("/")
            found = parts.gallery.find(run, name)
            if found is not None:
                yield f"{found.run}/{found.name}", Path(found.path)
        return
    offset = 0
    while some := parts.gallery.pictures(wanted, offset=offset, limit=_AT_ONCE):
        yield from ((f"{each.run}/{each.name}", Path(each.path)) for each in some)
        offset += len(some)


def _of_stored(parts: PageParts, run: str, name: str) -> Restored:
    file = existing(parts, run, name)
    return _of_document(parts, parts.read_metadata(Path(file.path)))


def _of_content(parts: PageParts, content: bytes) -> Restored:
    return _of_document(parts, parts.read_metadata(content))


def _of_document(parts: PageParts, document: Mapping[str, Any] | None) -> Restored:
    if document is None:
        raise HTTPException(
            422,
            t("the picture does not say how it was made: it is not from artgen, or its metadata was removed"),
        )
    return restored(document, parts.models)


def _answer(found: Restored) -> dict[str, Any]:
    return {"values": dict(found.values), "told": list(found.told)}
