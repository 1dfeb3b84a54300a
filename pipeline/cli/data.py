"""``artgen data``: look at training data, prepare it, get it."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from pipeline.cli.escapes import escaped
from pipeline.cli.output import JsonOption, Screen, print_json, print_table

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    help="Look at training pictures, prepare them, draw their outlines, get published data sets.",
)

Source = Annotated[
    str, typer.Argument(help="Folder, ZIP, TAR or URL of pictures; one folder for each style.")
]
Prefix = Annotated[
    bool, typer.Option("--style-from-prefix", help="Take the style from the name: titian_123.jpg.")
]


@app.command()
def inspect(source: Source, style_from_prefix: Prefix = False, as_json: JsonOption = False) -> None:
    """Say which styles and how many pictures a source holds, and which files cannot be used and why."""
    with Screen() as screen:
        from storage import TRAINING_STORES

        store = TRAINING_STORES.resolve("local")()
        data = store.describe(source, style_from_prefix=style_from_prefix, listener=screen.listener)
    counts = Counter((image.style, image.split) for image in data.images)
    if as_json:
        print_json(
            {
                "dataset": data.dataset,
                "fingerprint": data.fingerprint,
                "images": len(data.images),
                "styles": {f"{style}/{split}": n for (style, split), n in sorted(counts.items())},
                "set_aside": [item.model_dump() for item in data.set_aside],
            }
        )
        return
    rows = [(style, counts[style, "train"], counts[style, "test"]) for style in data.styles]
    print_table(("style", "train", "test"), rows, empty="")
    typer.echo(f"{len(data.images)} pictures, {len(data.set_aside)} files set aside")
    for item in data.set_aside:
        typer.echo(escaped(f"  {item.uri}: {item.reason}", line=True))


@app.command()
def prepare(
    source: Source,
    size: Annotated[int, typer.Option(min=8, max=1024, help="Side of the squares in pixels.")] = 64,
    style_from_prefix: Prefix = False,
    as_json: JsonOption = False,
) -> None:
    """Crop and shrink all pictures into a pack, ready for training; a second time it is only found."""
    with Screen() as screen:
        from pipeline.settings.config import ComponentNames, DataConfig
        from pipeline.train.data import prepare as make_pack

        data = DataConfig(source=source, style_from_prefix=style_from_prefix, options={"side": size})
        pack = make_pack(data, ComponentNames(), screen.listener)
    if as_json:
        print_json(
            {
                "dataset": pack.dataset,
                "fingerprint": pack.fingerprint,
                "folder": pack.folder,
                "shape": pack.images.shape,
                "styles": pack.styles,
                "set_aside": [item.model_dump() for item in pack.set_aside],
            }
        )
        return
    typer.echo(
        f"{len(pack.images)} squares of {pack.side} pixels in {len(pack.styles)} styles: {pack.folder}"
    )
    for item in pack.set_aside:
        typer.echo(escaped(f"  set aside {item.uri}: {item.reason}", line=True))


@app.command()
def outline(
    source: Source,
    out: Annotated[Path, typer.Option(help="Folder for the drawings: PNG files of the same names.")],
    width: Annotated[
        float | None,
        typer.Option(
            min=0.3, max=50, help="Width of a line in pixels.", show_default="a 150th of the longer side"
        ),
    ] = None,
    style_from_prefix: Prefix = False,
    as_json: JsonOption = False,
) -> None:
    """Draw the outlines of all pictures: the other domain of a translation, or the other half of its pairs."""
    with Screen() as screen:
        from pipeline.train.outlines import draw_outlines
        from storage import TRAINING_STORES
        from storage.run_folder import DirectoryFolder

        store = TRAINING_STORES.resolve("local")()
        data = store.describe(source, style_from_prefix=style_from_prefix, listener=screen.listener)
        drawn = draw_outlines(data, store, DirectoryFolder(out), width, screen.listener)
    if as_json:
        print_json(
            {
                "folder": out,
                "drawings": drawn.drawings,
                "set_aside": [item.model_dump() for item in drawn.set_aside],
            }
        )
        return
    typer.echo(f"{drawn.drawings} drawings in {out}, {len(drawn.set_aside)} files set aside")
    for item in drawn.set_aside:
        typer.echo(escaped(f"  {item.uri}: {item.reason}", line=True))


@app.command()
def get(
    name: Annotated[str, typer.Argument(help="A published data set: artbench-10, mnist.")],
    out: Annotated[Path, typer.Option(help="Folder to put it in.")] = Path("."),
    sha256: Annotated[
        str | None,
        typer.Option(help="Digest that the file must have, for forms that are published without one."),
    ] = None,
) -> None:
    """Download a published data set and check its digest."""
    with Screen() as screen:
        from storage.training.published import fetch_dataset

        path = fetch_dataset(name, out, sha256=sha256, listener=screen.listener)
    typer.echo(str(path))
