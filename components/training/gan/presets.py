"""Settings of a GAN's training that are known to work, by name."""

from components.networks.conv_gan import ConvCritic
from components.networks.laboratory import LabCritic
from components.networks.projected import ProjectedCritic
from components.networks.residual_gan import ResidualCritic
from components.training.gan.settings import GanSettings
from interfaces.igme import ConvGenerator, LabGenerator, ResidualGenerator, SkipGenerator

__all__ = ["PRESETS"]

_DCGAN = GanSettings(
    generator=ConvGenerator(latent=100),
    critic=ConvCritic(normalisation="batch", bias=False),
    initialisation="normal-0.02",
    loss="cross-entropy",
    learning_rate=2e-4,
    beta1=0.5,
    beta2=0.999,
    batch=128,
    critic_steps=1,
    correction="none",
)

# Keras' own GAN of digits, which the paper's networks are, with the step size and momentum of DCGAN
_LAB = GanSettings(
    generator=LabGenerator(),
    critic=LabCritic(),
    loss="cross-entropy",
    learning_rate=2e-4,
    beta1=0.5,
    beta2=0.999,
    batch=128,
    critic_steps=1,
    correction="none",
    flip=False,
    ema_decay=0.998,
)

PRESETS: dict[str, GanSettings] = {
    "wgan-gp": GanSettings(),
    "dcgan": _DCGAN,
    "dcgan-wi": GanSettings.model_validate({**dict(_DCGAN), "initialisation": "glorot-normal"}),
    "projected": GanSettings(
        generator=SkipGenerator(),
        critic=ProjectedCritic(),
        initialisation="normal-0.02",
        loss="hinge",
        learning_rate=2e-4,
        beta1=0.0,
        beta2=0.99,
        batch=32,
        critic_steps=1,
        correction="none",
        augment=("colour", "shift"),
        spectral_weight=2.0,
        ema_decay=0.998,
    ),
    # the paper lowers γ and the learning rate over 20 million images; here they are constant, so that a training
    # can be made longer when it goes on
    "r3gan": GanSettings(
        generator=ResidualGenerator(),
        critic=ResidualCritic(),
        initialisation="lecun-normal",
        loss="relativistic",
        learning_rate=2e-4,
        beta1=0.0,
        beta2=0.99,
        batch=32,
        critic_steps=1,
        correction="zero-centred",
        penalty_weight=1.0,
        ema_decay=0.998,
    ),
    "lab-2d": _LAB,
    "lab-3d": GanSettings.model_validate({**dict(_LAB), "generator": LabGenerator(latent=3)}),
    "lab-4d": GanSettings.model_validate({**dict(_LAB), "generator": LabGenerator(latent=4)}),
    "lab-cgan": GanSettings.model_validate(
        {**dict(_LAB), "generator": LabGenerator(latent=3), "conditional": True}
    ),
    "lab-landscape": GanSettings.model_validate(
        {
            **dict(_LAB),
            "generator": LabGenerator(
                side=64, channels=3, latent=200, first_side=8, widths=(256, 256, 256, 256, 256, 128)
            ),
            "critic": LabCritic(widths=(32, 128, 128, 128, 256, 128), last_side=2),
            "batch": 32,
            "flip": True,
        }
    ),
}
"""Settings that are known to work, by name."""
