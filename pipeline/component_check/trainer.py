"""What every trainer must do (IPDT → IGME, or an enhancement network).

A trainer is made as the pipeline makes it, with the settings of the training: here a very small one, of a GAN where
nobody knows better.
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, final

import torch
from safetensors.torch import load_file

from components.networks.build import load_generator
from components.networks.srvgg import SRVGGNetCompact
from components.training import GanSettings, own_settings
from interfaces.errors import CheckpointError
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import LatentView, RunFolder, Trainer, TrainingObserver, TrainingView
from interfaces.trained_enhancer import TrainedEnhancer
from pipeline.component_check import samples
from pipeline.component_check.comparison import (
    fingerprint,
    folder_fingerprint,
    require_contract,
    require_own_randomness,
)
from pipeline.component_check.verdict import Suite, require
from storage.run_folder import DirectoryFolder

__all__ = ["SETTINGS", "SUITE"]

STEPS = 3
SETTINGS = GanSettings.smallest(samples.ARCHITECTURE.side, STEPS)


@final
class StopAfter:
    """Asks for the end after a step, and remembers what it saw."""

    def __init__(self, step: int) -> None:
        self._step = step
        self.seen: list[int] = []
        self.finished = 0

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Look at a few images; go on until the step is reached."""
        images = view.preview(2)
        if isinstance(view, LatentView):
            latents = torch.ones(2, view.latent)
            images = view.sample(latents)
            require(bool((latents == 1).all()), "wanted the latents left alone, but they were changed")
        good = images.dtype == torch.float32 and len(images) == 2 and float(images.abs().max()) <= 1
        require(good, f"wanted 2 float32 images in [-1, 1], got {images.dtype} {tuple(images.shape)}")
        self.seen.append(view.step)
        return view.step < self._step

    def finish(self, folder: RunFolder) -> None:
        """Note that the training is over."""
        self.finished += 1


class Case(NamedTuple):
    """A trainer, a pack, and a folder for trainings."""

    trainer: Trainer
    pack: IPDT
    folder: Path

    def train(
        self, name: str, *, resume: bool = False, observers: Sequence[TrainingObserver] = ()
    ) -> IGME | TrainedEnhancer | None:
        """Train in a folder of that name."""
        place = DirectoryFolder(self.folder / name)
        return self.trainer.train(self.pack, place, resume=resume, observers=observers)

    def finish(
        self, name: str, *, resume: bool = False, observers: Sequence[TrainingObserver] = ()
    ) -> IGME | TrainedEnhancer:
        """Train to the end."""
        model = self.train(name, resume=resume, observers=observers)
        if isinstance(model, TrainedEnhancer):
            return require_contract(model, TrainedEnhancer)
        return require_contract(model, IGME)


def prepare(make: Callable[..., Trainer], name: str, folder: Path) -> Case:
    """Return the case."""
    settings = samples.with_pictures(own_settings(make).smallest(samples.ARCHITECTURE.side, STEPS), folder)
    return Case(make(settings), samples.pack(folder / "pack"), folder)


def gives_a_model_that_can_be_loaded(case: Case) -> None:
    """Its weights have the digest that it names and fit the network that it describes."""
    model = case.finish("a")
    got = hashlib.sha256(model.weights_path.read_bytes()).hexdigest()
    require(got == model.weights_sha256, f"wanted weights with SHA-256 {model.weights_sha256}, got {got}")
    if isinstance(model, TrainedEnhancer):
        SRVGGNetCompact(model.architecture).load_state_dict(load_file(model.weights_path))
        return
    load_generator(model)
    require(model.styles == case.pack.styles, f"wanted the styles {case.pack.styles}, got {model.styles}")


def leaves_the_pack_alone(case: Case) -> None:
    """In memory and on disk."""
    before = fingerprint(case.pack), folder_fingerprint(case.pack.folder)
    case.finish("a")
    after = fingerprint(case.pack), folder_fingerprint(case.pack.folder)
    require(after == before, "wanted the pack left alone, but it was changed")


def shows_every_step_to_its_observers(case: Case) -> None:
    """From the first to the last."""
    watch = StopAfter(STEPS + 1)
    case.finish("a", observers=[watch])
    wanted = list(range(1, STEPS + 1))
    require(watch.seen == wanted, f"wanted the steps {wanted} shown, got {watch.seen}")


def stops_when_an_observer_asks(case: Case) -> None:
    """After that very step, without a model."""
    watch = StopAfter(1)
    model = case.train("a", observers=[watch])
    require(model is None and watch.seen == [1], f"wanted no model and 1 step, got {watch.seen} and {model}")


def tells_its_observers_the_end_once(case: Case) -> None:
    """Where the training ends, and where an observer stops it."""
    stopped, ended = StopAfter(1), StopAfter(STEPS + 1)
    case.train("a", observers=[stopped, ended])
    case.train("b", observers=[ended])
    counts = stopped.finished, ended.finished
    require(counts == (1, 2), f"wanted finish called once in each of two trainings, got {counts}")


def goes_on_where_it_stopped(case: Case) -> None:
    """The resumed training ends with the bits of one that was left alone."""
    undisturbed = case.finish("a").weights_sha256
    case.train("b", observers=[StopAfter(1)])
    resumed = case.finish("b", resume=True).weights_sha256
    require(resumed == undisturbed, "wanted the weights of an undisturbed training, got others")


def refuses_to_begin_over_checkpoints(case: Case) -> None:
    """Without ``resume`` nobody's training is overwritten."""
    case.train("a", observers=[StopAfter(1)])
    before = folder_fingerprint(case.folder / "a")
    try:
        case.train("a")
    except CheckpointError:
        untouched = folder_fingerprint(case.folder / "a") == before
        require(untouched, "wanted the folder of the other training left alone, but it was changed")
        return
    require(False, "wanted a CheckpointError for a folder with checkpoints and resume=False, got a training")


def leaves_the_randomness_of_others_alone(case: Case) -> None:
    """What torch draws afterwards is what it would have drawn before."""
    require_own_randomness(lambda: case.finish("a"))


SUITE = Suite(
    prepare,
    (
        gives_a_model_that_can_be_loaded,
        leaves_the_pack_alone,
        shows_every_step_to_its_observers,
        stops_when_an_observer_asks,
        tells_its_observers_the_end_once,
        goes_on_where_it_stopped,
        refuses_to_begin_over_checkpoints,
        leaves_the_randomness_of_others_alone,
    ),
)
