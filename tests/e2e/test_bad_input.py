import re
from pathlib import Path

import pytest

from tests.e2e.cli import call


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--count", 0], r"artgen: --count: .*greater than or equal to 1, got 0"),
        (["--count", 101], r"artgen: --count: .*at most 100, got 101"),
        (["--style", "warn"], r"'warn'\. Did you mean 'warm'\?"),
        (["--style", "warm"], r"trained without style labels .* --conditional"),
        (["--size", 0], r"artgen: --size: .*got 0"),
        (["--keep", 64, "--size", 64], r"keep: .*\[64\]"),
        (["--enhancer", "realesrgam"], r"artgen: --enhancer: .*'realesrgan'"),
        (["--enhancer", "nowhere:Mine"], r"'nowhere:Mine' cannot be imported"),
        (["--weights", "no/such/file.pth"], r"no/such/file\.pth: wanted a file of weights, got nothing"),
        (["--weights", "realesr-general-x4v4"], r"Did you mean 'realesr-general-x4v3'\?"),
        (["--tile", 8], r"artgen: --tile: .*greater than or equal to 16, got 8"),
        (["--enhancer", "lanczos", "--tile", 64], r"artgen: --tile: there is no such setting"),
        (["--denoise", 0.5], r"denoise: wanted 1 with RealESRGAN_x4plus, which has no twin, got 0\.5"),
        (["--fast", "--weights", "x.pth"], r"--fast: it chooses a network, so wanted it without --weights"),
        (["--fast", "--enhancer", "lanczos"], r"wanted it without --enhancer"),
        (["--model", "no-such-model"], r"no-such-model"),
        (["--config", "no-such-file.toml"], r"configuration no-such-file\.toml cannot be read"),
        (["--data", "no-such-folder"], r"data no-such-folder does not exist"),
    ],
)
def test_bad_input_is_answered_in_one_line_with_exit_code_2(
    arguments: list[object], said: str, tiny_model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    model = () if "--model" in arguments or "--data" in arguments else ("--model", tiny_model)

    result = call("pipeline", "run", *model, "--size", 16, *arguments, "--out", out)

    assert result.exit_code == 2, result.output
    assert re.search(said, result.stderr), result.stderr
    assert result.stdout == ""
    assert list(out.glob("*/seed*")) == []


def test_what_the_file_says_is_told_in_the_words_of_the_file(tiny_model: Path, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[enhancement.enhancer]\ntile_px = 8\n")
    result = call(
        "pipeline", "run", "--config", tmp_path / "a.toml", "--model", tiny_model, "--precision", "float32"
    )

    assert result.exit_code == 2
    assert (
        "artgen: enhancement.enhancer.tile_px: Input should be greater than or equal to 16" in result.stderr
    )


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    result = call(
        "pipeline", "run", "--model", "nobody", "--enhancer", "realesrgan", "--weights", "nothing.pth",
        "--out", tmp_path / "out",
    )  # fmt: skip

    assert result.exit_code == 2
    assert len([line for line in result.stderr.splitlines() if line.startswith("artgen: ")]) >= 2


def test_an_output_folder_that_is_a_file_is_refused_before_anything_starts(
    tiny_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("I was here first")

    result = call("pipeline", "run", "--model", tiny_model, "--size", 16, "--out", tmp_path / "out")

    assert result.exit_code == 2
    assert "out" in result.stderr
    assert (tmp_path / "out").read_text() == "I was here first"


def test_an_unknown_run_is_named_with_the_stores_that_were_searched(tmp_path: Path) -> None:
    result = call("runs", "show", "20260101-000000-abcdef", "--out", tmp_path)

    assert result.exit_code == 2
    assert "20260101-000000-abcdef" in result.stderr


def test_wrong_configuration_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text("[generation\n")
    (tmp_path / "b.toml").write_text("[generation]\ncuont = 3\n")

    assert "is not valid TOML" in call("pipeline", "run", "--config", tmp_path / "a.toml").stderr
    assert (
        "generation.cuont: there is no such setting. Did you mean 'count'?"
        in call("pipeline", "run", "--config", tmp_path / "b.toml").stderr
    )
