"""A tiny pack of two domains, and tiny settings of a translation's training."""

from pathlib import Path
from typing import Any

import numpy as np

from components.training import TranslationSettings
from interfaces.ipdt import IPDT
from tests.samples import paint
from tests.unit.networks.features_files import write_squeezenet

TINY = {
    "generator": {"side": 16, "width": 4, "blocks": 1},
    "critic": {"field": 16, "width": 4},
    "squares": 18,
    "pool": 3,
    "batch": 2,
    "steps": 6,
    "device": "cpu",
    "precision": "float32",
}
UNET = {"kind": "unet-translation", "side": 16, "width": 4, "halvings": 3}
ONE_WAY = {"side": 16, "width": 4, "blocks": 1, "both_ways": False}
CONTRASTIVE: dict[str, Any] = {"contrastive": True, "contrastive_patches": 8, "generator": ONE_WAY}


def tiny_translation(**changes: Any) -> TranslationSettings:
    return TranslationSettings.model_validate(TINY | changes)


def with_frozen_critic(folder: Path, weight: float = 0.5) -> dict[str, Any]:
    """Return the settings of a second critic on random features, whose file is written to ``folder``."""
    features = write_squeezenet(folder / "squeezenet1_1.safetensors")
    critic = {"features": str(features), "view_side": 32, "margin": 4, "width": 4}
    return {"frozen_weight": weight, "frozen_critic": critic}


def make_domains(
    folder: Path,
    *,
    a: int = 7,
    b: int = 5,
    test: int = 1,
    side: int = 18,
    styles: tuple[str, str] = ("photo", "negative"),
) -> IPDT:
    """Return a pack of paintings and of negatives; the first of each are pairs, under the same names."""
    paintings = [np.asarray(paint(side, side, seed=number)) for number in range(max(a, b))]
    np.save(folder / "domains.npy", np.stack([*paintings[:a], *(255 - one for one in paintings[:b])]))
    return IPDT(
        dataset="domains",
        fingerprint="d" * 64,
        folder=folder,
        images=np.load(folder / "domains.npy", mmap_mode="r"),
        labels=np.array([0] * a + [1] * b),
        is_test=np.array([1] * test + [0] * (a - test) + [1] * test + [0] * (b - test)),
        names=tuple(f"{number:03d}" for count in (a, b) for number in range(count)),
        styles=styles,
    )
