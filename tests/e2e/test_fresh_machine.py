"""What comes with the package is enough: no network, no weights of others, no folders of earlier use."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from components.enhancement.shipped import SHIPPED_NETWORK
from interfaces.ies import SHIPPED_WEIGHTS
from pipeline import assemble, load_config
from pipeline.models import weight_store
from tests.conftest import ROOT
from tests.e2e.cli import call, call_json, finals

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


def sharpness(picture: Image.Image) -> float:
    """Return the mean step from one pixel to the next."""
    return float(np.abs(np.diff(np.asarray(picture.convert("L"), dtype=float))).mean())


def test_a_run_enlarges_with_the_shipped_network(tmp_path: Path) -> None:
    done = offline(
        tmp_path, "pipeline", "run", "--seed", 4, "--size", 256, "--keep", 64, "--no-sheet", "--json"
    )

    assert done.returncode == 0, done.stderr
    assert "the network was asked for" not in done.stderr
    final, kept = (
        Image.open(file["path"])
        for role in ("final", "kept")
        for file in json.loads(done.stdout)["files"]
        if file["role"] == role
    )
    generation, enhancement, _ = json.loads(final.info["artgen"])["chain"]
    described = json.loads((SHIPPED_NETWORK / "enhancer.json").read_text(encoding="utf-8"))
    assert enhancement["component"] == "realesrgan"
    assert enhancement["settings"]["enhancer"] == {"kind": "realesrgan", "weights": "artgen-x4"}
    assert enhancement["digests"] == {"weights": described["weights_sha256"]}
    assert enhancement["licences"] == {"weights": "CC BY-NC-SA 4.0"}
    assert generation["licences"] == {"model": "CC BY-NC-SA 4.0"}
    assert sharpness(final) > 1.05 * sharpness(kept.resize((256, 256), Image.Resampling.LANCZOS))


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.png"
    Image.radial_gradient("L").convert("RGB").resize((24, 16)).save(path)
    return path


@pytest.mark.parametrize(
    "options",
    [(), ("--weights", "artgen-x4"), ("--enhancer", "realesrgan"), ("--precision", "float32")],
    ids=["nothing", "weights", "enhancer", "precision"],
)
def test_files_are_enlarged_with_the_shipped_network_where_no_other_is_named(
    options: tuple[str, ...], picture: Path, tmp_path: Path
) -> None:
    call_json("enhance", picture, "--precision", "float32", "--out", tmp_path / "wanted")
    call_json("enhance", picture, *options, "--out", tmp_path / "got")
    call_json("enhance", picture, "--enhancer", "lanczos", "--out", tmp_path / "plain")

    wanted, got, plain = ((tmp_path / name / "a.png").read_bytes() for name in ("wanted", "got", "plain"))
    assert got == wanted != plain


def test_spandrel_runs_the_shipped_network_in_a_process_of_its_own(picture: Path, tmp_path: Path) -> None:
    done = offline(tmp_path, "enhance", picture, "--enhancer", "spandrel", "--weights", "artgen-x4", "--json")

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["made"] == 1


def test_official_weights_that_are_here_do_not_change_what_a_plain_call_makes(
    picture: Path, real_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_json("enhance", picture, "--out", tmp_path / "before")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(real_data / "weights"))
    call_json("enhance", picture, "--out", tmp_path / "after")

    before, after = ((tmp_path / name / "a.png").read_bytes() for name in ("before", "after"))
    assert before == after


def test_less_denoising_wants_weights_that_have_a_twin(picture: Path) -> None:
    refused = call("enhance", picture, "--denoise", 0.5)

    assert refused.exit_code == 2
    assert (
        "wanted 1 with artgen-x4, which has no twin, got 0.5; the weights realesr-general-x4v3 have one"
        in (" ".join(refused.stderr.split()))
    )


def test_the_shipped_network_is_listed_with_its_licence_and_nothing_is_to_be_fetched() -> None:
    first: Any = call_json("weights", "list")[0]

    assert (first["name"], first["licence"], first["url"]) == ("artgen-x4", "CC BY-NC-SA 4.0", None)
    assert (first["path"], first["fault"]) == (str(SHIPPED_NETWORK / "model.safetensors"), None)
    assert call("weights", "get", "artgen-x4").stdout.strip() == first["path"]
    doctor = {finding["topic"]: finding for finding in call_json("doctor")}
    assert doctor["weights artgen-x4"]["verdict"] == "ok"


def test_a_run_remembers_the_shipped_network_by_name_and_makes_its_pictures_again(
    tiny_model: Path, tmp_path: Path
) -> None:
    made = call_json(
        "pipeline", "run", "--model", tiny_model, "--size", 16, "--no-sheet", "--out", tmp_path / "out"
    )
    [run] = call_json("runs", "list", "--out", tmp_path / "out")
    shown = call_json("runs", "show", run["id"], "--out", tmp_path / "out")
    again = call_json("results", "reproduce", made["files"][0]["path"], "--out", tmp_path / "again")

    assert shown["settings"]["config"]["enhancement"]["enhancer"]["weights"] == "artgen-x4"
    assert again["identical"] is True


def test_a_run_that_was_broken_off_goes_on_with_the_shipped_network(tiny_model: Path, tmp_path: Path) -> None:
    def settings(out: str) -> dict[str, Any]:
        made = {"count": 2, "seed": 5}
        return {
            "model": str(tiny_model),
            "generation": made,
            "enhancement": {"side": 16},
            "out": str(tmp_path / out),
        }

    whole = assemble(load_config({**settings("whole"), "chunk_size": 1}))
    list(whole.run())
    broken = assemble(load_config({**settings("broken"), "chunk_size": 1}))
    pictures = broken.run()
    next(pictures)
    broken.cancel()
    list(pictures)
    assert len(finals(tmp_path / "broken")) == 1

    assert call("runs", "resume", broken.ended.id, "--out", tmp_path / "broken").exit_code == 0
    assert finals(tmp_path / "broken") == finals(tmp_path / "whole")


def test_resumed_and_reproduced_pictures_have_the_precision_that_was_taken_whatever_is_faster_by_now(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    precision = "components.enhancement.precision"
    monkeypatch.setattr(f"{precision}.bfloat16_units", lambda: "AMX")
    monkeypatch.setattr(f"{precision}.fastest", lambda work: "bfloat16")
    settings = {"model": str(tiny_model), "enhancement": {"side": 16}, "out": str(tmp_path), "chunk_size": 1}
    run = assemble(load_config({**settings, "generation": {"count": 2, "seed": 5}}))
    pictures = run.run()
    first = next(pictures)
    run.cancel()
    list(pictures)

    monkeypatch.setattr(f"{precision}.fastest", lambda work: "float32")
    assert call("runs", "resume", run.ended.id, "--out", tmp_path).exit_code == 0
    taken = []
    for path in tmp_path.rglob("seed*_16x16.png"):
        with Image.open(path) as opened:
            taken.append(json.loads(opened.info["artgen"])["chain"][1]["runtime"]["precision"])
    assert taken == ["bfloat16", "bfloat16"]
    again = call_json("results", "reproduce", first.path, "--out", tmp_path / "again")
    assert again["identical"] is True


def test_what_is_shipped_is_small_described_and_licensed() -> None:
    network = weight_store().shipped

    assert network is not None
    assert (network.name, network.licence) == (SHIPPED_WEIGHTS, "CC BY-NC-SA 4.0")
    assert network.weights_path.stat().st_size <= 5e6
    assert network.metrics["psnr"] > network.metrics["bicubic_psnr"]
    for name in ("README.md", "LICENSE.md", "comparison.jpg"):
        assert (SHIPPED_NETWORK / name).stat().st_size <= 400e3
