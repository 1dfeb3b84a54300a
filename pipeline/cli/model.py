"""``artgen model``: trained models."""

from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.output import (
    JsonOption,
    Screen,
    YesOption,
    check_agreed,
    print_json,
    print_table,
    size_text,
)

if TYPE_CHECKING:
    from storage.model_files import Trained

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="Look at trained models; rename and delete them, choose the default one."
)

Model = Annotated[str, typer.Argument(help="Name or path of a model (see `artgen model list`).")]


@app.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """List the shipped model and those that were trained here, by the names that `--model` takes; and trained enhancers.

    An enhancer is a network that enlarges: `--weights` takes its file.
    """
    with Screen():
        from pipeline.factories.stores import local_models

        store = local_models()
        models, defaults = store.named(), list(store.defaults().values())
    if as_json:
        print_json(
            [
                {
                    **model.model_dump(mode="json"),
                    "name": name,
                    "kind": _kind_of(model),
                    "default": model in defaults,
                }
                for name, model in models.items()
            ]
        )
        return
    rows = [
        (
            name,
            _kind_of(model) + (", default" if model in defaults else ""),
            *_size_of(model),
            model.licence,
            model.weights_path.parent,
        )
        for name, model in models.items()
    ]
    columns = ("model", "kind", "size", "styles", "licence", "where")
    print_table(columns, rows, "no models yet; try `artgen train SOURCE`")


def _kind_of(model: "Trained") -> str:
    from interfaces.igme import IGME

    return "generator" if isinstance(model, IGME) else "enhancer"


def _size_of(model: "Trained") -> tuple[str, object]:
    """Return how large the pictures are that it makes, and how many styles it knows."""
    from interfaces.igme import IGME

    if isinstance(model, IGME):
        return f"{model.architecture.side} px", len(model.styles)
    return f"x{model.architecture.scale}", "-"


@app.command()
def show(name: Model, as_json: JsonOption = False) -> None:
    """Show how a model is built and what it learnt from, as JSON."""
    with Screen():
        from pipeline.factories.stores import local_models

        model = local_models().get_trained(name)
    print_json(model.model_dump(mode="json"))


@app.command()
def rename(old: Model, new: Annotated[str, typer.Argument(help="A name that no other model has.")]) -> None:
    """Give a model another name; its folder stays where it is."""
    with Screen():
        from pipeline.factories.stores import local_models
        from storage.model_names import rename as name_anew

        model = name_anew(local_models(), old, new)
    typer.echo(f"model {model.name}: {model.weights_path}")


@app.command()
def default(
    name: Annotated[
        str | None,
        typer.Argument(help="A model that makes or changes pictures.", show_default="say which one it is"),
    ] = None,
) -> None:
    """Have a model taken where nobody names one; that which comes with artgen, by its name, is taken back so.

    There is one for each use: models that make pictures of noise, that translate (`artgen translate`), that give a style.
    """
    with Screen():
        from pipeline.factories.stores import local_models
        from storage.model_names import make_default

        store = local_models()
        if name is None:
            told = store.defaults() or {"": store.find()}  # which says why there is none
        else:
            model = make_default(store, name)
            told = {model.architecture.takes.kind: model}
    for takes, model in told.items():
        typer.echo(f"default model{_USES.get(takes, '')}: {model.name}")


_USES = {"domain-picture": " that translates", "picture": " that gives a style"}
"""What models are for that make no pictures of noise, by what they take."""


@app.command()
def delete(name: Model, yes: YesOption = False) -> None:
    """Remove a model with its checkpoints, log and samples; one outside of the data folder by its path alone."""
    with Screen():
        from pipeline.factories.stores import local_models
        from storage.model_names import delete as remove
        from storage.model_names import files_of

        store = local_models()
        files = files_of(store, name)
        folder = store.find_trained(name).weights_path.parent
    size = size_text(sum(file.lstat().st_size for file in files))
    check_agreed(f"remove {len(files)} files ({size}) from {folder}?", yes)
    left = remove(store, name)
    typer.echo(f"removed {len(files)} files, {size}")
    if left:
        typer.echo(f"{folder} stays: it holds other things, {left[0].name} for one")
