"""A few steps of a training that leaves nothing behind: what it will take."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Thread

import torch
from pydantic import Field

from components.networks.build import count_parameters
from components.training.distributed.device import open_device
from components.training.distributed.process_group import share_of_threads
from components.training.engine.batches import Batches
from components.training.enhancer.crops import Crops, split
from components.training.enhancer.iteration import advance_enhancer
from components.training.enhancer.settings import EnhancerSettings, TrainingSettings
from components.training.enhancer.state import new_enhancer_state
from components.training.enhancer.trainer import check_squares, load_features
from components.training.gan.iteration import advance
from components.training.gan.settings import GanSettings
from components.training.gan.spectral_loss import spectral_loss
from components.training.gan.state import new_state
from components.training.gan.trainer import check_fit
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


def rehearse(settings: TrainingSettings, data: IPDT, listener: Listener | None = None) -> Rehearsal:
    """Make a few real steps in memory, and return what the whole training will take.

    The first step is not counted: caches and kernels are filled then. Of several devices one is tried, with its
    share of the batch; what they tell one another comes on top.

    Raises:
        SettingsError: the settings do not fit the pack or the machine.
        DataError: the pack has no training images.
    """
    if isinstance(settings, EnhancerSettings):
        return _rehearse_enhancer(settings, data, listener)
    check_fit(settings, data)
    with share_of_threads(settings):
        fabric = open_device(settings)
    one = _of_one_device(settings)
    batches = Batches(data, one.batch, settings.seed, fabric.device)
    total = settings.total_steps(len(batches))
    with share_of_threads(settings), _peak_memory(fabric.device) as peaks:
        state = new_state(one, fabric.device, batches.labels, len(data.styles))
        spectral = spectral_loss(one, batches)
        times = _time(lambda: advance(state, batches, one, fabric.autocast, spectral=spectral), listener)
    per_epoch = len(batches) // settings.batch / settings.critic_steps
    counted = (count_parameters(state.generator), count_parameters(state.critic))
    return _summary(fabric.device, len(batches), total, per_epoch, counted, times, max(peaks))


def _rehearse_enhancer(settings: EnhancerSettings, data: IPDT, listener: Listener | None) -> Rehearsal:
    check_squares(settings, data)
    fabric = open_device(settings)
    features = load_features(settings, fabric.device)
    rows, _ = split(data)
    # what it takes when everything counts
    whole = EnhancerSettings.model_validate({**dict(settings), "perceptual_from": 0, "adversarial_from": 0})
    with _peak_memory(fabric.device) as peaks, Crops(data, rows, whole, fabric.device) as crops:
        state = new_enhancer_state(whole, fabric.device)
        times = _time(lambda: advance_enhancer(state, crops, whole, fabric.autocast, features), listener)
    critic = 0 if state.adversary is None else count_parameters(state.adversary.critic)
    counted = (count_parameters(state.network), critic)
    per_epoch = len(rows) / settings.batch
    return _summary(fabric.device, len(rows), settings.steps, per_epoch, counted, times, max(peaks))


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


def _summary(
    device: torch.device,
    images: int,
    steps: int,
    per_epoch: float,
    parameters: tuple[int, int],
    times: Sequence[float],
    peak_bytes: int,
) -> Rehearsal:
    step_s = statistics.median(times[1:])
    generator, critic = parameters
    return Rehearsal(
        device=str(device),
        images=images,
        steps=steps,
        epochs=steps / per_epoch,
        generator_parameters=generator,
        critic_parameters=critic,
        measured_steps=len(times) - 1,
        step_s=step_s,
        epoch_s=step_s * per_epoch,
        total_s=step_s * steps,
        peak_bytes=peak_bytes,
    )


def _of_one_device(settings: GanSettings) -> GanSettings:
    share = settings.batch // (settings.devices * settings.nodes)
    return GanSettings.model_validate({**dict(settings), "batch": share, "devices": 1, "nodes": 1})


@contextmanager
def _peak_memory(device: torch.device) -> Iterator[list[int]]:
    """Yield a list that holds, when the block has ended, the peak of the memory in use, in bytes."""
    peaks = [1]
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        yield peaks
        peaks.append(torch.cuda.max_memory_reserved(device))
        return
    import psutil  # takes longer to import than most commands take

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
