"""What a pipeline tells its listeners: progress bars, logs and the page listen to the same events."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, NamedTuple

from interfaces.contract import Contract
from interfaces.runs import RunState, StoredFile

if TYPE_CHECKING:  # it carries tensors, and torch takes seconds to import
    from torch import Tensor

    from interfaces.igdt import IGDT

__all__ = [
    "Event",
    "ImageFailed",
    "ImageStored",
    "ImageUnderWay",
    "ImagesGenerated",
    "Listener",
    "Notice",
    "Progress",
    "RunFinished",
    "RunStarted",
    "Stage",
    "StageFinished",
    "StageStarted",
]

Stage = Literal[
    "download",
    "data",
    "preprocessing",
    "teaching",
    "training",
    "generation",
    "enhancement",
    "conversion",
    "storing",
    "evaluation",
    "sweep",
]


class RunStarted(Contract):
    """A run has begun or goes on; ``done`` of ``total`` pictures (or steps) were there already."""

    run: str
    total: int
    done: int = 0


class StageStarted(Contract):
    """A stage has begun for the first time in this run."""

    stage: Stage
    component: str


class Progress(Contract):
    """``done`` of ``total`` units of a stage are finished; total 0 where it is not known."""

    stage: Stage
    done: int
    total: int
    unit: str = "pictures"
    detail: str = ""


class StageFinished(Contract):
    """A stage will do no more in this run."""

    stage: Stage
    seconds: float


class ImagesGenerated(NamedTuple):
    """Images have come out of generation, and will be enlarged: handed on as they are, so that telling it costs nothing."""

    data: "IGDT"
    """Not to be changed."""


class ImageUnderWay(NamedTuple):
    """An image that takes minutes is a step further."""

    seed: int
    done: int
    """Steps."""
    total: int
    values: Mapping[str, float] = {}
    """What the step measured, by name."""
    draft: "Tensor | None" = None
    """What the image looks like by now, float32 (1, 3, H, W) in [-1, 1]; not to be changed. None where nothing new is to be seen."""


class ImageStored(Contract):
    """A picture is on disk and in the index."""

    file: StoredFile


class ImageFailed(Contract):
    """A picture could not be made; the run goes on."""

    seed: int
    reason: str


class Notice(Contract):
    """Something that the user should know."""

    level: Literal["info", "warning"]
    text: str


class RunFinished(Contract):
    """The run has ended, in this state."""

    run: str
    state: RunState
    stored: int
    seconds: float


Event = (
    RunStarted
    | StageStarted
    | Progress
    | StageFinished
    | ImagesGenerated
    | ImageUnderWay
    | ImageStored
    | ImageFailed
    | Notice
    | RunFinished
)
Listener = Callable[[Event], None]
