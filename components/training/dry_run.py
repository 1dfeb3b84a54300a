"""A few steps of a training that leaves nothing behind: what it will take."""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import torch
from pydantic import Field

from components.training.engine.trial import ConfiguredTrainer
from interfaces.contract import Contract
from interfaces.events import Listener, Progress
from interfaces.ipdt import IPDT

__all__ = ["Rehearsal", "rehearse"]

_STEPS = 6
_ENOUGH_S = 15.0
_SAMPLING_S = 0.005


class Rehearsal(Contract):
    """What a training will take, from a few steps of it."""

    device: str
    images: int = Field(ge=1)
    """Training images."""
    steps: int = Field(ge=1)
    """Steps of the whole training: the generator's, where there is one."""
    epochs: float = Field(gt=0)
    """How often it sees each image."""
    generator_parameters: int
    """Of the generator, or of the enhancement network."""
    critic_parameters: int
    """0 where there is no critic."""
    measured_steps: int = Field(ge=1)
    step_s: float = Field(gt=0)
    """Seconds of one step, the critic's steps with it: the median."""
    epoch_s: float = Field(gt=0)
    total_s: float = Field(gt=0)
    """Seconds of all steps; samples, curves and checkpoints come on top."""
    teacher_s: float = Field(0.0, ge=0)
    """Seconds before the first step, in which a teacher makes what is learnt; 0 without one, or where it has been made."""
    peak_bytes: int = Field(gt=0)
    """The most memory while stepping: of the process, or on the accelerator what torch has taken there."""


def rehearse(trainer: ConfiguredTrainer, data: IPDT, listener: Listener | None = None) -> Rehearsal:
    """Make a few real steps in memory, and return what the whole training will take.

    The first step is not counted: caches and kernels are filled then.

    Raises:
        SettingsError: the settings do not fit the pack or the machine.
        DataError: the pack has no training images.
    """
    with _peak_memory() as peaks, trainer.try_out(data) as trial:
        times = _time(trial.step, listener)
        if trial.device.type == "cuda":
            peaks[:] = [torch.cuda.max_memory_reserved(trial.device)]
    step_s = statistics.median(times[1:])
    return Rehearsal(
        device=str(trial.device),
        images=trial.images,
        steps=trial.steps,
        epochs=trial.steps / trial.steps_per_epoch,
        generator_parameters=trial.parameters,
        critic_parameters=trial.critic_parameters,
        measured_steps=len(times) - 1,
        step_s=step_s,
        epoch_s=step_s * trial.steps_per_epoch,
        total_s=step_s * trial.steps,
        peak_bytes=max(peaks),
    )


def _time(step: Callable[[], object], listener: Listener | None) -> list[float]:
    """Make a few steps; return the seconds that each took."""
    times: list[float] = []
    for done in range(1, _STEPS + 1):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
        if listener is not None:
            listener(Progress(stage="training", done=done, total=_STEPS, unit="steps", detail="dry run"))
        if len(times) > 1 and sum(times) > _ENOUGH_S:
            break
    return times


@contextmanager
def _peak_memory() -> Iterator[list[int]]:
    """Yield a list that holds, when the block has ended, the peak of the process's memory, in bytes."""
    import psutil  # takes longer to import than most commands take

    peaks = [1]
    process, ended = psutil.Process(), Event()

    def watch() -> None:
        while True:
            peaks[0] = max(peaks[0], process.memory_info().rss)
            if ended.wait(_SAMPLING_S):
                return

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()
