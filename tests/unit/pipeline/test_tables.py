"""Tables fit a terminal of 100 columns, and nothing that one must type is cut off."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from pipeline.cli import output
from pipeline.cli.evaluate import _print as print_evaluation
from pipeline.cli.output import print_table
from pipeline.evaluate.report_table import COLUMNS, cells
from pipeline.evaluate.training_report import Collapse, TrainingSummary
from storage.paths import cache_folder, data_folder
from storage.run_queue import SqlRunQueue
from tests.e2e.cli import call

WIDTH = 100
LONG = "a-very-long-name-of-a-collection-of-paintings-that-somebody-has-put-together-over-many-years"


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "_table_width", lambda: WIDTH)


def columns_of(text: str, headers: Sequence[str]) -> dict[str, str]:
    """Return what stands in each column, the lines of a cell joined again; a long first line may not be of the table."""
    lines = text.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(headers[0]))
    starts = [lines[first].index(header) for header in headers]
    ends = [*starts[1:], WIDTH]
    table = [line for line in lines[first:] if len(line) <= WIDTH]
    return {
        header: "".join(line[start:end].strip() for line in table)
        for header, start, end in zip(headers, starts, ends, strict=True)
    }


CELLS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), max_size=160)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 9).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=4)
    )
)
def test_whatever_stands_in_a_table_it_is_no_wider_and_every_character_is_there(
    rows: list[list[str]],
) -> None:
    with redirect_stdout(StringIO()) as shown:
        print_table([f"c{number}" for number in range(len(rows[0]))], rows, empty="")
    lines = shown.getvalue().split("\n")
    assert max(map(cell_len, lines)) <= WIDTH
    body = "".join(lines[1:])
    assert sorted(body.replace(" ", "")) == sorted("".join("".join(row) for row in rows).replace(" ", ""))


def test_a_row_is_one_line_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    print_table(("run", "message"), [("1", "word " * 200), ("2", LONG)], empty="")
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_runs_have_their_whole_ids(tmp_path: Path) -> None:
    store = tmp_path / LONG
    queue = SqlRunQueue(store)
    ids = [queue.create("pipeline", {}, 1000, claimed=True).id for _ in range(3)]
    for run in ids:
        queue.finish(run, "failed", f"the weights {LONG} do not fit, and this is told at length")
    shown = call("runs", "list", "--out", store).stdout
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert all(f"{run} " in shown for run in ids)
    assert (
        columns_of(shown, ("run", "kind", "state", "done", "stage", "where", "message"))["where"].count(LONG)
        == 3
    )
    one = call("runs", "show", ids[0], "--out", store).stdout
    assert max(map(len, one.partition("{")[0].splitlines())) <= WIDTH


def test_results_have_their_seeds_and_files(tiny_model: Path, tmp_path: Path) -> None:
    out = tmp_path / LONG
    run = ("pipeline", "run", "--model", tiny_model, "--size", 8, "--enhancer", "lanczos", "--out", out)
    assert call(*run, "--seeds", f"1,{2**53}").exit_code == 0
    shown = call("results", "list", "--out", out).stdout
    assert max(map(len, shown.splitlines())) <= WIDTH
    found = columns_of(shown, ("run", "seed", "style", "size", "role", "file"))
    assert f" {2**53} " in shown
    assert f"seed{2**53}_8x8.png" in found["file"]
    assert found["file"].count(LONG) == 3


def test_models_have_their_whole_names(tiny_model: Path) -> None:
    shutil.copytree(tiny_model, data_folder() / "models" / LONG)
    assert call("model", "rename", "sample", LONG).exit_code == 0
    shown = call("model", "list").stdout
    assert max(map(len, shown.splitlines())) <= WIDTH
    found = columns_of(shown, ("model", "kind", "size", "styles", "licence", "where"))
    assert LONG in found["model"]
    assert LONG in found["where"]
    assert "paintings-64-projected" in found["model"]


@pytest.mark.parametrize("words", ["weights list", "component list", "doctor", "cache clean --yes"])
def test_what_is_known_of_this_machine_fits(words: str) -> None:
    (cache_folder() / "packs" / LONG).mkdir(parents=True)
    (cache_folder() / "packs" / LONG / "pack.npy").write_bytes(b"0" * 3000)
    shown = call(*words.split()).stdout
    assert max(map(len, shown.splitlines())) <= WIDTH


def test_every_name_of_weights_is_whole() -> None:
    shown = call("weights", "list").stdout
    assert all(
        f"{name} " in shown for name in ("RealESRGAN_x4plus", "artgen-x4-fast", "realesr-general-wdn-x4v3")
    )


def test_the_numbers_of_an_evaluation_fit(capsys: pytest.CaptureFixture[str]) -> None:
    number = {
        "name": f"Frechet distance on features of {LONG}", "value": 12.3456, "error": 0.1, "floor": 1.2345,
        "floor_error": 0.2, "better": "lower is better, and this is why", "details": {},
    }  # fmt: skip
    report = {
        "measurements": [number], "data": {"dataset": "a", "split": "test"}, "style": None, "generated": 2, "real": 2,
        "seeds": {"first": 0, "last": 1}, "side": 64, "resize": "none", "other_real": 2, "seconds": 1.0,
    }  # fmt: skip
    print_evaluation(report, Path())
    shown = capsys.readouterr().out.splitlines()
    assert max(map(len, [line for line in shown if "against" not in line or "real against" in line])) <= WIDTH


def test_trainings_side_by_side_have_their_whole_names(capsys: pytest.CaptureFixture[str]) -> None:
    summary = TrainingSummary(
        name=LONG, folder=Path(LONG), run="1", state="running", preset="wgan-gp",
        differs={"generator.width": 32, "optimizer": "adam", "learning_rate": 0.0001}, images=123_456,
        steps=120, total_steps=2_000, seen=1_000, epochs=1.5, seconds=1_000.0, seconds_per_epoch=700.0,
        collapses=(Collapse(step=3, epoch=1, kind="diversity"), Collapse(step=9, epoch=4, kind="critic")),
        final={"swd": 0.5, "weave": 1.2}, measurements={"inception_frechet": 31.4, "swd_mean": 0.02}, floors={},
    )  # fmt: skip
    print_table(COLUMNS, [cells(summary)], empty="")
    shown = capsys.readouterr().out
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert LONG in "".join(
        line[: shown.splitlines()[0].index("preset")].strip() for line in shown.splitlines()
    )


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_table_is_as_wide_as_the_terminal_that_shows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import pty

    code = f"from pipeline.cli.output import print_table; print_table(('id', 'what'), [('1', {LONG!r})], empty='')"
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "40", "TERM": "xterm"}
    subprocess.run([sys.executable, "-c", code], env=environment, stdout=theirs, check=True)
    os.close(theirs)
    shown = re.sub(r"\x1b\[\d+m", "", os.read(ours, 10_000).decode()).splitlines()
    os.close(ours)
    assert max(map(len, shown)) <= 40
    assert LONG in "".join(line[3:].strip() for line in shown)
