"""Components that are right but for one thing each: every check must find its own fault, and no other check."""

from typing import TypeVar

from interfaces.contract import Contract

__all__ = ["changed"]

ContractT = TypeVar("ContractT", bound=Contract)


def changed(value: ContractT, **changes: object) -> ContractT:
    """Return ``value`` with other fields, validated."""
    return type(value).model_validate({**dict(value), **changes})
