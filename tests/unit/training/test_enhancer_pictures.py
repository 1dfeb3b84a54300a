"""Which pictures an enhancement network learns from, and which ones it is judged by."""

from pathlib import Path

import numpy as np
import pytest
import torch

from components.networks.srvgg import SRVGGNetCompact
from components.training.enhancer.crops import Crops, split
from components.training.enhancer.validation import Validation, ratio_db
from interfaces.errors import DataError
from interfaces.ipdt import IPDT
from tests.unit.training.tiny_enhancer import make_squares, tiny_enhancer


def test_a_picture_is_held_out_of_every_data_set_that_has_it(tmp_path: Path) -> None:
    data = make_squares(tmp_path, images=80, test=0)
    rows, held = split(data)
    part = IPDT(
        **{**dict(data), **{name: getattr(data, name)[20:] for name in ("images", "labels", "is_test")}}
    )
    assert 1 <= len(held) < 16
    assert sorted([*rows, *held]) == list(range(80))
    assert [*(split(part)[1] + 20)] == [row for row in held if row >= 20]


def test_pieces_of_a_picture_are_held_out_with_it(tmp_path: Path) -> None:
    data = make_squares(tmp_path, images=80, test=0)
    alone = {*split(data)[1]}
    # the first piece decides, as if it were the whole picture
    pictures = np.repeat(np.arange(20), 4)
    together = IPDT(**{**dict(data), "pictures": pictures})
    held = split(together)[1]
    expected = [row for row in range(80) if row // 4 * 4 in alone]
    assert expected
    assert held.tolist() == expected


def test_two_pictures_are_enough_and_one_is_not(tmp_path: Path) -> None:
    rows, held = split(make_squares(tmp_path, images=2, test=0))
    assert (len(rows), len(held)) == (1, 1)
    with pytest.raises(DataError, match="others to judge by, got 1"):
        split(make_squares(tmp_path, images=1, test=0))
    with pytest.raises(DataError, match="4 of them in the test split"):
        split(make_squares(tmp_path, images=4, test=4))


def test_each_picture_gives_one_crop_in_an_epoch_and_a_batch_follows_from_its_number(squares: IPDT) -> None:
    # each square has a colour of its own, so that a crop tells where it is from
    colours = np.arange(12, dtype=np.uint8)[:, None, None, None] * 20
    data = IPDT(**{**dict(squares), "images": np.broadcast_to(colours, (12, 16, 16, 3)).copy()})
    rows, _ = split(data)
    settings, device = tiny_enhancer(batch=3), torch.device("cpu")
    with Crops(data, rows, settings, device) as crops:
        batches = [crops.take(step) for step in range(6)]
    with Crops(data, rows, settings, device) as crops:
        later = crops.take(4)
    seen = [(pair.large[:, 0, 0, 0] * 255 / 20).round().int().tolist() for pair in batches]
    for epoch in (seen[:3], seen[3:]):
        assert sorted(row for batch in epoch for row in batch) == list(range(3, 12))
    assert seen[:3] != seen[3:]
    assert torch.equal(later.small, batches[4].small)
    assert later.small.shape == (3, 3, 2, 2)


def test_the_psnr_is_of_whole_bytes_and_bicubic_is_pillow_s(squares: IPDT) -> None:
    network = SRVGGNetCompact(tiny_enhancer().network, torch.Generator().manual_seed(0)).eval()
    rows = np.arange(3)
    validation = Validation(squares, rows, 4, torch.device("cpu"))
    shown = validation.show(network, 12).add(1).mul(127.5).round().byte().permute(0, 2, 3, 1).numpy()
    measured = validation.measure(network)
    assert measured["bicubic_psnr"] == pytest.approx(ratio_db(shown[1::4], shown[3::4]))
    assert measured["psnr"] == pytest.approx(ratio_db(shown[2::4], shown[3::4]))
