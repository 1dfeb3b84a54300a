"""ITDT: training store → preprocessing."""

from pathlib import Path

import pytest

from components.preprocessing import PREPROCESSORS
from interfaces.itdt import ITDT, SetAside, TrainingImage
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.suites import suite_of
from storage import TRAINING_STORES
from storage.run_folder import DirectoryFolder
from tests.contracts.refusal import Changes, refusal

DIGEST = "0" * 64
IMAGE = TrainingImage(uri="warm/a.png", style="warm", sha256=DIGEST)
GOOD = {
    "dataset": "sample",
    "source": "/pictures",
    "fingerprint": DIGEST,
    "styles": ("warm", "cool"),
    "images": (IMAGE,),
    "set_aside": (SetAside(uri="b.png", reason="empty"),),
}
IMAGE_GOOD = {"uri": "a.png", "style": "warm", "sha256": DIGEST, "split": "train"}


@pytest.mark.parametrize("consumer", sorted(PREPROCESSORS))
@pytest.mark.parametrize("producer", sorted(TRAINING_STORES))
def test_every_consumer_takes_what_every_producer_emits(producer: str, consumer: str, tmp_path: Path) -> None:
    case = suite_of("training_store").prepare(TRAINING_STORES[producer], producer, tmp_path / "store")
    data = require_contract(case.describe(), ITDT)
    before = fingerprint(data)
    pack = PREPROCESSORS[consumer]().prepare(data, case.store, DirectoryFolder(tmp_path / "cache"))
    assert len(pack.images) == len(data.images) == 6
    assert fingerprint(data) == before


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"dataset": ""}, "dataset", "at least 1 character"),
        ({"dataset": "a/b"}, "dataset", "match pattern"),
        ({"source": ""}, "source", "at least 1 character"),
        ({"fingerprint": "abc"}, "fingerprint", "match pattern"),
        ({"fingerprint": "F" * 64}, "fingerprint", "match pattern"),
        ({"styles": ()}, "styles", "at least 1 item"),
        ({"styles": ("warm", "warm")}, "styles", "wanted distinct names"),
        ({"styles": ("cool",)}, "images", r"styles ['warm'] are not among ['cool']"),
        ({"images": ()}, "images", "at least 1 item"),
        ({"images": (IMAGE, IMAGE)}, "images", "wanted distinct URIs"),
        ({"images": ...}, "images", "Field required"),
        ({"set_aside": ({"uri": "a", "reason": ""},)}, "set_aside.0.reason", "at least 1 character"),
        ({"colour": 1}, "colour", "Extra inputs"),
    ],
)
def test_refuses_a_malformed_one_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(ITDT, GOOD, changes)
    assert field in message
    assert wanted in message


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"uri": ""}, "uri"),
        ({"style": ".\n"}, "style"),
        ({"sha256": "0"}, "sha256"),
        ({"split": "x"}, "split"),
    ],
)
def test_refuses_a_malformed_image_and_names_the_field(changes: Changes, field: str) -> None:
    assert field in refusal(TrainingImage, IMAGE_GOOD, changes)
