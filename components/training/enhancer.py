"""Trains a network that enlarges pictures."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import final

import safetensors.torch
import torch
from pydantic import JsonValue
from torch import Tensor

from components.networks.generators import count_parameters
from components.networks.squeezenet import SqueezeNetFeatures
from components.training.collapse import Collapse
from components.training.crops import Crops, split
from components.training.device import open_device
from components.training.digests import file_digest
from components.training.enhancer_settings import ENHANCER_PRESETS, EnhancerSettings
from components.training.enhancer_state import EnhancerState, new_enhancer_state
from components.training.enhancer_step import advance_enhancer
from components.training.interruption import Interruption
from components.training.journal import Journal
from components.training.validation import Validation
from interfaces.errors import SettingsError
from interfaces.events import Listener
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver
from interfaces.trained_enhancer import TrainedEnhancer

__all__ = ["ENHANCER_FILE", "EnhancerTrainer", "EnhancerView", "check_squares", "load_features"]

ENHANCER_FILE = "enhancer.json"
_ADVICE = (
    "the weights have grown beyond all bounds; train with a smaller learning_rate or clip_gradients, or "
    "precision=float32"
)


@final
class EnhancerTrainer:
    """Trains an enhancement network on a pack of squares.

    Writes into the folder what `GanTrainer` does, with ``enhancer.json`` in place of ``model.json``. On one CPU
    with the same number of threads, a training that was killed and resumed makes the same bytes as one that was
    left alone.
    """

    def __init__(self, settings: EnhancerSettings = ENHANCER_PRESETS["enhancer-x4"]) -> None:
        self.settings = settings

    def train(
        self,
        data: IPDT,
        folder: RunFolder,
        *,
        resume: bool = False,
        observers: Sequence[TrainingObserver] = (),
        listener: Listener | None = None,
    ) -> TrainedEnhancer | None:
        """Train to the end (the network), or until an observer asks to stop (None).

        Raises:
            SettingsError: the settings do not fit the pack, or let the loss diverge.
            DataError: the pack has no pictures to train on, or none to hold out.
            WeightsError: SqueezeNet, where its features count, cannot be read.
            CheckpointError: ``folder`` holds checkpoints of another configuration, only damaged ones, or any
                at all where ``resume`` is False.
            KeyboardInterrupt: after Ctrl-C, when a checkpoint of the last whole step is written.
        """
        settings = self.settings
        check_squares(settings, data)
        digests = _digests(settings)
        fabric = open_device(settings)
        features = load_features(settings, fabric.device)
        rows, held = split(data)
        validation = Validation(data, held, settings.network.scale, fabric.device)
        state = new_enhancer_state(settings, fabric.device)
        journal = Journal(settings, data, folder, fabric.device, settings.steps, listener, digests)
        journal.open(state, resume=resume)
        with Crops(data, rows, settings, fabric.device) as crops, Interruption() as interruption:
            step = partial(advance_enhancer, state, crops, settings, fabric.autocast, features)
            while state.step < settings.steps:
                values = dict(step())
                _check_finite(journal, state, values)
                if state.step % settings.validate_every == 0 or state.step == settings.steps:
                    values |= validation.measure(state.average)
                journal.note(state, values)
                view = EnhancerView(state, settings, values, validation)
                answers = [observer.observe(view, folder) for observer in observers]
                stopping = interruption.asked or not all(answers)
                bad = journal.save(state, now=stopping or state.step == settings.steps)
                _check_finite(journal, state, {} if bad is None else {bad: float("nan")})
                if stopping:
                    break
            for observer in observers:
                observer.finish(folder)
        if interruption.asked:
            raise KeyboardInterrupt
        if state.step < settings.steps:
            return None
        metrics = validation.measure(state.average)
        training = _provenance(settings, data, state, len(rows), journal.digests)
        if journal.earlier_data:
            training["earlier_data"] = [each.model_dump() for each in journal.earlier_data]
        return _write(state, settings, folder, training, metrics)


@dataclass
class EnhancerView:
    """A `TrainingView` of the training: its pictures come from no noise, but from what is held out."""

    state: EnhancerState
    settings: EnhancerSettings
    values: Mapping[str, float]
    _validation: Validation
    latent: int = 0
    labels: int = 0

    @property
    def step(self) -> int:
        """Steps so far."""
        return self.state.step

    @property
    def steps(self) -> int:
        """Steps in all."""
        return self.settings.steps

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return as many pictures as ``latents`` has rows, by fours: see `Validation.show`."""
        return self._validation.show(self.state.average, len(latents))


def check_squares(settings: EnhancerSettings, data: IPDT) -> None:
    """Compare the settings with the pack.

    Raises:
        SettingsError: they do not fit.
    """
    got = (data.side, int(data.images.shape[3]))
    if got != (settings.side, 3):
        raise SettingsError(
            f"side: wanted RGB squares of {settings.side} pixels, got {got[0]} pixels and {got[1]} channels in the "
            f"pack {data.dataset}"
        )


def load_features(settings: EnhancerSettings, device: torch.device) -> SqueezeNetFeatures | None:
    """Return SqueezeNet where its features count.

    Raises:
        WeightsError: its file cannot be read, or is of another network.
    """
    if not settings.uses_features:
        return None
    network = SqueezeNetFeatures()
    network.load(Path(settings.features))
    return network.to(device)


def _digests(settings: EnhancerSettings) -> dict[str, str]:
    digests = {}
    if settings.uses_features:
        digests["features"] = file_digest(
            settings.features, "features: wanted the path of a file of SqueezeNet 1.1"
        )
    return digests


def _check_finite(journal: Journal, state: EnhancerState, values: Mapping[str, float]) -> None:
    """Let the journal answer the first value that is not finite, which ends the training."""
    for name, value in values.items():
        if not torch.isfinite(torch.tensor(value)):
            journal.answer(state, Collapse("not-a-number", name, value, None, _ADVICE))


def _write(
    state: EnhancerState,
    settings: EnhancerSettings,
    folder: RunFolder,
    training: dict[str, JsonValue],
    metrics: Mapping[str, float],
) -> TrainedEnhancer:
    """Write ``model.safetensors`` and ``enhancer.json``; equal states give equal bytes of the former."""
    weights = {key: t.detach().cpu().contiguous() for key, t in state.average.state_dict().items()}
    if settings.store_half:
        weights = {key: tensor.half() for key, tensor in weights.items()}
    name = settings.name or str(training["dataset"])
    note = {
        "artgen": version("artgen"),
        "name": name,
        "licence": settings.licence,
        "architecture": settings.network.model_dump(),
    }
    # one entry only: safetensors writes several in an order that changes from process to process
    content = safetensors.torch.save(weights, {"artgen": json.dumps(note, sort_keys=True)})
    trained = TrainedEnhancer(
        name=name,
        architecture=settings.network,
        weights_path=folder.write("model.safetensors", content),
        weights_sha256=sha256(content).hexdigest(),
        licence=settings.licence,
        training=training,
        metrics=dict(metrics),
    )
    described = {**trained.model_dump(mode="json"), "weights_path": "model.safetensors"}
    folder.write(ENHANCER_FILE, (json.dumps(described, indent=1) + "\n").encode())
    return trained


def _provenance(
    settings: EnhancerSettings, data: IPDT, state: EnhancerState, images: int, digests: Mapping[str, str]
) -> dict[str, JsonValue]:
    values: dict[str, JsonValue] = settings.model_dump(mode="json")
    for name in ("features", "start"):  # as names: the paths are this machine's
        values[name] = values[name] and Path(str(values[name])).name
    return {
        "dataset": data.dataset,
        "data_fingerprint": data.fingerprint,
        "images": images,
        "held_out": len(data.images) - images,
        "settings": values,
        "steps": state.step,
        "epochs": state.position.epoch + 1,
        "seconds": round(state.seconds, 3),
        "parameters": count_parameters(state.network),
        **{f"{name}_sha256": digest for name, digest in digests.items()},
    }
