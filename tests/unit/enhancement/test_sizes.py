"""The plain resize, and which sizes come from where."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from components.enhancement import LanczosEnhancer
from components.enhancement.resize import resize
from components.enhancement.sizes import target_size
from interfaces.errors import SettingsError
from interfaces.ies import IES
from tests.unit.enhancement.networks import generated, images


def test_a_resize_agrees_with_eight_bit_lanczos_to_its_rounding() -> None:
    picture = np.random.default_rng(0).integers(96, 160, (20, 30, 3), dtype=np.uint8)
    eight_bit = np.asarray(Image.fromarray(picture).resize((75, 44), Image.Resampling.LANCZOS)).astype(float)
    floating = resize(torch.from_numpy(picture).permute(2, 0, 1)[None].float(), (75, 44), low=0, high=255)
    # eight bits round twice, after each direction; the range leaves room for the overshoot
    assert np.abs(floating[0].permute(1, 2, 0).numpy() - eight_bit).max() <= 1.5


def test_a_resize_stays_in_range_where_lanczos_overshoots() -> None:
    edge = torch.full((1, 1, 8, 8), -1.0)
    edge[..., 4:] = 1.0
    enlarged = resize(edge, (64, 64), low=-1.0, high=1.0)
    assert (float(enlarged.min()), float(enlarged.max())) == (-1.0, 1.0)


def test_a_resize_to_the_same_size_is_the_thing_itself() -> None:
    planes = images(1, 5, 7)
    assert resize(planes, (7, 5), low=0, high=1) is planes


@given(
    width=st.integers(1, 400),
    height=st.integers(1, 400),
    side=st.integers(1, 1024),
    factor=st.floats(0.01, 8),
)
def test_the_wanted_size_is_met_exactly_and_keeps_the_proportions(
    width: int, height: int, side: int, factor: float
) -> None:
    by_side = target_size((width, height), IES(side=side))
    assert max(by_side) == side
    by_scale = target_size((width, height), IES(scale=factor))
    for got, old in zip(by_scale, (width, height), strict=True):
        ratio = max(by_scale) / max(width, height)
        assert abs(got - old * ratio) <= 1
    assert abs(max(by_scale) - max(width, height) * factor) <= 1


def test_a_scale_cannot_get_round_the_limit_of_the_side() -> None:
    with pytest.raises(SettingsError, match="at most 16384 px, got 64 times 1024 px"):
        target_size((1024, 8), IES(scale=64))


def test_kept_sizes_rise_and_the_generated_one_is_bit_identical() -> None:
    data = generated(2, 6, 8, alpha=True, origins=True)
    done = LanczosEnhancer().enhance(data, IES(side=32, keep=(16, 8, 4, 16)))
    assert [sized.size for sized in done.kept] == [(4, 3), (8, 6), (16, 12)]
    assert done.final.size == (32, 24)
    assert torch.equal(done.kept[1].images, data.images)
    assert data.alpha is not None
    assert done.kept[1].alpha is not None
    assert torch.equal(done.kept[1].alpha, data.alpha)
    assert done.final.alpha is not None
    assert done.final.alpha.shape == (2, 1, 24, 32)
    assert (done.seeds, done.origins, done.enhancer) == (data.seeds, data.origins, "lanczos")
    assert [record.stage for record in done.provenance] == ["generation", "enhancement"]


def test_the_generated_size_is_the_generated_image() -> None:
    data = generated()
    done = LanczosEnhancer().enhance(data, IES(side=8, strength=0.3))
    assert torch.equal(done.final.images, data.images)
    assert done.kept == ()


def test_a_size_to_keep_must_be_smaller_than_the_result() -> None:
    with pytest.raises(ValidationError, match="keep: wanted sides of 1 to less than"):
        IES(side=16, keep=(16,))
    with pytest.raises(SettingsError, match="less than the result's 16, got \\[16\\]"):
        LanczosEnhancer().enhance(generated(), IES(scale=2, keep=(16,)))


def test_an_image_does_not_depend_on_the_others() -> None:
    three, one = generated(3), generated(1)
    assert torch.equal(three.images[:1], one.images)
    whole = LanczosEnhancer().enhance(three, IES(side=20)).final.images
    assert torch.equal(whole[:1], LanczosEnhancer().enhance(one, IES(side=20)).final.images)


def test_what_the_record_says_does_not_depend_on_sizes_kept_beside() -> None:
    alone, beside = IES(side=20), IES(side=20, keep=(8,))
    records = [LanczosEnhancer().enhance(generated(), s).provenance[-1] for s in (alone, beside)]
    assert records[0] == records[1]
    assert records[0].settings == {
        "side": 20,
        "scale": None,
        "strength": 1.0,
        "enhancer": {"kind": "lanczos"},
    }
