"""Points of a latent space as one types them, and parts of a layer."""

from collections.abc import Sequence

from components.networks.latents import latents_of_seeds
from interfaces.errors import SettingsError
from interfaces.igme import Latent
from interfaces.seed_list import listed_seeds

__all__ = ["read_parts", "read_point"]

_OF_SEED = "seed:"
_PARTS = ("rows", "channels")


def read_point(text: str, takes: Latent, option: str) -> Sequence[float]:
    """Return the numbers of ``0.1,-0.5``, or those that ``seed:7`` draws.

    Args:
        text: what was typed.
        takes: what a point is.
        option: where it was typed, for the error.

    Raises:
        SettingsError: it is neither.

    >>> read_point("0.5, -1", Latent(length=2, prior="uniform"), "--at")
    [0.5, -1.0]
    """
    wanted = f"{option}: wanted {takes.length} numbers such as 0.1,-0.5, or seed:7"
    if text.startswith(_OF_SEED):
        seed = text.removeprefix(_OF_SEED)
        if not seed.isdecimal():
            raise SettingsError(f"{wanted}, got {text!r}")
        found: list[float] = latents_of_seeds((int(seed),), takes)[0].tolist()
        return found
    try:
        numbers = [float(each) for each in text.split(",")]
    except ValueError as error:
        raise SettingsError(f"{wanted}, got {text!r}") from error
    return numbers


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
