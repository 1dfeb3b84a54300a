"""What every generative network says of itself, and what may go into one."""

from typing import Literal

from pydantic import Field

from interfaces.contract import Contract

__all__ = [
    "Activation",
    "DomainPicture",
    "DrawnActivation",
    "GenerativeNetwork",
    "Latent",
    "Picture",
    "Prior",
]

Activation = Literal["linear", "relu", "leaky-relu", "prelu", "elu", "tanh"]
DrawnActivation = Literal[Activation, "rrelu"]
"""One of them, or one that draws numbers while it learns: of a critic with it, no slope could be penalised."""
Prior = Literal["normal", "uniform"]
"""How latent vectors are drawn: N(0, 1), or evenly from [-1, 1], each number on its own."""


class Latent(Contract):
    """What a network takes that makes pictures from noise."""

    kind: Literal["latent"] = "latent"
    length: int = Field(ge=1, le=4096)
    """Numbers in one latent vector."""
    prior: Prior = "normal"


class Picture(Contract):
    """What a network takes that makes a picture of another one."""

    kind: Literal["picture"] = "picture"
    channels: Literal[1, 3] = 3


class DomainPicture(Contract):
    """What a network takes that carries a picture of one domain to the other."""

    kind: Literal["domain-picture"] = "domain-picture"
    channels: Literal[3] = 3


class GenerativeNetwork(Contract):
    """How a generative network is built: what all architectures have, and all that others may ask of one."""

    kind: str
    side: int = Field(64, ge=1, le=4096)
    """Height and width of the images in pixels; of what it learnt on, where it takes pictures of any size."""
    channels: Literal[1, 3] = 3

    @property
    def takes(self) -> Latent | Picture | DomainPicture:
        """What goes in."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it takes")
