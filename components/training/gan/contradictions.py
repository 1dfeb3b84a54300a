"""Which settings of a GAN's training do not go together."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from components.networks.conv_gan import ConvCritic
from components.networks.laboratory import LabCritic
from components.networks.projected import ProjectedCritic

if TYPE_CHECKING:
    from components.training.gan.settings import GanSettings

__all__ = ["contradictions"]


def contradictions(settings: "GanSettings") -> Iterator[str]:
    """Yield one sentence for each, which begins with the setting to change."""
    critic = settings.critic
    if settings.final == "best" and settings.best_by == "none":
        yield "best_by: wanted swd or diversity, since final is best, got none"
    if settings.batch % (settings.devices * settings.nodes):
        yield (
            f"batch: wanted a multiple of the {settings.devices * settings.nodes} devices that share it, "
            f"got {settings.batch}"
        )
    yield from _of_layers_that_draw(settings)
    if isinstance(critic, LabCritic):
        yield from _of_lab_critic(critic, settings)
    if isinstance(critic, ProjectedCritic) and settings.penalises_slope:
        yield (
            "correction: the projected critic's heads are spectrally normalised, which bounds their slope: "
            f"wanted none or clipping, got {settings.correction}"
        )
    if isinstance(critic, ConvCritic) and settings.penalises_slope and critic.normalisation == "batch":
        yield (
            "critic.normalisation: the gradient penalty is defined for one image at a time, and batch "
            "normalisation mixes them: wanted none or layer, got batch"
        )
    if not isinstance(critic, ProjectedCritic):
        unbounded = settings.correction == "none" and settings.clip_weights is None
        if settings.loss == "wasserstein" and unbounded:
            yield (
                "correction: the Wasserstein loss has no bound unless the critic's slope has one: "
                "wanted penalty, zero-centred or clipping, or clip_weights, got none"
            )


def _of_lab_critic(critic: LabCritic, settings: "GanSettings") -> Iterator[str]:
    if critic.halvings(settings.generator.side) is None:
        yield (
            f"critic.last_side: wanted one that {len(critic.widths)} layers halve {settings.generator.side} pixels to, "
            f"got {critic.last_side}"
        )
    if critic.dropout and settings.penalises_slope:
        yield (
            "critic.dropout: a critic that forgets at random is another one at every look, and has no slope to penalise: "
            f"wanted 0, or correction none or clipping, got {critic.dropout}"
        )


def _of_layers_that_draw(settings: "GanSettings") -> Iterator[str]:
    """Each device would draw for its share of a batch what another one draws for its own."""
    draws = {
        "critic.dropout": getattr(settings.critic, "dropout", 0.0) > 0,
        "generator.activation rrelu": getattr(settings.generator, "activation", None) == "rrelu",
    }
    devices = settings.devices * settings.nodes
    for name in (name for name, is_so in draws.items() if is_so and devices > 1):
        yield f"devices: {name} draws numbers while it learns, which several devices would draw alike: wanted 1, got {devices}"
