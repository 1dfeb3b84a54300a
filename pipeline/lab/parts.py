"""Parts of a layer as one types them."""

from collections.abc import Sequence

from interfaces.errors import SettingsError
from interfaces.seed_list import listed_seeds

__all__ = ["read_parts"]

_PARTS = ("rows", "channels")


def read_parts(text: str) -> dict[str, Sequence[int]]:
    """Return the rows or channels that ``rows:0-6`` or ``channels:3,5`` names.

    Raises:
        SettingsError: it names none.

    >>> read_parts("rows:0-2,9")
    {'rows': [0, 1, 2, 9]}
    """
    kind, colon, places = text.partition(":")
    if kind not in _PARTS or not colon:
        raise SettingsError(f"--zero: wanted rows:0-6 or channels:3,5, got {text!r}")
    try:
        found = listed_seeds(places)
    except ValueError as error:
        raise SettingsError(f"--zero: wanted {kind} such as 0-6,9, got {places!r}") from error
    return {kind: list(found)} if isinstance(found, list) else {}
