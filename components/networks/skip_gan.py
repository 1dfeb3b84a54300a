"""The generator of FastGAN's kind: light layers, and skip-layer excitation."""

from itertools import pairwise
from typing import final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from components.networks.labels import wanted_labels
from interfaces.igme import SkipGenerator

__all__ = ["SkipGeneratorNet", "UpsampledConv2d"]

_FIRST_SIDE = 4


@final
class SkipGeneratorNet(nn.Module):
    """The generator that `SkipGenerator` describes (Liu et al. 2021, section 3.1, without its noise).

    With ``labels`` > 0 it depends on the style: every layer ends with a gain and an offset of each label's own,
    which are those of no label at first. The rest is the network without labels, whose weights fit.
    """

    def __init__(self, settings: SkipGenerator, labels: int = 0) -> None:
        super().__init__()
        doublings = (settings.side // _FIRST_SIDE).bit_length() - 1
        widths = [min(settings.width * 2**layer, settings.max_width) for layer in range(doublings, -1, -1)]
        self.first = nn.Linear(settings.latent, 2 * widths[0] * _FIRST_SIDE**2, bias=False)
        self.first_gate = _Gated(widths[0], labels)
        smooth = settings.upsampling == "smooth"
        self.doublings = nn.ModuleList(
            UpsampledConv2d(before, 2 * after, smooth=smooth) for before, after in pairwise(widths)
        )
        self.gates = nn.ModuleList(_Gated(after, labels) for after in widths[1:])
        # the last two resolutions, each by one of the first two; a small network has fewer
        excited = {doublings - 1 - i: 1 - i for i in range(2) if doublings - 1 - i > 1 - i}
        self._excited = excited if settings.excitation else {}
        self.excitations = nn.ModuleDict(
            {str(to): _Excitation(widths[source], widths[to + 1]) for to, source in self._excited.items()}
        )
        self.last = nn.Conv2d(widths[-1], settings.channels, 3, padding=1)

    def forward(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Return images (N, C, side, side) in [-1, 1] for ``latents`` (N, latent) and ``labels`` int64 (N,)."""
        x = self.first(latents).unflatten(1, (-1, _FIRST_SIDE, _FIRST_SIDE))  # (N, 32W) -> (N, 2W, 4, 4)
        x = self.first_gate(x.contiguous(memory_format=torch.channels_last), labels)
        seen = [x]
        for index, (double, gate) in enumerate(zip(self.doublings, self.gates, strict=True)):
            source = self._excited.get(index)
            weights = None if source is None else self.excitations[str(index)](seen[source])
            x = gate(double(x), labels, weights)  # (N, W, s, s) -> (N, W', 2s, 2s)
            seen.append(x)
        return torch.tanh(self.last(x))


@final
class UpsampledConv2d(nn.Module):
    """Upsampling by 2 and a 3x3 convolution, without a bias.

    Each output pixel of nearest upsampling sees only 2x2 different pixels of the small picture. Where the picture
    is large, this is therefore computed as the transposed 4x4 convolution with stride 2 that has the same values:
    4 products a pixel in place of 9, measured 1.9 times as fast at 16 → 32 px with 128 channels.

    ``smooth`` is bilinear upsampling: the nearest one blurred by (1, 2, 1) both ways, which takes out what upsampling
    adds at the other side of half the sampling rate (Karras et al. 2019, section 3; Zhang 2019). The picture goes on
    beyond its border with its last pixels, where the other has zeros.
    """

    _TRANSPOSED_FROM = 8
    _SMOOTHLY_TRANSPOSED_FROM = 16

    def __init__(self, before: int, after: int, *, smooth: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(after, before, 3, 3))
        self._smooth = smooth
        self.register_buffer("_settled", None, persistent=False)
        self._settled: Tensor | None

    @torch.no_grad()
    def settle(self) -> None:
        """Compute the kernel of the transposed convolution once, and not each time: the weights change no more."""
        self._settled = self._kernel().contiguous(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> Tensor:
        """Return (N, after, 2H, 2W) for ``images`` (N, before, H, W)."""
        if self._smooth:
            return self._upsample_smoothly(F.pad(images, (1, 1, 1, 1), mode="replicate"))
        if images.shape[2] < self._TRANSPOSED_FROM:
            return F.conv2d(F.interpolate(images, scale_factor=2), self.weight, padding=1)
        return F.conv_transpose2d(images, self._kernel(), stride=2, padding=1)

    def _upsample_smoothly(self, continued: Tensor) -> Tensor:
        if continued.shape[2] - 2 < self._SMOOTHLY_TRANSPOSED_FROM:
            large = F.interpolate(continued, scale_factor=2, mode="bilinear")  # -> (N, before, 2H+4, 2W+4)
            return F.conv2d(large[:, :, 1:-1, 1:-1], self.weight)
        return F.conv_transpose2d(continued, self._kernel(), stride=2, padding=4)

    def _kernel(self) -> Tensor:
        """Return the kernel of the transposed convolution, (in, out, 4, 4), or (in, out, 6, 6) where it is smooth."""
        if self._settled is not None:
            return self._settled
        k = _spread(self.weight)  # (out, in, 3, 3) -> (out, in, 4, 4)
        if self._smooth:
            k = _spread(_spread(k)) / 16  # (1, 1) * (1, 1) = (1, 2, 1) -> (out, in, 6, 6)
        return k.flip(2, 3).transpose(0, 1)


def _spread(kernel: Tensor) -> Tensor:
    """Return ``kernel`` (out, in, h, w) convolved with (1, 1) both ways: (out, in, h+1, w+1)."""
    k = F.pad(kernel, (1, 1, 1, 1))
    k = k[:, :, 1:] + k[:, :, :-1]
    return k[:, :, :, 1:] + k[:, :, :, :-1]


@final
class _Gated(nn.Module):
    """Batch norm, half of the channels as gates of the other half, and weights for each image and channel."""

    def __init__(self, width: int, labels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(2 * width)
        self.style = nn.Embedding(labels, 2 * width) if labels else None

    def forward(self, x: Tensor, labels: Tensor | None, weights: Tensor | None = None) -> Tensor:
        values, gates = self.norm(x).chunk(2, 1)  # (N, 2W, s, s) -> 2 of (N, W, s, s)
        # not F.glu: its gradient is not channels-last, which makes that of the batch norm five times as slow
        x = values * torch.sigmoid(gates)
        if self.style is None:
            return x if weights is None else x * weights
        gain, offset = self.style(wanted_labels(labels))[:, :, None, None].chunk(2, 1)  # 2 of (N, W, 1, 1)
        gain = gain + 1
        if weights is not None:
            gain, offset = gain * weights, offset * weights
        return torch.addcmul(offset, x, gain)


@final
class _Excitation(nn.Module):
    """Weights in (0, 1) for the channels of a large picture, from a small one."""

    def __init__(self, before: int, after: int) -> None:
        super().__init__()
        self.look = nn.Conv2d(before, after, 4)
        self.weigh = nn.Conv2d(after, after, 1)

    def forward(self, small: Tensor) -> Tensor:
        pooled = F.adaptive_avg_pool2d(small, 4)
        weights: Tensor = torch.sigmoid(
            self.weigh(F.silu(self.look(pooled)))
        )  # (N, W, 4, 4) -> (N, W', 1, 1)
        return weights
