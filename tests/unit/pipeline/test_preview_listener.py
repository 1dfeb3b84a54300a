"""Images are seen from their generation until they are stored, and what goes wrong with that ends no run."""

import io
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from PIL import Image

from components.conversion import FileConverter
from components.enhancement import LanczosEnhancer
from components.generation import NoiseGenerator
from interfaces import ICS, IES, IGDT, IGS, StageRecord
from interfaces.events import Event, ImagesGenerated, RunFinished
from pipeline import Pipeline
from pipeline.component_check.samples import random_model
from pipeline.runs.preview_listener import PreviewListener
from storage.previews import clear_left
from storage.result_store import SqlResultStore
from storage.run_deletion import delete_run
from storage.run_queue import SqlRunQueue


def images(*seeds: int, side: tuple[int, int] = (8, 8), alpha: torch.Tensor | None = None) -> ImagesGenerated:
    values = torch.full((len(seeds), 3, *side), 0.5)
    record = StageRecord(stage="generation", component="test")
    return ImagesGenerated(IGDT(images=values, alpha=alpha, seeds=seeds, provenance=(record,)))


def names(root: Path) -> list[str]:
    return sorted(path.name for path in (root / "previews").rglob("*") if path.is_file())


def run_with(
    root: Path, *, side: int, look: Callable[[Event], None], enhancer: object = None
) -> tuple[Pipeline, str]:
    """Return a pipeline of 8 px pictures with previews; ``look`` is called after each event."""
    queue = SqlRunQueue(root)
    record = queue.create("pipeline", {}, 3)
    listener = PreviewListener(root, record.id, lambda event: None)

    def both(event: Event) -> None:
        listener(event)
        look(event)

    pipeline = Pipeline(
        (IGS(count=3, seed=5), IES(side=side), ICS(contact_sheet=False)),
        generator=NoiseGenerator(),
        enhancer=enhancer or LanczosEnhancer(),  # type: ignore[arg-type]
        converter=FileConverter(),
        results=SqlResultStore(root),
        queue=queue,
        model=random_model(root.parent / "model"),
        chunk_size=1,
        listener=both,
    )
    return pipeline, record.id


def test_a_preview_is_there_until_the_row_says_that_its_picture_is_stored(tmp_path: Path) -> None:
    root = tmp_path / "store"
    seen: list[tuple[int, list[str]]] = []
    pipeline, run = run_with(
        root, side=16, look=lambda event: seen.append((SqlRunQueue(root).get(run).done, names(root)))
    )
    list(pipeline.run(run))
    assert (0, ["5.webp", "6.webp", "7.webp"]) in seen
    assert all(f"{seed}.webp" in there for done, there in seen if there for seed in (5, 6, 7)[done:])
    assert (2, ["7.webp"]) in seen
    assert not (root / "previews").exists()


def test_what_is_not_enlarged_has_no_preview(tmp_path: Path) -> None:
    told: list[Event] = []
    pipeline, run = run_with(tmp_path / "store", side=8, look=told.append)
    list(pipeline.run(run))
    assert told
    assert not [event for event in told if isinstance(event, ImagesGenerated)]


class Broken:
    def enhance(self, data: IGDT, settings: IES) -> None:
        raise MemoryError


def test_a_picture_that_fails_loses_its_preview(tmp_path: Path) -> None:
    root = tmp_path / "store"
    last: list[list[str]] = []

    def look(event: Event) -> None:
        if not isinstance(event, RunFinished):
            last.append(names(root))

    pipeline, run = run_with(root, side=16, look=look, enhancer=Broken())
    list(pipeline.run(run))
    assert ["5.webp", "6.webp", "7.webp"] in last
    assert last[-1] == []


def test_a_preview_has_the_pixels_of_its_image_and_no_more_than_it_takes_to_see_it(tmp_path: Path) -> None:
    listener = PreviewListener(tmp_path, "run", lambda event: None)
    listener(images(1))
    listener(images(2, side=(500, 1000), alpha=torch.full((1, 1, 500, 1000), 0.2)))
    small = Image.open(io.BytesIO((tmp_path / "previews/run/1.webp").read_bytes()))
    assert (small.size, small.convert("RGB").getpixel((3, 3))) == ((8, 8), (191, 191, 191))
    large = Image.open(io.BytesIO((tmp_path / "previews/run/2.webp").read_bytes()))
    assert (large.size, large.mode) == ((320, 160), "RGBA")
    assert large.getpixel((3, 3)) == (191, 191, 191, 51)


def test_a_disk_that_takes_no_preview_ends_no_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    heard: list[Event] = []
    (tmp_path / "previews").write_text("no folder")
    with caplog.at_level(logging.WARNING):
        PreviewListener(tmp_path, "run", heard.append)(images(1, 2))
    assert len(heard) == 1
    assert [record.message.partition(":")[0] for record in caplog.records] == ["run run shows no preview"]


def test_what_a_dead_process_has_left_is_removed_and_what_a_live_one_shows_is_not(tmp_path: Path) -> None:
    queue = SqlRunQueue(tmp_path)
    live, ended = queue.create("pipeline", {}, 1, claimed=True).id, queue.create("pipeline", {}, 1).id
    for run in (live, ended, "gone"):
        PreviewListener(tmp_path, run, lambda event: None)(images(1))
    clear_left(queue)
    assert [path.name for path in (tmp_path / "previews").iterdir()] == [live]


def test_a_run_that_is_deleted_takes_its_previews_along(tmp_path: Path) -> None:
    run = SqlRunQueue(tmp_path).create("pipeline", {}, 1).id
    PreviewListener(tmp_path, run, lambda event: None)(images(1))
    delete_run(tmp_path, run)
    assert not (tmp_path / "previews").exists()
