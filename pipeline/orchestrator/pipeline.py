"""The chain at work: chunks stream through it, results appear one after another."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from time import monotonic
from typing import final

from pydantic import JsonValue, ValidationError

from interfaces.errors import ArtgenError, ComponentError, ContractError, RunError, StorageError
from interfaces.events import (
    Event,
    ImageFailed,
    ImagesGenerated,
    ImageStored,
    Listener,
    Progress,
    Stage,
    StageStarted,
)
from interfaces.ics import ICS
from interfaces.ies import IES
from interfaces.igdt import IGDT
from interfaces.igme import IGME
from interfaces.igs import IGS
from interfaces.iodt import IODT
from interfaces.jobs import JobControl
from interfaces.ports import Converter, DrawsStyles, Enhancer, Generator, ResultStore, RunQueue
from interfaces.runs import RunRecord, StoredFile
from pipeline.orchestrator.attendant import attended
from pipeline.orchestrator.overviews import overviews
from pipeline.orchestrator.together import groups, joined, parted, split, stretches, styled
from pipeline.runs.row_listener import RowListener
from pipeline.runs.supervisor import supervise
from storage.unfinished import Unfinished

__all__ = ["ObtainModel", "Pipeline"]

PICTURE_ERRORS = (ArtgenError, ValidationError, MemoryError)
"""What may concern one picture: it is reported, and the others are made."""

RUN_ERRORS = (ComponentError, StorageError)
"""What concerns the run: no other picture would fare better."""


ObtainModel = Callable[[JobControl], IGME | None]
"""Gives the model when the run needs it; may train for hours, and looks at the control meanwhile."""


@final
class Pipeline:
    """Generation → enhancement → conversion → result store, a few images at a time.

    Memory does not grow with the count; a cancel loses at most one chunk, a crash nothing that was stored.
    Make one from components, or with `assemble` from a configuration.

    Args:
        settings: what to generate, how large, into which files.
        generator: makes the images.
        enhancer: makes them larger.
        converter: turns them into files.
        results: keeps the files.
        queue: keeps the run's record; not needed where the run is somebody else's, who calls `work`.
        model: the trained model, a function that obtains it when the run starts, or None.
        record: what resuming needs to know besides the settings; stored with the run.
        chunk_size: images that pass together.
        root: folder of the store, which keeps what is needed to go on with an image that takes minutes; None keeps nothing.
        listener: is told every event.
    """

    def __init__(
        self,
        settings: tuple[IGS, IES, ICS],
        *,
        generator: Generator,
        enhancer: Enhancer,
        converter: Converter,
        results: ResultStore,
        queue: RunQueue | None = None,
        model: IGME | ObtainModel | None = None,
        record: Mapping[str, JsonValue] | None = None,
        chunk_size: int = 4,
        root: Path | None = None,
        listener: Listener | None = None,
    ) -> None:
        self._igs, self._ies, self._ics = settings
        self._generator = generator
        self._enhancer = enhancer
        self._converter = converter
        self._results = results
        self._queue = queue
        self._model = model
        self._record = dict(record or {})
        self._chunk_size = chunk_size
        self._root = root
        self._listener = RowListener.around(listener)
        self._cancelled = Flag()
        self._timings: dict[str, float] = {}
        self._failed: dict[int, str] = {}
        self._styles: dict[int, str | None] = {}
        self._kept: set[Path] = set()
        self._run: str | None = None

    def cancel(self) -> None:
        """Ask the run to end after the chunk under way; safe from signal handlers and other threads."""
        self._cancelled.set()

    @property
    def record(self) -> Mapping[str, JsonValue]:
        """What is stored with the run besides its progress."""
        return self._record

    @property
    def ended(self) -> RunRecord:
        """The record of the run as it ended.

        Raises:
            RunError: nothing was run yet.
        """
        if self._run is None or self._queue is None:
            raise RunError("this pipeline has not run yet; call run() first")
        return self._queue.get(self._run)

    @property
    def failed(self) -> Mapping[int, str]:
        """Seed and reason of every picture that could not be made."""
        return self._failed

    def run(self, run: str | None = None) -> Iterator[StoredFile]:
        """Yield each stored file as it comes; ``run`` resumes a run and makes only what is missing.

        Raises:
            RunError: the run is done, or another process works on it.
            ArtgenError: whatever stops the whole run; what was stored stays, and the run can be resumed.
        """
        if self._queue is None:
            raise RunError("this pipeline was made without a queue of runs; hand it one, or call work()")
        if run is None:
            claimed = self._queue.create("pipeline", self._record, self._igs.count, claimed=True)
        else:
            claimed = self._queue.claim(run)
        self._run = claimed.id
        with supervise(self._queue, claimed, self._cancelled, self._listener) as control:
            yield from self.work(control)

    def work(self, control: JobControl) -> Iterator[StoredFile]:
        """Yield each stored file of the run of ``control``, which this process owns; make only what is missing.

        Raises:
            ArtgenError: whatever stops the whole run.
        """
        run, total = control.record.id, self._igs.count
        missing = self._missing(run)
        done = total - len(missing)
        self._timings = dict(control.record.timings)
        model = self._obtain(control) if missing or isinstance(self._model, IGME) else None
        self._tell(Progress(stage="storing", done=done, total=total))  # the first chunk may take minutes
        # input pictures come one by one, and may pass together all the same
        together = self._chunk_size if self._igs.source.most is not None else 1
        for group in groups(self._chunks(missing, model, control), together):
            for file in self._finish(run, group):
                done += file.role == "final"
                yield file
            control.note(done, self._timings)
            self._tell(Progress(stage="storing", done=done + len(self._failed), total=total))
            control.check()
        yield from self._overviews(run, model)
        if self._failed:
            first = next(iter(self._failed.values()))
            control.state = "failed" if len(self._failed) == total else "partial"
            control.message = f"{len(self._failed)} of {total} pictures failed; the first: {first}"

    def _obtain(self, control: JobControl) -> IGME | None:
        return self._model(control) if callable(self._model) else self._model

    def _missing(self, run: str) -> Sequence[int]:
        """Return the indices of the pictures that are not stored yet, in order."""
        there = {file.seed for file in self._results.files(run) if file.role == "final"}
        return [index for index, seed in enumerate(self._igs.image_seeds) if seed not in there]

    def _chunks(self, missing: Sequence[int], model: IGME | None, control: JobControl) -> Iterator[IGDT]:
        for part in stretches(self._igs, missing):
            try:
                yield from self._generated(part, model, control)
            except (*RUN_ERRORS, RunError):  # another process may have taken the run over meanwhile
                raise
            except PICTURE_ERRORS as error:
                if part.count > 1:
                    raise
                self._give_up(part.seed, error)

    def _generated(self, part: IGS, model: IGME | None, control: JobControl) -> Iterator[IGDT]:
        """Yield the images of ``part``, all of them and in order."""
        unfinished = self._unfinished(control.record.id)
        generator = attended(self._generator, part.seed, control, self._tell, unfinished)
        images = generator.generate(part, model)
        left = [part.seed + index for index in range(part.count)]
        while True:
            with self._timed("generation", self._igs.source.kind):
                batch = next(images, None)
            if batch is None:
                break
            got, wanted, left = list(batch.seeds), left[: len(batch.seeds)], left[len(batch.seeds) :]
            if got != wanted:
                raise ContractError(f"generation: wanted the seeds {wanted} next, got {got}")
            self._keep_inputs(part)
            self._styles |= {seed: self._style_of(seed, model) for seed in batch.seeds}
            if self._enlarges(batch):
                self._tell(ImagesGenerated(batch))
            yield from split(batch, self._chunk_size)
        if left:
            raise ContractError(f"generation: wanted images of {part.count} seeds, got none of {left}")

    def _enlarges(self, data: IGDT) -> bool:
        longer = max(data.images.shape[2:])
        return (self._ies.side or longer * (self._ies.scale or 1)) > longer

    def _keep_inputs(self, part: IGS) -> None:
        """Keep copies of the input pictures, so that a result can be made again when they are gone."""
        for each in part.source.inputs():
            if each.path not in self._kept:
                self._results.keep_picture(each.path)
                if not each.each:
                    self._kept.add(each.path)  # once, and not for every image that shares it

    def _finish(self, run: str, group: Sequence[IGDT]) -> Iterator[StoredFile]:
        """Enhance, convert and store a group of chunks; where that fails, its pictures one by one."""
        try:
            stored = self._store(run, self._encode(group))
        except RUN_ERRORS:
            raise
        except PICTURE_ERRORS as error:
            singles = [single for chunk in group for single in split(chunk, 1)]
            if len(singles) == 1:
                self._give_up(singles[0].seeds[0], error)
            else:
                for single in singles:
                    yield from self._finish(run, [single])
            return
        if unfinished := self._unfinished(run):
            unfinished.settle(seed for chunk in group for seed in chunk.seeds)
        for file in stored:
            self._tell(ImageStored(file=file))
            yield file

    def _unfinished(self, run: str) -> Unfinished | None:
        return Unfinished(self._root, run) if self._root else None

    def _encode(self, group: Sequence[IGDT]) -> Sequence[IODT]:
        data = joined(group)
        with self._timed("enhancement", self._ies.enhancer.kind):
            enlarged = self._enhancer.enhance(data, self._ies)
        if enlarged.seeds != data.seeds:
            raise ContractError(f"enhancement: wanted the seeds {data.seeds} back, got {enlarged.seeds}")
        with self._timed("conversion", self._ics.format):
            return [self._converter.convert(part, self._ics) for part in parted(enlarged, group)]

    def _store(self, run: str, files: Sequence[IODT]) -> Sequence[StoredFile]:
        with self._timed("storing", "results"):
            return [file for each in files for file in self._results.add(run, styled(each, self._styles))]

    def _give_up(self, seed: int, error: Exception) -> None:
        reason = str(error) or type(error).__name__  # memory that is not there says nothing
        self._failed[seed] = reason
        self._tell(ImageFailed(seed=seed, reason=reason))

    def _overviews(self, run: str, model: IGME | None) -> Iterator[StoredFile]:
        """Store what shows the pictures of a run together."""
        made = overviews(
            self._results.files(run), self._converter, self._ics, lambda file: self._caption(file, model)
        )
        for file in (file for each in list(made) for file in self._results.add(run, each)):
            self._tell(ImageStored(file=file))
            yield file

    def _caption(self, file: StoredFile, model: IGME | None) -> str:
        """Return the seed of a picture, or its place in a walk, and its style where it has one."""
        if file.seed is None:
            return ""
        seeds = self._igs.image_seeds
        title = self._igs.source.within(seeds).part(list(seeds).index(file.seed), 1).title(file.seed)
        style = self._style_of(file.seed, model)
        return f"{title}, {style}" if style else title

    def _style_of(self, seed: int, model: IGME | None) -> str | None:
        """Return the style of a picture: that was asked for, or that its seed draws."""
        if model is None or not isinstance(self._generator, DrawsStyles):
            return self._igs.style
        return self._generator.style_of(seed, self._igs, model)

    @contextmanager
    def _timed(self, stage: Stage, component: str) -> Iterator[None]:
        if stage not in self._timings:
            self._tell(StageStarted(stage=stage, component=component))
        started = monotonic()
        try:
            yield
        finally:
            self._timings[stage] = self._timings.get(stage, 0.0) + monotonic() - started

    def _tell(self, event: Event) -> None:
        self._listener(event)
