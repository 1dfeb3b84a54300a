"""Building, counting and loading networks: one line here for every architecture in `interfaces.igme`."""

from collections.abc import Mapping
from hashlib import file_digest
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from components.networks.conv_gan import ConvCritic, ConvCriticNet, ConvGeneratorNet
from components.networks.frozen_features import features_for
from components.networks.initialisation import initialise
from components.networks.laboratory import LabCritic, LabCriticNet, LabGeneratorNet
from components.networks.projected import ProjectedCritic, ProjectedCriticNet
from components.networks.residual_gan import ResidualCritic, ResidualCriticNet, ResidualGeneratorNet
from components.networks.runtime import settle_vector_functions
from components.networks.skip_gan import SkipGeneratorNet
from components.networks.style_transfer import StyleTransferNet
from components.networks.translation import TranslationNet
from interfaces.errors import WeightsError
from interfaces.igme import IGME, GenerativeNetwork, Initialisation
from interfaces.registry import Registry

__all__ = [
    "GENERATORS",
    "Critic",
    "build_critic",
    "build_generator",
    "check_weights",
    "count_parameters",
    "load_generator",
]

Critic = ConvCriticNet | LabCriticNet | ProjectedCriticNet | ResidualCriticNet
"""A network that scores images: ``judge`` of what ``perceive`` returns, the latter being all that never learns.

It takes what ``view`` made of them, in one way during a step."""

GENERATORS: Registry[nn.Module] = Registry(
    "architecture",
    {
        "conv": ConvGeneratorNet,
        "skip": SkipGeneratorNet,
        "residual": ResidualGeneratorNet,
        "lab": LabGeneratorNet,
        "style-transfer": StyleTransferNet,
        "resnet-translation": TranslationNet,
        "unet-translation": TranslationNet,
    },
)
"""By the architecture's ``kind``: classes that take the architecture and the number of labels, and make the network.

A foreign one, ``package.module:Class``, names the class of its architecture as its attribute ``architecture``.
"""
_SHOWN = 3


def build_generator(
    architecture: GenerativeNetwork, initialisation: Initialisation, rng: torch.Generator, labels: int = 0
) -> nn.Module:
    """Return a new generator in training mode on the CPU; equal states of ``rng`` give equal weights.

    With ``labels`` > 0 it is conditional: it takes a label below that number with every latent vector.

    >>> from interfaces.igme import ConvGenerator
    >>> net = build_generator(ConvGenerator(side=8, width=4), "glorot-normal", torch.Generator())
    >>> tuple(net(torch.zeros(2, 128)).shape)
    (2, 3, 8, 8)
    """
    network = _blank(architecture, labels).to_empty(device="cpu")
    initialise(network, initialisation, rng)
    return network


def build_critic(
    settings: ConvCritic | LabCritic | ProjectedCritic | ResidualCritic,
    architecture: GenerativeNetwork,
    initialisation: Initialisation,
    rng: torch.Generator,
    labels: int = 0,
) -> Critic:
    """Return a new critic for the images of ``architecture``, in training mode on the CPU.

    Raises:
        WeightsError: its frozen features cannot be read, or are of another network.
    """
    network: Critic
    with torch.device("meta"):
        if isinstance(settings, ConvCritic):
            network = ConvCriticNet(settings, architecture.side, architecture.channels, labels)
        elif isinstance(settings, LabCritic):
            network = LabCriticNet(settings, architecture.side, architecture.channels, labels)
        elif isinstance(settings, ResidualCritic):
            network = ResidualCriticNet(settings, architecture.side, architecture.channels, labels)
        else:
            network = ProjectedCriticNet(settings, features_for(Path(settings.features)), labels)
    network = network.to_empty(device="cpu")
    initialise(network, initialisation, rng)
    if isinstance(settings, ProjectedCritic) and isinstance(network, ProjectedCriticNet):
        network.load(Path(settings.features), rng)
    return network


def load_generator(model: IGME) -> nn.Module:
    """Return the trained generator in evaluation mode on the CPU, in float32, without gradients.

    Raises:
        WeightsError: the file is missing or altered, or holds the weights of another network.
    """
    check_weights(model)
    path = model.weights_path
    try:
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path}: the weights cannot be read: {error}") from error
    network = _blank(model.architecture, len(model.styles) if model.conditional else 0)
    _check_fit(network.state_dict(), weights, str(path))
    floats = {key: w.float() if w.is_floating_point() else w for key, w in weights.items()}
    network.load_state_dict(floats, assign=True)
    return network.eval().requires_grad_(False)


def check_weights(model: IGME) -> None:
    """Return if the weights are there and those of the model.

    Raises:
        WeightsError: the file is missing or altered.
    """
    path = model.weights_path
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path}: the weights cannot be read: {error}") from error
    if digest != model.weights_sha256:
        raise WeightsError(
            f"{path}: wanted weights with SHA-256 {model.weights_sha256}, got {digest}; "
            "the file was altered, or belongs to another model.json"
        )


def count_parameters(network: nn.Module) -> int:
    """Return how many numbers ``network`` learns.

    >>> count_parameters(nn.Linear(3, 2))
    8
    """
    return sum(parameter.numel() for parameter in network.parameters())


def _blank(architecture: GenerativeNetwork, labels: int) -> nn.Module:
    settle_vector_functions()
    # on the meta device nothing is allocated and torch's global randomness stays untouched
    with torch.device("meta"), _Undrawn():
        return GENERATORS.resolve(architecture.kind)(architecture, labels)


class _Undrawn(TorchFunctionMode):
    """Leaves weights undrawn: to draw nothing on the meta device, torch imports its compiler, which takes a second."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        if func in (nn.init.normal_, nn.init.uniform_, nn.init.kaiming_uniform_):
            return given["tensor"] if "tensor" in given else args[0]
        return func(*args, **given)


def _check_fit(wanted: Mapping[str, Tensor], got: Mapping[str, Tensor], where: str) -> None:
    def shape(weights: Mapping[str, Tensor], key: str) -> str:
        return str(tuple(weights[key].shape)) if key in weights else "nothing"

    wrong = [key for key in sorted({*wanted, *got}) if shape(wanted, key) != shape(got, key)]
    if wrong:
        shown = "; ".join(
            f"{key}: wanted {shape(wanted, key)}, got {shape(got, key)}" for key in wrong[:_SHOWN]
        )
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise WeightsError(f"{where}: weights of another network than the model describes: {shown}{more}")
