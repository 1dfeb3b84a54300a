"""The configuration of a run: a file below, options above, and what they exclude."""

from pathlib import Path

import pytest

from interfaces.errors import SettingsError
from pipeline.settings.config import as_toml, load_config
from tests.e2e.cli import ROOT, call


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_size_on_the_line_takes_the_place_of_a_scale_in_the_file(tmp_path: Path) -> None:
    file = write(tmp_path / "run.toml", "[enhancement]\nscale = 4.0\nkeep = [16]\n")
    config = load_config({"enhancement": {"side": 256}}, file=file)
    assert (config.enhancement.side, config.enhancement.scale, config.enhancement.keep) == (256, None, (16,))
    back = load_config(
        {"enhancement": {"scale": 2.0}}, file=write(tmp_path / "b.toml", "[enhancement]\nside = 64\n")
    )
    assert (back.enhancement.side, back.enhancement.scale) == (None, 2)


def test_both_in_one_layer_are_refused() -> None:
    with pytest.raises(SettingsError, match="side, scale: wanted exactly one of the two"):
        load_config({"enhancement": {"side": 256, "scale": 2.0}})


def test_a_model_on_the_line_takes_the_place_of_a_training_in_the_file_and_the_other_way_round(
    tmp_path: Path,
) -> None:
    file = write(tmp_path / "train.toml", '[data]\nsource = "a.zip"\n[training]\npreset = "dcgan"\n')
    config = load_config({"model": "mine"}, file=file)
    assert (config.model, config.data, config.training.preset) == ("mine", None, "wgan-gp")
    config = load_config(
        {"data": {"source": "b.zip"}}, file=write(tmp_path / "model.toml", 'model = "mine"\n')
    )
    assert config.model is None
    assert config.data is not None
    assert config.data.source == "b.zip"


def test_numbers_lists_and_tables_of_overrides_are_what_the_command_line_says(tmp_path: Path) -> None:
    text = """
[data]
source = "a.zip"
[training.overrides]
steps = 2000
learning_rate = 2e-4
flip = false
augment = ["colour", "shift"]
"critic.width" = "16"
[training.overrides.generator]
width = 32
"""
    overrides = load_config(file=write(tmp_path / "run.toml", text)).training.overrides
    assert overrides == {
        "steps": "2000", "learning_rate": "0.0002", "flip": "false", "augment": "colour,shift", "critic.width": "16",
        "generator.width": "32",
    }  # fmt: skip


@pytest.mark.parametrize("options", [("--preset", "dcgan"), ("--steps", "5")])
def test_options_of_a_training_without_data_are_not_ignored(options: tuple[str, str]) -> None:
    result = call("pipeline", "show-config", *options)
    assert result.exit_code == 2
    assert "wanted data to train on (--data" in result.output


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_bytes(b"\xef\xbb\xbf[generation]\ncount = 3\n")
    assert load_config(file=tmp_path / "run.toml").generation.count == 3


def test_every_component_of_the_chain_is_named_in_one_table(tmp_path: Path) -> None:
    text = '[components]\nenhancer = "lanczos"\nconverter = "mine:Files"\ngenerator = "mine:Dreams"\n'
    config = load_config(file=write(tmp_path / "run.toml", text))
    assert config.enhancement.enhancer.kind == "lanczos"
    assert (config.components.converter, config.components.generator) == ("mine:Files", "mine:Dreams")
    # its options may stand in their own table, and the line wins
    config = load_config(
        {"enhancement": {"enhancer": {"kind": "spandrel", "weights": "w"}}}, file=tmp_path / "run.toml"
    )
    assert config.enhancement.enhancer.kind == "spandrel"


def test_drawn_seeds_can_be_typed() -> None:
    seeds = {load_config().generation.seed for _ in range(20)}
    assert len(seeds) > 10
    assert max(seeds) < 10**6


@pytest.mark.parametrize(
    "options",
    [
        (),
        (
            "--count",
            3,
            "--seed",
            5,
            "--size",
            256,
            "--keep",
            64,
            "--style",
            "baroque",
            "--tile",
            64,
            "--fast",
        ),
        ("--data", "a.zip", "--preset", "dcgan", "--steps", 7, "--enhancer", "lanczos"),
    ],
)
def test_what_show_config_prints_is_what_config_reads(tmp_path: Path, options: tuple[object, ...]) -> None:
    shown = call("pipeline", "show-config", *options)
    assert shown.exit_code == 0, shown.output
    file = write(tmp_path / "shown.toml", shown.stdout)
    assert call("pipeline", "show-config", "--config", file).stdout == shown.stdout
    assert as_toml(load_config(file=file)) == shown.stdout


def test_the_file_of_the_guide_runs_as_printed_but_for_its_model(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    block = text.split("```toml\n")[1].split("```")[0].replace('model = "my-model"', "")
    small = ("--count", 1, "--size", 300, "--enhancer", "lanczos", "--out", tmp_path / "out")
    result = call("pipeline", "run", "--config", write(tmp_path / "run.toml", block), *small)
    assert result.exit_code == 0, result.output
