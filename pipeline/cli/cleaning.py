"""Says what would be removed, asks, removes it, and says what was freed: the same for the cache and for result stores."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from pipeline.cli.output import check_agreed, print_json, print_table, size_text

if TYPE_CHECKING:
    from storage.cache import Cached

__all__ = ["agree_and_free"]


def agree_and_free(
    found: "Sequence[Cached]",
    remove: Callable[[], None],
    place: Path,
    nothing: str,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    """Remove what was found, once somebody has agreed.

    Args:
        found: what there is, of each kind.
        remove: removes it.
        place: where it lies.
        nothing: what is said where there is nothing.
        yes: nobody is asked.
        as_json: say it as JSON.
    """
    if not as_json:
        rows = [(each.kind, each.files, size_text(each.size), each.what) for each in found]
        print_table(("kind", "files", "size", "what it is"), rows, nothing)
    size = sum(each.size for each in found)
    if found:
        check_agreed(f"free {size_text(size)} in {place}?", yes)
        remove()
    if as_json:
        kinds = {each.kind: {"files": each.files, "size": each.size} for each in found}
        print_json({"place": place, "freed": size, "kinds": kinds})
    elif found:
        typer.echo(f"freed {size_text(size)}")
