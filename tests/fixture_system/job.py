"""A job without a page: it writes the numbers up to one that is given, one a line, each with its threads."""

import os
import time
from pathlib import Path
from typing import Literal, final

import torch

from interfaces.events import Listener, Progress
from interfaces.jobs import JobControl, JobSettings
from interfaces.runs import RunRecord
from pipeline.jobs.kinds import JobKind

KIND = JobKind("tests.fixture_system.job:CountJob", "tests.fixture_system.job:CountRunner")
"""The registry line."""


class CountJob(JobSettings):
    """How far, how slowly, and where to."""

    kind: Literal["count"] = "count"
    until: int
    out: Path
    pause_s: float = 0.0


@final
class CountRunner:
    """Counts, and goes on behind the last number that is there."""

    def __init__(
        self, settings: CountJob, *, root: Path, record: RunRecord | None, listener: Listener | None
    ) -> None:
        self.settings = settings
        self.total = settings.until
        self.folder: Path | None = settings.out
        self._listener = listener

    def prepare(self) -> None:
        pass

    def run(self, control: JobControl) -> None:
        self.settings.out.mkdir(parents=True, exist_ok=True)
        numbers = self.settings.out / "numbers.txt"
        there = len(numbers.read_text().splitlines()) if numbers.exists() else 0
        control.note(there)
        for number in range(there, self.total):
            with numbers.open("a") as file:
                file.write(f"{number} {torch.get_num_threads()} {os.environ.get('ARTGEN_PRECISION', '')}\n")
            if self._listener is not None:
                self._listener(Progress(stage="sweep", done=number + 1, total=self.total, unit="numbers"))
            control.note(number + 1)
            control.check()
            time.sleep(self.settings.pause_s)
