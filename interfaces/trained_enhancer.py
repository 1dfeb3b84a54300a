"""What a training of an enhancement network ends with: weights for the enhancement component."""

from pathlib import Path
from typing import Literal

from pydantic import Field, JsonValue

from interfaces.contract import Contract, SafeName, Sha256

__all__ = ["CompactNetwork", "TrainedEnhancer"]


class CompactNetwork(Contract):
    """SRVGGNetCompact, Real-ESRGAN's small network: 3x3 convolutions at the small size, then pixel shuffle."""

    kind: Literal["SRVGGNetCompact"] = "SRVGGNetCompact"
    features: int = Field(64, ge=4, le=256)
    """Channels of each hidden layer."""
    depth: int = Field(16, ge=1, le=64)
    """Convolutions between the first and the last one."""
    scale: Literal[2, 3, 4] = 4
    """Size of the output over size of the input."""


class TrainedEnhancer(Contract):
    """An enhancement network: how it is built, where its weights lie, what it learnt from.

    The safetensors file says all that it takes to enlarge pictures with it: ``artgen enhance --weights FILE``.
    """

    name: SafeName
    architecture: CompactNetwork
    weights_path: Path
    """A safetensors file."""
    weights_sha256: Sha256
    licence: str = "unknown"
    """Licence of the weights, which is that of the training data."""
    training: dict[str, JsonValue] = Field(default_factory=dict)
    """Provenance: data fingerprint, settings, steps, time, versions."""
    metrics: dict[str, float] = Field(default_factory=dict)
    """On pictures that were held out: dB of ``psnr``, and of ``bicubic_psnr`` beside it."""
