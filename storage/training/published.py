"""Published data sets: where their files are, and getting them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

from interfaces.errors import DataError, SettingsError, StorageError, UnknownComponentError
from interfaces.events import Listener, Progress

__all__ = ["DATASETS", "PublishedFile", "fetch_dataset"]

_ARTBENCH = "https://artbench.eecs.berkeley.edu/files/"


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

_MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_TORCHVISION = "mnist.py of torchvision"

_SPLIT = PublishedFile(
    f"{_ARTBENCH}artbench-10-imagefolder-split.tar",
    "60,000 pictures of 256x256, folders train and test, in each one folder for each style",
    "md5:64f4d66dcf34b3c77e8c7d68fed2ec8c",
    _THIRD_PARTY,
)

DATASETS: Mapping[str, tuple[PublishedFile, ...]] = {
    "artbench-10": (_SPLIT,),
    "artbench-10-imagefolder-split": (_SPLIT,),
    "artbench-10-imagefolder": (
        PublishedFile(
            f"{_ARTBENCH}artbench-10-imagefolder.tar",
            "60,000 pictures of 256x256, one folder for each style",
            None,
            "nobody",
        ),
    ),
    "artbench-10-python": (
        PublishedFile(
            f"{_ARTBENCH}artbench-10-python.tar.gz",
            "60,000 pictures of 32x32 as CIFAR-style python batches",
            "md5:9df1e998ee026aae36ec60ca7b44960e",
            _REPOSITORY,
        ),
    ),
    "artbench-10-metadata": (
        PublishedFile(
            f"{_ARTBENCH}ArtBench-10.csv",
            "name, artist, style and split of each picture",
            "md5:cc8e5df471b294f19f3fab19ad9f5100",
            _THIRD_PARTY,
        ),
    ),
    "artbench-10-original": (
        PublishedFile(
            "https://drive.google.com/drive/folders/1gWdbot6wfmvsI1UDY8WC_-vkZsK9VEhM",
            "the pictures at their original size, one LSUN (LMDB) archive for each style",
            None,
            "nobody",
            by_hand=True,
        ),
    ),
    "mnist": (
        PublishedFile(
            f"{_MNIST}train-images-idx3-ubyte.gz",
            "60,000 digits of 28x28",
            "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873",
            _TORCHVISION,
        ),
        PublishedFile(
            f"{_MNIST}train-labels-idx1-ubyte.gz",
            "which digits they are",
            "md5:d53e105ee54ea40749a09fcbcd1e9432",
            _TORCHVISION,
        ),
        PublishedFile(
            f"{_MNIST}t10k-images-idx3-ubyte.gz",
            "10,000 digits to test on",
            "md5:9fb629c4189551a2d022fa330f9573f3",
            _TORCHVISION,
        ),
        PublishedFile(
            f"{_MNIST}t10k-labels-idx1-ubyte.gz",
            "which digits they are",
            "md5:ec29112dd5afa0611ce80d1b7f02629c",
            _TORCHVISION,
        ),
    ),
}
"""The files of each by name.

ArtBench-10 (Liao et al. 2022, arXiv:2206.11404) has several forms; ``artbench-10`` is the one that its authors recommend. They put it
under "fair use"; each picture has rights of its own. MNIST (LeCun et al. 1998) comes from where torchvision gets it.
"""


def fetch_dataset(
    name: str,
    folder: Path,
    *,
    sha256: str | None = None,
    listener: Listener | None = None,
    datasets: Mapping[str, tuple[PublishedFile, ...]] = DATASETS,
) -> Path:
    """Download a published data set into ``folder`` and return what to train on; files that are there already are kept.

    That is the file, or a folder of the data set's name where it has several. A file appears under its name only when it is whole
    and its digest is right.

    Args:
        name: one of ``datasets``.
        folder: made where it is missing.
        sha256: the digest that the file must have; needed where none is published.
        listener: is told the progress in bytes.
        datasets: what can be asked for.

    Raises:
        UnknownComponentError: there is no data set of that name.
        SettingsError: no digest is published and none was given, one was given for several files, or it can only be got by hand.
        DataError: a file has another digest.
        StorageError: it cannot be downloaded or written.
    """
    if name not in datasets:
        raise UnknownComponentError("data set", name, datasets)
    files = datasets[name]
    if len(files) == 1:
        return _fetch(files[0], _digest(name, files[0], sha256), folder, listener)
    if sha256 is not None:
        raise SettingsError(
            f"--sha256: {name} has {len(files)} files, whose digests are published: leave it out"
        )
    for each in files:
        _fetch(each, _digest(name, each, None), folder / name, listener)
    return folder / name


def _fetch(published: PublishedFile, digest: str, folder: Path, listener: Listener | None) -> Path:
    import pooch

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
