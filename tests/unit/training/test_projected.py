"""Trainings beyond WGAN-GP: frozen features, styles, objectives, and what each of them refuses."""

import json
import math
from collections.abc import Callable
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from components.generation import NoiseGenerator
from components.networks.build import load_generator
from components.training import GanTrainer
from components.training.adversarial.losses import LOSSES
from components.training.adversarial.steps import Fakes, generator_step, shared_step
from components.training.engine.batches import Batches
from components.training.engine.optimizer_step import Update
from components.training.gan.iteration import advance
from components.training.gan.state import TrainingState, new_state
from interfaces.errors import CheckpointError, SettingsError
from interfaces.igme import IGME
from interfaces.igs import IGS
from interfaces.ipdt import IPDT
from interfaces.ports import LatentView, RunFolder, TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.networks.features_files import write_squeezenet
from tests.unit.training.tiny import RESIDUAL, tiny_projected, tiny_settings

NewFolder = Callable[[], DirectoryFolder]


@pytest.fixture
def features(tmp_path: Path) -> Path:
    return write_squeezenet(tmp_path / "squeezenet1_1.safetensors")


@pytest.fixture
def state(features: Path) -> TrainingState:
    labels = torch.tensor([0, 0, 0, 1])
    return new_state(tiny_projected(features), torch.device("cpu"), labels, 2)


def finish(pack: IPDT, folder: DirectoryFolder, settings: Any, *, resume: bool = False) -> IGME:
    model = GanTrainer(settings).train(pack, folder, resume=resume)
    assert model is not None
    return model


def log(folder: DirectoryFolder) -> list[dict[str, float]]:
    return [json.loads(line) for line in folder.read("log.jsonl").decode().splitlines()]


def images(n: int = 4) -> Tensor:
    return torch.rand(n, 3, 8, 8, generator=torch.Generator().manual_seed(3)) * 2 - 1


def share(state: TrainingState, change: Callable[[Tensor], Tensor], **options: Any) -> tuple[Any, Any]:
    view = state.critic.view(state.augmentation)
    fakes = Fakes(torch.randn(4, 5, generator=state.latents), state.draw_labels(4))
    return shared_step(
        state.generator,
        state.critic,
        (Update(state.generator_optimizer), Update(state.critic_optimizer)),
        images(),
        fakes,
        autocast=lambda: torch.autocast("cpu", enabled=False),
        loss=LOSSES["hinge"],
        labels=torch.tensor([0, 1, 0, 1]),
        change=lambda pictures: view(change(pictures)),
        **options,
    )


def test_a_shared_step_changes_both_networks_and_shows_the_critic_both_kinds_of_images(
    state: TrainingState,
) -> None:
    before = {key: tensor.clone() for key, tensor in state.tensors().items()}
    seen: list[Tensor] = []

    def change(pictures: Tensor) -> Tensor:
        seen.append(pictures)
        return pictures

    share(state, change)
    real, fake = seen  # each goes through the augmentation, and is made, once
    assert torch.equal(real, images())
    assert fake.requires_grad
    after = state.tensors()
    for name in ("generator.", "critic."):
        learnt = [key for key in before if key.startswith(name) and key.endswith("weight")]
        assert learnt
        assert any(not torch.equal(before[key], after[key]) for key in learnt)
    frozen = [key for key in before if "projection" in key or "mixture" in key]
    assert len(frozen) == 7
    assert all(torch.equal(before[key], after[key]) for key in frozen)
    assert all(parameter.requires_grad for parameter in state.critic.parameters())


def test_both_updates_of_a_shared_step_lower_their_losses(state: TrainingState) -> None:
    critic = [share(state, lambda pictures: pictures)[0] for _ in range(30)]
    assert critic[-1].real_score - critic[-1].fake_score > critic[0].real_score - critic[0].fake_score


def test_labels_of_generated_images_are_as_frequent_as_in_the_data(state: TrainingState) -> None:
    labels = state.draw_labels(4000)
    assert labels is not None
    assert labels.float().mean().item() == pytest.approx(0.25, abs=0.03)


def test_a_conditional_model_makes_the_style_that_is_asked_for(
    pack: IPDT, new_folder: NewFolder, features: Path
) -> None:
    model = finish(pack, new_folder(), tiny_projected(features))
    assert model.conditional
    assert model.training["features_sha256"] == sha256(features.read_bytes()).hexdigest()
    assert str(features.parent) not in json.dumps(model.training)

    def made(**values: Any) -> Tensor:
        igs = IGS.model_validate({"count": 20, "seed": 5, **values})
        return torch.cat([data.images for data in NoiseGenerator().generate(igs, model)])

    baroque, realism, either = made(style="baroque"), made(style="realism"), made()
    assert not torch.equal(baroque, realism)
    chosen = [torch.equal(either[i], baroque[i]) for i in range(20)]
    assert 2 < sum(chosen) < 18
    assert all(one or torch.equal(either[i], realism[i]) for i, one in enumerate(chosen))
    assert torch.equal(made(seed=12, count=3), either[7:10])
    network = load_generator(model)
    with pytest.raises(Exception, match="wanted a label for each image"):
        network(torch.zeros(1, 5))


def test_samples_show_the_style_that_is_asked_for(pack: IPDT, new_folder: NewFolder, features: Path) -> None:
    seen: list[Tensor] = []

    class Look:
        def observe(self, view: TrainingView, folder: RunFolder) -> bool:
            assert isinstance(view, LatentView)
            latents = torch.ones(4, view.latent)
            assert view.labels == 2
            seen.extend((view.sample(latents), view.sample(latents, torch.tensor([1, 1, 0, 0]))))
            return True

        def finish(self, folder: RunFolder) -> None:
            pass

    settings = tiny_projected(features, steps=3)
    GanTrainer(settings).train(pack, new_folder(), observers=[Look()])
    turns, chosen = seen[-2:]
    torch.testing.assert_close(turns[0], chosen[2])
    torch.testing.assert_close(turns[1], chosen[0])
    assert not torch.allclose(turns[0], turns[1], atol=1e-7)


def test_other_features_are_refused_on_resume_and_their_place_does_not_matter(
    pack: IPDT, new_folder: NewFolder, features: Path, tmp_path: Path
) -> None:
    folder = new_folder()
    finish(pack, folder, tiny_projected(features, steps=2))
    moved = features.rename(tmp_path / "elsewhere.safetensors")
    finish(pack, folder, tiny_projected(moved, steps=3), resume=True)
    write_squeezenet(moved, seed=1)
    with pytest.raises(CheckpointError, match="features SHA-256: was"):
        finish(pack, folder, tiny_projected(moved, steps=4), resume=True)


def test_missing_features_are_named(pack: IPDT, new_folder: NewFolder, tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError,
        match=r"critic\.features: wanted the path of a file of efficientnet-lite0 or squeezenet1_1, got .*none",
    ):
        finish(pack, new_folder(), tiny_projected(tmp_path / "none.safetensors"))


def test_one_style_is_too_few_for_a_conditional_model(pack: IPDT, new_folder: NewFolder) -> None:
    alone = IPDT(**{**dict(pack), "labels": pack.labels * 0, "styles": ("baroque",)})
    with pytest.raises(SettingsError, match=r"conditional: wanted pictures of two styles .* 'baroque' alone"):
        finish(alone, new_folder(), tiny_settings(conditional=True))


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": "cross-entropy", "correction": "none", "critic_steps": 1},
        {"loss": "cross-entropy", "correction": "none", "critic": {"width": 4, "normalisation": "batch"}},
        {"loss": "hinge", "correction": "clipping", "optimizer": "sgd", "beta1": 0.5},
        {"correction": "none", "clip_weights": 0.01},
        {"conditional": True},
        RESIDUAL,
        {**RESIDUAL, "conditional": True, "augment": ("colour",)},
        {**RESIDUAL, "conditional": True, "critic_steps": 2},
        {**RESIDUAL, "correction": "penalty"},
        {"loss": "relativistic", "correction": "zero-centred", "critic_steps": 1},
        {"correction": "zero-centred", "critic": {"width": 4, "normalisation": "layer"}},
        {"critic": RESIDUAL["critic"]},
        {
            "conditional": True,
            "loss": "hinge",
            "correction": "none",
            "critic_steps": 1,
            "augment": ("cutout",),
        },
    ],
)
def test_every_objective_trains_and_resumes_to_the_same_bytes(
    pack: IPDT, new_folder: NewFolder, changes: dict[str, Any]
) -> None:
    whole, parts = new_folder(), new_folder()
    finish(pack, whole, tiny_settings(**changes))
    finish(pack, parts, tiny_settings(**changes, steps=3))
    finish(pack, parts, tiny_settings(**changes), resume=True)
    assert whole.read("model.safetensors") == parts.read("model.safetensors")
    last = log(whole)[-1]
    penalty = changes.get("correction", "penalty") in ("penalty", "zero-centred")
    assert ("penalty" in last) == ("gradient_norm" in last) == penalty
    assert ("wasserstein" in last) == (changes.get("loss", "wasserstein") == "wasserstein")


def test_the_projected_critic_plays_the_relativistic_game_region_by_region(
    pack: IPDT, new_folder: NewFolder, features: Path
) -> None:
    folder = new_folder()
    finish(pack, folder, tiny_projected(features, loss="relativistic", steps=2))
    first, last = log(folder)
    assert {*last} == {*first, "weave"}  # which is measured at the end
    assert "penalty" not in log(folder)[0]


@pytest.mark.parametrize("changes", [RESIDUAL, {**RESIDUAL, "critic_steps": 2}])
def test_pairs_of_the_relativistic_game_are_of_one_style(pack: IPDT, changes: dict[str, Any]) -> None:
    """The critic is shown each real image and its partner with the same label."""
    settings = tiny_settings(**changes, conditional=True)
    state = new_state(settings, torch.device("cpu"), torch.from_numpy(pack.labels), 2)
    seen: list[Tensor] = []
    style = state.critic.get_submodule("style")
    style.register_forward_pre_hook(lambda _, arguments: seen.append(arguments[0]))
    advance(state, Batches(pack, settings.batch, 0, torch.device("cpu")), settings, nullcontext)
    together = [labels for labels in seen if len(labels) == 2 * settings.batch]
    assert together
    for labels in together:
        real, fake = labels.chunk(2)
        assert torch.equal(real, fake)


def test_the_generator_wants_its_images_above_the_real_ones(pack: IPDT) -> None:
    settings = tiny_settings(**RESIDUAL)
    state = new_state(settings, torch.device("cpu"))
    latents = torch.randn(4, 5, generator=state.latents)
    with torch.no_grad():
        gaps = state.critic(state.generator(latents)) - state.critic(images())
    found = generator_step(
        state.generator,
        state.critic,
        state.generator_optimizer,
        latents,
        autocast=nullcontext,
        loss=LOSSES["relativistic"],
        real=images(),
    )
    wanted = sum(math.log1p(math.exp(-gap)) for gap in gaps.tolist()) / 4
    assert found.loss.item() == pytest.approx(wanted, rel=1e-5)


def test_clipping_bounds_gradients_and_weights() -> None:
    weight = torch.nn.Parameter(torch.zeros(4))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    Update(optimizer, clip_gradients=0.5)((10 * weight).sum())
    assert weight.detach().norm().item() == pytest.approx(0.5, rel=1e-4)
    Update(optimizer, clip_weights=0.1)((weight * torch.tensor([10.0, -10.0, 0.0, 0.0])).sum())
    assert weight.tolist() == pytest.approx([-0.1, 0.1, -0.1, -0.1])
