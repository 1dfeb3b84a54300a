"""Every error that artgen raises on purpose.

::

    ArtgenError
    ├── SettingsError (ValueError)            a setting is missing, wrong or contradicts another
    │   └── UnknownComponentError (LookupError)
    ├── ContractError (ValueError)            a component handed over what its contract forbids
    ├── DataError (ValueError)                training data or an input picture cannot be used
    ├── WeightsError (ValueError)             weights are missing, of another network, or altered
    │   └── AmbiguousModelError               several models have the name
    ├── CheckpointError (ValueError)          a checkpoint is damaged or belongs to another configuration
    ├── ComponentError (RuntimeError)         somebody's component failed, or gave what its port does not allow
    ├── RunError (RuntimeError)               a run cannot be started, resumed or found
    └── StorageError (OSError)                a place cannot be read or written

Each message says what was wanted, what came, and what to do. The command line prints it on one line and
ends with exit code 2.
"""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from interfaces.said import Said

__all__ = [
    "AmbiguousModelError",
    "ArtgenError",
    "CheckpointError",
    "ComponentError",
    "ContractError",
    "DataError",
    "RunError",
    "SettingsError",
    "StorageError",
    "UnknownComponentError",
    "WeightsError",
    "did_you_mean",
]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the nearest of ``known``, or an empty string.

    >>> did_you_mean("barok", ["baroque", "realism"])
    " Did you mean 'baroque'?"
    """
    near = get_close_matches(name, sorted(known), n=1)
    return Said(" Did you mean {0!r}?", near[0]) if near else ""


class ArtgenError(Exception):
    """Root of the tree; catch it to catch everything that artgen raises on purpose."""

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong, a sentence each, as they were raised: where one is `Said`, it can be said in another language."""
        told = self.args[0] if len(self.args) == 1 else None
        return (told if isinstance(told, str) else str(self),)


class SettingsError(ArtgenError, ValueError):
    """One or more settings are wrong; `problems` lists all of them.

    >>> SettingsError("count: wanted 1 to 100, got 0", "side: wanted at least 8, got 2").problems
    ('count: wanted 1 to 100, got 0', 'side: wanted at least 8, got 2')
    """

    def __init__(self, *problems: str) -> None:
        self._problems = problems
        super().__init__("; ".join(problems))

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong, a sentence each."""
        return self._problems


class UnknownComponentError(SettingsError, LookupError):
    """A component, preset or style was asked for by a name that nobody has."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        options = sorted(known)
        super().__init__(
            Said(
                "unknown {0} {1!r}; known: {2}.{3}",
                Said(kind),
                name,
                ", ".join(options),
                did_you_mean(name, options),
            )
        )


class ContractError(ArtgenError, ValueError):
    """A component handed over what its contract forbids."""


class DataError(ArtgenError, ValueError):
    """Training data or an input picture cannot be used."""


class WeightsError(ArtgenError, ValueError):
    """Weights are missing, belong to another network, or have another digest."""


class AmbiguousModelError(WeightsError):
    """Several models have the name that was given."""


class CheckpointError(ArtgenError, ValueError):
    """A checkpoint is damaged or belongs to another configuration."""


class ComponentError(ArtgenError, RuntimeError):
    """Somebody's component failed, or gave what its port does not allow; no other picture would fare better.

    ``frames`` are the lines of a traceback that lie in their files; empty where none of their code raised.
    """

    def __init__(self, problem: str, frames: str = "") -> None:
        self.frames = frames
        super().__init__(problem)


class RunError(ArtgenError, RuntimeError):
    """A run cannot be started, resumed or found."""


class StorageError(ArtgenError, OSError):
    """A place cannot be read or written."""
