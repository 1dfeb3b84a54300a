"""IGME: model training → generation, and the model store between them."""

from pathlib import Path

import pytest

from components.generation import GENERATORS
from components.training import TRAINERS
from interfaces.errors import SettingsError
from interfaces.igme import IGME, ConvGenerator
from pipeline.component_check import samples
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.suites import suite_of
from storage import MODEL_STORES
from tests.contracts.refusal import Changes, refusal

GOOD = {
    "name": "sample",
    "architecture": samples.ARCHITECTURE.model_dump(),
    "weights_path": Path("model.safetensors"),
    "weights_sha256": "0" * 64,
    "styles": ("cool", "warm"),
}


GENERATING = sorted(name for name, make in TRAINERS.items() if make().settings.makes == "generator")


@pytest.fixture(params=GENERATING)
def model(request: pytest.FixtureRequest, tmp_path: Path) -> IGME:
    case = suite_of("trainer").prepare(TRAINERS[request.param], request.param, tmp_path / "trained")
    return require_contract(case.finish("models"), IGME)


@pytest.mark.parametrize("consumer", sorted(GENERATORS))
def test_every_generator_takes_what_every_trainer_emits(model: IGME, consumer: str, tmp_path: Path) -> None:
    case = suite_of("generator").prepare(GENERATORS[consumer], consumer, tmp_path / "generated")
    before = fingerprint(model), model.weights_path.read_bytes()
    source = case.settings.source
    if source.needs_model and source.model_takes != model.architecture.takes.kind:
        with pytest.raises(
            SettingsError, match=r"wanted (a network that makes pictures from|one that translates)"
        ):
            next(iter(case.generator.generate(case.settings, model)))
        return
    images = sum(len(data.images) for data in case.generator.generate(case.settings, model))
    assert images == case.settings.count
    assert (fingerprint(model), model.weights_path.read_bytes()) == before


@pytest.mark.parametrize("store", sorted(MODEL_STORES))
def test_every_model_store_gives_what_every_trainer_emits(model: IGME, store: str) -> None:
    got = MODEL_STORES[store]().get(str(model.weights_path.parent))
    assert fingerprint(got) == fingerprint(model)


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"name": ""}, "name", "at least 1 character"),
        ({"name": "../other"}, "name", "match pattern"),
        ({"weights_path": 3}, "weights_path", "path"),
        ({"weights_sha256": "0" * 63}, "weights_sha256", "match pattern"),
        ({"styles": ()}, "styles", "at least 1 item"),
        ({"styles": ("a/b",)}, "styles.0", "match pattern"),
        ({"architecture": {"kind": "unknown"}}, "architecture", "conv"),
        ({"architecture": {"side": 48}}, "architecture", "wanted 8, 16, 32, 64, … (a power of two), got 48"),
        ({"architecture": {"layers": 3}}, "architecture.conv.layers", "Extra inputs"),
        ({"architecture": ...}, "architecture", "Field required"),
        ({"metrics": {"fid": "good"}}, "metrics.fid", "valid number"),
        ({"metrics": {"fid": float("nan")}}, "metrics.fid", "finite number"),
        ({"colour": 1}, "colour", "Extra inputs"),
    ],
)
def test_refuses_a_malformed_one_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(IGME, GOOD, changes)
    assert field in message
    assert wanted in message


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"side": 4}, "side"),
        ({"side": 2048}, "side"),
        ({"channels": 2}, "channels"),
        ({"latent": 0}, "latent"),
        ({"width": 1}, "width"),
        ({"kernel": 6}, "kernel"),
        ({"extra_layers": -1}, "extra_layers"),
        ({"normalisation": "group"}, "normalisation"),
        ({"activation": "sigmoid"}, "activation"),
    ],
)
def test_refuses_a_malformed_architecture_and_names_the_field(changes: Changes, field: str) -> None:
    assert field in refusal(ConvGenerator, {}, changes)
