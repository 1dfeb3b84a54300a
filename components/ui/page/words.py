"""The words of the page in the languages it knows: gettext catalogues in ``locale``; the English sentence itself is the id."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from pathlib import Path
from typing import ParamSpec, TypeVar, final

from babel import Locale
from babel.messages.pofile import read_po

from interfaces.said import Said

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "NAMES",
    "PYDANTICS",
    "catalogue",
    "keeps_language",
    "mark",
    "speaking",
    "t",
]

P = ParamSpec("P")
R = TypeVar("R")

_LOCALE = Path(__file__).parent / "locale"
ENGLISH = "en"
LANGUAGES = (ENGLISH, *sorted(file.stem for file in _LOCALE.glob("*.po")))
"""English, which needs no catalogue, and each that has one."""
NAMES = (
    *("queued", "running", "paused", "done", "partial", "failed", "cancelled"),
    *("pipeline", "train", "enhance", "evaluate", "sweep", "classifier", "style-trial"),
    *("beginning", "data", "download", "preprocessing", "teaching", "training", "evaluation"),
    *("generation", "enhancement", "conversion", "storing"),
    *("seed", "style", "model", "size", "network", "strength", "precision", "tile", "threads"),
    *("licence", "format", "walk to", "film", "algorithm", "direction"),
    *("preset", "steps", "epochs", "batch", "conditional", "generator.side", "side"),
    *("loss", "critic", "discriminator", "px"),
    *("parameters", "teacher", "memory", "time", "generator", "enhancer", "unknown"),
    *("lost-diversity", "saturated-critic", "not-a-number"),
)
"""What the server calls states, kinds, stages and settings: the browser puts it into words."""
PYDANTICS = (
    "Input should be greater than or equal to {0}",
    "Input should be less than or equal to {0}",
    "Input should be greater than {0}",
    "Input should be less than {0}",
    "Input should be {0}",
    "Input should be a valid integer",
    "Input should be a valid integer, unable to parse string as an integer",
    "Input should be a valid integer, got a number with a fractional part",
    "Input should be a valid number",
    "Input should be a valid number, unable to parse string as a number",
    "Input should be a valid boolean",
    "Input should be a valid boolean, unable to interpret input",
    "Input should be a valid string",
    "Input should be a valid dictionary",
    "Input should be a valid list",
    "String should have at least {0} character",
    "String should have at most {0} characters",
    "Input should be a finite number",
    "Field required",
    "Extra inputs are not permitted",
    "JSON decode error",
)
"""What pydantic says of wrong values, as `fault` has it."""
_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


@cache
def catalogue(language: str) -> Mapping[str, str | tuple[str, ...]]:
    """Return what each sentence is in ``language``; one that is counted has a form for each kind of number, as gettext has."""
    if language == ENGLISH:
        return {}
    with (_LOCALE / f"{language}.po").open("rb") as file:
        found = read_po(file, locale=language)
    return {_first(each.id): _forms(each.string) for each in found if each.id}


def _first(sentence: str | list[str] | tuple[str, ...]) -> str:
    return sentence if isinstance(sentence, str) else sentence[0]


def _forms(said: str | list[str] | tuple[str, ...] | None) -> str | tuple[str, ...]:
    return said if isinstance(said, str) else tuple(said or ())


def t(sentence: str, *values: object) -> str:
    """Return ``sentence`` in the language that is spoken, with ``values`` in the places of ``{0}``, ``{1}`` and so on.

    What is `Said`, here or among the values, is taken apart and said anew; numbers are written as the language has them.

    >>> with speaking("uk"):
    ...     t("Run {0} is queued.", "r1")
    'Запуск r1 поставлено в чергу.'
    """
    if isinstance(sentence, Said):
        values, sentence = sentence.values, sentence.template
    said = catalogue(_spoken.get()).get(sentence, sentence)
    assert isinstance(said, str)  # noqa: S101  # only the browser counts
    return said.format(*map(_local, values)) if values else said


def _local(value: object) -> object:
    if isinstance(value, Said):
        return t(value)
    return _Number(value) if isinstance(value, int | float) else value


@final
class _Number:
    """A number that is written as the language has it where a format is asked for; a seed is written as it is."""

    def __init__(self, value: float) -> None:
        self._value = value

    def __format__(self, spec: str) -> str:
        text = format(self._value, spec)
        return text.translate(_marks(_spoken.get())) if spec else text

    def __repr__(self) -> str:
        return repr(self._value)


@cache
def _marks(language: str) -> Mapping[int, str]:
    marks = Locale(language).number_symbols["latn"]
    return str.maketrans({",": marks["group"], ".": marks["decimal"]})


def mark(sentence: str) -> str:
    """Return ``sentence`` as it is: `t` translates it later, and the test of the catalogues finds it here."""
    return sentence


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let `t` speak ``language`` within the block."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def keeps_language(act: Callable[P, R]) -> Callable[P, R]:
    """Let ``act`` speak the language that is spoken now, whenever it is called: for what a press of a button calls."""
    language = _spoken.get()

    @wraps(act)
    def acting(*values: P.args, **named: P.kwargs) -> R:
        with speaking(language):
            return act(*values, **named)

    return acting
