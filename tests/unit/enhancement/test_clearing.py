"""What is cut out has no fringe of the colours that nobody sees."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from components.enhancement import LanczosEnhancer, RealesrganEnhancer
from components.imaging.alpha_fill import fill_clear
from interfaces.ies import IES
from interfaces.igdt import IGDT
from interfaces.ports import Enhancer
from interfaces.provenance import StageRecord
from tests.unit.enhancement.networks import images, save


def disc(side: int) -> Tensor:
    y, x = torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")
    return ((x - side / 2) ** 2 + (y - side / 2) ** 2 < (side / 3) ** 2)[None, None].float()


def cut_out(background: float) -> IGDT:
    alpha = disc(24)
    colours = torch.where(alpha > 0, torch.full((1, 3, 24, 24), 0.5), torch.full((1, 3, 24, 24), background))
    record = StageRecord(stage="generation", component="pictures")
    return IGDT(images=colours, alpha=alpha, seeds=(0,), provenance=(record,))


@pytest.mark.parametrize("kind", ["lanczos", "realesrgan"])
def test_unseen_colours_do_not_change_what_is_seen(kind: str, tmp_path: Path) -> None:
    enhancer: Enhancer = LanczosEnhancer() if kind == "lanczos" else RealesrganEnhancer("cpu")
    options = {"kind": kind} | ({"weights": str(save(tmp_path))} if kind == "realesrgan" else {})
    settings = IES.model_validate({"scale": 4.0, "enhancer": options, "strength": 0.9, "colour_match": True})
    done = [enhancer.enhance(cut_out(colour), settings).final for colour in (-1.0, 1.0, 0.2)]
    for other in done[1:]:
        assert torch.equal(done[0].images, other.images)
    if kind == "lanczos":
        torch.testing.assert_close(done[0].images, torch.full_like(done[0].images, 0.5))


def test_the_generated_size_keeps_its_unseen_colours() -> None:
    data = cut_out(-1.0)
    done = LanczosEnhancer().enhance(data, IES(side=48, keep=(24,)))
    assert torch.equal(done.kept[0].images, data.images)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 3), (33, 64)])
def test_pictures_of_any_size_are_filled_with_colours_that_are_seen(size: tuple[int, int]) -> None:
    pixels, alpha = images(3, *size) * 2 - 1, torch.zeros(3, 1, *size)
    alpha[0, 0, size[0] // 2, size[1] // 2] = (
        0.5  # one pixel; of the second nothing is seen, of the third all
    )
    alpha[2] = 1
    before = pixels.clone()
    filled = fill_clear(pixels, alpha)
    seen = pixels[0, :, size[0] // 2, size[1] // 2]
    torch.testing.assert_close(filled[0], seen[:, None, None].expand(3, *size))
    assert torch.equal(filled[1:], pixels[1:])
    assert torch.equal(pixels, before)


def test_the_nearest_colour_is_put_in() -> None:
    pixels, alpha = torch.zeros(1, 3, 16, 16), torch.ones(1, 1, 16, 16)
    pixels[..., 8:] = 1
    alpha[..., 2:6, 2:5] = alpha[..., 2:6, 11:14] = 0
    filled = fill_clear(pixels, alpha)
    assert float(filled[..., 2:6, 2:5].max()) < 0.1
    assert float(filled[..., 2:6, 11:14].min()) > 0.9
