"""Latent vectors are drawn in one place, by the prior of the architecture."""

from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.networks.latents import draw_latents, latents_between, latents_of_seeds, wanted_latent
from interfaces.errors import SettingsError
from interfaces.igme import ConvGenerator, GenerativeNetwork, Latent, Picture, Prior


@given(
    seed=st.integers(0, 2**53 - 20),
    count=st.integers(1, 20),
    index=st.integers(0, 19),
    prior=st.sampled_from(get_args(Prior)),
)
def test_a_latent_vector_depends_on_its_seed_alone(seed: int, count: int, index: int, prior: Prior) -> None:
    index %= count
    together = latents_of_seeds(range(seed, seed + count), Latent(length=5, prior=prior))
    alone = latents_of_seeds(range(seed + index, seed + index + 1), Latent(length=5, prior=prior))
    assert torch.equal(together[index], alone[0])


def test_latent_vectors_are_standard_normal() -> None:
    latents = latents_of_seeds(range(2000), Latent(length=8))
    assert latents.dtype == torch.float32
    assert float(latents.mean()) == pytest.approx(0, abs=0.03)
    assert float(latents.std()) == pytest.approx(1, abs=0.03)
    # neighbouring seeds give independent vectors
    shifted = (latents[1:] * latents[:-1]).mean()
    assert float(shifted) == pytest.approx(0, abs=0.03)


def test_uniform_latent_vectors_lie_evenly_between_minus_one_and_one() -> None:
    latents = draw_latents(4000, Latent(length=3, prior="uniform"), torch.Generator().manual_seed(0))
    assert latents.shape == (4000, 3)
    assert latents.abs().max() <= 1
    # mean 0, variance 1/3, and as many in each quarter
    assert float(latents.mean()) == pytest.approx(0, abs=0.03)
    assert float(latents.var()) == pytest.approx(1 / 3, abs=0.01)
    assert torch.histc(latents, 4, -1, 1).div(12000).tolist() == pytest.approx([0.25] * 4, abs=0.02)


def test_the_prior_is_one_of_the_architecture_and_normal_where_none_is_said() -> None:
    assert wanted_latent(ConvGenerator(latent=2, prior="uniform")) == Latent(length=2, prior="uniform")
    assert wanted_latent(ConvGenerator.model_validate({"latent": 7})) == Latent(length=7, prior="normal")


class Translator(GenerativeNetwork):
    """Takes a picture."""

    kind: str = "somewhere.else:Net"

    @property
    def takes(self) -> Picture:
        return Picture(channels=1)


def test_a_network_that_takes_pictures_is_not_asked_for_noise() -> None:
    with pytest.raises(
        SettingsError, match=r"wanted a network that makes pictures from noise, got 'somewhere.else:Net'"
    ):
        wanted_latent(Translator())


@given(st.integers(0, 2**53), st.integers(0, 2**53), st.floats(0.01, 0.99), st.integers(2, 300))
def test_a_normal_vector_on_the_way_is_turned_from_the_one_end_to_the_other(
    first: int, last: int, share: float, length: int
) -> None:
    takes = Latent(length=length)
    between = latents_between(first, last, [0.5, share], takes)[1].numpy().astype(float)
    one, other = latents_of_seeds((first, last), takes).numpy().astype(float)
    # by a rotation in the plane of both: Gram-Schmidt, and the angle by the arctangent of both parts
    along = one / np.linalg.norm(one)
    across = other - (other @ along) * along
    if np.linalg.norm(across) < 1e-3 * np.linalg.norm(other):
        return  # nearly one direction
    across /= np.linalg.norm(across)
    angle = share * np.arctan2(other @ across, other @ along)
    norm = (1 - share) * np.linalg.norm(one) + share * np.linalg.norm(other)
    np.testing.assert_allclose(
        between, norm * (np.cos(angle) * along + np.sin(angle) * across), rtol=1e-4, atol=1e-4
    )
    assert np.linalg.norm(between) == pytest.approx(norm, rel=1e-5)


@pytest.mark.parametrize("prior", get_args(Prior))
def test_the_ends_of_a_walk_are_the_vectors_of_the_seeds_bit_by_bit(prior: Prior) -> None:
    takes = Latent(length=100, prior=prior)
    walk = latents_between(7, 1073, [0, 0.25, 1], takes)
    assert torch.equal(walk[[0, 2]], latents_of_seeds((7, 1073), takes))
    assert torch.equal(walk[1], latents_between(7, 1073, [0.25], takes)[0])


def test_uniform_vectors_go_straight() -> None:
    takes = Latent(length=50, prior="uniform")
    one, other = latents_of_seeds((3, 4), takes)
    torch.testing.assert_close(latents_between(3, 4, [0.25], takes)[0], 0.75 * one + 0.25 * other)


def test_vectors_of_one_number_go_straight_since_no_circle_is_there() -> None:
    takes = Latent(length=1)
    one, other = latents_of_seeds((3, 4), takes)
    torch.testing.assert_close(latents_between(3, 4, [0.5], takes)[0], (one + other) / 2)
