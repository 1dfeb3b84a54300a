"""How a check is judged: a sentence, whether it holds, and what was found where it does not."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

__all__ = ["ContractBroken", "Suite", "Verdict", "judge", "require"]

CaseT = TypeVar("CaseT")


class Verdict(NamedTuple):
    """Whether a component passed one check."""

    check: str
    """The check as a sentence: ``leaves its input alone``."""
    passed: bool
    message: str
    """What was wanted and what came; empty where it passed."""


class Suite(NamedTuple, Generic[CaseT]):
    """All checks of one port."""

    prepare: Callable[[Callable[..., Any], str, Path], CaseT]
    """Makes the component and its samples, given its class, its name and an empty folder: once for each check."""
    checks: Sequence[Callable[[CaseT], None]]
    """Functions whose names are sentences; one that raises has found a fault."""


class ContractBroken(Exception):  # noqa: N818  # a finding, not an error of the program
    """A component does not do what its port asks."""


def require(holds: bool, message: str) -> None:
    """Raise ``ContractBroken`` with ``message`` unless ``holds``."""
    if not holds:
        raise ContractBroken(message)


def judge(check: Callable[[CaseT], None], case: CaseT) -> Verdict:
    """Return the verdict of one check; whatever the component raises is a failure on one line."""
    sentence = check.__name__.replace("_", " ")
    try:
        check(case)
    except ContractBroken as found:
        return Verdict(sentence, False, str(found))
    except (Exception, SystemExit) as error:
        text = " ".join(str(error).split())
        return Verdict(sentence, False, f"raised {type(error).__name__}: {text}".removesuffix(": "))
    return Verdict(sentence, True, "")
