"""Checkpoints count only whole: damaged ones are passed over, and a killed training loses nothing."""

import errno
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from components.training import GanSettings, GanTrainer
from components.training.checkpoints.store import CheckpointNote, Checkpoints
from components.training.gan.model import StateView
from components.training.gan.rollback import is_good, is_haven
from interfaces.errors import CheckpointError, SettingsError, StorageError
from interfaces.events import Event, Notice
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver, TrainingView
from storage.run_folder import DirectoryFolder
from tests.processes import run_until
from tests.unit.networks.features_files import write_squeezenet
from tests.unit.training.tiny import PROJECTED, RESIDUAL, make_pack, tiny_projected, tiny_settings

NewFolder = Callable[[], DirectoryFolder]

DCGAN = {
    "loss": "cross-entropy",
    "correction": "none",
    "critic_steps": 1,
    "critic": {"width": 4, "normalisation": "batch", "bias": False},
    "initialisation": "normal-0.02",
}
KINDS: Mapping[str, Mapping[str, Any]] = {
    "wgan-gp": {},
    "projected": PROJECTED,
    "dcgan": DCGAN,
    "dcgan-wi": {**DCGAN, "initialisation": "glorot-normal"},
    "r3gan": RESIDUAL,
}


def settings_of(kind: str, folder: Path, **changes: Any) -> GanSettings:
    changes = {**KINDS[kind], "steps": 60, **changes}
    if kind == "projected":
        features = write_squeezenet(folder / "features.safetensors")
        return tiny_projected(features, **{k: v for k, v in changes.items() if k != "critic"})
    return tiny_settings(**changes)


def train_in(folder: Path, kind: str, die_before: str, observer: TrainingObserver) -> None:
    """Train, or go on; die before a file is in place whose name ends like that."""
    rename = os.replace

    def replace(old: Path, new: Path) -> None:
        if die_before and str(new).endswith(die_before):
            os._exit(9)  # as a kill does: nothing is closed, nothing cleaned up
        rename(old, new)

    os.replace = replace  # type: ignore[assignment]  # as it is called here
    settings, place = settings_of(kind, folder, checkpoint_every=7), DirectoryFolder(folder / "run")
    GanTrainer(settings).train(make_pack(folder), place, resume=True, observers=[observer])


def run_child(folder: Path, kind: str, *, kill_at: int | None = None, die_before: str = "") -> None:
    """Train in another process; kill it as soon as it reports the step, or let it die before a file is in place."""
    code = run_until(kill_at, train_in, folder, kind, die_before)
    assert (code == 0) == (kill_at is None and not die_before)


@pytest.fixture
def compare(pack: IPDT, new_folder: NewFolder, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Finishes the training in ``tmp_path`` and compares it with an undisturbed one."""

    def finish(kind: str) -> None:
        whole, killed = new_folder(), DirectoryFolder(tmp_path / "run")
        assert killed.names("model.*") == []
        GanTrainer(settings_of(kind, tmp_path)).train(pack, whole)
        run_child(tmp_path, kind)
        assert killed.read("model.safetensors") == whole.read("model.safetensors")
        assert log(killed) == log(whole)
        assert len(log(whole)) == 60

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield finish
    torch.set_num_threads(threads)


def log(folder: DirectoryFolder) -> list[dict[str, float]]:
    lines = map(json.loads, folder.read("log.jsonl").decode().splitlines())
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


@pytest.mark.parametrize(
    "kind",
    [
        "wgan-gp",
        "projected",
        *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("dcgan", "dcgan-wi", "r3gan")),
    ],
)
def test_a_killed_training_ends_with_the_bytes_of_an_undisturbed_one(
    compare: Callable[[str], None], tmp_path: Path, kind: str
) -> None:
    for step in (3, 31):  # before the first checkpoint, and between two
        run_child(tmp_path, kind, kill_at=step)
    compare(kind)


@pytest.mark.parametrize("suffix", ["safetensors", "json"])
def test_a_training_killed_while_it_writes_a_checkpoint_goes_on_from_the_one_before(
    compare: Callable[[str], None], tmp_path: Path, suffix: str
) -> None:
    run_child(tmp_path, "wgan-gp", die_before=f"step-000000021.{suffix}")
    notes = DirectoryFolder(tmp_path / "run").names("checkpoints/*.json")
    assert notes == ["checkpoints/step-000000007.json", "checkpoints/step-000000014.json"]
    compare("wgan-gp")


def spoil(folder: DirectoryFolder, name: str) -> None:
    content = bytearray(folder.read(name))
    content[len(content) // 2] ^= 255
    folder.write(name, bytes(content))


@pytest.mark.parametrize("suffix", ["safetensors", "json"])
@pytest.mark.parametrize("damage", ["spoil", "truncate", "remove tensors"])
def test_a_damaged_newest_one_falls_back_to_the_one_before(
    pack: IPDT, new_folder: NewFolder, suffix: str, damage: str
) -> None:
    whole, folder = new_folder(), new_folder()
    GanTrainer(tiny_settings(checkpoint_every=2)).train(pack, whole)
    GanTrainer(tiny_settings(checkpoint_every=2, steps=4)).train(pack, folder)
    newest = f"checkpoints/step-000000004.{suffix}"
    if damage == "spoil":
        spoil(folder, newest)
    elif damage == "truncate":
        folder.write(newest, folder.read(newest)[:100])
    else:
        folder.delete("checkpoints/step-000000004.safetensors")
    events: list[Event] = []
    GanTrainer(tiny_settings()).train(pack, folder, resume=True, listener=events.append)
    warnings = [event.text for event in events if isinstance(event, Notice) and event.level == "warning"]
    assert len(warnings) == 1
    assert "step-000000004.json is damaged and passed over" in warnings[0]
    assert folder.read("model.safetensors") == whole.read("model.safetensors")


def test_a_full_disk_leaves_the_checkpoint_before_and_the_training_goes_on_from_it(
    pack: IPDT, new_folder: NewFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, folder = new_folder(), new_folder()
    settings = tiny_settings(checkpoint_every=2)
    GanTrainer(settings).train(pack, whole)

    rename = os.replace

    def replace(partial: Path, target: Path) -> None:
        if target.name == "step-000000004.safetensors":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rename(partial, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(
            StorageError, match=r"step-000000004\.safetensors cannot be written: the disk is full"
        ):
            GanTrainer(settings).train(pack, folder)
    assert folder.names("checkpoints/*.json") == ["checkpoints/step-000000002.json"]
    assert [path.name for path in folder.path.rglob("*.partial")] == []
    GanTrainer(settings).train(pack, folder, resume=True)
    assert folder.read("model.safetensors") == whole.read("model.safetensors")


def test_a_training_that_diverges_names_its_last_good_checkpoint_and_goes_on_from_it(
    pack: IPDT, new_folder: NewFolder
) -> None:
    class Poison:
        def observe(self, view: TrainingView, folder: RunFolder) -> bool:
            if view.step == 3 and isinstance(view, StateView):
                with torch.no_grad():
                    next(view.state.generator.parameters()).fill_(torch.nan)
            return True

        def finish(self, folder: RunFolder) -> None:
            raise AssertionError("it did not end, but failed")

    whole, folder = new_folder(), new_folder()
    settings = tiny_settings(checkpoint_every=2)
    GanTrainer(settings).train(pack, whole)
    with pytest.raises(SettingsError, match=r"diverged in step 4: .* checkpoint is .*step-000000002\.json"):
        GanTrainer(settings).train(pack, folder, observers=[Poison()])
    assert len(folder.read("log.jsonl").splitlines()) == 3
    GanTrainer(settings).train(pack, folder, resume=True)
    assert folder.read("model.safetensors") == whole.read("model.safetensors")


def test_tensors_without_a_note_do_not_count(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    GanTrainer(tiny_settings(checkpoint_every=2, steps=4)).train(pack, folder)
    folder.delete("checkpoints/step-000000004.json")  # as after a kill between the two files
    found = Checkpoints(folder, 2, None).newest()
    assert found is not None
    assert found[0].step == 2


def test_a_full_disk_leaves_the_checkpoint_before_to_go_on_from(
    pack: IPDT, new_folder: NewFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, folder = new_folder(), new_folder()
    GanTrainer(tiny_settings(checkpoint_every=2)).train(pack, whole)

    class FillDisk:
        def observe(self, view: TrainingView, folder: RunFolder) -> bool:
            if view.step == 3:
                monkeypatch.setattr(os, "fsync", fail)
            return True

        def finish(self, folder: RunFolder) -> None:
            """Nothing is left to do."""

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(
        StorageError, match=r"step-000000004\.safetensors cannot be written: the disk is full"
    ):
        GanTrainer(tiny_settings(checkpoint_every=2)).train(pack, folder, observers=[FillDisk()])
    monkeypatch.undo()
    assert folder.names("checkpoints/*.json") == ["checkpoints/step-000000002.json"]
    GanTrainer(tiny_settings()).train(pack, folder, resume=True)
    assert folder.read("model.safetensors") == whole.read("model.safetensors")


def test_says_so_when_all_are_damaged(pack: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    GanTrainer(tiny_settings(checkpoint_every=2, steps=4)).train(pack, folder)
    for name in folder.names("checkpoints/*.safetensors"):
        spoil(folder, name)
    with pytest.raises(CheckpointError, match="all 2 checkpoints are damaged"):
        GanTrainer(tiny_settings()).train(pack, folder, resume=True)


def test_numbers_that_are_not_finite_are_never_saved(new_folder: NewFolder) -> None:
    folder = new_folder()
    note = CheckpointNote(
        step=1,
        seconds=0,
        state={},
        settings={},
        data_fingerprint="a" * 64,
        runtime={},
        sha256="0" * 64,
    )
    with pytest.raises(CheckpointError, match=r"generator.weight is not finite.*smaller learning_rate"):
        Checkpoints(folder, 2, None).save({"generator.weight": torch.tensor([1.0, torch.nan])}, note)
    assert folder.names() == []


def test_a_note_of_the_first_release_is_read_as_one_of_today() -> None:
    health = {"looks": 12, "diversity": 0.1, "peak": 0.9, "rollbacks": ["lost-diversity"], "reports": 1}
    note = CheckpointNote.model_validate_json(
        json.dumps(
            {
                "step": 6,
                "epoch": 2,
                "offset": 4,
                "seconds": 1.5,
                "settings": {},
                "data_fingerprint": "a" * 64,
                "runtime": {},
                "health": health,
                "haven": False,
                "sha256": "0" * 64,
            }
        )
    )
    assert note.state == {"position": [2, 4], "health": health, "haven": False}
    assert not is_good(note)
    assert not is_haven(note)
    assert CheckpointNote.model_validate_json(note.model_dump_json()) == note
