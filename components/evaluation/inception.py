"""FID, KID, inception score, precision and recall: on the Inception network of 2015, or not at all."""

import io
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, final

import torch
from pydantic import JsonValue
from torch import Tensor

from components.evaluation.features import distances_on, extract
from components.evaluation.sets import Measurement, PictureSets, Tell
from interfaces.errors import WeightsError
from interfaces.ports import RunFolder

__all__ = ["InceptionMetrics"]

_URL = (
    "https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/"
    "weights-inception-2015-12-05-6726825d.pth"
)
_DIGEST = "6726825d"
_DIMENSIONS = 2048


@final
class InceptionMetrics:
    """Runs torch-fidelity's Inception network, which is TensorFlow's of 2015, weight by weight.

    Args:
        path: its weights, as torch-fidelity publishes them.
        digest: first hex digits that their SHA-256 must have.
        seed: of subsets and splits.

    Raises:
        WeightsError: there is no such file, its digest differs, or it holds another network.
    """

    def __init__(self, path: Path, *, digest: str = _DIGEST, seed: int = 0) -> None:
        content = _read(path)
        self._sha256 = sha256(content).hexdigest()
        if not self._sha256.startswith(digest):
            raise WeightsError(
                f"inception: wanted the weights of FID, whose SHA-256 begins with {digest}, got {self._sha256} of "
                f"{path}; nothing else may be called FID. Get them from {_URL}"
            )
        self._network = _build(path, content)
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._network.to(self._device)
        self._seed = seed

    def measure(self, sets: PictureSets, folder: RunFolder, tell: Tell) -> Sequence[Measurement]:
        """Return FID, KID, inception score, precision and recall."""
        from torch_fidelity.metric_isc import isc_features_to_metric

        outputs = [
            extract(self._vectors, images, tell, "Inception features")
            for images in (sets.generated, sets.pictures(sets.real), sets.pictures(sets.other))
        ]
        details: dict[str, JsonValue] = {
            "features": "inception-v3-compat", "features_sha256": self._sha256,
            "features_resize": "bilinear as in TensorFlow 1 to 299", "dimensions": _DIMENSIONS,
        }  # fmt: skip
        names = {"frechet": "Fréchet inception distance (FID)", "kernel": "kernel inception distance (KID)",
                 "precision": "precision on Inception features", "recall": "recall on Inception features"}  # fmt: skip
        generated, real, other = (output[:, :_DIMENSIONS] for output in outputs)
        found = distances_on(
            generated, real, other, names, prefix="inception_", details=details, seed=self._seed, tell=tell
        )
        splits = min(10, len(generated))
        scores = [
            isc_features_to_metric(output[:, _DIMENSIONS:], splits=splits, shuffle=True, rng_seed=self._seed)
            for output in (outputs[0], outputs[2])
        ]
        (value, error), (floor, floor_error) = (
            (score["inception_score_mean"], score["inception_score_std"]) for score in scores
        )
        details["splits"] = splits
        name = "inception score (IS)"
        return [
            *found,
            Measurement("inception_score", name, value, "higher", error, floor, floor_error, details),
        ]

    def _vectors(self, images: Tensor) -> Tensor:
        return torch.cat(self._network(images.to(self._device)), dim=1).cpu()  # pooled features, then logits


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise WeightsError(
            f"inception: FID, KID and the inception score need the Inception weights, and {path} cannot be read "
            f"({error.strerror or error}). Download {_URL} (95 MB) and name the file with --inception. Without "
            "it, --features squeezenet:PATH gives a Fréchet distance under a name of its own"
        ) from error


def _build(path: Path, content: bytes) -> Any:
    from components.networks._compat import enable

    enable()
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    # torch-fidelity unpickles whatever it is given: it gets only what was read without running any code
    safe = io.BytesIO()
    try:
        torch.save(torch.load(io.BytesIO(content), map_location="cpu", weights_only=True), safe)
        safe.seek(0)
        return FeatureExtractorInceptionV3(
            "inception-v3-compat", ["2048", "logits_unbiased"], feature_extractor_weights_path=safe
        )
    except Exception as error:  # a damaged file makes torch raise nearly anything
        raise WeightsError(
            f"inception: {path} does not hold the Inception network of FID: {error}; get it from {_URL}"
        ) from error
