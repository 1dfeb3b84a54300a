"""A one-sided translation: each patch of a result has to know its own among those of the picture."""

import json
import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from components.networks.build import build_generator, load_generator
from components.networks.translation import TranslationNet
from components.training import TranslationTrainer, any_settings_with
from components.training.translation.contrastive import patch_loss
from components.training.translation.domains import Domains
from components.training.translation.iteration import advance_translation
from components.training.translation.state import TranslationState, new_translation_state
from interfaces.errors import SettingsError
from interfaces.igme import ResnetTranslation, TranslationNetwork, UnetTranslation
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
OF_UNET = {**CONTRASTIVE, "generator": {**UNET, "both_ways": False}}


def generator(architecture: TranslationNetwork) -> TranslationNet:
    made = build_generator(architecture, "normal-0.02", torch.Generator().manual_seed(0))
    assert isinstance(made, TranslationNet)
    return made.requires_grad_(False)


@pytest.mark.parametrize(
    ("architecture", "shapes"),
    [
        (ResnetTranslation(width=4), [(3, 24), (8, 12), (16, 6), (16, 6), (16, 6)]),
        (ResnetTranslation(width=4, blocks=1), [(3, 24), (8, 12), (16, 6), (16, 6)]),
        (UnetTranslation(width=4, side=32, halvings=3), [(3, 24), (4, 12), (8, 6)]),
        (UnetTranslation(width=4, halvings=6), [(3, 64), (4, 32), (8, 16), (16, 8), (32, 4)]),
    ],
)
def test_an_encoder_shows_what_the_translation_saw(
    architecture: TranslationNetwork, shapes: list[tuple[int, int]]
) -> None:
    network = generator(architecture).a_to_b
    pictures = torch.rand(2, 3, 24, 24, generator=torch.Generator().manual_seed(1)) * 2 - 1
    seen = network.encode(pictures)
    assert [tuple(maps.shape[1:3]) for maps in seen] == shapes
    assert tuple(maps.shape[1] for maps in seen) == network.depths
    passage = network.watched(pictures)
    assert torch.equal(passage.made, network(pictures))
    assert all(map(torch.equal, seen, passage.seen))
    assert torch.equal(seen[0][:, :, :24, :24], pictures)


def test_the_depths_of_a_resnet_are_those_of_the_paper() -> None:
    """Both halvings before they are normalised, the first and the fifth of nine blocks (Park et al. 2020, appendix C.1)."""
    network = generator(ResnetTranslation(width=4)).a_to_b
    layers = list(network.layers)  # type: ignore[arg-type]  # a ResNet's
    x = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1
    _, halved, quartered, first, fifth = network.encode(x)
    assert torch.equal(halved, torch.nn.Sequential(*layers[:4])(x))
    assert torch.equal(quartered, torch.nn.Sequential(*layers[:7])(x))
    assert torch.equal(first, torch.nn.Sequential(*layers[:10])(x))
    assert torch.equal(fifth, torch.nn.Sequential(*layers[:14])(x))


def formula(queries: np.ndarray, keys: np.ndarray) -> float:
    """Return equation 3 of Park et al. 2020, one place after the other."""
    found = []
    for picture, own in zip(queries, keys, strict=True):
        for place, query in enumerate(picture):
            likeness = [math.exp(float(query @ key) / 0.07) for key in own]
            found.append(-math.log(likeness[place] / sum(likeness)))
    return float(np.mean(found))


def test_the_loss_of_patches_is_that_of_the_paper() -> None:
    draw = np.random.default_rng(0)
    queries, keys = draw.normal(size=(2, 2, 5, 4))
    queries, keys = (each / np.linalg.norm(each, axis=2, keepdims=True) for each in (queries, keys))
    found = patch_loss(*(torch.tensor(each, dtype=torch.float32) for each in (queries, keys)))
    assert float(found) == pytest.approx(formula(queries, keys), rel=1e-4)


def vectors(state: TranslationState, seen: Sequence[Tensor], places: Sequence[Tensor]) -> list[np.ndarray]:
    found = []
    for layers, maps, chosen in zip(state.projections, seen, places, strict=True):
        weights = dict(layers.named_parameters())
        points = maps.flatten(2)[:, :, chosen].transpose(1, 2)
        hidden = (points @ weights["0.weight"].T + weights["0.bias"]).clamp_min(0)
        points = hidden @ weights["2.weight"].T + weights["2.bias"]
        found.append((points / points.norm(dim=2, keepdim=True)).numpy())
    return found


@pytest.mark.parametrize("identity", [0.0, 0.5])
def test_a_step_measures_the_losses_of_the_paper(identity: float, tmp_path: Path) -> None:
    settings = tiny_translation(squares=16, contrastive_weight=2.0, identity_weight=identity, **CONTRASTIVE)
    domains = Domains(make_domains(tmp_path, side=16), settings, CPU)
    state, copy = (new_translation_state(settings, CPU) for _ in range(2))
    a, b, _ = domains.take(copy.positions, copy.cutting)
    g, judge = copy.network.a_to_b, copy.critics["a_to_b"]

    def told_apart(pictures: Tensor) -> float:
        seen, again = g.encode(pictures), g.encode(g(pictures))
        counts = [maps[0, 0].numel() for maps in seen]
        places = [torch.randperm(count, generator=copy.sampling)[:8] for count in counts]
        keys, queries = vectors(copy, seen, places), vectors(copy, again, places)
        return float(np.mean([formula(*pair) for pair in zip(queries, keys, strict=True)]))

    with torch.no_grad():
        fake = g(a)
        wanted = {
            "generator_loss": float(((judge(fake) - 1) ** 2).mean()),
            "critic_loss": float(((judge(b) - 1) ** 2).mean() + (judge(fake) ** 2).mean()),
            "real_score": float(judge(b).mean()),
            "fake_score": float(judge(fake).mean()),
            "contrastive_loss": told_apart(a),
        }
        if identity:
            wanted["identity_loss"] = told_apart(b)
    assert advance_translation(state, domains, settings, nullcontext, 6) == pytest.approx(wanted, rel=1e-3)


def test_patches_come_to_know_their_own(tmp_path: Path, new_folder: NewFolder) -> None:
    folder = new_folder()
    changes: dict[str, Any] = {**CONTRASTIVE, "contrastive_patches": 64, "contrastive_weight": 10.0}
    settings = tiny_translation(steps=80, learning_rate=2e-3, decay_from=1.0, **changes)
    TranslationTrainer(settings).train(make_domains(tmp_path), folder)
    losses = [json.loads(line)["contrastive_loss"] for line in folder.read("log.jsonl").splitlines()]
    assert losses[0] > 2.5
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])


@pytest.mark.parametrize("autocast", [nullcontext, partial(torch.autocast, "cpu", dtype=torch.bfloat16)])
def test_projections_learn_with_the_generator_and_one_critic_judges(
    autocast: Callable[[], AbstractContextManager[object]], tmp_path: Path
) -> None:
    settings = tiny_translation(squares=16, **CONTRASTIVE)
    domains = Domains(make_domains(tmp_path, side=16), settings, CPU)
    state = new_translation_state(settings, CPU)
    before = {key: tensor.clone() for key, tensor in state.tensors().items()}
    advance_translation(state, domains, settings, autocast, 6)
    changed = {
        key
        for key, tensor in state.tensors().items()
        if key in before and not torch.equal(tensor, before[key])
    }
    dense = {f"projections.{depth}.{layer}.weight" for depth in range(4) for layer in (0, 2)}
    assert dense <= changed
    assert {key.split(".")[1] for key in before if key.startswith("critics.")} == {"a_to_b"}
    assert state.network.b_to_a is None


@pytest.mark.parametrize("changes", [CONTRASTIVE, OF_UNET, {**CONTRASTIVE, "pool": 0, "frozen": True}])
def test_stopped_and_resumed_it_makes_the_bytes_of_one_that_was_left_alone(
    changes: dict[str, Any], tmp_path: Path, new_folder: NewFolder
) -> None:
    data, whole, stopped = make_domains(tmp_path, a=6, b=6), new_folder(), new_folder()
    options = {name: value for name, value in changes.items() if name != "frozen"}
    options |= with_frozen_critic(tmp_path) if "frozen" in changes else {}
    settings = tiny_translation(steps=8, **options)
    TranslationTrainer(settings).train(data, whole)
    TranslationTrainer(settings).train(data, stopped, observers=[Watch(5)])
    assert stopped.names("model.*") == []
    TranslationTrainer(settings).train(data, stopped, resume=True)
    assert stopped.read("model.safetensors") == whole.read("model.safetensors")
    lines = [[json.loads(line) for line in each.read("log.jsonl").splitlines()] for each in (stopped, whole)]
    assert [{**one, "seconds": 0} for one in lines[0]] == [{**one, "seconds": 0} for one in lines[1]]


def test_its_model_goes_one_way_and_its_preview_shows_both_domains(
    tmp_path: Path, new_folder: NewFolder
) -> None:
    data, watch = make_domains(tmp_path), Watch(1)
    assert (
        TranslationTrainer(tiny_translation(**CONTRASTIVE)).train(data, new_folder(), observers=[watch])
        is None
    )
    middle = torch.from_numpy(np.array(data.images[:, 1:17, 1:17])).permute(0, 3, 1, 2).float() / 127.5 - 1
    assert torch.allclose(watch.pictures[0], middle[0])
    assert torch.allclose(watch.pictures[2], middle[7])
    model = TranslationTrainer(tiny_translation(**CONTRASTIVE)).train(data, new_folder())
    assert model is not None
    assert set(model.metrics) == {"identity_l1_b"}
    networks = load_generator(model)
    assert isinstance(networks, TranslationNet)
    of_b = middle[7:8]  # the one test picture of B
    changed = float((networks.towards("a-to-b")(of_b) - of_b).abs().mean())
    assert model.metrics["identity_l1_b"] == pytest.approx(changed, rel=1e-4)
    with pytest.raises(KeyError):
        networks.towards("b-to-a")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"contrastive": "true"},
            "generator.both_ways: wanted false, since contrastive learns the way from A to B",
        ),
        ({"paired": "true"}, "paired: wanted false, since contrastive is how to do without pairs"),
        ({"between_bits": "true"}, "between_bits: wanted without contrastive, which has no cycle, got True"),
        ({"cycle_weight": "5"}, "cycle_weight: wanted without contrastive, which has no cycle, got 5"),
        (
            {"contrastive": "false", "contrastive_weight": "2"},
            r"or contrastive=true, got false; contrastive_weight: wanted with contrastive=true, got 2",
        ),
    ],
)
def test_refuses_what_does_not_go_with_one_way(changes: dict[str, str], message: str) -> None:
    one_way = {} if changes == {"contrastive": "true"} else {"generator.both_ways": "false"}
    with pytest.raises(SettingsError, match=message):
        any_settings_with("translation-small", {"contrastive": "true", **one_way, **changes})
