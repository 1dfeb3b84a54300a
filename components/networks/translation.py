"""Networks that carry pictures from one domain to another: ResNet and U-Net generators (Zhu et al. 2017; Isola et al. 2017)."""

from itertools import islice
from typing import Literal, NamedTuple, final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from components.networks.instance_norm import normalisation
from components.networks.skip_gan import UpsampledConv2d
from interfaces.igme import ResnetTranslation, TranslationNetwork, UnetTranslation

__all__ = ["Direction", "Passage", "ResnetNet", "TranslationNet", "UnetNet"]

Direction = Literal["a-to-b", "b-to-a"]
_SLOPE = 0.2
_HALVINGS = (3, 6)
"""Places of both among a ResNet's layers, of which each is followed by a normalisation and an activation."""
_FIRST_BLOCK = 9
_MOST_DEPTHS = 4
_MOST_DOUBLINGS = 3
"""A U-Net has at most 2³ times its width."""


class Passage(NamedTuple):
    """A translation, and what the network saw on the way."""

    made: Tensor
    """What the pictures become, float32 of the same shape and range."""
    seen: tuple[Tensor, ...]
    """What `encode` returns of them."""


@final
class ResnetNet(nn.Module):
    """Two halvings, residual blocks, two doublings (Johnson et al. 2016; Zhu et al. 2017, section 7.2)."""

    _LEAST = 16
    """Pixels each way: below it the largest kernel has nothing to mirror."""

    def __init__(self, architecture: ResnetTranslation) -> None:
        super().__init__()
        self.multiple = 4
        """Of which the sides are multiples inside."""
        self.reach = 16 + 8 * architecture.blocks
        """Pixels from one of the result beyond which nothing of the picture has a part in it, but by normalisation."""
        width, bias = architecture.width, architecture.bias
        layers: list[nn.Module] = [*_mirrored(architecture, 3, width, 7), nn.ReLU(inplace=True)]
        for channels in (width, 2 * width):
            layers += [
                nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1, bias=bias),
                normalisation(architecture.normalisation, 2 * channels),
                nn.ReLU(inplace=True),
            ]
        layers += [_Block(architecture, 4 * width) for _ in range(architecture.blocks)]
        for channels in (4 * width, 2 * width):
            layers += [
                _doubling(architecture, channels, channels // 2, 3),
                normalisation(architecture.normalisation, channels // 2),
                nn.ReLU(inplace=True),
            ]
        layers.append(nn.Conv2d(width, 3, 7, padding=3, padding_mode="reflect"))
        self.layers = nn.Sequential(*layers)
        self.depths = (3, 2 * width, 4 * width, *[4 * width] * min(2, architecture.blocks))
        """Channels of what `encode` returns."""
        middle = _FIRST_BLOCK + architecture.blocks // 2
        self._taps = sorted({*_HALVINGS, _FIRST_BLOCK, middle})

    @property
    def last(self) -> nn.Module:
        """The layer that gives the colours."""
        return self.layers[-1]

    def forward(self, pictures: Tensor) -> Tensor:
        """Return what ``pictures`` (N, 3, H, W) in [-1, 1] become, float32 of the same shape and range."""
        return self.watched(pictures).made

    def watched(self, pictures: Tensor) -> Passage:
        """Return what ``pictures`` become, with what `encode` returns of them, at no further cost."""
        height, width = pictures.shape[2:]
        made, seen = self._pass(pictures, len(self.layers))
        return Passage(torch.tanh(made.float())[:, :, :height, :width], seen)

    def encode(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Return the features of ``pictures`` at five depths, (N, `depths` [i], h, w), the pictures first.

        Behind them both halvings, the first residual block and the middle one (Park et al. 2020, appendix C.1); four
        where there is one block.
        """
        _, seen = self._pass(pictures, self._taps[-1] + 1)
        return seen

    def _pass(self, pictures: Tensor, layers: int) -> tuple[Tensor, tuple[Tensor, ...]]:
        x = _continued(pictures, self.multiple, self._LEAST)
        seen = [x]
        for place, layer in enumerate(islice(self.layers, layers)):
            x = layer(x)
            if place in self._taps:
                seen.append(x)
        return x, tuple(seen)


@final
class UnetNet(nn.Module):
    """Halvings to the smallest size and doublings back, with skips between equal sizes or without (Isola et al. 2017).

    The dropout of the paper, by which equal pictures became slightly different ones, is left out: equal pictures give equal
    results.
    """

    def __init__(self, architecture: UnetTranslation) -> None:
        super().__init__()
        kind, bias = architecture.normalisation, architecture.bias
        channels = [
            architecture.width * 2 ** min(level, _MOST_DOUBLINGS) for level in range(architecture.halvings)
        ]
        last = len(channels) - 1
        self.multiple = 2**architecture.halvings
        """Of which the sides are multiples inside."""
        self.reach = None
        """All of the picture has a part in every pixel of the result."""
        self._skips = architecture.skips
        self._watched = min(_MOST_DEPTHS, last)
        self.depths = (3, *channels[: self._watched])
        """Channels of what `encode` returns."""
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, (above, here) in enumerate(zip([3, *channels], channels, strict=False)):
            into = here if level == last or not architecture.skips else 2 * here
            halving = nn.Conv2d(above, here, 4, stride=2, padding=1, bias=bias)
            # nothing to normalise: the picture itself above, a single pixel below
            norms = [] if level in (0, last) else [normalisation(kind, here)]
            self.down.append(nn.Sequential(halving, *norms))
            if level == 0:
                self.up.append(_to_picture(architecture, into))
            else:
                self.up.append(
                    nn.Sequential(_doubling(architecture, into, above, 4), normalisation(kind, above))
                )

    @property
    def last(self) -> nn.Module:
        """The layer that gives the colours."""
        first_size = self.up[0]
        return first_size[-1] if isinstance(first_size, nn.Sequential) else first_size

    def forward(self, pictures: Tensor) -> Tensor:
        """Return what ``pictures`` (N, 3, H, W) in [-1, 1] become, float32 of the same shape and range."""
        return self.watched(pictures).made

    def watched(self, pictures: Tensor) -> Passage:
        """Return what ``pictures`` become, with what `encode` returns of them, at no further cost."""
        height, width = pictures.shape[2:]
        begin, *seen = self._down(pictures, len(self.down))
        x = seen[-1]
        for level in reversed(range(len(self.up))):
            if self._skips and level < len(self.up) - 1:
                x = torch.cat([seen[level], x], 1)
            x = self.up[level](F.relu(x))
        made = torch.tanh(x.float())[:, :, :height, :width]
        return Passage(made, (begin, *seen[: self._watched]))

    def encode(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Return the features of ``pictures`` at up to five depths, (N, `depths` [i], h, w), the pictures first.

        Behind them the halvings, but for the last, which leaves few places to tell apart.
        """
        return tuple(self._down(pictures, self._watched))

    def _down(self, pictures: Tensor, halvings: int) -> list[Tensor]:
        seen = [_continued(pictures, self.multiple, self.multiple)]
        for level, halve in enumerate(islice(self.down, halvings)):
            seen.append(halve(seen[-1] if level == 0 else F.leaky_relu(seen[-1], _SLOPE)))
        return seen


@final
class _Block(nn.Module):
    """Two convolutions beside the identity (He et al. 2016)."""

    def __init__(self, architecture: ResnetTranslation, channels: int) -> None:
        super().__init__()
        first, second = (_mirrored(architecture, channels, channels, 3) for _ in range(2))
        self.layers = nn.Sequential(*first, nn.ReLU(inplace=True), *second)

    def forward(self, x: Tensor) -> Tensor:
        beside: Tensor = self.layers(x)
        return x + beside


def _mirrored(architecture: TranslationNetwork, before: int, after: int, kernel: int) -> list[nn.Module]:
    convolution = nn.Conv2d(
        before, after, kernel, padding=kernel // 2, padding_mode="reflect", bias=architecture.bias
    )
    return [convolution, normalisation(architecture.normalisation, after)]


def _doubling(architecture: TranslationNetwork, before: int, after: int, kernel: int) -> nn.Module:
    if architecture.upsampling != "transposed":
        return UpsampledConv2d(before, after, smooth=architecture.upsampling == "smooth")
    odd = kernel % 2
    return nn.ConvTranspose2d(
        before, after, kernel, stride=2, padding=1, output_padding=odd, bias=architecture.bias
    )


def _to_picture(architecture: TranslationNetwork, before: int) -> nn.Module:
    """Return the last layer of a U-Net: channels at half of the size become colours."""
    if architecture.upsampling == "transposed":
        return nn.ConvTranspose2d(before, 3, 4, stride=2, padding=1)
    doubled = _doubling(architecture, before, architecture.width, 4)
    return nn.Sequential(doubled, nn.ReLU(inplace=True), nn.Conv2d(architecture.width, 3, 3, padding=1))


def _continued(pictures: Tensor, multiple: int, least: int) -> Tensor:
    """Return ``pictures`` (N, C, H, W), continued below and to the right with their last pixels up to sizes that fit."""
    down, right = (max(-side % multiple, least - side) for side in pictures.shape[2:])
    return F.pad(pictures, (0, right, 0, down), "replicate") if down or right else pictures


@final
class TranslationNet(nn.Module):
    """The networks that a `TranslationNetwork` describes: ``a_to_b``, and ``b_to_a`` where there is a way back.

    Args:
        architecture: how both are built.
        labels: 0, because the domains are two and each network knows one of them.
    """

    def __init__(self, architecture: TranslationNetwork, labels: int = 0) -> None:
        super().__init__()
        self.a_to_b: ResnetNet | UnetNet = _build(architecture)
        self.b_to_a = _build(architecture) if architecture.both_ways else None

    def forward(self, pictures: Tensor) -> Tensor:
        """Return ``pictures`` (N, 3, H, W) in [-1, 1] of A as pictures of B, float32 of the same shape and range."""
        made: Tensor = self.a_to_b(pictures)
        return made

    def towards(self, direction: Direction) -> ResnetNet | UnetNet:
        """Return the network of one direction.

        Raises:
            KeyError: there is none.
        """
        network = self.a_to_b if direction == "a-to-b" else self.b_to_a
        if network is None:
            raise KeyError(direction)
        return network


def _build(architecture: TranslationNetwork) -> ResnetNet | UnetNet:
    if isinstance(architecture, UnetTranslation):
        return UnetNet(architecture)
    if isinstance(architecture, ResnetTranslation):
        return ResnetNet(architecture)
    raise TypeError(f"wanted a network for translation, got {architecture.kind!r}")
