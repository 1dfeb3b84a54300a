"""What the laboratory hands on: the classifier that tells classes apart, and maps of a latent space by them."""

from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from jaxtyping import Float32, UInt8
from pydantic import Field, JsonValue, model_validator

from interfaces.arrays import InRange
from interfaces.contract import Contract, SafeName, Sha256

__all__ = ["MOST_CLASSES", "ClassMap", "ClassifierNetwork", "TrainedClassifier"]

MOST_CLASSES = 256
"""So many have room in one byte."""


class ClassifierNetwork(Contract):
    """A small convolutional network that tells classes apart: every layer halves, the last one is dense."""

    side: int = Field(28, ge=4, le=1024)
    """Height and width of the pictures in pixels."""
    channels: Literal[1, 3] = 1
    classes: int = Field(10, ge=2, le=MOST_CLASSES)
    widths: tuple[Annotated[int, Field(ge=1, le=1024)], ...] = Field((16, 32), min_length=1, max_length=8)
    """Channels of each layer."""

    @property
    def last_side(self) -> int:
        """Side of what the dense layer sees, in pixels: halves are rounded up."""
        return (self.side - 1 >> len(self.widths)) + 1


class TrainedClassifier(Contract):
    """A trained classifier: how it is built, where its weights lie, what it learnt from, and how well."""

    name: SafeName
    network: ClassifierNetwork
    classes: tuple[SafeName, ...] = Field(min_length=2, max_length=MOST_CLASSES)
    """Names of the classes in label order."""
    weights_path: Path
    """A safetensors file."""
    weights_sha256: Sha256
    dataset: SafeName
    data_fingerprint: Sha256
    """Of the pack: data and preprocessing."""
    accuracy: float = Field(ge=0, le=1)
    """Share of the right answers on pictures that were held out."""
    held_out: int = Field(ge=1)
    """Pictures it was asked about."""
    training: dict[str, JsonValue] = Field(default_factory=dict)
    """Settings, time, versions."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if len(self.classes) != self.network.classes:
            raise ValueError(
                f"classes: wanted a name for each of the network's {self.network.classes}, got {len(self.classes)}"
            )
        return self


class ClassMap(Contract):
    """What class the pictures have that a generator makes of the points of a square or a cube of its latent space.

    Points lie evenly from -1 to 1, the ends among them. Indices rise with the coordinates, the last axis being the first
    coordinate: of a square ``classes[j, i]`` is the class at (x_i, x_j), of a cube ``classes[k, j, i]`` that at
    (x_i, x_j, x_k). Pictures of a map show the first coordinate to the right and the second one upwards, as diagrams do.
    """

    names: tuple[str, ...] = Field(min_length=2)
    """Of the classes, by number."""
    classes: Annotated[UInt8[np.ndarray, "*grid"], InRange()]
    """(n, n) or (n, n, n)."""
    confidence: Annotated[Float32[np.ndarray, "*grid"], InRange(0, 1)]
    """Probability that the classifier gives that class, of the same shape."""
    fourth: float | None = Field(None, ge=-1, le=1)
    """Where the cube lies along the fourth coordinate; None where there is none."""
    style: str | None = None
    """What a conditional model was asked for; None of another one."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        shape = self.classes.shape
        if len(shape) not in (2, 3) or len(set(shape)) != 1 or shape[0] < 2:
            raise ValueError(f"classes: wanted a square or a cube of at least 2 points a side, got {shape}")
        if self.confidence.shape != shape:
            raise ValueError(f"confidence: wanted one for each class, {shape}, got {self.confidence.shape}")
        if int(self.classes.max()) >= len(self.names):
            raise ValueError(
                f"classes: wanted numbers below {len(self.names)}, got {int(self.classes.max())}"
            )
        return self

    @property
    def shares(self) -> tuple[float, ...]:
        """Share of the points that each class has, by number; together 1."""
        counts = np.bincount(self.classes.ravel(), minlength=len(self.names))
        return tuple(float(count) for count in counts / self.classes.size)
