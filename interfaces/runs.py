"""What is known of a run: one row of the one ``runs`` table, for work of every kind."""

from datetime import datetime
from typing import Literal

from pydantic import Field, JsonValue

from interfaces.contract import Contract, SafeName

__all__ = ["RESUMABLE", "RunKind", "RunRecord", "RunRequest", "RunState", "StoredFile"]

RunKind = Literal["pipeline", "train", "stylize", "translate", "enhance", "study"]
RunState = Literal["queued", "running", "paused", "done", "partial", "failed", "cancelled"]
"""``partial``: finished, but some pictures failed."""
RunRequest = Literal["pause", "cancel"]
"""What another process asked a running one to do."""

RESUMABLE: frozenset[RunState] = frozenset({"queued", "paused", "partial", "failed", "cancelled"})
"""States from which a run can be resumed; a ``running`` one only when its owner is gone."""


class RunRecord(Contract):
    """One run."""

    id: SafeName
    kind: RunKind
    state: RunState
    owner: str | None = None
    """Process that works on it: ``host/pid/start time``; None when nobody does."""
    heartbeat: datetime | None = None
    """UTC; renewed every few seconds by the owner."""
    request: RunRequest | None = None
    created: datetime
    updated: datetime
    settings: dict[str, JsonValue] = Field(default_factory=dict)
    """The resolved configuration: all that resuming needs."""
    done: int = Field(0, ge=0)
    total: int = Field(0, ge=0)
    message: str = ""
    """Why it failed, or the last thing worth saying."""
    timings: dict[str, float] = Field(default_factory=dict)
    """Seconds spent in each stage."""


class StoredFile(Contract):
    """One picture file in a result store."""

    run: SafeName
    name: SafeName
    path: str
    """Absolute path of the file."""
    media_type: str
    role: Literal["final", "kept", "sheet"]
    seed: int | None
    width: int
    height: int
    size: int
    """Bytes."""
    sha256: str
    created: datetime
