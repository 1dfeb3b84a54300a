"""The networks of the GAN laboratory: small enough to look into, with a latent space of a few numbers.

Of 28x28 digits they have exactly as many parameters as those of the paper (SPEC.md, section 5), as the discriminator of Keras' DCGAN has.
"""

from typing import Annotated, Literal, final

import torch
from pydantic import Field
from torch import Tensor, nn

from components.networks.activations import ACTIVATIONS, Dropout
from components.networks.labels import wanted_labels
from components.networks.layered_critic import LayeredCritic
from interfaces.contract import Contract
from interfaces.laboratory import LabGenerator

__all__ = ["LabCritic", "LabCriticNet", "LabGeneratorNet", "LabelGain"]

_KERNEL = 5
_SLOPE = 0.3
"""Of the critic's rectifiers: what Keras has for its own."""


class LabCritic(Contract):
    """The laboratory's critic: convolutions, the last of which halve, with dropout; then dense to one number. No sigmoid."""

    kind: Literal["lab"] = "lab"
    widths: tuple[Annotated[int, Field(ge=4, le=1024)], ...] = Field(
        (64, 128), min_length=1, max_length=12, description="Channels of each layer."
    )
    last_side: int = Field(7, ge=1, le=64, description="Side of what the dense layer sees, in pixels.")
    dropout: float = Field(
        0.3, ge=0, lt=1, description="Share of the numbers that each layer forgets in training."
    )

    def halvings(self, side: int) -> int | None:
        """Return how many of the layers halve pictures of that side, or None where they do not come to the last one.

        >>> LabCritic().halvings(28), LabCritic().halvings(64)
        (2, None)
        """
        times = (side // self.last_side).bit_length() - 1
        return times if side == self.last_side << max(times, 0) and 0 <= times <= len(self.widths) else None


@final
class LabelGain(nn.Module):
    """Multiplies what goes in, number by number, by an embedding of the label."""

    def __init__(self, labels: int, length: int, spread: float) -> None:
        super().__init__()
        self.gains = nn.Parameter(torch.empty(labels, length))
        self._spread = spread

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """Return a tensor of the shape of ``x`` (N, …) for ``labels`` int64 (N,)."""
        return x * nn.functional.embedding(labels, self.gains).view(x.shape)

    @torch.no_grad()
    def reset(self, rng: torch.Generator) -> None:
        """Draw the gains: 1, and to either side of it by the spread."""
        self.gains.normal_(1.0, self._spread, generator=rng)


@final
class LabGeneratorNet(nn.Module):
    """The generator that `LabGenerator` describes.

    Dense without a bias, to as many channels as are first; then 5x5 transposed convolutions without biases, of which the last ones
    double; batch norm and the activation between, tanh last. With ``labels`` > 0 the latent vector is multiplied by an embedding
    of the label.
    """

    def __init__(self, settings: LabGenerator, labels: int = 0) -> None:
        super().__init__()
        self.entry = LabelGain(labels, settings.latent, 1.0) if labels else None
        side, (first, *inner) = settings.first_side, settings.widths
        flat = first * side**2
        self.layers = nn.Sequential(
            nn.Linear(settings.latent, flat, bias=False),
            nn.Unflatten(1, (flat, 1, 1)),  # each number is normalised by itself
            nn.BatchNorm2d(flat),
            ACTIVATIONS[settings.activation](),
            nn.Flatten(),
            nn.Unflatten(1, (first, side, side)),
        )
        before = first
        widths = (*inner, settings.channels)
        for index, after in enumerate(widths):
            stride = 2 if len(widths) - index <= settings.doublings else 1
            convolution = nn.ConvTranspose2d(
                before, after, _KERNEL, stride, _KERNEL // 2, output_padding=stride - 1, bias=False
            )
            self.layers.append(convolution)
            if index < len(inner):
                self.layers.extend([nn.BatchNorm2d(after), ACTIVATIONS[settings.activation]()])
            before = after
        self.layers.append(nn.Tanh())

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return images (N, C, side, side) in [-1, 1] for ``latents`` (N, latent) and ``labels`` int64 (N,)."""
        if self.entry is not None:
            latents = self.entry(latents, wanted_labels(labels))
        images: Tensor = self.layers(latents)
        return images


@final
class LabCriticNet(LayeredCritic):
    """The critic that `LabCritic` describes, for images of one size.

    With ``labels`` > 0 the image is multiplied by an embedding of the label, which begins at 1.

    Raises:
        ValueError: the layers do not come to the last side.
    """

    style = None

    def __init__(self, settings: LabCritic, side: int, channels: int, labels: int = 0) -> None:
        super().__init__()
        halvings = settings.halvings(side)
        if halvings is None:
            raise ValueError(
                f"wanted a side that {len(settings.widths)} layers halve to {settings.last_side}, got {side}"
            )
        self.entry = LabelGain(labels, channels * side**2, 0.0) if labels else None
        self.layers = nn.Sequential()
        before = channels
        for index, after in enumerate(settings.widths):
            stride = 2 if len(settings.widths) - index <= halvings else 1
            self.layers.extend(
                [
                    nn.Conv2d(before, after, _KERNEL, stride, _KERNEL // 2),
                    nn.LeakyReLU(_SLOPE),
                    Dropout(settings.dropout, place=index),
                ]
            )
            before = after
        self.layers.extend([nn.Flatten(), nn.Linear(before * settings.last_side**2, 1)])

    def judge(self, seen: tuple[Tensor, ...], labels: Tensor | None = None) -> Tensor:
        """Return scores (N,)."""
        if self.entry is not None:
            (images,) = seen
            seen = (self.entry(images, wanted_labels(labels)),)
        return super().judge(seen)
