"""What a teacher is asked, and how its answers are kept."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from components.enhancement import RealesrganEnhancer
from components.training import EnhancerSettings
from components.training.enhancer.crops import split
from interfaces.errors import SettingsError, WeightsError
from interfaces.events import Event, Listener, Progress
from interfaces.ies import IES, Realesrgan
from interfaces.igdt import IGDT
from interfaces.ipdt import IPDT
from interfaces.provenance import StageRecord
from pipeline.train.teaching import Lessons, check_teacher
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny_enhancer import make_squares, tiny_enhancer, write_teacher

SIDE = 8
MakeLessons = Callable[..., Lessons]


class StopError(Exception):
    """Somebody asks for the end."""


@pytest.fixture
def squares(tmp_path: Path) -> IPDT:
    return make_squares(tmp_path, images=20, test=3, side=SIDE)


@pytest.fixture
def settings(tmp_path: Path) -> EnhancerSettings:
    teacher = write_teacher(tmp_path / "teacher.safetensors")
    return tiny_enhancer(teacher=str(teacher), side=4 * SIDE, crop=16)


@pytest.fixture
def cache(tmp_path: Path) -> DirectoryFolder:
    return DirectoryFolder(tmp_path / "lessons")


def lessons(
    data: IPDT, settings: EnhancerSettings, cache: DirectoryFolder, listener: Listener | None = None
) -> Lessons:
    assert settings.teaching is not None
    return Lessons(data, settings.teaching, cache, listener)


def _enlarged(picture: np.ndarray, settings: EnhancerSettings) -> np.ndarray:
    record = StageRecord(stage="generation", component="test")
    image = torch.from_numpy(picture.copy()).permute(2, 0, 1)[None].float().div(127.5).sub(1)
    wanted = IES(scale=4, enhancer=Realesrgan(weights=str(settings.teacher)))
    made = RealesrganEnhancer().enhance(IGDT(images=image, seeds=(0,), provenance=(record,)), wanted)
    return made.final.images[0].add(1).mul(127.5).round().byte().permute(1, 2, 0).numpy()


def _places(part: np.ndarray, whole: np.ndarray) -> int:
    windows = np.lib.stride_tricks.sliding_window_view(whole, part.shape)
    return int((windows == part).all((-3, -2, -1)).sum())


def test_each_square_has_the_teacher_s_enlargement_and_a_piece_of_that_has_its_own(
    squares: IPDT, settings: EnhancerSettings, cache: DirectoryFolder
) -> None:
    pack = lessons(squares, settings, cache).prepare()
    assert pack.targets is not None
    assert pack.images.shape == (40, SIDE, SIDE, 3)
    assert pack.targets.shape == (40, 4 * SIDE, 4 * SIDE, 3)
    assert np.array_equal(pack.images[::2], squares.images)
    for row in (0, 17, 19):
        assert np.array_equal(pack.targets[2 * row], _enlarged(squares.images[row], settings))
        piece = pack.images[2 * row + 1]
        assert _places(piece, pack.targets[2 * row]) >= 1
        assert np.array_equal(pack.targets[2 * row + 1], _enlarged(piece, settings))


def test_what_is_of_one_picture_stays_together(
    squares: IPDT, settings: EnhancerSettings, cache: DirectoryFolder
) -> None:
    pieces = IPDT(**{**dict(squares), "pictures": np.arange(20) // 2, "is_test": np.zeros(20, np.uint8)})
    pack = lessons(pieces, settings, cache).prepare()
    assert pack.pictures is not None
    assert pack.pictures.tolist() == [row // 4 for row in range(40)]
    rows, held = split(pack)
    assert len(held) % 4 == 0
    assert not {*pack.pictures[rows]} & {*pack.pictures[held]}


def test_no_more_squares_are_asked_of_than_wanted_and_they_are_evenly_chosen(
    squares: IPDT, settings: EnhancerSettings, cache: DirectoryFolder
) -> None:
    few = EnhancerSettings.model_validate({**dict(settings), "questions": 5})
    pack = lessons(squares, few, cache).prepare()
    assert np.array_equal(pack.images[::2], squares.images[[0, 5, 10, 14, 19]])


def test_answers_are_given_once_and_found_again(
    squares: IPDT, settings: EnhancerSettings, cache: DirectoryFolder
) -> None:
    events: list[Event] = []
    first = lessons(squares, settings, cache, events.append).prepare()
    told = [
        (event.done, event.total)
        for event in events
        if isinstance(event, Progress) and event.stage == "teaching"
    ]
    events.clear()
    again = lessons(squares, settings, cache, events.append).prepare()
    assert told == [(16, 20), (20, 20)]
    assert events == []
    assert again.fingerprint == first.fingerprint
    assert again.targets is not None
    assert np.array_equal(again.targets, first.targets if first.targets is not None else [])
    assert {Path(name).name for name in cache.names()} == {"small.npy", "large.npy", "card.json"}


def test_what_was_made_before_a_stop_is_not_made_again(
    squares: IPDT, settings: EnhancerSettings, cache: DirectoryFolder, tmp_path: Path
) -> None:
    calls: list[None] = []

    def stop_at_the_second() -> None:
        calls.append(None)
        if len(calls) == 2:
            raise StopError

    whole = lessons(squares, settings, DirectoryFolder(tmp_path / "elsewhere")).prepare()
    with pytest.raises(StopError):
        lessons(squares, settings, cache).prepare(stop_at_the_second)
    [part] = cache.names("*/part-*.npz")
    made = (cache.path / part).stat().st_mtime_ns
    resumed: list[int] = []
    pack = lessons(squares, settings, cache).prepare(
        lambda: resumed.append((cache.path / part).stat().st_mtime_ns)
    )
    assert resumed == [made]  # one part was left to make, and the first lay as it was
    assert pack.targets is not None
    assert whole.targets is not None
    assert np.array_equal(pack.targets, whole.targets)
    assert np.array_equal(pack.images, whole.images)


@pytest.mark.parametrize("name", ["small.npy", "large.npy", "card.json"])
def test_answers_that_were_cut_off_are_asked_for_again(
    name: str, squares: IPDT, settings: EnhancerSettings, cache: DirectoryFolder
) -> None:
    made = lessons(squares, settings, cache)
    path = made.prepare().folder / name
    before = path.read_bytes()
    path.write_bytes(before[:-7])
    lessons(squares, settings, cache).prepare()
    assert path.read_bytes() == before


def test_another_teacher_or_other_squares_are_other_lessons(
    squares: IPDT, settings: EnhancerSettings, cache: DirectoryFolder, tmp_path: Path
) -> None:
    def fingerprint(data: IPDT, **changes: object) -> str:
        return lessons(
            data, EnhancerSettings.model_validate({**dict(settings), **changes}), cache
        ).fingerprint

    copy = tmp_path / "copy.safetensors"
    copy.write_bytes(Path(str(settings.teacher)).read_bytes())
    other = write_teacher(tmp_path / "other.safetensors", seed=8)
    of_all = fingerprint(squares)
    assert fingerprint(squares, teacher=str(copy), batch=2, seed=5) == of_all
    assert fingerprint(squares, questions=100) == of_all
    others = [
        fingerprint(squares, teacher=str(other)),
        fingerprint(squares, questions=19),
        fingerprint(IPDT(**{**dict(squares), "fingerprint": "c" * 64})),
    ]
    assert len({of_all, *others}) == 4


def test_a_trial_writes_nothing_and_tells_the_time_unless_all_is_there(
    squares: IPDT, settings: EnhancerSettings, cache: DirectoryFolder
) -> None:
    pack, seconds = lessons(squares, settings, cache).try_out()
    assert seconds > 0
    assert pack.targets is not None
    assert (len(pack.images), pack.targets.shape[1]) == (40, 4 * SIDE)
    assert not cache.path.exists()
    lessons(squares, settings, cache).prepare()
    assert lessons(squares, settings, cache).try_out()[1] == 0


def test_refuses_a_teacher_of_another_scale_or_of_no_known_network(tmp_path: Path) -> None:
    def check(teacher: Path) -> None:
        check_teacher(tiny_enhancer(teacher=str(teacher)).teaching)

    check_teacher(tiny_enhancer().teaching)
    check(write_teacher(tmp_path / "four.safetensors"))
    with pytest.raises(
        SettingsError, match=r"teacher: wanted a network that enlarges 4 times.* two, which does 2 times"
    ):
        check(write_teacher(tmp_path / "two.safetensors", scale=2))
    (tmp_path / "none.safetensors").write_bytes(b"no weights")
    with pytest.raises(WeightsError, match="not a safetensors file"):
        check(tmp_path / "none.safetensors")
