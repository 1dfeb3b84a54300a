"""``artgen weights``: enhancement weights."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import JsonOption, Screen, print_json, print_table

if TYPE_CHECKING:
    from storage.weight_store import CachedWeightStore

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Find and get the weights of enhancement networks.")


@app.command("list")
def list_weights(as_json: JsonOption = False) -> None:
    """List the network that comes with artgen and the official ones, and where they lie on this machine."""
    from pipeline.models import weight_store

    store = weight_store()
    rows = [*_shipped(store), *(entry.model_dump(mode="json") for entry in store.table.values())]
    rows = [{**row, **_whereabouts(store, str(row["name"]))} for row in rows]
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


def _shipped(store: "CachedWeightStore") -> list[dict[str, Any]]:
    network = store.shipped
    if network is None:
        return []
    built = network.architecture
    path = network.weights_path
    return [
        {
            "name": network.name,
            "url": None,
            "size": path.stat().st_size if path.is_file() else 0,
            "sha256": network.weights_sha256,
            "licence": network.licence,
            "description": f"x{built.scale}, compact network of {built.depth} convolutions, for paintings: comes with "
            "artgen, and is taken where no other is named",
        }
    ]


def _whereabouts(store: "CachedWeightStore", name: str) -> dict[str, str | None]:
    from interfaces.errors import WeightsError

    try:
        path = store.find(name)
    except WeightsError as error:
        return {"path": None, "fault": str(error)}
    return {"path": str(path) if path else None, "fault": None}


@app.command()
def get(name: Annotated[str, typer.Argument(help="Name (see `artgen weights list`) or path.")]) -> None:
    """Download official weights, check their digest, and print where they lie."""
    from pipeline.models import weight_store

    with Screen() as screen:
        path = weight_store().get(name, listener=screen.listener)
    typer.echo(str(path))
