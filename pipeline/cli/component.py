"""``artgen component``: the built-in components, and a check of your own."""

from typing import Annotated

import typer

from pipeline.cli.errors import PARTLY_DONE
from pipeline.cli.output import JsonOption, Screen, print_json, print_table

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="List the components, and check one of your own.")


@app.command("list")
def list_components(as_json: JsonOption = False) -> None:
    """List every port, the built-in components behind it, and those of installed packages."""
    with Screen():
        from pipeline.factories.registries import registries

        found = {
            port: [*sorted(registry), *sorted(registry.installed)] for port, registry in registries().items()
        }
    if as_json:
        print_json(found)
        return
    print_table(("port", "components"), [(port, ", ".join(names)) for port, names in found.items()], empty="")


@app.command()
def check(
    port: Annotated[str, typer.Argument(help="What it is: enhancer, generator, converter, …")],
    name: Annotated[str, typer.Argument(help="package.module:Class, or the name of a built-in one.")],
    as_json: JsonOption = False,
) -> None:
    """Run the contract tests of a port on a component, the same that the built-in ones pass."""
    with Screen():
        from pipeline.component_check import check_component

        verdicts = check_component(port.replace("-", "_"), name)
    if as_json:
        print_json([verdict._asdict() for verdict in verdicts])
    else:
        rows = [
            ("ok" if verdict.passed else "FAILED", verdict.check, verdict.message) for verdict in verdicts
        ]
        print_table(("", "check", ""), rows, empty="")
    if not all(verdict.passed for verdict in verdicts):
        raise typer.Exit(PARTLY_DONE)
