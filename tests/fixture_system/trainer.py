"""A trainer of two networks that go through two parts of the data, with a pool of images and a schedule.

It learns nothing of use. It is what a new kind of training looks like: settings, state, step, model; all else it has from
`components.training`, where one line of the registry makes it known.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Annotated, Self

import torch
from lightning_fabric import Fabric
from pydantic import Field, JsonValue
from torch import Tensor, nn

from components.networks.build import build_critic, build_generator, count_parameters
from components.networks.conv_gan import ConvCritic
from components.training.adversarial.losses import LOSSES
from components.training.adversarial.steps import compare_scores
from components.training.checkpoints.final_weights import describe, write_weights
from components.training.checkpoints.position import START, Position
from components.training.checkpoints.state import (
    Network,
    OptimizerPart,
    Parts,
    RandomSources,
    Schedule,
    StatePart,
    tensors_below,
)
from components.training.engine.batches import Batches
from components.training.engine.optimizer_step import Update
from components.training.engine.provenance import provenance
from components.training.engine.recorder import Recorder
from components.training.engine.straight_trainer import Lesson, StraightTrainer
from components.training.settings.basic import BasicSettings
from components.training.settings.random_sources import random_source
from interfaces.errors import SettingsError
from interfaces.igme import IGME, ConvGenerator
from interfaces.marks import Free, NamesFile
from interfaces.ports import RunFolder

if TYPE_CHECKING:
    from interfaces.ipdt import IPDT

__all__ = ["ToySettings", "ToyTrainer"]


class ToySettings(BasicSettings):
    """What this training can be told."""

    trainer = "toy"
    makes = "generator"

    generator: ConvGenerator = ConvGenerator(side=8, latent=4, width=4, max_width=8)
    batch: int = Field(4, ge=1, description="Images of each part in one step.")
    pool: int = Field(6, ge=1, description="Images that the critic is shown again.")
    learning_rate: float = Field(1e-3, gt=0, description="At the beginning; it falls to a tenth.")
    hint: Annotated[str | None, NamesFile("a file of hints", "weights")] = Field(None, description="A file.")
    steps: Annotated[int, Free.METHOD] = Field(6, ge=1, description="Steps in all.")

    @classmethod
    def presets(cls) -> "Mapping[str, ToySettings]":
        return {"toy": ToySettings(), "toy-slow": ToySettings(learning_rate=1e-4)}

    @classmethod
    def smallest(cls, side: int, steps: int) -> Self:
        generator = ConvGenerator(side=side, latent=4, width=4, max_width=8)
        return cls(generator=generator, steps=steps, device="cpu", precision="float32")

    @property
    def images_per_step(self) -> int:
        return 2 * self.batch

    def total_steps(self, images: int) -> int:
        return self.steps

    def pack_options(self) -> Mapping[str, JsonValue]:
        return {"side": self.generator.side, "channels": 3}

    def check_fit(self, data: "IPDT") -> None:
        if data.side != self.generator.side or len(data.styles) != 2:
            raise SettingsError(
                f"generator.side: wanted two parts of {self.generator.side} px, got {data.styles}"
            )


class ImagePool:
    """Images that were made before, as a history for the critic: a part of the state as any other."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._images = torch.empty(0)

    def swap(self, images: Tensor, rng: torch.Generator) -> Tensor:
        """Take ``images`` in, and return as many, drawn from all that are here."""
        self._images = torch.cat([self._images, images])[-self._size :] if len(self._images) else images
        chosen = torch.randint(len(self._images), (len(images),), generator=rng)
        return self._images[chosen]

    def tensors(self) -> Mapping[str, Tensor]:
        return {"images": self._images} if len(self._images) else {}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        self._images = tensors.get("images", torch.empty(0))


@dataclass
class ToyState(Parts):
    """Two networks, two positions, a pool, a schedule."""

    generator: nn.Module
    critic: nn.Module
    generator_optimizer: torch.optim.Optimizer
    critic_optimizer: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    noise: torch.Generator
    pool: ImagePool
    first: Position = START
    second: Position = START
    step: int = 0
    seconds: float = 0.0

    plain = ("first", "second")

    def parts(self) -> Iterator[tuple[str, StatePart]]:
        yield "generator", Network(self.generator)
        yield "critic", Network(self.critic)
        yield "generator_optimizer", OptimizerPart(self.generator_optimizer)
        yield "critic_optimizer", OptimizerPart(self.critic_optimizer)
        yield "schedule", Schedule(self.schedule)
        yield "random", RandomSources({"noise": self.noise})
        yield "pool", self.pool

    @property
    def epoch(self) -> int:
        return min(self.first.epoch, self.second.epoch)

    def begin_with(self, tensors: Mapping[str, Tensor]) -> None:
        self.generator.load_state_dict(tensors_below(tensors, "generator"))


def new_state(settings: ToySettings) -> ToyState:
    rng = random_source(settings.seed, "weights")
    generator = build_generator(settings.generator, "glorot-normal", rng)
    critic = build_critic(ConvCritic(width=4, max_width=8), settings.generator, "glorot-normal", rng)
    of_generator, of_critic = (
        torch.optim.Adam(network.parameters(), lr=settings.learning_rate) for network in (generator, critic)
    )
    schedule = torch.optim.lr_scheduler.LinearLR(of_generator, 1.0, 0.1, settings.steps)
    noise, pool = random_source(settings.seed, "noise"), ImagePool(settings.pool)
    return ToyState(generator, critic, of_generator, of_critic, schedule, noise, pool)


def make_step(state: ToyState, parts: Sequence[Batches], settings: ToySettings) -> Mapping[str, float]:
    begin = time.perf_counter()
    first, state.first = parts[0].take(state.first)
    second, state.second = parts[1].take(state.second)
    latents = torch.randn(2 * settings.batch, settings.generator.latent, generator=state.noise)
    made = state.generator(latents)
    seen = state.pool.swap(made.detach(), state.noise)
    loss, real = LOSSES["hinge"], torch.cat([first, second])
    judged = compare_scores(Update(state.critic_optimizer), state.critic(real), state.critic(seen), loss)
    cost = loss.generator(state.critic(made))
    Update(state.generator_optimizer)(cost)
    state.schedule.step()
    state.step += 1
    state.seconds += time.perf_counter() - begin
    return {"loss": float(cost.detach()), "critic_loss": float(judged.loss)}


class ToyTrainer(StraightTrainer[ToySettings, IGME]):
    """A `ConfiguredTrainer`."""

    def __init__(self, settings: ToySettings = ToySettings()) -> None:  # noqa: B008  # frozen
        self.settings = settings

    @contextmanager
    def begin(self, settings: ToySettings, data: "IPDT", fabric: Fabric) -> Iterator[Lesson[IGME]]:
        state, parts = new_state(settings), _parts_of(data, settings, fabric.device)
        images = sum(map(len, parts))
        yield Lesson(
            state,
            settings.steps,
            step=partial(make_step, state, parts, settings),
            show=partial(preview, state, settings),
            finish=partial(write_model, state, settings, data),
            images=images,
            steps_per_epoch=images / settings.images_per_step,
            parameters=count_parameters(state.generator),
            critic_parameters=count_parameters(state.critic),
        )


def _parts_of(data: "IPDT", settings: ToySettings, device: torch.device) -> Sequence[Batches]:
    return [Batches(data, settings.batch, settings.seed, device, style=style) for style in (0, 1)]


@torch.no_grad()
def preview(state: ToyState, settings: ToySettings, count: int) -> Tensor:
    rng = random_source(settings.seed, "preview")
    was_training = state.generator.training
    state.generator.eval()
    images: Tensor = state.generator(torch.randn(count, settings.generator.latent, generator=rng))
    state.generator.train(was_training)
    return images


def write_model(
    state: ToyState, settings: ToySettings, data: "IPDT", folder: RunFolder, recorder: Recorder
) -> IGME:
    note: Mapping[str, JsonValue] = {"artgen": version("artgen"), "licence": settings.licence}
    path, digest = write_weights(state.generator, folder, note, half=settings.store_half)
    model = IGME(
        name=settings.name or data.dataset,
        architecture=settings.generator,
        weights_path=path,
        weights_sha256=digest,
        styles=data.styles,
        licence=settings.licence,
        training=provenance(state, settings, data, recorder),
    )
    describe(model, folder, "model.json")
    return model
