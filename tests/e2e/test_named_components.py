"""Every part of the chain is named by its port, on the command line and in a file alike."""

import tomllib
from pathlib import Path

import pytest

from interfaces.runs import RunRecord
from pipeline.factories.registries import registries
from pipeline.settings.config import PORTS
from tests.e2e.cli import call, call_json
from tests.samples import painting_files, write_files

MODULE = """
from pathlib import Path

from components.conversion import FileConverter
from components.enhancement import LanczosEnhancer
from components.generation import NoiseGenerator
from components.preprocessing import SquarePreprocessor
from components.training import GanTrainer
from components.ui import LayeredSettings
from storage.result_store import SqlResultStore
from storage.training.training_store import LocalTrainingStore


def note(what):
    with Path("called.txt").open("a") as file:
        print(what, file=file)


class Look:
    def observe(self, view, folder):
        note("observer")
        return True

    def finish(self, folder):
        pass


class Store(LocalTrainingStore):
    def describe(self, source, **options):
        note("training_store")
        return super().describe(source, **options)


class Squares(SquarePreprocessor):
    def prepare(self, data, source, cache, *, listener=None):
        note("preprocessor")
        return super().prepare(data, source, cache, listener=listener)


class Teacher(GanTrainer):
    def train(self, data, folder, **options):
        note("trainer")
        return super().train(data, folder, **options)


class Dreams(NoiseGenerator):
    def generate(self, settings, model):
        note("generator")
        return super().generate(settings, model)


class Large(LanczosEnhancer):
    def enhance(self, data, settings):
        note("enhancer")
        return super().enhance(data, settings)


class Files(FileConverter):
    def convert(self, data, settings):
        note("converter")
        return super().convert(data, settings)


class Shelf(SqlResultStore):
    def add(self, run, data):
        note("result_store")
        return super().add(run, data)


class Asks:
    def __init__(self, *layers):
        self.layers = layers

    def read(self):
        note("settings_source")
        return LayeredSettings(*self.layers, {"conversion": {"format": "webp"}}).read()
"""

MINE = {
    "training_store": "Store", "preprocessor": "Squares", "trainer": "Teacher", "observer": "Look",
    "generator": "Dreams", "enhancer": "Large", "converter": "Files", "result_store": "Shelf",
    "settings_source": "Asks",
}  # fmt: skip
TRAINING = """
[data]
source = "pictures"

[training.overrides]
steps = 2
batch = 4
"generator.width" = 4
"critic.width" = 4
"""


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path / "pictures", painting_files())
    (tmp_path / "my_parts.py").write_text(MODULE)
    (tmp_path / "learn.toml").write_text(TRAINING)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_the_ports_are_those_that_component_list_names() -> None:
    # the algorithm of a style transfer is named with its other settings, in the source; what looks into a model, by `artgen lab`
    assert [*PORTS, "style_algorithm", "explorer"] == [*registries()]


@pytest.mark.parametrize("in_file", [True, False])
def test_a_run_takes_the_component_of_every_port(in_file: bool, working_folder: Path) -> None:
    names = {port: f"my_parts:{name}" for port, name in MINE.items()}
    options = [part for port, name in names.items() for part in ("--component", f"{port}={name}")]
    if in_file:
        table = "".join(f"{port} = {name!r}\n" for port, name in names.items())
        (working_folder / "learn.toml").write_text(f"{TRAINING}[components]\n{table}")
        options = []

    made = call_json(
        "pipeline", "run", "--config", "learn.toml", *options, "--count", 1, "--size", 64, "--out", "out"
    )

    assert made["state"] == "done"
    assert {*(working_folder / "called.txt").read_text().split()} == {*MINE}
    if in_file:
        assert {Path(file["path"]).suffix for file in made["files"] if file["role"] == "final"} == {".webp"}


def test_show_config_prints_what_was_named_for_a_file_to_read(working_folder: Path) -> None:
    options = ("--component", "converter=my_parts:Files", "--component", "enhancer=lanczos")
    shown = tomllib.loads(call("pipeline", "show-config", *options, "--seed", 1).stdout)

    assert shown["components"]["converter"] == "my_parts:Files"
    assert shown["enhancement"]["enhancer"] == {"kind": "lanczos"}


@pytest.mark.parametrize(
    ("command", "options", "said"),
    [
        (("pipeline", "run"), ("convertor=files",), r"got 'convertor'. Did you mean 'converter'?"),
        (("pipeline", "run"), ("files",), "wanted PORT=NAME, got 'files'"),
        (("pipeline", "run"), ("converter=filse",), "unknown converter 'filse'; known: files"),
        (
            ("pipeline", "run"),
            ("converter=files", "converter=a:B"),
            "wanted one converter, got files and a:B",
        ),
        (("pipeline", "run"), ("trainer=gan",), "wanted data to train on with a trainer (--data), got none"),
        (
            ("train", "pictures"),
            ("converter=files",),
            "one of training_store, preprocessor, trainer, observer",
        ),
    ],
)
def test_what_cannot_be_named_is_told(
    command: tuple[str, ...], options: tuple[str, ...], said: str, tiny_model: Path
) -> None:
    named = [part for option in options for part in ("--component", option)]
    model = ("--model", tiny_model, "--out", "out", "--size", 16) if command[0] == "pipeline" else ()
    result = call(*command, *model, *named)

    assert result.exit_code == 2
    assert said in result.stderr


def test_the_enhancer_is_named_once(tiny_model: Path) -> None:
    result = call(
        "pipeline", "run", "--model", tiny_model, "--enhancer", "lanczos", "--component", "enhancer=spandrel"
    )
    assert result.exit_code == 2
    assert "wanted one enhancer, got spandrel and --enhancer lanczos" in result.stderr


def trained(*options: object) -> RunRecord:
    found = call_json("train", *options)
    return RunRecord.model_validate({name: found[name] for name in RunRecord.model_fields})


def test_a_training_reads_the_file_of_a_run_and_the_run_takes_its_model(working_folder: Path) -> None:
    (working_folder / "learn.toml").write_text(f'out = "gallery"\n{TRAINING}')
    record = trained("--config", "learn.toml", "--component", "observer=my_parts:Look")

    assert (record.state, record.total) == ("done", 2)
    assert (working_folder / "called.txt").read_text().split() == ["observer", "observer"]
    [listed] = call_json("runs", "list", "--out", "gallery")
    assert listed["id"] == record.id

    made = call_json("pipeline", "run", "--config", "learn.toml", "--enhancer", "lanczos", "--size", 64)
    assert made["state"] == "done"
    assert (working_folder / "called.txt").read_text().split() == ["observer", "observer"]


def test_options_win_over_the_file_of_a_training() -> None:
    by_steps = trained("--config", "learn.toml", "--steps", 1, "--out", "one")
    by_epochs = trained("--config", "learn.toml", "--epochs", 5, "--out", "two")

    assert by_steps.total == 1
    assert by_epochs.total != 2


def test_what_the_file_of_a_training_lacks_is_asked_for(working_folder: Path) -> None:
    (working_folder / "empty.toml").write_text("[training]\npreset = 'dcgan'\n")

    for options in ((), ("--config", "empty.toml")):
        result = call("train", *options)
        assert result.exit_code == 2
        assert "SOURCE" in result.stderr
