"""What the browser is told of an error of ours: in words, and without a path of the server."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from components.ui.page.words import t
from interfaces.errors import ArtgenError, DataError, RunError, SettingsError, StorageError, WeightsError
from interfaces.page import PageParts
from interfaces.said import fault

__all__ = ["full", "listed", "tell_errors", "words_of"]

_STATUS = ((SettingsError, 422), (DataError, 422), (WeightsError, 404), (StorageError, 503), (RunError, 409))
_OTHERWISE = 409


def words_of(error: ArtgenError, parts: PageParts) -> str:
    """Return what is wrong, a line for each problem."""
    return "\n".join(parts.hide(t(problem)) for problem in error.problems)


def listed(lines: Sequence[str]) -> str:
    r"""Return what the user is told, in Markdown: a line for itself, several as a list.

    >>> listed(["a"]), listed(["a", "b"])
    ('a', '- a\n- b')
    """
    return lines[0] if len(lines) == 1 else "\n".join(f"- {each}" for each in lines)


def tell_errors(server: FastAPI, parts: PageParts) -> None:
    """Let every route of ``server`` answer with what is wrong, where it raises an error of ours or is asked for what it does not take."""

    @server.exception_handler(ArtgenError)
    def told(request: Request, error: ArtgenError) -> JSONResponse:
        return JSONResponse({"detail": words_of(error, parts)}, _status(request.method, error))

    @server.exception_handler(RequestValidationError)
    def not_understood(request: Request, error: RequestValidationError) -> JSONResponse:
        faults = ((".".join(map(str, each["loc"][1:])), fault(each)) for each in error.errors())
        lines = (t("{0}: {1}", place, text) if place else t(text) for place, text in faults)
        return JSONResponse({"detail": "\n".join(lines)}, 422)


@contextmanager
def full(parts: PageParts) -> Iterator[None]:
    """Answer that there is no room, where the block cannot keep what came."""
    try:
        yield
    except StorageError as error:
        raise HTTPException(507, words_of(error, parts)) from error


def _status(method: str, error: ArtgenError) -> int:
    if method == "GET" and isinstance(error, RunError):
        return 404  # to look at a run fails where there is none
    return next((status for kind, status in _STATUS if isinstance(error, kind)), _OTHERWISE)
