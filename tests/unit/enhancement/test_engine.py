"""Tiles and batches leave no trace in the picture."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional as F

from components.enhancement.architecture import Architecture
from components.enhancement.engine import Engine
from interfaces.errors import RunError, WeightsError
from tests.unit.enhancement.networks import RRDB, RRDB_X2, SRVGG, SRVGG_X2, images, random_network


def engine(architecture: Architecture, batch: int | None = None) -> Engine:
    return Engine(
        random_network(architecture).to(memory_format=torch.channels_last),  # type: ignore[call-overload]  # stub
        scale=architecture.scale,
        overlap_px=architecture.overlap_px,
        multiple=architecture.multiple,
        batch=batch,
    )


def nearest(pixels: Tensor) -> Tensor:
    return F.interpolate(pixels, scale_factor=2, mode="nearest")


@pytest.fixture(scope="module")
def srvgg() -> Engine:
    return engine(SRVGG, batch=3)


@given(height=st.integers(1, 70), width=st.integers(1, 70), tile=st.integers(16, 40), n=st.integers(1, 3))
@settings(max_examples=30, deadline=None)
def test_every_size_in_every_tile_is_what_it_is_untiled(
    srvgg: Engine, height: int, width: int, tile: int, n: int
) -> None:
    pixels = images(n, height, width)
    tiled = srvgg.enlarge(pixels, 1, tile).results[0]
    whole = srvgg.network(pixels).clamp(0, 1)
    assert tiled.shape == (n, 3, 4 * height, 4 * width)
    assert float((tiled - whole).abs().max()) <= 1e-5


@given(order=st.lists(st.integers(0, 8), min_size=1, max_size=9))
@settings(max_examples=25, deadline=None)
def test_an_image_has_the_same_bits_alone_and_in_any_group(srvgg: Engine, order: list[int]) -> None:
    pixels = images(9, 20, 24)
    group = srvgg.enlarge(pixels[order], 1, 16).results[0]
    for place, index in enumerate(order):
        alone = srvgg.enlarge(pixels[index : index + 1], 1, 16).results[0]
        assert torch.equal(group[place], alone[0])


@pytest.mark.parametrize("architecture", [SRVGG_X2, RRDB, RRDB_X2], ids=str)
def test_other_networks_and_odd_sides_come_out_whole(architecture: Architecture) -> None:
    network = engine(architecture)
    pixels = images(2, 45, 83)
    tiled, untiled = (network.enlarge(pixels, 1, tile).results[0] for tile in (17, 128))
    assert tiled.shape == (2, 3, 45 * architecture.scale, 83 * architecture.scale)
    assert float((tiled - untiled).abs().max()) <= 1 / 255


def test_passes_follow_each_other_without_rounding(srvgg: Engine) -> None:
    pixels = images(1, 6, 5)
    first, second = srvgg.enlarge(pixels, 2, 32).results
    assert second.shape == (1, 3, 96, 80)
    assert torch.equal(second, srvgg.enlarge(first, 1, 32).results[0])
    assert not torch.equal(first, (first * 255).round() / 255)


def test_the_input_is_left_alone(srvgg: Engine) -> None:
    pixels = images(2, 20, 20)
    before = pixels.clone()
    srvgg.enlarge(pixels, 2, 16)
    assert torch.equal(pixels, before)


class Scarce(nn.Module):
    """Enlarges by two, in a memory that holds so many pixels of input."""

    def __init__(self, pixels: int, error: Exception) -> None:
        super().__init__()
        self.pixels, self.error, self.refused = pixels, error, 0

    def forward(self, tiles: Tensor) -> Tensor:
        if tiles.shape[2] * tiles.shape[3] > self.pixels:
            self.refused += 1
            raise self.error
        return nearest(tiles)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
        MemoryError(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_without_memory_the_tile_is_halved_for_all_passes_and_reported(error: Exception) -> None:
    network = Scarce(40 * 40, error)
    pixels = images(2, 50, 50)
    done = Engine(network, scale=2, overlap_px=4).enlarge(pixels, 2, 512)
    assert (done.tile_px, network.refused) == (25, 2)
    assert torch.equal(done.results[1], nearest(nearest(pixels)))


def test_too_little_memory_for_any_tile_is_an_error_that_says_so() -> None:
    with pytest.raises(RunError, match="not enough memory on cpu, even for tiles of 25 px"):
        Engine(Scarce(10, MemoryError()), scale=2, overlap_px=1).enlarge(images(1, 50, 50), 1, 512)


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    with pytest.raises(RuntimeError, match="broken"):
        Engine(Scarce(10, RuntimeError("broken")), scale=2, overlap_px=1).enlarge(images(1, 50, 50), 1, 512)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (lambda x: nearest(x)[:, :, 1:], "wanted a result of shape"),
        (lambda x: nearest(x) / 0.0, "finite"),
        (lambda x: nearest(x) * 0.0, "black picture"),
    ],
)
def test_a_network_that_gives_no_picture_is_found_out(network: nn.Module, message: str) -> None:
    pixels = torch.cat([torch.zeros(1, 3, 8, 8), images(1, 8, 8)])
    with pytest.raises(WeightsError, match=message):
        Engine(network, scale=2, overlap_px=1).enlarge(pixels, 1, 16)


def test_a_black_picture_may_stay_black() -> None:
    done = Engine(nearest, scale=2, overlap_px=1).enlarge(torch.zeros(1, 3, 8, 8), 1, 16)
    assert float(done.results[0].max()) == 0
