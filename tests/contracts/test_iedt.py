"""IEDT: enhancement → conversion."""

from pathlib import Path

import pytest
import torch

from components.conversion import CONVERTERS
from components.enhancement import ENHANCERS
from interfaces.iedt import IEDT, SizedImages
from pipeline.component_check import samples
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.suites import suite_of
from tests.contracts.available import AVAILABLE_ENHANCERS
from tests.contracts.refusal import Changes, refusal

SAMPLE = samples.enlarged(2, clear=True)
GOOD = dict(SAMPLE)
FINAL, KEPT = SAMPLE.final, SAMPLE.kept[0]
ONE = samples.only(SAMPLE, 0)


@pytest.mark.parametrize("clear", [False, True], ids=["opaque", "clear"])
@pytest.mark.parametrize("consumer", sorted(CONVERTERS))
@pytest.mark.parametrize("producer", AVAILABLE_ENHANCERS)
def test_every_consumer_takes_what_every_producer_emits(
    producer: str, consumer: str, clear: bool, tmp_path: Path
) -> None:
    made = suite_of("enhancer").prepare(ENHANCERS[producer], producer, tmp_path / "enlarged")
    taker = suite_of("converter").prepare(CONVERTERS[consumer], consumer, tmp_path / "files")
    data = made.enhance(samples.generated(2, clear=clear), keep=(16,))
    before = fingerprint(require_contract(data, IEDT))
    files = taker.convert(data).files
    assert sorted((file.seed, file.width) for file in files) == [
        (1000, 16),
        (1000, 64),
        (1001, 16),
        (1001, 64),
    ]
    assert fingerprint(data) == before


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"final": ...}, "final", "Field required"),
        ({"final": ONE.final}, "final", "wanted one image for each of the 2 seeds, got 1"),
        ({"kept": ONE.kept}, "kept[0]", "wanted one image for each of the 2 seeds, got 1"),
        ({"kept": (KEPT, KEPT)}, "kept", "wanted sizes that differ from (48, 32) and each other"),
        ({"kept": (FINAL,)}, "kept", "wanted sizes that differ from (48, 32)"),
        ({"seeds": ()}, "seeds", "at least 1 item"),
        ({"seeds": (1, -1)}, "seeds.1", "greater than or equal to 0"),
        ({"origins": ({"name": "a.png", "sha256": "0" * 64},)}, "origins", "wanted none or one for each"),
        ({"enhancer": ""}, "enhancer", "at least 1 character"),
        ({"weights_sha256": "abc"}, "weights_sha256", "match pattern"),
        ({"provenance": ()}, "provenance", "at least 1 item"),
        ({"colour": 1}, "colour", "Extra inputs"),
    ],
)
def test_refuses_a_malformed_one_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(IEDT, GOOD, changes)
    assert field in message
    assert wanted in message


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"images": FINAL.images * torch.nan}, "images", "wanted finite values in [-1, 1], got [nan, nan]"),
        ({"images": FINAL.images.bfloat16()}, "images", "got bfloat16 Tensor"),
        ({"images": FINAL.images[:, :2]}, "images", "wanted float32 Tensor of shape (n 3 h w)"),
        ({"alpha": FINAL.images[:, :1]}, "alpha", "wanted finite values in [0, 1]"),
        ({"alpha": KEPT.alpha}, "alpha", "wanted shape (2, 1, 32, 48), got (2, 1, 16, 24)"),
    ],
)
def test_refuses_malformed_images_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(SizedImages, dict(FINAL), changes)
    assert field in message
    assert wanted in message
