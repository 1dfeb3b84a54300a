"""What a generator made before, for its critic (Shrivastava et al. 2017, section 2.3)."""

from collections.abc import Mapping
from typing import final

import torch
from torch import Tensor

__all__ = ["ImagePool"]


@final
class ImagePool:
    """Some of the images that were made before: a part of a state.

    Args:
        size: how many; 0 keeps none.
        device: where they lie.
    """

    def __init__(self, size: int, device: torch.device) -> None:
        self._size = size
        self._device = device
        self._images: list[Tensor] = []

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._images)

    def swap(self, images: Tensor, rng: torch.Generator) -> Tensor:
        """Return as many as ``images`` (N, C, H, W): each of them, or with an even chance an earlier one whose place it takes.

        Until the pool is full each is taken in and returned.

        Args:
            images: without a graph.
            rng: on the CPU.
        """
        return torch.stack([self._swap_one(image, rng) for image in images])

    def _swap_one(self, image: Tensor, rng: torch.Generator) -> Tensor:
        if len(self._images) < self._size:
            self._images.append(image.clone())
            return image
        if not self._size or bool(torch.rand((), generator=rng) < 0.5):
            return image
        place = int(torch.randint(self._size, (), generator=rng))
        earlier, self._images[place] = self._images[place], image.clone()
        return earlier

    def tensors(self) -> Mapping[str, Tensor]:
        """Return them; nothing while there are none."""
        return {"images": torch.stack(self._images)} if self._images else {}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Take them over."""
        self._images = [image.clone() for image in tensors.get("images", torch.empty(0)).to(self._device)]
