"""A translation whose generators first learn to fill in hidden parts of pictures of both domains."""

import json
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load

from components.training import TranslationTrainer, any_settings_with, rehearse
from components.training.translation.domains import Domains
from components.training.translation.iteration import advance_translation
from components.training.translation.pretraining import hidden_parts, with_hidden_parts
from components.training.translation.state import TranslationState, new_translation_state
from interfaces.errors import SettingsError
from interfaces.events import Event, Progress
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny_enhancer import Watch
from tests.unit.training.tiny_translation import (
    CONTRASTIVE,
    UNET,
    make_domains,
    tiny_translation,
    with_frozen_critic,
)

CPU = torch.device("cpu")
NewFolder = Callable[[], DirectoryFolder]


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def begin(folder: Path, **changes: Any) -> tuple[TranslationState, Callable[[], Any]]:
    """Return a new state, and what makes its steps."""
    settings = tiny_translation(squares=16, **changes)
    domains = Domains(make_domains(folder, side=16), settings, CPU)
    state, steps = new_translation_state(settings, CPU), settings.total_steps(domains.largest)
    return state, lambda: advance_translation(state, domains, settings, nullcontext, steps)


def weights(part: torch.nn.Module | None) -> list[torch.Tensor]:
    assert part is not None
    return [weight.detach().clone() for weight in part.parameters()]


def test_two_of_five_squares_are_hidden_and_no_pixel_else() -> None:
    images = torch.rand(40, 3, 24, 32, generator=rng(1)) + 0.1
    parts = hidden_parts(images, rng())
    assert parts.shape == (40, 1, 24, 32)
    squares = parts[..., :30].reshape(40, 8, 3, 10, 3)
    assert torch.equal(squares.all(4).all(2), squares.any(4).any(2))  # an eighth of the shorter side each
    assert float(squares.float().mean()) == pytest.approx(0.4, abs=0.045)  # 3,200 throws: five deviations
    hidden = with_hidden_parts(images, rng())
    assert torch.equal(hidden, torch.where(parts, torch.zeros(()), images))


def test_a_step_follows_the_difference_of_the_whole_picture_for_the_network_from_a_to_b_alone(
    tmp_path: Path,
) -> None:
    """Adam's first step is the rate times the sign of the gradient, all of it where it is not tiny (Kingma & Ba 2015)."""
    settings = tiny_translation(squares=16, pretrain_steps=3)
    copy, (state, step) = new_translation_state(settings, CPU), begin(tmp_path, pretrain_steps=3)
    a, b, _ = Domains(make_domains(tmp_path, side=16), settings, CPU).take(copy.positions, copy.cutting)
    pictures = torch.cat([a, b])
    lost = (copy.network.a_to_b(with_hidden_parts(pictures, copy.hiding)) - pictures).abs().mean()
    lost.backward()
    before, others = weights(state.network.a_to_b), [*weights(state.network.b_to_a), *weights(state.critics)]
    assert step() == pytest.approx({"filling_loss": float(lost.detach())}, rel=1e-5)
    for old, new, plain in zip(
        before, weights(state.network.a_to_b), copy.network.a_to_b.parameters(), strict=True
    ):
        assert plain.grad is not None
        clear = plain.grad.abs() > 1e-4
        assert torch.allclose(
            (new - old)[clear] / settings.learning_rate, -plain.grad[clear].sign(), atol=0.02
        )
    now = [*weights(state.network.b_to_a), *weights(state.critics)]
    assert all(map(torch.equal, others, now))


def test_both_generators_begin_from_what_was_learnt_and_the_translation_is_as_long_as_without(
    tmp_path: Path,
) -> None:
    state, step = begin(tmp_path, pretrain_steps=2, steps=3, decay_from=0.0, learning_rate=0.3e-3)
    assert [set(step()) for _ in range(2)] == [{"filling_loss"}] * 2
    there, back = weights(state.network.a_to_b), weights(state.network.b_to_a)
    assert all(map(torch.equal, there, back))
    assert all(map(torch.equal, there + back, weights(state.average)))
    assert not state.optimizer.state  # of the translation, which has made no step
    rates = []
    for _ in range(3):
        assert "filling_loss" not in step()
        rates += [group["lr"] for group in state.optimizer.param_groups]
    assert rates == pytest.approx([0.3e-3, 0.2e-3, 0.1e-3])
    assert not all(map(torch.equal, weights(state.network.a_to_b), weights(state.network.b_to_a)))


def test_hidden_parts_are_filled_in_better_with_every_step_or_so(
    tmp_path: Path, new_folder: NewFolder
) -> None:
    folder, told = new_folder(), []
    settings = tiny_translation(pretrain_steps=100, steps=2, learning_rate=4e-3)

    def listen(event: Event) -> None:
        if isinstance(event, Progress):
            told.append((event.total, event.detail))

    TranslationTrainer(settings).train(make_domains(tmp_path), folder, listener=listen)
    lines = [json.loads(line) for line in folder.read("log.jsonl").splitlines()]
    losses = [line["filling_loss"] for line in lines if "filling_loss" in line]
    assert len(losses) == 100
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])
    assert [line["step"] for line in lines] == list(range(1, 103))
    assert "cycle_loss" in lines[100]
    assert told[0][0] == 102
    assert told[0][1].startswith("hidden parts ")


@pytest.mark.parametrize("stop", [2, 4, 6])
@pytest.mark.parametrize(
    "changes",
    [{}, {"paired": True, "generator": {**UNET, "normalisation": "batch"}}, {**CONTRASTIVE, "frozen": True}],
)
def test_stopped_and_resumed_it_makes_the_bytes_of_one_that_was_left_alone(
    changes: dict[str, Any], stop: int, tmp_path: Path, new_folder: NewFolder
) -> None:
    """While parts are filled in, when the translation begins, and after."""
    data, whole, stopped = make_domains(tmp_path, a=6, b=6), new_folder(), new_folder()
    options = {name: value for name, value in changes.items() if name != "frozen"}
    options |= with_frozen_critic(tmp_path) if "frozen" in changes else {}
    settings = tiny_translation(pretrain_steps=4, steps=4, **options)
    TranslationTrainer(settings).train(data, whole)
    TranslationTrainer(settings).train(data, stopped, observers=[Watch(stop)])
    assert stopped.names("model.*") == []
    TranslationTrainer(settings).train(data, stopped, resume=True)
    assert stopped.read("model.safetensors") == whole.read("model.safetensors")
    lines = [[json.loads(line) for line in each.read("log.jsonl").splitlines()] for each in (stopped, whole)]
    assert [{**one, "seconds": 0} for one in lines[0]] == [{**one, "seconds": 0} for one in lines[1]]


def test_a_checkpoint_remembers_the_pretraining_while_it_lasts(tmp_path: Path, new_folder: NewFolder) -> None:
    folder = new_folder()
    settings = tiny_translation(pretrain_steps=4, checkpoint_every=2, keep_checkpoints=9)
    TranslationTrainer(settings).train(make_domains(tmp_path), folder)
    remembered = {}
    for step in (2, 4):
        tensors = load(folder.read(f"checkpoints/step-{step:09d}.safetensors"))
        remembered[step] = {name.partition(".")[0] for name in tensors}
    assert "pretraining" in remembered[2]
    assert "optimizer" not in remembered[2]
    assert "pretraining" not in remembered[4]


def test_meanwhile_its_preview_shows_what_is_hidden_and_what_is_filled_in(
    tmp_path: Path, new_folder: NewFolder
) -> None:
    watch, data = Watch(1), make_domains(tmp_path)
    TranslationTrainer(tiny_translation(pretrain_steps=4)).train(data, new_folder(), observers=[watch])
    middle = torch.from_numpy(np.array(data.images[:, 1:17, 1:17])).permute(0, 3, 1, 2).float() / 127.5 - 1
    for place, row in ((0, 0), (4, 7)):  # the one test picture of each domain
        picture, masked, filled, together = watch.pictures[place : place + 4]
        assert torch.allclose(picture, middle[row])
        hidden = (masked == 0).all(0)
        assert 0.1 < float(hidden.float().mean()) < 0.8
        assert torch.equal(masked[:, ~hidden], picture[:, ~hidden])
        assert torch.equal(together[:, ~hidden], picture[:, ~hidden])
        assert torch.equal(together[:, hidden], filled[:, hidden])


def test_a_dry_run_measures_steps_of_the_translation(tmp_path: Path) -> None:
    found = rehearse(
        TranslationTrainer(tiny_translation(pretrain_steps=10, steps=30)), make_domains(tmp_path)
    )
    assert found.steps == 40
    with TranslationTrainer(tiny_translation(pretrain_steps=10)).try_out(make_domains(tmp_path)) as trial:
        assert "cycle_loss" in trial.step()  # type: ignore[operator]  # what the log gets


def test_refuses_to_teach_networks_again_what_they_know() -> None:
    with pytest.raises(SettingsError, match=r"pretrain_steps: wanted 0 with a start, .* got 7"):
        any_settings_with("translation-small", {"pretrain_steps": "7", "start": "first"})
