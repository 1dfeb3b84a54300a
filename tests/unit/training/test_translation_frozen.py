"""A translation whose results a second critic judges by the features of a frozen network."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from components.networks.projected import ProjectedCriticNet
from components.training import TranslationTrainer, any_settings_with
from components.training.translation.domains import Domains
from components.training.translation.iteration import advance_translation
from components.training.translation.state import TranslationState, new_translation_state
from interfaces.errors import CheckpointError, SettingsError
from interfaces.ipdt import IPDT
from storage.run_folder import DirectoryFolder
from tests.unit.networks.features_files import write_squeezenet
from tests.unit.training.tiny_enhancer import Watch
from tests.unit.training.tiny_translation import make_domains, tiny_translation, with_frozen_critic

CPU = torch.device("cpu")
NewFolder = Callable[[], DirectoryFolder]


def second(state: TranslationState, name: str) -> ProjectedCriticNet:
    critic = state.frozen_critics[name]
    assert isinstance(critic, ProjectedCriticNet)
    return critic


def network(state: TranslationState, name: str) -> nn.Module:
    return state.network.towards("a-to-b" if name == "a_to_b" else "b-to-a")


def first_step(folder: Path, **changes: Any) -> tuple[TranslationState, Any, tuple[Tensor, Tensor]]:
    """Return a state, a function that makes its first step, and the pictures that the step will see."""
    settings = tiny_translation(squares=16, **changes)
    domains = Domains(make_domains(folder, side=16), settings, CPU)
    state, copy = (new_translation_state(settings, CPU) for _ in range(2))
    a, b, _ = domains.take(copy.positions, copy.cutting)
    return state, lambda: advance_translation(state, domains, settings, nullcontext, 6), (a, b)


def test_a_step_measures_the_second_game_as_the_first_and_all_else_as_without(tmp_path: Path) -> None:
    options = with_frozen_critic(tmp_path)
    _, step, (a, b) = first_step(tmp_path, **options)
    copy, _, _ = first_step(tmp_path, **options)
    wanted = {"frozen_generator_loss": 0.0, "frozen_critic_loss": 0.0}
    with torch.no_grad():
        seen = []
        for name, given, real in (("a_to_b", a, b), ("b_to_a", b, a)):
            judge = second(copy, name)
            look = judge.view(copy.viewing)
            fake = network(copy, name)(given)
            wanted["frozen_generator_loss"] += float(((judge(look(fake)) - 1) ** 2).mean())
            seen.append((judge, look, real, fake))
        for judge, look, real, fake in seen:
            scores = judge(torch.cat([look(real), look(fake)]))
            wanted["frozen_critic_loss"] += float(((scores[:2] - 1) ** 2).mean() + (scores[2:] ** 2).mean())
    _, plain_step, _ = first_step(tmp_path)
    assert step() == pytest.approx({**plain_step(), **wanted}, rel=1e-4)


def test_the_generators_follow_both_critics_by_their_weights(tmp_path: Path) -> None:
    """Adam's first step is the rate times the sign of the gradient, all of it where it is not tiny (Kingma & Ba 2015)."""
    options = with_frozen_critic(tmp_path, weight=40.0)
    options |= {"cycle_weight": 0.0, "identity_weight": 0.0}
    state, step, (a, b) = first_step(tmp_path, **options)
    copy, _, _ = first_step(tmp_path, **options)
    gradients = []
    for weight in (0.0, 40.0):
        copy.network.zero_grad()
        for name, given in (("a_to_b", a), ("b_to_a", b)):
            fake = network(copy, name)(given)
            lost = ((copy.critics[name](fake) - 1) ** 2).mean()
            if weight:
                judge = second(copy, name)
                lost = lost + weight * ((judge(judge.view(copy.viewing)(fake)) - 1) ** 2).mean()
            lost.backward()
        gradients.append([p.grad.clone() for p in copy.network.parameters() if p.grad is not None])
    before = [weight.detach().clone() for weight in state.network.parameters()]
    step()
    turned = 0
    for old, new, alone, both in zip(before, state.network.parameters(), *gradients, strict=True):
        clear = both.abs() > 1e-4
        assert torch.allclose((new.detach() - old)[clear] / 2e-4, -both[clear].sign(), atol=0.02)
        turned += int((clear & (alone.sign() != both.sign())).sum())
    assert turned > 20  # the second critic had a say


def test_its_heads_learn_and_what_is_frozen_does_not(tmp_path: Path) -> None:
    state, step, _ = first_step(tmp_path, **with_frozen_critic(tmp_path))
    before = {key: tensor.clone() for key, tensor in state.tensors().items()}
    patterns = [tensor.clone() for tensor in second(state, "a_to_b").features.buffers()]
    step()
    after = state.tensors()
    of_second = [key for key in before if key.startswith("frozen_critics.")]
    frozen = [key for key in of_second if "projection" in key or "mixture" in key]
    learnt = [key for key in of_second if key.endswith("weight")]
    assert len(frozen) == 2 * 7
    assert all(torch.equal(before[key], after[key]) for key in frozen)
    assert learnt
    assert all(not torch.equal(before[key], after[key]) for key in learnt)
    assert all(map(torch.equal, patterns, second(state, "a_to_b").features.buffers()))
    assert all(parameter.requires_grad for parameter in state.frozen_critics.parameters())


@pytest.mark.parametrize("changes", [{}, {"paired": True}])
def test_stopped_and_resumed_it_makes_the_bytes_of_one_that_was_left_alone(
    changes: dict[str, Any], tmp_path: Path, new_folder: NewFolder
) -> None:
    data, whole, stopped = make_domains(tmp_path, a=6, b=6), new_folder(), new_folder()
    settings = tiny_translation(steps=8, **with_frozen_critic(tmp_path), **changes)
    TranslationTrainer(settings).train(data, whole)
    TranslationTrainer(settings).train(data, stopped, observers=[Watch(5)])
    assert stopped.names("model.*") == []
    model = TranslationTrainer(settings).train(data, stopped, resume=True)
    assert stopped.read("model.safetensors") == whole.read("model.safetensors")
    lines = [[json.loads(line) for line in each.read("log.jsonl").splitlines()] for each in (stopped, whole)]
    assert [{**one, "seconds": 0} for one in lines[0]] == [{**one, "seconds": 0} for one in lines[1]]
    assert model is not None
    digest = sha256(Path(settings.frozen_critic.features).read_bytes()).hexdigest()
    assert model.training["features_sha256"] == digest


def test_other_features_are_another_training(tmp_path: Path, new_folder: NewFolder) -> None:
    data: IPDT = make_domains(tmp_path)
    folder, options = new_folder(), with_frozen_critic(tmp_path)
    TranslationTrainer(tiny_translation(**options)).train(data, folder, observers=[Watch(2)])
    write_squeezenet(Path(options["frozen_critic"]["features"]), seed=1)
    with pytest.raises(CheckpointError, match="features SHA-256: was"):
        TranslationTrainer(tiny_translation(**options)).train(data, folder, resume=True)


def test_the_file_of_a_network_that_judges_nothing_is_not_asked_for() -> None:
    assert set(tiny_translation().files()) == set()
    assert set(tiny_translation(frozen_weight=0.1).files()) == {"frozen_critic.features"}
    with pytest.raises(SettingsError, match="frozen_weight: wanted more than 0, since something is said of"):
        any_settings_with("translation-small", {"frozen_critic.width": "32"})
