"""``artgen enhance``: files in, larger files out, and nothing lost on the way."""

import io
import json
import os
import signal
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.e2e.cli import call, call_json, start, wait_until
from tests.samples import paint
from tests.unit.enhancement.networks import RRDB_X2, save


def save_paintings(folder: Path) -> None:
    """Write pictures of several kinds, in folders, and a file that is no picture."""
    (folder / "old" / "dutch").mkdir(parents=True)
    paint(9, 7).save(folder / "a.png")
    paint(12, 12, seed=1).save(folder / "old" / "b.jpg", quality=95)
    paint(6, 10, seed=2).save(folder / "old" / "dutch" / "c.webp", lossless=True)
    (folder / "notes.txt").write_text("no picture")


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


def states(report: Any) -> dict[str, str]:
    return {Path(file["source"]).name: file["state"] for file in report["files"]}


def test_a_folder_is_enlarged_with_its_folders(here: Path) -> None:
    save_paintings(here / "in")
    report = call_json("enhance", "in", "--scale", 2, "--enhancer", "lanczos", "--out", "out")
    assert (report["made"], report["failed"]) == (3, 0)
    made = {path.relative_to(here / "out").as_posix(): path for path in (here / "out").rglob("*.*")}
    assert set(made) == {"a.png", "old/b.jpg", "old/dutch/c.webp", "artgen-enhance.jsonl"}
    assert size_of(made["old/dutch/c.webp"]) == (12, 20)


@pytest.mark.parametrize("pattern", ["in/**/*.jpg", "in/o*", "in/old/?.jpg"])
def test_a_pattern_that_the_shell_left_to_us_is_expanded(pattern: str, here: Path) -> None:
    save_paintings(here / "in")
    report = call_json("enhance", pattern, "--scale", 2, "--enhancer", "lanczos", "--out", "out")
    assert states(report)["b.jpg"] == "made"
    assert report["failed"] == 0


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(here: Path) -> None:
    paint().save(here / "a[1].png")
    report = call_json("enhance", "a[1].png", "--size", 20, "--enhancer", "lanczos")
    assert states(report) == {"a[1].png": "made"}
    assert size_of(here / "enhanced" / "a[1].png") == (20, 20)


def test_the_network_of_the_weights_is_used_with_all_options(here: Path) -> None:
    paint(12, 9).save(here / "a.png")
    one, twin = save(here, name="one.pth"), save(here, name="realesr-twin.pth", seed=1)
    options = [
        "--strength", 0.8, "--tta", "--colour-match", "--tile", 16, "--overlap", 4, "--precision", "float32",
        "--scale", 4,
    ]  # fmt: skip
    call_json("enhance", "a.png", "--weights", one, *options, "--out", "one")
    call_json("enhance", "a.png", "--weights", twin, *options, "--out", "two")
    call_json("enhance", "a.png", "--enhancer", "spandrel", "--weights", one, *options, "--out", "three")
    call_json("enhance", "a.png", "--enhancer", "lanczos", "--scale", 4, "--out", "plain")
    pictures = [
        np.asarray(Image.open(here / out / "a.png"), np.int16) for out in ("one", "two", "three", "plain")
    ]
    assert pictures[0].shape == (36, 48, 3)
    assert (
        np.abs(pictures[0] - pictures[2]).mean() < 4
    )  # spandrel cuts each of the eight off at black and white
    assert np.abs(pictures[0] - pictures[1]).max() > 1
    assert np.abs(pictures[0] - pictures[3]).max() > 1


def test_one_bad_file_is_named_and_the_others_are_made(here: Path) -> None:
    save_paintings(here / "in")
    whole = (here / "in" / "old" / "b.jpg").read_bytes()
    (here / "in" / "cut.jpg").write_bytes(whole[:-30])
    (here / "in" / "empty.png").write_bytes(b"")
    frames = [paint(seed=i) for i in range(3)]
    for name in ("moving.gif", "moving.png", "moving.webp"):
        frames[0].save(here / "in" / f"{name}", save_all=True, append_images=frames[1:])
    paint().convert("CMYK").save(here / "in" / "print.jpg")
    report = call_json("enhance", "in", "--scale", 2, "--enhancer", "lanczos", code=1)
    assert states(report) == {
        "a.png": "made", "b.jpg": "made", "c.webp": "made", "print.jpg": "made",
        "cut.jpg": "failed", "empty.png": "failed",
        "moving.gif": "failed", "moving.png": "failed", "moving.webp": "failed",
    }  # fmt: skip
    messages = {Path(file["source"]).name: file["message"] for file in report["files"]}
    assert "truncated" in messages["cut.jpg"]
    assert "wanted a still picture, got an animation of 3 frames" in messages["moving.gif"]
    with Image.open(here / "enhanced" / "print.jpg") as made:
        assert made.mode == "RGB"
    shown = call("enhance", "in", "--scale", 2, "--enhancer", "lanczos")
    assert shown.exit_code == 1
    assert "4 made, 0 kept, 5 failed" in shown.stdout


def test_a_picture_that_claims_no_pixels_is_refused(here: Path) -> None:
    from tests.unit.generation.test_pictures import png_of_size

    (here / "none.png").write_bytes(png_of_size(0, 4))
    report = call_json("enhance", "none.png", "--enhancer", "lanczos", code=1)
    assert "cannot be read as a picture" in report["files"][0]["message"]


def test_resuming_makes_what_is_missing_changed_or_wanted_otherwise(here: Path) -> None:
    save_paintings(here / "in")
    command = ["enhance", "in", "--scale", 2, "--enhancer", "lanczos", "--out", "out", "--resume"]
    assert call_json(*command)["made"] == 3
    assert call_json(*command)["kept"] == 3
    (here / "out" / "a.png").unlink()
    paint(12, 12, seed=5).save(here / "in" / "old" / "b.jpg")
    (here / "out" / "old" / "dutch" / "c.webp").write_bytes(b"altered")
    os.utime(here / "in" / "old" / "b.jpg", (1, 1))  # time is no evidence
    assert call_json(*command)["made"] == 3
    assert call_json(*command, "--strength", 0.5)["made"] == 3
    with (here / "out" / "artgen-enhance.jsonl").open("a") as journal:
        journal.write('{"name": "a.p')  # a crash in the middle of a line
    assert call_json(*command, "--strength", 0.5)["kept"] == 3
    touched = {path: path.stat().st_mtime_ns for path in (here / "in").rglob("*.*")}
    os.utime(here / "in" / "a.png")
    assert call_json(*command, "--strength", 0.5)["kept"] == 3
    assert touched


def test_the_journal_says_of_each_result_how_it_came_about(here: Path) -> None:
    paint(9, 7).save(here / "a.png")
    weights = save(here)
    report = call_json("enhance", "a.png", "--weights", weights)
    [line] = (here / "enhanced" / "artgen-enhance.jsonl").read_text().splitlines()
    entry = json.loads(line)
    content = (here / "a.png").read_bytes()
    assert entry["run"] == report["run"]
    assert (entry["picture"], entry["source"]) == (sha256(content).hexdigest(), str(here / "a.png"))
    stages = {record["stage"]: record for record in entry["metadata"]["chain"]}
    assert list(stages) == ["generation", "enhancement", "conversion"]
    assert stages["enhancement"]["digests"]["weights"] == sha256(weights.read_bytes()).hexdigest()
    assert entry["metadata"]["size"] == [9, 7]
    with Image.open(here / "enhanced" / "a.png") as made:
        assert "artgen" not in made.info, "the file says of itself what its input said"


def test_there_may_be_more_pictures_than_a_run_generates_from_noise(here: Path) -> None:
    for index in range(101):
        Image.new("L", (2, 2), index).save(here / f"{index:03}.png")
    assert call_json("enhance", "*.png", "--enhancer", "lanczos", "--scale", 1)["made"] == 101


def test_other_weights_of_the_same_name_are_other_settings(here: Path) -> None:
    paint(6, 6).save(here / "a.png")
    command = ["enhance", "a.png", "--weights", save(here), "--resume"]
    assert call_json(*command)["made"] == 1
    assert call_json(*command)["kept"] == 1
    save(here, seed=3)
    assert call_json(*command)["made"] == 1


def test_an_input_is_never_replaced(here: Path) -> None:
    save_paintings(here / "in")
    before = {path: path.read_bytes() for path in (here / "in").rglob("*.*")}
    (here / "link").symlink_to(here / "in", target_is_directory=True)
    for arguments in (["in", "--out", "in"], ["in/a.png", "--out", "in"], ["in", "--out", "link"]):
        refused = call("enhance", *arguments, "--enhancer", "lanczos")
        assert refused.exit_code == 2
        assert "would be replaced by its result; name another folder with --out" in refused.stderr
    assert {path: path.read_bytes() for path in (here / "in").rglob("*.*")} == before


def test_results_are_not_enlarged_again_where_they_lie_among_the_inputs(here: Path) -> None:
    save_paintings(here)
    for _ in range(2):
        assert len(call_json("enhance", ".", "--scale", 2, "--enhancer", "lanczos")["files"]) == 3


def test_two_inputs_with_one_place_for_their_results_are_refused(here: Path) -> None:
    save_paintings(here / "in")
    refused = call("enhance", "in/a.png", "in/old/../a.png", "in/old/b.jpg", "--enhancer", "lanczos")
    assert refused.exit_code == 0, "one file under two names is one input"
    paint().save(here / "in" / "old" / "a.png")
    refused = call("enhance", "in/a.png", "in/old/a.png", "--enhancer", "lanczos", "--out", "other")
    assert refused.exit_code == 2
    assert "would both become" in refused.stderr
    assert not (here / "other").exists()


def test_inputs_that_differ_in_their_ending_alone_have_results_of_their_own(here: Path) -> None:
    for name in ("cat.png", "cat.jpg", "cat.gif", "dog.gif"):
        paint().save(here / name)
    call_json("enhance", "cat.*", "dog.gif", "--enhancer", "lanczos", "--out", "a")
    assert {p.name for p in (here / "a").glob("*.[pj]*g")} == {"cat.png", "cat.jpg", "cat.gif.png", "dog.png"}
    call_json("enhance", "cat.*", "--enhancer", "lanczos", "--out", "b", "--format", "webp")
    assert {p.name for p in (here / "b").glob("*.webp")} == {"cat.png.webp", "cat.jpg.webp", "cat.gif.webp"}


def test_a_network_of_scale_2_reaches_any_size(here: Path) -> None:
    paint(5, 4).save(here / "a.png")
    call_json("enhance", "a.png", "--weights", save(here, RRDB_X2), "--scale", 4)
    assert size_of(here / "enhanced" / "a.png") == (20, 16)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
def test_an_interrupt_finishes_the_picture_under_way_and_the_rest_can_be_resumed(here: Path) -> None:
    for index in range(30):
        paint(seed=index).save(here / f"{index:02}.png")
    (here / "slow.py").write_text(
        "import time\nfrom components.enhancement import LanczosEnhancer\n\n\nclass Slow:\n"
        "    def enhance(self, data, settings):\n        time.sleep(0.2)\n"
        "        return LanczosEnhancer().enhance(data, settings)\n"
    )
    command = ["enhance", "*.png", "--scale", 2, "--enhancer", "slow:Slow", "--out", "out", "--resume"]
    process = start(here, *command)
    wait_until(lambda: len(list((here / "out").glob("*.png"))) >= 2, process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command with --resume" in stderr
    made = {path.name: path.stat().st_mtime_ns for path in (here / "out").glob("*.png")}
    assert 2 <= len(made) < 30
    lines = (here / "out" / "artgen-enhance.jsonl").read_text().splitlines()
    names = [json.loads(line)["name"] for line in lines]
    assert sorted(made) == names
    call_json("enhance", *sorted(made), *command[2:])
    assert {path.name: path.stat().st_mtime_ns for path in (here / "out").glob("*.png")} == made


def test_pictures_of_one_size_may_pass_together(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU; one of them that fails does not take the others with it."""
    monkeypatch.setattr("pipeline.enhance.job._TOGETHER", {"cpu": 3, "cuda": 3})
    for index in range(5):
        paint(8, 8 if index < 4 else 6, seed=index).save(here / f"{index}.png")
    clear = paint(8, 8, seed=1).convert("RGBA")
    clear.putalpha(100)
    clear.save(here / "1.png")
    weights = save(here)
    call_json("enhance", "*.png", "--weights", weights, "--out", "together")
    monkeypatch.setattr("pipeline.enhance.job._TOGETHER", {"cpu": 1, "cuda": 1})
    call_json("enhance", "*.png", "--weights", weights, "--out", "alone")
    for index in range(5):
        one, other = ((here / out / f"{index}.png").read_bytes() for out in ("together", "alone"))
        assert one == other
    with Image.open(io.BytesIO((here / "together" / "1.png").read_bytes())) as made:
        assert made.mode == "RGBA"
