"""The first weights of a network, drawn from an explicit source of randomness."""

from collections.abc import Callable
from math import sqrt

import torch
from torch import Tensor, nn

from components.networks.activations import DrawingLayer
from components.networks.labels import LabelledLatent
from components.networks.laboratory import LabelGain
from components.networks.residual_gan import ResidualBlock
from components.networks.skip_gan import UpsampledConv2d
from components.networks.spectral import SpectralConv2d
from interfaces.igme import Initialisation

__all__ = ["initialise"]

_SCHEMES: dict[Initialisation, Callable[[Tensor, torch.Generator], Tensor]] = {
    "glorot-normal": lambda w, rng: nn.init.xavier_normal_(w, generator=rng),
    "normal-0.02": lambda w, rng: nn.init.normal_(w, 0.0, 0.02, generator=rng),
    "uniform-0.02": lambda w, rng: nn.init.uniform_(w, -0.02 * sqrt(3), 0.02 * sqrt(3), generator=rng),
    "lecun-normal": lambda w, rng: nn.init.kaiming_normal_(w, nonlinearity="linear", generator=rng),
}

_DRAWN = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, UpsampledConv2d, SpectralConv2d)
_SETTLED = (nn.BatchNorm2d, nn.InstanceNorm2d, nn.GroupNorm, nn.PReLU, DrawingLayer)


def initialise(network: nn.Module, scheme: Initialisation, rng: torch.Generator) -> None:
    """Fill every parameter and buffer of ``network`` in place.

    Weights of convolutions and dense layers are drawn by ``scheme`` (Glorot & Bengio 2010, equation 12 in its
    normal form; N(0, 0.02); U(±0.02·√3); N(0, 1/fan-in), LeCun et al. 1998, section 4.6), biases are 0,
    normalisations and residual blocks start as the identity. The label beside
    the latent vector is embedded by N(0, 1), as the latter is; other embeddings start at 0, where all labels
    are alike.

    Args:
        network: on the CPU, so that the weights do not depend on the device.
        scheme: how weights are drawn.
        rng: on the CPU; equal states give equal weights.
    """
    for module in network.modules():
        if isinstance(module, _DRAWN):
            _draw(module, scheme, rng)
        elif isinstance(module, LabelledLatent | LabelGain):
            module.reset(rng)
        elif isinstance(module, nn.Embedding):
            nn.init.zeros_(module.weight)
        elif isinstance(module, _SETTLED):
            module.reset_parameters()  # gain 1, offset 0, mean 0, variance 1; a slope of 0.25: no randomness
    for module in network.modules():
        if isinstance(module, ResidualBlock):  # when all of its weights are drawn
            module.reset()


def _draw(module: nn.Module, scheme: Initialisation, rng: torch.Generator) -> None:
    _SCHEMES[scheme](module.get_parameter("weight"), rng)
    bias = getattr(module, "bias", None)
    if bias is not None:
        nn.init.zeros_(bias)
    if isinstance(module, SpectralConv2d):
        module.reset(rng)
