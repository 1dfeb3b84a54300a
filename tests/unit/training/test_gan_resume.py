"""A GAN's training that stopped goes on as if it had not, and only with what it began with."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from components.training import GanTrainer
from interfaces.errors import CheckpointError
from interfaces.events import Event, Notice
from interfaces.ipdt import IPDT
from interfaces.ports import TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny import make_pack, tiny_settings
from tests.unit.training.tiny_gan import At, log, train, weights

NewFolder = Callable[[], DirectoryFolder]


def stop(pack: IPDT, folder: DirectoryFolder, step: int, **changes: Any) -> None:
    observer = At(step, lambda _: False)
    resume = bool(folder.names())
    assert (
        GanTrainer(tiny_settings(**changes)).train(pack, folder, resume=resume, observers=[observer]) is None
    )


def test_a_training_stopped_twice_ends_like_an_undisturbed_one(pack: IPDT, new_folder: NewFolder) -> None:
    whole, parts = new_folder(), new_folder()
    train(pack, whole)
    stop(pack, parts, 2)
    assert parts.names("model.*") == []
    stop(pack, parts, 5)
    train(pack, parts, resume=True)
    assert weights(parts) == weights(whole)
    assert log(parts) == log(whole)


def test_a_longer_training_goes_on_where_a_shorter_one_ended(pack: IPDT, new_folder: NewFolder) -> None:
    long, extended = new_folder(), new_folder()
    train(pack, long, steps=8)
    train(pack, extended, steps=3)
    train(pack, extended, steps=8, resume=True)
    assert weights(long) == weights(extended)
    with pytest.raises(CheckpointError, match="has 8 steps already, and 4 are wanted"):
        train(pack, extended, steps=4, resume=True)


def test_resuming_a_finished_training_gives_the_same_model(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    assert train(pack, folder) == train(pack, folder, resume=True)


def test_ctrl_c_saves_the_step_under_way_and_interrupts(pack: IPDT, new_folder: NewFolder) -> None:
    whole, parts = new_folder(), new_folder()
    train(pack, whole)

    def interrupt(_: TrainingView) -> bool:
        signal.raise_signal(signal.SIGINT)
        return True

    with pytest.raises(KeyboardInterrupt):
        GanTrainer(tiny_settings()).train(pack, parts, observers=[At(3, interrupt)])
    assert parts.names("checkpoints/*.json") == ["checkpoints/step-000000003.json"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    train(pack, parts, resume=True)
    assert weights(parts) == weights(whole)


def test_refuses_checkpoints_of_other_settings_or_data(
    pack: IPDT, tmp_path: Path, new_folder: NewFolder
) -> None:
    folder = new_folder()
    stop(pack, folder, 2)
    with pytest.raises(CheckpointError, match=r"another configuration: .*batch: was 4, is 3.*learning_rate"):
        train(pack, folder, resume=True, batch=3, learning_rate=2e-4)
    with pytest.raises(CheckpointError, match=r"critic.width: was 4, is 8"):
        train(pack, folder, resume=True, critic={"width": 8})
    other = make_pack(tmp_path, fingerprint="b" * 64)
    with pytest.raises(CheckpointError, match=r"fingerprint was a+ \(tiny\), is b+"):
        train(other, folder, resume=True)


def test_goes_on_with_other_data_where_that_is_allowed_and_remembers_both(
    pack: IPDT, tmp_path: Path, new_folder: NewFolder
) -> None:
    folder = new_folder()
    told: list[Event] = []
    stop(pack, folder, 2)
    packs = []
    for letter in "bc":
        (tmp_path / letter).mkdir()
        packs.append(make_pack(tmp_path / letter, images=30, fingerprint=letter * 64))
    for steps, other in zip((4, 6), packs, strict=True):
        settings = tiny_settings(steps=steps, allow_different_data=True)
        model = GanTrainer(settings).train(other, folder, resume=True, listener=told.append)
    assert model is not None
    assert model.training["data_fingerprint"] == "c" * 64
    assert model.training["earlier_data"] == [
        {"dataset": "tiny", "data_fingerprint": "a" * 64, "until_step": 2},
        {"dataset": "tiny", "data_fingerprint": "b" * 64, "until_step": 4},
    ]
    warnings = [event.text for event in told if isinstance(event, Notice) and event.level == "warning"]
    assert [text.endswith("it goes on with the new ones") for text in warnings] == [True, True]
    again = GanTrainer(tiny_settings(steps=7)).train(packs[1], folder, resume=True)
    assert again is not None
    assert again.training["earlier_data"] == model.training["earlier_data"]


def test_other_data_of_other_styles_are_refused_where_the_model_knows_them_apart(
    pack: IPDT, tmp_path: Path, new_folder: NewFolder
) -> None:
    folder = new_folder()
    GanTrainer(tiny_settings(conditional=True, steps=2)).train(pack, folder)
    other = IPDT(**{**dict(make_pack(tmp_path, fingerprint="b" * 64)), "styles": ("realism", "baroque")})
    settings = tiny_settings(conditional=True, steps=4, allow_different_data=True)
    with pytest.raises(
        CheckpointError, match="styles by their place: wanted baroque, realism, got realism, baroq"
    ):
        GanTrainer(settings).train(other, folder, resume=True)


def test_refuses_to_begin_where_a_training_lies(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    stop(pack, folder, 2)
    before = folder.read("log.jsonl")
    with pytest.raises(CheckpointError, match="holds a training already"):
        train(pack, folder)
    assert folder.read("log.jsonl") == before


def test_warns_of_another_thread_count(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    stop(pack, folder, 2)
    events: list[Event] = []
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        GanTrainer(tiny_settings()).train(pack, folder, resume=True, listener=events.append)
    finally:
        torch.set_num_threads(threads)
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert notice.level == "warning"
    assert f"threads: was {threads}, is {threads + 1}" in notice.text
