"""What every result store must do; a store's own test inherits `ResultStoreContract`."""

import errno
import os
from abc import ABC, abstractmethod
from hashlib import sha256
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from interfaces.errors import DataError, RunError, StorageError
from interfaces.iodt import IODT, EncodedFile
from interfaces.ports import ResultStore
from tests.processes import PROCESSES

__all__ = ["ResultStoreContract", "encoded"]

PNG = b"\x89PNG\r\n\x1a\n"


def encoded(name: str, content: bytes = b"\x01", *, seed: int | None = 0, side: int = 8) -> EncodedFile:
    """Return a file as conversion would hand it over; without a seed it is a sheet."""
    role = "sheet" if seed is None else "final"
    return EncodedFile(
        name=name, media_type="image/png", content=content, width=side, height=side, role=role, seed=seed
    )


class ResultStoreContract(ABC):
    """Inherit it and say how to make a store, how to make a run, and how to read behind the store's back."""

    @abstractmethod
    def make(self, root: Path) -> ResultStore:
        """Return a store in ``root``; another one in the same place sees the same files."""

    @abstractmethod
    def make_run(self, root: Path) -> str:
        """Return the id of a new run."""

    @abstractmethod
    def read_raw(self, root: Path, run: str, name: str) -> bytes:
        """Return the stored bytes without any method of the store."""

    def test_a_file_reaches_the_disk_as_it_is(self, tmp_path: Path) -> None:
        store, run = self.make(tmp_path), self.make_run(tmp_path)
        (stored,) = store.add(run, IODT(files=(encoded("a.png", b"\x01\x02"),)))
        assert self.read_raw(tmp_path, run, "a.png") == b"\x01\x02"
        assert Path(stored.path).is_absolute()
        assert Path(stored.path).read_bytes() == b"\x01\x02"

    def test_tells_all_about_a_file(self, tmp_path: Path) -> None:
        store, run = self.make(tmp_path), self.make_run(tmp_path)
        added = store.add(run, IODT(files=(encoded("a.png", b"\x01\x02", seed=2**53, side=64),)))
        (stored,) = self.make(tmp_path).files(run)
        assert [stored] == list(added)
        assert (stored.run, stored.name, stored.seed, stored.width, stored.height) == (
            *(run, "a.png", 2**53),
            *(64, 64),
        )
        assert (stored.size, stored.sha256) == (2, sha256(b"\x01\x02").hexdigest())
        assert (stored.media_type, stored.role) == ("image/png", "final")

    def test_lists_by_seed_then_width_and_the_sheet_last(self, tmp_path: Path) -> None:
        store, run = self.make(tmp_path), self.make_run(tmp_path)
        sheet, small = encoded("sheet.png", seed=None), encoded("z.png", seed=3, side=4)
        store.add(run, IODT(files=(sheet, encoded("y.png", seed=3, side=16), encoded("x.png", seed=10))))
        store.add(run, IODT(files=(small,)))
        assert [file.name for file in store.files(run)] == ["z.png", "y.png", "x.png", "sheet.png"]

    def test_keeps_runs_apart(self, tmp_path: Path) -> None:
        store, runs = self.make(tmp_path), [self.make_run(tmp_path) for _ in range(2)]
        for number, run in enumerate(runs):
            store.add(run, IODT(files=(encoded("a.png", bytes([number])),)))
        assert [self.read_raw(tmp_path, run, "a.png") for run in runs] == [b"\x00", b"\x01"]
        assert [len(store.files(run)) for run in runs] == [1, 1]
        assert {file.run for file in store.files()} == set(runs)

    def test_a_missing_run_is_named_with_the_near_match(self, tmp_path: Path) -> None:
        store, run = self.make(tmp_path), self.make_run(tmp_path)
        wrong = run[:-1] + ("x" if run[-1] != "x" else "y")
        with pytest.raises(RunError, match=f"no run '{wrong}'.*Did you mean '{run}'"):
            store.files(wrong)
        with pytest.raises(RunError, match=f"no run '{wrong}'.*Did you mean '{run}'"):
            store.add(wrong, IODT(files=(encoded("a.png"),)))

    def test_a_file_of_the_same_name_is_replaced(self, tmp_path: Path) -> None:
        store, run = self.make(tmp_path), self.make_run(tmp_path)
        store.add(run, IODT(files=(encoded("a.png", b"old"),)))
        store.add(run, IODT(files=(encoded("a.png", b"newer"),)))
        assert self.read_raw(tmp_path, run, "a.png") == b"newer"
        assert [file.size for file in store.files(run)] == [5]

    @pytest.mark.parametrize("name", ["../x", "..", ".", "a/b.png", "a\\b.png", "/x", "C:x", ""])
    def test_refuses_a_name_that_leaves_the_run(self, tmp_path: Path, name: str) -> None:
        root = tmp_path / "store"
        store, run = self.make(root), self.make_run(root)
        store.files(run)  # a database may write beside itself to be read
        before = sorted(tmp_path.rglob("*"))
        # the contract refuses most of these names itself: this is the second lock on the door
        foul = encoded("good.png").model_copy(update={"name": name})
        with pytest.raises(StorageError, match="plain file name"):
            store.add(run, IODT.model_construct(files=(encoded("good.png"), foul)))
        assert [path for path in sorted(tmp_path.rglob("*")) if path not in before] == []
        assert list(store.files(run)) == []

    def test_a_full_disk_midway_keeps_what_is_stored(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store, run = self.make(tmp_path), self.make_run(tmp_path)
        store.add(run, IODT(files=(encoded("a.png", b"old"),)))
        with monkeypatch.context() as patch:
            _fill_the_disk_after(patch, files=1)
            with pytest.raises(StorageError, match=r"a\.png cannot be written: the disk is full"):
                store.add(run, IODT(files=(encoded("b.png", b"b"), encoded("a.png", b"new"))))
        assert self.read_raw(tmp_path, run, "a.png") == b"old"
        assert self.read_raw(tmp_path, run, "b.png") == b"b"
        assert {file.name: file.size for file in store.files(run)} == {"a.png": 3, "b.png": 1}
        assert [path.name for path in tmp_path.rglob("*.partial")] == []
        store.add(run, IODT(files=(encoded("a.png", b"new"),)))
        assert self.read_raw(tmp_path, run, "a.png") == b"new"

    def test_a_crash_midway_leaves_the_old_record(self, tmp_path: Path) -> None:
        store, run = self.make(tmp_path), self.make_run(tmp_path)
        store.add(run, IODT(files=(encoded("a.png", b"old"),)))
        crashed = PROCESSES.Process(target=self._crash_while_adding, args=(tmp_path, run))
        crashed.start()
        crashed.join(60)
        assert crashed.exitcode == 77
        assert self.read_raw(tmp_path, run, "a.png") == b"old"
        assert [file.size for file in store.files(run)] == [3]
        store.add(run, IODT(files=(encoded("a.png", b"newer"),)))
        assert [file.size for file in store.files(run)] == [5]

    def test_two_processes_write_at_once(self, tmp_path: Path) -> None:
        store, run = self.make(tmp_path), self.make_run(tmp_path)
        barrier = PROCESSES.Barrier(2)
        writers = [
            PROCESSES.Process(target=self._add_many, args=(tmp_path, run, first, barrier))
            for first in (0, 25)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(60)
        assert [writer.exitcode for writer in writers] == [0, 0]
        assert [file.seed for file in store.files(run)] == list(range(50))
        assert all(Path(file.path).read_bytes() == bytes([file.seed or 0]) for file in store.files(run))

    def test_keeps_an_input_picture_by_its_digest(self, tmp_path: Path) -> None:
        store, content = self.make(tmp_path / "store"), PNG + b"picture"
        (picture := tmp_path / "a.png").write_bytes(content)
        digest = sha256(content).hexdigest()
        assert store.find_picture(digest) is None
        kept = store.keep_picture(picture)
        assert kept.read_bytes() == content
        assert kept.is_relative_to(tmp_path / "store")
        assert store.keep_picture(picture) == kept
        assert self.make(tmp_path / "store").find_picture(digest) == kept

    def test_an_altered_picture_is_not_handed_out_and_can_be_kept_anew(self, tmp_path: Path) -> None:
        store, content = self.make(tmp_path / "store"), PNG + b"picture"
        (picture := tmp_path / "a.png").write_bytes(content)
        digest, kept = sha256(content).hexdigest(), store.keep_picture(picture)
        kept.write_bytes(PNG + b"forgery")
        with pytest.raises(StorageError, match=f"altered: wanted SHA-256 {digest}, got"):
            store.find_picture(digest)
        assert store.keep_picture(picture).read_bytes() == content

    def test_an_input_picture_that_cannot_be_read_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match=r"gone\.png cannot be read: No such file"):
            self.make(tmp_path / "store").keep_picture(tmp_path / "gone.png")

    def _crash_while_adding(self, root: Path, run: str) -> None:
        store = self.make(root)
        os.fsync = lambda _: os._exit(77)  # type: ignore[assignment]  # dies with the bytes half on the disk
        store.add(run, IODT(files=(encoded("a.png", b"newer"),)))

    def _add_many(self, root: Path, run: str, first: int, barrier: Barrier) -> None:
        store = self.make(root)
        barrier.wait(60)
        for seed in range(first, first + 25):
            store.add(run, IODT(files=(encoded(f"{seed}.png", bytes([seed]), seed=seed),)))


def _fill_the_disk_after(patch: pytest.MonkeyPatch, files: int) -> None:
    flush = os.fsync
    flushed: list[int] = []

    def fail(descriptor: int) -> None:
        # a file and its folder are flushed, one after the other
        if len(flushed) >= 2 * files:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flushed.append(descriptor)
        flush(descriptor)

    patch.setattr(os, "fsync", fail)
