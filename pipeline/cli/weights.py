"""``artgen weights``: all weights that are looked for by name."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import JsonOption, Screen, print_json, print_table, size_text

if TYPE_CHECKING:
    from storage.weight_store import CachedWeightStore

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help="Find and get the weights of networks that enlarge, and of those whose features are used.",
)


@app.command("list")
def list_weights(as_json: JsonOption = False) -> None:
    """List the networks that come with artgen and the official ones, and where they are found on this machine."""
    with Screen():
        from pipeline.factories.stores import local_weights

        store = local_weights()
        rows = [*_shipped(store), *(entry.model_dump(mode="json") for entry in store.table.values())]
        rows = [{**row, **_whereabouts(store, str(row["name"]))} for row in rows]
    if as_json:
        print_json(rows)
        return
    print_table(
        ("name", "size", "licence", "from", "path", "what it is"),
        [
            (
                row["name"],
                size_text(row["size"]) if row["size"] else "-",
                row["licence"],
                row["place"] or "-",
                row["path"] or "-",
                row["description"],
            )
            for row in rows
        ],
        empty="",
    )
    for row in rows:
        for fault in row["faults"]:
            typer.echo(f"{row['name']}: {fault}", err=True)


def _shipped(store: "CachedWeightStore") -> list[dict[str, Any]]:
    from interfaces.ies import FAST_WEIGHTS

    return [
        {
            "name": network.name,
            "url": None,
            "size": network.weights_path.stat().st_size if network.weights_path.is_file() else 0,
            "sha256": network.weights_sha256,
            "licence": network.licence,
            "description": f"x{network.architecture.scale}, compact network of {network.architecture.depth} convolutions, for "
            f"paintings: comes with artgen{', and is what --fast takes' if network.name == FAST_WEIGHTS else ''}",
        }
        for network in store.shipped.values()
    ]


def _whereabouts(store: "CachedWeightStore", name: str) -> dict[str, Any]:
    search = store.look(name)
    return {
        "path": str(search.path) if search.path else None,
        "place": search.place,
        "faults": list(search.faults),
        "fault": "; ".join(search.faults) if search.faults and search.path is None else None,
    }


@app.command()
def get(name: Annotated[str, typer.Argument(help="Name (see `artgen weights list`) or path.")]) -> None:
    """Download official weights, check their digest, and print where they lie."""
    with Screen() as screen:
        from pipeline.factories.stores import local_weights

        path = local_weights().get(name, listener=screen.listener)
    typer.echo(str(path))
