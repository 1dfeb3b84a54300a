"""Runs that stop before a picture until a test says the word: what is done to them comes neither too early nor too late on any machine."""

import os
from pathlib import Path
from time import monotonic, sleep
from typing import Any, final

from components.enhancement import LanczosEnhancer
from interfaces.iedt import IEDT
from interfaces.ies import IES
from interfaces.igdt import IGDT
from interfaces.runs import RunRecord

__all__ = ["Waiting", "Word", "held_job", "submit_held"]

_LONGEST_S = 240.0


@final
class Word:
    """Up to which seed pictures may be made: one number in a file, which another process reads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def last(self) -> int:
        return int(self.path.read_text())

    def let(self, last: int) -> None:
        """Let the pictures be made whose seed is at most ``last``."""
        partial = self.path.with_suffix(".partial")
        partial.write_text(str(last))
        os.replace(partial, self.path)


@final
class Waiting:
    """Lanczos that enlarges a picture when its seed's turn has come."""

    def __init__(self, word: str) -> None:
        self._word = Word(Path(word))

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        ends = monotonic() + _LONGEST_S
        while self._word.last < max(data.seeds):
            assert monotonic() < ends, "nobody said the word"
            sleep(0.02)
        return LanczosEnhancer().enhance(data, settings)


def held_job(store: Path, word: Word, *, count: int, seed: int, side: int = 64) -> Any:
    """Return the job of a run whose pictures wait for ``word``."""
    from pipeline.orchestrator.job import PipelineJob
    from pipeline.settings.config import load_config

    values = {
        "generation": {"count": count, "seed": seed},
        "enhancement": {
            "side": side,
            "enhancer": {"kind": "tests.page.waiting:Waiting", "options": {"word": str(word.path)}},
        },
        "conversion": {"contact_sheet": False},
        "out": store,
    }
    return PipelineJob(config=load_config(values))


def submit_held(store: Path, word: Word, *, count: int, seed: int, side: int = 64) -> RunRecord:
    """Queue such a run: from a program, for the page takes no component from a browser."""
    from pipeline.jobs.verbs import submit

    return submit(held_job(store, word, count=count, seed=seed, side=side), store)
