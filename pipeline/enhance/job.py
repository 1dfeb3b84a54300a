"""Enlarging files on their own, as a job: the picture pipeline, from the files themselves."""

import json
import os
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Literal, NamedTuple, final

import torch
from pydantic import Field, JsonValue, field_validator

from components.conversion import CONVERTERS
from components.generation import GENERATORS
from components.imaging.formats import format_of
from interfaces.events import Listener, Progress
from interfaces.ics import ICS, ImageFormat
from interfaces.ies import IES, Foreign, Realesrgan, WithWeights
from interfaces.igs import IGS, Pictures
from interfaces.jobs import JobControl, JobSettings
from interfaces.runs import RunRecord, StoredFile
from pipeline.enhance.inputs import plan_pictures
from pipeline.factories.enhancers import definite_enhancer, make_enhancer
from pipeline.factories.registries import make_component
from pipeline.factories.stores import weight_store
from pipeline.orchestrator.pipeline import Pipeline
from pipeline.settings.config import ComponentNames
from storage.digest import file_sha256
from storage.known_stores import folder_of
from storage.picture_folder import PictureFolder
from storage.run_folder import require_place

__all__ = ["EnhanceJob", "EnhanceRunner", "Outcome"]

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


class EnhanceJob(JobSettings):
    """Which files, how large, and where the results go."""

    kind: Literal["enhance"] = "enhance"
    inputs: tuple[str, ...] = Field(min_length=1)
    """Files, folders and patterns."""
    enhancement: IES
    out: Path
    format: ImageFormat | None = None
    """Of the results; None keeps that of each input."""
    quality: int = Field(ICS().quality, ge=1, le=100)
    components: ComponentNames = ComponentNames()
    """Of which the weight store is asked."""
    resume: bool = False
    """Leave alone what is there, from the same content and settings."""

    @field_validator("enhancement")
    @classmethod
    def _one_size(cls, enhancement: IES) -> IES:
        if enhancement.keep:
            raise ValueError(
                f"keep: wanted no further sizes of a file, which has one result, got {enhancement.keep}"
            )
        return enhancement


@final
class EnhanceRunner:
    """Lets the files through the pipeline, whatever happens to one of them: a `JobRunner`."""

    def __init__(
        self, settings: EnhanceJob, *, root: Path, record: RunRecord | None, listener: Listener | None
    ) -> None:
        own = folder_of(record, root) if record else None
        self.folder: Path | None = own or settings.out.absolute()
        self._settings = settings
        self._listener = listener or (lambda event: None)
        require_place(self.folder)
        self._plan = plan_pictures(settings.inputs, self.folder, settings.format, listener=listener)
        weights = weight_store(settings.components)
        self._definite = definite_enhancer(settings.enhancement, weights, listener=listener)
        located = self._definite.located
        self._decides = _decides(located, settings.quality)
        self._results = PictureFolder(
            self.folder,
            self._plan,
            key=self._key,
            resume=settings.resume or own is not None,
            looked=self._looked,
        )
        paths = tuple(each.source for each in self._plan)
        self._pipeline = Pipeline(
            (
                IGS(count=len(paths), source=Pictures(paths=paths)),
                located,
                ICS(
                    format=settings.format or "png",
                    keep_format=settings.format is None,
                    quality=settings.quality,
                    preserve=True,
                    metadata=False,
                    contact_sheet=False,
                ),
            ),
            generator=make_component(GENERATORS, "pictures"),
            enhancer=make_enhancer(located, listener=listener, published=weights.publication),
            converter=make_component(CONVERTERS, "files"),
            results=self._results,
            chunk_size=_TOGETHER.get("cuda" if torch.cuda.is_available() else "cpu", 1),
            listener=listener,
        )
        self._made: dict[int, StoredFile] = {}
        self._started = monotonic()

    @property
    def settings(self) -> EnhanceJob:
        """The settings with definite paths and weights."""
        inputs = tuple(os.path.abspath(Path(text).expanduser()) for text in self._settings.inputs)
        definite = {"inputs": inputs, "out": self.folder, "enhancement": self._definite.named}
        return EnhanceJob.model_validate({**dict(self._settings), **definite})

    @property
    def total(self) -> int:
        """Files."""
        return len(self._plan)

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return monotonic() - self._started

    @property
    def outcomes(self) -> list[Outcome]:
        """What became of each file so far, in their order."""
        there = {file.seed: file for file in self._results.files()}
        return [
            self._outcome(seed, there.get(seed))
            for seed in range(len(self._plan))
            if seed in there or seed in self._pipeline.failed
        ]

    def prepare(self) -> None:
        """Do nothing: which files there are is known from the beginning."""

    def run(self, control: JobControl) -> None:
        """Make what is not there yet; what is under way is finished before it ends early."""
        control.note(0)
        for file in self._pipeline.work(control):
            self._made[int(file.seed or 0)] = file

    def _outcome(self, seed: int, file: StoredFile | None) -> Outcome:
        source = str(self._plan[seed].source)
        if file is None:
            reason = self._pipeline.failed[seed].removeprefix(f"{source}: ")
            return Outcome(source, None, "failed", None, None, reason)
        if seed not in self._made:
            return Outcome(source, file.path, "kept", None, None)
        metadata = self._results.metadata(seed)
        lost = "; ".join(metadata.get("lost", ()))
        size = metadata.get("size")
        before = (size[0], size[1]) if size else None
        return Outcome(source, file.path, "made", before, (file.width, file.height), lost and f"lost: {lost}")

    def _key(self, picture: str, name: str) -> str:
        """Return a digest of all that decides the result of the input picture with this digest."""
        own = format_of(name)
        decides = {**self._decides, "picture": picture, "format": own}
        return sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()

    def _looked(self, done: int) -> None:
        self._listener(Progress(stage="data", done=done, total=len(self._plan)))


def _decides(settings: IES, quality: int) -> dict[str, JsonValue]:
    """Return what decides every result."""
    exclude = {"weights", "twin"} if not isinstance(settings.enhancer, Foreign) else set()
    return {
        "artgen": version("artgen"),
        "settings": settings.model_dump(mode="json", exclude={"enhancer": exclude}),
        "weights": _weight_digests(settings),
        "quality": quality,
    }


def _weight_digests(settings: IES) -> list[JsonValue]:
    chosen = settings.enhancer
    if not isinstance(chosen, WithWeights):
        return []
    twin = [chosen.twin] if isinstance(chosen, Realesrgan) and chosen.denoise < 1 else []
    return [file_sha256(Path(name)) for name in (chosen.weights, *twin)]
