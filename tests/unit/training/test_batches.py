"""Batches: training images only, each once an epoch, in an order that the position alone determines."""

from pathlib import Path

import pytest
import torch

from components.training.checkpoints.position import Position
from components.training.engine.batches import Batches, mirror_half
from interfaces.errors import DataError
from interfaces.ipdt import IPDT
from tests.unit.training.tiny import make_pack

CPU = torch.device("cpu")


def keys(images: torch.Tensor) -> list[bytes]:
    """Return each image's bytes as in the pack; fails where a value does not stand for a whole byte."""
    pixels = (images.double() + 1) * 127.5
    assert torch.allclose(pixels, pixels.round(), atol=1e-4)
    return [image.permute(1, 2, 0).round().byte().numpy().tobytes() for image in pixels]


def test_an_epoch_has_every_training_image_once_and_no_test_image(pack: IPDT) -> None:
    batches = Batches(pack, 4, 0, CPU)
    position, seen = Position(0, 0), []
    for _ in range(4):
        images, position = batches.take(position)
        seen += keys(images)
    assert position == Position(0, 16)
    assert len(set(seen)) == 16
    assert set(seen) <= {image.tobytes() for image in pack.images[3:]}


def test_the_position_alone_says_what_comes_next(pack: IPDT) -> None:
    one = Batches(pack, 5, 7, CPU)
    position = Position(0, 0)
    for _ in range(8):
        wanted, after = one.take(position)
        found, same = Batches(pack, 5, 7, CPU).take(position)
        assert torch.equal(wanted, found)
        assert after == same
        position = after
    assert position.epoch == 2


def test_epochs_and_seeds_have_orders_of_their_own(pack: IPDT) -> None:
    orders = {
        tuple(keys(Batches(pack, 17, seed, CPU).take(Position(epoch, 0))[0]))
        for seed in (0, 1)
        for epoch in (0, 1)
    }
    assert len(orders) == 4


def test_bytes_cover_minus_one_to_one_in_channels_last(pack: IPDT) -> None:
    images, _ = Batches(pack, 17, 0, CPU).take(Position(0, 0))
    assert images.dtype == torch.float32
    assert images.shape == (17, 3, 8, 8)
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert (images.min().item(), images.max().item()) == (-1, 1)


def test_about_half_are_mirrored() -> None:
    images = torch.arange(200.0).view(200, 1, 1, 1).expand(-1, 1, 1, 2) + torch.tensor([0.0, 0.5])
    mirrored = mirror_half(images, torch.Generator().manual_seed(0))
    flipped = mirrored[:, 0, 0, 0] > mirrored[:, 0, 0, 1]
    assert 70 < flipped.sum() < 130
    assert torch.equal(torch.where(flipped[:, None, None, None], mirrored.flip(3), mirrored), images)


def test_a_pack_of_test_images_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="at least one training image"):
        Batches(make_pack(tmp_path, images=4, test=4), 2, 0, CPU)
