"""A trained network makes the image in one pass (Johnson et al. 2016)."""

from typing import ClassVar, final

import torch
from torch import Tensor

from components.generation.loaded import loaded
from components.generation.style_transfer.algorithm import Task
from interfaces.errors import SettingsError, WeightsError
from interfaces.igme import IGME, StyleTransferNetwork
from interfaces.ports import Attendant

__all__ = ["Feedforward"]

MOST_BYTES = 4_000_000_000
"""The most memory for one image."""
_COPIES = 8
"""How many maps of the full size and width are in memory at once: 7.2 were measured."""


@final
class Feedforward:
    """A network that has learnt one style; see the preset ``style-feedforward``.

    The whole picture goes through it at once: its normalisation looks at all of it, so that pieces would come out in other colours.
    """

    needs_features: ClassVar[bool] = False
    uses: ClassVar[frozenset[str]] = frozenset()

    def transfer(self, task: Task, attendant: Attendant) -> Tensor:
        """Return the content in the style of the model, float32 (1, 3, H, W) in [-1, 1].

        Raises:
            SettingsError: the model is of another kind, or the image too large for the memory.
            WeightsError: there is no model, or its weights are missing or of another network.
        """
        model, architecture = _checked(task.model)
        _check_size(task.content, architecture)
        network = loaded(model, torch.device("cpu"))
        with torch.no_grad():
            image: Tensor = network(task.content.contiguous())
        attendant.progress(1, 1)
        return image


def _checked(model: IGME | None) -> tuple[IGME, StyleTransferNetwork]:
    if model is None:
        raise WeightsError(
            "feedforward needs a trained network of a style; pass one with --model, or train one: "
            "artgen train SOURCE --preset style-feedforward --set style=FILE"
        )
    if not isinstance(model.architecture, StyleTransferNetwork):
        raise SettingsError(
            f"model: feedforward wants a network of a style, one trained with the preset style-feedforward; "
            f"got {model.name!r}, whose architecture is {model.architecture.kind!r}"
        )
    return model, model.architecture


def _check_size(content: Tensor, architecture: StyleTransferNetwork) -> None:
    height, width = content.shape[2:]
    wanted = height * width * architecture.width * content.element_size() * _COPIES
    if wanted > MOST_BYTES:
        most = int(max(height, width) * (MOST_BYTES / wanted) ** 0.5)
        raise SettingsError(
            f"size: wanted at most {most} for this picture and this network, whose memory would be {wanted / 1e9:.1f} GB, "
            f"got {max(height, width)}; make the image smaller and let the enhancement enlarge it"
        )
