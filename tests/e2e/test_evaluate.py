import json
import shutil
from pathlib import Path
from threading import Event as Flag
from typing import Any

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from components.generation.shipped import SHIPPED_MODEL
from components.networks.squeezenet import squeezenet_shapes
from interfaces.events import Event, Progress
from interfaces.runs import RunRequest
from pipeline.evaluate.evaluation import EvaluationSettings
from pipeline.evaluate.job import EvaluateJob
from pipeline.jobs.verbs import resume, run
from pipeline.settings.config import DataConfig
from storage.run_queue import SqlRunQueue
from tests.e2e.cli import call, call_json
from tests.samples import painting_files, write_files, write_zip


@pytest.fixture
def paintings(tmp_path: Path) -> Path:
    return write_zip(tmp_path / "paintings.zip", painting_files(("warm", "cool"), per_style=20))


@pytest.fixture
def squeezenet(tmp_path: Path) -> Path:
    """A SqueezeNet that was never trained."""
    rng = torch.Generator().manual_seed(0)
    weights = {name: torch.randn(shape, generator=rng) * 0.1 for name, shape in squeezenet_shapes().items()}
    path = tmp_path / "squeezenet.safetensors"
    save_file(weights, path)
    return path


def _without_time(report: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in report.items() if key not in ("seconds", "out")}


def test_a_model_is_judged_in_one_command_and_the_same_again_the_next_time(
    tiny_model: Path, paintings: Path, squeezenet: Path, tmp_path: Path
) -> None:
    command = ("evaluate", tiny_model, paintings, "--seed", 7, "--features", f"squeezenet:{squeezenet}")

    first = call_json(*command)
    again = call_json(*command, "--out", tmp_path / "again")

    assert _without_time(first) == _without_time(again)
    assert (first["generated"], first["real"], first["side"]) == (20, 20, 8)
    assert first["data"]["split"] == "train"
    assert first["seeds"] == {"first": 7, "last": 26, "evaluation": 7}
    assert "bicubic" in first["resize"]
    assert [number["key"] for number in first["measurements"]] == [
        "swd_8", "swd_mean", "weave_two_pixel", "weave_peak", "border", "ms_ssim", "c2st_accuracy", "c2st_error", "c2st_loss",
        "memorised_share", "nearest_relative", "nearest_distance", "squeezenet1_1_frechet", "squeezenet1_1_kernel",
        "squeezenet1_1_precision", "squeezenet1_1_recall",
    ]  # fmt: skip
    assert all(number["floor"] is not None for number in first["measurements"])
    assert not any("FID" in number["name"] for number in first["measurements"])
    saved = json.loads((tiny_model / "evaluation.json").read_text(encoding="utf-8"))
    assert saved == {key: value for key, value in first.items() if key != "out"}
    with Image.open(tiny_model / "nearest.png") as pairs:
        assert pairs.size == (12 * 8, 2 * 8)


def test_few_pictures_are_said_to_be_few_and_the_kernel_distance_is_offered(
    tiny_model: Path, paintings: Path, squeezenet: Path
) -> None:
    result = call("evaluate", tiny_model, paintings, "--count", 16, "--features", f"squeezenet:{squeezenet}")

    assert result.exit_code == 0
    assert "fewer than 2048 are too few" in result.stderr
    assert "KID" in result.stderr
    assert "Fréchet distance on squeezenet1_1 features" in result.stdout
    assert "real against real" in result.stdout
    assert result.stdout.count("weave: how many times the power of real pictures") == 1
    assert (
        "16 generated pictures (seeds 0 to 15) against 16 real ones of paintings (train split)"
        in result.stdout
    )


def test_the_test_split_is_taken_where_there_is_one(tiny_model: Path, tmp_path: Path) -> None:
    for split, seed in (("train", 0), ("test", 100)):
        write_files(
            tmp_path / "split" / split, painting_files(("warm", "cool"), per_style=20, first_seed=seed)
        )

    report = call_json("evaluate", tiny_model, tmp_path / "split", "--count", 16)
    trained = call_json("evaluate", tiny_model, tmp_path / "split", "--count", 16, "--split", "train")

    assert report["data"]["split"] == "test"
    assert trained["data"]["split"] == "train"
    assert report["training_pictures"] == trained["training_pictures"] == 40
    [shares] = [m for m in report["measurements"] if m["key"] == "memorised_share"]
    assert shares["details"]["real_pictures"] == "of the test split"


def test_the_shipped_model_is_judged_outside_of_the_package(
    paintings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(SHIPPED_MODEL.iterdir())
    report = call_json("evaluate", SHIPPED_MODEL, paintings, "--count", 16)

    assert sorted(SHIPPED_MODEL.iterdir()) == before
    assert Path(report["out"]).is_relative_to(tmp_path / "artgen-data")
    assert (Path(report["out"]) / "evaluation.json").is_file()
    assert report["side"] == 64


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--features", "squeezent:a"], "Did you mean 'squeezenet'?"),
        (
            ["--features", "squeezenet"],
            "squeezenet1_1 is not on this machine: artgen weights get squeezenet1_1; or put",
        ),
        (["--features", "vgg19"], "artgen weights get vgg19;"),
        (["--features", "inception"], "artgen weights get inception-2015-12-05;"),
        (["--features", "squeezenet:nowhere"], "torchvision's keys at nowhere: No such file"),
        (["--inception", "nowhere.pth"], "nowhere.pth cannot be read"),
        (["--style", "warn"], "Did you mean 'warm'?"),
        (["--count", 15], "count: Input should be greater than or equal to 16, got 15"),
        (["--split", "test"], "got 0 in the test split of paintings"),
    ],
)
def test_bad_input_is_answered_in_one_line(
    arguments: list[object], said: str, tiny_model: Path, paintings: Path, tmp_path: Path
) -> None:
    result = call("evaluate", tiny_model, paintings, *arguments, "--out", tmp_path / "out")

    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "out").exists()


def test_features_without_a_path_are_found_where_weights_are(
    tiny_model: Path, paintings: Path, squeezenet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "of the user"
    place.mkdir()
    shutil.copy(squeezenet, place / "squeezenet1_1.safetensors")
    (place / "weights-inception-2015-12-05-6726825d.pth").write_bytes(b"something else")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(place))
    command = ("evaluate", tiny_model, paintings, "--count", 16, "--features", "squeezenet")

    listed = {each["name"]: each for each in call_json("weights", "list")}
    report = call_json(*command)
    altered = call(*command, "--features", "inception")

    assert listed["squeezenet1_1"]["path"] == str(place / "squeezenet1_1.safetensors")
    assert "squeezenet1_1_frechet" in {number["key"] for number in report["measurements"]}
    assert altered.exit_code == 2
    assert "wanted SHA-256 6726825d, got" in altered.stderr


def test_inception_weights_of_another_digest_are_refused(
    tiny_model: Path, paintings: Path, tmp_path: Path
) -> None:
    (tmp_path / "weights-inception-2015-12-05-6726825d.pth").write_bytes(b"something else")

    result = call(
        "evaluate", tiny_model, paintings, "--inception", tmp_path / "weights-inception-2015-12-05-6726825d.pth",
        "--features", "vgg91:a",
    )  # fmt: skip

    assert result.exit_code == 2
    assert "nothing else may be called FID" in result.stderr
    assert "Did you mean 'vgg19'?" in result.stderr  # all problems at once


def test_too_few_pictures_are_refused(tiny_model: Path, tmp_path: Path) -> None:
    few = write_zip(tmp_path / "few.zip", painting_files(("warm", "cool"), per_style=3))

    result = call("evaluate", tiny_model, few)

    assert result.exit_code == 2
    assert "wanted at least 32 real pictures" in result.stderr
    assert "got 6 in the train split of few" in result.stderr


@pytest.fixture
def job(tiny_model: Path, paintings: Path, tmp_path: Path) -> EvaluateJob:
    settings = EvaluationSettings(count=16, seed=3)
    return EvaluateJob(
        model=str(tiny_model),
        data=DataConfig(source=str(paintings)),
        evaluation=settings,
        out=tmp_path / "report",
    )


@pytest.mark.parametrize(
    ("stage", "request_", "state"),
    [
        ("data", "pause", "paused"),
        ("generation", "cancel", "cancelled"),
        ("evaluation", "pause", "paused"),
        ("evaluation", None, "cancelled"),
    ],
)
def test_it_ends_early_where_somebody_asks_and_begins_anew_where_it_goes_on(
    stage: str,
    request_: RunRequest | None,
    state: str,
    job: EvaluateJob,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asked by another process, or by Ctrl-C in this one."""
    monkeypatch.setattr("pipeline.runs.row_listener.WRITE_EVERY_S", 0.0)
    store, ctrl_c, heard = tmp_path / "store", Flag(), list[Event]()

    def ask(event: Event) -> None:
        heard.append(event)
        if isinstance(event, Progress) and event.stage == stage:
            if request_ is None:
                ctrl_c.set()
            else:
                queue = SqlRunQueue(store)
                queue.request(queue.list()[0].id, request_)

    ended = run(job, store, listener=ask, cancelled=ctrl_c)

    assert ended.record.state == state
    assert sum(isinstance(event, Progress) and event.stage == stage for event in heard) == 1
    assert not (tmp_path / "report" / "evaluation.json").exists()

    resumed = resume(ended.record.id, store)
    run(job.model_copy(update={"out": tmp_path / "alone"}), store)
    assert resumed.record.state == "done"
    reports = [json.loads((tmp_path / name / "evaluation.json").read_text()) for name in ("report", "alone")]
    assert _without_time(reports[0]) == _without_time(reports[1])
