"""The frozen networks through which a projected critic looks, told apart by what their files hold."""

from collections.abc import Mapping
from pathlib import Path

from components.networks.efficientnet_lite import EfficientNetLiteFeatures
from components.networks.features_file import read_features
from components.networks.squeezenet import SqueezeNetFeatures
from interfaces.errors import WeightsError

__all__ = ["FROZEN_FEATURES", "FrozenFeatures", "features_for"]

FrozenFeatures = EfficientNetLiteFeatures | SqueezeNetFeatures
"""Maps images (N, 3, H, W) in [-1, 1] to features of order 1 at four ``depths``, and learns nothing."""

FROZEN_FEATURES: Mapping[str, type[FrozenFeatures]] = {
    "efficientnet-lite0": EfficientNetLiteFeatures,
    "squeezenet1_1": SqueezeNetFeatures,
}
"""By the names under which their weights are published."""


def features_for(path: Path) -> FrozenFeatures:
    """Return the network whose weights the file at ``path`` holds, still without them.

    Raises:
        WeightsError: it cannot be read, or holds no network that is known here.
    """
    found = read_features(path)
    for network in FROZEN_FEATURES.values():
        if network.evidence in found:
            return network()
    raise WeightsError(
        f"{path}: wanted the weights of {' or '.join(FROZEN_FEATURES)}, got {len(found)} tensors of another network"
    )
