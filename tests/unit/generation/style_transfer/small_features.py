"""Features that take no time, tasks with them, and an attendant that remembers."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from components.generation.style_transfer.algorithm import Task
from interfaces.igs import Stylize

__all__ = ["InterruptedEarlyError", "Remembers", "SmallFeatures", "make_task", "picture"]


class InterruptedEarlyError(Exception):
    """Stands for a pause."""


class SmallFeatures(nn.Module):
    """Two convolutions of random weights under the names of VGG19's."""

    def __init__(self, dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(3)
        self.weights = [
            (torch.randn(shape, generator=draw) * scale).to(dtype)
            for shape, scale in (((6, 3, 3, 3), 0.3), ((8, 6, 3, 3), 0.2))
        ]
        self.calls = 0

    def forward(self, images: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Return the maps."""
        self.calls += 1
        first = nn.functional.softplus(nn.functional.conv2d(images, self.weights[0], padding=1))
        pooled = nn.functional.avg_pool2d(first, 2)
        second = nn.functional.softplus(nn.functional.conv2d(pooled, self.weights[1], padding=1))
        found = {"relu1_1": first, "relu2_1": second}
        return {layer: found[layer] for layer in layers}


class Remembers:
    """An attendant that notes everything, and stops the work after so many steps."""

    def __init__(self, kept: bytes | None = None, stop_at: int | None = None) -> None:
        self.state = kept
        self.stop_at = stop_at
        self.steps: list[tuple[int, int, str]] = []
        self.drafts: list[Tensor] = []
        self.notices: list[str] = []
        self.trail: list[tuple[int, dict[str, float]]] = []

    def progress(self, done: int, total: int, detail: str = "") -> None:
        """Note it, or stop."""
        self.steps.append((done, total, detail))
        if self.stop_at is not None and done >= self.stop_at:
            raise InterruptedEarlyError

    def trace(self, step: int, values: Mapping[str, float]) -> None:
        """Note it."""
        self.trail.append((step, dict(values)))

    def draft(self, image: Tensor) -> None:
        """Note it."""
        self.drafts.append(image)

    def notice(self, text: str) -> None:
        """Note it."""
        self.notices.append(text)

    def keep(self, state: bytes) -> None:
        """Keep it."""
        self.state = state

    def kept(self) -> bytes | None:
        """Return what was kept."""
        return self.state


def picture(seed: int, height: int = 40, width: int = 48) -> Tensor:
    """Return a smooth picture in [-1, 1]."""
    coarse = torch.rand((1, 3, 6, 6), generator=torch.Generator().manual_seed(seed)) * 2 - 1
    return nn.functional.interpolate(coarse, (height, width), mode="bilinear")


def make_task(
    features: Callable[..., dict[str, Tensor]] | None = None,
    *,
    styles: Sequence[Tensor] | None = None,
    regions: Sequence[Tensor] = (),
    seed: int = 5,
    **settings: Any,
) -> Task:
    """Return a task of 48 px in two scales."""
    styles = [picture(2, 44, 36)] if styles is None else styles
    values = {
        "size": 48,
        "smallest": 24,
        "steps": 24,
        "content_layers": ("relu2_1",),
        "style_layers": ("relu1_1", "relu2_1"),
        **settings,
    }
    paths = tuple(Path(f"{number}.png") for number in range(len(styles)))
    return Task(
        content=picture(1),
        styles=tuple(styles),
        blend=tuple(1 / len(styles) for _ in styles),
        regions=tuple(regions),
        settings=Stylize(paths=(Path("content.png"),), styles=paths, **values),
        seed=seed,
        features=features or SmallFeatures(),
    )
