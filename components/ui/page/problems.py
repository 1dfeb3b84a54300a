"""What the browser is told of an error of ours: in words, and without a path of the server."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from interfaces.errors import ArtgenError, DataError, RunError, SettingsError, StorageError, WeightsError
from interfaces.page import PageParts

__all__ = ["full", "listed", "tell_errors", "words_of"]

_STATUS = ((SettingsError, 422), (DataError, 422), (WeightsError, 404), (StorageError, 503), (RunError, 409))
_OTHERWISE = 409


def words_of(error: ArtgenError, parts: PageParts) -> str:
    """Return what is wrong, a line for each problem."""
    problems = error.problems if isinstance(error, SettingsError) else (str(error),)
    return "\n".join(parts.hide(problem) for problem in problems)


def listed(lines: Sequence[str]) -> str:
    r"""Return what the user is told, in Markdown: a line for itself, several as a list.

    >>> listed(["a"]), listed(["a", "b"])
    ('a', '- a\\n- b')
    """
    return lines[0] if len(lines) == 1 else "\n".join(f"- {each}" for each in lines)


def tell_errors(server: FastAPI, parts: PageParts) -> None:
    """Let every route of ``server`` answer with what is wrong, where it raises an error of ours."""

    @server.exception_handler(ArtgenError)
    def told(request: Request, error: ArtgenError) -> JSONResponse:
        return JSONResponse({"detail": words_of(error, parts)}, _status(request.method, error))


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
