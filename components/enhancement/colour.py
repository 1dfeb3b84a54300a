"""Gives an enlarged picture the coarse colours that it had."""

from torch import Tensor

from components.enhancement.resize import resize

__all__ = ["match_colours"]

_CELL_PX = 8


def match_colours(images: Tensor, source: Tensor) -> Tensor:
    """Return ``images`` with the low frequencies of ``source``.

    Both are averaged down to cells of eight pixels of the source, and the smooth difference is added: drifting
    colours come back wherever they drifted, while what is finer than a cell, brush work and edges, is the
    enhancer's own. Mean and standard deviation for the whole picture, the other common way, were rejected: they
    cannot mend a cast in one corner, and as sharper pictures have the larger deviation, they take contrast away.

    Args:
        images: (N, 3, h, w) float32 in [-1, 1]; never modified.
        source: (N, 3, H, W) float32 in [-1, 1], the same pictures at any other size; never modified.

    Returns:
        (N, 3, h, w) float32 in [-1, 1].
    """
    height, width = source.shape[2:]
    cells = (-(-width // _CELL_PX), -(-height // _CELL_PX))
    wanted, got = (resize(each, cells, low=-1.0, high=1.0) for each in (source, images))
    size = (int(images.shape[3]), int(images.shape[2]))
    return (images + resize(wanted - got, size, low=-2.0, high=2.0)).clamp_(-1.0, 1.0)
