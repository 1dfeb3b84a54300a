"""A style is learnt, given to pictures, found in their provenance, and given again, on the command line."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from components.conversion import read_metadata
from tests.e2e.cli import call, call_json
from tests.samples import paint

TINY = {
    "network.side": "16",
    "network.width": "4",
    "network.blocks": "1",
    "features": "random",
    "style_size": "32",
    "style_layers": "relu1_1",
    "content_layers": "relu1_2",
    "batch": "2",
    "licence": "CC0",
}


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "inputs"
    folder.mkdir()
    for index, name in enumerate(("style", "a", "b")):
        paint(48 + 8 * index, 40, seed=index).save(folder / f"{name}.png")
    return folder


def command(source: Path, inputs: Path, out: Path) -> tuple[object, ...]:
    overrides = [part for name, value in TINY.items() for part in ("--set", f"{name}={value}")]
    return (
        "train", source, "--preset", "style-feedforward", "--set", f"style={inputs / 'style.png'}", "--steps", 3,
        "--out", out, *overrides,
    )  # fmt: skip


def train(source: Path, inputs: Path, out: Path) -> Any:
    return call_json(*command(source, inputs, out))


def write_config(folder: Path, inputs: Path, source: str = "") -> Path:
    contents = json.dumps([str(inputs / f"{name}.png") for name in "ab"])
    source = source or f'kind = "stylize"\nalgorithm = "feedforward"\nsize = 48\npaths = {contents}'
    path = folder / "run.toml"
    path.write_text(
        f"[generation]\nseed = 4\n[generation.source]\n{source}\n"
        '[enhancement]\nscale = 2\n[enhancement.enhancer]\nkind = "lanczos"\n'
    )
    return path


def test_a_trained_style_is_given_to_pictures_and_again_from_a_file_alone(
    paintings: Path, inputs: Path, tmp_path: Path
) -> None:
    trained = train(paintings, inputs, tmp_path / "network")
    assert trained["state"] == "done"
    described: Any = json.loads((tmp_path / "network" / "model.json").read_text())
    assert described["training"]["settings"]["style"] == "style.png"
    config, out = write_config(tmp_path, inputs), tmp_path / "out"
    made = call_json(
        "pipeline", "run", "--config", config, "--model", tmp_path / "network", "--out", out, "--no-sheet"
    )
    assert made["state"] == "done"
    files = [Path(file["path"]) for file in made["files"]]
    assert len(files) == 2
    with Image.open(files[0]) as first:
        assert first.size == (96, 68)
    chain: Any = read_metadata(files[1])
    record = chain["chain"][0]
    assert record["digests"]["model"] == described["weights_sha256"]
    assert record["licences"] == {"model": "CC0"}
    assert record["settings"]["source"]["algorithm"] == "feedforward"
    assert str(tmp_path) not in json.dumps(chain)

    called = call_json(
        "stylize", inputs / "b.png", "--algorithm", "feedforward", "--model", tmp_path / "network", "--size", 48,
        "--seed", 5, "--enlarge-to", 96, "--enhancer", "lanczos", "--out", tmp_path / "called",
    )  # fmt: skip
    with Image.open(called["files"][0]["path"]) as one, Image.open(files[1]) as other:
        assert one.tobytes() == other.tobytes()

    shutil.rmtree(inputs)
    again = call("results", "reproduce", files[1], "--out", tmp_path / "again", "--store", out)
    assert again.exit_code == 0, again.output
    [same] = (tmp_path / "again").rglob("*.png")
    assert same.read_bytes() == files[1].read_bytes()


def test_models_and_sources_that_do_not_go_together_are_refused_before_anything_begins(
    paintings: Path, inputs: Path, tmp_path: Path, tiny_model: Path
) -> None:
    train(paintings, inputs, tmp_path / "network")
    out = tmp_path / "out"
    stylized = call(
        "pipeline", "run", "--config", write_config(tmp_path, inputs), "--model", tiny_model, "--out", out
    )
    noise = call("pipeline", "run", "--model", tmp_path / "network", "--count", 2, "--out", out)
    assert (stylized.exit_code, noise.exit_code) == (2, 2)
    assert "takes a picture for the source stylize" in " ".join(stylized.output.split())
    assert "takes a latent for the source noise" in " ".join(noise.output.split())
    assert not out.exists()


def test_the_end_of_a_training_says_how_the_model_is_used(
    paintings: Path, inputs: Path, tmp_path: Path
) -> None:
    ended = call(*command(paintings, inputs, tmp_path / "network"))
    assert "artgen stylize FILES --algorithm feedforward --model paintings-style-feedforward" in " ".join(
        ended.output.split()
    )


def test_a_style_that_is_not_named_is_asked_for(paintings: Path, tmp_path: Path) -> None:
    refused = call("train", paintings, "--preset", "style-feedforward", "--out", tmp_path / "network")
    assert refused.exit_code == 2
    assert "--set style=FILE" in refused.output
    assert not (tmp_path / "network").exists()
