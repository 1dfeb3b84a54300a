"""The training of a translation: what it learns, what it writes, how it goes on, what it refuses."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load

from components.evaluation import SampleSheets
from components.networks.build import load_generator
from components.networks.translation import TranslationNet
from components.training import TranslationTrainer, any_settings_with, rehearse
from interfaces.errors import CheckpointError, DataError, SettingsError
from interfaces.ipdt import IPDT
from interfaces.ports import TrainingObserver
from storage.run_folder import DirectoryFolder
from tests.processes import run_until
from tests.unit.training.tiny_enhancer import Watch
from tests.unit.training.tiny_translation import ONE_WAY, UNET, make_domains, tiny_translation

NewFolder = Callable[[], DirectoryFolder]


@pytest.fixture
def domains(tmp_path: Path) -> IPDT:
    return make_domains(tmp_path)


@pytest.fixture
def pairs(tmp_path: Path) -> IPDT:
    return make_domains(tmp_path, a=6, b=6)


def lines(folder: DirectoryFolder) -> list[dict[str, float]]:
    found = [json.loads(line) for line in folder.read("log.jsonl").splitlines()]
    return [{name: value for name, value in line.items() if name != "seconds"} for line in found]


def test_it_writes_a_model_of_both_directions_that_says_how_it_is_built(
    domains: IPDT, new_folder: NewFolder
) -> None:
    folder = new_folder()
    model = TranslationTrainer(tiny_translation(name="ours", licence="CC0")).train(domains, folder)
    assert model is not None
    assert (model.name, model.licence, model.styles) == ("ours", "CC0", ("photo", "negative"))
    assert model.architecture.kind == "resnet-translation"
    assert set(model.metrics) == {"cycle_l1_a", "cycle_l1_b"}
    networks = load_generator(model)
    assert isinstance(networks, TranslationNet)
    picture = torch.rand(1, 3, 20, 30, generator=torch.Generator().manual_seed(0)) * 2 - 1
    assert networks.towards("b-to-a")(picture).shape == picture.shape
    content = model.weights_path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    note = json.loads(header["__metadata__"]["artgen"])
    assert (note["domains"], note["architecture"]["blocks"]) == (["photo", "negative"], 1)


def test_cycles_come_back_nearer_with_every_step_or_so(domains: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    settings = tiny_translation(
        steps=120, learning_rate=2e-3, decay_from=1.0, generator={"side": 16, "width": 8, "blocks": 1}
    )
    TranslationTrainer(settings).train(domains, folder)
    losses = [line["cycle_loss"] for line in lines(folder)]
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])


def test_pairs_teach_what_becomes_of_a_picture(pairs: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    settings = tiny_translation(
        paired=True, steps=60, learning_rate=4e-3, decay_from=1.0, generator={**ONE_WAY, "width": 8}
    )
    model = TranslationTrainer(settings).train(pairs, folder)
    losses = [line["pixel_loss"] for line in lines(folder)]
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:10])
    assert model is not None
    assert {*model.metrics} == {"pixel_l1_a_to_b"}
    assert "cycle_loss" not in lines(folder)[0]


@pytest.mark.parametrize(
    "changes",
    [
        {"between_noise": 2.0, "between_bits": True, "between_blur": 1.0},
        {"generator": UNET, "loss": "cross-entropy", "identity_weight": 0.0},
        {"paired": True, "generator": {**UNET, "normalisation": "batch"}, "pool": 0},
    ],
)
def test_killed_and_resumed_it_makes_the_bytes_of_one_that_was_left_alone(
    changes: dict[str, Any], tmp_path: Path, new_folder: NewFolder
) -> None:
    """Pools, positions of both domains, randomness and the learning rate that falls are those of the checkpoint."""
    whole, killed = new_folder(), DirectoryFolder(tmp_path / "run")
    (tmp_path / "changes.json").write_text(json.dumps(changes))
    assert run_until(9, _train_in, tmp_path) != 0
    assert killed.names("model.*") == []
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        settings = tiny_translation(steps=14, **changes)
        TranslationTrainer(settings).train(_data(tmp_path), whole)
        TranslationTrainer(settings).train(_data(tmp_path), killed, resume=True)
    finally:
        torch.set_num_threads(threads)
    assert killed.read("model.safetensors") == whole.read("model.safetensors")
    assert lines(killed) == lines(whole)


def _data(folder: Path) -> IPDT:
    return make_domains(folder, a=6, b=6)


def _train_in(folder: Path, observer: TrainingObserver) -> None:
    changes = json.loads((folder / "changes.json").read_text())
    settings = tiny_translation(steps=14, checkpoint_every=4, **changes)
    place = DirectoryFolder(folder / "run")
    TranslationTrainer(settings).train(_data(folder), place, resume=True, observers=[observer])


def test_a_checkpoint_has_pools_critics_and_both_positions(domains: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    TranslationTrainer(tiny_translation(checkpoint_every=4)).train(domains, folder)
    note = json.loads(folder.read("checkpoints/step-000000004.json"))
    tensors = load(folder.read("checkpoints/step-000000004.safetensors"))
    assert note["state"] == {"positions": [[1, 2], [1, 4]]}  # 6 and 4 training pictures, batches of 2
    assert tensors["pool_a_to_b.images"].shape == tensors["pool_b_to_a.images"].shape == (3, 3, 16, 16)
    names = {name.partition(".")[0] for name in tensors}
    assert {"network", "average", "critics", "optimizer", "critic_optimizer", "random"} <= names


def test_an_epoch_is_a_pass_over_the_larger_domain(domains: IPDT, new_folder: NewFolder) -> None:
    settings = tiny_translation(steps=None, epochs=2)
    assert settings.steps_on(domains) == 6
    folder = new_folder()
    TranslationTrainer(settings).train(domains, folder)
    assert [line["epoch"] for line in lines(folder)] == [0, 0, 0, 1, 1, 1]


def test_its_preview_shows_pictures_results_and_what_comes_back(domains: IPDT, new_folder: NewFolder) -> None:
    watch = Watch(1)
    TranslationTrainer(tiny_translation()).train(domains, new_folder(), observers=[watch])
    middle = torch.from_numpy(np.array(domains.images[:, 1:17, 1:17])).permute(0, 3, 1, 2).float() / 127.5 - 1
    assert watch.pictures.shape[1:] == (3, 16, 16)
    assert torch.allclose(watch.pictures[0], middle[0])  # the one test picture of each domain
    assert torch.allclose(watch.pictures[4], middle[7])
    assert not torch.equal(watch.pictures[2], watch.pictures[3])


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        (
            {},
            [
                "photo",
                "→ negative",
                "→ negative → photo",
                "→ negative → photo, with noise between",
                "negative",
            ],
        ),
        ({"paired": True}, ["photo", "→ negative", "negative, the truth", "→ negative → photo", "negative"]),
        ({"paired": True, "generator": ONE_WAY}, ["photo", "→ negative", "negative, the truth", ""]),
    ],
)
def test_the_page_of_its_samples_names_what_they_are(
    changes: dict[str, Any], wanted: list[str], pairs: IPDT, new_folder: NewFolder
) -> None:
    folder = new_folder()
    TranslationTrainer(tiny_translation(steps=1, **changes)).train(pairs, folder, observers=[SampleSheets()])
    page = folder.read("samples.html").decode()
    captions = re.findall("<b>([^<]*)</b>", page.split('class="captions"')[1].split("</div>")[0])
    assert len(captions) == 8
    assert captions[: len(wanted)] == wanted
    assert "cycle_loss" in page or changes


def test_a_finished_model_can_be_the_start_of_another(domains: IPDT, new_folder: NewFolder) -> None:
    first = TranslationTrainer(tiny_translation(steps=40, learning_rate=4e-3)).train(domains, new_folder())
    assert first is not None
    watch, anew = Watch(1), Watch(1)
    settings = tiny_translation(start=str(first.weights_path))
    TranslationTrainer(settings).train(domains, new_folder(), observers=[watch])
    TranslationTrainer(tiny_translation()).train(domains, new_folder(), observers=[anew])
    assert watch.values[0]["cycle_loss"] < anew.values[0]["cycle_loss"]
    wider = tiny_translation(start=str(first.weights_path), generator={"side": 16, "width": 8, "blocks": 1})
    with pytest.raises(CheckpointError, match="start: the checkpoint belongs to another network"):
        TranslationTrainer(wider).train(domains, new_folder())


def test_domains_that_are_swapped_are_not_gone_on_with(domains: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    TranslationTrainer(tiny_translation()).train(domains, folder, observers=[Watch(2)])
    swapped = IPDT(
        **{
            **dict(domains),
            "fingerprint": "e" * 64,
            "styles": domains.styles[::-1],
            "labels": 1 - np.asarray(domains.labels),
        }
    )
    with pytest.raises(
        CheckpointError, match=r"on other data: .* \(photo, negative\), is .* \(negative, photo\)"
    ):
        TranslationTrainer(tiny_translation()).train(swapped, folder, resume=True)
    allowing = tiny_translation(allow_different_data=True)
    with pytest.raises(CheckpointError, match="wanted photo, negative, got negative, photo"):
        TranslationTrainer(allowing).train(swapped, folder, resume=True)


def test_another_length_is_another_training_since_the_rate_falls_with_it(
    domains: IPDT, new_folder: NewFolder
) -> None:
    folder = new_folder()
    TranslationTrainer(tiny_translation()).train(domains, folder, observers=[Watch(2)])
    with pytest.raises(CheckpointError, match="another configuration: steps: was 6, is 12"):
        TranslationTrainer(tiny_translation(steps=12)).train(domains, folder, resume=True)


def test_a_dry_run_says_what_it_will_take(domains: IPDT) -> None:
    found = rehearse(TranslationTrainer(tiny_translation(steps=30)), domains)
    assert (found.images, found.steps, found.epochs) == (10, 30, 10)
    assert found.generator_parameters > found.critic_parameters > 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"steps": "5", "epochs": "2"}, "wanted steps or epochs, got both: 5 and 2"),
        ({"squares": "60"}, "squares: wanted at least the side of the generator, 64, got 60"),
        (
            {"generator.side": "16", "critic.field": "142"},
            "critic.field: wanted one that leaves scores of 16 px",
        ),
        (
            {"generator.both_ways": "false"},
            "both_ways: wanted true, since a cycle needs a way back, or paired",
        ),
        ({"paired": "true", "between_bits": "true"}, "between_bits: wanted without paired"),
        (
            {"generator.kind": "unet-translation", "generator.side": "96"},
            "wanted a multiple of 256, to be halved",
        ),
    ],
)
def test_refuses_settings_by_which_nothing_can_be_learnt(changes: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        any_settings_with("translation-small", changes)


def test_refuses_what_does_not_fit(tmp_path: Path, domains: IPDT, new_folder: NewFolder) -> None:
    def only(style: int) -> IPDT:
        rows = np.asarray(domains.labels) == style
        return IPDT(
            **{
                **dict(domains),
                "images": np.array(domains.images[rows]),
                "labels": np.asarray(domains.labels)[rows],
                "is_test": np.asarray(domains.is_test)[rows],
                "names": (),
            }
        )

    one = IPDT(**{**dict(only(0)), "styles": ("photo",)})
    for data, changes, message in (
        (domains, {"squares": 20}, "squares: wanted RGB squares of 20 pixels, got 18 pixels"),
        (domains, {"batch": 7}, "wanted at most the 6 training images of the larger domain, got 7"),
        (one, {}, r"domains: wanted two domains, got 1 \(photo\); give two sources, A and B"),
        (only(0), {}, "domains: wanted pictures of negative to train on, got none"),
        (only(1), {}, "domains: wanted pictures of photo to train on, got none"),
    ):
        with pytest.raises(SettingsError, match=message):
            TranslationTrainer(tiny_translation(**changes)).train(data, new_folder())


def test_refuses_pairs_that_are_none(domains: IPDT, pairs: IPDT, new_folder: NewFolder) -> None:
    settings = tiny_translation(paired=True)
    nameless = IPDT(**{**dict(pairs), "names": ()})
    twins = IPDT(**{**dict(pairs), "names": ("same",) * len(pairs.images)})
    lonely = IPDT(**{**dict(pairs), "names": (*pairs.names[:-1], "other")})
    for data, message in (
        (nameless, "wanted pictures with names, by which pairs are told, got none"),
        (twins, "wanted a name of its own for each picture of photo, got 5 pictures and 1 names"),
        (lonely, "wanted each picture in both domains under the same name, got 2 in one alone: 005, other"),
    ):
        with pytest.raises(DataError, match=message):
            TranslationTrainer(settings).train(data, new_folder())
