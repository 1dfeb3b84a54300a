"""``artgen cache``: what can be made or fetched again."""

from typing import Annotated

import typer

from pipeline.cli.output import Screen, YesOption, check_agreed, print_table, size_text

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Free the disk of what can be made or fetched again.")


@app.command()
def clean(
    kinds: Annotated[
        list[str] | None,
        typer.Argument(
            help="packs, lessons, descriptions, downloads, speeds.", show_default="all", metavar="[KIND]..."
        ),
    ] = None,
    yes: YesOption = False,
) -> None:
    """Say what the cache holds of each kind, and remove it; models, results and runs are not in it."""
    with Screen():
        from storage.cache import cached, empty
        from storage.known_stores import runs_of
        from storage.run_deletion import check_at_rest

        found = [each for each in cached(kinds or ()) if each.files]
    print_table(
        ("kind", "files", "size", "what it is"),
        [(each.kind, each.files, size_text(each.size), each.what) for each in found],
        "nothing in the cache",
    )
    if not found:
        return
    for record, _ in runs_of():
        check_at_rest(record)  # it may be reading a pack
    size = size_text(sum(each.size for each in found))
    check_agreed(f"free {size} in {found[0].path.parent}?", yes)
    empty(found)
    typer.echo(f"freed {size}")
