"""What is known of a run: one row of the one ``runs`` table, for work of every kind."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from interfaces.contract import Contract, SafeName

__all__ = ["RunKind", "RunProgress", "RunRecord", "RunRequest", "RunState", "StoredFile"]

RunKind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=16)]
"""Name of the kind of job that the run does: see `interfaces.jobs`."""
RunState = Literal["queued", "running", "paused", "done", "partial", "failed", "cancelled"]
"""``partial``: finished, but some pictures failed."""
RunRequest = Literal["pause", "cancel"]
"""What another process asked a running one to do."""


class RunProgress(Contract):
    """How far the stage under way is; anybody who can read the table can show it."""

    stage: str = ""
    """Name of the stage that told its progress last; empty where nothing is under way."""
    stage_done: int = Field(0, ge=0)
    stage_total: int = Field(0, ge=0)
    """0 where it is not known."""
    unit: str = ""
    """What the stage counts: pictures, steps, %."""
    rate: float | None = None
    """Units of the stage per second; None where it is not known yet."""
    detail: str = ""
    """More of it, such as a loss or a part of the whole; empty where there is none."""


class RunRecord(RunProgress):
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
    """The settings of the job, definite by now: all that resuming needs."""
    folder: str | None = None
    """Where the run writes what does not go into the result store, as a training does: relative to the store's
    folder where it lies inside, so that a store can be moved. None where there is none, or the run never came to write."""
    position: int = 0
    """Place among the queued ones: the lowest is next."""
    taken_up: int = Field(0, ge=0)
    """How often workers have taken it up from a process that died, since it last came further."""
    taken_up_at: int = Field(0, ge=0)
    """The most that was done when one of them did."""
    done: int = Field(0, ge=0)
    total: int = Field(0, ge=0)
    message: str = ""
    """Why it failed, or the last thing that it said."""
    timings: dict[str, float] = Field(default_factory=dict)
    """Seconds spent in each stage."""


class StoredFile(Contract):
    """One picture file in a result store."""

    run: SafeName
    name: str = Field(min_length=1)
    """In its folder; where the user's own names are kept, whatever a file system holds."""
    path: str
    """Absolute path of the file."""
    media_type: str
    role: Literal["final", "kept", "sheet", "film"]
    seed: int | None
    width: int
    height: int
    size: int
    """Bytes."""
    sha256: str
    created: datetime
    style: str | None = None
    """That was asked for, or that the seed drew; of pictures that artgen 0.1 made, the former alone. None where there is none."""
