"""``artgen cache``: what can be made or fetched again."""

from typing import Annotated

import typer

from pipeline.cli.cleaning import agree_and_free
from pipeline.cli.output import JsonOption, Screen, YesOption

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Free the disk of what can be made or fetched again.")


@app.command()
def clean(
    kinds: Annotated[
        list[str] | None,
        typer.Argument(
            help="packs, lessons, descriptions, downloads, previews, speeds.",
            show_default="all",
            metavar="[KIND]...",
        ),
    ] = None,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what the cache holds of each kind, and remove it; models, results and runs are not in it."""
    with Screen():
        from storage.cache import cached, empty
        from storage.known_stores import runs_of
        from storage.paths import cache_folder
        from storage.run_deletion import check_at_rest

        found = [each for each in cached(kinds or ()) if each.files]

    def remove() -> None:
        for record, _ in runs_of():
            check_at_rest(record)  # it may be reading a pack
        empty(found)

    agree_and_free(found, remove, cache_folder(), "nothing in the cache", yes=yes, as_json=as_json)
