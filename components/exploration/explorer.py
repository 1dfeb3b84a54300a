"""Looks into a generator at one point of its latent space: image, activations, and what becomes of it without some of them."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from threading import RLock
from typing import Any, final

import torch
from torch import Tensor, nn

from components.exploration.directions import principal_directions
from components.networks.build import load_generator
from components.networks.laboratory import LabelGain
from components.networks.latents import draw_latents, latents_on_the_way, wanted_latent
from components.networks.skip_gan import UpsampledConv2d
from interfaces.errors import SettingsError, UnknownComponentError
from interfaces.exploration import Directions, Edit, Layer, Look
from interfaces.igme import IGME, Latent

__all__ = ["LatentExplorer"]

_KINDS: Mapping[type[nn.Module], str] = {
    nn.Linear: "dense",
    nn.Conv2d: "convolution",
    nn.ConvTranspose2d: "convolution",
    UpsampledConv2d: "convolution",
    nn.BatchNorm2d: "batch-norm",
    nn.GroupNorm: "group-norm",
    LabelGain: "class-gain",
}
_SHAPES = (nn.Flatten, nn.Unflatten, nn.Identity)
"""Layers that compute nothing."""
_AT_ONCE = 128
_Change = Callable[[Tensor], Tensor]


class _EnoughError(Exception):
    """The rest of a pass through the network is of no use."""


@final
class LatentExplorer:
    """Looks into a model whose pictures come from latent vectors; on the CPU, and safe for several threads.

    Args:
        model: any of them: the laboratory's or one of art.

    Raises:
        SettingsError: it takes pictures.
        WeightsError: its weights are missing or altered.
    """

    def __init__(self, model: IGME) -> None:
        self._takes = wanted_latent(model.architecture)
        self._model = model
        self._network = load_generator(model)
        self._looking = RLock()  # hooks of one look would see another's
        self._modules: dict[nn.Module, Layer] = {}
        self._find_layers()

    @property
    def takes(self) -> Latent:
        """What a point is."""
        return self._takes

    @property
    def layers(self) -> Sequence[Layer]:
        """The layers that compute something, in the order in which they do so; the last one makes the image."""
        return tuple(self._modules.values())

    def point(self, at: Sequence[float], style: str | None = None) -> Look:
        """Return the image at a point, and the mean activation of every layer there.

        Raises:
            SettingsError: the point is not of this space, or the style not of this model.
        """
        means: dict[str, float] = {}
        with self._watching(lambda name, made: means.update({name: float(made.mean())})):
            image = self._run(self._latents(at), self._label(style))
        return Look(image[0], means)

    def activations(self, at: Sequence[float], layer: str, style: str | None = None) -> Tensor:
        """Return what one layer makes at a point: float32 (channels, height, width), or (numbers, 1, 1).

        Raises:
            UnknownComponentError: there is no such layer.
            SettingsError: the point is not of this space, or the style not of this model.
        """
        wanted = self._layer(layer).name
        kept: list[Tensor] = []
        with self._watching(lambda name, made: kept.append(made) if name == wanted else None):
            self._run(self._latents(at), self._label(style))
        (found,) = kept
        return found[0] if found.ndim == 4 else found[0, :, None, None]

    def edit(
        self,
        at: Sequence[float],
        layer: str,
        *,
        rows: Sequence[int] = (),
        channels: Sequence[int] = (),
        style: str | None = None,
    ) -> Edit:
        """Return the image at a point, and what it would be if rows or channels of what a layer makes were zero there.

        Raises:
            UnknownComponentError: there is no such layer.
            SettingsError: it has no such row or channel, or none was named; or as `point`.
        """
        found = self._layer(layer)
        latents, label = self._latents(at), self._label(style)
        _check_parts(found, rows, channels)

        def without(made: Tensor) -> Tensor:
            changed = made.clone()
            if rows:
                changed[:, :, list(rows)] = 0
            if channels:
                changed[:, list(channels)] = 0
            return changed

        before = self._run(latents, label)
        with self._changing(found.name, without):
            after = self._run(latents, label)
        return Edit(before[0], after[0])

    def path(self, start: Sequence[float], end: Sequence[float], frames: int) -> Tensor:
        """Return points from one to another, both among them, in equal steps: float32 (frames, Z).

        Points of a normal prior go along the great circle, as `artgen pipeline run` walks; others straight.

        Raises:
            SettingsError: fewer than 2 frames are wanted, or a point is not of this space.
        """
        if frames < 2:
            raise SettingsError(f"frames: wanted at least 2, got {frames}")
        ends = torch.cat([self._latents(start), self._latents(end)])
        return latents_on_the_way(ends, [index / (frames - 1) for index in range(frames)], self._takes)

    def images(self, latents: Tensor, style: str | None = None) -> Tensor:
        """Return the images of many points float32 (N, Z), 128 at once: float32 (N, C, H, W) in [-1, 1]."""
        label = self._label(style)
        return torch.cat([self._run(some, label) for some in latents.split(_AT_ONCE)])

    def directions(
        self, layer: str | None = None, *, count: int = 10, samples: int = 2000, seed: int = 0
    ) -> Directions:
        """Return the directions in which a layer's activations vary most (Härkönen et al. 2020, "GANSpace", section 2).

        Args:
            layer: None for the first one.
            count: how many at most; there are no more than numbers in a latent vector.
            samples: latent vectors that are drawn.
            seed: of these.

        Raises:
            UnknownComponentError: there is no such layer.
            SettingsError: ``count`` is below 1, or ``samples`` below 2.
        """
        if count < 1 or samples < 2:
            raise SettingsError(
                f"directions: wanted 1 or more of 2 samples or more, got {count} of {samples}"
            )
        wanted = self._layer(layer or self.layers[0].name).name
        latents = draw_latents(samples, self._takes, torch.Generator().manual_seed(seed))
        labels = torch.arange(samples) % len(self._model.styles) if self._model.conditional else None
        kept: list[Tensor] = []

        def keep(name: str, made: Tensor) -> None:
            if name == wanted:
                kept.append(made.flatten(1))
                raise _EnoughError  # what comes after it is not asked for

        with self._watching(keep):
            for begin in range(0, samples, _AT_ONCE):
                part = slice(begin, begin + _AT_ONCE)
                with suppress(_EnoughError):
                    self._pass(latents[part], None if labels is None else labels[part])
        return principal_directions(latents, torch.cat(kept), min(count, self._takes.length))

    def _find_layers(self) -> None:
        """Pass one vector through the network, and note the layers in the order in which they compute."""
        leaves = [
            each
            for each in self._network.modules()
            if not [*each.children()] and not isinstance(each, _SHAPES)
        ]

        def note(module: nn.Module, _: object, made: object) -> None:
            if isinstance(made, Tensor) and made.is_floating_point() and module not in self._modules:
                kind = _KINDS.get(type(module), type(module).__name__.lower())
                self._modules[module] = Layer(f"{len(self._modules) + 1}-{kind}", tuple(made.shape[1:]))

        with _hooks(leaves, note):
            self._run(torch.zeros(1, self._takes.length), 0 if self._model.conditional else None)

    @contextmanager
    def _watching(self, seen: Callable[[str, Tensor], object]) -> Iterator[None]:
        """Tell ``seen`` of all that a layer makes in the block."""

        def tell(module: nn.Module, _: object, made: Tensor) -> None:
            seen(self._modules[module].name, made)

        with self._looking, _hooks(self._modules, tell):
            yield

    @contextmanager
    def _changing(self, layer: str, change: _Change) -> Iterator[None]:
        module = next(each for each, found in self._modules.items() if found.name == layer)
        with self._looking, _hooks([module], lambda _, given, made: change(made)):
            yield

    def _run(self, latents: Tensor, label: int | None) -> Tensor:
        return self._pass(latents, None if label is None else torch.full((len(latents),), label))

    @torch.inference_mode()
    def _pass(self, latents: Tensor, labels: Tensor | None) -> Tensor:
        with self._looking:
            images: Tensor = self._network(latents, *(() if labels is None else (labels,)))
        return images

    def _latents(self, at: Sequence[float]) -> Tensor:
        length, prior = self._takes.length, self._takes.prior
        if len(at) != length or not all(math.isfinite(each) for each in at):
            raise SettingsError(
                f"at: wanted {length} numbers, as the latent space of {self._model.name} has, got {len(at)}"
            )
        if prior == "uniform" and any(abs(each) > 1 for each in at):
            raise SettingsError(f"at: wanted numbers in [-1, 1], got {', '.join(map(str, at))}")
        return torch.tensor([list(at)], dtype=torch.float32)

    def _label(self, style: str | None) -> int | None:
        name, styles = self._model.name, self._model.styles
        if not self._model.conditional:
            if style is not None:
                raise SettingsError(f"class: {name} knows no classes apart: wanted none, got {style!r}")
            return None
        if style is None:
            raise SettingsError(f"class: {name} wants one of {', '.join(styles)}, got none")
        if style not in styles:
            raise UnknownComponentError("class", style, styles)
        return styles.index(style)

    def _layer(self, name: str) -> Layer:
        by_name = {each.name: each for each in self.layers}
        if name not in by_name:
            raise UnknownComponentError("layer", name, by_name)
        return by_name[name]


@contextmanager
def _hooks(modules: Iterable[nn.Module], hook: Callable[[nn.Module, Any, Any], Any]) -> Iterator[None]:
    with ExitStack() as stack:
        for module in modules:
            stack.callback(module.register_forward_hook(hook).remove)
        yield


def _check_parts(layer: Layer, rows: Sequence[int], channels: Sequence[int]) -> None:
    if not (rows or channels):
        raise SettingsError("zero: wanted rows or channels that shall be zero, got none")
    if rows and not layer.is_picture:
        raise SettingsError(
            f"rows: wanted a layer with rows, got {layer.name}, which makes {layer.shape[0]} numbers"
        )
    for name, wanted, there in (
        ("rows", rows, layer.shape[1] if layer.is_picture else 0),
        ("channels", channels, layer.shape[0]),
    ):
        outside = [each for each in wanted if not 0 <= each < there]
        if outside:
            raise SettingsError(f"{name}: wanted 0 to {there - 1}, as {layer.name} has, got {outside[0]}")
