"""What every source of settings must do (→ IGS, IES, ICS)."""

from collections.abc import Callable
from pathlib import Path

from interfaces.ics import ICS
from interfaces.ies import IES
from interfaces.igs import IGS
from interfaces.ports import SettingsSource
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.verdict import Suite, require

__all__ = ["SUITE"]


def prepare(make: Callable[..., SettingsSource], name: str, folder: Path) -> SettingsSource:
    """Return the source itself: it needs nothing."""
    return make()


def gives_the_three_contracts(source: SettingsSource) -> None:
    """IGS, IES and ICS, in this order."""
    got = source.read()
    require(isinstance(got, tuple) and len(got) == 3, f"wanted (IGS, IES, ICS), got {type(got).__name__}")
    require_contract(got[0], IGS)
    require_contract(got[1], IES)
    require_contract(got[2], ICS)


def gives_the_same_when_asked_again(source: SettingsSource) -> None:
    """Reading changes nothing."""
    require(
        fingerprint(source.read()) == fingerprint(source.read()), "wanted the same again, got other settings"
    )


SUITE = Suite(prepare, (gives_the_three_contracts, gives_the_same_when_asked_again))
