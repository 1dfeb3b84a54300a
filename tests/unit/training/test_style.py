"""The training of a network of one style: what it learns, what it writes, how it goes on, what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from components.networks.vgg19_taps import VGG19Taps
from components.training import StyleSettings, StyleTrainer, any_settings_with, rehearse
from components.training.style.losses import PerceptualLoss, gram, roughness
from interfaces.errors import CheckpointError, SettingsError
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import TrainingObserver
from pipeline.component_check.samples import picture
from pipeline.settings.config import DataConfig, TrainingConfig
from pipeline.train.training import Learning
from storage.run_folder import DirectoryFolder
from tests.processes import run_until
from tests.samples import paint
from tests.unit.training.tiny_enhancer import Watch, make_squares

NewFolder = Callable[[], DirectoryFolder]


@pytest.fixture
def style(tmp_path: Path) -> Path:
    path = tmp_path / "style.png"
    paint(48, 40, seed=9).save(path)
    return path


def tiny(picture: Path, **changes: Any) -> StyleSettings:
    smallest = StyleSettings.smallest(16, 6)
    return StyleSettings.model_validate({**dict(smallest), "style": str(picture), **changes})


def lines(folder: DirectoryFolder) -> list[dict[str, float]]:
    found = [json.loads(line) for line in folder.read("log.jsonl").splitlines()]
    return [{name: value for name, value in line.items() if name != "seconds"} for line in found]


def test_it_writes_a_model_that_says_whose_style_it_has(
    squares: IPDT, style: Path, new_folder: NewFolder
) -> None:
    folder = new_folder()
    model = StyleTrainer(tiny(style, name="ours", licence="CC0")).train(squares, folder)
    assert model is not None
    described: Any = json.loads(folder.read("model.json"))
    assert described["training"]["settings"]["style"] == "style.png"
    digest = described["training"]["style_sha256"]
    assert (model.name, model.licence, model.architecture.kind) == ("ours", "CC0", "style-transfer")
    assert set(model.metrics) == {"style_loss", "content_loss"}
    content = model.weights_path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    note = json.loads(header["__metadata__"]["artgen"])
    assert (note["style_sha256"], note["licence"]) == (digest, "CC0")
    assert str(style.parent) not in json.dumps(described)


def test_it_comes_nearer_to_the_style_with_every_step_or_so(
    squares: IPDT, style: Path, new_folder: NewFolder
) -> None:
    folder = new_folder()
    StyleTrainer(tiny(style, steps=40, learning_rate=0.01)).train(squares, folder)
    losses = [line["style_loss"] for line in lines(folder)]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


def test_without_a_weight_for_the_style_it_learns_the_content(
    squares: IPDT, style: Path, new_folder: NewFolder
) -> None:
    folder = new_folder()
    settings = tiny(style, steps=40, learning_rate=0.01, style_weight=0, smoothness=0)
    StyleTrainer(settings).train(squares, folder)
    found = lines(folder)
    assert all(line["loss"] == pytest.approx(line["content_loss"]) for line in found)
    assert np.mean([line["loss"] for line in found[-5:]]) < 0.7 * np.mean(
        [line["loss"] for line in found[:5]]
    )


def test_killed_and_resumed_it_makes_the_bytes_of_one_that_was_left_alone(
    style: Path, tmp_path: Path, new_folder: NewFolder
) -> None:
    whole, killed = new_folder(), DirectoryFolder(tmp_path / "run")
    for kill_at in (9, 17):
        assert run_until(kill_at, _train_in, tmp_path) != 0
        assert killed.names("model.*") == []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        StyleTrainer(tiny(style, steps=24)).train(make_squares(tmp_path), whole)
        StyleTrainer(tiny(style, steps=24)).train(make_squares(tmp_path), killed, resume=True)
    finally:
        torch.set_num_threads(threads)
    assert killed.read("model.safetensors") == whole.read("model.safetensors")
    assert lines(killed) == lines(whole)


def _train_in(folder: Path, observer: TrainingObserver) -> None:
    trainer = StyleTrainer(tiny(folder / "style.png", steps=24, checkpoint_every=7))
    trainer.train(make_squares(folder), DirectoryFolder(folder / "run"), resume=True, observers=[observer])


def test_its_preview_shows_the_same_pictures_and_what_it_makes_of_them(
    squares: IPDT, style: Path, new_folder: NewFolder
) -> None:
    watch, later = Watch(1), Watch(3)
    StyleTrainer(tiny(style)).train(squares, new_folder(), observers=[watch])
    StyleTrainer(tiny(style)).train(squares, new_folder(), observers=[later])
    of_test = torch.from_numpy(np.array(squares.images[:3])).permute(0, 3, 1, 2).float() / 127.5 - 1
    # three pictures are held out: the fourth pair is the first again
    for shown in (watch.pictures, later.pictures):
        assert torch.allclose(shown[::2], of_test[[0, 1, 2, 0]])
    assert not torch.equal(watch.pictures[1::2], later.pictures[1::2])


def test_a_finished_model_can_be_the_start_of_another(
    squares: IPDT, style: Path, new_folder: NewFolder
) -> None:
    first = StyleTrainer(tiny(style, steps=40, learning_rate=0.01)).train(squares, new_folder())
    assert first is not None
    watch, anew = Watch(1), Watch(1)
    settings = tiny(style, start=str(first.weights_path))
    StyleTrainer(settings).train(squares, new_folder(), observers=[watch])
    StyleTrainer(tiny(style)).train(squares, new_folder(), observers=[anew])
    assert watch.values[0]["style_loss"] < anew.values[0]["style_loss"]
    wider = tiny(style, start=str(first.weights_path), network={"side": 16, "width": 8, "blocks": 1})
    with pytest.raises(CheckpointError, match="start: the checkpoint belongs to another network"):
        StyleTrainer(wider).train(squares, new_folder())


def test_it_goes_on_with_the_same_style_alone(squares: IPDT, style: Path, new_folder: NewFolder) -> None:
    folder = new_folder()
    StyleTrainer(tiny(style)).train(squares, folder, observers=[Watch(2)])
    moved = style.rename(style.with_name("moved.png"))
    with pytest.raises(
        SettingsError, match=r"style: wanted the path of a picture, got .*style\.png \(No such"
    ):
        StyleTrainer(tiny(style)).train(squares, folder, resume=True)
    paint(48, 40, seed=10).save(style)
    with pytest.raises(CheckpointError, match="holds a training of another configuration: style SHA-256"):
        StyleTrainer(tiny(style)).train(squares, folder, resume=True)
    assert StyleTrainer(tiny(moved)).train(squares, folder, resume=True) is not None


def test_a_dry_run_says_what_it_will_take_and_needs_the_style(squares: IPDT, style: Path) -> None:
    found = rehearse(StyleTrainer(tiny(style, steps=90)), squares)
    assert (found.images, found.steps, found.critic_parameters) == (9, 90, 0)
    with pytest.raises(
        SettingsError, match="style: wanted the picture whose style shall be learnt, got none"
    ):
        rehearse(StyleTrainer(StyleSettings.smallest(16, 3)), squares)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"style_layers": "relu9_1"}, r"style_layers\.0: layer: wanted one of conv1_1, .*Did you mean"),
        ({"content_layers": ""}, "content_layers: wanted at least one layer, got none"),
        ({"style_weight": "0", "content_weight": "0"}, "wanted one of them above 0, got 0 and 0"),
        ({"style_weight": "-1"}, "style_weight: .*greater than or equal to 0"),
    ],
)
def test_refuses_settings_by_which_nothing_can_be_learnt(changes: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        any_settings_with("style-feedforward", changes)


def test_refuses_what_does_not_fit(squares: IPDT, style: Path, tmp_path: Path, new_folder: NewFolder) -> None:
    (tmp_path / "small.png").write_bytes(picture(20, 90, (1, 2, 3)))
    (tmp_path / "text.png").write_text("no picture")
    for changes, message in (
        ({"network": {"side": 32}}, "network.side: wanted RGB squares of 32 pixels, got 16 pixels"),
        ({"batch": 10}, "batch: wanted at most the 9 training images of the pack, got 10"),
        ({"style": str(tmp_path / "small.png")}, "wanted a picture of at least 32 px each way, got 20x90"),
        ({"style": str(tmp_path / "text.png")}, r"style: text\.png: cannot be read as a picture"),
    ):
        with pytest.raises(SettingsError, match=message):
            StyleTrainer(tiny(style, **changes)).train(squares, new_folder())


def test_a_style_that_is_not_there_is_told_before_anything_is_prepared(tmp_path: Path) -> None:
    for overrides, message in (
        ({}, "style: wanted the picture whose style shall be learnt, got none; give --set style=FILE"),
        ({"style": "gone.jpg"}, r"style: wanted the path of a picture, got 'gone\.jpg', where no file is"),
    ):
        training = TrainingConfig(preset="style-feedforward", overrides={"features": "random", **overrides})
        with pytest.raises(SettingsError, match=message):
            Learning(DataConfig(source=str(tmp_path)), training)


def test_the_losses_are_those_of_the_formulas(style: Path) -> None:
    draw = torch.Generator().manual_seed(0)
    made, pictures, of_style = (torch.rand(n, 3, 32, 32, generator=draw) * 2 - 1 for n in (2, 2, 1))
    features = VGG19Taps(None, upto=("relu2_1",))
    settings = tiny(style, style_layers=("relu1_1", "relu2_1"), content_layers=("relu1_2",), style_weight=3.0)
    found = PerceptualLoss(features, of_style, settings)(made, pictures)

    def grams(images: torch.Tensor, layer: str) -> np.ndarray:
        maps = features(images, [layer])[layer].double().numpy()
        means: np.ndarray = np.einsum("nchw,ndhw->ncd", maps, maps) / (maps.shape[2] * maps.shape[3])
        return means

    shares = [
        ((grams(made, layer) - grams(of_style, layer)) ** 2).sum() / 2 / (grams(of_style, layer) ** 2).sum()
        for layer in ("relu1_1", "relu2_1")
    ]
    maps, wanted = (features(each, ["relu1_2"])["relu1_2"].double() for each in (made, pictures))
    content = ((maps - wanted) ** 2).mean() / (wanted**2).mean()
    across = (made[..., 1:] - made[..., :-1]).double() ** 2
    down = (made[..., 1:, :] - made[..., :-1, :]).double() ** 2
    assert float(found.style) == pytest.approx(np.mean(shares), rel=1e-4)
    assert float(found.content) == pytest.approx(float(content), rel=1e-4)
    assert float(found.smoothness) == pytest.approx(float(across.mean() + down.mean()), rel=1e-4)
    parts = 3 * 20 * found.style + found.content + 2 * found.smoothness
    assert float(found.total) == pytest.approx(float(parts), rel=1e-5)
    assert float(roughness(torch.ones(1, 3, 4, 4))) == 0
    assert gram(torch.zeros(1, 5, 4, 3)).shape == (1, 5, 5)


def test_the_model_of_two_trainings_differs_by_the_style_alone(
    squares: IPDT, style: Path, tmp_path: Path, new_folder: NewFolder
) -> None:
    paint(48, 40, seed=10).save(tmp_path / "other.png")
    models = [
        StyleTrainer(tiny(path)).train(squares, new_folder())
        for path in (style, style, tmp_path / "other.png")
    ]
    digests = [model.weights_sha256 for model in models if isinstance(model, IGME)]
    assert digests[0] == digests[1] != digests[2]
