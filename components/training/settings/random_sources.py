"""Named sources of randomness, all derived from one seed."""

from hashlib import sha256

import torch

__all__ = ["random_source"]


def random_source(seed: int, name: str, device: torch.device | str = "cpu") -> torch.Generator:
    """Return a new generator whose numbers depend on ``seed`` and ``name`` alone.

    >>> random_source(0, "flip").initial_seed() == random_source(0, "latents").initial_seed()
    False
    """
    digest = sha256(f"{seed}/{name}".encode()).digest()
    # torch takes 64 bits on the CPU, CUDA one less without wrapping
    return torch.Generator(device).manual_seed(int.from_bytes(digest[:8], "big") >> 1)
