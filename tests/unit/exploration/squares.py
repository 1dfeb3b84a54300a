"""Pictures whose class is the place of a bright square: what a small network learns in a second."""

from pathlib import Path

import numpy as np

from interfaces.ipdt import IPDT

__all__ = ["STYLES", "squares"]

STYLES = ("upper left", "upper right", "lower left", "lower right")


def squares(
    count: int = 400,
    *,
    styles: tuple[str, ...] = STYLES,
    side: int = 8,
    test_every: int | None = 4,
    channels: int = 1,
) -> IPDT:
    """Return a pack of noise with a bright square in one of the four corners, which the label says."""
    rng = np.random.default_rng(5)
    images = rng.integers(0, 120, (count, side, side, channels), dtype=np.uint8)
    labels = np.arange(count) % len(styles)
    half = side // 2
    for image, label in zip(images, labels, strict=True):
        row, column = divmod(int(label), 2)
        image[row * half :, column * half :][:half, :half] //= 2
        image[row * half :, column * half :][:half, :half] += 120
    is_test = np.zeros(count, np.uint8)
    if test_every is not None:
        is_test[rng.permutation(count)[: count // test_every]] = 1
    return IPDT(
        dataset="squares",
        fingerprint="5" * 64,
        folder=Path(),
        images=images,
        labels=labels,
        is_test=is_test,
        styles=styles,
    )
