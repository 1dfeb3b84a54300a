"""Settings: presets, changes by text, and what is refused, all at once."""

import subprocess
import sys
from collections.abc import Mapping

import pytest
from pydantic import BaseModel

from components.networks.conv_gan import ConvCritic
from components.training import PRESETS, TRAINERS, GanSettings, all_presets, own_settings, settings_with
from components.training.preset_names import PRESET_NAMES, PRESET_PURPOSES, PRESETS_OF_A_PICTURE
from interfaces.errors import SettingsError, UnknownComponentError
from interfaces.igme import ConvGenerator
from interfaces.marks import file_marks


def gan_settings_with(preset: str, overrides: Mapping[str, str]) -> GanSettings:
    settings = settings_with(preset, overrides)
    assert isinstance(settings, GanSettings)
    return settings


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
    settings = gan_settings_with(
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
        gan_settings_with(
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
        gan_settings_with("wgan_gp", {})


def test_steps_and_epochs_exclude_each_other() -> None:
    with pytest.raises(SettingsError, match="wanted steps or epochs, got both: 5 and 2"):
        gan_settings_with("wgan-gp", {"steps": "5", "epochs": "2"})


def test_the_length_follows_from_steps_or_epochs_or_the_paper() -> None:
    assert GanSettings(steps=7).total_steps(64) == 7
    assert GanSettings(epochs=2, batch=10, critic_steps=4).total_steps(109) == 5
    assert GanSettings(batch=10, critic_steps=4).total_steps(100) == 32 * 10 // 4
    with pytest.raises(SettingsError, match=r"batch: wanted at most the 63 training images .* got 64"):
        GanSettings().total_steps(63)


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_can_be_conditional(preset: str) -> None:
    assert gan_settings_with(preset, {"conditional": "true"}).conditional


def test_the_presets_of_dcgan_differ_in_their_first_weights_alone() -> None:
    plain, other = PRESETS["dcgan"], PRESETS["dcgan-wi"]
    assert (plain.initialisation, other.initialisation) == ("normal-0.02", "glorot-normal")
    assert {**dict(other), "initialisation": plain.initialisation} == dict(plain)
    assert (plain.takes.length, plain.batch, plain.learning_rate, plain.beta1, plain.beta2) == (
        *(100, 128, 2e-4, 0.5, 0.999),
    )
    assert (plain.loss, plain.correction, plain.critic_steps) == ("cross-entropy", "none", 1)


def test_r3gan_is_the_paper_s_game_with_networks_for_a_small_machine() -> None:
    preset = PRESETS["r3gan"]
    assert (preset.loss, preset.correction, preset.critic_steps) == ("relativistic", "zero-centred", 1)
    assert (preset.generator.kind, preset.critic.kind, preset.generator.side) == ("residual", "residual", 64)
    assert (preset.beta1, preset.beta2, preset.learning_rate) == (0.0, 0.99, 2e-4)
    assert preset.shares_images


def test_another_kind_of_network_begins_from_its_own_defaults() -> None:
    settings = gan_settings_with("projected", {"generator.kind": "conv", "generator.width": "16"})
    assert isinstance(settings.generator, ConvGenerator)
    assert settings.generator.width == 16
    assert settings.loss == "hinge"


@pytest.mark.parametrize(
    ("preset", "changes", "reason"),
    [
        ("wgan-gp", {"critic.normalisation": "batch"}, "defined for one image at a time"),
        ("wgan-gp", {"correction": "none"}, "no bound unless the critic's slope has one"),
        ("projected", {"correction": "penalty"}, "heads are spectrally normalised"),
        ("projected", {"correction": "zero-centred"}, "heads are spectrally normalised.* got zero-centred"),
        (
            "dcgan",
            {"correction": "zero-centred", "critic_steps": "1"},
            "defined for one image at a time.* got batch",
        ),
        ("r3gan", {"loss": "wasserstein", "correction": "none"}, "wanted penalty, zero-centred or clipping"),
        ("projected", {"augment": "colour,blur"}, "augment.1: Input should be 'colour', 'shift' or 'cutout'"),
        ("wgan-gp", {"critic.kind": "transformer"}, "critic.kind: .*'conv', 'projected', 'residual'"),
    ],
)
def test_combinations_that_make_no_sense_are_refused_with_the_reason(
    preset: str, changes: dict[str, str], reason: str
) -> None:
    with pytest.raises(SettingsError, match=reason):
        gan_settings_with(preset, changes)


@pytest.mark.parametrize(
    "changes", [{"correction": "clipping"}, {"correction": "none", "clip_weights": "0.01"}]
)
def test_a_wasserstein_loss_may_be_bounded_otherwise(changes: dict[str, str]) -> None:
    assert gan_settings_with("wgan-gp", changes).loss == "wasserstein"


def test_every_setting_of_the_training_is_described() -> None:
    def undescribed(model: type[BaseModel]) -> list[str]:
        return [
            name
            for name, field in model.model_fields.items()
            if name not in {"generator", "critic", "kind"} and not field.description
        ]

    assert undescribed(GanSettings) == []
    for preset in PRESETS.values():
        assert undescribed(type(preset.critic)) == []


def test_the_names_of_presets_that_the_help_tells_are_those_of_the_trainers() -> None:
    found = {name: set(own_settings(trainer).presets()) for name, trainer in TRAINERS.items()}
    assert {name: set(names) for name, names in PRESET_NAMES.items()} == found


def test_the_help_of_training_names_every_preset_without_importing_what_trains() -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from pipeline.cli import app; "
        "shown = CliRunner().invoke(app, ['train', '--help'], env={'COLUMNS': '400'}).output; "
        "assert 'torch' not in sys.modules; print(shown)"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert all(name in shown for name in all_presets())


def test_every_preset_has_a_line_on_what_it_is_for() -> None:
    assert {name for names in PRESET_NAMES.values() for name in names} == set(PRESET_PURPOSES)


def test_the_presets_that_want_a_picture_are_told_apart() -> None:
    found = {
        name
        for name, settings in all_presets().items()
        if any(mark.among == "pictures" for mark in file_marks(settings).values())
    }
    assert found == PRESETS_OF_A_PICTURE
