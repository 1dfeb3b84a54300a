"""Which precision `auto` takes is measured once, remembered, and never fatal."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
import torch

from components.networks import speed
from components.networks.convolution_time import Times, Work, measure
from components.networks.speed import OVERRIDE, SpeedProbe, fastest
from interfaces.errors import SettingsError
from storage.run_folder import DirectoryFolder

QUICK, SLOW = Times(2.0, 1.0), Times(1.0, 2.0)


def probe_of(times: Times, folder: Path | None = None) -> SpeedProbe:
    probe = SpeedProbe(lambda work: times)
    if folder is not None:
        probe.keep_in(DirectoryFolder(folder))
    return probe


def forbidden(work: Work) -> Times:
    raise AssertionError(f"measured {work}")


@pytest.fixture(autouse=True)
def _own_threads() -> object:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("bfloat16_s", "taken"), [(0.5, "bfloat16"), (0.89, "bfloat16"), (0.91, "float32"), (1.5, "float32")]
)
def test_bfloat16_has_to_save_a_tenth_of_the_time(bfloat16_s: float, taken: str) -> None:
    assert probe_of(Times(1.0, bfloat16_s)).find("training").faster == taken


def test_each_work_and_number_of_threads_is_measured_once_in_a_process() -> None:
    asked: list[tuple[Work, int]] = []

    def count(work: Work) -> Times:
        asked.append((work, torch.get_num_threads()))
        return QUICK if len(asked) < 4 else SLOW

    probe = SpeedProbe(count)
    works: tuple[Work, ...] = ("training", "enhancement", "training")
    for threads in (1, 2, 1):
        torch.set_num_threads(threads)
        for work in works:
            probe.find(work)
    assert asked == [("training", 1), ("enhancement", 1), ("training", 2), ("enhancement", 2)]
    assert probe.find("training").faster == "bfloat16"


def test_threads_that_ask_at_once_get_one_answer() -> None:
    barrier = Barrier(8)
    answers = iter([QUICK, *[SLOW] * 7])
    probe = SpeedProbe(lambda work: next(answers))

    def ask(_: int) -> str:
        torch.set_num_threads(1)  # each thread has a number of its own
        barrier.wait()
        return probe.find("training").faster

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {"bfloat16"}


def test_another_process_finds_the_note_and_does_not_measure(tmp_path: Path) -> None:
    first = probe_of(QUICK, tmp_path).find("enhancement")
    other = SpeedProbe(forbidden)
    other.keep_in(DirectoryFolder(tmp_path))
    second = other.find("enhancement")
    assert (first.is_known, second.is_known) == (False, True)
    assert second.speeds == first.speeds
    assert first.path == second.path
    assert first.path is not None
    assert json.loads(first.path.read_text())["bfloat16_s"] == 1.0


@pytest.mark.parametrize("changed", ["processor", "torch", "threads", "work"])
def test_another_machine_is_measured_anew(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.set_num_threads(1)
    probe_of(QUICK, tmp_path).find("training")
    work: Work = "enhancement" if changed == "work" else "training"
    torch.set_num_threads(2 if changed == "threads" else 1)
    if changed == "processor":
        monkeypatch.setattr(speed, "_PROCESSOR", "another")
    if changed == "torch":
        monkeypatch.setattr(torch, "__version__", "9.0")
    assert not probe_of(SLOW, tmp_path).find(work).is_known
    assert len(list(tmp_path.rglob("*.json"))) == 2


def test_processes_that_measure_at_once_leave_a_whole_note_and_keep_their_own_answers(tmp_path: Path) -> None:
    barrier = Barrier(8)

    def one(index: int) -> tuple[str, str]:
        torch.set_num_threads(1)

        def meet(work: Work) -> Times:
            barrier.wait()
            return QUICK if index % 2 else SLOW

        probe = SpeedProbe(meet)
        probe.keep_in(DirectoryFolder(tmp_path))
        return probe.find("training").faster, probe.find("training").faster

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(8))) == [("float32",) * 2, ("bfloat16",) * 2] * 4
    torch.set_num_threads(1)
    probe = SpeedProbe(forbidden)
    probe.keep_in(DirectoryFolder(tmp_path))
    assert probe.find("training").is_known
    assert len(list(tmp_path.rglob("*"))) == 2  # the folder and the note: no leftovers


DAMAGES: Mapping[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda content: content[:-9],
    "no text": lambda _: b"\xff{}",
    "other JSON": lambda _: b"[]",
    "negative": lambda content: content.replace(b'"bfloat16_s": 1.0', b'"bfloat16_s": -1.0'),
    "of another machine": lambda content: content.replace(b'"threads": 1', b'"threads": 64'),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_note_is_measured_again_and_replaced(
    damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    torch.set_num_threads(1)
    path = probe_of(QUICK, tmp_path).find("training").path
    assert path is not None
    path.write_bytes(damage(path.read_bytes()))
    found = probe_of(SLOW, tmp_path).find("training")
    assert found.faster == "float32"
    assert not found.is_known
    assert f"{path} is damaged" in found.problem
    assert probe_of(QUICK, tmp_path).find("training").faster == "float32"


def test_where_no_note_can_be_written_it_goes_on_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where the folder should be")
    found = probe_of(QUICK, tmp_path / "cache").find("training")
    assert (found.faster, found.path) == ("bfloat16", None)
    assert "cannot be written" in found.problem
    torch.set_num_threads(1)
    name = probe_of(QUICK, tmp_path / "other").find("training").path
    assert name is not None
    name.unlink()
    name.mkdir()
    assert "cannot be written" in probe_of(QUICK, tmp_path / "other").find("training").problem


def test_without_a_folder_nothing_is_written_and_nothing_is_wrong() -> None:
    assert probe_of(QUICK).find("training")[1:] == (None, False, True, "")


def test_what_a_busy_machine_says_is_not_noted_and_counts_less_than_matrix_units(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = probe_of(Times(1.0, 2.0, is_quiet=False), tmp_path).find("training")
    assert "busy" in found.problem
    assert list(tmp_path.iterdir()) == []
    taken = []
    for units in ("AMX", "AVX512_BF16"):
        monkeypatch.setattr(speed, "bfloat16_units", lambda units=units: units)
        taken.append((found.faster, probe_of(SLOW).find("training").faster))
    assert taken == [("bfloat16", "float32"), ("float32", "float32")]


def test_a_processor_without_units_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(OVERRIDE)
    monkeypatch.setattr(speed, "SPEEDS", SpeedProbe(forbidden))
    monkeypatch.setattr(speed, "bfloat16_units", lambda: None)
    assert fastest("training") == fastest("enhancement") == "float32"
    monkeypatch.setattr(speed, "bfloat16_units", lambda: "AVX512_BF16")
    with pytest.raises(AssertionError, match="measured training"):
        fastest("training")


def test_the_environment_can_say_what_auto_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "SPEEDS", SpeedProbe(forbidden))
    monkeypatch.setattr(speed, "bfloat16_units", lambda: "AMX")
    for name in ("float32", "bfloat16"):
        monkeypatch.setenv(OVERRIDE, name)
        assert fastest("training") == name
    monkeypatch.setenv(OVERRIDE, "fp16")
    with pytest.raises(SettingsError, match="wanted float32 or bfloat16, got 'fp16'; unset it"):
        fastest("training")
    monkeypatch.setenv(OVERRIDE, "bfloat16")
    monkeypatch.setattr(speed, "bfloat16_units", lambda: None)
    with pytest.raises(SettingsError, match="wanted float32, since this processor has no units"):
        fastest("training")


@pytest.mark.parametrize("work", ["enhancement", "training", "translating"])
def test_measuring_leaves_random_state_and_settings_of_torch_alone(work: Work) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state()
    with torch.no_grad():
        times = measure(work)
        assert not torch.is_grad_enabled()
    assert min(times[:2]) > 0
    assert torch.equal(torch.get_rng_state(), before)
    assert not torch.is_autocast_enabled("cpu")
