"""The classifier that colours maps learns, is kept, and refuses what it cannot use."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from components.exploration import (
    ClassifierSettings,
    describe_classifier,
    load_classifier,
    teach,
    write_classifier,
)
from components.networks.classifier import build_classifier
from interfaces.class_maps import ClassifierNetwork, TrainedClassifier
from interfaces.errors import DataError, WeightsError
from storage.run_folder import DirectoryFolder
from tests.unit.exploration.squares import STYLES, squares

QUICK = ClassifierSettings(batch=32)


def scaled(images: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(images.transpose(0, 3, 1, 2) / np.float32(127.5) - 1).float()


def keep(folder: Path) -> TrainedClassifier:
    taught = teach(squares(), QUICK)
    return write_classifier(
        taught.classifier, DirectoryFolder(folder), dataset="squares", fingerprint="5" * 64,
        accuracy=taught.accuracy, held_out=taught.held_out, training={},
    )  # fmt: skip


def test_it_tells_pictures_apart_that_it_did_not_learn_from() -> None:
    pack = squares()
    taught = teach(pack, QUICK)
    held = np.flatnonzero(pack.is_test)
    answers = taught.classifier.classify(scaled(pack.images[held]))
    assert taught.held_out == len(held) == 100
    assert taught.accuracy == np.mean(answers.classes == pack.labels[held]) > 0.97
    assert answers.classes.dtype == np.uint8
    assert answers.confidence.dtype == np.float32
    assert ((answers.confidence >= 1 / len(STYLES)) & (answers.confidence <= 1)).all()


def test_a_tenth_is_held_out_where_the_data_have_no_test_split() -> None:
    taught = teach(squares(200, test_every=None, channels=3), QUICK)
    assert taught.held_out == 20
    assert taught.accuracy > 0.9


def test_equal_seeds_give_equal_weights_and_leave_the_randomness_of_others_alone() -> None:
    pack = squares(40)
    before = torch.get_rng_state()
    one, same, other = (
        teach(pack, ClassifierSettings(seed=seed, batch=16)).classifier.network.state_dict()
        for seed in (3, 3, 4)
    )
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["layers.0.weight"], other["layers.0.weight"])
    assert torch.equal(before, torch.get_rng_state())


def test_pictures_held_out_change_nothing_in_what_is_learnt() -> None:
    pack = squares(80)
    images = pack.images.copy()
    images[pack.is_test == 1] = 0
    changed = type(pack)(**{**dict(pack), "images": images})
    one, other = (teach(each, QUICK).classifier.network.state_dict() for each in (pack, changed))
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_it_tells_how_far_it_is_and_can_be_stopped() -> None:
    told: list[tuple[int, int]] = []

    def tell(done: int, total: int) -> None:
        told.append((done, total))
        if done >= 50:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        teach(squares(40), tell=tell)
    assert told[0] == (0, 200)
    assert [done for done, _ in told] == sorted({done for done, _ in told})


@pytest.mark.parametrize("styles", [("alone",), ("there", "not there")])
def test_fewer_than_two_classes_are_refused_in_words(styles: tuple[str, ...]) -> None:
    pack = squares(20, styles=styles)
    alone = type(pack)(**{**dict(pack), "labels": np.zeros(20, np.int64)})
    with pytest.raises(
        DataError, match=r"squares: wanted pictures of 2 to 256 classes.*one folder for each class"
    ):
        teach(alone)


@pytest.mark.parametrize(
    ("side", "channels", "widths"), [(28, 1, (16, 32)), (7, 3, (4,)), (30, 3, (4, 8, 8))]
)
def test_its_network_takes_pictures_of_every_side(side: int, channels: int, widths: tuple[int, ...]) -> None:
    settings = ClassifierNetwork.model_validate(
        {"side": side, "channels": channels, "classes": 5, "widths": widths}
    )
    network = build_classifier(settings, torch.Generator())
    assert network(torch.zeros(3, channels, side, side)).shape == (3, 5)


def test_what_was_kept_answers_as_before(tmp_path: Path) -> None:
    described = keep(tmp_path)
    assert described == describe_classifier(tmp_path)
    images = scaled(squares().images)
    one, other = (
        load_classifier(tmp_path).classify(images),
        teach(squares(), QUICK).classifier.classify(images),
    )
    np.testing.assert_array_equal(one.classes, other.classes)
    np.testing.assert_array_equal(one.confidence, other.confidence)
    text = json.loads((tmp_path / "classifier.json").read_text())
    assert text["weights_path"] == "classifier.safetensors"
    assert text["classes"] == [*STYLES]


def test_altered_weights_are_refused(tmp_path: Path) -> None:
    path = keep(tmp_path).weights_path
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="wanted weights with SHA-256"):
        load_classifier(tmp_path)


def test_a_folder_without_a_classifier_says_how_one_is_made(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="artgen lab classifier DATA --out"):
        load_classifier(tmp_path)


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"weights_path": "a"}'])
def test_a_description_that_says_something_else_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "classifier.json").write_text(text)
    with pytest.raises(WeightsError, match="description cannot be read"):
        load_classifier(tmp_path)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    keep(tmp_path)
    path = tmp_path / "classifier.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "network": {**values["network"], "widths": [8]}}))
    with pytest.raises(WeightsError, match="weights of another network"):
        load_classifier(tmp_path)


def test_pictures_of_another_size_are_refused_with_the_command_that_helps(tmp_path: Path) -> None:
    keep(tmp_path)
    with pytest.raises(WeightsError, match=r"artgen lab classifier DATA --size 16 --channels 3"):
        load_classifier(tmp_path).classify(torch.zeros(1, 3, 16, 16))
