"""Takes in the trainings of the page, and tells how they go."""

import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, final

from components.training.preset_names import PRESET_PURPOSES, PRESETS_OF_A_PICTURE, PRESETS_OF_TWO_DOMAINS
from interfaces.errors import RunError, SettingsError, WeightsError, did_you_mean
from interfaces.igme import IGME
from interfaces.page_training import PresetCard, TrainingCurves, TrainingTrial, TrainingWish
from interfaces.page_uploads import KeptArchive
from interfaces.runs import RunRecord
from interfaces.said import Said
from pipeline.factories.stores import local_models, local_weights
from pipeline.page.data_folders import DataFolders
from pipeline.page.desk import QueueDesk
from pipeline.page.trial import Trials
from storage.known_stores import folder_of
from storage.official_weights import OFFICIAL_WEIGHTS
from storage.run_queue import SqlRunQueue

if TYPE_CHECKING:  # what trains brings torch, for which the page does not wait
    from pipeline.page.training_log import CurveReader
    from pipeline.train.job import TrainJob

__all__ = ["QueueTrainings"]

_SHEET = re.compile(r"step-(\d+)\.png")
_MOST_READERS = 8
_OFFERED = tuple(name for name in PRESET_PURPOSES if name not in PRESETS_OF_A_PICTURE)


@final
class QueueTrainings:
    """A `TrainingDesk` over the queue of the store in ``root``.

    Args:
        root: folder of the result store.
        desk: takes them in, like every other job.
        data: what there is to learn from.
    """

    def __init__(self, root: Path, desk: QueueDesk, data: DataFolders) -> None:
        self._root = root
        self._desk = desk
        self._data = data
        self._trials = Trials()
        self._readers: OrderedDict[Path, CurveReader] = OrderedDict()

    def sources(self) -> Sequence[str]:
        """Return the names of the folders and archives in the folders that the server was told of, and of those handed in."""
        return self._data.names()

    def archives(self) -> Mapping[str, KeptArchive]:
        """Return the archives that were handed in, by name."""
        return self._data.archives()

    def presets(self) -> Sequence[PresetCard]:
        """Return our presets, but those that want a file which only the command line can name."""
        return [PresetCard(name, PRESET_PURPOSES[name], name in PRESETS_OF_TWO_DOMAINS) for name in _OFFERED]

    def start(self, wish: TrainingWish) -> RunRecord:
        """Queue a training; one that was begun in the same way before goes on where it is."""
        return self._desk.submit(self._job(wish))

    def try_out(self, wish: TrainingWish) -> TrainingTrial:
        """Begin a dry run in a process of its own."""
        job = self._job(wish).model_dump_json()
        with self._desk.admitting():
            return self._trials.begin(wish, job)

    def trial(self) -> TrainingTrial:
        """Return how the latest dry run is."""
        return self._trials.latest

    def end(self) -> None:
        """Give up the dry run that is under way."""
        self._trials.end()

    def curves(self, run: str, *, since: float = 0, token: str = "") -> TrainingCurves:
        """Return what a training's log says."""
        from pipeline.page.training_log import CurveReader

        folder = self._folder(run)
        reader = self._readers.pop(folder, None) or CurveReader(folder)
        self._readers[folder] = reader
        while len(self._readers) > _MOST_READERS:
            self._readers.popitem(last=False)
        return reader.read(since, token)

    def samples(self, run: str) -> Mapping[int, Path]:
        """Return the sheets of samples of a training, by step."""
        sheets = sorted((self._folder(run) / "samples").glob("step-*.png"))
        named = ((_SHEET.fullmatch(sheet.name), sheet) for sheet in sheets if not sheet.is_symlink())
        return {int(found[1]): sheet for found, sheet in named if found}

    def model(self, run: str) -> str | None:
        """Return the name of the generator that a training has ended with."""
        folder, models = self._folder(run), local_models()
        try:
            trained = models.find_trained(str(folder))
        except WeightsError:  # it has not come to its end
            return None
        if not isinstance(trained, IGME):
            return None
        named = models.named().items()
        return next((name for name, one in named if one.weights_path == trained.weights_path), None)

    def _folder(self, run: str) -> Path:
        record = SqlRunQueue(self._root).get(run)
        if record.kind != "train":
            raise RunError(
                Said("wanted a training, got run {0}, which is of the kind {1}", run, Said(record.kind))
            )
        return folder_of(record, self._root) or self._root / ".no-folder-yet"

    def _job(self, wish: TrainingWish) -> "TrainJob":
        from pipeline.settings.config import DataConfig, TrainingConfig
        from pipeline.train.job import TrainJob

        problems = list(_strangers(wish))
        if problems:
            raise SettingsError(*problems)
        sources = [str(self._data.find(name)) for name in (wish.source, wish.source_b) if name is not None]
        return TrainJob(
            data=DataConfig(source=sources[0], source_b=sources[1] if len(sources) > 1 else None),
            training=TrainingConfig(preset=wish.preset, overrides=wish.overrides),
            resume=True,  # its folder is named by all that decides the result
        )


def _strangers(wish: TrainingWish) -> Iterator[str]:
    """Yield what would let the page run foreign code, or read a file that no store knows by name."""
    from components.training import any_settings_with

    foreign = [name for name, text in wish.overrides.items() if name.endswith("kind") and ":" in text]
    if foreign:
        yield from (Said("{0}: the page runs no foreign component", name) for name in foreign)
        return
    if wish.preset not in _OFFERED:
        near = did_you_mean(wish.preset, _OFFERED)
        yield Said("preset: wanted one of {0}, got {1!r}.{2}", ", ".join(_OFFERED), wish.preset, near)
        return
    if wish.source_b is not None and wish.preset not in PRESETS_OF_TWO_DOMAINS:
        yield Said(
            "source_b: wanted a second collection with one of {0} alone, got {1!r} with {2}",
            ", ".join(sorted(PRESETS_OF_TWO_DOMAINS)),
            wish.source_b,
            wish.preset,
        )
    if wish.source_b == wish.source:
        yield Said("source_b: wanted another collection than the first, got {0!r} twice", wish.source)
    for name, (mark, given) in any_settings_with(wish.preset, wish.overrides).files().items():
        known = _known_names(mark.among)
        if name in wish.overrides and given not in known:
            yield Said(
                "{0}: wanted one of {1}, got {2!r}; a path is for the command line alone",
                name,
                ", ".join(sorted(known)),
                given,
            )


def _known_names(among: str) -> set[str]:
    if among == "models":
        return {name for name in local_models().named() if "/" not in name and "\\" not in name}
    features = {each.name for each in OFFICIAL_WEIGHTS if each.converted} if among == "features" else set()
    return {*local_weights().names, *features}
