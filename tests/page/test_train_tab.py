"""Trainings from the page: tried out, begun, paused, gone on with, watched."""

import json
import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import JsonValue

from components.training.engine.collapse_log import DIVERGED, Collapse, CollapseLog
from interfaces.runs import RunProgress
from storage.run_folder import DirectoryFolder
from storage.run_queue import SqlRunQueue
from tests.page.browser import Served, browser, needs_browser, needs_gradio, serve
from tests.samples import painting_files, write_zip

TINY = {
    "generator.side": "8", "generator.latent": "4", "generator.width": "4", "generator.max_width": "8",
    "critic.width": "4", "critic.max_width": "8", "batch": "4", "critic_steps": "2", "checkpoint_every": "20",
}  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A page that was told of a folder with a good and a damaged archive, a link that leads out, and a note."""
    folder = tmp_path_factory.mktemp("page")
    data = folder / "my data"
    data.mkdir()
    write_zip(data / "paintings.zip", painting_files(("warm", "cool"), per_style=6))
    (data / "damaged.zip").write_bytes(b"PK\x03\x04 and nothing behind it")
    (data / "notes.txt").write_text("no pictures")
    write_zip(folder / "secret.zip", painting_files(("warm",), per_style=6))
    (data / "secret.zip").symlink_to(folder / "secret.zip")
    (data / "leads-out").mkdir()
    (data / "leads-out" / "picture.png").symlink_to(folder / "secret.zip")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARTGEN_DATA", str(folder / "data"))
        patch.setenv("ARTGEN_CACHE", str(folder / "cache"))
        with serve(folder / "store", "--data", str(data)) as page:
            yield page


def post(served: Served, path: str, **wish: Any) -> tuple[int, Any]:
    status, content, _ = served.ask(
        "POST", path, json.dumps(wish).encode(), Content_Type="application/json", Origin=served.address
    )
    return status, json.loads(content)


def open_tab(page: Any) -> None:
    page.get_by_role("tab", name="Train").click()
    page.locator("#art-train").wait_for()


def fill(page: Any, source: str, steps: int, **more: str) -> None:
    """Fill in the form for a training that takes a moment."""
    page.get_by_role("combobox", name="Pictures").fill(source)
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Steps").fill(str(steps))
    settings = page.get_by_role("textbox", name="Settings One a line")
    if not settings.is_visible():
        page.locator("#tab-train").get_by_text("More settings").click()
    lines = "\n".join(f"{name} = {value}" for name, value in {**TINY, **more}.items())
    settings.fill(lines)


def waits(page: Any, condition: str, seconds: float = 120) -> None:
    page.wait_for_function(condition, timeout=1000 * seconds)


@needs_browser
def test_a_dry_run_says_what_a_training_takes_and_leaves_nothing(served: Served) -> None:
    with browser(served.address) as page:
        before = len(served.state())
        open_tab(page)
        fill(page, "paintings.zip", 300)
        page.click("#art-dry-run")
        waits(
            page, "document.querySelector('[data-view=trial]').innerText.includes('in all (estimated from')"
        )
        told = page.locator('[data-view="trial"]').inner_text()
        assert "12 pictures, 300 steps" in told
        assert "MiB at the most, on cpu" in told
        page.get_by_text("All settings").click()
        assert "generator.width\n4" in page.locator('[data-view="trial"]').inner_text()
        assert len(served.state()) == before


@needs_browser
def test_a_damaged_archive_is_told_in_words_and_without_its_place(served: Served) -> None:
    with browser(served.address) as page:
        open_tab(page)
        fill(page, "damaged.zip", 3)
        page.click("#art-dry-run")
        waits(page, "document.querySelector('[data-view=trial] .art-problem')")
        told = page.locator('[data-view="trial"]').inner_text()
        assert told.startswith("damaged.zip is not a complete ZIP archive")
        assert "/" not in told
    status, answer = post(served, "/art/training/start", source="damaged.zip", overrides=TINY)
    assert status == 200
    failed = served.wait_until(answer["run"], "failed")
    assert failed["message"].startswith("damaged.zip is not a complete ZIP archive")


@needs_browser
def test_a_training_is_begun_paused_and_gone_on_with_while_the_page_is_reloaded(served: Served) -> None:
    with browser(served.address) as page:
        open_tab(page)
        fill(page, "paintings.zip", 600, seed="1")
        before = {run["id"] for run in served.state()}
        page.click("#art-train")
        run = served.wait_for(lambda runs: next((r["id"] for r in runs if r["id"] not in before), None))
        waits(page, "document.querySelectorAll('[data-view=training] canvas').length >= 3")
        page.reload()
        page.wait_for_selector("#art-generate")
        open_tab(page)
        page.get_by_label(f"pause run {run}").click(timeout=60_000)
        assert served.wait_until(run, "paused")["done"] < 600
        page.get_by_label(f"go on run {run}").click(timeout=60_000)
        served.wait_until(run, "done")
        page.get_by_label("step of the samples").wait_for()
        waits(page, "document.querySelector('.art-samples img').alt == 'samples at step 600'")
        waits(page, "document.querySelector('.art-samples img').naturalWidth == 64")
        page.get_by_label("step of the samples").fill("0")
        waits(page, "document.querySelector('.art-samples img').alt == 'samples at step 100'")
        waits(page, "document.querySelector('.art-samples img').complete")
        waits(page, "document.querySelectorAll('[aria-label^=\"Loss of the game: generator\"]').length == 1")
    assert "paintings-wgan-gp" in json.loads(served.get(f"/art/training/run/{run}")[1])["model"]


@needs_gradio
def test_the_curves_are_thinned_and_only_what_is_new_is_told_and_a_training_is_found_again(
    served: Served,
) -> None:
    wish = {"source": "paintings.zip", "overrides": {**TINY, "steps": "700", "seed": "2"}}
    run = post(served, "/art/training/start", **wish)[1]["run"]
    served.wait_until(run, "done")
    whole = json.loads(served.get(f"/art/training/run/{run}")[1])
    loss = whole["series"]["critic_loss"]
    again = json.loads(served.get(f"/art/training/run/{run}?since={loss[-1][0]}&token={whole['token']}")[1])
    other = json.loads(served.get(f"/art/training/run/{run}?since={loss[-1][0]}&token=another")[1])

    model = served.get(f"/art/training/run/{run}")[1]
    once_more = post(served, "/art/training/start", **wish)[1]["run"]

    assert served.wait_until(once_more, "done")["id"] != run
    assert json.loads(served.get(f"/art/training/run/{once_more}")[1])["model"] == json.loads(model)["model"]
    assert whole["whole"]
    assert len(loss) == 350
    assert not again["whole"]
    assert again["series"]["critic_loss"] == loss[-2:]
    assert other == whole
    assert whole["samples"] == [100, 200, 300, 400, 500, 600, 700]


@needs_gradio
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("secret.zip", "there is no 'secret.zip': wanted one of damaged.zip, leads-out, paintings.zip"),
        ("notes.txt", "there is no 'notes.txt'"),
        ("../secret.zip", "there is no '../secret.zip'"),
        ("/etc", "there is no '/etc'"),
        ("memory://x", "there is no 'memory://x'"),
        (".", "there is no '.'"),
        ("leads-out", "got a link that leads out of it: picture.png"),
    ],
)
def test_what_is_not_among_the_data_is_refused(served: Served, source: str, said: str) -> None:
    before = len(served.state())
    for path in ("/art/training/start", "/art/training/trial"):
        status, answer = post(served, path, source=source, overrides=TINY)
        assert status == 422
        assert said in answer["detail"]
    assert len(served.state()) == before


@needs_gradio
@pytest.mark.parametrize(
    ("preset", "overrides", "said"),
    [
        ("wgan-gp", {"widht": "3"}, "unknown setting 'widht'"),
        ("wgan-gp", {"start": "/etc/passwd"}, "start: wanted one of "),
        ("wgan-gp", {"generator.kind": "os:path"}, "generator.kind: the page runs no foreign component"),
        ("projected", {"critic.features": "../x"}, "a path is for the command line alone"),
        ("os:path", {}, "preset: wanted one of wgan-gp"),
    ],
)
def test_settings_that_are_wrong_or_name_files_are_refused(
    served: Served, preset: str, overrides: dict[str, str], said: str
) -> None:
    status, answer = post(
        served, "/art/training/start", source="paintings.zip", preset=preset, overrides=overrides
    )
    assert status == 422
    assert said in answer["detail"]


@needs_gradio
@pytest.mark.parametrize(
    "path", ["RUN/sample/5", "RUN/sample/..%2F..%2Fmodel.json", "none", "none/sample/100"]
)
def test_no_other_file_of_a_training_is_served(served: Served, path: str) -> None:
    run = next((each["id"] for each in served.state() if each["state"] == "done"), "none")
    status, content, _ = served.get(f"/art/training/run/{path.replace('RUN', run)}")
    assert status in (404, 422)
    assert str(served.store) not in content.decode()


@needs_browser
def test_nobody_is_shut_out_of_trainings(served: Served) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for scheme in ("light", "dark"):
        with browser(served.address, color_scheme=scheme) as page:
            open_tab(page)
            page.wait_for_timeout(1500)
            found = Axe().run(page, context=".art-view").response["violations"]
            serious = [each for each in found if each["impact"] in ("serious", "critical")]
            assert serious == [], json.dumps(serious, indent=1)


@needs_browser
def test_a_collapse_is_told_in_words_as_soon_as_it_stands_in_the_log(served: Served) -> None:
    """Curves and collapses come from a script, written as a training writes them: no real one collapses by command."""
    folder = DirectoryFolder(served.store / "scripted")
    for step in range(10, 310, 10):
        folder.append("log.jsonl", json.dumps({"step": step, "critic_loss": -step / 9, "generator_loss": 2}))
    log, queue = CollapseLog(folder), SqlRunQueue(served.store)
    log.add(_at(120), Collapse("mode", "diversity", 0.0812, 0.5, "lower learning_rate"), "rollback")
    settings: dict[str, JsonValue] = {"training": {"preset": "wgan-gp", "overrides": {}}}
    run = queue.create("train", settings, 300, folder=folder.path, claimed=True).id
    queue.beat(run, done=200, progress=RunProgress(stage="training", stage_done=200, stage_total=300))
    with browser(served.address) as page:
        open_tab(page)
        told = page.locator('[data-view="training"] .art-warning')
        told.wait_for()
        assert told.inner_text() == (
            "In step 120 training collapsed (mode): diversity was 0.0812, wanted 0.5 at least. "
            "It went back and on with other noise; if it happens again: lower learning_rate"
        )
        waits(page, "document.querySelectorAll('[data-view=training] canvas').length >= 1")
        log.add(_at(290), Collapse(DIVERGED, "critic_loss", math.nan, None, "take another seed"), "stop")
        queue.beat(run, done=290, progress=RunProgress(stage="training", stage_done=290, stage_total=300))
        told.nth(1).wait_for()
        assert told.nth(1).inner_text() == (
            "In step 290 training collapsed (not-a-number): critic_loss was no finite number. "
            "It was stopped; if it happens again: take another seed"
        )
        queue.finish(run, "failed", "training diverged in step 290: critic_loss is nan")
        page.locator('[data-view="training"] .art-says').get_by_text("failed: training diverged").wait_for()
        assert told.count() == 2


def _at(step: int) -> Any:
    """Return what a collapse log looks at of a training's state."""
    return SimpleNamespace(step=step, epoch=0)
