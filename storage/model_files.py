"""The folder of a trained model: its description, and its weights beside it.

It holds ``model.safetensors`` and ``model.json``; the latter is ``IGME.model_dump(mode="json")`` with ``weights_path`` as the
plain file name, so that the folder can be moved. A network that enlarges has ``enhancer.json`` in its place.
"""

from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from interfaces.errors import StorageError, WeightsError
from interfaces.igme import IGME
from interfaces.said import Said
from interfaces.trained_enhancer import TrainedEnhancer
from storage.digest import file_sha256

__all__ = [
    "ENHANCER_FILE",
    "MODEL_FILE",
    "Trained",
    "checked",
    "description_in",
    "read_description",
    "read_trained",
]

MODEL_FILE = "model.json"
ENHANCER_FILE = "enhancer.json"

Trained = IGME | TrainedEnhancer
"""What a training ends with."""
TrainedT = TypeVar("TrainedT", bound=IGME | TrainedEnhancer)


def description_in(folder: Path) -> Path:
    """Return the file in ``folder`` that describes what was trained there, or would, where there is none."""
    enhancer = folder / ENHANCER_FILE
    return enhancer if enhancer.is_file() and not (folder / MODEL_FILE).is_file() else folder / MODEL_FILE


def read_trained(path: Path) -> Trained:
    """Return the model at ``path``: a folder, a description, or weights.

    Raises:
        WeightsError: there is none, or its description is damaged or of other weights.
    """
    if path.is_dir():
        return read_description(description_in(path))
    if path.suffix == ".json":
        return read_description(path)
    if path.suffix != ".safetensors":
        raise WeightsError(Said("{0}: wanted a folder, a .safetensors file or a {1}", path, MODEL_FILE))
    own = path.with_suffix(".json")
    model = read_description(own if own.is_file() else description_in(path.parent))
    if model.weights_path.name != path.name:
        raise WeightsError(
            Said(
                "{0} has no description: the {1} beside it is of {2}",
                path,
                description_in(path.parent).name,
                model.weights_path.name,
            )
        )
    return model


def read_description(file: Path) -> Trained:
    """Return the model that ``file`` describes, its weights taken to lie beside it.

    Raises:
        WeightsError: it cannot be read, or describes none.
    """
    contract: type[Trained] = TrainedEnhancer if file.name == ENHANCER_FILE else IGME
    try:
        model = contract.model_validate_json(file.read_bytes())
    except OSError as error:
        raise WeightsError(
            Said("{0}, which describes a model, cannot be read: {1}", file, error.strerror or error)
        ) from error
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, fault['loc']))} {fault['msg']}".strip() for fault in error.errors())
        raise WeightsError(Said("{0} does not describe a model: {1}", file, "; ".join(problems))) from error
    name = str(model.weights_path)
    if name != model.weights_path.name or "\\" in name:
        raise WeightsError(
            Said("{0}: weights_path: wanted the name of a file beside it, got {1!r}", file, name)
        )
    return contract.model_validate(dict(model) | {"weights_path": file.parent.absolute() / name})


def checked(model: TrainedT) -> TrainedT:
    """Return ``model``, whose weights are those that it describes.

    Raises:
        WeightsError: they are missing, or others.
    """
    try:
        actual = file_sha256(model.weights_path)
    except StorageError as error:
        raise WeightsError(Said("the weights of model {0!r}: {1}", model.name, error)) from error
    if actual != model.weights_sha256:
        raise WeightsError(
            Said(
                "the weights of model {0!r} are not those that its {1} describes: wanted SHA-256 {2}, got "
                "{3} of {4}; copy both files from one training",
                model.name,
                description_in(model.weights_path.parent).name,
                model.weights_sha256,
                actual,
                model.weights_path,
            )
        )
    return model
