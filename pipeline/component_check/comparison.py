"""Comparing what contracts carry, bit for bit."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
from pydantic import ValidationError
from torch import Tensor

from interfaces.contract import Contract
from pipeline.component_check.verdict import require

__all__ = ["fingerprint", "folder_fingerprint", "require_contract", "require_own_randomness"]

ContractT = TypeVar("ContractT", bound=Contract)


def fingerprint(value: object) -> str:
    """Return a digest of ``value`` and all that is in it: contracts, tensors, arrays, tables, plain values.

    Unlike ``==`` it compares tensors too, and tells -0.0 from 0.0 and one NaN from another.

    >>> fingerprint((1, "a")) == fingerprint((1, "a")), fingerprint(1) == fingerprint(1.0)
    (True, False)
    """
    if isinstance(value, Contract):
        parts = [type(value).__name__, *(fingerprint(pair) for pair in value)]
    elif isinstance(value, Tensor | np.ndarray):
        array = value.detach().cpu().numpy() if isinstance(value, Tensor) else value
        parts = [str(array.dtype), str(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]
    elif isinstance(value, Mapping):
        parts = ["mapping", *sorted(fingerprint(pair) for pair in value.items())]
    elif isinstance(value, list | tuple):
        parts = ["sequence", *map(fingerprint, value)]
    else:
        parts = [type(value).__name__, repr(value)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def folder_fingerprint(folder: Path) -> str:
    """Return a digest of the names and the bytes of all files under ``folder``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return fingerprint([(path.relative_to(folder).as_posix(), path.read_bytes()) for path in files])


def require_contract(value: object, contract: type[ContractT]) -> ContractT:
    """Return ``value`` where it is a valid ``contract``, even if it was made without validation.

    Raises:
        ContractBroken: it is something else, or a field breaks the contract.
    """
    require(isinstance(value, contract), f"wanted {contract.__name__}, got {type(value).__name__}")
    assert isinstance(value, contract)  # noqa: S101  # told to the type checker; required above
    try:
        contract.model_validate(value.model_dump(warnings=False))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        require(False, f"{contract.__name__}.{place}: {first['msg'].removeprefix('Value error, ')}")
    return value


def require_own_randomness(work: Callable[[], object]) -> None:
    """Require that ``work`` draws from no global source of randomness, and seeds none."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(271_828)  # a state that nobody else leaves behind by chance
        before = torch.get_rng_state()
        work()
        same = torch.equal(before, torch.get_rng_state())
    require(same, "wanted torch's global random state left alone; draw from a torch.Generator of your own")
