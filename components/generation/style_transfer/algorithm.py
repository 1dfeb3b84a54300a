"""What an algorithm of style transfer is: one call shape for all of them."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, NamedTuple, Protocol, final

from torch import Tensor

from interfaces.igme import IGME
from interfaces.igs import Stylize
from interfaces.ports import Attendant

__all__ = ["Features", "StyleAlgorithm", "Task", "Unattended"]


class Features(Protocol):
    """A frozen network whose maps compare pictures."""

    def __call__(self, images: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        """Return the maps of ``layers``, float32 (N, C, h, w) each, of images (N, 3, H, W) in [-1, 1]; gradients pass through."""
        ...


class Task(NamedTuple):
    """One image to make."""

    content: Tensor
    """float32 (1, 3, H, W) in [-1, 1], as large as the image shall be."""
    styles: tuple[Tensor, ...]
    """float32 (1, 3, h, w) in [-1, 1] each, of any size, as large as the algorithm shall see them beside the whole image."""
    blend: tuple[float, ...]
    """How much each style counts; they add up to 1."""
    regions: tuple[Tensor, ...]
    """Where each style goes, float32 (1, 1, H, W) in [0, 1] each; none: everywhere."""
    settings: Stylize
    seed: int
    features: Features | None
    """None where the algorithm needs none."""
    model: IGME | None = None
    """The trained network that the image is made with; None where the algorithm needs none."""


class StyleAlgorithm(Protocol):
    """Carries styles over to a content picture. One object may serve several images, one after the other."""

    needs_features: ClassVar[bool]
    uses: ClassVar[frozenset[str]]
    """Fields of `Stylize` that change what it makes, besides pictures, size and the algorithm's name: to set another one is an error."""

    def transfer(self, task: Task, attendant: Attendant) -> Tensor:
        """Return the image, float32 (1, 3, H, W) in [-1, 1]. It depends on ``task`` alone, whatever ``attendant`` has kept.

        Raises:
            SettingsError: a layer is unknown, say, or the model is of another kind.
            WeightsError: the model's weights are missing or of another network.
            Exception: what ``attendant.progress`` raises passes.
        """
        ...


@final
class Unattended:
    """An `Attendant` where there is nobody: nothing is heard, shown or kept."""

    def progress(self, done: int, total: int, detail: str = "") -> None:
        """Hear nothing."""

    def trace(self, step: int, values: Mapping[str, float]) -> None:
        """Note nothing."""

    def draft(self, image: Tensor) -> None:
        """Show nothing."""

    def notice(self, text: str) -> None:
        """Tell nobody."""

    def keep(self, state: bytes) -> None:
        """Keep nothing."""

    def kept(self) -> bytes | None:
        """Return None: nothing was kept."""
        return None
