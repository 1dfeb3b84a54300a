"""A component of somebody's that is wrong is told in its name and in one line, and the run says so, too."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cli import call, call_json
from tests.e2e.wrong_parts import MODULE
from tests.samples import painting_files, write_files

TINY = '"generator.width" = 4\n"critic.width" = 4\n'


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "wrong_parts.py").write_text(MODULE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    __import__("sys").modules.pop("wrong_parts", None)


def run(tiny_model: Path, folder: Path, port: str, name: str) -> list[str]:
    """Run the chain with a component, which is refused, and return the lines of stderr."""
    components = {"enhancer": "lanczos"} | {port: f"wrong_parts:{name}"}
    lines = [f'{key} = "{value}"\n' for key, value in components.items()]
    (folder / "parts.toml").write_text("[components]\n" + "".join(lines))
    result = call(
        "pipeline", "run", "--model", tiny_model, "--seed", 0, "--count", 3, "--size", 16, "--no-sheet",
        "--config", folder / "parts.toml", "--out", folder / "out",
    )  # fmt: skip
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    return [line for line in result.stderr.splitlines() if line.startswith(("artgen: ", "  "))]


@pytest.mark.parametrize(
    ("port", "name", "said"),
    [
        ("enhancer", "NoMethod", "wanted the method enhance(data, settings), which it has not"),
        (
            "enhancer",
            "OtherArguments",
            "wanted a method enhance(data, settings), got enhance(data): too many positional arguments",
        ),
        ("generator", "NoMethod", "wanted the method generate(settings, model), which it has not"),
        (
            "result_store",
            "HalfAStore",
            "wanted the method find_picture(sha256), which it has not",
        ),
        (
            "converter",
            "HalfAConverter",
            "wanted the method contact_sheet(pictures, settings, captions), which it has not",
        ),
        ("model_store", "HalfAModelStore", "wanted the method by_digest(sha256), which it has not"),
        ("model_store", "Guesses", "wanted IGME from get, got str"),
        ("weight_store", "HalfAWeightStore", "wanted the method advice(name), which it has not"),
        ("weight_store", "Nameless", "wanted the property names, which it has not"),
        ("settings_source", "ReadsTwo", "wanted tuple of IGS, IES, ICS from read, got tuple"),
    ],
)
def test_what_it_lacks_is_told_before_anything_starts(
    port: str, name: str, said: str, tiny_model: Path, tmp_path: Path
) -> None:
    assert run(tiny_model, tmp_path, port, name) == [
        f"artgen: your {port.replace('_', ' ')} wrong_parts:{name}: {said}"
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("port", "name", "said"),
    [
        ("enhancer", "GivesBack", "wanted IEDT from enhance, got IGDT"),
        ("generator", "Numbers", "wanted IGDT from generate, got int"),
        ("generator", "List", "wanted Iterator of IGDT from generate, got list"),
        ("converter", "Bytes", "wanted IODT from convert, got bytes"),
        ("result_store", "Forgets", "wanted Sequence of StoredFile from add, got None"),
    ],
)
def test_what_it_hands_over_is_looked_at_where_it_comes_from(
    port: str, name: str, said: str, tiny_model: Path, tmp_path: Path
) -> None:
    told = f"your {port.replace('_', ' ')} wrong_parts:{name}: {said}"
    assert run(tiny_model, tmp_path, port, name) == [f"artgen: {told}"]
    [record] = call_json("runs", "list", "--out", tmp_path / "out")
    assert (record["state"], record["message"]) == ("failed", told)


def test_an_error_of_theirs_is_told_with_the_lines_of_their_file_and_nothing_is_lost(
    tiny_model: Path, tmp_path: Path
) -> None:
    told = "your enhancer wrong_parts:Divides failed in enhance: ZeroDivisionError: division by zero"
    said = run(tiny_model, tmp_path, "enhancer", "Divides")

    assert said[0] == f"artgen: {told}"
    places = [line for line in said if line.startswith("  File ")]
    assert len(places) == 2
    assert all("wrong_parts.py" in place for place in places)
    assert [line.strip() for line in said if "return" in line] == [
        "return self._share(data, 0)",
        "return len(data.seeds) / parts",
    ]
    [record] = call_json("runs", "list", "--out", tmp_path / "out")
    assert (record["state"], record["message"], record["done"]) == ("failed", told, 2)
    assert len(list(tmp_path.glob("out/*/seed*.png"))) == 2


def test_an_error_that_their_call_brings_up_in_our_code_shows_their_line(
    tiny_model: Path, tmp_path: Path
) -> None:
    said = run(tiny_model, tmp_path, "enhancer", "DividesInOurCode")

    assert said[0].startswith("artgen: your enhancer wrong_parts:DividesInOurCode failed in enhance: ")
    assert said[2].strip() == "return LanczosEnhancer().enhance(data.images, settings)"
    assert not any("lanczos.py" in line for line in said)


def test_one_that_fails_while_it_is_made_shows_its_lines(tiny_model: Path, tmp_path: Path) -> None:
    said = run(tiny_model, tmp_path, "enhancer", "CannotBeMade")

    assert (
        said[0]
        == "artgen: your enhancer wrong_parts:CannotBeMade failed in its constructor: RuntimeError: out of luck"
    )
    assert said[2].strip() == 'raise RuntimeError("out of luck")'
    assert not (tmp_path / "out").exists()


def test_a_generator_that_makes_too_little_is_told(tiny_model: Path, tmp_path: Path) -> None:
    said = run(tiny_model, tmp_path, "generator", "Lazy")

    assert said == ["artgen: generation: wanted images of 3 seeds, got none of [0, 1, 2]"]


@pytest.mark.parametrize(
    ("components", "said"),
    [
        (
            {"trainer": "HalfATrainer"},
            "your trainer wrong_parts:HalfATrainer: wanted the method "
            "train(data, folder, resume, observers, listener), which it has not",
        ),
        (
            {"observers": "HalfAnObserver"},
            "your observer wrong_parts:HalfAnObserver: wanted the method finish(folder), which it has not",
        ),
        (
            {"observers": "SaysNothing"},
            "your observer wrong_parts:SaysNothing: wanted bool from observe, got None",
        ),
        (
            {"trainer": "Promises"},
            "your trainer wrong_parts:Promises: wanted IGME or TrainedEnhancer or None from train, got str",
        ),
        (
            {"trainer": "Stalls"},
            "your trainer wrong_parts:Stalls failed in train: OSError: out of paper",
        ),
        (
            {"training_store": "Attic"},
            "your training store wrong_parts:Attic: wanted ITDT from describe, got list",
        ),
        (
            {"preprocessor": "Scissors"},
            "your preprocessor wrong_parts:Scissors failed in prepare: AttributeError: "
            "'ITDT' object has no attribute 'pictures'",
        ),
    ],
)
def test_what_learns_is_held_to_its_port_as_well(
    components: dict[str, str], said: str, tmp_path: Path
) -> None:
    write_files(tmp_path / "pictures", painting_files())
    names = {port: f"wrong_parts:{name}" for port, name in components.items()}
    lines = [f"{port} = {[name] if port == 'observers' else name!r}\n" for port, name in names.items()]
    (tmp_path / "parts.toml").write_text(
        f"[training.overrides]\nsteps = 2\nbatch = 4\n{TINY}[components]\n" + "".join(lines)
    )
    result = call(
        "pipeline", "run", "--data", tmp_path / "pictures", "--size", 64, "--enhancer", "lanczos",
        "--config", tmp_path / "parts.toml", "--out", tmp_path / "out",
    )  # fmt: skip

    assert result.exit_code == 2, result.output
    assert f"artgen: {said}" in result.stderr.splitlines()


def test_a_trainer_that_cannot_be_asked_for_its_presets_is_told(tmp_path: Path) -> None:
    result = call(
        "train", write_files(tmp_path / "pictures", painting_files()), "--preset", "mine",
        "--component", "trainer=wrong_parts:NotMade",
    )  # fmt: skip

    assert result.exit_code == 2
    assert "artgen: trainer wrong_parts:NotMade cannot be made: RuntimeError: out of luck" in result.stderr


def test_pictures_of_ones_own_end_at_a_wrong_enhancer_as_a_run_does(tmp_path: Path) -> None:
    write_files(tmp_path / "pictures", painting_files())
    result = call("enhance", tmp_path / "pictures", "--enhancer", "wrong_parts:GivesBack", "--out", "larger")

    assert result.exit_code == 2
    assert "artgen: your enhancer wrong_parts:GivesBack: wanted IEDT from enhance, got IGDT" in result.stderr


def test_a_worker_shows_the_lines_of_their_file_and_goes_on(
    tiny_model: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("wrong_parts:DividesInOurCode", "lanczos"):
        call_json(
            "pipeline",
            "run",
            "--model",
            tiny_model,
            "--size",
            16,
            "--enhancer",
            name,
            "--out",
            "out",
            "--queue",
        )
    states = [run["state"] for run in call_json("worker", "--once", "--out", "out", code=1)]

    assert states == ["failed", "done"]
    [told] = [record.message for record in caplog.records if "wrong_parts" in record.message]
    assert "return LanczosEnhancer().enhance(data.images, settings)" in told
    assert "boundary.py" not in told
