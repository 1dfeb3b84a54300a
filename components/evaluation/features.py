"""Distances on the features of a network that was trained on other pictures, under that network's name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import final

import torch
import torch.nn.functional as F
from pydantic import JsonValue
from torch import Tensor

from components.evaluation.distances import frechet_distance, kernel_distance, precision_and_recall
from components.evaluation.sets import Measurement, PictureSets, Tell
from components.networks.squeezenet import SqueezeNetFeatures
from components.networks.vgg19 import VGG19Features
from interfaces.errors import SettingsError, WeightsError, did_you_mean
from interfaces.ports import RunFolder

__all__ = ["FeatureDistances", "FeatureNetwork", "distances_on", "extract", "load_features"]

_SIDE = 128
_BATCH = 32


@dataclass(frozen=True)
class FeatureNetwork:
    """A network that turns pictures into feature vectors."""

    name: str
    sha256: str
    """Digest of its weights."""
    resize: str
    """How pictures are brought to its size."""
    vectors: Callable[[Tensor], Tensor]
    """uint8 (N, 3, S, S) → float32 (N, D) on the CPU."""


@final
class FeatureDistances:
    """Fréchet and kernel distance, precision and recall on named features; never FID.

    Args:
        network: where the features come from.
        seed: of the kernel distance's subsets.
    """

    def __init__(self, network: FeatureNetwork, *, seed: int = 0) -> None:
        self._network = network
        self._seed = seed

    def measure(self, sets: PictureSets, folder: RunFolder, tell: Tell) -> Sequence[Measurement]:
        """Return the four numbers."""
        network = self._network
        generated, real, other = (
            extract(network.vectors, images, tell, f"{network.name} features")
            for images in (sets.generated, sets.pictures(sets.real), sets.pictures(sets.other))
        )
        names = {
            key: f"{name} on {network.name} features"
            for key, name in (
                ("frechet", "Fréchet distance"), ("kernel", "kernel distance"),
                ("precision", "precision"), ("recall", "recall"),
            )
        }  # fmt: skip
        details: dict[str, JsonValue] = {
            "features": network.name, "features_sha256": network.sha256, "features_resize": network.resize,
            "dimensions": generated.shape[1],
        }  # fmt: skip
        return distances_on(
            generated,
            real,
            other,
            names,
            prefix=f"{network.name}_",
            details=details,
            seed=self._seed,
            tell=tell,
        )


def load_features(wanted: str) -> FeatureNetwork:
    """Return the feature network that ``wanted`` names with its file: ``squeezenet:PATH`` or ``vgg19:PATH``.

    Raises:
        SettingsError: there is no such network.
        WeightsError: its file is missing, or holds another one.
    """
    name, _, place = wanted.partition(":")
    if name not in _LOADERS or not place:
        known = " or ".join(f"{known}:PATH" for known in _LOADERS)
        near = "" if name in _LOADERS else did_you_mean(name, _LOADERS)
        hint = (
            " Inception features have an option of their own, --inception PATH." if "nception" in name else ""
        )
        raise SettingsError(f"features: wanted {known}, got {wanted!r}.{near}{hint}")
    path = Path(place).expanduser()
    try:
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(
            f"features: wanted a safetensors file of {name} with torchvision's keys at {path}: "
            f"{error.strerror or error}"
        ) from error
    title, network = _LOADERS[name](path)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = network.to(device).eval()

    def vectors(images: Tensor) -> Tensor:
        enlarged = _enlarge(images.to(device).float().div(127.5).sub(1))
        maps: Tensor = network(enlarged)
        return maps.mean(dim=(2, 3)).cpu()  # (N, D, h, w) -> (N, D)

    return FeatureNetwork(title, digest, f"bilinear with antialiasing to {_SIDE}", vectors)


def _squeezenet(path: Path) -> tuple[str, torch.nn.Module]:
    return "squeezenet1_1", _Deepest(path)


def _vgg19(path: Path) -> tuple[str, torch.nn.Module]:
    return "vgg19", VGG19Features(path)


@final
class _Deepest(torch.nn.Module):
    """The deepest features of SqueezeNet alone."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.features = SqueezeNetFeatures()
        self.features.load(path)

    def forward(self, images: Tensor) -> Tensor:
        deepest: Tensor = self.features(images)[-1]
        return deepest


_LOADERS: Mapping[str, Callable[[Path], tuple[str, torch.nn.Module]]] = {
    "squeezenet": _squeezenet,
    "vgg19": _vgg19,
}


def _enlarge(images: Tensor) -> Tensor:
    return F.interpolate(images, (_SIDE, _SIDE), mode="bilinear", antialias=True).clamp(-1, 1)


def extract(vectors: Callable[[Tensor], Tensor], images: Tensor, tell: Tell, what: str) -> Tensor:
    """Return the features of ``images``, uint8 (N, 3, S, S), a batch at a time: (N, D)."""
    found = []
    with torch.inference_mode():
        for start in range(0, len(images), _BATCH):
            tell(what, start, len(images))
            found.append(vectors(images[start : start + _BATCH]))
    tell(what, len(images), len(images))
    return torch.cat(found)


def distances_on(
    generated: Tensor, real: Tensor, other: Tensor, names: Mapping[str, str], *,
    prefix: str, details: Mapping[str, JsonValue], seed: int, tell: Tell,
) -> list[Measurement]:  # fmt: skip
    """Return Fréchet and kernel distance, precision and recall of features (n, D), each with its floor.

    Args:
        generated: of generated pictures.
        real: of real ones.
        other: of as many other real ones.
        names: what to call ``frechet``, ``kernel``, ``precision`` and ``recall`` on these features.
        prefix: of the keys.
        details: goes into every measurement.
        seed: of the kernel distance's subsets.
        tell: is told the progress.
    """
    size = min(1000, len(real) // 2)
    numbers = []
    for done, sample in enumerate((generated, other)):
        tell("distances", done, 2)
        numbers.append(
            (
                frechet_distance(sample, real),
                kernel_distance(sample, real, subset_size=size, seed=seed),
                precision_and_recall(sample, real),
            )
        )
    tell("distances", 2, 2)
    (frechet, kernel, shares), (frechet0, kernel0, shares0) = numbers
    subsets: dict[str, JsonValue] = {**details, "subsets": 100, "subset_size": size, "seed": seed}
    balls: dict[str, JsonValue] = {**details, "neighbours": 3}
    return [
        Measurement(prefix + "frechet", names["frechet"], frechet, "lower", floor=frechet0, details={**details}),
        Measurement(prefix + "kernel", names["kernel"], kernel.mean, "lower", kernel.deviation,
                    kernel0.mean, kernel0.deviation, subsets),
        Measurement(prefix + "precision", names["precision"], shares[0], "higher", floor=shares0[0], details=balls),
        Measurement(prefix + "recall", names["recall"], shares[1], "higher", floor=shares0[1], details=balls),
    ]  # fmt: skip
