"""What the user can ask of an enhancer besides the size."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from components.enhancement import LanczosEnhancer, RealesrganEnhancer
from components.enhancement.colour import match_colours
from components.enhancement.engine import Engine
from components.enhancement.tta import averaged
from interfaces.errors import WeightsError
from interfaces.iedt import IEDT
from interfaces.ies import IES
from interfaces.igdt import IGDT
from tests.unit.enhancement.networks import (
    RRDB_X2,
    SRVGG,
    generated,
    images,
    random_network,
    random_state,
    save,
)


def enhance(data: IGDT, weights: Path, side: int = 32, **options: object) -> IEDT:
    sizes = {key: options.pop(key) for key in ("colour_match", "strength") if key in options}
    enhancer = {"kind": "realesrgan", "weights": str(weights), **options}
    return RealesrganEnhancer("cpu").enhance(
        data, IES.model_validate({"side": side, "enhancer": enhancer, **sizes})
    )


def test_denoise_blends_the_weights_of_the_twins(tmp_path: Path) -> None:
    one, twin = save(tmp_path, name="one.pth"), save(tmp_path, name="twin.pth", seed=1)
    a, b = random_state(SRVGG), random_state(SRVGG, 1)
    torch.save(
        {"params": {k: 0.3 * a[k] + 0.7 * b[k] for k in a}}, tmp_path / "blend.pth"
    )  # as the official -dn
    data = generated()
    third = enhance(data, one, denoise=0.3, twin=str(twin))
    official = enhance(data, tmp_path / "blend.pth").final.images
    torch.testing.assert_close(third.final.images, official, rtol=0, atol=1e-5)
    none, full = (enhance(data, one, denoise=d, twin=str(twin)).final.images for d in (0, 1))
    torch.testing.assert_close(none, enhance(data, twin).final.images)
    assert torch.equal(full, enhance(data, one).final.images)
    record = third.provenance[-1]
    assert record.settings["enhancer"] == {
        "kind": "realesrgan", "denoise": 0.3, "weights": "one", "twin": "twin",
    }  # fmt: skip
    assert set(record.digests) == {"weights", "twin"}


def test_denoise_of_networks_that_are_no_twins_is_refused(tmp_path: Path) -> None:
    one, other = save(tmp_path, name="one.pth"), save(tmp_path, RRDB_X2, name="other.pth")
    with pytest.raises(WeightsError, match="wanted twins of one architecture, got one and other"):
        enhance(generated(), one, denoise=0.5, twin=str(other))


def test_augmentation_is_the_mean_over_the_eight_symmetries() -> None:
    network = random_network(SRVGG)
    pixels = images(2, 6, 9)
    wanted = torch.zeros(2, 3, 24, 36)
    for turns in range(4):
        for mirrored in (False, True):
            seen = torch.rot90(pixels.flip(3) if mirrored else pixels, turns, (2, 3))
            back = torch.rot90(network(seen), -turns, (2, 3))
            wanted += (back.flip(3) if mirrored else back) / 8
    torch.testing.assert_close(averaged(network)(pixels), wanted)


def test_an_augmented_network_does_not_care_for_the_direction(tmp_path: Path) -> None:
    weights = save(tmp_path)
    data = generated(1, 10, 7)
    turned = IGDT(images=data.images.rot90(1, (2, 3)).contiguous(), seeds=(1,), provenance=data.provenance)
    done, other = (enhance(each, weights, 40, tta=True) for each in (data, turned))
    torch.testing.assert_close(other.final.images, done.final.images.rot90(1, (2, 3)), rtol=0, atol=1e-5)
    plain = enhance(data, weights, 40).final.images
    assert float((plain - done.final.images).abs().max()) > 0.01
    assert "tta" in str(done.provenance[-1].settings)


def test_less_overlap_than_the_network_sees_shows_and_enough_does_not(tmp_path: Path) -> None:
    weights, data = save(tmp_path), generated(1, 40, 40)
    whole = enhance(data, weights, 160).final.images
    cut = enhance(data, weights, 160, tile_px=16, overlap_px=0)
    ample = enhance(data, weights, 160, tile_px=16, overlap_px=9)
    assert float((cut.final.images - whole).abs().max()) > 0.05
    torch.testing.assert_close(ample.final.images, whole, rtol=0, atol=1e-5)
    assert cut.provenance[-1].runtime["overlap_px"] == 0


def smooth(n: int, side: int) -> Tensor:
    return F.interpolate(images(n, 5, 5) - 0.5, (side, side), mode="bicubic").clamp(-1, 1)


def test_colour_match_takes_a_cast_away_and_leaves_the_detail() -> None:
    source = smooth(2, 64)
    truth = smooth(2, 256)
    generator = torch.Generator().manual_seed(3)
    detail = 0.05 * torch.randn(truth.shape, generator=generator)
    detail -= F.interpolate(F.avg_pool2d(detail, 32), scale_factor=32)  # finer than a cell: not a colour
    cast = torch.zeros_like(truth)
    cast[:, 0, :, 128:] = 0.3  # red, in the right half alone
    matched = match_colours((truth + detail + cast).clamp(-1, 1), source)
    before, after = (
        (each - truth - detail)[..., 160:].abs().mean() for each in (truth + detail + cast, matched)
    )
    assert float(after) < 0.15 * float(before)
    # away from the edge of the cast, what is fine is as it was
    fine = matched[..., 160:] - F.avg_pool2d(matched, 9, 1, 4)[..., 160:]
    wanted = (truth + detail)[..., 160:] - F.avg_pool2d(truth + detail, 9, 1, 4)[..., 160:]
    assert float((fine - wanted).square().mean()) < 0.01 * float(wanted.square().mean())


@pytest.mark.parametrize("size", [(1, 1), (3, 70), (9, 8)])
def test_colour_match_takes_pictures_of_any_size(size: tuple[int, int]) -> None:
    source = torch.full((1, 3, *size), 0.25)
    drifted = torch.full((1, 3, 4 * size[0], 4 * size[1]), -0.5)
    torch.testing.assert_close(match_colours(drifted, source), torch.full_like(drifted, 0.25))


def test_colour_match_is_a_setting_and_stands_in_the_record(tmp_path: Path) -> None:
    data, weights = generated(1, 32, 32), save(tmp_path)
    plain, matched = (enhance(data, weights, 128, colour_match=on) for on in (False, True))
    means = [images.mean(dim=(2, 3)) for images in (data.images, plain.final.images, matched.final.images)]
    assert float((means[2] - means[0]).abs().max()) < 0.3 * float((means[1] - means[0]).abs().max())
    assert matched.provenance[-1].settings["colour_match"] is True
    assert "colour_match" not in plain.provenance[-1].settings
    lanczos = LanczosEnhancer()
    one, other = (lanczos.enhance(data, IES(side=64, colour_match=on)) for on in (False, True))
    assert torch.equal(one.final.images, other.final.images)


def test_a_network_of_scale_2_reaches_4_in_two_passes() -> None:
    network = random_network(RRDB_X2)
    engine = Engine(network, scale=2, overlap_px=32, multiple=2)
    pixels = images(1, 6, 8)
    done = engine.enlarge(pixels, 2, 64).results[1]
    torch.testing.assert_close(done, network(network(pixels).clamp(0, 1)).clamp(0, 1), rtol=0, atol=1e-5)
