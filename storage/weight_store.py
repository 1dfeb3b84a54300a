"""The weight store: network weights by name, shipped, found on this machine, or downloaded."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, final

from pydantic import ValidationError

from components.networks.registry import Registry
from interfaces.errors import UnknownComponentError, WeightsError
from interfaces.events import Listener, Progress
from interfaces.ports import WeightStore
from interfaces.trained_enhancer import TrainedEnhancer
from storage.digest import file_sha256
from storage.official_weights import OFFICIAL_WEIGHTS, OfficialWeights
from storage.places import cache_folder
from storage.run_folder import DirectoryFolder

if TYPE_CHECKING:  # takes longer to import than to find a file
    from requests import RequestException

__all__ = ["WEIGHT_STORES", "CachedWeightStore"]

_ENHANCER_FILE = "enhancer.json"  # as a training writes it
_CHUNK_BYTES = 1 << 18
_TIMEOUT_S = 30
_ENDINGS = {".pth", ".pt", ".bin", ".ckpt", ".safetensors"}


@final
class CachedWeightStore:
    """A `WeightStore` that knows the shipped network and looks in ``ARTGEN_WEIGHTS``, then in the user's cache.

    A file in these folders counts under the name of the official one, or under ``<name>.pth`` or ``<name>.safetensors``, and
    only with the official digest. A path is taken as it is: it is the user's word that the file is meant.
    """

    def __init__(
        self, table: Sequence[OfficialWeights] = OFFICIAL_WEIGHTS, *, shipped: Path | None = None
    ) -> None:
        """Know these weights.

        Args:
            table: what can be downloaded.
            shipped: the folder of the one network that comes with artgen.

        Raises:
            WeightsError: what comes with artgen is damaged.
        """
        self._table = {weights.name: weights for weights in table}
        self._shipped = None if shipped is None else _read_shipped(shipped)

    @property
    def shipped(self) -> TrainedEnhancer | None:
        """The network that comes with artgen."""
        return self._shipped

    @property
    def names(self) -> Sequence[str]:
        """All names that are known, the shipped network's first."""
        return [*([self._shipped.name] if self._shipped else []), *self._table]

    @property
    def table(self) -> Mapping[str, OfficialWeights]:
        """The official weights by name."""
        return self._table

    def find(self, name_or_path: str) -> Path | None:
        """Return the file, or None where official weights are not on this machine.

        Raises:
            WeightsError: the name is unknown, the path leads nowhere, or the file has another digest.
        """
        if self._shipped is not None and name_or_path == self._shipped.name:
            return _checked(self._shipped)
        weights = self._table.get(name_or_path)
        if weights is None:
            return self._given(name_or_path)
        altered = []
        for path in _places(weights):
            actual = file_sha256(path)
            if actual == weights.sha256:
                return path
            altered.append(f"{path} ({actual})")
        if altered:
            raise WeightsError(
                f"weights {weights.name}: wanted SHA-256 {weights.sha256}, got {', '.join(altered)}; remove the "
                "file, or give its path in place of the name if it is meant"
            )
        return None

    def locate(self, file_name: str) -> Path:
        """Return the first file of that name in the folders that are searched, whatever it holds.

        Raises:
            WeightsError: there is none.
        """
        folders = _folders()
        for path in (folder / file_name for folder in folders):
            if path.is_file():
                return path
        raise WeightsError(
            f"wanted a file {file_name}, found none in {', '.join(map(str, folders))}; put it into one of them, or "
            "name its folder in ARTGEN_WEIGHTS"
        )

    def files(self) -> Iterator[Path]:
        """Yield the shipped file, then every file of weights in the folders that are searched, whatever its name."""
        if self._shipped is not None:
            yield self._shipped.weights_path
        for folder in _folders():
            yield from sorted(path for path in folder.glob("*") if path.suffix in _ENDINGS and path.is_file())

    def get(self, name_or_path: str, *, listener: Listener | None = None) -> Path:
        """Return the file; download it into the cache where it is not on this machine.

        Args:
            name_or_path: a name that is known, or the path of a file.
            listener: is told the bytes that have come.

        Raises:
            WeightsError: the name is unknown, the digest differs, or it cannot be downloaded; nothing is left behind.
            StorageError: the disk is full or the cache cannot be written.
        """
        found = self.find(name_or_path)
        return found or _download(self._table[name_or_path], listener)

    def _given(self, name_or_path: str) -> Path:
        path = Path(name_or_path).expanduser().absolute()
        if path.is_file():
            return path
        if len(Path(name_or_path).parts) > 1 or path.suffix in _ENDINGS:
            raise WeightsError(
                f"{path}: wanted a file of weights, got {'a folder' if path.is_dir() else 'nothing'}"
            )
        raise _unknown(name_or_path, self.names)


def _read_shipped(folder: Path) -> TrainedEnhancer:
    try:
        described = TrainedEnhancer.model_validate_json((folder / _ENHANCER_FILE).read_bytes())
    except (OSError, ValidationError) as error:
        raise WeightsError(
            f"{folder / _ENHANCER_FILE} is missing or damaged; install artgen again: {error}"
        ) from error
    return TrainedEnhancer.model_validate(
        {**described.model_dump(), "weights_path": folder / described.weights_path}
    )


def _checked(network: TrainedEnhancer) -> Path:
    path = network.weights_path
    actual = file_sha256(path) if path.is_file() else "nothing"
    if actual != network.weights_sha256:
        raise WeightsError(
            f"weights {network.name}: wanted SHA-256 {network.weights_sha256} at {path}, got {actual}; install artgen "
            "again"
        )
    return path


def _unknown(name: str, known: Iterable[str]) -> WeightsError:
    return WeightsError(f"{UnknownComponentError('weights', name, known)} A path is taken, too.")


def _folders() -> list[Path]:
    named = [part for part in os.environ.get("ARTGEN_WEIGHTS", "").split(os.pathsep) if part]
    return [Path(part).expanduser().absolute() for part in named] + [cache_folder() / "weights"]


def _places(weights: OfficialWeights) -> Iterator[Path]:
    names = dict.fromkeys((weights.file_name, f"{weights.name}.pth", f"{weights.name}.safetensors"))
    paths = (folder / name for folder in _folders() for name in names)
    return (path for path in paths if path.is_file())


def _download(weights: OfficialWeights, listener: Listener | None) -> Path:
    """Fetch into the cache. The bytes go to a temporary file, which is renamed once its digest is right."""
    import requests
    from pooch import HTTPDownloader

    folder = DirectoryFolder(cache_folder() / "weights")
    with folder.writing(weights.file_name) as partial, ExitStack() as responses:

        def close_later(response: requests.Response, **_: object) -> None:  # pooch leaves a broken one open
            responses.enter_context(response)

        bar = _Bar(weights, listener)
        fetch = HTTPDownloader(
            bar, chunk_size=_CHUNK_BYTES, timeout=_TIMEOUT_S, hooks={"response": close_later}
        )
        try:
            fetch(weights.url, str(partial), None)
        except requests.RequestException as error:
            raise WeightsError(
                f"weights {weights.name} cannot be downloaded from {weights.url} ({_reason(error)}); fetch the file "
                f"elsewhere and put it into {folder.path}, or name its folder in ARTGEN_WEIGHTS"
            ) from error
        actual = file_sha256(partial)
        if actual != weights.sha256:
            raise WeightsError(
                f"weights {weights.name}: {weights.url} sent another file: wanted SHA-256 {weights.sha256} and "
                f"{weights.size} bytes, got {actual} and {partial.stat().st_size} bytes; nothing was kept"
            )
    return folder.path / weights.file_name


@final
class _Bar:
    """What pooch takes for a progress bar; it counts a chunk as full, and the whole once more after a reset."""

    total = 0  # pooch sets it; the table knows better

    def __init__(self, weights: OfficialWeights, listener: Listener | None) -> None:
        self._weights = weights
        self._listener = listener
        self._done = 0

    def update(self, count: int) -> None:
        self._done += count
        size = self._weights.size
        if self._done > size + _CHUNK_BYTES:
            raise WeightsError(
                f"weights {self._weights.name}: {self._weights.url} sent more than the {size} bytes wanted; "
                "nothing was kept"
            )
        if self._listener is not None and count:
            done, name = min(self._done, size), self._weights.name
            self._listener(Progress(stage="enhancement", done=done, total=size, unit="bytes", detail=name))

    def reset(self) -> None:
        self._done = 0

    def close(self) -> None:
        """Nothing is left to close."""


def _reason(error: "RequestException") -> str:
    from requests import ConnectionError as NoConnection
    from requests import Timeout
    from requests.exceptions import ChunkedEncodingError

    if error.response is not None:
        return f"the server answers {error.response.status_code} {error.response.reason}"
    if isinstance(error, ChunkedEncodingError):
        return "the connection broke off midway"
    if isinstance(error, Timeout):
        return f"no answer for {_TIMEOUT_S} s"
    return "no connection" if isinstance(error, NoConnection) else type(error).__name__


WEIGHT_STORES: Registry[WeightStore] = Registry("weight store", {"cache": CachedWeightStore})
