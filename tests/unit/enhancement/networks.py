"""Small networks of the official architectures, images for them, and the settings that ask for them."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import torch
from torch import Tensor, nn

from components.enhancement.architecture import Architecture, build
from interfaces.ies import IES
from interfaces.igdt import IGDT
from interfaces.provenance import Origin, StageRecord

SRVGG = Architecture("SRVGGNetCompact", features=4, depth=3, grow=0, scale=4)
SRVGG_X2 = Architecture("SRVGGNetCompact", features=4, depth=2, grow=0, scale=2)
# spandrel knows no other growth than 32
RRDB = Architecture("RRDBNet", features=8, depth=2, grow=32, scale=4)
RRDB_X2 = Architecture("RRDBNet", features=8, depth=1, grow=32, scale=2)


def shapes(architecture: Architecture) -> dict[str, tuple[int, ...]]:
    """Return the shapes of an official network's weights."""
    a = architecture
    if a.kind == "SRVGGNetCompact":
        convolutions = {"body.0": (3, a.features), f"body.{2 * a.depth + 2}": (a.features, 3 * a.scale**2)}
        convolutions |= {f"body.{2 * i}": (a.features, a.features) for i in range(1, a.depth + 1)}
        return _shapes(convolutions) | {f"body.{2 * i + 1}.weight": (a.features,) for i in range(a.depth + 1)}
    ends = {"conv_first": (3 if a.scale == 4 else 12, a.features), "conv_last": (a.features, 3)}
    middle = ("conv_body", "conv_up1", "conv_up2", "conv_hr")
    convolutions = ends | dict.fromkeys(middle, (a.features, a.features))
    for block, dense, i in product(range(a.depth), range(1, 4), range(5)):
        sizes = (a.features + i * a.grow, a.grow if i < 4 else a.features)
        convolutions[f"body.{block}.rdb{dense}.conv{i + 1}"] = sizes
    return _shapes(convolutions)


def _shapes(convolutions: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, ...]]:
    weights: dict[str, tuple[int, ...]] = {f"{k}.weight": (o, i, 3, 3) for k, (i, o) in convolutions.items()}
    return weights | {f"{k}.bias": (o,) for k, (_, o) in convolutions.items()}


def random_state(architecture: Architecture, seed: int = 0) -> dict[str, Tensor]:
    """Return weights that let every pixel depend on its whole surroundings."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(shape, generator=generator)
        * (0.2 if len(shape) == 1 else 1 / (3 * shape[1] ** 0.5))
        for name, shape in shapes(architecture).items()
    }


def random_network(architecture: Architecture, seed: int = 0) -> nn.Module:
    return build(architecture, random_state(architecture, seed), "random")


def save(
    folder: Path, architecture: Architecture = SRVGG, *, name: str = "random.pth", seed: int = 0
) -> Path:
    path = folder / name
    torch.save({"params_ema": random_state(architecture, seed)}, path)
    return path


def images(n: int, height: int, width: int, seed: int = 0) -> Tensor:
    return torch.rand(n, 3, height, width, generator=torch.Generator().manual_seed(seed))


def generated(
    n: int = 2, height: int = 8, width: int = 8, *, alpha: bool = False, origins: bool = False
) -> IGDT:
    return IGDT(
        images=images(n, height, width) * 2 - 1,
        alpha=images(n, height, width)[:, :1].contiguous() if alpha else None,
        seeds=tuple(range(5, 5 + n)),
        origins=tuple(Origin(name=f"{i}.png", sha256="0" * 64) for i in range(n)) if origins else (),
        provenance=(StageRecord(stage="generation", component="noise"),),
    )


def wanted(weights: Path, side: int = 32, **options: object) -> IES:
    return IES.model_validate(
        {"side": side, "enhancer": {"kind": "realesrgan", "weights": str(weights), **options}}
    )
