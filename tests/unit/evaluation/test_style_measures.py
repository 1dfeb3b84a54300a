"""The measures of a stylized picture are their formulas, and rank pictures as one would."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from components.evaluation.style_measures import StyleMeasures, load_judge, measure_style
from components.networks.squeezenet import SqueezeNetFeatures, squeezenet_shapes
from components.networks.vgg19_taps import VGG19Taps
from interfaces.errors import DataError, SettingsError, WeightsError


@pytest.fixture(scope="module")
def vgg() -> VGG19Taps:
    return VGG19Taps(None)


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> SqueezeNetFeatures:
    rng = torch.Generator().manual_seed(0)
    weights = {
        key: torch.randn(shape, generator=rng)
        * math.sqrt(2 / math.prod(shape[1:]) if len(shape) > 1 else 0.01)
        for key, shape in squeezenet_shapes().items()
    }
    path = tmp_path_factory.mktemp("weights") / "squeezenet.safetensors"
    save_file(weights, path)
    found = load_judge(path)
    assert found is not None
    return found


def picture(seed: int, width: int = 40, height: int = 32) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 6, 6, generator=rng) * 1.8 - 0.9
    return torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")


def values(image: Tensor) -> np.ndarray:
    found: np.ndarray = (image[0].double().numpy() + 1) / 2
    return found


def test_the_squared_error_is_that_of_values_from_0_to_1() -> None:
    black, grey = torch.full((1, 3, 20, 20), -1.0), torch.zeros(1, 3, 20, 20)
    assert measure_style(grey, black, [black]).mse == pytest.approx(0.25)
    image, content = picture(0), picture(1)
    wanted = ((values(image) - values(content)) ** 2).mean()
    assert measure_style(image, content, [content]).mse == pytest.approx(wanted, rel=1e-5)


def independent_ssim(one: np.ndarray, other: np.ndarray) -> float:
    """Wang et al. 2004, equation 13, window by window."""
    places = np.arange(11) - 5
    line = np.exp(-(places**2) / (2 * 1.5**2))
    window = np.outer(line, line) / np.outer(line, line).sum()
    found = []
    for top in range(one.shape[0] - 10):
        for left in range(one.shape[1] - 10):
            a, b = (each[top : top + 11, left : left + 11] for each in (one, other))
            mean_a, mean_b = (window * a).sum(), (window * b).sum()
            var_a, var_b = (window * a * a).sum() - mean_a**2, (window * b * b).sum() - mean_b**2
            shared = (window * a * b).sum() - mean_a * mean_b
            found.append(
                (2 * mean_a * mean_b + 0.01**2) * (2 * shared + 0.03**2)
                / ((mean_a**2 + mean_b**2 + 0.01**2) * (var_a + var_b + 0.03**2))
            )  # fmt: skip
    return float(np.mean(found))


def test_structural_similarity_is_the_formula_of_the_paper() -> None:
    image, content = picture(0, 22, 18), picture(1, 22, 18)
    wanted = np.mean([independent_ssim(a, b) for a, b in zip(values(image), values(content), strict=True)])
    assert measure_style(image, content, [content]).ssim == pytest.approx(wanted, abs=1e-6)


def test_the_gram_distance_is_the_relative_one_of_sums_over_places(vgg: VGG19Taps) -> None:
    image, style = picture(0), picture(1, 36, 44)
    layers = ("relu1_1", "relu2_1")
    wanted = []
    for layer in layers:
        grams = []
        for each in (image, style):
            maps = vgg(each, [layer])[layer][0].double().numpy()
            places = maps.reshape(maps.shape[0], -1).T
            grams.append(np.mean([np.outer(place, place) for place in places], axis=0))
        wanted.append(np.sqrt(((grams[0] - grams[1]) ** 2).sum() / (grams[1] ** 2).sum()))
    got = measure_style(image, image, [style], features=vgg, layers=layers).gram
    assert got == pytest.approx(np.mean(wanted), rel=1e-4)


def test_the_distances_of_features_are_the_formulas(judge: SqueezeNetFeatures) -> None:
    image, content, style = picture(0), picture(1), picture(2, 44, 36)
    got = measure_style(image, content, [style], judge=judge)
    with torch.no_grad():
        maps = [[tap[0].double().numpy() for tap in judge(each)] for each in (image, content, style)]
    near, alike = [], []
    for own, there, other in zip(*maps, strict=True):
        a, b = (each / np.sqrt((each**2).sum(0, keepdims=True) + 1e-300) for each in (own, there))
        near.append(((a - b) ** 2).sum(0).mean())
        here, goal = (
            np.concatenate([each.std(axis=(1, 2)), each.mean(axis=(1, 2))]) for each in (own, other)
        )
        alike.append(np.linalg.norm(here - goal) / np.linalg.norm(goal))
    assert got.content_distance == pytest.approx(np.mean(near), rel=1e-4)
    assert got.style_distance == pytest.approx(np.mean(alike), rel=1e-4)


def test_a_perfect_match_is_nothing_away(vgg: VGG19Taps, judge: SqueezeNetFeatures) -> None:
    image = picture(0)
    got = measure_style(image, image, [image, image], features=vgg, judge=judge)
    assert got == pytest.approx(StyleMeasures(0, 1, 0, 0, 0), abs=1e-5)


def test_what_needs_a_network_that_is_not_there_is_none(vgg: VGG19Taps) -> None:
    image = picture(0)
    got = measure_style(image, image, [image])
    assert (got.gram, got.content_distance, got.style_distance) == (None, None, None)
    assert measure_style(image, image, [image], features=vgg).gram == pytest.approx(0, abs=1e-5)
    assert load_judge(None) is None


def test_an_image_is_compared_with_the_blend_of_its_styles(vgg: VGG19Taps, judge: SqueezeNetFeatures) -> None:
    image, *styles = picture(0), picture(1), picture(2)

    def measured(*blend: float) -> StyleMeasures:
        return measure_style(image, image, styles, blend=blend, features=vgg, judge=judge)

    alone = measure_style(image, image, styles[1:], features=vgg, judge=judge)
    assert measured(0, 5) == pytest.approx(alone, rel=1e-6)
    assert measured() == measured(1, 1) == measured(3, 3)
    assert len({measured(0, 1).gram, measured(1, 1).gram, measured(1, 0).gram}) == 3


def test_of_two_pictures_the_one_with_the_texture_of_the_style_is_nearer_to_it(
    vgg: VGG19Taps, judge: SqueezeNetFeatures
) -> None:
    content = picture(0, 64, 64)
    stripes = (torch.arange(64) // 4 % 2 * 1.6 - 0.8).expand(1, 3, 64, 64).contiguous()
    striped = content * 0.3 + stripes * 0.6
    plain = measure_style(content, content, [stripes], features=vgg, judge=judge)
    styled = measure_style(striped, content, [stripes], features=vgg, judge=judge)
    for near, far in (
        (styled.gram, plain.gram),
        (styled.style_distance, plain.style_distance),
        (plain.content_distance, styled.content_distance),
        (plain.mse, styled.mse),
        (-plain.ssim, -styled.ssim),
    ):
        assert near is not None
        assert far is not None
        assert near < far


@pytest.mark.parametrize(
    ("image", "content", "styles", "wanted"),
    [
        (picture(0), picture(0, 40, 30), [picture(0)], "a content as large as the image, 40x32, got 40x30"),
        (picture(0), picture(0), [], "at least 1 style, got none"),
        (picture(0), picture(0), [picture(0, 40, 15)], "at least 16 px each way, got 40x15"),
    ],
)
def test_pictures_that_cannot_be_compared_are_refused(
    image: Tensor, content: Tensor, styles: list[Tensor], wanted: str
) -> None:
    with pytest.raises(DataError, match=f"measures: wanted {wanted}"):
        measure_style(image, content, styles)


def test_an_unknown_layer_and_a_file_of_another_network_are_refused(vgg: VGG19Taps, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="wanted one of conv1_1"):
        measure_style(picture(0), picture(0), [picture(1)], features=vgg, layers=["relu9_9"])
    save_file({"weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match=r"SqueezeNet 1.1"):
        load_judge(tmp_path / "other.safetensors")


def test_trained_features_rank_a_picture_its_mirror_image_and_another_one(real_data: Path) -> None:
    from components.imaging.picture_file import read_picture

    judge = load_judge(real_data / "weights" / "squeezenet1_1.safetensors")
    cat, coffee = (
        torch.nn.functional.interpolate(
            read_picture((real_data / "style" / name).read_bytes()).image,
            (96, 128),
            mode="bilinear",
            antialias=True,
        )
        for name in ("chelsea.png", "coffee.png")
    )
    noise = torch.randn(cat.shape, generator=torch.Generator().manual_seed(0))
    rough = (cat + 0.1 * noise).clamp(-1, 1)
    near, mirrored, far = (
        measure_style(each, cat, [cat], judge=judge) for each in (rough, cat.flip(3), coffee)
    )
    distances = [near.content_distance, mirrored.content_distance, far.content_distance]
    assert all(each is not None for each in distances)
    assert distances == sorted(distances, key=float)  # type: ignore[arg-type]  # none is None
    assert mirrored.style_distance is not None
    assert far.style_distance is not None
    assert mirrored.style_distance < far.style_distance / 2
