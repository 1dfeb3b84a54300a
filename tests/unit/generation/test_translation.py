"""Translation as a source: sizes, opacity, grey pictures, tiles and their seams, models that cannot."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn

from components.generation.translation.generator import TranslationGenerator
from components.generation.translation.tiles import MOST_BYTES, side_at_once, translate_picture
from components.networks.build import build_generator, load_generator
from components.networks.instance_norm import Statistics
from components.networks.translation import TranslationNet
from interfaces.errors import DataError, SettingsError, WeightsError
from interfaces.igdt import IGDT
from interfaces.igme import IGME, ResnetTranslation, StyleTransferNetwork, TranslationNetwork, UnetTranslation
from interfaces.igs import IGS, Noise, Translate
from pipeline.component_check.samples import random_model
from tests.samples import paint

RESNET = ResnetTranslation(side=16, width=4, blocks=1)


@pytest.fixture
def model(tmp_path: Path) -> IGME:
    return random_model(tmp_path / "model", architecture=RESNET)


def translate(model: IGME | None, *paths: Path, **changes: Any) -> list[IGDT]:
    source = Translate.model_validate({"paths": paths, "precision": "float32", **changes})
    return list(TranslationGenerator().generate(IGS(count=len(paths), source=source), model))


def painted(folder: Path, width: int, height: int, mode: str = "RGB") -> Path:
    path = folder / f"{mode}-{width}x{height}.png"
    paint(width, height, seed=1).convert(mode).save(path)
    return path


def networks(architecture: TranslationNetwork, seed: int = 0) -> TranslationNet:
    made = build_generator(architecture, "glorot-normal", torch.Generator().manual_seed(seed)).eval()
    assert isinstance(made, TranslationNet)
    return made.requires_grad_(False)


def smooth(height: int, width: int) -> Tensor:
    coarse = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(2)) * 2 - 1
    return F.interpolate(coarse, (height, width), mode="bicubic").clamp(-1, 1)


def test_an_image_is_what_the_network_of_the_direction_makes(model: IGME, tmp_path: Path) -> None:
    path = painted(tmp_path, 37, 22)
    picture = torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)[None].float() / 127.5 - 1
    nets = load_generator(model)
    assert isinstance(nets, TranslationNet)
    [there], [back] = translate(model, path), translate(model, path, direction="b-to-a")
    assert there.images.shape == (1, 3, 22, 37)
    assert torch.allclose(there.images, nets.towards("a-to-b")(picture), atol=1e-5)
    assert torch.allclose(back.images, nets.towards("b-to-a")(picture), atol=1e-5)


def test_there_and_back_is_one_network_after_the_other(model: IGME, tmp_path: Path) -> None:
    path = painted(tmp_path, 24, 24)
    nets = load_generator(model)
    assert isinstance(nets, TranslationNet)
    [there], [both] = translate(model, path), translate(model, path, there_and_back=True)
    assert torch.allclose(both.images, nets.towards("b-to-a")(there.images), atol=1e-5)


@pytest.mark.parametrize(("longer_side", "size"), [(None, (40, 64)), (32, (20, 32)), (96, (60, 96))])
def test_a_picture_is_translated_at_the_size_that_is_asked_for(
    longer_side: int | None, size: tuple[int, int], model: IGME, tmp_path: Path
) -> None:
    [made] = translate(model, painted(tmp_path, 64, 40), longer_side=longer_side)
    assert tuple(made.images.shape[2:]) == size


def test_grey_pictures_become_coloured_ones_and_opacity_stays(model: IGME, tmp_path: Path) -> None:
    [grey] = translate(model, painted(tmp_path, 20, 20, "L"))
    assert grey.images.shape == (1, 3, 20, 20)
    assert not grey.origins[0].is_grey
    image = np.dstack([np.asarray(paint(20, 20, seed=1)), np.full((20, 20), 255, np.uint8)])
    image[:, :5, 3] = 0
    clear, other = tmp_path / "clear.png", tmp_path / "other.png"
    Image.fromarray(image).save(clear)
    image[:, :5, :3] = 255 - image[:, :5, :3]
    Image.fromarray(image).save(other)
    [made], [same] = translate(model, clear), translate(model, other)
    assert made.alpha is not None
    assert made.alpha[0, 0, :, :5].max() == 0
    assert made.alpha[0, 0, :, 5:].min() == 1
    assert torch.equal(made.images, same.images)  # what nobody sees does not count


def test_its_record_names_picture_model_and_tile(model: IGME, tmp_path: Path) -> None:
    [made] = translate(model, painted(tmp_path, 20, 20))
    [record] = made.provenance
    assert (record.component, set(record.digests)) == ("translate", {"picture", "model"})
    assert record.settings["source"]["tile"] == side_at_once(RESNET)  # type: ignore[index,call-overload]
    assert "paths" not in record.settings["source"]  # type: ignore[operator]


def test_what_is_translated_at_once_fits_into_the_memory_that_is_meant() -> None:
    for width in (4, 32, 64, 256):
        side = side_at_once(ResnetTranslation(width=width))
        assert 0.8 * MOST_BYTES < 6 * 4 * width * (side + 32) ** 2 < 1.5 * MOST_BYTES
        assert 6 * 4 * width * side**2 <= MOST_BYTES


def whole_with(network: nn.Module, picture: Tensor, tile: int) -> Tensor:
    """Return what the network makes of a picture at once, by the statistics of one that is small enough for a tile."""
    statistics, scale = Statistics(), tile / max(picture.shape[2:])
    small = [round(side * scale) for side in picture.shape[2:]]
    with statistics.noted():
        network(F.interpolate(picture, small, mode="bicubic", antialias=True).clamp(-1, 1))
    with statistics.applied():
        made: Tensor = network(picture)
    return made


@pytest.mark.parametrize("size", [(200, 200), (70, 301)])
def test_tiles_make_what_the_whole_makes_with_the_same_statistics(size: tuple[int, int]) -> None:
    """What a ResNet sees is bounded: with all of that around a tile, no seam is left, but for the last bits."""
    network, picture = networks(RESNET).a_to_b, smooth(*size)
    tiled = translate_picture(network, picture, 136)
    assert tiled.shape == picture.shape
    assert torch.allclose(tiled, whole_with(network, picture, 136), atol=1e-4)


@pytest.mark.parametrize("architecture", [RESNET, UnetTranslation(side=16, width=4, halvings=4)])
@pytest.mark.parametrize("tile", [96, 128])
def test_no_seam_stands_out_between_tiles(architecture: TranslationNetwork, tile: int) -> None:
    """Where tiles meet, neighbours differ by hardly more than in the whole; where pieces know nothing of each other, by much."""
    network, picture = networks(architecture).a_to_b, smooth(80, 320)
    whole = whole_with(network, picture, tile)

    def step_more(made: Tensor) -> Tensor:
        return (made.diff(dim=3) - whole.diff(dim=3)).abs().mean((0, 1, 2))

    alone = step_more(torch.cat([network(piece) for piece in picture.split(tile // 2, 3)], 3))
    tiled = step_more(translate_picture(network, picture, tile))
    assert float(tiled.max()) < 0.5 * float(alone[tile // 2 - 1 :: tile // 2].mean())


def test_where_the_picture_is_no_larger_than_a_tile_it_is_translated_whole() -> None:
    network, picture = networks(RESNET).a_to_b, smooth(48, 64)
    assert torch.equal(translate_picture(network, picture, 64), network(picture))


def test_refuses_models_that_do_not_translate(tmp_path: Path, model: IGME) -> None:
    path = painted(tmp_path, 20, 20)
    one_way = random_model(tmp_path / "one", architecture=RESNET.model_copy(update={"both_ways": False}))
    style = random_model(tmp_path / "style", architecture=StyleTransferNetwork(side=16, width=4, blocks=1))
    with pytest.raises(WeightsError, match="translation needs a trained model; pass one with --model"):
        translate(None, path)
    with pytest.raises(
        SettingsError, match=r"model: wanted one that translates.*got 'sample'.*'style-transfer'"
    ):
        translate(style, path)
    with pytest.raises(SettingsError, match="direction: wanted a-to-b alone, since 'sample' learnt only"):
        translate(one_way, path, direction="b-to-a")
    with pytest.raises(SettingsError, match="there_and_back: wanted a-to-b alone"):
        translate(one_way, path, there_and_back=True)
    assert translate(one_way, path)
    with pytest.raises(SettingsError, match="source: wanted translate, got noise"):
        next(TranslationGenerator().generate(IGS(source=Noise()), model))
    with pytest.raises(DataError, match=r"gone\.png cannot be read"):
        translate(model, tmp_path / "gone.png")
