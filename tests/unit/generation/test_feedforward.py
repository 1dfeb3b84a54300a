"""Style transfer by a trained network: sizes, memory, models that are none of a style."""

from pathlib import Path
from typing import Any

import pytest
import torch

from components.generation import NoiseGenerator
from components.generation.style_transfer import StyleGenerator, feedforward
from components.generation.style_transfer.preparation import prepare
from components.imaging.picture_file import read_picture
from components.networks.build import load_generator
from interfaces.errors import SettingsError, WeightsError
from interfaces.igdt import IGDT
from interfaces.igme import IGME, StyleTransferNetwork
from interfaces.igs import IGS, Stylize
from pipeline.component_check.samples import random_model
from tests.samples import paint

NETWORK = StyleTransferNetwork(width=4, blocks=1)


@pytest.fixture
def model(tmp_path: Path) -> IGME:
    return random_model(tmp_path / "model", architecture=NETWORK)


@pytest.fixture
def contents(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{index}.png" for index in range(3)]
    for index, path in enumerate(paths):
        paint(60 + 20 * index, 40, seed=index).save(path)
    return paths


def stylize(model: IGME | None, contents: list[Path], **values: Any) -> list[IGDT]:
    source = {"kind": "stylize", "algorithm": "feedforward", "paths": contents, "size": 48, **values}
    settings = IGS.model_validate({"source": source, "count": len(contents), "seed": 3})
    return list(StyleGenerator().generate(settings, model))


def test_the_image_is_the_networks_answer_to_the_picture(model: IGME, contents: list[Path]) -> None:
    [made] = stylize(model, contents[:1])
    assert made.images.shape == (1, 3, 32, 48)
    source = Stylize(algorithm="feedforward", paths=tuple(contents[:1]), size=48)
    ready = prepare(source, read_picture(contents[0].read_bytes()), [], [])
    assert torch.equal(made.images, load_generator(model)(ready.content))


def test_an_image_does_not_depend_on_its_neighbours(model: IGME, contents: list[Path]) -> None:
    together = stylize(model, contents)
    assert len(together) == 3
    for one, path in zip(together, contents, strict=True):
        [alone] = stylize(model, [path])
        assert torch.equal(one.images, alone.images)


def test_the_record_names_the_model_and_its_licence(tmp_path: Path, contents: list[Path]) -> None:
    model = random_model(tmp_path / "model", architecture=NETWORK)
    licensed = IGME.model_validate({**dict(model), "licence": "CC-BY-4.0"})
    [made] = stylize(licensed, contents[:1])
    [record] = made.provenance
    assert set(record.digests) == {"content", "model"}
    assert record.digests["model"] == model.weights_sha256
    assert record.licences == {"model": "CC-BY-4.0"}


def test_a_model_of_no_use_is_no_part_of_the_record(
    model: IGME, contents: list[Path], tmp_path: Path
) -> None:
    paint(40, 40, seed=8).save(tmp_path / "style.png")
    [made] = stylize(model, contents[:1], algorithm="reinhard", styles=[tmp_path / "style.png"])
    assert set(made.provenance[0].digests) == {"content", "style"}


def test_refuses_a_network_that_makes_pictures_from_noise(tmp_path: Path, contents: list[Path]) -> None:
    with pytest.raises(
        SettingsError, match="preset style-feedforward; got 'sample', whose architecture is 'conv'"
    ):
        stylize(random_model(tmp_path / "other"), contents)


def test_noise_refuses_a_network_of_a_style(model: IGME) -> None:
    with pytest.raises(SettingsError, match="from noise, got 'style-transfer', which takes a picture"):
        list(NoiseGenerator().generate(IGS(), model))


def test_without_a_model_it_says_how_to_get_one(contents: list[Path]) -> None:
    with pytest.raises(WeightsError, match="--preset style-feedforward --set style=FILE"):
        stylize(None, contents)


def test_refuses_style_pictures_which_the_network_would_not_look_at(
    model: IGME, contents: list[Path]
) -> None:
    with pytest.raises(SettingsError, match="styles: feedforward makes no use of it"):
        stylize(model, contents[:1], styles=contents[1:])


def test_a_picture_that_is_too_large_for_the_memory_is_refused_with_the_size_that_is_not(
    model: IGME, contents: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedforward, "MOST_BYTES", 48 * 32 * 4 * 4 * 8)
    assert len(stylize(model, contents[:1], size=48)) == 1
    with pytest.raises(SettingsError, match=r"size: wanted at most 48 for this picture .*, got 96"):
        stylize(model, contents[:1], size=96)


def test_what_is_clear_stays_clear(model: IGME, tmp_path: Path) -> None:
    picture = paint(48, 48, seed=1).convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 24, 48))
    picture.save(tmp_path / "clear.png")
    [made] = stylize(model, [tmp_path / "clear.png"])
    assert made.alpha is not None
    assert float(made.alpha[..., :20].max()) == 0
    assert float(made.alpha[..., 28:].min()) == 1
