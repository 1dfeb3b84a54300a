"""What each of several processes is given: its part of the work, and its rows of a batch."""

from pathlib import Path

import pytest
import torch

from components.training import GanSettings
from components.training.distributed.ranks import Ranks
from components.training.distributed.worker_spec import read_assignment, write_assignment
from interfaces.ipdt import IPDT
from tests.unit.training.tiny import make_pack, tiny_projected


@pytest.mark.parametrize("mapped", [True, False])
def test_an_assignment_is_read_as_it_was_written(mapped: bool, tmp_path: Path) -> None:
    pack = make_pack(tmp_path, images=9)
    if not mapped:
        pack = IPDT(
            **{
                **dict(pack),
                "images": pack.images[2:],
                "labels": pack.labels[2:],
                "is_test": pack.is_test[2:],
            }
        )
    settings = tiny_projected(tmp_path / "features", devices=3, batch=6)
    with (tmp_path / "part").open("wb") as stream:
        write_assignment(stream, 2, tmp_path / "store", settings, pack)
    with (tmp_path / "part").open("rb") as stream:
        assignment, data = read_assignment(stream)

    assert (assignment.rank, assignment.store, assignment.trainer) == (2, tmp_path / "store", "gan")
    assert GanSettings.model_validate(assignment.settings) == settings
    assert (assignment.images is not None) is mapped
    for name, value in dict(pack).items():
        assert getattr(data, name) == value if name not in ("images", "labels", "is_test") else True
    for name in ("images", "labels", "is_test"):
        assert (getattr(data, name) == getattr(pack, name)).all()


def test_shares_of_a_batch_are_its_rows_in_order() -> None:
    whole = torch.arange(12).view(2, 6)
    shares = [Ranks(rank, 3).rows(whole, dim=1) for rank in range(3)]
    assert torch.equal(torch.cat(shares, 1), whole)
