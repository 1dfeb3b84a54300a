"""The network that gives a picture a style: sizes, borders, what it forgets, what it repeats."""

import pytest
import torch
from pydantic import ValidationError
from torch import Tensor, nn

from components.networks.build import build_generator
from interfaces.igme import Picture, StyleTransferNetwork

SMALL = StyleTransferNetwork(width=4, blocks=2)


def network(seed: int = 0, architecture: StyleTransferNetwork = SMALL) -> nn.Module:
    rng = torch.Generator().manual_seed(seed)
    return build_generator(architecture, "lecun-normal", rng).eval().requires_grad_(False)


def pictures(height: int, width: int, count: int = 1) -> Tensor:
    return torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.parametrize(("height", "width"), [(64, 64), (33, 50), (1, 1), (5, 127), (16, 18)])
def test_the_image_is_as_large_as_the_picture_whatever_its_size(height: int, width: int) -> None:
    image = network()(pictures(height, width))
    assert image.shape == (1, 3, height, width)
    assert image.dtype == torch.float32
    assert 0 < float(image.abs().max()) <= 1


def test_equal_seeds_make_equal_networks_and_others_other_ones() -> None:
    picture = pictures(32, 32)
    assert torch.equal(network(3)(picture), network(3)(picture))
    assert not torch.equal(network(3)(picture), network(4)(picture))


def test_making_one_draws_nothing_from_the_randomness_of_others() -> None:
    before = torch.random.get_rng_state()
    network()
    assert torch.equal(torch.random.get_rng_state(), before)


def test_a_picture_among_others_gets_the_image_that_it_gets_alone() -> None:
    several = pictures(24, 40, count=3)
    made = network()(several)
    for index in range(3):
        assert torch.allclose(made[index], network()(several[index : index + 1])[0], atol=1e-5)


def test_it_forgets_brightness_and_contrast() -> None:
    # the first convolution is linear, and the normalisation behind it takes mean and spread away
    picture = pictures(32, 32) * 0.4
    assert torch.allclose(network()(picture), network()(picture * 2), atol=1e-3)
    assert torch.allclose(network()(picture), network()(picture + 0.3), atol=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_a_new_one_shows_the_picture_whatever_its_weights(seed: int) -> None:
    coarse = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(9)) * 2 - 1
    picture = nn.functional.interpolate(coarse, (40, 40), mode="bilinear")
    image = network(seed, StyleTransferNetwork(width=16, blocks=2))(picture)
    for channel in range(3):
        together = torch.stack((picture[0, channel].flatten(), image[0, channel].flatten()))
        assert float(torch.corrcoef(together)[0, 1]) > 0.8


def test_an_even_picture_has_no_checkerboard_and_no_frame() -> None:
    image = network()(torch.full((1, 3, 40, 40), 0.25))
    assert float(image.amax((2, 3)).sub(image.amin((2, 3))).max()) < 1e-4


def test_it_is_as_wide_and_as_deep_as_its_settings_say() -> None:
    made = network(architecture=StyleTransferNetwork(width=6, blocks=3))
    weights = [tuple(w.shape) for w in made.parameters() if w.ndim == 4]
    blocks = [(24, 24, 3, 3)] * 6
    assert weights == [
        (6, 3, 9, 9),
        (12, 6, 3, 3),
        (24, 12, 3, 3),
        *blocks,
        (12, 24, 3, 3),
        (6, 12, 3, 3),
        (3, 6, 9, 9),
    ]


def test_it_takes_pictures_in_colour_and_nothing_else() -> None:
    assert SMALL.takes == Picture()
    with pytest.raises(ValidationError, match="channels"):
        StyleTransferNetwork.model_validate({"channels": 1})
