"""Trains a generator against a critic."""

import time
from collections.abc import Mapping, Sequence
from typing import final

import torch

from components.training.batches import Batches, mirror_half
from components.training.device import open_device
from components.training.interruption import Interruption
from components.training.journal import Journal
from components.training.model import StateView, write_model
from components.training.settings import PRESETS, GanSettings
from components.training.state import TrainingState, new_state
from components.training.steps import Autocast, average_weights, critic_step, generator_step
from interfaces.errors import SettingsError
from interfaces.events import Listener
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver

__all__ = ["GanTrainer"]


@final
class GanTrainer:
    """Trains a GAN on a pack: a `Trainer`.

    Writes into the folder ``settings.json``, ``log.jsonl``, ``checkpoints/`` and at the end
    ``model.safetensors`` with ``model.json``. On one CPU with the same number of threads, a training that was
    killed and resumed makes the same bytes as one that was left alone.
    """

    def __init__(self, settings: GanSettings = PRESETS["wgan-gp"]) -> None:
        self.settings = settings

    def train(
        self,
        data: IPDT,
        folder: RunFolder,
        *,
        resume: bool = False,
        observers: Sequence[TrainingObserver] = (),
        listener: Listener | None = None,
    ) -> IGME | None:
        """Train to the end (the model), or until an observer asks to stop (None).

        Raises:
            SettingsError: the settings do not fit the pack, or let the losses diverge.
            DataError: the pack has no training images.
            CheckpointError: ``folder`` holds checkpoints of another configuration, only damaged ones, or any
                at all where ``resume`` is False.
            KeyboardInterrupt: after Ctrl-C, when a checkpoint of the last whole step is written.
        """
        settings = self.settings
        _check_fit(settings, data)
        fabric = open_device(settings)
        batches = Batches(data, settings.batch, settings.seed, fabric.device)
        total = settings.total_steps(len(batches))
        state = new_state(settings, fabric.device)
        journal = Journal(settings, data, folder, fabric.device, total, listener)
        journal.open(state, resume=resume)
        with Interruption() as interruption:
            while state.step < total:
                values = _advance(state, batches, settings, fabric.autocast)
                journal.note(state, values)
                view = StateView(state, settings, total, values)
                answers = [observer.observe(view, folder) for observer in observers]
                go_on = all(answers)
                stopping = interruption.asked or not go_on
                journal.save(state, now=stopping or state.step == total)
                if interruption.asked:
                    raise KeyboardInterrupt
                if not go_on and state.step < total:
                    return None
        return write_model(state, settings, data, folder)


def _advance(
    state: TrainingState, batches: Batches, settings: GanSettings, autocast: Autocast
) -> Mapping[str, float]:
    """Make ``critic_steps`` steps of the critic and one of the generator; return what the last ones measured."""
    begin = time.perf_counter()
    for _ in range(settings.critic_steps):
        real, state.position = batches.take(state.position)
        critic = critic_step(
            state.generator,
            state.critic,
            state.critic_optimizer,
            mirror_half(real, state.flip) if settings.flip else real,
            _latents(state, settings, real.device),
            penalty_weight=settings.penalty_weight,
            rng=state.penalty,
            autocast=autocast,
        )
    generator = generator_step(
        state.generator,
        state.critic,
        state.generator_optimizer,
        _latents(state, settings, real.device),
        autocast=autocast,
    )
    average_weights(state.average, state.generator, settings.ema_decay, state.step)
    measured = {
        "generator_loss": generator.loss,
        "critic_loss": critic.loss,
        "wasserstein": critic.wasserstein,
    }
    measured |= {
        name: getattr(critic, name) for name in ("real_score", "fake_score", "penalty", "gradient_norm")
    }
    # one transfer for all: each would wait for the accelerator
    values = dict(zip(measured, torch.stack(list(measured.values())).tolist(), strict=True))
    state.step += 1
    state.seconds += time.perf_counter() - begin
    return values


def _latents(state: TrainingState, settings: GanSettings, device: torch.device) -> torch.Tensor:
    return torch.randn(settings.batch, settings.generator.latent, generator=state.latents, device=device)


def _check_fit(settings: GanSettings, data: IPDT) -> None:
    wanted = {"side": data.side, "channels": int(data.images.shape[3])}
    problems = [
        f"generator.{name}: wanted {value}, as in the pack {data.dataset}, got {getattr(settings.generator, name)}"
        for name, value in wanted.items()
        if getattr(settings.generator, name) != value
    ]
    if problems:
        raise SettingsError(*problems)
