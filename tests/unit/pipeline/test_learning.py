"""Which trainer a training gets."""

from pathlib import Path
from typing import Any

import pytest

from interfaces.errors import SettingsError
from interfaces.events import Event, StageStarted
from interfaces.igme import IGME
from interfaces.trained_enhancer import TrainedEnhancer
from pipeline.jobs.verbs import resume
from pipeline.settings.config import ComponentNames, DataConfig, TrainingConfig
from pipeline.train.job import TrainRunner
from pipeline.train.training import Learning
from storage.run_queue import SqlRunQueue
from tests.samples import painting_files, write_zip

TINY = {
    "enhancer-x4": {"network.features": "4", "network.depth": "1", "side": "16", "crop": "8"},
    "wgan-gp": {
        "generator.side": "8",
        "generator.latent": "4",
        "generator.width": "4",
        "generator.max_width": "8",
        "critic.width": "4",
        "critic_steps": "1",
    },
}


@pytest.mark.parametrize(
    ("preset", "trainer", "kind"),
    [("wgan-gp", "gan", IGME), ("wgan-gp", None, IGME), ("enhancer-x4", None, TrainedEnhancer)],
)
def test_the_settings_choose_the_trainer(
    preset: str, trainer: str | None, kind: type, tmp_path: Path
) -> None:
    run, told = _run(preset, {"trainer": trainer}, tmp_path)
    assert isinstance(run.model, kind)
    assert told == ["enhancer" if kind is TrainedEnhancer else "gan"]


def test_a_training_that_was_recorded_when_gan_was_named_for_all_goes_on(tmp_path: Path) -> None:
    run, told = _run("enhancer-x4", {"trainer": "gan"}, tmp_path)
    assert isinstance(run.model, TrainedEnhancer)
    assert told == ["enhancer"]


def test_a_trainer_that_takes_other_settings_is_refused() -> None:
    with pytest.raises(SettingsError, match="wanted enhancer for the preset enhancer-x4, got gan"):
        Learning(
            DataConfig(source="none"), TrainingConfig(preset="enhancer-x4"), ComponentNames(trainer="gan")
        )


def test_a_preprocessor_that_takes_less_than_the_preset_asks_for_is_refused_with_what_it_lacks() -> None:
    name = "tests.contracts.broken.preprocessors:GoodPreprocessor"
    with pytest.raises(SettingsError) as caught:
        Learning(
            DataConfig(source="none"),
            TrainingConfig(preset="enhancer-x4"),
            ComponentNames(preprocessor=name),
        )
    assert caught.value.problems == (
        f"preprocessor {name!r} takes no option 'enlarge', which the settings ask for; its constructor takes side, channels",
        f"preprocessor {name!r} takes no option 'pieces', which the settings ask for; its constructor takes side, channels",
    )


def test_a_start_that_is_not_there_is_refused_before_the_data_are_read(tmp_path: Path) -> None:
    training = TrainingConfig(preset="wgan-gp", overrides={"start": str(tmp_path / "first")})
    with pytest.raises(SettingsError, match="start: wanted a training's folder with checkpoints"):
        Learning(DataConfig(source="none"), training, folder=tmp_path / "training")
    # one that goes on needs it no more
    (tmp_path / "training" / "checkpoints").mkdir(parents=True)
    (tmp_path / "training" / "checkpoints" / "step-000000007.json").touch()
    Learning(DataConfig(source="none"), training, folder=tmp_path / "training")


def _run(preset: str, components: dict[str, Any], folder: Path) -> tuple[TrainRunner, list[str]]:
    """Go on with a run as artgen 0.1 recorded it; return what did it, and the trainers that it told of."""
    source = write_zip(folder / "paintings.zip", painting_files(("warm", "cool"), per_style=6))
    overrides = {"batch": "4", "steps": "2", "device": "cpu", **TINY[preset]}
    settings: dict[str, Any] = {
        "data": {"source": str(source)},
        "training": {"preset": preset, "overrides": dict(overrides)},
        "components": {"observers": [], **components},
    }
    queue = SqlRunQueue(folder / "training")
    record = queue.create("train", settings, 2, folder=queue.root)
    told: list[str] = []

    def listen(event: Event) -> None:
        if isinstance(event, StageStarted) and event.stage == "training":
            told.append(event.component)

    runner = resume(record.id, queue.root, listener=listen).runner
    assert isinstance(runner, TrainRunner)
    return runner, told


def test_what_changes_nothing_in_the_result_finds_the_same_training_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_CACHE", str(tmp_path / "cache"))
    archive = write_zip(tmp_path / "paintings.zip", painting_files(("warm", "cool"), per_style=3))

    def name(**changes: str) -> str:
        training = TrainingConfig(preset="wgan-gp", overrides={**TINY["wgan-gp"], **changes})
        return Learning(DataConfig(source=str(archive)), training).folder.path.name

    assert name(log_every="7", keep_checkpoints="5", checkpoint_seconds="9") == name()
    assert len({name(), name(learning_rate="1e-3"), name(steps="3"), name(store_half="true")}) == 4
