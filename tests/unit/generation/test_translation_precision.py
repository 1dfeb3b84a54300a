"""Whatever a translation is computed at, it looks the same, and its record says what that was."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from components.generation.translation.generator import TranslationGenerator
from components.generation.translation.preparation import prepared
from components.generation.translation.tiles import translate_picture
from components.networks import precision as precisions
from components.networks.build import build_generator
from components.networks.translation import TranslationNet
from components.networks.winograd import WinogradConv2d
from interfaces.errors import SettingsError
from interfaces.igme import ResnetTranslation, TranslationNetwork, UnetTranslation
from interfaces.igs import IGS, Translate
from pipeline.component_check.samples import random_model
from tests.samples import paint

KINDS: dict[str, TranslationNetwork] = {
    "resnet": ResnetTranslation(side=32, width=32, blocks=2),
    "transposed": ResnetTranslation(side=32, width=32, blocks=2, upsampling="transposed"),
    "batch": ResnetTranslation(side=32, width=32, blocks=2, normalisation="batch", bias=True),
    "unet": UnetTranslation(side=32, width=16, halvings=3),
    "unet-transposed": UnetTranslation(side=32, width=16, halvings=3, upsampling="transposed"),
    "encoder": UnetTranslation(side=32, width=16, halvings=3, skips=False, upsampling="smooth"),
}


def networks(kind: str) -> TranslationNet:
    made = build_generator(KINDS[kind], "glorot-normal", torch.Generator().manual_seed(0))
    assert isinstance(made, TranslationNet)
    return made.eval().requires_grad_(False)


def picture(height: int, width: int) -> Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(1)) * 2 - 1


@pytest.mark.parametrize("kind", KINDS)
def test_fewer_products_change_nothing_that_eight_bits_could_show(kind: str) -> None:
    shown, plain = picture(38, 51), networks(kind).towards("b-to-a")
    quick = prepared(networks(kind), "float32", ["b-to-a"])
    assert isinstance(quick, TranslationNet)
    made = quick.towards("b-to-a")(shown)
    assert (made - plain(shown)).abs().max() < 0.05 * 2 / 255  # a twentieth of a step


def test_wide_layers_of_the_direction_that_is_asked_for_take_fewer_products() -> None:
    quick = prepared(networks("resnet"), "float32", ["a-to-b"])
    found = {name.split(".")[0] for name, part in quick.named_modules() if isinstance(part, WinogradConv2d)}
    assert found == {"a_to_b"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tile", [128, 64])
def test_bfloat16_is_near_float32_whole_and_in_tiles(kind: str, tile: int) -> None:
    shown, plain = picture(64, 96), networks(kind).towards("a-to-b")
    lower = prepared(networks(kind), "bfloat16", ["a-to-b"])
    assert isinstance(lower, TranslationNet)
    made = translate_picture(lower.towards("a-to-b"), shown, tile)
    difference = (made - translate_picture(plain, shown, tile)).abs()
    assert made.dtype == torch.float32
    assert difference.max() > 0  # it is another precision
    assert difference.mean() < 2 * 2 / 255  # two steps of 8 bits


def test_the_record_says_at_which_precision_an_image_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = random_model(tmp_path / "model", architecture=ResnetTranslation(side=16, width=4, blocks=1))
    path = tmp_path / "picture.png"
    paint(20, 20, seed=1).save(path)
    monkeypatch.setattr(precisions, "bfloat16_units", lambda: "AMX")
    monkeypatch.setattr(
        precisions, "fastest", lambda work: "bfloat16" if work == "translating" else "float32"
    )
    generator, found = TranslationGenerator(), {}
    for asked in ("auto", "float32", "bfloat16"):
        settings = IGS(source=Translate(paths=(path,), precision=asked))
        [made] = generator.generate(generator.settled(settings), model)
        found[asked] = (made.provenance[0].runtime["precision"], made.images)
        assert "precision" not in made.provenance[0].settings["source"]  # type: ignore[operator]
    assert {asked: taken for asked, (taken, _) in found.items()} == {
        "auto": "bfloat16",
        "float32": "float32",
        "bfloat16": "bfloat16",
    }
    assert torch.equal(found["auto"][1], found["bfloat16"][1])
    assert not torch.equal(found["auto"][1], found["float32"][1])


def test_refuses_at_the_start_what_this_machine_cannot_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(precisions, "bfloat16_units", lambda: None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for asked in ("bfloat16", "float16"):
        settings = IGS(source=Translate(paths=(tmp_path / "none.png",), precision=asked))
        with pytest.raises(SettingsError, match=f"precision: {asked} wants a"):
            TranslationGenerator().settled(settings)
