"""The official implementation behind the same port, and what is said where it cannot be had."""

import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from components.enhancement import RealesrganEnhancer, RealesrganReferenceEnhancer
from components.enhancement.architecture import Architecture
from interfaces.errors import SettingsError
from interfaces.ies import IES
from interfaces.igdt import IGDT
from tests.unit.enhancement.networks import RRDB, RRDB_X2, SRVGG, generated, random_state, save

needs_basicsr = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="basicsr cannot be built on Python 3.13 and later"
)


def settings(weights: Path, side: int, kind: str = "realesrgan-reference", **options: object) -> IES:
    return IES.model_validate({"side": side, "enhancer": {"kind": kind, "weights": str(weights), **options}})


@needs_basicsr
@pytest.mark.parametrize("architecture", [SRVGG, RRDB, RRDB_X2], ids=str)
def test_our_engine_in_float32_agrees_within_one_step_of_eight_bits(
    architecture: Architecture, tmp_path: Path
) -> None:
    weights, data = save(tmp_path, architecture), generated(2, 22, 18)
    # what both see is the same eight bits
    eight = data.images.add(1).mul(127.5).round().div(127.5).sub(1)
    data = IGDT(images=eight, seeds=data.seeds, provenance=data.provenance)
    side = 22 * architecture.scale
    theirs = RealesrganReferenceEnhancer().enhance(data, settings(weights, side)).final
    ours = RealesrganEnhancer("cpu").enhance(data, settings(weights, side, "realesrgan", precision="float32"))
    steps = [images.add(1).mul(127.5).round() for images in (theirs.images, ours.final.images)]
    assert float((steps[0] - steps[1]).abs().max()) <= 1
    assert ours.final.size == theirs.size


@needs_basicsr
def test_a_file_that_the_original_cannot_read_is_given_to_it_as_one_that_it_can(tmp_path: Path) -> None:
    save_file(random_state(SRVGG), tmp_path / "x.safetensors")
    made, wanted = (
        RealesrganReferenceEnhancer().enhance(generated(), settings(path, 32)).final.images
        for path in (tmp_path / "x.safetensors", save(tmp_path))
    )
    assert torch.equal(made, wanted)


def test_without_the_package_it_says_what_to_take(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = save(tmp_path)
    monkeypatch.setitem(sys.modules, "realesrgan", None)  # what Python does where the package is absent
    with pytest.raises(
        SettingsError, match=r"wants the package realesrgan.* take realesrgan, which does the same"
    ):
        RealesrganReferenceEnhancer().enhance(generated(), settings(weights, 32))


def test_nothing_is_needed_where_nothing_is_enlarged(tmp_path: Path) -> None:
    data = generated()
    done = RealesrganReferenceEnhancer().enhance(data, settings(tmp_path / "gone.pth", 8))
    assert torch.equal(done.final.images, data.images)
