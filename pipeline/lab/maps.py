"""The class-area map of a trained model: made, drawn, compared and written."""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from time import monotonic

from pydantic import JsonValue
from torch import Tensor

from components.exploration import (
    CLASSIFIER_FILE,
    LatentExplorer,
    check_mappable,
    describe_classifier,
    draw_maps,
    encode_maps,
    load_classifier,
    map_classes,
    read_maps,
    share_changed,
)
from components.networks.latents import wanted_latent
from interfaces.class_maps import ClassMap
from interfaces.errors import SettingsError, StorageError, WeightsError
from interfaces.events import Listener, Progress
from interfaces.igme import IGME
from pipeline.lab.classifier import classifiers_folder
from pipeline.train.data import tell_start
from storage.run_folder import DirectoryFolder

__all__ = ["MAP_FILE", "find_classifier", "write_map"]

MAP_FILE = "map.safetensors"
OF_TRAINING = "maps/classifier"
"""Where a training that draws maps keeps the classifier that it taught, in its own folder."""


def find_classifier(model: IGME) -> Path:
    """Return the folder of a classifier that was taught on the very data of ``model``: by its training, or by `artgen lab classifier`.

    Raises:
        SettingsError: there is none; with the command that makes one.
    """
    fingerprint = model.training.get("data_fingerprint")
    places = [model.weights_path.parent / OF_TRAINING]
    places += sorted(path.parent for path in classifiers_folder().glob(f"*/{CLASSIFIER_FILE}"))
    for folder in places:
        try:
            if describe_classifier(folder).data_fingerprint == fingerprint:
                return folder
        except WeightsError:  # not there, or damaged: that of another place will do
            continue
    built = model.architecture
    raise SettingsError(
        f"--classifier: wanted one, since none that was taught on the data of model {model.name!r} "
        f"({model.training.get('dataset', 'unknown')}) is in {classifiers_folder()}; make it with: "
        f"artgen lab classifier DATA --size {built.side} --channels {built.channels}"
    )


def write_map(
    model: IGME,
    classifier: Path | None,
    out: Path,
    *,
    points: int | None = None,
    compare: Path | None = None,
    listener: Listener | None = None,
) -> dict[str, JsonValue]:
    """Make the map of ``model``, write ``map.png``, ``map.safetensors`` and ``map.json`` to ``out``, and return what the last says.

    Args:
        model: with a latent space of 2, 3 or 4 numbers.
        classifier: folder of the classifier; None finds one that learnt from the model's data.
        out: folder.
        points: along each side; None for 100 of a square, and 16 of a cube.
        compare: folder of an earlier map, to tell the share that changed since.
        listener: is told the progress.

    Raises:
        SettingsError: the model's latent space cannot be mapped, or no classifier is named and none found.
        WeightsError: model or classifier are damaged, do not fit, or the earlier map is of another kind.
        DataError, StorageError: the earlier map cannot be read.
    """
    takes = wanted_latent(model.architecture)
    check_mappable(takes, f"model {model.name!r}")
    folder = classifier or find_classifier(model)
    described, judge = describe_classifier(folder), load_classifier(folder)
    judge.check_fit(model.architecture.side, model.architecture.channels)
    before = None if compare is None else _read(compare)

    def tell(done: int, total: int) -> None:
        if listener is not None:
            listener(Progress(stage="generation", done=done, total=total, unit="points"))

    tell_start(listener, "generation", "map")
    begun = monotonic()
    explorer, styles = LatentExplorer(model), model.styles if model.conditional else ()

    def sample(latents: Tensor, label: int | None) -> Tensor:
        return explorer.images(latents, None if label is None else styles[label])

    maps = map_classes(sample, takes, judge, styles=styles, points=points, tell=tell)
    seconds = monotonic() - begun
    report: dict[str, JsonValue] = {
        "model": {"name": model.name, "sha256": model.weights_sha256},
        "classifier": {"sha256": described.weights_sha256, "accuracy": described.accuracy},
        "points": len(maps[0].classes),
        "maps": [_told(one) for one in maps],
        "changed": None if before is None else share_changed(before, maps),
        "seconds": round(seconds, 2),
    }
    _write(DirectoryFolder(out), maps, model.name, report)
    return report


def _read(folder: Path) -> tuple[ClassMap, ...]:
    path = folder / MAP_FILE
    try:
        return read_maps(path.read_bytes(), str(path))
    except OSError as error:
        raise StorageError(
            f"--compare: wanted a folder that `artgen lab map` wrote, but {path} cannot be read: {error.strerror or error}"
        ) from error


def _told(one: ClassMap) -> dict[str, JsonValue]:
    shares: dict[str, JsonValue] = {
        name: round(share, 6) for name, share in zip(one.names, one.shares, strict=True)
    }
    return {
        "style": one.style,
        "fourth": one.fourth,
        "shares": shares,
        "confidence": round(float(one.confidence.mean()), 6),
    }


def _write(
    folder: DirectoryFolder, maps: Sequence[ClassMap], title: str, report: dict[str, JsonValue]
) -> None:
    picture = BytesIO()
    draw_maps(maps, title).save(picture, "PNG")
    folder.write("map.png", picture.getvalue())
    folder.write(MAP_FILE, encode_maps(maps))
    folder.write("map.json", (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode())
