"""``artgen weights``: official enhancement weights."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import JsonOption, Screen, print_json, print_table

if TYPE_CHECKING:
    from interfaces.ports import WeightStore

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Find and get the official weights of enhancement networks.")


@app.command("list")
def list_weights(as_json: JsonOption = False) -> None:
    """List the official weights, and where they lie on this machine."""
    from storage.weight_store import CachedWeightStore

    store = CachedWeightStore()
    rows = [
        {**entry.model_dump(mode="json"), **_whereabouts(store, entry.name)} for entry in store.table.values()
    ]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("name", "size", "licence", "here", "what it is"),
        [
            (
                row["name"],
                f"{row['size'] / 1e6:.1f} MB",
                row["licence"],
                row["fault"] or row["path"] or "-",
                row["description"],
            )
            for row in rows
        ],
        empty="",
    )


def _whereabouts(store: "WeightStore", name: str) -> dict[str, str | None]:
    from interfaces.errors import WeightsError

    try:
        path = store.find(name)
    except WeightsError as error:
        return {"path": None, "fault": str(error)}
    return {"path": str(path) if path else None, "fault": None}


@app.command()
def get(name: Annotated[str, typer.Argument(help="Name (see `artgen weights list`) or path.")]) -> None:
    """Download official weights, check their digest, and print where they lie."""
    from storage.weight_store import CachedWeightStore

    with Screen() as screen:
        path = CachedWeightStore().get(name, listener=screen.listener)
    typer.echo(str(path))
