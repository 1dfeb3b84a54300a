"""``--component PORT=NAME``: every part of the chain by its port."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["ComponentOption", "named_components", "read_options"]

ComponentOption = Annotated[
    list[str] | None,
    typer.Option(
        "--component",
        metavar="PORT=NAME",
        help="Let another component do a job, by its port and name as in `artgen component list`, or your own "
        "package.module:Class (converter=my_module:Mine); may be repeated.",
    ),
]


def named_components(pairs: Sequence[str] | None, ports: Sequence[str]) -> dict[str, Any]:
    """Return the names by port, those of observers, of which there may be several, as a list.

    Args:
        pairs: what was given as ``--component``.
        ports: those that the command has.

    >>> named_components(["trainer=gan", "observer=tensorboard"], ["trainer", "observer"])
    {'trainer': 'gan', 'observer': ['tensorboard']}

    Raises:
        SettingsError: one is no pair, is of another port, or says something else than an earlier one.
    """
    from interfaces.errors import SettingsError, did_you_mean

    found: dict[str, Any] = {}
    problems = []
    for pair in pairs or ():
        port, _, name = pair.partition("=")
        port = port.strip().replace("-", "_")
        if not name:
            problems.append(f"--component: wanted PORT=NAME, got {pair!r}")
        elif port not in ports:
            near = did_you_mean(port, ports)
            problems.append(f"--component: wanted a port, one of {', '.join(ports)}, got {port!r}.{near}")
        elif port == "observer":
            found.setdefault(port, []).append(name)
        elif found.setdefault(port, name) != name:
            problems.append(f"--component: wanted one {port}, got {found[port]} and {name}")
    if problems:
        raise SettingsError(*problems)
    return found


def read_options(pairs: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the options of observers by their names; the path of what is there becomes absolute, as a worker's folder is another.

    Args:
        pairs: what was given as ``--observer-set``.

    >>> read_options(["maps.every=100", "maps.points=50"])
    {'maps': {'every': '100', 'points': '50'}}

    Raises:
        SettingsError: one is no such pair.
    """
    from interfaces.errors import SettingsError

    found: dict[str, dict[str, str]] = {}
    for pair in pairs:
        place, equals, value = pair.partition("=")
        name, dot, option = place.rpartition(".")
        if not (equals and dot and name and option):
            raise SettingsError(
                f"--observer-set: wanted NAME.OPTION=VALUE, such as maps.every=100, got {pair!r}"
            )
        found.setdefault(name, {})[option] = _definite(value)
    return found


def _definite(value: str) -> str:
    """Return the absolute path of a file or folder that is there; a number, or what else is no path, stays.

    >>> _definite("0.01"), _definite(".") == str(Path.cwd())
    ('0.01', True)
    """
    try:
        float(value)
    except ValueError:
        return str(Path(value).absolute()) if Path(value).exists() else value
    return value
