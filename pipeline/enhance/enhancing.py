"""Enlarges picture files on their own: one after the other, whatever happens to one of them."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from threading import Event as Flag
from time import monotonic
from typing import Literal, NamedTuple, final

import torch
from pydantic import JsonValue, ValidationError

from components.imaging.fitting import losses
from components.imaging.picture_file import PictureFile, read_picture
from components.imaging.preserving import encode_preserving
from interfaces.errors import ArtgenError, ComponentError, StorageError
from interfaces.events import Listener, Progress
from interfaces.ics import ICS
from interfaces.iedt import IEDT
from interfaces.ies import IES, Foreign, Realesrgan, WithWeights
from interfaces.igdt import IGDT
from interfaces.ports import Enhancer, RunFolder
from interfaces.provenance import StageRecord
from pipeline.enhance.inputs import Job
from storage.digest import file_sha256

__all__ = ["Enhancing", "Outcome"]

_JOURNAL = "artgen-enhance.jsonl"
PICTURE_ERRORS = (ArtgenError, ValidationError, MemoryError)
"""What is reported of one picture, while the others are made."""

_TOGETHER = {"cuda": 8}
"""Pictures of one size that are enlarged in one call; a processor gains nothing from that (see `Engine`)."""


class Outcome(NamedTuple):
    """What became of one picture."""

    source: str
    result: str | None
    """Path of the file; None where there is none."""
    state: Literal["made", "kept", "failed"]
    """``kept``: it was there already, made from the same content with the same settings."""
    before: tuple[int, int] | None
    """Width and height."""
    after: tuple[int, int] | None
    message: str = ""
    """Why it failed, or what was lost."""


class _Read(NamedTuple):
    job: Job
    picture: PictureFile
    key: str


@final
class Enhancing:
    """Reads, enlarges and writes picture files.

    Args:
        settings: how large, and by which enhancer; definite, with the path of its weights.
        enhancer: the enhancer.
        folder: where results go, with a journal of what was made from what.
        quality: of JPEG and WebP.
        resume: leave alone what the journal knows as made from the same content with the same settings, and what
            still has the bytes that it had then.
        listener: is told the progress.
    """

    def __init__(
        self,
        settings: IES,
        enhancer: Enhancer,
        folder: RunFolder,
        *,
        quality: int = ICS().quality,
        resume: bool = False,
        listener: Listener | None = None,
    ) -> None:
        self._settings = settings
        self._enhancer = enhancer
        self._folder = folder
        self._quality = quality
        self._listener = listener
        self._journal = _read_journal(folder) if resume else {}
        self._digests = _weight_digests(settings)
        self._together = _TOGETHER.get("cuda" if torch.cuda.is_available() else "cpu", 1)
        self._cancelled = Flag()

    def cancel(self) -> None:
        """Ask to end after the pictures under way; safe from signal handlers and other threads."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked for the end."""
        return self._cancelled.is_set()

    def run(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        """Yield the outcome of each picture; one that fails does not keep the others from being made.

        Raises:
            StorageError: the journal cannot be written: the disk is full, or the folder is not ours.
        """
        done, started = 0, monotonic()
        self._tell(done, len(jobs), started)
        for outcome in self._outcomes(jobs):
            done += 1
            self._tell(done, len(jobs), started)
            yield outcome

    def _outcomes(self, jobs: Sequence[Job]) -> Iterator[Outcome]:
        waiting: list[_Read] = []
        for job in jobs:
            if self.cancelled:
                break
            found = self._look(job)
            if isinstance(found, Outcome):
                yield found
                continue
            if waiting and not _fit_together(waiting[-1].picture, found.picture):
                yield from self._make(waiting)
                waiting = []
            waiting.append(found)
            if len(waiting) == self._together:
                yield from self._make(waiting)
                waiting = []
        if waiting:
            yield from self._make(waiting)

    def _look(self, job: Job) -> _Read | Outcome:
        try:
            try:
                content = job.source.read_bytes()
            except OSError as error:
                raise StorageError(f"cannot be read: {error.strerror or error}") from error
            key = self._key(content, job)
            if self._is_made(job, key):
                return Outcome(str(job.source), str(self._folder.path / job.name), "kept", None, None)
            return _Read(job, read_picture(content), key)
        except PICTURE_ERRORS as error:
            return _failure(job, error)

    def _make(self, group: Sequence[_Read]) -> Iterator[Outcome]:
        try:
            made = self._enhancer.enhance(_together([each.picture for each in group]), self._settings)
        except ComponentError:
            raise  # no other picture would fare better
        except PICTURE_ERRORS as error:
            if len(group) == 1:
                yield _failure(group[0].job, error)
            else:  # the others may well be made
                for each in group:
                    yield from self._make([each])
            return
        for index, each in enumerate(group):
            yield self._write(each, made, index)

    def _write(self, read: _Read, made: IEDT, index: int) -> Outcome:
        job, picture, final = read.job, read.picture, made.final
        alpha = None if final.alpha is None or picture.alpha is None else final.alpha[index]
        settings = ICS(format=job.format, quality=self._quality)
        try:
            content = encode_preserving(
                final.images[index],
                alpha,
                settings,
                bits=picture.bits,
                is_grey=picture.is_grey,
                attachments=picture.attachments,
            )
            path = self._folder.write(job.name, content)
        except PICTURE_ERRORS as error:
            return _failure(job, error)
        entry = {"name": job.name, "key": read.key, "sha256": sha256(content).hexdigest()}
        self._folder.append(_JOURNAL, json.dumps(entry))
        before = (int(picture.image.shape[3]), int(picture.image.shape[2]))
        return Outcome(str(job.source), str(path), "made", before, final.size, _losses(picture, settings))

    def _key(self, content: bytes, job: Job) -> str:
        """Return a digest of all that decides the result."""
        exclude = {"weights", "twin"} if not isinstance(self._settings.enhancer, Foreign) else set()
        decides: JsonValue = {
            "artgen": version("artgen"),
            "picture": sha256(content).hexdigest(),
            "settings": self._settings.model_dump(mode="json", exclude={"enhancer": exclude}),
            "weights": self._digests,
            "format": job.format,
            "quality": self._quality,
        }
        return sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()

    def _is_made(self, job: Job, key: str) -> bool:
        entry = self._journal.get(job.name)
        path = self._folder.path / job.name
        return bool(entry and entry["key"] == key and path.is_file() and file_sha256(path) == entry["sha256"])

    def _tell(self, done: int, total: int, started: float) -> None:
        if self._listener is not None:
            seconds = (monotonic() - started) / done if done else 0.0
            detail = f"{seconds:.1f} s each" if done else ""
            self._listener(Progress(stage="storing", done=done, total=total, detail=detail))


def _read_journal(folder: RunFolder) -> dict[str, dict[str, str]]:
    """Return the newest entry for each file; a line that was broken off by a crash counts as not written."""
    if not (folder.path / _JOURNAL).is_file():
        return {}
    entries: dict[str, dict[str, str]] = {}
    for line in folder.read(_JOURNAL).decode("utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and {"name", "key", "sha256"} <= set(entry):
            entries[entry["name"]] = entry
    return entries


def _weight_digests(settings: IES) -> list[JsonValue]:
    chosen = settings.enhancer
    if not isinstance(chosen, WithWeights):
        return []
    twin = [chosen.twin] if isinstance(chosen, Realesrgan) and chosen.denoise < 1 else []
    return [file_sha256(Path(name)) for name in (chosen.weights, *twin)]


def _fit_together(one: PictureFile, other: PictureFile) -> bool:
    return one.image.shape == other.image.shape


def _together(pictures: Sequence[PictureFile]) -> IGDT:
    alphas = [picture.alpha for picture in pictures]
    opaque = torch.ones(1, 1, *pictures[0].image.shape[2:])
    return IGDT(
        images=torch.cat([picture.image for picture in pictures]),
        alpha=None
        if all(alpha is None for alpha in alphas)
        else torch.cat([opaque if alpha is None else alpha for alpha in alphas]),
        seeds=tuple(range(len(pictures))),
        provenance=(StageRecord(stage="generation", component="pictures"),),
    )


def _losses(picture: PictureFile, settings: ICS) -> str:
    names = losses(
        picture.attachments,
        settings,
        bits=picture.bits,
        is_grey=picture.is_grey,
        has_alpha=picture.alpha is not None,
    )
    return f"lost: {'; '.join(names)}" if names else ""


def _failure(job: Job, error: Exception) -> Outcome:
    return Outcome(str(job.source), None, "failed", None, None, str(error) or type(error).__name__)
