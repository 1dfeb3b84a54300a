"""The finished model of a training, and what an observer sees of the unfinished one."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version

import torch
from pydantic import JsonValue
from torch import Tensor, nn

from components.networks.build import count_parameters
from components.networks.latents import draw_latents
from components.training.checkpoints.final_weights import write_generator
from components.training.engine.provenance import provenance
from components.training.engine.recorder import Recorder
from components.training.gan.settings import GanSettings
from components.training.gan.state import TrainingState, draw_labels
from components.training.settings.random_sources import random_source
from interfaces.igme import IGME, Latent
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder

__all__ = ["StateView", "refresh_statistics", "write_model"]

_STATISTICS_BATCHES = 16


@dataclass
class StateView:
    """A `LatentView` of a training's state."""

    state: TrainingState
    settings: GanSettings
    steps: int
    values: Mapping[str, float]
    pack: IPDT
    _fresh: bool = False

    @property
    def step(self) -> int:
        """Steps of the generator so far."""
        return self.state.step

    @property
    def epoch(self) -> int:
        """How often the data were gone through so far."""
        return self.state.epoch

    def preview(self, count: int) -> Tensor:
        """Return images from noise that is always the same."""
        rng = random_source(self.settings.seed, "preview")
        return self.sample(draw_latents(count, self.takes, rng))

    @property
    def takes(self) -> Latent:
        """How latent vectors are drawn."""
        return self.settings.takes

    @property
    def latent(self) -> int:
        """Length of a latent vector."""
        return self.takes.length

    @property
    def labels(self) -> int:
        """Number of styles that a generator conditional on them can be asked for; 0 for another one."""
        return len(self.pack.styles) if self.settings.conditional else 0

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return images of the generator with averaged weights, on the CPU."""
        if not self._fresh:
            refresh_statistics(self.state.average, self.settings, self.state.label_pool)
            self._fresh = True
        device = next(self.state.average.parameters()).device
        inputs = [latents.to(device)]
        if self.labels:
            turns = torch.arange(len(latents)) % self.labels
            inputs.append((turns if labels is None else labels).to(device))
        with torch.no_grad():
            images: Tensor = self.state.average(*inputs).cpu()
        return images


@torch.no_grad()
def refresh_statistics(average: nn.Module, settings: GanSettings, label_pool: Tensor | None) -> None:
    """Measure the batch statistics of averaged weights anew, in place, on noise that is always the same.

    A mean of weights has statistics of its own, which no training step has seen (Izmailov et al. 2018,
    section 3.2). Afterwards the network is in evaluation mode.
    """
    layers = [module for module in average.modules() if isinstance(module, nn.BatchNorm2d)]
    if not layers:
        return
    device = next(average.parameters()).device
    rng = random_source(settings.seed, "statistics", device)
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None  # the plain mean over all batches
        layer.train()
    for _ in range(_STATISTICS_BATCHES):
        count = max(settings.batch, 16)
        latents = draw_latents(count, settings.takes, rng)
        labels = draw_labels(label_pool, count, rng)
        average(latents, *(() if labels is None else (labels,)))
    average.eval()


def write_model(
    state: TrainingState,
    settings: GanSettings,
    data: IPDT,
    folder: RunFolder,
    recorder: Recorder,
    kept: Mapping[str, JsonValue] | None = None,
) -> IGME:
    """Write ``model.safetensors`` and ``model.json`` and return the model.

    ``kept`` says which earlier weights ``state.average`` holds, where it is not the last ones.
    Equal states give equal bytes of ``model.safetensors``: it holds no date and no duration.
    """
    refresh_statistics(state.average, settings, state.label_pool)
    training = provenance(
        state,
        settings,
        data,
        recorder,
        generator_parameters=count_parameters(state.generator),
        critic_parameters=count_parameters(state.critic),
        collapses=state.health.reports,
        weights=dict(kept) if kept else "last",
    )
    return write_generator(
        state.average,
        settings,
        data,
        folder,
        architecture=settings.generator,
        note={"artgen": version("artgen"), "licence": settings.licence},
        training=training,
        conditional=settings.conditional,
    )
