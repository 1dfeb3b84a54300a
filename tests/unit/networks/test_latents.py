"""Latent vectors are drawn in one place, by the prior of the architecture."""

from typing import get_args

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.networks.latents import draw_latents, latents_of_seeds, wanted_latent
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
