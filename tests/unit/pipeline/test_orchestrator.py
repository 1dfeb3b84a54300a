from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from components.conversion import FileConverter
from components.enhancement import LanczosEnhancer
from components.generation import NoiseGenerator
from interfaces import ICS, IEDT, IES, IGDT, IGME, IGS, IODT
from interfaces.errors import ArtgenError, ContractError, DataError, RunError, StorageError, WeightsError
from interfaces.events import Event, ImageFailed, RunFinished
from interfaces.ports import Enhancer, Generator, ResultStore
from interfaces.runs import StoredFile
from pipeline import Pipeline
from pipeline.component_check.samples import random_model
from storage.result_store import SqlResultStore
from storage.run_queue import SqlRunQueue


class FullDisk:
    """A real store on a disk that becomes full after some chunks."""

    def __init__(self, store: SqlResultStore, chunks: int) -> None:
        self._store = store
        self._left = chunks

    def add(self, run: str, data: IODT) -> Sequence[StoredFile]:
        if self._left == 0:
            raise StorageError("the disk is full")
        self._left -= 1
        return self._store.add(run, data)

    def files(self, run: str | None = None) -> Sequence[StoredFile]:
        return self._store.files(run)

    def find_picture(self, sha256: str) -> Path | None:
        return self._store.find_picture(sha256)

    def keep_picture(self, picture: Path) -> Path:
        return self._store.keep_picture(picture)


class Picky:
    """Lanczos that cannot do the picture of one seed."""

    def __init__(self, error: type[ArtgenError] = DataError) -> None:
        self._error = error

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        if 3 in data.seeds:
            raise self._error("seed 3 is black")
        return LanczosEnhancer().enhance(data, settings)


class Forgetful:
    """An enhancer that hands on other seeds than it was given."""

    def enhance(self, data: IGDT, settings: IES) -> IEDT:
        broken = IGDT(
            images=data.images, seeds=tuple(seed + 1 for seed in data.seeds), provenance=data.provenance
        )
        return LanczosEnhancer().enhance(broken, settings)


def make(
    root: Path,
    *,
    count: int = 10,
    generator: Generator | None = None,
    enhancer: Enhancer | None = None,
    results: ResultStore | None = None,
    events: list[Event] | None = None,
    chunk_size: int = 3,
) -> Pipeline:
    return Pipeline(
        (IGS(count=count, seed=0), IES(side=16), ICS(contact_sheet=False)),
        generator=generator or NoiseGenerator(),
        enhancer=enhancer or LanczosEnhancer(),
        converter=FileConverter(),
        results=results or SqlResultStore(root / "out"),
        queue=SqlRunQueue(root / "out"),
        model=random_model(root / "model"),
        chunk_size=chunk_size,
        listener=None if events is None else events.append,
    )


def seeds(files: Sequence[StoredFile]) -> list[int | None]:
    return [file.seed for file in files]


def test_results_come_one_chunk_after_another_and_not_all_at_the_end(tmp_path: Path) -> None:
    class Counting:
        drawn = 0

        def generate(self, settings: IGS, model: IGME | None) -> Iterator[IGDT]:
            for seed in range(settings.seed, settings.seed + settings.count):
                self.drawn += 1
                yield from NoiseGenerator().generate(IGS(seed=seed), model)

    counting = Counting()
    running = make(tmp_path, generator=counting).run()

    first = next(running)

    assert Path(first.path).is_file()
    assert counting.drawn == 1
    assert seeds([first, *running]) == list(range(10))


def test_a_disk_that_becomes_full_midway_fails_the_run_and_resuming_completes_it(tmp_path: Path) -> None:
    store = SqlResultStore(tmp_path / "out")
    broken = make(tmp_path, results=FullDisk(store, chunks=2))

    with pytest.raises(StorageError, match="the disk is full"):
        list(broken.run())

    run = broken.ended
    assert (run.state, run.done, run.message) == ("failed", 6, "the disk is full")
    assert seeds(store.files(run.id)) == [0, 1, 2, 3, 4, 5]
    assert seeds(list(make(tmp_path).run(run.id))) == [6, 7, 8, 9]
    assert SqlRunQueue(tmp_path / "out").get(run.id).state == "done"


@pytest.mark.parametrize("error", [DataError, WeightsError])
def test_a_picture_that_fails_costs_its_neighbours_nothing(error: type[ArtgenError], tmp_path: Path) -> None:
    events: list[Event] = []
    pipeline = make(tmp_path, enhancer=Picky(error), events=events)

    files = list(pipeline.run())

    assert seeds(files) == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert pipeline.failed == {3: "seed 3 is black"}
    assert pipeline.ended.state == "partial"
    assert [event.seed for event in events if isinstance(event, ImageFailed)] == [3]
    assert "seed 3 is black" in pipeline.ended.message


def test_a_component_that_loses_seeds_is_caught(tmp_path: Path) -> None:
    pipeline = make(tmp_path, enhancer=Forgetful(), count=2)

    assert list(pipeline.run()) == []
    assert pipeline.ended.state == "failed"
    assert "wanted the seeds" in pipeline.failed[0]


def test_cancel_ends_after_the_chunk_under_way(tmp_path: Path) -> None:
    events: list[Event] = []
    pipeline = make(tmp_path, events=events)
    files = []
    for file in pipeline.run():
        files.append(file)
        pipeline.cancel()

    assert seeds(files) == [0, 1, 2]
    assert pipeline.ended.state == "cancelled"
    assert isinstance(events[-1], RunFinished)
    assert events[-1].state == "cancelled"


def test_a_caller_who_stops_listening_leaves_a_cancelled_run_that_can_be_resumed(tmp_path: Path) -> None:
    pipeline = make(tmp_path)
    running = pipeline.run()
    next(running)
    running.close()  # type: ignore[attr-defined]  # it is a generator

    run = pipeline.ended
    assert run.state == "cancelled"
    stored = len(SqlResultStore(tmp_path / "out").files(run.id))
    assert len(list(make(tmp_path).run(run.id))) == 10 - stored
    assert seeds(SqlResultStore(tmp_path / "out").files(run.id)) == list(range(10))


def test_a_finished_run_is_not_resumed(tmp_path: Path) -> None:
    pipeline = make(tmp_path, count=1)
    list(pipeline.run())

    with pytest.raises(RunError, match="is done"):
        list(make(tmp_path, count=1).run(pipeline.ended.id))


def test_what_is_asked_before_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"call run\(\) first"):
        _ = make(tmp_path).ended


def test_chunks_of_every_size_give_the_same_bytes(tmp_path: Path) -> None:
    digests = set()
    for size in (1, 4, 10):
        files = list(make(tmp_path / str(size), chunk_size=size).run())
        digests.add(tuple(file.sha256 for file in files))

    assert len(digests) == 1


def test_a_contract_that_is_broken_names_the_picture(tmp_path: Path) -> None:
    class Broken:
        def enhance(self, data: IGDT, settings: IES) -> IEDT:
            raise ContractError("wanted finite values")

    pipeline = make(tmp_path, count=1, enhancer=Broken())

    assert list(pipeline.run()) == []
    assert pipeline.failed == {0: "wanted finite values"}
