"""What a contract says to values that break it."""

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from interfaces.contract import Contract

__all__ = ["Changes", "refusal"]

Changes = Mapping[str, Any]


def refusal(contract: type[Contract], values: Mapping[str, Any], changes: Changes) -> str:
    """Return the message with which ``contract`` refuses ``values`` after ``changes``; ``...`` removes a field."""
    contract.model_validate(dict(values))  # without the change it is a good one
    malformed = {name: value for name, value in {**values, **changes}.items() if value is not ...}
    with pytest.raises(ValidationError) as caught:
        contract.model_validate(malformed)
    return str(caught.value)
