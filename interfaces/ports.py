"""The ports: what a component of each kind can be asked to do.

Protocols without behaviour: whatever has the method fits, without inheriting. Every class behind a port can be made
without arguments; where it has settings of its own, they are keyword arguments with defaults.

The chain: `TrainingStore` → `Preprocessor` → `Trainer` → `Generator` → `Enhancer` → `Converter` →
`ResultStore`, with a `SettingsSource` at its side. Beside the chain: `RunFolder`, `RunQueue`, `ModelStore`,
`WeightStore`, `TrainingObserver` (with its `TrainingView`, or `LatentView` where there is a latent space). What does
a whole job is in `interfaces.jobs`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from interfaces.events import Listener
from interfaces.exploration import Explorer
from interfaces.ics import ICS
from interfaces.ies import IES
from interfaces.igme import IGME
from interfaces.igs import IGS
from interfaces.iodt import IODT
from interfaces.itdt import ITDT
from interfaces.observer_ports import (
    CaptionedView,
    LatentObserver,
    LatentView,
    SaysWhy,
    TrainingObserver,
    TrainingView,
)
from interfaces.run_ports import RunFolder, RunQueue
from interfaces.storage_ports import (
    Gallery,
    HasDefaults,
    ImageSource,
    ModelStore,
    ResultStore,
    TrainingStore,
    WeightStore,
)
from interfaces.trained_enhancer import TrainedEnhancer

if TYPE_CHECKING:  # these bring torch, which the command line must not wait for
    from torch import Tensor

    from interfaces.iedt import IEDT
    from interfaces.igdt import IGDT
    from interfaces.ipdt import IPDT

__all__ = [
    "Attendant",
    "CaptionedView",
    "Converter",
    "DrawsStyles",
    "Enhancer",
    "Explorer",
    "Gallery",
    "Generator",
    "HasDefaults",
    "ImageSource",
    "LatentObserver",
    "LatentView",
    "LooksFirst",
    "MakesFilms",
    "ModelStore",
    "Preprocessor",
    "ResultStore",
    "RunFolder",
    "RunQueue",
    "SaysWhy",
    "SettingsSource",
    "TakesLong",
    "Trainer",
    "TrainingObserver",
    "TrainingStore",
    "TrainingView",
    "WeightStore",
]


class Preprocessor(Protocol):
    """Makes a pack of equal squares from a data set (ITDT → IPDT).

    A training makes one with what its settings ask for: `side` and `channels` always, `enlarge` and `pieces` where the
    network enlarges. A class that takes less serves those trainings alone that ask for no more.
    """

    def prepare(
        self, data: ITDT, source: ImageSource, cache: "RunFolder", *, listener: Listener | None = None
    ) -> "IPDT":
        """Return the pack of ``data``, made in ``cache`` or found there.

        Args:
            data: the data set.
            source: reads its files.
            cache: holds packs, addressed by content.
            listener: is told the progress.

        Raises:
            DataError: no image could be decoded.
            StorageError: the cache cannot be written.
        """
        ...


class Trainer(Protocol):
    """Trains a model on a pack (IPDT → IGME), or an enhancement network."""

    def train(
        self,
        data: "IPDT",
        folder: RunFolder,
        *,
        resume: bool = False,
        observers: Sequence[TrainingObserver] = (),
        listener: Listener | None = None,
    ) -> IGME | TrainedEnhancer | None:
        """Train to the end, or until an observer asks to stop.

        Args:
            data: the pack; never modified.
            folder: for checkpoints, logs and the final ``model.safetensors`` with ``model.json`` or
                ``enhancer.json``.
            resume: go on from the newest good checkpoint in ``folder``, if there is one.
            observers: look on after every step.
            listener: is told the progress.

        Returns:
            The finished model, or None when an observer stopped it before its last step.

        Raises:
            SettingsError: the settings do not go together, or not with the pack; or they let the losses diverge.
            CheckpointError: ``folder`` holds checkpoints of another configuration, only damaged ones, or any
                at all where ``resume`` is False.
        """
        ...


class Generator(Protocol):
    """Makes images (IGS, IGME → IGDT)."""

    def generate(self, settings: IGS, model: IGME | None) -> "Iterator[IGDT]":
        """Yield ``settings.count`` images in order, a few at a time.

        Image *i* depends on its seed and on nothing else of the run. That is ``settings.seed + i``: seeds that are listed
        (`IGS.seeds`) are asked for in stretches that count up, with a ``seed`` and a ``count`` each.

        Args:
            settings: how many, which seeds, from what.
            model: the trained model; None for a source that needs none.

        Raises:
            SettingsError: the model cannot do what is asked (an unknown style, say).
            WeightsError: the model's weights are missing or altered.
        """
        ...


@runtime_checkable
class DrawsStyles(Protocol):
    """A generator that knows which style an image has, where each seed draws one."""

    def style_of(self, seed: int, settings: IGS, model: IGME) -> str | None:
        """Return the style of the image of a seed: the one that is asked for, or that the seed draws; None where it has none."""
        ...


class Attendant(Protocol):
    """Stands beside a generator that takes minutes for one image: listens, shows, keeps, and stops it."""

    def progress(self, done: int, total: int, detail: str = "") -> None:
        """Hear that ``done`` of ``total`` steps of the image under way are made; call it as often as one likes.

        Raises:
            Exception: the run shall pause or end. `keep` what must not be lost before calling this, and let it pass.
        """
        ...

    def trace(self, step: int, values: Mapping[str, float]) -> None:
        """Note values of a step of the image under way, such as its losses; a step that is made again after a crash replaces the first."""
        ...

    def draft(self, image: "Tensor") -> None:
        """Show what the image under way looks like by now, float32 (1, 3, H, W) in [-1, 1]; cheap where nobody looks."""
        ...

    def notice(self, text: str) -> None:
        """Tell the user something that he should know: a fallback that was taken, say."""
        ...

    def keep(self, state: bytes) -> None:
        """Keep what is needed to go on with the image under way; it replaces what was kept before."""
        ...

    def kept(self) -> bytes | None:
        """Return what an earlier process has kept of this very image; None where there is nothing."""
        ...


@runtime_checkable
class TakesLong(Protocol):
    """A generator that takes minutes for one image."""

    def attended(self, attendant: Attendant) -> Generator:
        """Return this generator with somebody beside it; without, it tells nobody anything and begins each image anew."""
        ...


@runtime_checkable
class LooksFirst(Protocol):
    """A generator that can tell before the first image what it reads, and what no image could be made of."""

    def weights(self, settings: IGS) -> Sequence[str]:
        """Return the fields of the source that name files of weights which will be read.

        Raises:
            SettingsError: the settings do not go together.
        """
        ...

    def settled(self, settings: IGS) -> IGS:
        """Return ``settings`` with nothing left open that depends on the machine, if at least one image can be made.

        In them, what names weights is the path of a file by now.

        Raises:
            ArtgenError: none can.
        """
        ...


class Enhancer(Protocol):
    """Makes images larger (IGDT, IES → IEDT). One object may serve several threads."""

    def enhance(self, data: "IGDT", settings: IES) -> "IEDT":
        """Return ``data`` at the size that ``settings`` asks for, and the sizes to keep.

        An image's result does not depend on the others in ``data``. ``data`` is never modified.

        Args:
            data: images (N, 3, H, W) in [-1, 1].
            settings: size, options of the enhancer; ``enhancer.weights`` is the path of a file by now.

        Raises:
            WeightsError: the weights are missing, altered or of another network.
        """
        ...


class Converter(Protocol):
    """Turns images into files (IEDT, ICS → IODT)."""

    def convert(self, data: "IEDT", settings: ICS) -> IODT:
        """Return the encoded files of all sizes of all images; equal input gives equal bytes."""
        ...

    def contact_sheet(self, pictures: Sequence[Path], settings: ICS, captions: Sequence[str]) -> IODT:
        """Return one overview picture of the picture files ``pictures``, each with its caption."""
        ...


@runtime_checkable
class MakesFilms(Protocol):
    """A converter that makes films."""

    def film(self, pictures: Sequence[Path], settings: ICS) -> IODT:
        """Return one film of the picture files ``pictures``, in their order, as ``settings`` say."""
        ...


class SettingsSource(Protocol):
    """Collects the settings from the user: command line, file, page."""

    def read(self) -> tuple[IGS, IES, ICS]:
        """Return the three settings contracts.

        Raises:
            SettingsError: listing all that is wrong at once.
        """
        ...
