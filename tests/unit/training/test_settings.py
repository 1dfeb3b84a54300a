"""Settings: presets, changes by text, and what is refused, all at once."""

import pytest
from pydantic import BaseModel

from components.networks.conv_gan import ConvCritic
from components.training import PRESETS, GanSettings, settings_with
from interfaces.errors import SettingsError, UnknownComponentError
from interfaces.igme import ConvGenerator


def test_the_preset_is_that_of_the_paper() -> None:
    preset = PRESETS["wgan-gp"]
    assert isinstance(preset.generator, ConvGenerator)
    assert isinstance(preset.critic, ConvCritic)
    assert (preset.generator.latent, preset.generator.width, preset.generator.normalisation) == (
        128,
        64,
        "batch",
    )
    assert (preset.critic.width, preset.critic.normalisation) == (64, "none")
    assert (preset.learning_rate, preset.beta1, preset.beta2, preset.batch) == (1e-4, 0.0, 0.9, 64)
    assert (preset.penalty_weight, preset.critic_steps) == (10.0, 5)


def test_text_becomes_values_of_every_kind() -> None:
    settings = settings_with(
        "wgan-gp",
        {
            "generator.width": "32",
            "generator.kernel": "5",
            "generator.normalisation": "none",
            "critic.bias": "False",
            "learning_rate": "2e-4",
            "steps": "none",
            "epochs": "3",
            "name": "123",
        },
    )
    assert isinstance(settings.generator, ConvGenerator)
    assert isinstance(settings.critic, ConvCritic)
    assert settings.generator.width == 32
    assert settings.generator.kernel == 5
    assert settings.generator.normalisation == "none"
    assert settings.critic.bias is False
    assert settings.learning_rate == 2e-4
    assert settings.steps is None
    assert settings.name == "123"


def test_all_problems_are_reported_at_once_with_the_near_match() -> None:
    with pytest.raises(SettingsError) as caught:
        settings_with(
            "wgan-gp", {"generator.widht": "32", "batch": "many", "critic.kernel": "7", "beta1": "2"}
        )
    problems = "\n".join(caught.value.problems)
    assert "unknown setting 'generator.widht'. Did you mean 'generator.width'?" in problems
    assert "batch: " in problems
    assert "got 'many'" in problems
    assert "critic.kernel: Input should be 3, 4 or 5, got '7'" in problems
    assert "beta1: Input should be less than 1, got '2'" in problems
    assert len(caught.value.problems) == 4


def test_an_unknown_preset_is_refused_with_the_near_match() -> None:
    with pytest.raises(UnknownComponentError, match="Did you mean 'wgan-gp'"):
        settings_with("wgan_gp", {})


def test_steps_and_epochs_exclude_each_other() -> None:
    with pytest.raises(SettingsError, match="wanted steps or epochs, got both: 5 and 2"):
        settings_with("wgan-gp", {"steps": "5", "epochs": "2"})


def test_the_length_follows_from_steps_or_epochs_or_the_paper() -> None:
    assert GanSettings(steps=7).total_steps(64) == 7
    assert GanSettings(epochs=2, batch=10, critic_steps=4).total_steps(109) == 5
    assert GanSettings(batch=10, critic_steps=4).total_steps(100) == 32 * 10 // 4
    with pytest.raises(SettingsError, match=r"batch: wanted at most the 63 training images .* got 64"):
        GanSettings().total_steps(63)


def test_every_setting_of_the_training_is_described() -> None:
    def undescribed(model: type[BaseModel]) -> list[str]:
        return [
            name
            for name, field in model.model_fields.items()
            if name not in {"generator", "critic", "kind"} and not field.description
        ]

    assert undescribed(GanSettings) == []
    assert undescribed(type(GanSettings().critic)) == []
