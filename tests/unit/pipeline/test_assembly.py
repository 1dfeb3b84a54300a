import shutil
from collections import namedtuple
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from interfaces.errors import SettingsError
from pipeline import PipelineConfig, assemble, load_config

Usage = namedtuple("Usage", "total used free")


def test_a_disk_that_is_too_full_is_refused_before_anything_starts(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 3_000_000))
    few, many = (
        load_config(
            {
                "generation": {"count": count},
                "enhancement": {"side": 256, "enhancer": {"kind": "lanczos"}},
                "model": str(tiny_model),
                "out": str(tmp_path / "out"),
            }
        )
        for count in (2, 100)
    )

    assemble(few)
    with pytest.raises(SettingsError, match=r"wanted 22 MB free for the pictures, got 3 MB"):
        assemble(many)


def test_input_pictures_count_as_large_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, 3_000_000))
    Image.new("L", (2000, 1000)).save(tmp_path / "large.png")
    Image.new("L", (60, 30)).save(tmp_path / "small.png")

    def config(name: str) -> PipelineConfig:
        source = {"kind": "pictures", "paths": [str(tmp_path / name)]}
        enhancement = {"scale": 2.0, "enhancer": {"kind": "lanczos"}}
        return load_config(
            {"generation": {"source": source}, "enhancement": enhancement, "out": str(tmp_path / "out")}
        )

    assemble(config("small.png"))
    with pytest.raises(SettingsError, match=r"wanted 27 MB free for the pictures, got 3 MB"):
        assemble(config("large.png"))


def test_weights_of_another_network_are_refused_before_anything_starts(
    tiny_model: Path, tmp_path: Path
) -> None:
    save_file({"fc.weight": torch.zeros(2, 2)}, tmp_path / "other.safetensors")
    config = load_config(
        {
            "enhancement": {
                "side": 16,
                "enhancer": {"kind": "realesrgan", "weights": str(tmp_path / "other.safetensors")},
            },
            "model": str(tiny_model),
            "out": str(tmp_path / "out"),
        }
    )

    with pytest.raises(SettingsError, match=r"fc\.weight"):
        assemble(config)


def test_a_model_and_data_to_train_one_on_are_too_much(tiny_model: Path, tmp_path: Path) -> None:
    config = load_config(
        {"model": str(tiny_model), "data": {"source": str(tmp_path)}, "out": str(tmp_path / "out")}
    )

    with pytest.raises(SettingsError, match="wanted a trained model or data to train one on, got both"):
        assemble(config)


def test_options_that_a_foreign_component_does_not_take_are_refused(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain_enhancer.py").write_text("class Plain:\n    def enhance(self, data, settings): ...\n")
    enhancer = {"kind": "plain_enhancer:Plain", "options": {"sharpness": 3}}
    config = load_config({"enhancement": {"side": 16, "enhancer": enhancer}, "model": str(tiny_model)})

    with pytest.raises(SettingsError, match=r"'plain_enhancer:Plain' takes no option 'sharpness'"):
        assemble(config)
