"""The options of every command that enlarges, made from the fields of the contract, and its errors in their words."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from inspect import Parameter, Signature
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, final, get_args, get_origin

import typer
from typer.core import TyperCommand

from pipeline.cli.output import Screen

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = ["EnlargingCommand", "enlarging", "given"]

_OF_RESULTS = {"strength": "--strength", "colour_match": "--colour-match/--no-colour-match"}
"""Fields of IES, and their options."""

_OF_NETWORKS = {
    "weights": "--weights",
    "denoise": "--denoise",
    "precision": "--precision",
    "tile_px": "--tile",
    "overlap_px": "--overlap",
    "tta": "--tta/--no-tta",
}
"""Fields of the options of enhancers, and their options."""

_PLACES = {
    **{name: f"enhancement.{name}" for name in _OF_RESULTS},
    **{name: f"enhancement.enhancer.{name}" for name in _OF_NETWORKS},
    "enhancer": "enhancement.enhancer",
    "size": "enhancement.side",
    "scale": "enhancement.scale",
    "keep": "enhancement.keep",
    "count": "generation.count",
    "seed": "generation.seed",
    "seeds": "generation.seeds",
    "style": "generation.style",
    "quality": "conversion.quality",
}
"""Where the settings call by another name what the user gave as an option."""

_META = "artgen.enlarging"


def given(**values: Any) -> dict[str, Any]:
    """Return what was given, without the rest."""
    return {name: value for name, value in values.items() if value not in (None, [], {})}


@final
class EnlargingCommand(TyperCommand):
    """A command that enlarges: it has all options of that beside its own, and reads them with `enlarging`.

    They are made when the command is asked for, and not before: the contract takes longer to import than all help texts.
    """

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the command's own options, then those of enlarging, then ``--help``."""
        *own, last = super().get_params(ctx)
        return [*own, *_options(), last]

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what is wrong with an option is told under the name that the user typed."""
        from interfaces.errors import SettingsError

        typed = {
            parameter.name: parameter.opts[0]
            for parameter in self.get_params(ctx)
            if _is_typed(ctx, parameter.name)
        }
        names = {parameter.name for parameter in _options()}
        ctx.meta[_META] = {name: ctx.params.pop(name) for name in names}
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise SettingsError(*(_in_words_of(typed, problem) for problem in error.problems)) from error


def enlarging(ctx: typer.Context, *, component: str | None = None, **sizes: Any) -> dict[str, Any]:
    """Return the layer of settings for ``enhancement`` that the options say, with the ``sizes`` that were given.

    Args:
        ctx: of the command, which is an `EnlargingCommand`.
        component: the enhancer, where it was named in another way than by its own option.
        sizes: the sizes, by the names of the contract.

    Raises:
        SettingsError: two of them contradict each other.
    """
    from interfaces.errors import SettingsError
    from interfaces.ies import FAST_WEIGHTS

    options = given(**ctx.meta[_META])
    kind = options.pop("enhancer", component)
    if component not in (None, kind):
        raise SettingsError(f"--component: wanted one enhancer, got {component} and --enhancer {kind}")
    if options.pop("fast", False):
        if clash := [
            f"--{name}" for name, value in (("enhancer", kind), ("weights", options.get("weights"))) if value
        ]:
            raise SettingsError(f"--fast: it chooses a network, so wanted it without {' and '.join(clash)}")
        options["weights"] = FAST_WEIGHTS
    enhancer = {name: value for name, value in options.items() if name in _OF_NETWORKS}
    results = {name: value for name, value in options.items() if name in _OF_RESULTS}
    kind = kind or ("realesrgan" if "weights" in enhancer else None)
    return given(**sizes, **results, enhancer=given(kind=kind, **enhancer))


@cache
def _options() -> Sequence[Any]:
    """Return the options, as the command line's library wants them."""
    with Screen():
        from interfaces.ies import FAST_WEIGHTS, IES, Realesrgan

    networks = [_option(Realesrgan.model_fields[name], name, flag) for name, flag in _OF_NETWORKS.items()]
    results = [_option(IES.model_fields[name], name, flag) for name, flag in _OF_RESULTS.items()]
    kinds = ", ".join(_kinds(IES.model_fields["enhancer"]))
    enhancer = _parameter(
        "enhancer", str, "--enhancer", f"{kinds}, or your own package.module:Class.", "auto"
    )
    fast = _parameter(
        "fast", bool, "--fast", f"Enlarge with {FAST_WEIGHTS}: within a second or so, and plainer.", None
    )
    return _as_options([enhancer, networks[0], fast, *networks[1:], *results])


def _kinds(enhancer: "FieldInfo") -> Iterable[str]:
    for options in get_args(enhancer.annotation):
        default = get_args(options)[0].model_fields["kind"].default
        if isinstance(default, str):
            yield default


def _option(field: "FieldInfo", name: str, flag: str) -> Parameter:
    kinds = [kind for kind in get_args(field.annotation) if kind is not type(None)]
    is_optional = get_origin(field.annotation) is UnionType
    default = None if field.default is None or isinstance(field.default, bool) else f"{field.default}"
    return _parameter(
        name, kinds[0] if is_optional else field.annotation, flag, str(field.description), default
    )


def _parameter(name: str, kind: Any, flag: str, text: str, default: str | None) -> Parameter:
    option = typer.Option(flag, help=text, show_default=default or False, rich_help_panel="Enlarging")
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option])


def _as_options(parameters: Sequence[Parameter]) -> Sequence[Any]:
    def nothing(**_: Any) -> None:
        """Stand for a command that has these options."""

    nothing.__signature__ = Signature(list(parameters))  # type: ignore[attr-defined]  # what `inspect` reads
    nothing.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    holder = typer.Typer(add_completion=False)
    holder.command()(nothing)
    return typer.main.get_command(holder).params


def _is_typed(ctx: Any, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _in_words_of(typed: Mapping[str, str], problem: str) -> str:
    """Return ``problem`` with the option that the user typed in place of the setting that it became."""
    for name, place in _PLACES.items():
        if name in typed and problem.startswith(f"{place}: "):
            return typed[name] + problem.removeprefix(place)
    return problem
