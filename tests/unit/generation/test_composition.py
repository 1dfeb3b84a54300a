"""Changes of the composition: what each does, and that masks and opacity go where the content goes."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor

from components.generation.style_transfer.composition import composed
from components.generation.style_transfer.preparation import prepare
from interfaces.crop import crop_box
from tests.unit.generation.style_pictures import picture_of, settings_of, waves

CROPS = st.sampled_from(
    [None, "1:1", "4:3", "1:3", "16:9", "0.1,0,0.9,1", "0.25,0.25,0.75,0.8", "0,0,0.01,0.01"]
)
CHANGES = st.fixed_dictionaries(
    {
        "flip": st.sampled_from(["none", "horizontal", "vertical", "both"]),
        "rotate": st.floats(-180, 180) | st.sampled_from([0.0, 90.0, 180.0, -90.0, 45.0]),
        "crop": CROPS,
        "canvas": st.floats(0, 1),
    }
)


def compose(image: Tensor, **changes: Any) -> Tensor:
    return composed(image, settings_of(**changes))


def numbered(width: int, height: int) -> Tensor:
    return torch.arange(float(width * height)).view(1, 1, height, width)


def test_a_picture_is_mirrored_left_and_right_and_top_and_bottom() -> None:
    image = numbered(3, 2)
    assert compose(image, flip="horizontal")[0, 0].tolist() == [[2, 1, 0], [5, 4, 3]]
    assert compose(image, flip="vertical")[0, 0].tolist() == [[3, 4, 5], [0, 1, 2]]
    assert compose(image, flip="both")[0, 0].tolist() == [[5, 4, 3], [2, 1, 0]]


@pytest.mark.parametrize(
    ("degrees", "wanted"),
    [
        (90, [[2, 5], [1, 4], [0, 3]]),
        (-90, [[3, 0], [4, 1], [5, 2]]),
        (180, [[5, 4, 3], [2, 1, 0]]),
        (-180, [[5, 4, 3], [2, 1, 0]]),
    ],
)
def test_quarters_turn_the_frame_counter_clockwise_and_every_pixel_is_kept(
    degrees: float, wanted: list[list[float]]
) -> None:
    assert compose(numbered(3, 2), rotate=degrees)[0, 0].tolist() == wanted


@pytest.mark.parametrize(("width", "height"), [(41, 41), (61, 31), (30, 62)])
@pytest.mark.parametrize("degrees", [10.0, -30.0, 45.0, 100.0, 170.0])
def test_a_picture_is_turned_as_pillow_turns_it(width: int, height: int, degrees: float) -> None:
    image = waves(width, height)[:, :1]
    quarters = round(degrees / 90)
    framed = torch.rot90(image, quarters, (2, 3))
    turned = Image.fromarray(framed[0, 0].numpy()).rotate(
        degrees - 90 * quarters, resample=Image.Resampling.BILINEAR, fillcolor=9
    )
    wanted = torch.frombuffer(bytearray(turned.tobytes()), dtype=torch.float32).view(framed.shape[2:])
    inside = wanted < 2
    inside[0], inside[-1], inside[:, 0], inside[:, -1] = (
        False,
        False,
        False,
        False,
    )  # Pillow mixes its colour in
    assert inside.float().mean() > 0.4
    got = compose(image, rotate=degrees)[0, 0]
    torch.testing.assert_close(got[inside], wanted[inside], atol=2e-3, rtol=0)


def test_corners_that_come_into_sight_are_mirrored_from_what_is_inside() -> None:
    white = torch.ones(1, 1, 40, 60)
    torch.testing.assert_close(compose(white, rotate=33), white)
    halves = torch.cat([torch.full((1, 1, 40, 30), -1.0), torch.full((1, 1, 40, 30), 1.0)], 3)
    turned = compose(halves, rotate=20)
    assert float(turned[..., 0, 0]) == pytest.approx(-1)
    assert float(turned[..., -1, -1]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("crop", "size"),
    [("1:1", (40, 40)), ("4:3", (53, 40)), ("1:2", (20, 40)), ("3:1", (60, 20)), ("0.5,0,1,0.25", (30, 10))],
)
def test_an_aspect_is_cut_from_the_middle_and_shares_where_they_are(crop: str, size: tuple[int, int]) -> None:
    width, height = size
    image = numbered(60, 40)
    got = compose(image, crop=crop)
    top, left = (0, 30) if "," in crop else ((40 - height) // 2, (60 - width) // 2)
    torch.testing.assert_close(got, image[..., top : top + height, left : left + width])


@pytest.mark.parametrize(
    "text",
    ["", "1", "1:0", "0:1", "a:b", "-1:1", "0.5,0,0.5,1", "0,0,1.1,1", "0,0,1", "1e9:1", "0,0.9,1,0.1"],
)
def test_what_says_no_part_is_none(text: str) -> None:
    assert crop_box(text, 30, 20) is None


def test_a_canvas_mirrors_the_picture_on_every_side() -> None:
    row = torch.tensor([1.0, 2.0, 3.0]).view(1, 1, 1, 3).expand(1, 1, 2, 3)
    got = compose(row, canvas=2 / 3)
    assert tuple(got.shape) == (1, 1, 6, 7)
    assert got[0, 0].tolist() == [[2, 1, 1, 2, 3, 3, 2]] * 6


def test_changes_follow_each_other_as_they_are_listed() -> None:
    image = waves(30, 20)
    changes = {"flip": "horizontal", "rotate": 90.0, "crop": "1:1", "canvas": 0.1}
    step = image
    for name, value in changes.items():
        step = compose(step, **{name: value})
    assert torch.equal(compose(image, **changes), step)
    assert compose(image) is image


@settings(max_examples=50, deadline=None)
@given(changes=CHANGES, width=st.integers(2, 40), height=st.integers(2, 40))
def test_a_picture_stays_within_its_values_and_none_is_made_empty(
    changes: dict[str, Any], width: int, height: int
) -> None:
    image = waves(width, height)
    got = compose(image, **changes)
    assert min(got.shape[2:]) >= 1
    assert got.shape[:2] == image.shape[:2]
    assert float(got.min()) >= float(image.min()) - 1e-6
    assert float(got.max()) <= float(image.max()) + 1e-6


@settings(max_examples=50, deadline=None)
@given(changes=CHANGES, width=st.integers(33, 60), height=st.integers(33, 60))
def test_masks_and_opacity_go_where_the_content_goes(
    changes: dict[str, Any], width: int, height: int
) -> None:
    """A mask that is white where the content is bright is white there still, whatever was changed."""
    bright = (waves(width, height)[:, :1] > 0).float()
    masks = [picture_of((each * 2 - 1).expand(-1, 3, -1, -1)) for each in (bright, 1 - bright)]
    asked = settings_of(style_count=2, masks=("mask.png", "rest.png"), size=64, **changes)
    styles = [picture_of(waves(40, 40))] * 2
    ready = prepare(asked, masks[0], styles, masks)
    cut_out = prepare(asked, picture_of(waves(width, height), bright), styles, masks)
    seen = ready.content.mean(1, keepdim=True) * 0.5 + 0.5
    torch.testing.assert_close(ready.regions[0], seen, atol=0.002, rtol=0)
    torch.testing.assert_close(ready.regions[1], 1 - seen, atol=0.002, rtol=0)
    if not bool((bright == 1).all()):
        assert cut_out.alpha is not None
        torch.testing.assert_close(cut_out.alpha, seen, atol=1e-5, rtol=0)
