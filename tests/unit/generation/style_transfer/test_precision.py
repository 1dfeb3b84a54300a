"""Features in bfloat16: near those in float32, taken where they are faster, and noted."""

from pathlib import Path

import pytest
import torch

from components.generation.style_transfer.algorithm import Task, Unattended
from components.generation.style_transfer.generator import StyleGenerator
from components.generation.style_transfer.matching import Gatys
from components.generation.style_transfer.objective import Objective, Targets
from components.generation.style_transfer.statistics import Gram
from components.networks.speed import OVERRIDE, bfloat16_units
from components.networks.vgg19_taps import VGG19Taps
from interfaces.errors import SettingsError
from interfaces.igs import IGS, Stylize
from tests.samples import paint
from tests.unit.generation.style_transfer.small_features import make_task, picture

LAYERS = ["relu1_1", "relu2_1", "relu3_1"]


@pytest.fixture(scope="module")
def exact() -> VGG19Taps:
    return VGG19Taps(None)


@pytest.fixture(scope="module")
def rounded() -> VGG19Taps:
    return VGG19Taps(None, precision="bfloat16")


def test_maps_in_bfloat16_are_float32_and_within_two_percent(exact: VGG19Taps, rounded: VGG19Taps) -> None:
    wanted, found = exact(picture(1), LAYERS), rounded(picture(1), LAYERS)
    for layer in LAYERS:
        assert found[layer].dtype == torch.float32
        error = (found[layer] - wanted[layer]).norm() / wanted[layer].norm()
        assert 0 < error < 0.02


def test_an_image_made_in_bfloat16_is_as_good_by_the_exact_loss_within_five_percent(
    exact: VGG19Taps, rounded: VGG19Taps
) -> None:
    def task(features: VGG19Taps) -> Task:
        return make_task(features, steps=30, content_layers=("relu3_1",), style_layers=tuple(LAYERS))

    first, other = (Gatys().transfer(task(features), Unattended()) for features in (exact, rounded))
    loss = Objective(
        exact,
        Targets(picture(1), [picture(2, 44, 36)], [1.0], ()),
        Gram(),
        Gatys.balance,
        {"relu3_1": 1.0},
        dict.fromkeys(LAYERS, 1 / 3),
    )
    with torch.no_grad():
        assert float(loss(other).total) == pytest.approx(float(loss(first).total), rel=0.05)
    assert not torch.equal(first, other)


@pytest.fixture
def settings(tmp_path: Path) -> IGS:
    for seed, name in enumerate(("content.png", "style.png")):
        paint(48, 40, seed=seed).save(tmp_path / name)
    source = Stylize(
        paths=(tmp_path / "content.png",),
        styles=(tmp_path / "style.png",),
        size=32,
        smallest=32,
        steps=2,
        features="random",
        content_layers=("relu1_1",),
        style_layers=("relu1_1",),
    )
    return IGS(count=1, seed=1, source=source)


def with_precision(settings: IGS, precision: str) -> IGS:
    source = settings.source.model_copy(update={"precision": precision})
    return settings.model_copy(update={"source": source})


@pytest.mark.parametrize("name", ["float32", "bfloat16"])
def test_the_record_says_at_which_precision_it_was(
    settings: IGS, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "bfloat16" and bfloat16_units() is None:
        pytest.skip("this processor has no units for bfloat16")
    monkeypatch.setenv(OVERRIDE, name)
    (taken,) = StyleGenerator().generate(settings, None)
    record = taken.provenance[0]
    assert record.runtime["precision"] == name
    assert "precision" not in record.settings["source"]  # type: ignore[operator]  # a JSON object
    monkeypatch.setenv(OVERRIDE, "float32")
    (asked,) = StyleGenerator().generate(with_precision(settings, name), None)
    assert torch.equal(asked.images, taken.images)
    assert asked.provenance[0] == record


def test_bfloat16_without_units_is_refused(settings: IGS, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.generation.style_transfer.generator.bfloat16_units", lambda: None)
    with pytest.raises(SettingsError, match="units"):
        list(StyleGenerator().generate(with_precision(settings, "bfloat16"), None))
