"""ArtBench-10 as published (Liao et al., 2022, arXiv:2206.11404): where its forms are, and getting them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from interfaces.errors import DataError, SettingsError, StorageError, UnknownComponentError
from interfaces.events import Listener, Progress

__all__ = ["DATASETS", "PublishedFile", "fetch_dataset"]

_SITE = "https://artbench.eecs.berkeley.edu/files/"


@final
@dataclass(frozen=True)
class PublishedFile:
    """One file that can be downloaded."""

    url: str
    content: str
    """What it is, for people."""
    digest: str | None
    """``md5:…`` or ``sha256:…``; None where none is published."""
    digest_source: str
    """Who published the digest."""
    by_hand: bool = False
    """Whether ``url`` is a page for people, which gives no file to a program."""

    @property
    def file_name(self) -> str:
        """Name of the file."""
        return self.url.rpartition("/")[2]


_REPOSITORY = "artbench.py of github.com/liaopeiyuan/artbench"
_THIRD_PARTY = "the download script of the package diffusion_influence, not the authors themselves"

_SPLIT = PublishedFile(
    f"{_SITE}artbench-10-imagefolder-split.tar",
    "60,000 pictures of 256x256, folders train and test, in each one folder for each style",
    "md5:64f4d66dcf34b3c77e8c7d68fed2ec8c",
    _THIRD_PARTY,
)

DATASETS: Mapping[str, PublishedFile] = {
    "artbench-10": _SPLIT,
    "artbench-10-imagefolder-split": _SPLIT,
    "artbench-10-imagefolder": PublishedFile(
        f"{_SITE}artbench-10-imagefolder.tar",
        "60,000 pictures of 256x256, one folder for each style",
        None,
        "nobody",
    ),
    "artbench-10-python": PublishedFile(
        f"{_SITE}artbench-10-python.tar.gz",
        "60,000 pictures of 32x32 as CIFAR-style python batches",
        "md5:9df1e998ee026aae36ec60ca7b44960e",
        _REPOSITORY,
    ),
    "artbench-10-metadata": PublishedFile(
        f"{_SITE}ArtBench-10.csv",
        "name, artist, style and split of each picture",
        "md5:cc8e5df471b294f19f3fab19ad9f5100",
        _THIRD_PARTY,
    ),
    "artbench-10-original": PublishedFile(
        "https://drive.google.com/drive/folders/1gWdbot6wfmvsI1UDY8WC_-vkZsK9VEhM",
        "the pictures at their original size, one LSUN (LMDB) archive for each style",
        None,
        "nobody",
        by_hand=True,
    ),
}
"""The published forms by name; ``artbench-10`` is the one that its authors recommend.

They put it under "fair use"; each picture has rights of its own.
"""


def fetch_dataset(
    name: str,
    folder: Path,
    *,
    sha256: str | None = None,
    listener: Listener | None = None,
    datasets: Mapping[str, PublishedFile] = DATASETS,
) -> Path:
    """Download a published data set into ``folder`` and return the file; one that is there already is kept.

    The file appears under its name only when it is whole and its digest is right.

    Args:
        name: one of ``datasets``.
        folder: made where it is missing.
        sha256: the digest that the file must have; needed where none is published.
        listener: is told the progress in bytes.
        datasets: what can be asked for.

    Raises:
        UnknownComponentError: there is no data set of that name.
        SettingsError: no digest is published and none was given, or it can only be got by hand.
        DataError: the file has another digest.
        StorageError: it cannot be downloaded or written.
    """
    import pooch

    if name not in datasets:
        raise UnknownComponentError("data set", name, datasets)
    published = datasets[name]
    digest = _digest(name, published, sha256)
    # its logger prints every download to the terminal
    pooch.get_logger().setLevel(logging.WARNING)
    meter = _Meter(published.file_name, listener)
    try:
        path = pooch.retrieve(
            published.url,
            known_hash=digest,
            fname=published.file_name,
            path=folder,
            downloader=pooch.HTTPDownloader(progressbar=meter, chunk_size=2**20),
        )
    except OSError as error:  # requests' errors are OSErrors too
        raise StorageError(f"{published.url} cannot be downloaded to {folder}: {error}") from error
    except ValueError as error:
        raise DataError(
            f"{published.url} has not the digest {digest} (from {published.digest_source}): {error}"
        ) from error
    return Path(path)


def _digest(name: str, published: PublishedFile, sha256: str | None) -> str:
    if published.by_hand:
        raise SettingsError(
            f"{name} can only be got by hand: open {published.url}, unpack the archives, name the folder"
        )
    if sha256 is not None:
        return f"sha256:{sha256.strip().lower()}"
    if published.digest is None:
        raise SettingsError(
            f"{name} is published without a digest: give the SHA-256 that the file must have (--sha256)"
        )
    return published.digest


@final
class _Meter:
    """Tells a listener how much is downloaded; what pooch asks of a progress bar."""

    def __init__(self, name: str, listener: Listener | None) -> None:
        self.total = 0
        self._name = name
        self._listener = listener
        self._done = 0

    def update(self, size: int) -> None:
        """Note that ``size`` more bytes are here."""
        self._done += size
        if self.total:  # the last block is counted whole
            self._done = min(self._done, self.total)
        if self._listener is not None:
            self._listener(
                Progress(stage="data", done=self._done, total=self.total, unit="bytes", detail=self._name)
            )

    def reset(self) -> None:
        """Start again at zero: pooch does before it reports the whole."""
        self._done = 0

    def close(self) -> None:
        """Nothing is held open."""
