"""``artgen results``: what runs have stored."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.cleaning import agree_and_free
from pipeline.cli.components import ComponentOption, named_components
from pipeline.cli.errors import PARTLY_DONE
from pipeline.cli.output import JsonOption, Screen, YesOption, print_json, print_table
from storage.paths import DEFAULT_STORE

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look at stored pictures; make one again from its file alone.")

Out = Annotated[Path, typer.Option(help="Folder of the result store.")]


@app.command("list")
def list_results(out: Out = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """List every stored picture."""
    _print_files(None, out, as_json)


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="Id of the run.")],
    out: Out = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """List the pictures of one run."""
    _print_files(run, out, as_json)


def _print_files(run: str | None, out: Path, as_json: bool) -> None:
    with Screen():
        from pipeline.orchestrator.stored import stored_files

        files, gone = stored_files(out, run)
    if gone:
        pictures = "picture that is" if len(gone) == 1 else "pictures that are"
        typer.echo(f"left out {len(gone)} {pictures} gone from the disk, the first: {gone[0].path}", err=True)
    if as_json:
        print_json([file.model_dump(mode="json") for file in files])
        return
    rows = [
        (
            file.run,
            file.seed if file.seed is not None else "-",
            file.style or "-",
            f"{file.width}x{file.height}",
            file.role,
            file.path,
        )
        for file in files
    ]
    print_table(("run", "seed", "style", "size", "role", "file"), rows, f"no pictures in {out.absolute()}")


@app.command()
def reproduce(
    file: Annotated[Path, typer.Argument(help="A picture that artgen made.")],
    out: Annotated[Path, typer.Option(help="Folder for the picture made again.")] = Path("artgen-reproduced"),
    store: Annotated[
        Path | None,
        typer.Option(help="Result store that keeps the input pictures.", show_default="those used before"),
    ] = None,
    foreign: Annotated[
        bool, typer.Option("--foreign", help="Import components that the file names as package.module:Class.")
    ] = False,
    component: ComponentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a picture again from what its file says, and compare the bytes."""
    with Screen() as screen:
        from pipeline.orchestrator.reproduce import reproduce as make_again
        from pipeline.settings.config import STORE_PORTS, ComponentNames

        components = ComponentNames.model_validate(named_components(component, STORE_PORTS))
        again = make_again(
            file, out, store=store, foreign=foreign, components=components, listener=screen.listener
        )
    if as_json:
        print_json(again._asdict())
    else:
        typer.echo(str(again.path))
        typer.echo("the same bytes" if again.identical else f"NOT the same bytes: {again.difference}")
    if not again.identical:
        raise typer.Exit(PARTLY_DONE)


@app.command()
def export(
    run: Annotated[str, typer.Argument(help="Id of the run.")],
    folder: Annotated[Path, typer.Argument(help="Folder to copy the pictures to.")],
    out: Out = DEFAULT_STORE,
) -> None:
    """Copy the pictures of a run to a folder of their own, with a table of them (index.json)."""
    with Screen():
        from pipeline.orchestrator.stored import export_run

        count, faults = export_run(run, out, folder)
    typer.echo(f"{count} files in {folder.absolute()}")
    for fault in faults:
        typer.echo(f"not copied: {fault}", err=True)
    if faults:
        raise typer.Exit(PARTLY_DONE)


@app.command()
def clean(
    kinds: Annotated[
        list[str] | None,
        typer.Argument(help="trash, trials, previews, uploads.", show_default="all", metavar="[KIND]..."),
    ] = None,
    out: Out = DEFAULT_STORE,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what lies in the store that is no result (any more), and remove it for good.

    Trash is what was deleted in the gallery; trials are parts of pictures that were tried on the page;
    previews are what runs showed while they worked, and a process that died has left; of uploads, what
    was handed in more than a day ago and no run names.
    """
    with Screen():
        from storage.leftovers import Leftovers

        leftovers = Leftovers(out)
        found = [each for each in leftovers.find(kinds or ()) if each.files]
    agree_and_free(
        found,
        lambda: leftovers.remove(found),
        leftovers.root,
        f"nothing to remove in {leftovers.root}",
        yes=yes,
        as_json=as_json,
    )
