"""Gives models their names, and removes models."""

import json
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from filelock import FileLock
from pydantic import ValidationError

from interfaces.errors import StorageError, WeightsError
from interfaces.igme import IGME
from storage.default_models import DEFAULT_FILE, default_file
from storage.folder_lock import check_not_written_to
from storage.model_files import ENHANCER_FILE, MODEL_FILE, Trained, description_in
from storage.model_store import ELSEWHERE, FolderModelStore
from storage.run_folder import DirectoryFolder

__all__ = ["delete", "files_of", "make_default", "name_trained", "rename"]

_TRAINING_WRITES = (
    MODEL_FILE, ENHANCER_FILE, "model.safetensors", "settings.json", "log.jsonl", "collapses.jsonl", "samples.gif", "samples.html",
    "curves.png", "evaluation.json", "nearest.png", "events.out.tfevents.*", "checkpoints/step-*", "checkpoints/best.*",
    "samples/step-*.png", ".writing.lock", ".writing.json",
)  # fmt: skip
"""What is removed from a folder that may hold other things, too."""


def name_trained(store: FolderModelStore, model: Trained, wanted: str) -> Trained:
    """Name a model that was just trained, and have it listed wherever it lies.

    Args:
        store: has the other models.
        model: as the training has left it.
        wanted: its name; where another model has it, it gets a number: ``wanted-2``.

    Raises:
        StorageError: the model's folder or the data folder cannot be written.
    """
    folder = model.weights_path.parent
    with _naming(store):
        if folder.resolve().parent != store.models.resolve():
            ELSEWHERE.remember(folder)
        names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
        return _write(model, next(name for name in names if _is_free(store, name, folder)))


def rename(store: FolderModelStore, old: str, new: str) -> Trained:
    """Give a model another name.

    Args:
        store: has the model.
        old: name or path.
        new: a name that no other model has.

    Raises:
        WeightsError: there is no such model, it comes with artgen, or the new name cannot be had.
        StorageError: its folder cannot be written.
    """
    with _naming(store):
        model = _own(store, old)
        if not _is_free(store, new, model.weights_path.parent):
            taken = ", ".join(map(str, store.called(new)))
            raise WeightsError(
                f"wanted a name that no other model has, got {new!r}, which is that of {taken}"
            )
        takes = model.architecture.takes.kind if isinstance(model, IGME) else None
        was_default = takes is not None and store.default_name(takes) == model.name
        renamed = _write(model, new)
        if isinstance(renamed, IGME) and was_default:
            _note_default(store, renamed)
        return renamed


def make_default(store: FolderModelStore, name_or_path: str) -> IGME:
    """Have a model taken where nobody names one that takes the same. Its name is noted; the shipped one needs no note.

    Raises:
        WeightsError: there is no such model, it makes no pictures, its weights are altered, or its name means several.
        StorageError: the data folder cannot be written.
    """
    with _naming(store):
        model = store.get(name_or_path)
        folder = model.weights_path.parent
        if store.shipped is not None and folder.resolve() == store.shipped.resolve():
            DirectoryFolder(store.models).delete(DEFAULT_FILE)
        elif list(store.called(model.name)) != [folder]:
            raise WeightsError(
                f"wanted a model that alone is called {model.name!r}, as `artgen model list` has it; "
                "`artgen model rename` gives it another name"
            )
        else:
            _note_default(store, model)
        return model


def _note_default(store: FolderModelStore, model: IGME) -> None:
    file = default_file(model.architecture.takes.kind)
    DirectoryFolder(store.models).write(file, f"{model.name}\n".encode())


def files_of(store: FolderModelStore, name_or_path: str) -> list[Path]:
    """Return the files that `delete` would remove.

    A model in the data folder has its folder to itself. In one elsewhere may be other things: there it is what trainings
    write.

    Raises:
        WeightsError: there is no such model, it comes with artgen, it lies elsewhere and was not named by its path, or
            its folder is not its own.
        RunError: a training is writing to it.
    """
    model = _own(store, name_or_path)
    folder = model.weights_path.parent
    check_not_written_to(folder)
    if _has_folder_to_itself(store, folder):
        return sorted(path for path in folder.rglob("*") if path.is_file() or path.is_symlink())
    if store.called(name_or_path):
        raise WeightsError(
            f"model {name_or_path!r} lies outside of {store.models}: to delete it, name its path: "
            f"artgen model delete {shlex.quote(str(folder))}"
        )
    found = {path for pattern in _TRAINING_WRITES for path in folder.glob(pattern) if path.is_file()}
    return sorted(found)


def delete(store: FolderModelStore, name_or_path: str) -> list[Path]:
    """Remove a model with all that its training wrote, and return what else is left in its folder.

    Raises:
        WeightsError: as `files_of`.
        RunError: a training is writing to it.
        StorageError: it cannot be removed.
    """
    files = files_of(store, name_or_path)
    folder = _own(store, name_or_path).weights_path.parent
    try:
        if _has_folder_to_itself(store, folder):
            shutil.rmtree(folder)
            return []
        for path in files:
            path.unlink(missing_ok=True)
        for part in (folder / "checkpoints", folder / "samples", folder):
            if part.is_dir() and not any(part.iterdir()):
                part.rmdir()
    except OSError as error:
        raise StorageError(
            f"{error.filename or folder} cannot be removed: {error.strerror or error}"
        ) from error
    ELSEWHERE.forget(folder)
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _own(store: FolderModelStore, name_or_path: str) -> Trained:
    model = store.find_trained(name_or_path)
    if store.shipped is not None and model.weights_path.parent.resolve() == store.shipped.resolve():
        raise WeightsError(
            f"model {model.name!r} comes with artgen, and stays as it is; it lies in {store.shipped}"
        )
    folder = model.weights_path.parent
    if store.find_trained(str(folder)).weights_path != model.weights_path:
        raise WeightsError(f"{model.weights_path} is not the model that {description_in(folder)} describes")
    return model


def _has_folder_to_itself(store: FolderModelStore, folder: Path) -> bool:
    return not folder.is_symlink() and folder.resolve().parent == store.models.resolve()


def _is_free(store: FolderModelStore, name: str, folder: Path) -> bool:
    return all(other.resolve() == folder.resolve() for other in store.called(name))


def _write(model: Trained, name: str) -> Trained:
    try:
        named = type(model).model_validate(dict(model) | {"name": name})
    except ValidationError as error:
        raise WeightsError(
            f"wanted a name without folder separators, of 1 to 255 letters, got {name!r}"
        ) from error
    folder = DirectoryFolder(model.weights_path.parent)
    file = description_in(folder.path).name
    described = json.loads(folder.read(file)) | {"name": name}
    folder.write(file, (json.dumps(described, indent=1) + "\n").encode())
    return named


@contextmanager
def _naming(store: FolderModelStore) -> Iterator[None]:
    """Let no other process take the name that is just being given."""
    lock = FileLock(store.models / ".names.lock", thread_local=False)
    try:
        store.models.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise StorageError(f"{store.models} cannot be written: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()
