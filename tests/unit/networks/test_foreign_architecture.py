"""Anybody's network is an architecture: by the name of its class, without an edit in this project."""

import json
from pathlib import Path

import pytest
import torch
from pydantic import TypeAdapter, ValidationError
from safetensors.torch import save_file

from components.generation import NoiseGenerator
from components.networks.build import build_generator, load_generator
from interfaces.errors import SettingsError
from interfaces.igme import IGME, Architecture, ConvGenerator, GenerativeNetwork
from interfaces.igs import IGS
from storage.digest import file_sha256

MODULE = '''
import torch
from torch import nn

from interfaces.igme import GenerativeNetwork, Latent


class Stripes(GenerativeNetwork):
    """Coloured stripes of one size."""

    kind: str = "stripes:StripesNet"
    stripes: int = 4

    @property
    def takes(self):
        return Latent(length=2, prior="uniform")


class StripesNet(nn.Module):
    architecture = Stripes

    def __init__(self, architecture, labels):
        super().__init__()
        self.side, self.stripes = architecture.side, architecture.stripes
        self.paint = nn.Linear(2, 3 * architecture.stripes)

    def forward(self, latents):
        colours = torch.tanh(self.paint(latents)).unflatten(1, (3, self.stripes))
        wide = colours.repeat_interleave(self.side // self.stripes, 2)
        return wide[:, :, None].expand(-1, -1, self.side, -1)
'''


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "stripes.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_its_model_is_read_written_and_makes_pictures(tmp_path: Path) -> None:
    read = TypeAdapter[GenerativeNetwork](Architecture).validate_python
    architecture = read({"kind": "stripes:StripesNet", "side": 28, "stripes": 7})
    network = build_generator(architecture, "glorot-normal", torch.Generator().manual_seed(0))
    save_file(network.state_dict(), tmp_path / "model.safetensors")
    model = IGME.model_validate(
        {
            "name": "stripes",
            "architecture": architecture.model_dump(),
            "weights_path": tmp_path / "model.safetensors",
            "weights_sha256": file_sha256(tmp_path / "model.safetensors"),
            "styles": ["all"],
        }
    )
    again = IGME.model_validate_json(model.model_dump_json())

    assert json.loads(model.model_dump_json())["architecture"]["stripes"] == 7
    assert again.architecture == architecture
    assert [*load_generator(again).state_dict()] == [*network.state_dict()]
    (made,) = NoiseGenerator().generate(IGS(count=3, seed=5), again)
    assert made.images.shape == (3, 3, 28, 28)
    assert not torch.equal(made.images[0], made.images[1])


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("nowhere:Net", "cannot be imported: ModuleNotFoundError"),
        ("stripes:Stripes", "wanted a class of a network whose attribute 'architecture'"),
        ("stripes:Nothing", "cannot be imported: AttributeError"),
    ],
)
def test_what_is_no_network_of_that_form_is_refused(kind: str, said: str) -> None:
    with pytest.raises((ValidationError, SettingsError), match=said):
        TypeAdapter[GenerativeNetwork](Architecture).validate_python({"kind": kind})


def test_its_own_settings_are_checked_by_its_own_class() -> None:
    with pytest.raises((ValidationError, SettingsError), match="stripes"):
        TypeAdapter[GenerativeNetwork](Architecture).validate_python(
            {"kind": "stripes:StripesNet", "stripes": "many"}
        )


@pytest.mark.parametrize("activation", ["prelu", "elu"])
def test_a_generator_may_have_every_activation(activation: str) -> None:
    settings = ConvGenerator.model_validate({"side": 8, "width": 4, "latent": 3, "activation": activation})
    network = build_generator(settings, "glorot-normal", torch.Generator().manual_seed(1))
    again = build_generator(settings, "glorot-normal", torch.Generator().manual_seed(1))
    images = network(torch.randn(4, 3, generator=torch.Generator().manual_seed(2)))

    assert images.isfinite().all()
    for one, other in zip(network.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    slopes = [p for name, p in network.named_parameters() if p.shape == (1,)]
    assert [slope.item() for slope in slopes] == [0.25] * (len(slopes))
    assert bool(slopes) is (activation == "prelu")
