"""The chain of records that says how a picture came about."""

from typing import Literal

from pydantic import Field, JsonValue

from interfaces.contract import Contract, Sha256

__all__ = ["Origin", "Provenance", "StageRecord"]


class StageRecord(Contract):
    """What one stage did, as far as it determines the bytes of a single picture.

    It holds no count, no chunk, no folder, no date, no run, user or host: those live in the result store's
    index, and the file of one picture does not depend on them.
    """

    stage: Literal["generation", "enhancement", "conversion"]
    component: str = Field(min_length=1)
    """Name in the registry, or ``package.module:Class``."""
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    digests: dict[str, Sha256] = Field(default_factory=dict)
    """SHA-256 of what the stage read: ``model``, ``weights``, input pictures."""
    licences: dict[str, str] = Field(default_factory=dict)
    """Of what the stage read, by the same names, where it says one."""
    runtime: dict[str, JsonValue] = Field(default_factory=dict)
    """What else decides the last bit: device kind, threads, precision, tile, batch, versions."""


Provenance = tuple[StageRecord, ...]
"""One record for each stage passed, in order."""


class Origin(Contract):
    """The input picture behind a generated one."""

    name: str = Field(min_length=1)
    sha256: Sha256
