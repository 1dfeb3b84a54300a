"""What shows the pictures of a run together: a contact sheet, a film."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from interfaces.ics import ICS
from interfaces.iodt import IODT
from interfaces.ports import Converter, MakesFilms
from interfaces.runs import StoredFile

__all__ = ["overviews"]


def overviews(
    stored: Sequence[StoredFile], converter: Converter, settings: ICS, caption: Callable[[StoredFile], str]
) -> Iterator[IODT]:
    """Yield the contact sheet and the film of a run of several images, where they are asked for."""
    finals = [file for file in stored if file.role == "final"]
    finals = [file for file in finals if Path(file.path).is_file()]  # one may have been deleted since
    if len(finals) < 2:
        return
    paths = [Path(file.path) for file in finals]
    if settings.contact_sheet:
        yield converter.contact_sheet(paths, settings, [caption(file) for file in finals])
    if settings.film != "none" and isinstance(converter, MakesFilms):
        yield converter.film(paths, settings)
