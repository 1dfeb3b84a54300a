"""The observer ``maps`` makes a map after every pass, and ends a training whose map no longer changes."""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import final

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from components.exploration import ClassMaps, load_classifier, read_maps, write_classifier
from components.exploration.map_curve import MapNote, read_notes
from interfaces.errors import SettingsError, StorageError, WeightsError
from interfaces.igme import Latent
from interfaces.ipdt import IPDT
from storage.run_folder import DirectoryFolder
from tests.unit.exploration.corners import NAMES, corner_classifier, corners, uniform
from tests.unit.exploration.squares import squares

PER_EPOCH = 4


@final
class View:
    """A training of forty steps, four for a pass, whose picture of each point has the class that a rule says for the step."""

    def __init__(
        self, step: int, *, until: int = 10**9, takes: Latent | None = None, labels: int = 0
    ) -> None:
        self.step = step
        self.steps = 40
        self.takes = takes or uniform(2)
        self.latent = self.takes.length
        self.labels = labels
        self.values: Mapping[str, float] = {}
        self.epoch = step // PER_EPOCH
        self._turn = min(self.epoch, until)  # from then on nothing changes
        blank = squares(8, side=4)
        self.pack = IPDT.model_validate({**dict(blank), "styles": NAMES})

    def preview(self, count: int) -> Tensor:
        return self.sample(torch.zeros(count, self.latent))

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        turned = latents.clone()
        turned[:, 0] -= 0.25 * self._turn  # the border between right and left moves
        return corners(turned, None if labels is None else int(labels[0]))


@pytest.fixture
def judge(tmp_path: Path) -> Path:
    write_classifier(
        corner_classifier(), DirectoryFolder(tmp_path / "judge"), dataset="corners", fingerprint="0" * 64,
        accuracy=1.0, held_out=1, training={},
    )  # fmt: skip
    return tmp_path / "judge"


def look(maps: ClassMaps, folder: DirectoryFolder, steps: range, until: int = 10**9) -> int | None:
    """Let an observer see the steps; return the one after which it wanted the end."""
    for step in steps:
        if not maps.observe(View(step, until=until), folder):
            maps.finish(folder)
            return step
    maps.finish(folder)
    return None


def content(folder: DirectoryFolder) -> dict[str, bytes]:
    return {name: folder.read(name) for name in folder.names() if (folder.path / name).is_file()}


def test_a_map_comes_after_every_pass_and_at_the_end_with_film_numbers_and_curve(
    judge: Path, tmp_path: Path
) -> None:
    folder = DirectoryFolder(tmp_path / "run")
    assert look(ClassMaps(classifier=judge, points=9), folder, range(1, 19)) is None
    assert folder.names("maps/step-*.png") == [f"maps/step-{step:06d}.png" for step in (4, 8, 12, 16)]
    notes = read_notes(folder)
    assert [(note.step, note.epoch, note.stopped) for note in notes] == [
        (4 * n, n, False) for n in (1, 2, 3, 4)
    ]
    assert notes[0].changed is None
    # of nine columns at -1, -0.75, …, 1 one changes sides with each pass
    assert [note.changed for note in notes[1:]] == pytest.approx([1 / 9] * 3, abs=1e-6)
    with Image.open(BytesIO(folder.read("maps.gif"))) as film:
        assert film.n_frames == 4  # type: ignore[attr-defined]
    assert folder.names("maps/changes.png")


def test_a_map_comes_every_so_many_steps_where_that_is_wanted(judge: Path, tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path / "run")
    look(ClassMaps(classifier=judge, points=4, every="10"), folder, range(1, 41))
    assert [note.step for note in read_notes(folder)] == [10, 20, 30, 40]


def test_the_training_is_stopped_where_the_map_stays_as_it_is_and_the_reason_told(
    judge: Path, tmp_path: Path
) -> None:
    folder = DirectoryFolder(tmp_path / "run")
    maps = ClassMaps(classifier=judge, points=9, stop_when_map_changes="0.01", in_a_row=2)
    # the third map is the last one that is new: two more are needed
    assert look(maps, folder, range(1, 40), until=3) == 20
    assert maps.why_stopped == "the map changed by less than 1 % 2 times in a row, by 0.00 % at the last"
    assert read_notes(folder)[-1] == MapNote(20, 5, 0.0, True)
    # whoever goes on has as many calm maps again until the next stop
    again = ClassMaps(classifier=judge, points=9, stop_when_map_changes=0.01, in_a_row=2)
    assert look(again, folder, range(21, 40), until=3) == 28
    assert [note.stopped for note in read_notes(folder)] == [False] * 4 + [True, False, True]


def test_a_limit_that_is_not_passed_stops_nothing(judge: Path, tmp_path: Path) -> None:
    maps = ClassMaps(classifier=judge, points=9, stop_when_map_changes=0.11, in_a_row=1)
    assert look(maps, DirectoryFolder(tmp_path / "run"), range(1, 18)) is None
    assert maps.why_stopped == ""


def test_a_training_that_goes_on_later_leaves_the_same_files_as_one_that_was_left_alone(
    judge: Path, tmp_path: Path
) -> None:
    straight, broken = DirectoryFolder(tmp_path / "straight"), DirectoryFolder(tmp_path / "broken")
    look(ClassMaps(classifier=judge, points=9), straight, range(1, 23))
    look(ClassMaps(classifier=judge, points=9), broken, range(1, 15))  # killed here, after a checkpoint at 9
    look(ClassMaps(classifier=judge, points=9), broken, range(10, 23))
    assert content(straight) == content(broken)


def test_a_training_that_goes_back_within_a_process_forgets_what_it_makes_again(
    judge: Path, tmp_path: Path
) -> None:
    straight, back = DirectoryFolder(tmp_path / "straight"), DirectoryFolder(tmp_path / "back")
    look(ClassMaps(classifier=judge, points=9), straight, range(1, 15))
    maps = ClassMaps(classifier=judge, points=9)
    look(maps, back, range(1, 12))
    look(maps, back, range(6, 15))
    assert content(straight) == content(back)


def test_a_long_training_keeps_few_files_and_every_number(judge: Path, tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path / "run")
    maps = ClassMaps(classifier=judge, points=2, every=1)
    for step in range(1, 71):
        view = View(step)
        view.steps = 100
        maps.observe(view, folder)
    assert len(folder.names("maps/step-*.safetensors")) == 20
    assert len(read_notes(folder)) == 70
    assert len(folder.names("maps/step-*.png")) == 63 + 4


def test_a_conditional_model_of_three_numbers_has_a_cube_of_each_style(judge: Path, tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path / "run")
    maps = ClassMaps(classifier=judge, points=3, every=1)
    assert maps.observe(View(1, takes=uniform(3), labels=4), folder)
    found = read_maps(folder.read("maps/step-000001.safetensors"), "it")
    assert [one.style for one in found] == [*NAMES]
    assert found[0].classes.shape == (3, 3, 3)


def test_without_a_classifier_one_is_taught_on_the_data_once(tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path / "run")
    look(ClassMaps(points=3), folder, range(1, 6))
    place = folder.path / "maps" / "classifier"
    before = (place / "classifier.json").read_bytes()
    assert load_classifier(place).names == NAMES
    look(ClassMaps(points=3), folder, range(6, 10))
    assert (
        place / "classifier.json"
    ).read_bytes() == before  # it says how long it took: taught anew, it would differ
    assert [note.step for note in read_notes(folder)] == [4, 8]


def test_another_latent_space_is_refused_at_the_first_step(judge: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"observer 'maps': wanted a latent space of 2, 3 or 4 numbers"):
        ClassMaps(classifier=judge).observe(View(1, takes=Latent(length=2)), DirectoryFolder(tmp_path))


def test_a_classifier_of_other_pictures_is_refused(tmp_path: Path, judge: Path) -> None:
    view = View(4)
    view.pack = squares(8, side=8)
    with pytest.raises(WeightsError, match="tells pictures of 4 pixels and 1 channels apart, got 8 pixels"):
        ClassMaps(classifier=judge).observe(view, DirectoryFolder(tmp_path / "run"))


def test_wrong_options_are_all_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        ClassMaps(every=0, points="many", stop_when_map_changes=2.0)
    assert len(caught.value.problems) == 3
    assert (
        "observer 'maps': every: Input should be greater than or equal to 1, got 0" in caught.value.problems
    )


def test_a_damaged_curve_is_told(judge: Path, tmp_path: Path) -> None:
    folder = DirectoryFolder(tmp_path / "run")
    folder.write("maps/changes.csv", b"step,epoch,changed,stopped\n4,one,,0\n")
    with pytest.raises(StorageError, match=r"changes\.csv: wanted the columns step, epoch, changed, stopped"):
        ClassMaps(classifier=judge).observe(View(1), folder)


def test_looking_leaves_the_randomness_of_others_alone(tmp_path: Path) -> None:
    before = torch.get_rng_state()
    look(ClassMaps(points=3), DirectoryFolder(tmp_path / "run"), range(1, 6))
    assert np.array_equal(before, torch.get_rng_state())
