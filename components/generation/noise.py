"""Generation from random latent vectors."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import final

import torch
from torch import Tensor

from components.generation.loaded import loaded
from components.networks.latents import latents_of_seeds, wanted_latent
from components.networks.runtime import describe_runtime
from interfaces.errors import SettingsError, WeightsError, did_you_mean
from interfaces.igdt import IGDT
from interfaces.igme import IGME, Latent
from interfaces.igs import IGS
from interfaces.provenance import StageRecord

__all__ = ["NoiseGenerator", "check_style", "draw_labels", "generated"]

BATCH = 16
"""Images in every pass through the network, the last one padded: another number would change the last bits."""


def draw_labels(seeds: Sequence[int], styles: int) -> Tensor:
    """Return labels below ``styles``, all alike often, int64 (len(seeds),), each from its own seed alone.

    >>> bool(draw_labels(range(5, 8), 4)[2] == draw_labels(range(7, 8), 4)[0])
    True
    """
    labels = []
    for seed in seeds:
        digest = sha256(f"{seed}/style".encode()).digest()  # apart from the latent vector's numbers
        labels.append(int.from_bytes(digest[:8], "big") % styles)
    return torch.tensor(labels)


@final
class NoiseGenerator:
    """Draws one latent vector for each seed and passes it through the model's generator network.

    A conditional model makes the style that is asked for; where none is, each image's seed decides its style.
    """

    def style_of(self, seed: int, settings: IGS, model: IGME) -> str | None:
        """Return the style that is asked for, or that the seed draws; None where the model has none to choose from."""
        if settings.style is not None or not model.conditional:
            return settings.style
        return model.styles[int(draw_labels((seed,), len(model.styles)))]

    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        """Yield ``settings.count`` images in order, at most ``BATCH`` at a time.

        Raises:
            SettingsError: a style is asked for that the model does not have; or it takes pictures.
            WeightsError: there is no model, or its weights do not fit.
        """
        yield from generated(settings, model, "noise", latents_of_seeds)


def generated(
    settings: IGS,
    model: IGME | None,
    component: str,
    latents_of: Callable[[Sequence[int], Latent], Tensor],
    style_seed: Callable[[int], int] = int,
) -> Iterator[IGDT]:
    """Yield ``settings.count`` images in order, at most ``BATCH`` at a time.

    Args:
        settings: what is asked for.
        model: makes images of latent vectors.
        component: name of the generator, for the record.
        latents_of: gives the latent vectors of seeds, float32 (len(seeds), length), each depending on its seed alone.
        style_seed: gives the seed that draws the style of an image, where none is asked for.

    Raises:
        SettingsError: a style is asked for that the model does not have; or it takes pictures.
        WeightsError: there is no model, or its weights do not fit.
    """
    if model is None:
        raise WeightsError(
            f"generation from {component} needs a trained model; pass one with --model, or train one"
        )
    check_style(settings.style, model)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    takes = wanted_latent(model.architecture)
    network = loaded(model, device)
    record = StageRecord(
        stage="generation",
        component=component,
        settings=settings.model_dump(mode="json", exclude={"count", "seed", "seeds"}),
        digests={"model": model.weights_sha256},
        licences={"model": model.licence},
        runtime={**describe_runtime(device), "batch": BATCH},
    )
    for first in range(0, settings.count, BATCH):
        seeds = settings.image_seeds[first : first + BATCH]
        latents = torch.zeros(BATCH, takes.length)
        latents[: len(seeds)] = latents_of(seeds, takes)
        inputs = [latents.to(device)]
        if model.conditional:
            inputs.append(_labels([style_seed(seed) for seed in seeds], settings.style, model).to(device))
        with torch.no_grad():  # inference mode would give tensors that no optimiser may take
            images = network(*inputs)[: len(seeds)].float().clamp(-1, 1).cpu()
        # a grey model gives one channel; contracts carry RGB
        yield IGDT(images=images.expand(-1, 3, -1, -1).contiguous(), seeds=tuple(seeds), provenance=(record,))


def _labels(seeds: Sequence[int], style: str | None, model: IGME) -> Tensor:
    """Return the labels of one padded batch, int64 (BATCH,)."""
    if style is not None:
        return torch.full((BATCH,), model.styles.index(style))
    labels = torch.zeros(BATCH, dtype=torch.int64)
    labels[: len(seeds)] = draw_labels(seeds, len(model.styles))
    return labels


def check_style(style: str | None, model: IGME) -> None:
    """Return if ``model`` can be asked for ``style``; None asks for nothing.

    Raises:
        SettingsError: it has no such style, or was trained without style labels.
    """
    if style is None:
        return
    if style not in model.styles:
        known = ", ".join(model.styles)
        raise SettingsError(
            f"style: model {model.name!r} learnt {known}; got {style!r}.{did_you_mean(style, model.styles)}"
        )
    if not model.conditional:
        raise SettingsError(
            f"style: model {model.name!r} was trained without style labels and cannot be asked for {style!r}; "
            "leave the style out, or train one with --conditional"
        )
