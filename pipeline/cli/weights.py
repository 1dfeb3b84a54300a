"""``artgen weights``: official enhancement weights."""

from typing import Annotated

import typer

from pipeline.cli.output import JsonOption, Screen, print_json, print_table

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Find and get the official weights of enhancement networks.")


@app.command("list")
def list_weights(as_json: JsonOption = False) -> None:
    """List the official weights, and where they lie on this machine."""
    from storage.weight_store import CachedWeightStore

    store = CachedWeightStore()
    found = [(entry, store.find(entry.name)) for entry in store.table.values()]
    if as_json:
        print_json([{**entry.model_dump(mode="json"), "path": path} for entry, path in found])
        return
    rows = [
        (entry.name, f"{entry.size / 1e6:.1f} MB", entry.licence, path or "-", entry.description)
        for entry, path in found
    ]
    print_table(("name", "size", "licence", "here", "what it is"), rows, empty="")


@app.command()
def get(name: Annotated[str, typer.Argument(help="Name (see `artgen weights list`) or path.")]) -> None:
    """Download official weights, check their digest, and print where they lie."""
    from storage.weight_store import CachedWeightStore

    with Screen() as screen:
        path = CachedWeightStore().get(name, listener=screen.listener)
    typer.echo(str(path))
