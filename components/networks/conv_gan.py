"""The DCGAN family: a generator of transposed convolutions and a critic of strided ones."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal, final

from pydantic import Field
from torch import Tensor, nn

from components.networks.activations import ACTIVATIONS
from components.networks.labels import LabelledLatent, wanted_labels
from components.networks.layered_critic import LayeredCritic
from interfaces.contract import Contract
from interfaces.igme import Activation, ConvGenerator, Normalisation

__all__ = ["ConvCritic", "ConvCriticNet", "ConvGeneratorNet"]

_FIRST_SIDE = 4
_PADDING = {3: 1, 4: 1, 5: 2}
# with stride 2 these make a transposed convolution double the side exactly
_OUTPUT_PADDING = {3: 1, 4: 0, 5: 1}


class ConvCritic(Contract):
    """A critic of the DCGAN family: side → … → 4x4 → one number, halving at every layer. No sigmoid."""

    kind: Literal["conv"] = "conv"
    width: int = Field(
        64, ge=4, le=1024, description="Channels of the first layer; each further one has twice as many."
    )
    max_width: int = Field(512, ge=4, le=4096, description="Most channels of any layer.")
    extra_layers: int = Field(0, ge=0, le=4, description="Further 3x3 convolutions at each resolution.")
    kernel: Literal[3, 4, 5] = Field(4, description="Side of the kernel of the strided convolutions.")
    normalisation: Normalisation = Field(
        "none",
        description="After each convolution but the first. The gradient penalty is defined for one image at "
        "a time and wants none or layer.",
    )
    activation: Activation = Field("leaky-relu", description="Between the layers.")
    bias: bool = Field(True, description="Whether the layers have biases.")
    hidden_dense: bool = Field(False, description="One more fully connected layer, as wide as the last one.")


@final
class ConvGeneratorNet(nn.Module):
    """The generator that `ConvGenerator` describes (Radford et al. 2016, section 3).

    The widths fall from the 4x4 layer to ``width`` before the last one; ``extra_layers`` stand at every
    resolution but the final one. ``layer`` normalisation is over channels, height and width of one image, with
    a gain and an offset for each channel: a group normalisation of one group. With ``labels`` > 0 an embedding
    of the label stands behind the latent vector.
    """

    def __init__(self, settings: ConvGenerator, labels: int = 0) -> None:
        super().__init__()
        self.entry = LabelledLatent(labels) if labels else None
        inputs = settings.latent + (LabelledLatent.LENGTH if labels else 0)
        widths = _widths(settings.side, settings.width, settings.max_width)[::-1]
        dense: list[nn.Module] = []
        if settings.hidden_dense:
            hidden = nn.Linear(inputs, settings.latent, bias=settings.bias)
            dense = [hidden, ACTIVATIONS[settings.activation]()]
            inputs = settings.latent
        dense.append(nn.Linear(inputs, widths[0] * _FIRST_SIDE**2, bias=settings.bias))
        self.layers = nn.Sequential(
            *dense,
            nn.Unflatten(1, (widths[0], _FIRST_SIDE, _FIRST_SIDE)),
            *_finish(settings, widths[0]),
            *_extra(settings, widths[0]),
        )
        for before, after in pairwise(widths):
            self.layers.extend(
                [_doubling(settings, before, after), *_finish(settings, after), *_extra(settings, after)]
            )
        self.layers.extend([_doubling(settings, widths[-1], settings.channels), nn.Tanh()])

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return images (N, C, side, side) in [-1, 1] for ``latents`` (N, latent) and ``labels`` int64 (N,)."""
        if self.entry is not None:
            latents = self.entry(latents, wanted_labels(labels))
        images: Tensor = self.layers(latents)  # (N, Z) -> (N, W*16) -> (N, W, 4, 4) -> (N, C, side, side)
        return images


@final
class ConvCriticNet(LayeredCritic):
    """The critic that `ConvCritic` describes, for images of one size: it mirrors the generator.

    With ``labels`` > 0 the score also has the inner product of the last hidden layer with an embedding of the
    label (Miyato & Koyama 2018, section 3).
    """

    def __init__(self, settings: ConvCritic, side: int, channels: int, labels: int = 0) -> None:
        super().__init__()
        widths = _widths(side, settings.width, settings.max_width)
        self.layers = nn.Sequential(
            _halving(settings, channels, widths[0]),
            ACTIVATIONS[settings.activation](),
            *_extra(settings, widths[0]),
        )
        for before, after in pairwise(widths):
            self.layers.extend(
                [_halving(settings, before, after), *_finish(settings, after), *_extra(settings, after)]
            )
        flat = widths[-1] * _FIRST_SIDE**2
        self.layers.append(nn.Flatten())
        if settings.hidden_dense:
            hidden = nn.Linear(flat, widths[-1], bias=settings.bias)
            self.layers.extend([hidden, ACTIVATIONS[settings.activation]()])
            flat = widths[-1]
        self.layers.append(nn.Linear(flat, 1, bias=settings.bias))
        self.style = nn.Embedding(labels, flat) if labels else None


_NORMALISATIONS: dict[Normalisation, Callable[[int], nn.Module]] = {
    "none": lambda _: nn.Identity(),
    "batch": nn.BatchNorm2d,
    "layer": lambda width: nn.GroupNorm(1, width),
}


def _widths(side: int, width: int, max_width: int) -> list[int]:
    """Return the channels at side/2, side/4, … 4."""
    layers = (side // _FIRST_SIDE).bit_length() - 1
    return [min(width * 2**layer, max_width) for layer in range(layers)]


def _doubling(settings: ConvGenerator, before: int, after: int) -> nn.Module:
    k = settings.kernel
    return nn.ConvTranspose2d(before, after, k, 2, _PADDING[k], _OUTPUT_PADDING[k], bias=settings.bias)


def _halving(settings: ConvCritic, before: int, after: int) -> nn.Module:
    k = settings.kernel
    return nn.Conv2d(before, after, k, 2, _PADDING[k], bias=settings.bias)


def _finish(settings: ConvGenerator | ConvCritic, width: int) -> Iterator[nn.Module]:
    yield _NORMALISATIONS[settings.normalisation](width)
    yield ACTIVATIONS[settings.activation]()


def _extra(settings: ConvGenerator | ConvCritic, width: int) -> Iterator[nn.Module]:
    for _ in range(settings.extra_layers):
        yield nn.Conv2d(width, width, 3, padding=1, bias=settings.bias)
        yield from _finish(settings, width)
