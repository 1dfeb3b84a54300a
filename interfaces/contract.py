"""What all contracts have in common: frozen, strict about unknown fields, free of torch."""

import os
from typing import Annotated, Any, get_args

from pydantic import BaseModel, ConfigDict, Field, Tag

__all__ = ["Contract", "SafeName", "Seed", "Sha256", "members_by_tag"]

# what is wrong with a contract is for who wrote the component; a library's address after each line helps nobody
os.environ.setdefault("PYDANTIC_ERRORS_INCLUDE_URL", "0")

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 digest in lower-case hex."""

Seed = Annotated[int, Field(ge=0, le=2**53)]
"""A seed. The bound keeps ``seed + index`` exact in JSON readers that hold numbers as doubles."""

SafeName = Annotated[str, Field(pattern=r"^[^/\\\x00-\x1f]+$", min_length=1, max_length=255)]
"""A plain name: no folder separators, no control characters."""


class Contract(BaseModel):
    """Base of everything that crosses from one component to another.

    Frozen protects the fields, not the memory of a tensor: each component has the contract test
    "leaves its input alone". Do not compare contracts that hold tensors with ``==`` and do not use
    ``model_copy(update=...)``, which skips the validators.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,  # what the command line says of an option stands at its field
        allow_inf_nan=False,  # JSON has neither: what is written could not be read again
    )


def members_by_tag(union: Any) -> dict[str, Any]:
    """Return the members of a union that a `pydantic.Discriminator` tells apart, by the `pydantic.Tag` of each.

    >>> members_by_tag(Annotated[Annotated[int, Tag("whole")] | Annotated[float, Tag("part")], "told apart"])
    {'whole': <class 'int'>, 'part': <class 'float'>}
    """
    members = [get_args(member) for member in get_args(get_args(union)[0])]
    return {mark.tag: member for member, *marks in members for mark in marks if isinstance(mark, Tag)}
