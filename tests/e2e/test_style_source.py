"""Style transfer is one more source of the chain: what was done to the pictures stands in the file, and is done again from it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from components.conversion import read_metadata
from tests.e2e.cli import call, call_json
from tests.unit.generation.style_pictures import waves, write_picture

ALGORITHM = '''
class Halved:
    """The content with half of its contrast."""

    needs_features = False
    uses = frozenset()

    def transfer(self, task, attendant):
        attendant.progress(1, 1)
        return task.content * 0.5 + task.styles[0].mean() * 0
'''


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    folder = tmp_path / "inputs"
    folder.mkdir()
    for seed, name in enumerate(("first", "last", "style")):
        write_picture(folder / f"{name}.png", waves(48, 40, seed))
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def run(folder: Path, inputs: Path, contents: tuple[str, ...], *, code: int = 0, **source: Any) -> Any:
    values: dict[str, object] = {
        "kind": "stylize",
        "algorithm": "reinhard",
        "size": 32,
        "paths": [str(inputs / f"{name}.png") for name in contents],
        "styles": [str(inputs / "style.png")],
    } | source
    table = "".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    (folder / "run.toml").write_text(
        f"[generation]\nseed = 4\n[generation.source]\n{table}[enhancement]\nside = 64\n"
        '[enhancement.enhancer]\nkind = "lanczos"\n'
    )
    options = ("--config", folder / "run.toml", "--out", folder / "out", "--no-sheet")
    return call_json("pipeline", "run", *options, code=code)


def test_a_picture_is_made_again_from_its_file_alone_with_all_that_was_done_to_it(
    tmp_path: Path, inputs: Path
) -> None:
    changes: dict[str, Any] = {
        "flip": "vertical", "rotate": 30.0, "crop": "4:3", "canvas": 0.1, "denoise_before": 0.5, "denoise_after": 0.25,
        "original_colours": True,
    }  # fmt: skip
    made = run(tmp_path, inputs, ("first", "last"), **changes)
    file = Path(made["files"][1]["path"])
    record: Any = read_metadata(file)["chain"][0]  # type: ignore[index]  # it has metadata
    assert set(record["digests"]) == {"content", "style"}
    assert record["settings"]["source"].items() >= {**changes, "algorithm": "reinhard", "size": 32}.items()
    assert str(tmp_path) not in json.dumps(record)

    shutil.rmtree(inputs)
    again = call_json("results", "reproduce", file, "--out", tmp_path / "again", "--store", tmp_path / "out")
    assert again["identical"]


def test_a_content_that_cannot_be_read_is_named_and_the_others_are_made(tmp_path: Path, inputs: Path) -> None:
    made = run(tmp_path, inputs, ("first", "broken", "last"), code=1)
    assert [file["seed"] for file in made["files"]] == [4, 6]
    [(seed, reason)] = made["failed"].items()
    assert seed == "5"
    assert "broken.png: cannot be read as a picture" in reason


def test_an_algorithm_of_somebodys_own_is_named_in_the_source_and_no_strangers_file_runs_it(
    tmp_path: Path, inputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_algorithm.py").write_text(ALGORITHM)
    monkeypatch.syspath_prepend(tmp_path)
    made = run(tmp_path, inputs, ("first",), algorithm="my_algorithm:Halved")
    [file] = [Path(each["path"]) for each in made["files"]]
    command = ("results", "reproduce", file, "--out", tmp_path / "again", "--store", tmp_path / "out")
    refused = call(*command)
    assert refused.exit_code == 2
    assert "my_algorithm:Halved" in refused.output
    assert "--foreign" in refused.output
    assert call_json(*command, "--foreign")["identical"]


def test_a_part_of_the_picture_that_cannot_be_meant_is_refused_before_anything_is_made(
    tmp_path: Path, inputs: Path
) -> None:
    source = f'kind = "stylize"\ncrop = "square"\npaths = ["{inputs}/first.png"]\nstyles = ["{inputs}/style.png"]\n'
    (tmp_path / "run.toml").write_text(f"[generation.source]\n{source}")
    said = call("pipeline", "run", "--config", tmp_path / "run.toml", "--out", tmp_path / "out")
    assert said.exit_code == 2, said.output
    assert "crop: wanted an aspect such as 4:3" in " ".join(said.output.split())
    assert not (tmp_path / "out").exists()
