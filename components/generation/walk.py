"""Generation along a walk from one latent vector to another."""

from collections.abc import Iterator, Sequence
from typing import final

from torch import Tensor

from components.generation.noise import NoiseGenerator, generated
from components.networks.latents import latents_between
from interfaces.errors import SettingsError
from interfaces.igdt import IGDT
from interfaces.igme import IGME, Latent
from interfaces.igs import IGS, Walk

__all__ = ["WalkGenerator"]


@final
class WalkGenerator:
    """Makes what lies between the images of two seeds (see `latents_between`).

    A conditional model makes the style that is asked for; where none is, that of the first seed holds along the way. So the
    first image is always that of its seed alone; the last one is where it has the style that its seed draws, too.
    """

    def style_of(self, seed: int, settings: IGS, model: IGME) -> str | None:
        """Return the style of every image of the walk; None where the model has none to choose from."""
        del seed
        return NoiseGenerator().style_of(_walk(settings)[0], settings, model)

    def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
        """Yield ``settings.count`` images in order, a few at a time: all of the walk, or some.

        Raises:
            SettingsError: the settings ask for something other than a walk, or for a style that the model does not have.
            WeightsError: there is no model, or its weights do not fit.
        """
        start, steps, walk = _walk(settings)

        def latents_of(seeds: Sequence[int], takes: Latent) -> Tensor:
            return latents_between(start, walk.to, [(seed - start) / (steps - 1) for seed in seeds], takes)

        whole = IGS.model_validate({**dict(settings), "source": walk})
        yield from generated(whole, model, "walk", latents_of, lambda _: start)


def _walk(settings: IGS) -> tuple[int, int, Walk]:
    """Return where the walk begins, its length, and the walk with both."""
    walk = settings.source.within(settings.image_seeds)
    if not isinstance(walk, Walk) or walk.start is None or walk.steps is None:
        raise SettingsError(f"source: wanted a walk, got {settings.source.kind}")
    return walk.start, walk.steps, walk
