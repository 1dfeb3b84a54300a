"""Jobs: everything that takes longer than a moment, whatever it is, behind one port.

A kind of job is a contract with its settings and a class that does them. `pipeline.jobs` knows the kinds and has the
three verbs that all of them share: submit, run, resume.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol

from pydantic import Field

from interfaces.contract import Contract
from interfaces.events import Listener
from interfaces.runs import RunKind, RunRecord, RunState

__all__ = ["JobControl", "JobPrecision", "JobRunner", "JobSettings", "MakeRunner"]

JobPrecision = Literal["float32", "bfloat16"]


class JobSettings(Contract):
    """What every kind of job can be told; a kind adds its own fields, and a ``Literal`` for its ``kind``.

    They are stored with the run, and must be all that resuming it needs.
    """

    kind: RunKind
    threads: int | None = Field(None, ge=1)
    """Processor threads while it runs. None takes those of the process, and the record says how many that were."""
    precision: JobPrecision | None = None
    """What ``auto`` stands for on a processor while it runs. None: what the machine is faster at."""

    @property
    def goes_on(self) -> bool:
        """Whether it goes on with what an earlier run has left in its folder; that run's record is taken up then."""
        return False


class JobControl(Protocol):
    """What a job hears and says while it runs."""

    state: RunState
    """How the run ends when `JobRunner.run` returns: ``done``, unless the runner says ``partial`` or ``failed``."""
    message: str
    """Why, in that case."""

    @property
    def record(self) -> RunRecord:
        """The run as it was when it was claimed."""
        ...

    def note(self, done: int, timings: Mapping[str, float] | None = None) -> None:
        """Write down how much is done, and the seconds that each stage took so far; hear what others ask.

        With the first call the run has begun to write. An error before that is a refusal: the run is left as it was
        before, and a new one names no folder, so that it says nothing of what an earlier run has left there.
        """
        ...

    def check(self) -> None:
        """Return if the run shall go on; call it as often as one likes.

        Raises:
            Exception: it shall pause or end, or another process has taken it over. Save what must not be lost, and
                let it pass.
        """
        ...


class JobRunner(Protocol):
    """One job: made from its settings, prepared, and run once."""

    @property
    def settings(self) -> JobSettings:
        """The settings, as definite as they are known by now: what is stored with the run."""
        ...

    @property
    def total(self) -> int:
        """How much there is to do, in the unit that `JobControl.note` counts; 0 where it is not known yet."""
        ...

    @property
    def folder(self) -> Path | None:
        """Where it writes what does not go into the result store; None where nothing does, or it is not known yet."""
        ...

    def prepare(self) -> None:
        """Find out all that must be known before the first step, as what is in the data; write no result.

        Raises:
            ArtgenError: the job is refused. Nothing is recorded of it then but why.
        """
        ...

    def run(self, control: JobControl) -> None:
        """Do the job, or what is left of it, and let everything that `JobControl.check` raises pass.

        Raises:
            ArtgenError: whatever stops it; the run can be resumed.
        """
        ...


class MakeRunner(Protocol):
    """Makes the runner of one kind of job: usually its class."""

    def __call__(
        self, settings: JobSettings, *, root: Path, record: RunRecord | None, listener: Listener | None
    ) -> JobRunner:
        """Return a runner, after checking all that can be told at once.

        Args:
            settings: of this kind.
            root: folder of the result store whose queue has the run.
            record: the run; None where there is none yet. Its ``folder`` is set where the run came to write before:
                it goes on then.
            listener: is told every event.

        Raises:
            ArtgenError: the job is refused.
        """
        ...
