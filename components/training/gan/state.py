"""Everything that the next step of a training depends on."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass

import torch
from pydantic import JsonValue
from torch import Tensor, nn

from components.networks.build import Critic, build_critic, build_generator
from components.training.checkpoints.position import START, Position
from components.training.checkpoints.state import (
    Network,
    OptimizerPart,
    Parts,
    RandomSources,
    StatePart,
    tensors_below,
)
from components.training.distributed.ranks import ALONE, Ranks
from components.training.distributed.sync_batch_norm import synchronise_batch_norms
from components.training.gan.collapse import Health
from components.training.gan.settings import GanSettings
from components.training.settings.random_sources import random_source
from interfaces.errors import CheckpointError

__all__ = ["TrainingState", "draw_labels", "new_state"]


_UNKNOWN = Health()
_EARLIER = "counter.critic_alone"
"""Where artgen 0.1 kept that number."""
_LABELLED = "style.weight"
"""How the keys end of the weights that there is one row of for each label."""


@dataclass
class TrainingState(Parts):
    """Networks, optimisers, randomness and position; changed in place by every step."""

    generator: nn.Module
    critic: Critic
    average: nn.Module
    """The generator with the running mean of its weights: what becomes the model."""
    generator_optimizer: torch.optim.Optimizer
    critic_optimizer: torch.optim.Optimizer
    latents: torch.Generator
    penalty: torch.Generator
    flip: torch.Generator
    styles: torch.Generator
    augmentation: torch.Generator
    warm_up: int = 0
    """Steps of the critic alone after a start from a generator without one."""
    critic_alone: int = 0
    """Steps from the beginning in which the critic learns alone."""
    label_pool: Tensor | None = None
    """Where the labels of generated images are drawn from, int64 (N,); None for networks without labels."""
    step: int = 0
    position: Position = START
    seconds: float = 0.0
    health: Health = _UNKNOWN
    haven: bool = True
    """Whether a training that collapses may go back to this checkpoint, if the health is good."""
    learning_rate: float = 0.0
    """Before any rollback."""

    plain = ("position", "critic_alone", "health", "haven")

    @property
    def epoch(self) -> int:
        """How often the data were gone through so far."""
        return self.position.epoch

    @property
    def reports(self) -> int:
        """How many collapses were reported on the way here."""
        return self.health.reports

    @property
    def critic_learns_alone(self) -> bool:
        """Whether the generator stays as it is in the next step."""
        return self.step < self.critic_alone

    def begin_with(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the weights of the networks from another training's `tensors`, or those of a finished generator.

        All else stays new; without a critic there, that learns alone for `warm_up` steps. What depends on labels
        stays as it is where there was nothing of that kind, so that a network learns the styles apart only when it
        paints diverse pictures already: labels from the start let each style collapse to one picture (Shahbazi et
        al. 2022, section 4). Of other styles than these, each begins as the mean of all.

        Raises:
            CheckpointError: a tensor is missing or has another shape.
        """
        networks = dict(self._networks())
        if not any(key.startswith("generator.") for key in tensors):
            tensors = {f"{name}.{key}": t for name in ("generator", "average") for key, t in tensors.items()}
            self.critic_alone = self.warm_up
            del networks["critic"]
        for name, network in networks.items():
            try:
                network.load_state_dict(_fitting(tensors_below(tensors, name), network))
            except (KeyError, RuntimeError) as error:
                raise CheckpointError(f"start: the checkpoint belongs to other networks: {error}") from error

    def draw_other_noise(self, seed: int, rollbacks: int) -> None:
        """Let all noise from here on differ from what it was before that many rollbacks."""
        for name, rng in self._sources().items():
            rng.set_state(random_source(seed, f"{name} after rollback {rollbacks}", rng.device).get_state())

    def slow_down(self) -> None:
        """Halve all learning rates, once for each rollback; that of one network alone cures less."""
        for optimizer in (self.generator_optimizer, self.critic_optimizer):
            for group in optimizer.param_groups:
                group["lr"] = self.learning_rate * 0.5 ** len(self.health.rollbacks)

    def restore(self, tensors: Mapping[str, Tensor], values: Mapping[str, JsonValue]) -> None:
        """Take over what `tensors` and `values` returned, and the learning rates that follow."""
        if _EARLIER in tensors:
            values = {"critic_alone": int(tensors[_EARLIER]), **values}
        super().restore(tensors, values)
        self.slow_down()

    def parts(self) -> Iterator[tuple[str, StatePart]]:
        """Return networks, optimisers and randomness."""
        yield from ((name, Network(network)) for name, network in self._networks())
        yield "generator_optimizer", OptimizerPart(self.generator_optimizer)
        yield "critic_optimizer", OptimizerPart(self.critic_optimizer)
        yield "random", RandomSources(self._sources(), newer=frozenset({"styles", "augmentation"}))

    def _networks(self) -> Iterator[tuple[str, nn.Module]]:
        yield from (("generator", self.generator), ("critic", self.critic), ("average", self.average))

    def _sources(self) -> Mapping[str, torch.Generator]:
        names = ("latents", "penalty", "flip", "styles", "augmentation")
        return {name: getattr(self, name) for name in names}

    def draw_labels(self, count: int) -> Tensor | None:
        """Return labels of generated images, as frequent as in the data, int64 (count,); None without labels."""
        return draw_labels(self.label_pool, count, self.styles)


def draw_labels(pool: Tensor | None, count: int, rng: torch.Generator) -> Tensor | None:
    """Return ``count`` labels drawn from ``pool``, or None where there is none."""
    if pool is None:
        return None
    return pool[torch.randint(len(pool), (count,), generator=rng, device=pool.device)]


def new_state(
    settings: GanSettings,
    device: torch.device,
    labels: Tensor | None = None,
    styles: int = 0,
    ranks: Ranks = ALONE,
) -> TrainingState:
    """Return the state before the first step; it depends on the arguments and the kind of device alone.

    Args:
        settings: of the training.
        device: where it computes.
        labels: of the training images, int64 (N,); looked at only where the settings are conditional.
        styles: how many there are.
        ranks: between which each batch is divided.

    Raises:
        WeightsError: the critic's frozen features cannot be read, or are of another network.
    """
    count = styles if settings.conditional else 0
    first = random_source(settings.seed, "weights")
    generator = build_generator(settings.generator, settings.initialisation, first, count)
    critic = build_critic(settings.critic, settings.generator, settings.initialisation, first, count)
    for network in (generator, critic):
        network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stub lacks this pair
    average = deepcopy(generator).requires_grad_(False).eval()
    for network in (generator, critic):
        synchronise_batch_norms(network, ranks)
    return TrainingState(
        generator,
        critic,
        average,
        _build_optimizer(generator, settings),
        _build_optimizer(critic, settings),
        latents=random_source(settings.seed, "latents", device),
        penalty=random_source(settings.seed, "penalty", device),
        flip=random_source(settings.seed, "flip", device),
        styles=random_source(settings.seed, "styles", device),
        augmentation=random_source(settings.seed, "augmentation", device),
        warm_up=settings.warm_up,
        learning_rate=settings.learning_rate,
        label_pool=labels.to(device) if settings.conditional and labels is not None else None,
    )


def _build_optimizer(network: nn.Module, settings: GanSettings) -> torch.optim.Optimizer:
    """Return the optimiser of ``network``, with one kernel for all weights where the device has one."""
    if settings.optimizer == "sgd":
        return torch.optim.SGD(
            network.parameters(), lr=settings.learning_rate, momentum=settings.beta1, fused=True
        )
    return torch.optim.Adam(
        network.parameters(),
        lr=settings.learning_rate,
        betas=(settings.beta1, settings.beta2),
        fused=True,
    )


def _fitting(found: Mapping[str, Tensor], network: nn.Module) -> dict[str, Tensor]:
    """Return ``found`` in float32, with what depends on labels as ``network`` has it."""
    own = network.state_dict()
    fitting = {key: t.float() if t.is_floating_point() else t for key, t in found.items()}
    for key in [key for key in fitting if key.endswith(_LABELLED) and key not in own]:
        del fitting[key]
    for name, module in network.named_modules():
        if not isinstance(module, nn.Embedding):
            continue
        rows = fitting.setdefault(f"{name}.weight", own[f"{name}.weight"])
        if len(rows) != module.num_embeddings:
            fitting[f"{name}.weight"] = rows.mean(0, keepdim=True).expand(module.num_embeddings, -1)
    return fitting
