"""Options that are made from the fields of the contracts, with their help, limits and defaults; and errors in their words."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from inspect import Parameter, Signature
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, get_args, get_origin

import typer
from typer.core import TyperCommand

from pipeline.cli.output import Screen

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

__all__ = [
    "ENLARGING",
    "NO_OPTIONS",
    "OF_PICTURES",
    "ContractCommand",
    "Offer",
    "given",
    "layers",
    "unenlarged",
]


class Offer(NamedTuple):
    """An option for a field of IGS, IES or ICS, which has the help, the limits and the default."""

    place: str
    """Where the settings have it: ``generation.count``."""
    flag: str
    default: str | None = None
    """What the help shows, where the command has another default than the contract."""
    text_of: type | None = None
    """What is typed, where that is not of the field's own type."""
    panel: str | None = None


_KIND, _FAST = "enhancement.enhancer.kind", "fast"
_WALK_TO = "generation.source.to"

ENLARGING = tuple(
    Offer(*each, panel="Enlarging")
    for each in (
        (_KIND, "--enhancer"),
        ("enhancement.enhancer.weights", "--weights"),
        (_FAST, "--fast"),
        ("enhancement.enhancer.denoise", "--denoise"),
        ("enhancement.enhancer.precision", "--precision"),
        ("enhancement.enhancer.tile_px", "--tile"),
        ("enhancement.enhancer.overlap_px", "--overlap"),
        ("enhancement.enhancer.tta", "--tta/--no-tta"),
        ("enhancement.strength", "--strength"),
        ("enhancement.colour_match", "--colour-match/--no-colour-match"),
    )
)
"""What every command offers that enlarges, besides the size. ``fast`` is no field: it chooses weights."""

OF_PICTURES = (
    Offer("enhancement.side", "--enlarge-to", default="as it is made"),
    Offer("enhancement.scale", "--scale"),
    Offer("conversion.format", "--format"),
    Offer("conversion.quality", "--quality"),
    Offer("conversion.contact_sheet", "--sheet/--no-sheet"),
    Offer("conversion.metadata", "--metadata/--no-metadata"),
    Offer("conversion.ai_mark", "--ai-mark/--no-ai-mark"),
    *ENLARGING,
)
"""What every command offers that makes pictures of pictures: they can be enlarged then, and become files."""

NO_OPTIONS: Mapping[str, str] = {
    "generation.source": "a table of several fields: in a file; `artgen enhance` is that of pictures, `artgen stylize` that of style transfer, `artgen translate` that of translation, --walk-to that of a walk",
    "enhancement.enhancer.twin": "goes with the weights that have one, and has the right default",
    "enhancement.enhancer.options": "what somebody's enhancer takes is known to its author alone: in a file",
    "conversion.preserve": "what `artgen enhance` is; what is generated has nothing to preserve",
    "conversion.keep_format": "what `artgen enhance` does without --format",
}
"""Fields that are no options, and why."""

_META = "artgen.contract_options"


def given(**values: Any) -> dict[str, Any]:
    """Return what was given, without the rest."""
    return {name: value for name, value in values.items() if value not in (None, [], (), {})}


class ContractCommand(TyperCommand):
    """A command with options for fields of the contracts, before its own; it reads them with `layers`.

    They are made when the command is asked for, and not before: the contracts take longer to import than all help texts.
    """

    offers: ClassVar[Sequence[Offer]] = ()

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the arguments, the options for fields, the command's own options, then ``--help``."""
        own = super().get_params(ctx)
        arguments = [each for each in own if each.param_type_name == "argument"]
        return [*arguments, *_options(tuple(self.offers)), *(each for each in own if each not in arguments)]

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what is wrong with an option is told under the name that the user typed."""
        from interfaces.errors import SettingsError

        offered = {_name(offer): offer.place for offer in self.offers}
        typed = {
            offered[parameter.name]: parameter.opts[0]
            for parameter in self.get_params(ctx)
            if parameter.name in offered and _is_typed(ctx, parameter.name)
        }
        ctx.meta[_META] = {place: ctx.params.pop(name) for name, place in offered.items()}
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            raise SettingsError(*(_in_words_of(typed, problem) for problem in error.problems)) from error


def layers(ctx: typer.Context, *, component: str | None = None) -> dict[str, Any]:
    """Return the settings that the options say: a table for each contract that was told something.

    Args:
        ctx: of the command, which is a `ContractCommand`.
        component: the enhancer, where it was named in another way than by its own option.

    Raises:
        SettingsError: two of them contradict each other.
    """
    from components.ui.fields import tables_of
    from interfaces.errors import SettingsError
    from interfaces.ies import FAST_WEIGHTS

    options = given(**ctx.meta[_META])
    kind, weights = options.pop(_KIND, component), options.get("enhancement.enhancer.weights")
    if component not in (None, kind):
        raise SettingsError(f"--component: wanted one enhancer, got {component} and --enhancer {kind}")
    if options.pop(_FAST, False):
        if clash := [f"--{name}" for name, value in (("enhancer", kind), ("weights", weights)) if value]:
            raise SettingsError(f"--fast: it chooses a network, so wanted it without {' and '.join(clash)}")
        weights = options["enhancement.enhancer.weights"] = FAST_WEIGHTS
    kind = kind or ("realesrgan" if weights else None)
    if _WALK_TO in options:
        options["generation.source.kind"] = "walk"
    return tables_of({**given(**{_KIND: kind}), **options}.items())


def unenlarged(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings that leave an image as large as it is made, where nobody asks for another size."""
    if {"side", "scale"} & told.get("enhancement", {}).keys():
        return {}
    return {"enhancement": {"scale": 1, "enhancer": {"kind": "lanczos"}}}


@cache
def _options(offers: Sequence[Offer]) -> Sequence[Any]:
    """Return the options, as the command line's library wants them."""
    with Screen():
        parameters = [_parameter(offer) for offer in offers]

    def nothing(**_: Any) -> None:
        """Stand for a command that has these options."""

    nothing.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what `inspect` reads
    nothing.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    holder = typer.Typer(add_completion=False)
    holder.command()(nothing)
    return typer.main.get_command(holder).params


def _parameter(offer: Offer) -> Parameter:
    from components.ui.fields import field_of
    from interfaces.ies import FAST_WEIGHTS, IES

    kind: Any
    if offer.place == _FAST:
        kind, text, default = bool, f"Enlarge with {FAST_WEIGHTS}: within a second or so, and plainer.", None
    elif offer.place == _KIND:
        kinds = ", ".join(_kinds(IES.model_fields["enhancer"]))
        kind, text, default = str, f"{kinds}, or your own package.module:Class.", "auto"
    else:
        field = field_of(offer.place)
        kind = offer.text_of or _typed(field.annotation)
        told = " ".join(str(field.description).split()).replace("``", "`")
        text = f"{told} {_limits(field)}".rstrip()
        default = _default(field, offer.flag)
    shown = offer.default or default or False
    option = typer.Option(offer.flag, help=text, show_default=shown, rich_help_panel=offer.panel)
    return Parameter(
        _name(offer), Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind | None, option]
    )


def _name(offer: Offer) -> str:
    return offer.place.replace(".", "_")


def _kinds(enhancer: "FieldInfo") -> Iterable[str]:
    for options in get_args(enhancer.annotation):
        default = get_args(options)[0].model_fields["kind"].default
        if isinstance(default, str):
            yield default


def _typed(annotation: Any) -> Any:
    """Return what a field takes besides None; several values are an option that may be repeated."""
    if get_origin(annotation) is tuple:
        return list[get_args(annotation)[0]]  # type: ignore[misc]  # known when it is read
    kinds = get_args(annotation)
    return next(kind for kind in kinds if kind is not NoneType) if NoneType in kinds else annotation


def _default(field: "FieldInfo", flag: str) -> str | None:
    if field.default is True:
        return flag.partition("/")[0].lstrip("-")
    return None if field.default in (None, False, ()) else f"{field.default}"


def _limits(field: "FieldInfo") -> str:
    """Return the limits of a number in words."""
    extra = field.json_schema_extra
    found = dict(extra) if isinstance(extra, dict) else {}
    for mark in field.metadata:
        for name, key in (("ge", "minimum"), ("le", "maximum"), ("gt", "exclusiveMinimum")):
            if (limit := getattr(mark, name, None)) is not None:
                found[key] = limit
    low, high, above = (found.get(key) for key in ("minimum", "maximum", "exclusiveMinimum"))
    if low is not None:
        return f"At least {low}." if high is None else f"{low} to {high}."
    return "" if above is None else f"Above {above}, at most {high}."


def _is_typed(ctx: Any, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _in_words_of(typed: Mapping[str, str], problem: str) -> str:
    """Return ``problem`` with the option that the user typed in place of the setting that it became."""
    for place, flag in typed.items():
        for setting in (place, place.removesuffix(".kind")):
            if problem.startswith(f"{setting}: "):
                return flag + problem.removeprefix(setting)
    return problem
