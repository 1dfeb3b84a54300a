"""The stores of models and weights are named by their ports, wherever one of them is asked."""

from pathlib import Path

import pytest

from interfaces.errors import SettingsError
from interfaces.ies import FAST_WEIGHTS
from pipeline.settings.config import STORE_PORTS, ComponentNames
from tests.e2e.cli import call, call_json
from tests.samples import painting_files, write_files
from tests.unit.networks.features_files import write_squeezenet

MODULE = """
from pathlib import Path

from pipeline.factories.stores import local_models, local_weights


def note(what):
    with Path("called.txt").open("a") as file:
        print(what, file=file)


class Wrapped:
    def __init__(self):
        self.inner = self.make()

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def find(self, name, *, listener=None):
        note(self.port)
        return self.inner.find(name, listener=listener)

    def get(self, name=None, *, listener=None):
        note(self.port)
        return self.inner.get(name) if listener is None else self.inner.get(name, listener=listener)


class Museum(Wrapped):
    port = "model_store"
    make = staticmethod(local_models)


class Rack(Wrapped):
    port = "weight_store"
    make = staticmethod(local_weights)
"""

MINE = {"model_store": "Museum", "weight_store": "Rack"}


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path / "pictures", painting_files())
    (tmp_path / "my_stores.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


@pytest.fixture
def stores(working_folder: Path, tiny_model: Path) -> list[object]:
    """Return the options that name a store of one's own for models and for weights."""
    return [part for port in STORE_PORTS for part in ("--component", f"{port}=my_stores:{MINE[port]}")]


def test_models_and_weights_are_those_of_the_stores_that_were_named(
    stores: list[object], working_folder: Path, tiny_model: Path
) -> None:
    """Also where the run goes on, and where a picture is made again."""
    named = (*stores, "--model", tiny_model, "--weights", FAST_WEIGHTS)
    call_json("pipeline", "run", *named, "--size", 16, "--out", "out", "--queue")
    assert {*(working_folder / "called.txt").read_text().split()} == {*STORE_PORTS}

    (working_folder / "called.txt").unlink()
    [done] = call_json("worker", "--once", "--out", "out")
    assert done["state"] == "done"
    assert {*(working_folder / "called.txt").read_text().split()} == {*STORE_PORTS}

    [picture] = (working_folder / "out").glob("2*/seed*_16x16.png")
    (working_folder / "called.txt").unlink()
    assert call_json("results", "reproduce", picture, *stores)["identical"]
    assert (working_folder / "called.txt").read_text().split() == ["model_store"]


def test_an_evaluation_takes_them_too(stores: list[object], working_folder: Path, tiny_model: Path) -> None:
    write_files(working_folder / "many", painting_files(("warm",), per_style=40))
    call_json("evaluate", tiny_model, "many", "--count", 16, *stores, "--out", "report")
    assert {*(working_folder / "called.txt").read_text().split()} == {"model_store"}


def test_enlarging_pictures_takes_weights_from_it_too(stores: list[object], working_folder: Path) -> None:
    result = call(
        "enhance", "pictures", *stores[2:], "--weights", FAST_WEIGHTS, "--scale", 1, "--out", "larger"
    )
    assert result.exit_code == 0, result.output
    assert {*(working_folder / "called.txt").read_text().split()} == {"weight_store"}


def test_a_training_finds_what_its_settings_name_in_them(
    working_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from components.training import any_settings_with
    from pipeline.factories.stores import model_store, weight_store
    from pipeline.train.files import with_files

    components = ComponentNames.model_validate({port: f"my_stores:{MINE[port]}" for port in STORE_PORTS})
    settings = any_settings_with("projected", {"critic.features": "squeezenet1_1", "start": "nothing"})
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(working_folder))
    write_squeezenet(working_folder / "squeezenet1_1.pth")

    with pytest.raises(SettingsError, match=r"wanted SHA-256 \w+, got"):
        with_files(settings, weight_store(components), model_store(components))

    assert {*(working_folder / "called.txt").read_text().split()} == {*STORE_PORTS}
