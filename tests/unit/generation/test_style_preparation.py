"""What style transfer takes for pictures, how large it makes them, and what it refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
import torch
from PIL import Image

from components.generation.style_transfer.generator import StyleGenerator
from components.generation.style_transfer.preparation import check_pictures, prepare
from components.imaging.picture_file import read_picture
from interfaces.errors import DataError, SettingsError
from interfaces.igdt import IGDT
from interfaces.igs import IGS, Noise
from tests.unit.generation.style_pictures import picture_of, settings_of, waves, write_picture

STYLE = picture_of(waves(40, 36, seed=1))


@pytest.fixture
def style(tmp_path: Path) -> Path:
    return write_picture(tmp_path / "style.png", waves(40, 36, seed=1))


def generate(content: Path, style: Path, **values: Any) -> IGDT:
    settings = settings_of(paths=[content], styles=[style], **values)
    [data] = StyleGenerator().generate(IGS(source=settings, seed=5), None)
    return data


@pytest.mark.parametrize(
    ("size", "wanted"),
    [((64, 48), (32, 24)), ((20, 20), (32, 32)), ((30, 60), (16, 32)), ((33, 32), (32, 31))],
)
def test_the_longer_side_is_that_of_the_settings_and_the_shorter_one_follows(
    size: tuple[int, int], wanted: tuple[int, int]
) -> None:
    ready = prepare(settings_of(), picture_of(waves(*size)), [STYLE], [])
    assert tuple(ready.content.shape) == (1, 3, wanted[1], wanted[0])


def test_the_size_is_that_of_the_changed_composition() -> None:
    content = picture_of(waves(80, 40))
    ready = prepare(settings_of(crop="1:1", rotate=90, canvas=0.25), content, [STYLE], [])
    assert tuple(ready.content.shape[2:]) == (32, 32)


@pytest.mark.parametrize(
    ("size", "scale", "wanted"),
    [
        ((40, 36), 1.0, (32, 36 * 32 / 40)),
        ((64, 64), 0.5, (32, 32)),
        ((40, 36), 4.0, (128, 115)),
        ((320, 40), 1.0, (256, 32)),
    ],
)
def test_a_style_is_scaled_beside_the_image_and_keeps_its_aspect(
    size: tuple[int, int], scale: float, wanted: tuple[float, float]
) -> None:
    settings = settings_of(style_scale=scale)
    ready = prepare(settings, picture_of(waves(40, 40)), [picture_of(waves(*size))], [])
    height, width = ready.styles[0].shape[2:]
    if (size, scale) == ((40, 36), 1.0):  # 29 pixels would be too few
        wanted = (36, 32)
    assert (width, height) == wanted


def test_an_image_that_is_only_prepared_is_the_content_itself() -> None:
    content = picture_of(waves(32, 24))
    ready = prepare(settings_of(), content, [STYLE], [])
    assert torch.equal(ready.content, content.image)
    assert torch.equal(ready.finish(ready.content), content.image)
    assert ready.alpha is None
    assert ready.regions == ()


def test_opacity_is_kept_and_what_is_clear_takes_the_colours_around_it(tmp_path: Path, style: Path) -> None:
    image = waves(32, 32).clone()
    alpha = torch.ones(1, 1, 32, 32)
    alpha[..., 16:] = 0
    image[..., 16:] = 1.0  # what nobody sees
    image[..., :16] = -0.5
    ready = prepare(settings_of(), picture_of(image, alpha), [STYLE], [])
    torch.testing.assert_close(ready.content, torch.full_like(image, -0.5), atol=0.01, rtol=0)
    made = generate(write_picture(tmp_path / "cut.png", image, alpha), style)
    assert made.alpha is not None
    assert torch.equal(made.alpha, alpha)


def test_of_a_style_counts_what_is_opaque_and_clear_parts_within_are_white() -> None:
    image = torch.full((1, 3, 60, 80), -1.0)
    image[:, :, 10:50, 20:70] = 0.5
    alpha = torch.zeros(1, 1, 60, 80)
    alpha[:, :, 10:50, 20:70] = 1
    alpha[:, :, 20:30, 30:40] = 0
    settings = settings_of(size=50)
    [style] = prepare(settings, picture_of(waves(50, 50)), [picture_of(image, alpha)], []).styles
    assert tuple(style.shape[2:]) == (40, 50)
    assert style[0, :, 15, 15].tolist() == [1, 1, 1]
    torch.testing.assert_close(style[0, :, 0, 0], torch.full((3,), 0.5), atol=0.01, rtol=0)


def test_a_style_that_is_wholly_clear_is_refused() -> None:
    clear = picture_of(waves(40, 40), torch.zeros(1, 1, 40, 40))
    with pytest.raises(DataError, match=r"style 1 \(style-1.png\): wanted a picture that can be seen"):
        prepare(settings_of(), picture_of(waves(40, 40)), [clear], [])


@pytest.mark.parametrize("size", [(31, 40), (40, 31), (5, 5)])
def test_a_style_smaller_than_32_pixels_is_refused_by_name(size: tuple[int, int]) -> None:
    with pytest.raises(
        DataError, match=rf"style 2 \(style-2.png\): wanted at least 32 px each way, got {size[0]}x{size[1]}"
    ):
        prepare(settings_of(style_count=2), picture_of(waves(40, 40)), [STYLE, picture_of(waves(*size))], [])


def test_a_mask_of_another_size_is_refused() -> None:
    content, mask = picture_of(waves(40, 30)), picture_of(torch.ones(1, 3, 40, 30))
    with pytest.raises(DataError, match="mask 1: wanted it as large as the content, 40x30, got 30x40"):
        prepare(settings_of(masks=["m.png"]), content, [STYLE], [mask])


def test_masks_that_are_all_black_are_refused() -> None:
    black = picture_of(-torch.ones(1, 3, 30, 40))
    with pytest.raises(DataError, match="masks: wanted white where a style goes, got only black"):
        prepare(settings_of(masks=["m.png"]), picture_of(waves(40, 30)), [STYLE], [black])


def test_masks_that_are_black_in_what_is_left_of_the_picture_are_refused() -> None:
    mask = torch.full((1, 3, 30, 40), -1.0)
    mask[..., 30:] = 1
    asked = settings_of(masks=["m.png"], crop="0,0,0.5,1")
    content = picture_of(waves(40, 30))
    with pytest.raises(
        DataError, match="the content: wanted masks with white in what is left of the picture"
    ):
        prepare(asked, content, [STYLE], [picture_of(mask)])
    assert prepare(asked, content, [STYLE], [picture_of(-mask)]).regions[0].min() == 1


def test_pictures_are_checked_without_being_prepared() -> None:
    ribbon = picture_of(waves(400, 10))
    too_thin: list[dict[str, Any]] = [{}, {"rotate": 90.0}, {"rotate": 100.0, "canvas": 0.01}]
    for changes in too_thin:
        with pytest.raises(DataError, match="the ribbon: wanted at least 16 px each way"):
            check_pictures(settings_of(**changes), ribbon, [STYLE], [], "the ribbon")
    check_pictures(settings_of(canvas=1.0, rotate=3.0), ribbon, [STYLE], [])
    check_pictures(settings_of(crop="2:1"), ribbon, [STYLE], [])


def test_a_content_of_which_nothing_would_be_left_is_refused_and_told_the_size_that_would_do(
    tmp_path: Path, style: Path
) -> None:
    ribbon = write_picture(tmp_path / "ribbon.png", waves(400, 10))
    with pytest.raises(
        DataError, match=r"ribbon.png: wanted at least 16 px .* got 32x1 of a picture of 400x10; .*size 640"
    ):
        generate(ribbon, style)
    assert tuple(generate(ribbon, style, size=640).images.shape[2:]) == (16, 640)
    assert tuple(generate(ribbon, style, crop="1:1").images.shape[2:]) == (32, 32)


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_grey_and_16_bit_pictures_are_taken_with_all_their_bits_and_the_image_is_in_colour(
    suffix: str, tmp_path: Path, style: Path
) -> None:
    ramp = np.linspace(0, 65535, 32 * 32).astype(np.uint16).reshape(32, 32)
    path = tmp_path / f"deep.{suffix}"
    if suffix == "tiff":
        tifffile.imwrite(path, ramp, photometric="minisblack")
    else:
        Image.fromarray(ramp).save(path)
    ready = prepare(settings_of(), read_picture(path.read_bytes()), [STYLE], [])
    assert len(ready.content[0, 0].unique()) == 32 * 32
    made = generate(path, style)
    assert not torch.allclose(made.images[:, 0], made.images[:, 1])
    assert not made.origins[0].is_grey  # what preserves it would write it without its colours


def test_a_run_is_looked_at_with_the_size_that_it_has(tmp_path: Path, style: Path) -> None:
    ribbon = write_picture(tmp_path / "ribbon.png", waves(400, 10))
    asked = IGS(source=settings_of(paths=[ribbon], styles=[style], size=640))
    assert StyleGenerator().settled(asked) == asked
    with pytest.raises(DataError, match="wanted at least 16 px each way"):
        StyleGenerator().settled(IGS(source=settings_of(paths=[ribbon], styles=[style], size=600)))


def test_a_photograph_that_was_taken_upright_is_stylized_upright(tmp_path: Path, style: Path) -> None:
    photo = Image.fromarray(np.zeros((20, 40, 3), np.uint8))
    photo.paste((255, 255, 255), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rows of the file are columns from the right
    photo.save(tmp_path / "photo.png", exif=exif)
    data = generate(tmp_path / "photo.png", style)
    assert tuple(data.images.shape[2:]) == (32, 16)
    assert float(data.images[..., :15, :].mean()) > float(data.images[..., 17:, :].mean())


@pytest.mark.parametrize(
    ("name", "content", "wanted"),
    [
        ("text.png", b"no picture", "text.png: cannot be read as a picture"),
        ("gone.png", None, "gone.png cannot be read: No such"),
    ],
)
@pytest.mark.parametrize("role", ["content", "style"])
def test_what_cannot_be_read_is_named(
    role: str, name: str, content: bytes | None, wanted: str, tmp_path: Path, style: Path
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    paths = (tmp_path / name, style) if role == "content" else (style, tmp_path / name)
    with pytest.raises(DataError, match=wanted):
        generate(*paths)


def test_a_source_of_another_kind_and_a_setting_that_the_algorithm_has_no_use_for_are_refused(
    style: Path,
) -> None:
    with pytest.raises(SettingsError, match="source: wanted stylize, got noise"):
        list(StyleGenerator().generate(IGS(source=Noise()), None))
    with pytest.raises(SettingsError, match="steps: reinhard makes no use of it, so wanted 300, got 3"):
        generate(style, style, steps=3)


def test_original_colours_give_the_brightness_of_the_algorithms_image_alone(
    style: Path, tmp_path: Path
) -> None:
    content = write_picture(tmp_path / "content.png", waves(32, 32) * 0.3)
    kept = generate(content, style, original_colours=True).images
    own = read_picture(content.read_bytes()).image
    # differences of two channels have no brightness in them
    torch.testing.assert_close(kept[:, 0] - kept[:, 2], own[:, 0] - own[:, 2], atol=1e-5, rtol=0)
    torch.testing.assert_close(kept[:, 1] - kept[:, 2], own[:, 1] - own[:, 2], atol=1e-5, rtol=0)
    assert float((kept - generate(content, style).images).abs().mean()) > 0.1


def test_each_change_makes_another_image_and_stands_in_its_provenance(style: Path, tmp_path: Path) -> None:
    rng = torch.Generator().manual_seed(0)
    noise = torch.randn(1, 3, 40, 48, generator=rng) * 0.1
    content = write_picture(tmp_path / "content.png", (waves(48, 40) * 0.7 + noise).clamp(-1, 1))
    plain = generate(content, style)
    changes: dict[str, object] = {
        "flip": "horizontal", "rotate": 10.0, "crop": "1:1", "canvas": 0.1, "denoise_before": 1.0,
        "denoise_after": 1.0, "original_colours": True,
    }  # fmt: skip
    for name, value in changes.items():
        made = generate(content, style, **{name: value})
        assert not torch.equal(made.images, plain.images), name
        assert made.provenance[0].settings["source"][name] == value  # type: ignore[index,call-overload]  # JSON


def test_noise_is_taken_out_before_the_picture_is_enlarged() -> None:
    """Enlarged noise is no noise to any measure: it would stay."""
    rng = torch.Generator().manual_seed(0)
    even = torch.randn(1, 3, 32, 32, generator=rng) * 0.1
    ready = prepare(settings_of(size=128, denoise_before=1.0), picture_of(even), [STYLE], [])
    assert float(ready.content.std()) < 0.4 * float(even.std())
