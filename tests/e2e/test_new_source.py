"""A new source of generation is one module: the chain, provenance, resume and reproduce come with it."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.conversion import read_metadata
from interfaces.errors import SettingsError
from interfaces.igs import IGS, Noise, Pictures, Stylize, source_class
from tests.e2e.cli import call, call_json, start, wait_until

KIND = "tests.fixture_system.source:Framer"


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "inputs"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name in ("a", "b", "c", "red", "blue"):
        pixels = rng.integers(0, 256, (16, 16, 3), np.uint8)
        if name in ("red", "blue"):
            pixels[:] = (250, 0, 0) if name == "red" else (0, 0, 250)
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


def write_config(folder: Path, inputs: Path, extra: str = "") -> Path:
    contents = json.dumps([str(inputs / f"{name}.png") for name in "abc"])
    frames = json.dumps([str(inputs / "red.png"), str(inputs / "blue.png")])
    path = folder / "run.toml"
    path.write_text(
        f'[generation]\nseed = 4\n[generation.source]\nkind = "{KIND}"\nwidth = 3\npaths = {contents}\nframes = {frames}\n'
        f'[enhancement]\nside = 32\n[enhancement.enhancer]\nkind = "lanczos"\n{extra}'
    )
    return path


def test_it_runs_through_the_chain_with_every_input_by_its_role(tmp_path: Path, inputs: Path) -> None:
    made = call_json(
        "pipeline", "run", "--config", write_config(tmp_path, inputs), "--out", tmp_path / "out", "--no-sheet"
    )
    assert made["state"] == "done"
    assert [file["seed"] for file in made["files"]] == [4, 5, 6]
    chain: Any = read_metadata(Path(made["files"][1]["path"]))
    record = chain["chain"][0]
    assert set(record["digests"]) == {"content", "frame 1", "frame 2"}
    assert record["settings"]["source"] == {"kind": KIND, "width": 3}
    assert str(tmp_path) not in json.dumps(chain)


def test_a_picture_is_made_again_from_its_file_alone_when_the_inputs_are_gone(
    tmp_path: Path, inputs: Path
) -> None:
    made = call_json(
        "pipeline", "run", "--config", write_config(tmp_path, inputs), "--out", tmp_path / "out", "--no-sheet"
    )
    file = Path(made["files"][2]["path"])
    shutil.rmtree(inputs)
    command = ("results", "reproduce", file, "--out", tmp_path / "again", "--store", tmp_path / "out")
    refused = call(*command)
    assert refused.exit_code == 2
    assert "--foreign" in refused.output
    assert call(*command, "--foreign").exit_code == 0
    [again] = (tmp_path / "again").rglob("*.png")
    assert again.read_bytes() == file.read_bytes()
    for kept in (tmp_path / "out").rglob("*"):
        if kept.is_file() and "seed" not in kept.name and "sqlite" not in kept.name:
            kept.unlink()
    missing = call(
        "results", "reproduce", file, "--out", tmp_path / "more", "--store", tmp_path / "out", "--foreign"
    )
    assert missing.exit_code == 2
    assert "input picture" in missing.output


def test_a_killed_run_is_resumed_to_the_bytes_of_an_undisturbed_one(tmp_path: Path, inputs: Path) -> None:
    whole = write_config(tmp_path, inputs)
    call_json("pipeline", "run", "--config", whole, "--out", tmp_path / "whole", "--no-sheet")
    (tmp_path / "slow_enhancer.py").write_text(
        "import time\nfrom components.enhancement import LanczosEnhancer\n"
        "class Slow:\n    def enhance(self, data, settings):\n        time.sleep(0.4)\n"
        "        return LanczosEnhancer().enhance(data, settings)\n"
    )
    out = tmp_path / "out"
    options = ("--enhancer", "slow_enhancer:Slow", "--out", out, "--no-sheet")
    process = start(tmp_path, "pipeline", "run", "--config", whole, *options)
    wait_until(lambda: len(list(out.glob("2*/*seed*.png"))) >= 1, process)
    process.kill()
    process.communicate()
    [run] = call_json("runs", "list", "--out", out)
    assert call_json("runs", "resume", run["id"], "--out", out)["state"] == "done"
    pixels = {name: np.asarray(Image.open(path)) for path in out.glob("2*/*seed*") for name in [path.name]}
    wanted = {
        name: np.asarray(Image.open(path))
        for path in (tmp_path / "whole").glob("2*/*seed*")
        for name in [path.name]
    }
    assert pixels.keys() == wanted.keys()
    assert all(np.array_equal(pixels[name], wanted[name]) for name in wanted)


def test_nobody_asks_a_source_of_which_kind_it_is() -> None:
    stylize = Stylize(paths=(Path("a"), Path("b"), Path("c")), styles=(Path("s"), Path("t")))
    assert [(each.name, str(each.path), each.each) for each in stylize.part(1, 1).inputs()] == [
        ("content", "b", True), ("style 1", "s", False), ("style 2", "t", False),
    ]  # fmt: skip
    assert (stylize.most, stylize.needs_model, Noise().most, Noise().needs_model) == (3, False, None, True)
    assert Noise().part(5, 3) == Noise()
    assert Pictures(paths=(Path("x"),)).moved(lambda path: "/y" / path).paths == (Path("/y/x"),)
    with pytest.raises(ValueError, match="count: wanted at most the 3 pictures, got 4"):
        IGS(count=4, source=stylize)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("nosie", "wanted a kind, one of noise"),
        ("json:loads", "whose attribute 'source'"),
        ("nowhere:X", "cannot be imported"),
    ],
)
def test_a_kind_that_is_none_is_refused(kind: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        source_class(kind)
