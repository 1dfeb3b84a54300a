"""The trained models of the user, as the page shows them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import final

from interfaces.errors import WeightsError, did_you_mean
from interfaces.igme import IGME
from interfaces.page_models import ModelCard
from interfaces.said import Said
from pipeline.factories.stores import local_models
from storage.model_files import Trained
from storage.model_names import make_default

__all__ = ["LocalShelf"]

_PICTURES = {"samples": ("samples.jpg", "samples/step-*.png"), "comparison": ("comparison.jpg",)}
_MOST_TEXT = 100_000
_REPORT = "evaluation.json"
"""What `REPORT_FILE` of the evaluation is, which the page does not wait for."""


@final
class LocalShelf:
    """A `ModelShelf` of the shipped model and the user's."""

    def cards(self) -> Sequence[ModelCard]:
        """Return all models, the shipped one first."""
        store = local_models()
        defaults = list(store.defaults().values())
        return [
            _card(name, model, shipped=_folder(model) == store.shipped, default=model in defaults)
            for name, (_, model) in _known().items()
        ]

    def picture(self, name: str, which: str) -> Path:
        """Return a picture that lies beside a model: what it makes, or what it makes of something."""
        found = _pictures(_folder(_find(name)[1])).get(which)
        if found is None:
            raise WeightsError(Said("model {0!r} has no picture {1!r}", name, which))
        return found

    def make_default(self, name: str) -> None:
        """Have a model taken where nobody names one."""
        make_default(local_models(), _find(name)[0])

    def named(self, name: str) -> str:
        """Return the name by which settings mean the generator."""
        own, model = _find(name)
        if not isinstance(model, IGME):
            raise WeightsError(Said("wanted a model that makes pictures, got {0}, which enlarges them", name))
        if model.architecture.takes.kind != "latent":
            raise WeightsError(
                Said("wanted a model that makes pictures of noise, got {0}, which changes pictures", name)
            )
        return own


def _known() -> dict[str, tuple[str, Trained]]:
    """Return every model with the name that settings take, by one without a path in it."""
    return {
        name if "/" not in name and "\\" not in name else _plain(model): (name, model)
        for name, model in local_models().named().items()
    }


def _plain(model: Trained) -> str:
    return f"{model.name} ({model.weights_sha256[:8]})"


def _find(name: str) -> tuple[str, Trained]:
    known: Mapping[str, tuple[str, Trained]] = _known()
    if name not in known:
        raise WeightsError(
            Said(
                "there is no model {0!r}: wanted one of {1}.{2}",
                name,
                ", ".join(known),
                did_you_mean(name, known),
            )
        )
    return known[name]


def _folder(model: Trained) -> Path:
    return model.weights_path.parent


def _pictures(folder: Path) -> dict[str, Path]:
    """Return the newest picture of each kind in ``folder``."""
    found = {
        which: [path for pattern in patterns for path in folder.glob(pattern) if _is_own(path)]
        for which, patterns in _PICTURES.items()
    }
    return {
        which: max(paths, key=lambda path: (len(path.name), path.name))
        for which, paths in found.items()
        if paths
    }


def _is_own(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _card(name: str, model: Trained, *, shipped: bool, default: bool) -> ModelCard:
    folder, steps = _folder(model), model.training.get("steps")
    makes = f"x{model.architecture.scale}" if not isinstance(model, IGME) else f"{model.architecture.side} px"
    return ModelCard(
        name=name,
        kind="generator" if isinstance(model, IGME) else "enhancer",
        takes=model.architecture.takes.kind if isinstance(model, IGME) else None,
        makes=makes,
        styles=model.styles if isinstance(model, IGME) else (),
        conditional=isinstance(model, IGME) and model.conditional,
        licence=model.licence,
        size=model.weights_path.stat().st_size if model.weights_path.is_file() else 0,
        steps=steps if isinstance(steps, int) else None,
        metrics=model.metrics,
        hiding=_hiding(model),
        shipped=shipped,
        default=default,
        text=_text(folder / "README.md"),
        pictures=tuple(_pictures(folder)),
    )


def _hiding(model: Trained) -> dict[str, float]:
    """Return the hiding score of each direction, as ``artgen evaluate`` has measured it of these very weights."""
    file = _folder(model) / _REPORT
    try:
        report = json.loads(file.read_bytes()) if _is_own(file) else {}
        if report.get("model", {}).get("sha256") != model.weights_sha256:
            return {}
        told = [each for each in report.get("directions", ()) if "hiding_score" in each]
        return {str(each["direction"]): float(each["hiding_score"]) for each in told}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):  # it is damaged, and tells nothing
        return {}


def _text(file: Path) -> str:
    if not _is_own(file):
        return ""
    try:
        return file.read_bytes()[:_MOST_TEXT].decode("utf-8", "replace")
    except OSError:
        return ""
