"""Sentences that can be said in another language: in English for whoever prints them, with their parts for whoever translates."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:  # errors are made of these, and are there long before pydantic
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema, ErrorDetails

__all__ = ["Said", "fault"]


@final
class Said(str):
    """An English sentence that knows its template and what was put in.

    >>> both = Said("{0}: wanted at most {1:,}, got {2!r}", "count", 1000, "x")
    >>> both, both.template, both.values
    ("count: wanted at most 1,000, got 'x'", '{0}: wanted at most {1:,}, got {2!r}', ('count', 1000, 'x'))
    """

    template: str
    """The sentence with ``{0}``, ``{1}`` and so on in the places of the values, as `str.format` has them."""
    values: tuple[object, ...]
    """What is put there; what is itself `Said` is translated, too, and numbers are written as the language has them."""

    def __new__(cls, template: str, *values: object) -> "Said":
        """Return the sentence; without values, the template is taken as it is."""
        made = super().__new__(cls, template.format(*values) if values else template)
        made.template, made.values = template, values
        return made

    @property
    def parts(self) -> list[Any]:
        """Template and values as JSON has them, for another process: `of` makes the same of it."""
        return [self.template, *map(_plain, self.values)]

    @classmethod
    def of(cls, told: object) -> "Said":
        """Return what `parts` has returned, or a text, as a sentence.

        >>> Said.of(["{0}: {1}", "a", ["{0:,} steps", 1000]]).values[1]
        '1,000 steps'
        """
        if isinstance(told, Said):
            return told
        if isinstance(told, Sequence) and not isinstance(told, str):
            template, *values = told
            return cls(str(template), *(cls.of(each) if isinstance(each, list) else each for each in values))
        return cls(str(told))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: "GetCoreSchemaHandler") -> "CoreSchema":
        """Let a contract hold it; in JSON it is the English sentence."""
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(
            cls.of, serialization=core_schema.to_string_ser_schema()
        )


def _plain(value: object) -> object:
    if isinstance(value, Said):
        return value.parts
    return value if isinstance(value, int | float) else str(value)


def fault(error: "ErrorDetails") -> Said:
    """Return what pydantic says is wrong, in its words or in those of the validator of ours that said it.

    >>> fault({"type": "less_than_equal", "loc": (), "msg": "Input should be at most 100", "input": 101, "ctx": {"le": 100}}).template
    'Input should be at most {0}'
    """
    context: Mapping[str, Any] = error.get("ctx", {})
    own = context.get("error")
    if isinstance(own, ValueError) and own.args and isinstance(own.args[0], Said):
        return own.args[0]
    template = error["msg"].removeprefix("Value error, ")
    if not own and len(context) == 1:
        (value,) = context.values()
        shown = f"{value:g}" if isinstance(value, float) else str(value)
        before, found, after = template.partition(shown)
        if found and "{" not in before + after:
            return Said(f"{before}{{0}}{after}", shown)
    return Said(template)
