"""Several processes train as one: real processes, connected by gloo."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from components.networks.speed import OVERRIDE
from components.training import GanTrainer
from components.training.distributed.device import count_cores
from interfaces.errors import RunError, SettingsError
from interfaces.events import Event, Notice
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingView
from storage.run_folder import DirectoryFolder
from tests.processes import run_until
from tests.unit.networks.features_files import write_squeezenet
from tests.unit.training.collapsing import poison
from tests.unit.training.ranks_program import STEPS, compute, every_kind, losses, normalise
from tests.unit.training.tiny import tiny_projected, tiny_settings

ROOT = Path(__file__).resolve().parents[3]
NewFolder = Callable[[], DirectoryFolder]
two_cores = pytest.mark.skipif(count_cores() < 2, reason="two processes want two cores")


@pytest.fixture(scope="module")
def by_two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with what two processes computed."""
    folder = tmp_path_factory.mktemp("two")
    write_squeezenet(folder / "squeezenet")
    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(lambda rank: run_until(None, compute, rank, folder), range(2))] == [0, 0]
    return folder


@two_cores
@pytest.mark.parametrize("kind", every_kind(Path()))
def test_two_processes_with_half_of_the_batch_each_measure_what_one_does_with_the_whole(
    kind: str, by_two: Path, tmp_path: Path
) -> None:
    wanted = losses(every_kind(by_two / "squeezenet")[kind], tmp_path)
    first, second = (json.loads((by_two / f"losses-{rank}.json").read_text())[kind] for rank in range(2))

    assert first == second
    assert len(first) == STEPS
    if every_kind(by_two)[kind].loss == "relativistic":
        first, wanted = ([_less_determined(values) for values in log] for log in (first, wanted))
    for got, expected in zip(first, wanted, strict=True):
        assert got == pytest.approx(expected, rel=1e-3, abs=1e-4)
    assert wanted[0] != pytest.approx(wanted[-1], rel=1e-2)


def _less_determined(values: Mapping[str, float]) -> Mapping[str, float]:
    """Return ``values`` with the scores' difference for the scores, whose height no relativistic loss decides."""
    scores = {"real_score", "fake_score"}
    others = {name: value for name, value in values.items() if name not in scores}
    return others | {"scores": values["real_score"] - values["fake_score"]}


@two_cores
def test_batch_normalisation_over_two_processes_is_that_of_the_whole_batch(by_two: Path) -> None:
    wanted = normalise()
    first, second = (torch.load(by_two / f"normalised-{rank}.pt", weights_only=True) for rank in range(2))

    assert first.keys() == wanted.keys()
    for name, tensor in wanted.items():
        if name in ("result", "slope"):
            got = torch.cat([first[name], second[name]])
        elif name.endswith(("weight", "bias")):
            got = first[name] + second[name]
        else:
            got = first[name]
            assert torch.equal(got, second[name])
        torch.testing.assert_close(got, tensor, rtol=1e-12, atol=1e-12)


class Looking:
    """An observer that does something after one step, and goes on unless that says otherwise."""

    def __init__(self, step: int, act: Callable[[], bool]) -> None:
        self.step, self.act = step, act

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        return self.act() if view.step == self.step else True

    def finish(self, folder: RunFolder) -> None:
        """Nothing is left to do."""


def train(
    pack: IPDT,
    folder: DirectoryFolder,
    *observers: Looking,
    resume: bool = False,
    listener: Callable[[Event], None] | None = None,
    **changes: Any,
) -> IGME | None:
    trainer = GanTrainer(tiny_settings(**{"devices": 2, **changes}))
    return trainer.train(pack, folder, resume=resume, observers=observers, listener=listener)


def log(folder: DirectoryFolder) -> Sequence[Mapping[str, float]]:
    lines = [json.loads(line) for line in folder.read("log.jsonl").decode().splitlines()]
    return [{key: value for key, value in line.items() if key != "seconds"} for line in lines]


def close(a: Sequence[Mapping[str, float]], b: Sequence[Mapping[str, float]]) -> bool:
    return len(a) == len(b) and all(
        x == pytest.approx(y, rel=1e-3, abs=1e-4) for x, y in zip(a, b, strict=True)
    )


@two_cores
def test_a_training_on_two_devices_stops_for_all_and_goes_on_with_one(
    pack: IPDT, new_folder: NewFolder
) -> None:
    whole, parts = new_folder(), new_folder()
    GanTrainer(tiny_settings()).train(pack, whole)
    threads, environment = torch.get_num_threads(), dict(os.environ)
    assert train(pack, parts, Looking(3, lambda: False)) is None
    assert (torch.get_num_threads(), dict(os.environ)) == (threads, environment)
    assert not torch.distributed.is_initialized()
    assert parts.names("checkpoints/*.json") == ["checkpoints/step-000000003.json"]

    events: list[Event] = []
    assert train(pack, parts, resume=True, devices=1, listener=events.append) is not None
    assert close(log(parts), log(whole))
    (notice,) = [event for event in events if isinstance(event, Notice)]
    assert "processes: was 2, is 1" in notice.text


@two_cores
def test_all_take_the_precision_that_is_the_fastest_for_rank_0(
    by_two: Path, pack: IPDT, new_folder: NewFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert {(by_two / f"agreed-{rank}").read_text() for rank in range(2)} == {"of rank 0"}
    # the other process, if it asked for itself, would be told float32 by its environment
    monkeypatch.setenv(OVERRIDE, "float32")
    monkeypatch.setattr("components.training.distributed.device.fastest", lambda work: "bfloat16")
    folder = new_folder()
    assert train(pack, folder, steps=2) is not None
    assert json.loads(folder.read("settings.json"))["precision"] == "bfloat16"


def kill_children(how: signal.Signals) -> None:
    import psutil

    for child in psutil.Process().children():
        child.send_signal(how)


@pytest.mark.slow
@two_cores
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_process_that_dies_ends_the_training_with_words_and_it_resumes_bit_for_bit(
    pack: IPDT, new_folder: NewFolder
) -> None:
    whole, parts = new_folder(), new_folder()
    train(pack, whole, checkpoint_every=2)

    def kill() -> bool:
        kill_children(signal.SIGKILL)
        return True

    said = r"process 1 of 2 was killed by signal 9; the other processes were stopped.* newest checkpoint"
    with pytest.raises(RunError, match=said):
        train(pack, parts, Looking(5, kill), checkpoint_every=2)
    assert parts.names("checkpoints/*.json")[-1] == "checkpoints/step-000000004.json"
    assert not torch.distributed.is_initialized()

    assert train(pack, parts, resume=True, checkpoint_every=2) is not None
    assert parts.read("model.safetensors") == whole.read("model.safetensors")
    assert log(parts) == log(whole)


@pytest.mark.slow
@two_cores
def test_a_process_that_cannot_begin_is_named(pack: IPDT, new_folder: NewFolder, tmp_path: Path) -> None:
    features = write_squeezenet(tmp_path / "squeezenet")
    trainer = GanTrainer(tiny_projected(features, devices=2))
    (pack.folder / "images.npy").unlink()  # this process has it open
    with pytest.raises(
        RunError, match=r"process 1 of 2 stopped with exit code 1 \(FileNotFoundError.*images.npy"
    ):
        trainer.train(pack, new_folder())


def test_refuses_devices_that_are_not_there_or_do_not_fit(
    pack: IPDT, new_folder: NewFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="batch: wanted a multiple of the 3 devices that share it, got 4"):
        tiny_settings(devices=3)
    with pytest.raises(
        SettingsError, match=r"devices: wanted at most the \d+ processor cores of this machine, got 512"
    ):
        train(pack, new_folder(), devices=512, batch=512)
    with pytest.raises(SettingsError, match=r"nodes: wanted torchrun on each of the 2 machines"):
        train(pack, new_folder(), devices=1, nodes=2)
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "mine")
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(
        SettingsError, match=r"torchrun started 4 processes in all, and the settings want 1 on each"
    ):
        train(pack, new_folder(), devices=1)


@pytest.mark.slow
@two_cores
def test_all_go_back_together_after_a_collapse(pack: IPDT, new_folder: NewFolder) -> None:
    alone, together = new_folder(), new_folder()
    changes = {"steps": 14, "checkpoint_every": 5, "on_collapse": "rollback"}
    for folder, devices in ((alone, 1), (together, 2)):
        trainer = GanTrainer(tiny_settings(devices=devices, **changes))
        assert trainer.train(pack, folder, observers=[poison(7, "generator")]) is not None

    assert len(log(alone)) == 14
    assert close(log(together), log(alone))
    (collapse,) = together.read("collapses.jsonl").decode().splitlines()
    assert (json.loads(collapse)["kind"], json.loads(collapse)["step"]) == ("not-a-number", 8)


STUCK = """
import sys, time
from pathlib import Path
from components.training.distributed.launcher import Followers
from tests.unit.training.tiny import make_pack, tiny_settings
import psutil

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    with Followers(tiny_settings(devices=2), make_pack(folder), folder / "store", {}):
        psutil.Process().children()[0].kill()
        time.sleep(200)
"""


@pytest.mark.slow
@two_cores
def test_a_process_that_waits_for_a_dead_one_leaves_with_words(tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", STUCK, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=190,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr.startswith("artgen: process 1 of 2 "), process.stderr


@pytest.mark.gpu
def test_two_gpus_measure_what_one_does(pack: IPDT, new_folder: NewFolder) -> None:
    if torch.cuda.device_count() < 2:
        pytest.skip("there are no two GPUs")
    alone, together = new_folder(), new_folder()
    for folder, devices in ((alone, 1), (together, 2)):
        train(pack, folder, devices=devices, device="cuda", precision="float32")
    assert close(log(together), log(alone))
