"""IPDT: preprocessing → model training."""

from pathlib import Path

import numpy as np
import pytest

from components.preprocessing import PREPROCESSORS
from components.training import TRAINERS
from interfaces.igme import IGME
from interfaces.ipdt import IPDT
from pipeline.component_check import samples
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.preprocessor import Files
from storage.run_folder import DirectoryFolder
from tests.contracts.refusal import Changes, refusal

IMAGES = np.zeros((3, 8, 8, 3), np.uint8)
GOOD = {
    "dataset": "sample",
    "fingerprint": "0" * 64,
    "folder": Path("pack"),
    "images": IMAGES,
    "labels": np.array([0, 1, 0]),
    "is_test": np.array([0, 0, 1]),
    "styles": ("cool", "warm"),
}


@pytest.mark.parametrize("consumer", sorted(TRAINERS))
@pytest.mark.parametrize("producer", sorted(PREPROCESSORS))
def test_every_consumer_takes_what_every_producer_emits(producer: str, consumer: str, tmp_path: Path) -> None:
    tree = samples.tree(tmp_path / "tree")
    preprocessor = PREPROCESSORS[producer](side=samples.ARCHITECTURE.side)
    pack = preprocessor.prepare(samples.described(tree), Files(), DirectoryFolder(tmp_path / "cache"))
    before = fingerprint(require_contract(pack, IPDT))
    smallest = TRAINERS[consumer]().settings.smallest(samples.ARCHITECTURE.side, 3)
    settings = samples.with_pictures(smallest, tmp_path / "named")
    model = TRAINERS[consumer](settings).train(pack, DirectoryFolder(tmp_path / "training"))
    assert model is not None
    if isinstance(model, IGME):
        assert model.styles == pack.styles
    assert fingerprint(pack) == before


def test_takes_grey_pictures() -> None:
    assert IPDT.model_validate({**GOOD, "images": IMAGES[..., :1]}).side == 8


def test_takes_names_that_repeat_or_none() -> None:
    assert IPDT.model_validate({**GOOD, "names": ["a", "b", "a"]}).names == ("a", "b", "a")
    assert IPDT.model_validate(GOOD).names == ()


def test_takes_what_shall_become_of_each_image() -> None:
    assert IPDT.model_validate({**GOOD, "targets": IMAGES.repeat(4, 1).repeat(4, 2)}).targets is not None
    assert IPDT.model_validate({**GOOD, "targets": IMAGES}).targets is IMAGES


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"images": IMAGES[0]}, "images", "wanted uint8 ndarray of shape (n h w c), got uint8 ndarray"),
        ({"images": IMAGES.astype(np.float32)}, "images", "got float32 ndarray of shape (3, 8, 8, 3)"),
        ({"images": IMAGES.tolist()}, "images", "got list"),
        ({"images": IMAGES[:0]}, "images", "at least one element on every axis"),
        ({"images": IMAGES[..., :2]}, "images", "wanted 1 or 3 channels, got 2"),
        ({"images": IMAGES[:, :4]}, "images", "wanted squares, got 4x8"),
        ({"targets": IMAGES[:2]}, "targets", "wanted one for each image, a whole number of times as large"),
        ({"targets": np.zeros((3, 12, 12, 3), np.uint8)}, "targets", "times as large, got (3, 12, 12, 3)"),
        ({"targets": np.zeros((3, 16, 24, 3), np.uint8)}, "targets", "times as large, got (3, 16, 24, 3)"),
        ({"targets": np.zeros((3, 16, 16, 1), np.uint8)}, "targets", "times as large, got (3, 16, 16, 1)"),
        ({"images": IMAGES[:2]}, "labels", "wanted one for each of the 2 images, got 3"),
        ({"labels": np.array([0, 1])}, "labels", "wanted one for each of the 3 images, got 2"),
        ({"labels": np.array([0, 2, 1])}, "labels", "wanted values in [0, 1], got [0, 2]"),
        ({"labels": np.array([0, -1, 1])}, "labels", "wanted values in [0, 1], got [-1, 1]"),
        ({"labels": np.array([0.0, 1.0, 0.0])}, "labels", "wanted integer ndarray"),
        ({"is_test": np.array([0])}, "is_test", "wanted one for each of the 3 images, got 1"),
        ({"is_test": np.array([0, 1, 2])}, "is_test", "wanted values in [0, 1], got [0, 2]"),
        ({"pictures": np.array([0, 0])}, "pictures", "wanted one for each of the 3 images, got 2"),
        ({"pictures": np.array([0, 2, 1])}, "pictures", "wanted numbers that rise"),
        ({"names": ("a",)}, "names", "wanted one for each of the 3 images, got 1"),
        ({"styles": ()}, "styles", "at least 1 item"),
        ({"fingerprint": "x" * 64}, "fingerprint", "match pattern"),
        ({"value_range": "[0, 1]"}, "value_range", "[-1, 1]"),
        ({"dataset": "a\\b"}, "dataset", "match pattern"),
        ({"folder": ...}, "folder", "Field required"),
        ({"colour": 1}, "colour", "Extra inputs"),
    ],
)
def test_refuses_a_malformed_one_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(IPDT, GOOD, changes)
    assert field in message
    assert wanted in message
