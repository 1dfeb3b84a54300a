"""Settings mean the same in every working folder once their paths are absolute."""

from pathlib import Path

import pytest

from pipeline.settings.config import ComponentNames, DataConfig, TrainingConfig
from pipeline.settings.places import anywhere
from pipeline.sweep.job import SweepJob
from pipeline.sweep.settings import SweepSettings
from pipeline.train.job import TrainJob


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("pictures", "first", "net.pth", "features.pth", "7"):
        (tmp_path / name).mkdir()
    return tmp_path


def _training(folder: Path, **overrides: str) -> dict[str, str]:
    preset = overrides.pop("preset", "projected")
    job = TrainJob(
        data=DataConfig(source="pictures"),
        training=TrainingConfig(preset=preset, overrides=overrides),
        out=Path("out"),
    )
    placed = anywhere(job)
    assert (placed.data.source, placed.out) == (str(folder / "pictures"), folder / "out")
    return placed.training.overrides


def test_a_training_names_its_files_by_their_paths_and_nothing_else(folder: Path) -> None:
    given = {"start": "first", "critic.features": "./features.pth", "steps": "7", "name": "first"}
    assert _training(folder, **given) == {
        "start": str(folder / "first"),
        "critic.features": str(folder / "features.pth"),
        "steps": "7",
        "name": "first",
    }


def test_a_section_of_another_kind_has_its_own_files(folder: Path) -> None:
    given = {
        "preset": "wgan-gp",
        "critic.kind": "projected",
        "correction": "none",
        "critic.features": "features.pth",
    }
    assert _training(folder, **given)["critic.features"] == str(folder / "features.pth")


def test_a_name_stays_and_so_does_what_is_refused_later(folder: Path) -> None:
    given = {
        "start": "paintings-64-projected",
        "critic.features": "squeezenet1_1",
        "no.such.setting": "first",
    }
    assert _training(folder, **given) == given
    assert _training(folder, preset="no-such-preset", start="first") == {"start": "first"}


def test_settings_of_a_preset_of_somebodys_trainer_are_known(folder: Path) -> None:
    job = TrainJob(
        data=DataConfig(source="memory://pictures"),
        training=TrainingConfig(preset="toy", overrides={"hint": "net.pth"}),
        components=ComponentNames(trainer="tests.fixture_system.trainer:ToyTrainer"),
    )
    placed = anywhere(job)
    assert placed.training.overrides == {"hint": str(folder / "net.pth")}
    assert placed.data.source == "memory://pictures"


def test_a_sweep_has_them_in_what_is_fixed_and_in_what_it_tries(folder: Path) -> None:
    settings = SweepSettings.model_validate(
        {
            "source": "pictures", "preset": "enhancer-x4", "steps": 100, "sampler": "grid",
            "fixed": {"teacher": "net.pth", "licence": "first"}, "space": {"start": ["first", "none"], "batch": [7, 8]},
        }
    )  # fmt: skip
    placed = anywhere(SweepJob(sweep=settings)).sweep
    assert placed.source == str(folder / "pictures")
    assert placed.fixed == {"teacher": str(folder / "net.pth"), "licence": "first"}
    assert placed.space["start"].values == (str(folder / "first"), "none")
    assert placed.space["batch"].values == (7, 8)


def test_what_names_no_file_is_the_same_object() -> None:
    settings = TrainingConfig(overrides={"steps": "3"})
    assert anywhere(settings) is settings
