"""Makes a picture again from what its file says of itself."""

import logging
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import torch
from pydantic import JsonValue, ValidationError

from components.conversion import CONVERTERS, read_metadata
from components.conversion.document import Document
from components.enhancement import ENHANCERS
from components.generation import GENERATORS
from components.networks.runtime import describe_runtime
from interfaces.errors import DataError, StorageError, WeightsError
from interfaces.events import Listener, Notice
from interfaces.ics import ICS
from interfaces.ies import IES
from interfaces.igdt import IGDT
from interfaces.igme import IGME
from interfaces.igs import IGS, source_class
from interfaces.iodt import EncodedFile
from interfaces.ports import Enhancer, ModelStore, WeightStore
from interfaces.provenance import Publication, StageRecord
from pipeline.factories.registries import make_component
from pipeline.factories.stores import model_store, weight_store
from pipeline.jobs.conditions import conditions
from pipeline.settings.config import ComponentNames
from storage.index import INDEX_FILE
from storage.known_stores import known, remember, runs_of
from storage.result_store import SqlResultStore
from storage.run_folder import DirectoryFolder

__all__ = ["Reproduced", "open_results", "read_file", "reproduce"]

_LOG = logging.getLogger(__name__)


class Reproduced(NamedTuple):
    """A picture made again."""

    path: Path
    identical: bool
    """Whether it has the very bytes of the original."""
    difference: str
    """What is different here from where the original was made, as far as the file tells."""


def open_results(out: Path) -> SqlResultStore:
    """Return the result store in ``out``.

    Raises:
        StorageError: there is none; looking must not make one.
    """
    if not out.is_dir():
        raise StorageError(f"{out.absolute()} is no folder of results; --out names another")
    if (out / INDEX_FILE).is_file():
        with suppress(StorageError):  # looking needs no data folder that can be written
            remember(out)  # it may have been moved here
    return SqlResultStore(out)


def reproduce(
    file: Path,
    out: Path,
    *,
    store: Path | None = None,
    foreign: bool = False,
    components: ComponentNames | None = None,
    listener: Listener | None = None,
) -> Reproduced:
    """Make the picture in ``file`` again, from its metadata alone, and write it into ``out``.

    Model, weights and input pictures are found by their digests: in the model store, among the weights on this
    machine, and in the result stores.

    Args:
        file: the picture; it may come from anybody.
        out: folder for the picture made again.
        store: result store that keeps the input pictures; None for all that were used before.
        foreign: import components that the file names as ``package.module:Class``. That runs their code, so a
            stranger's file must not decide it.
        components: in which stores model and weights are looked for.
        listener: is told what differs here.

    Raises:
        DataError: the file does not say how it came about, an input picture is missing, or the file names foreign
            components and ``foreign`` is False.
        WeightsError: the model or the weights are not on this machine.
    """
    content = read_file(file)
    document = _document(file, content)
    generation, enhancement, conversion = _stages(file, document)
    source = generation.settings.get("source")
    # the names of code: a generator of somebody's own, or an algorithm of style transfer
    own = [str(source.get(key)) for key in ("kind", "algorithm")] if isinstance(source, dict) else []
    named = [name for name in (*own, *(each.component for each in document.chain)) if ":" in name]
    if named and not foreign:
        raise DataError(
            f"{file} names components outside of artgen ({', '.join(dict.fromkeys(named))}), and making it again would run their "
            "code; where you trust the file and them, repeat with --foreign"
        )
    computed = enhancement if "threads" in enhancement.runtime else generation
    threads = computed.runtime.get("threads")
    with conditions(threads if isinstance(threads, int) else None):
        difference = _differences(computed)
        if difference and listener is not None:
            text = f"made under other conditions: {difference}; the bytes may differ"
            listener(Notice(level="warning", text=text))
        model = _model(generation, model_store(components))
        igs = _generating(generation, document, store, weight_store(components))
        ies = _enhancing(enhancement, document, weight_store(components))
        # a file that does not speak of the mark has none
        ics = ICS.model_validate({"ai_mark": False, **conversion.settings, "contact_sheet": False})
        [images] = make_component(GENERATORS, generation.component).generate(igs, model)
        if document.origin is not None:  # the kept copy of the input picture has another name
            images = IGDT.model_validate({**dict(images), "origins": (document.origin,)})
        enlarged = _enhancer(enhancement).enhance(images, ies)
        files = make_component(CONVERTERS, conversion.component).convert(enlarged, ics).files
    made = _pick(files, document)
    folder = DirectoryFolder(out)
    if (folder.path / made.name).resolve() == file.resolve():
        raise StorageError(f"{file} would be overwritten by its reproduction; name another folder with --out")
    path = folder.write(made.name, made.content)
    return Reproduced(path, made.content == content, difference)


def read_file(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path} cannot be read: {error.strerror or error}") from error


def _document(file: Path, content: bytes) -> Document:
    metadata = read_metadata(content)
    if metadata is None:
        raise DataError(
            f"{file} does not say how it was made: it is not from artgen, or its metadata was removed"
        )
    document = Document.model_validate(metadata)
    if document.seed is None:
        what = "film" if document.role == "film" else "contact sheet"
        raise DataError(f"{file} is a {what}; make its pictures again one by one")
    return document


def _stages(file: Path, document: Document) -> tuple[StageRecord, StageRecord, StageRecord]:
    stages = {record.stage: record for record in document.chain}
    try:
        return stages["generation"], stages["enhancement"], stages["conversion"]
    except KeyError as error:
        raise DataError(f"{file} does not say how its {error} was done") from error


def _differences(record: StageRecord) -> str:
    """Return what differs here, besides the threads."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    now = describe_runtime(device)
    differences = []
    if record.runtime.get("device", now["device"]) != now["device"]:
        differences.append(f"device {record.runtime['device']}, here {now['device']}")
    differences += _other_versions(record.runtime.get("versions"), now["versions"])
    return "; ".join(differences)


def _other_versions(before: JsonValue, now: JsonValue) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(now, dict):
        for name in sorted(set(before) & set(now)):
            if before[name] != now[name]:
                yield f"{name} {before[name]}, here {now[name]}"


def _model(record: StageRecord, models: ModelStore) -> IGME | None:
    digest = record.digests.get("model")
    if digest is None:
        return None
    try:
        return models.by_digest(digest)
    except WeightsError:
        for path in _recorded("model"):
            if path.exists() and (model := models.get(str(path))).weights_sha256 == digest:
                return model
        raise


def _generating(record: StageRecord, document: Document, store: Path | None, weights: WeightStore) -> IGS:
    values: dict[str, Any] = dict(record.settings)
    settings = values.get("source", {"kind": "noise"})
    kind = source_class(str(settings["kind"]))
    found = {
        name: _input(name, digest, document, store)
        for name, digest in record.digests.items()
        if kind.is_input(name)
    }
    files = {
        name: str(weights.by_digest(digest, _recorded(name)))
        for name, digest in record.digests.items()
        if kind.is_weights(name)
    }
    if "precision" in record.runtime and "precision" in kind.model_fields:
        settings = {**settings, "precision": record.runtime["precision"]}
    source = kind.restored({**settings, **files}, found)
    return IGS.model_validate({**values, "source": source, "count": 1, "seed": document.seed})


def _input(role: str, digest: str, document: Document, store: Path | None) -> Path:
    found = _find_picture(digest, store)
    if found is None:
        of_file = document.origin is not None and document.origin.sha256 == digest
        name = document.origin.name if of_file and document.origin is not None else role
        raise DataError(
            f"the input picture {name!r} (SHA-256 {digest}) is in no result store that is known here; "
            "--store names the one that keeps it"
        )
    return found


def _find_picture(sha256: str, store: Path | None) -> Path | None:
    if store is not None:
        return open_results(store).find_picture(sha256)
    for root in known():
        try:
            found = open_results(root).find_picture(sha256)
        except StorageError as error:  # it hides no other store
            _LOG.warning("%s", error)
            continue
        if found is not None:
            return found
    return None


def _enhancer(record: StageRecord) -> Enhancer:
    """Return the enhancer, which says of its weights what the picture says: others may know more of them by now."""
    names = record.settings.get("enhancer")
    known = {
        digest: Publication(
            name=str(names[role]), licence=record.licences.get(role), source=record.sources.get(role)
        )
        for role, digest in record.digests.items()
        if isinstance(names, dict) and names.get(role)
    }
    options: dict[str, Any] = {"published": known.get} if known and ":" not in record.component else {}
    versions = record.runtime.get("versions")
    if record.component == "realesrgan" and isinstance(versions, dict):
        # pictures of before artgen had networks of its own are those of others
        options |= {
            "library": next((each for each in ("realesrgan", "spandrel") if each in versions), "artgen")
        }
    return make_component(ENHANCERS, record.component, **options)


def _enhancing(record: StageRecord, document: Document, weights: WeightStore) -> IES:
    values: dict[str, Any] = dict(record.settings)
    if document.role == "kept":
        values["keep"] = [max(document.width, document.height)]
    if record.digests:
        names = ("precision", "tile_px", "overlap_px")
        fixed = {name: record.runtime[name] for name in names if name in record.runtime}
        files = {
            role: str(weights.by_digest(digest, _recorded("weights")))
            for role, digest in record.digests.items()
        }
        values["enhancer"] = {**values.get("enhancer", {}), **fixed, **files}
    elif ":" in record.component:
        values["enhancer"] = {"kind": record.component, **values.get("enhancer", {})}
    try:
        return IES.model_validate(values)
    except ValidationError as error:
        raise DataError(
            f"{record.component} did not record the settings that make its picture again: {error}"
        ) from error


def _recorded(what: str) -> Iterator[Path]:
    """Yield the paths that earlier runs were given: of models, of weights that enlarge, or by another field of the source."""
    for run, _ in runs_of():
        config: Any = run.settings.get("config") or {}
        enhancer = config.get("enhancement", {}).get("enhancer", {})
        source = config.get("generation", {}).get("source", {})
        paths = {"model": (config.get("model"),), "weights": (enhancer.get("weights"), enhancer.get("twin"))}
        yield from (Path(path) for path in paths.get(what, (source.get(what),)) if path)


def _pick(files: tuple[EncodedFile, ...], document: Document) -> EncodedFile:
    for file in files:
        if (file.role, file.width, file.height) == (document.role, document.width, document.height):
            return file
    raise DataError(
        f"wanted a picture of {document.width}x{document.height} again, got "
        f"{[f'{file.width}x{file.height}' for file in files]}"
    )
