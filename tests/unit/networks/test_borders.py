"""How sharply the border of pictures stands out."""

import numpy as np
import pytest
import torch

from components.networks.borders import border_contrast, inner_contrast, with_mirrored_borders


def test_the_contrast_of_each_side_is_the_mean_difference_from_the_pixels_beside_it() -> None:
    pixels = np.random.default_rng(0).uniform(-1, 1, (5, 3, 20, 24)).astype(np.float32)
    wanted = [
        np.abs(pixels[:, :, 0] - pixels[:, :, 1]).mean(),
        np.abs(pixels[:, :, 19] - pixels[:, :, 18]).mean(),
        np.abs(pixels[:, :, :, 0] - pixels[:, :, :, 1]).mean(),
        np.abs(pixels[:, :, :, 23] - pixels[:, :, :, 22]).mean(),
    ]
    assert border_contrast(torch.from_numpy(pixels)).tolist() == pytest.approx(wanted, rel=1e-5)


def test_a_strip_at_a_border_shows_there_and_not_inside() -> None:
    plain = torch.rand(40, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    striped = plain.clone()
    striped[:, :, -1] += 1
    before, after = border_contrast(plain), border_contrast(striped)
    assert after[1] > 2.5 * before[1]
    assert after[0] == before[0]
    assert torch.equal(inner_contrast(striped)[:2], inner_contrast(plain)[:2])


def test_mirror_images_count_as_if_they_were_there() -> None:
    images = torch.rand(10, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    images[..., -1] += 1
    both = border_contrast(torch.cat([images, images.flip(3)]))
    torch.testing.assert_close(with_mirrored_borders(border_contrast(images)), both)
    assert both[2] == both[3]
