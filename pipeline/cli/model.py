"""``artgen model``: trained models."""

from typing import Annotated

import typer

from pipeline.cli.output import JsonOption, print_json, print_table

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Look at trained models.")


@app.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """List the shipped model and those that were trained here."""
    from pipeline.factories.stores import model_store

    models = model_store().list()
    if as_json:
        print_json([model.model_dump(mode="json") for model in models])
        return
    rows = [
        (model.name, model.architecture.side, len(model.styles), model.licence, model.weights_path.parent)
        for model in models
    ]
    print_table(
        ("model", "side", "styles", "licence", "where"), rows, "no models yet; try `artgen train SOURCE`"
    )


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name or path of a model.")], as_json: JsonOption = False
) -> None:
    """Show how a model is built and what it learnt from, as JSON."""
    from pipeline.factories.stores import model_store

    print_json(model_store().get(name).model_dump(mode="json"))
