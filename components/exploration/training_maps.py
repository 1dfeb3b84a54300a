"""Maps while a model is trained: pictures, a film of them, how much changes, and an end where nothing does any more."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, Literal, final

import torch
from PIL import Image
from pydantic import Field, ValidationError
from torch import Tensor

from components.exploration.class_map import check_mappable, map_classes, share_changed
from components.exploration.classifier import (
    CLASSIFIER_FILE,
    Classifier,
    describe_classifier,
    load_classifier,
    write_classifier,
)
from components.exploration.classifier_training import teach
from components.exploration.map_curve import MapNote, calm, draw_curve, read_notes, write_notes
from components.exploration.map_files import encode_maps, read_maps
from components.exploration.map_picture import draw_maps
from components.imaging.gif import choose_frames, make_gif
from interfaces.class_maps import ClassMap
from interfaces.contract import Contract
from interfaces.errors import SettingsError
from interfaces.ipdt import IPDT
from interfaces.ports import LatentView, RunFolder, TrainingView

__all__ = ["ClassMaps", "MapsSettings"]

_OWN_CLASSIFIER = "maps/classifier"
_KEPT = 20
"""Maps kept as numbers: a training that goes back to an earlier checkpoint compares with one of before that."""
_PICTURES_AT_FIRST = 64
_MOST_PIXELS = 800


class MapsSettings(Contract):
    """What the observer ``maps`` can be told."""

    classifier: Path | None = None
    """Folder of the classifier; None teaches one on the training's own data, once."""
    every: int | None = Field(None, ge=1)
    """Steps from one map to the next; None for one after every pass over the data."""
    points: int | None = Field(None, ge=2, le=1000)
    """Along each side; None for 100 of a square, and 16 of a cube."""
    stop_when_map_changes: float | None = Field(None, gt=0, le=1)
    """Stop where less than this share of the points gets another class …"""
    in_a_row: int = Field(3, ge=1)
    """… so many times in a row."""


@final
class ClassMaps:
    """Makes the class-area map after every pass over the data: ``maps/step-000100.png``, ``maps/changes.csv`` and ``.png``, ``maps.gif``.

    The classifier that colours it is the one that is named, or one that is taught on the training's own data before the first map
    (a minute for 60,000 digits) and kept in ``maps/classifier``. Of a long training fewer pictures are kept, every second one after
    64 maps, and so on; the numbers tell of each map. A training that was stopped since little changed can be resumed: it takes as
    many calm maps again until the next stop.

    Args:
        classifier: see `MapsSettings`, as for all others.
        every: steps.
        points: along each side.
        stop_when_map_changes: a share, from 0 to 1.
        in_a_row: maps.

    Raises:
        SettingsError: an option is wrong; all problems at once.
    """

    needs_latents: Literal[True] = True

    def __init__(
        self,
        *,
        classifier: Path | str | None = None,
        every: int | str | None = None,
        points: int | str | None = None,
        stop_when_map_changes: float | str | None = None,
        in_a_row: int | str = 3,
    ) -> None:
        given = {
            "classifier": classifier, "every": every, "points": points,
            "stop_when_map_changes": stop_when_map_changes, "in_a_row": in_a_row,
        }  # fmt: skip
        self._settings = _settings_of(given)
        self._judge = (
            None if self._settings.classifier is None else load_classifier(self._settings.classifier)
        )
        self._notes: list[MapNote] = []
        self._last: tuple[ClassMap, ...] | None = None
        self._step = 0
        self._epoch: int | None = None
        self.why_stopped = ""
        """Why it has asked the training to stop; empty where it has not."""

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        """Make the map if it is time.

        Returns:
            False where the last maps changed less than the settings ask for.

        Raises:
            SettingsError: the latent space has not 2, 3 or 4 numbers, drawn evenly.
            DataError: there are fewer than two classes.
            WeightsError: the classifier learnt pictures of another size.
        """
        if not isinstance(view, LatentView):
            return True
        if self._epoch is None or view.step <= self._step:  # the first step, or one after a return
            self._begin(view, folder)
        passed = self._settings.every is None and view.epoch != self._epoch
        due = self._settings.every is not None and view.step % self._settings.every == 0
        self._step, self._epoch = view.step, view.epoch
        if passed or due or view.step == view.steps:
            return self._map(view, folder)
        return True

    def finish(self, folder: RunFolder) -> None:
        """Write the film of all maps, those of before a resume among them."""
        names = choose_frames(_pictures(folder))
        if names:
            folder.write("maps.gif", make_gif(iter(_frames(folder, names))))

    def _begin(self, view: LatentView, folder: RunFolder) -> None:
        """Take up what an earlier process has left, without what this one will make again."""
        check_mappable(view.takes, "observer 'maps'")
        self._notes = [note for note in read_notes(folder) if note.step < view.step]
        for name in (*_pictures(folder), *_numbers(folder)):
            if _step_of(name) >= view.step:
                folder.delete(name)
        last = _numbers(folder)[-1:]
        self._last = read_maps(folder.read(last[0]), str(folder.path / last[0])) if last else None
        self._epoch = self._notes[-1].epoch if self._notes else 0

    def _map(self, view: LatentView, folder: RunFolder) -> bool:
        def sample(latents: Tensor, label: int | None) -> Tensor:
            return view.sample(latents, None if label is None else torch.full((len(latents),), label))

        styles = view.pack.styles if view.labels else ()
        maps = map_classes(
            sample,
            view.takes,
            self._classifier(view.pack, folder),
            styles=styles,
            points=self._settings.points,
        )
        changed = None if self._last is None else share_changed(self._last, maps)
        self._last = maps
        self._notes.append(MapNote(view.step, view.epoch, changed, False))
        enough = self._is_enough(view)
        if enough:
            self._notes[-1] = self._notes[-1]._replace(stopped=True)
        self._write(maps, view, folder, last=enough or view.step == view.steps)
        return not enough

    def _is_enough(self, view: LatentView) -> bool:
        limit, wanted = self._settings.stop_when_map_changes, self._settings.in_a_row
        if limit is None or view.step == view.steps or calm(self._notes, limit) < wanted:
            return False
        self.why_stopped = (
            f"the map changed by less than {100 * limit:g} % {wanted} times in a row, by {100 * (self._notes[-1].changed or 0):.2f} % at "
            f"the last"
        )
        return True

    def _write(self, maps: tuple[ClassMap, ...], view: LatentView, folder: RunFolder, *, last: bool) -> None:
        numbers = _numbers(folder)
        for name in numbers[: max(0, len(numbers) + 1 - _KEPT)]:
            folder.delete(name)
        folder.write(f"maps/step-{view.step:06d}.safetensors", encode_maps(maps))
        count = len(self._notes)
        if last or count % (1 << (count // _PICTURES_AT_FIRST).bit_length()) == 0:
            picture = BytesIO()
            draw_maps(maps, f"step {view.step}, epoch {view.epoch}").save(picture, "PNG")
            folder.write(f"maps/step-{view.step:06d}.png", picture.getvalue())
        write_notes(folder, self._notes)
        if any(note.changed is not None for note in self._notes):
            limit = self._settings.stop_when_map_changes or 0.0
            folder.write("maps/changes.png", draw_curve(self._notes, limit))

    def _classifier(self, pack: IPDT, folder: RunFolder) -> Classifier:
        """Return the classifier that was named, or that an earlier process has taught, or a new one."""
        if self._judge is None:
            own = f"{_OWN_CLASSIFIER}/{CLASSIFIER_FILE}"
            place = folder.path / _OWN_CLASSIFIER
            if folder.names(own) and describe_classifier(place).data_fingerprint == pack.fingerprint:
                self._judge = load_classifier(place)
            else:
                self._judge = _taught(pack, folder)
        self._judge.check_fit(pack.side, pack.images.shape[3])
        return self._judge


def _settings_of(given: dict[str, Any]) -> MapsSettings:
    try:
        return MapsSettings.model_validate(given)
    except ValidationError as error:
        raise SettingsError(
            *(
                f"observer 'maps': {'.'.join(map(str, problem['loc']))}: {problem['msg']}, got {given[str(problem['loc'][0])]!r}"
                for problem in error.errors()
            )
        ) from error


def _taught(pack: IPDT, folder: RunFolder) -> Classifier:
    taught = teach(pack)
    write_classifier(
        taught.classifier,
        folder,
        within=f"{_OWN_CLASSIFIER}/",
        dataset=pack.dataset,
        fingerprint=pack.fingerprint,
        accuracy=taught.accuracy,
        held_out=taught.held_out,
        training={"steps": taught.steps, "seconds": round(taught.seconds, 2)},
    )
    return taught.classifier


def _pictures(folder: RunFolder) -> list[str]:
    return sorted(folder.names("maps/step-*.png"), key=_step_of)


def _numbers(folder: RunFolder) -> list[str]:
    return sorted(folder.names("maps/step-*.safetensors"), key=_step_of)


def _step_of(name: str) -> int:
    return int(PurePosixPath(name).stem.removeprefix("step-"))


def _frames(folder: RunFolder, names: Sequence[str]) -> list[Image.Image]:
    """Return pictures as RGB, all of the size of the last one on white paper, at most 800 pixels wide and high."""
    pictures = [Image.open(BytesIO(folder.read(name))).convert("RGB") for name in names]
    size = pictures[-1].size
    share = min(1.0, _MOST_PIXELS / max(size))
    frames = []
    for picture in pictures:
        paper = Image.new("RGB", size, (255, 255, 255))
        paper.paste(picture)
        frames.append(paper if share == 1 else paper.resize((round(size[0] * share), round(size[1] * share))))
    return frames
