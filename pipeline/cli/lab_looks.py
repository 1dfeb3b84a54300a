"""``artgen lab point``, ``morph``, ``activations``, ``edit`` and ``directions``: one point of a latent space, and the way between two."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.components import ComponentOption, named_components
from pipeline.cli.output import JsonOption, Screen, print_json, print_table

if TYPE_CHECKING:
    from interfaces.exploration import Explorer

__all__ = ["activations", "directions", "edit", "morph", "point"]

Model = Annotated[
    str | None,
    typer.Argument(help="Name or path of a model that makes pictures from noise; the default one otherwise."),
]
At = Annotated[
    str,
    typer.Option(
        "--at", metavar="X,Y,…", help="The point: as many numbers as the latent space has; or seed:7."
    ),
]
Class = Annotated[
    str | None, typer.Option("--class", help="What to make, where the model knows classes or styles apart.")
]
LayerName = Annotated[str, typer.Option("--layer", help="A layer's name; `artgen lab point` lists them.")]


def point(
    at: At,
    model: Model = None,
    style: Class = None,
    out: Annotated[Path, typer.Option(help="Where to write the image.")] = Path("lab-point.png"),
    component: ComponentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the image of one point, and say how active every layer is there."""
    with Screen():
        from components.networks.points import read_point
        from pipeline.lab.pictures import large, write_picture

        explorer = _explorer(model, component)
        look = explorer.point(read_point(at, explorer.takes, "--at"), style)
        write_picture(out, large(look.image), single=True)
    if as_json:
        print_json({"image": out, "means": dict(look.means)})
        return
    shapes = {layer.name: " x ".join(map(str, layer.shape)) for layer in explorer.layers}
    print_table(
        ("layer", "makes", "mean activation"),
        [(name, shapes[name], f"{mean:.4f}") for name, mean in look.means.items()],
        empty="",
    )
    typer.echo(str(out))


def morph(
    start: Annotated[str, typer.Option("--from", metavar="X,Y,…", help="Where it begins; or seed:7.")],
    end: Annotated[str, typer.Option("--to", metavar="X,Y,…", help="Where it ends.")],
    model: Model = None,
    frames: Annotated[
        int, typer.Option(min=2, max=100, help="Pictures on the way, both ends among them.")
    ] = 24,
    style: Class = None,
    frames_per_second: Annotated[int, typer.Option(min=1, max=50, help="Of the film.")] = 12,
    out: Annotated[Path, typer.Option(help="Folder for the pictures and the film.")] = Path("lab-morph"),
    component: ComponentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go from one point to another in equal steps: pictures, and a film that goes there and back."""
    with Screen():
        from components.networks.points import read_point
        from pipeline.lab.pictures import large, write_film, write_picture

        explorer = _explorer(model, component)
        ends = (
            read_point(start, explorer.takes, "--from"),
            read_point(end, explorer.takes, "--to"),
        )
        images = explorer.images(explorer.path(*ends, frames), style)
        names = [out / f"frame-{number:0{len(str(frames))}}.png" for number in range(1, frames + 1)]
        for name, image in zip(names, images, strict=True):
            write_picture(name, large(image), single=True)
        film = out / "morph.gif"
        write_film(film, images, frames_per_second)
    if as_json:
        print_json({"film": film, "frames": names})
        return
    typer.echo(f"{film}  ({frames} pictures beside it)")


def activations(
    at: At,
    layer: LayerName,
    model: Model = None,
    style: Class = None,
    out: Annotated[Path, typer.Option(help="Where to write the maps.")] = Path("lab-activations.png"),
    component: ComponentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw what one layer makes at a point: grey is 0, white and black the largest number to either side."""
    with Screen():
        from components.networks.points import read_point
        from pipeline.lab.pictures import activation_sheet, write_picture

        explorer = _explorer(model, component)
        maps = explorer.activations(read_point(at, explorer.takes, "--at"), layer, style)
        write_picture(out, activation_sheet(maps))
    means = maps.flatten(1).mean(1)
    if as_json:
        print_json(
            {"maps": out, "shape": list(maps.shape), "channel_means": means.tolist(), "least": float(maps.min()),
             "most": float(maps.max())}
        )  # fmt: skip
        return
    strongest = ", ".join(str(each) for each in means.abs().topk(min(5, len(means))).indices.tolist())
    typer.echo(
        f"{layer}: {' x '.join(map(str, maps.shape))}, {float(maps.min()):.3f} to {float(maps.max()):.3f}, mean "
        f"{float(maps.mean()):.3f}; channels most active: {strongest}"
    )
    typer.echo(str(out))


def edit(
    at: At,
    layer: LayerName,
    zero: Annotated[
        str, typer.Option(metavar="rows:0-6|channels:3,5", help="What shall be zero, counted from 0.")
    ],
    model: Model = None,
    style: Class = None,
    out: Annotated[Path, typer.Option(help="Where to write the images before and after.")] = Path(
        "lab-edit.png"
    ),
    component: ComponentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set a part of a layer to zero, and show the image before and after: what that part is for."""
    with Screen():
        from components.networks.points import read_point
        from pipeline.lab.parts import read_parts
        from pipeline.lab.pictures import grid, large, write_picture

        explorer = _explorer(model, component)
        found = explorer.edit(read_point(at, explorer.takes, "--at"), layer, **read_parts(zero), style=style)
        write_picture(out, grid([large(found.before), large(found.after)], 2))
    changed = float((found.after - found.before).abs().mean() / 2)
    if as_json:
        print_json({"images": out, "changed": changed})
        return
    typer.echo(f"{out}  (before, after; a pixel changed by {changed:.1%} on the average)")


def directions(
    model: Model = None,
    layer: Annotated[
        str | None, typer.Option(help="Whose activations; the first one, unless another is named.")
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=100, help="How many, the ones that change most.")] = 5,
    at: Annotated[
        str, typer.Option(metavar="X,Y,…|seed:N", help="The point that is moved along them.")
    ] = "seed:0",
    style: Class = None,
    steps: Annotated[int, typer.Option(min=3, max=15, help="Pictures along each.")] = 7,
    reach: Annotated[float, typer.Option(min=0.1, max=10, help="How far, in standard deviations.")] = 2.0,
    samples: Annotated[
        int, typer.Option(min=2, max=100_000, help="Vectors that are drawn to find them.")
    ] = 2000,
    out: Annotated[Path, typer.Option(help="Where to write the sheet.")] = Path("lab-directions.png"),
    component: ComponentOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find the directions in which pictures change most (GANSpace), and show a picture moved along each: one row for one."""
    with Screen():
        from components.networks.moving import moved_along
        from components.networks.points import read_point
        from pipeline.lab.pictures import grid, large, write_picture

        explorer = _explorer(model, component)
        begin = read_point(at, explorer.takes, "--at")
        explorer.point(begin, style)  # says what is wrong with it before the search
        found = explorer.directions(layer, count=count, samples=samples)
        images = explorer.images(moved_along(begin, found, steps, reach, explorer.takes), style)
        write_picture(out, grid([large(each, 96) for each in images], steps))
    if as_json:
        print_json(
            {"sheet": out, "shares": found.shares.tolist(), "spreads": found.spreads.tolist(),
             "directions": found.vectors.tolist()}
        )  # fmt: skip
        return
    rows = [(number, f"{float(share):.1%}") for number, share in enumerate(found.shares, 1)]
    print_table(("direction", "of the variance"), rows, empty="")
    typer.echo(f"{out}  (a row for each, {reach:g} deviations to either side)")


def _explorer(model: str | None, component: list[str] | None) -> "Explorer":
    from components.exploration import EXPLORERS
    from pipeline.factories.registries import make_component
    from pipeline.factories.stores import local_models

    name = named_components(component, ("explorer",)).get("explorer", "latent")
    return make_component(EXPLORERS, name, local_models().get(model))
