"""Line drawings: where lines are, how dark, how wide."""

import numpy as np
import torch
from torch import Tensor

from components.imaging.outline import outline


def disc(side: int = 96, contrast: float = 1.0) -> Tensor:
    """Return a light disc on dark, with a radius of a quarter of the side."""
    at = torch.arange(side) - (side - 1) / 2
    inside = (at[:, None] ** 2 + at[None] ** 2) < (side / 4) ** 2
    return (inside.float() * 2 - 1).mul(contrast).expand(1, 3, -1, -1).contiguous()


def test_a_line_is_where_lightness_changes_and_nowhere_else() -> None:
    drawn = outline(disc())
    assert drawn.shape == (1, 3, 96, 96)
    assert torch.equal(drawn[:, 0], drawn[:, 1])
    at = np.arange(96) - 47.5
    distance = np.hypot(at[:, None], at[None])
    assert float(drawn[0, 0][np.abs(distance - 24) < 0.7].max()) < -0.5
    assert float(drawn[0, 0][np.abs(distance - 24) > 6].min()) > 0.9


def test_strong_and_faint_pictures_have_equal_lines() -> None:
    grey = (disc(contrast=0.5) + 1) / 2 - 0.5
    assert float((outline(disc()) - outline(grey)).abs().max()) < 0.2


def test_a_wider_line_covers_more_paper() -> None:
    def ink(width: float) -> float:
        return float((1 - outline(disc(), width)).mean())

    assert ink(4) > 1.5 * ink(1.5)


def test_of_an_even_picture_nothing_is_drawn() -> None:
    assert torch.equal(outline(torch.full((1, 3, 20, 30), 0.3)), torch.ones(1, 3, 20, 30))


def test_lightness_counts_and_not_the_numbers_of_channels() -> None:
    """Red has the luminance 0.2126, and so has this green: 0.7152 times its linear value (IEC 61966-2-1)."""
    linear = 0.2126 / 0.7152
    green = 1.055 * linear ** (1 / 2.4) - 0.055
    picture = torch.full((1, 3, 40, 40), -1.0)
    picture[:, 0, :, :20] = 1.0
    picture[:, 1, :, 20:] = 2 * green - 1
    assert torch.equal(outline(picture), torch.ones_like(picture))
    picture[:, 1, :, 20:] = 1.0
    assert float(outline(picture).min()) == -1.0
