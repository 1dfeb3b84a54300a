"""IGDT: generation → enhancement."""

from pathlib import Path

import pytest
import torch

from components.enhancement import ENHANCERS
from components.generation import GENERATORS
from interfaces.igdt import IGDT
from pipeline.component_check import samples
from pipeline.component_check.comparison import fingerprint, require_contract
from pipeline.component_check.suites import suite_of
from tests.contracts.available import AVAILABLE_ENHANCERS
from tests.contracts.refusal import Changes, refusal

GOOD = dict(samples.generated(2, clear=True))
IMAGES = GOOD["images"]
ALPHA = GOOD["alpha"]


@pytest.mark.parametrize("consumer", AVAILABLE_ENHANCERS)
@pytest.mark.parametrize("producer", sorted(GENERATORS))
def test_every_consumer_takes_what_every_producer_emits(producer: str, consumer: str, tmp_path: Path) -> None:
    made = suite_of("generator").prepare(GENERATORS[producer], producer, tmp_path / "generated")
    taker = suite_of("enhancer").prepare(ENHANCERS[consumer], consumer, tmp_path / "enlarged")
    for data in made.generate():
        before = fingerprint(require_contract(data, IGDT))
        result = taker.enhance(data)
        assert result.seeds == data.seeds
        assert max(result.final.size) == 64
        assert fingerprint(data) == before


@pytest.mark.parametrize(
    ("changes", "field", "wanted"),
    [
        ({"images": IMAGES[0]}, "images", "wanted float32 Tensor of shape (n 3 h w), got float32 Tensor"),
        ({"images": IMAGES[:, :1]}, "images", "got float32 Tensor of shape (2, 1, 16, 16)"),
        ({"images": IMAGES.double()}, "images", "got float64 Tensor"),
        ({"images": IMAGES.numpy()}, "images", "got float32 ndarray"),
        ({"images": None}, "images", "got NoneType"),
        ({"images": IMAGES[:0]}, "images", "at least one element on every axis"),
        ({"images": IMAGES * 2}, "images", "wanted finite values in [-1, 1], got [-"),
        ({"images": IMAGES * torch.nan}, "images", "wanted finite values in [-1, 1], got [nan, nan]"),
        ({"images": IMAGES + torch.inf}, "images", "wanted finite values in [-1, 1], got [inf, inf]"),
        ({"images": IMAGES[:1]}, "seeds", "wanted one for each of the 1 images, got 2"),
        ({"alpha": ALPHA * 2}, "alpha", "wanted finite values in [0, 1], got [0, 2]"),
        ({"alpha": ALPHA.half()}, "alpha", "got float16 Tensor"),
        ({"alpha": ALPHA[..., :8]}, "alpha", "wanted shape (2, 1, 16, 16), got (2, 1, 16, 8)"),
        ({"seeds": ()}, "seeds", "at least 1 item"),
        ({"seeds": (1, 2, 3)}, "seeds", "wanted one for each of the 2 images, got 3"),
        ({"seeds": (1, -1)}, "seeds.1", "greater than or equal to 0"),
        ({"seeds": (1, 2**53 + 1)}, "seeds.1", "less than or equal to 9007199254740992"),
        ({"origins": GOOD["origins"][:1]}, "origins", "wanted none or one for each of the 2 images, got 1"),
        ({"provenance": ()}, "provenance", "at least 1 item"),
        ({"provenance": ({"stage": "printing", "component": "x"},)}, "provenance.0.stage", "generation"),
        ({"colour": 1}, "colour", "Extra inputs"),
    ],
)
def test_refuses_a_malformed_one_and_names_the_field(changes: Changes, field: str, wanted: str) -> None:
    message = refusal(IGDT, GOOD, changes)
    assert field in message
    assert wanted in message
