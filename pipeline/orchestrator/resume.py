"""Takes up a run that was broken off, with all that decides its bytes as it was."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from components.conversion import read_metadata
from components.conversion.document import Document
from interfaces.errors import RunError, WeightsError
from interfaces.events import Listener
from interfaces.ies import Tiled, WithWeights
from pipeline.factories.registries import make_component
from pipeline.factories.stores import model_store, weight_store
from pipeline.orchestrator.assembly import assemble
from pipeline.orchestrator.pipeline import Pipeline
from pipeline.settings.config import PipelineConfig
from storage.result_store import RESULT_STORES

__all__ = ["reassemble"]


def reassemble(
    config: PipelineConfig,
    fixed: Mapping[str, JsonValue],
    *,
    run: str | None = None,
    listener: Listener | None = None,
) -> Pipeline:
    """Return the pipeline of a run that was checked or begun before; running it with its id makes what is missing.

    Precision and tile are taken from a picture of the run, where there is one: the memory that is free today must not
    change them.

    Args:
        config: definite, with the folder of the result store as it is now.
        fixed: what must not have changed since.
        run: id of the run; None where it has none yet.
        listener: is told every event.

    Raises:
        RunError: model or weights are no longer the same.
    """
    if run is not None:
        config = _with_recorded_features(_with_recorded_engine(config, run), run)
    config = _with_recorded_model(_with_recorded_weights(config, fixed), fixed)
    pipeline = assemble(config, listener=listener)
    now: Any = pipeline.record["fixed"]
    for name, before in fixed.items():
        if now.get(name) != before:
            raise RunError(
                f"{f'run {run}' if run else 'this run'} cannot be resumed: its {name} was {before} and is "
                f"{now.get(name)} by now; bring the old one back, or start a new run"
            )
    return pipeline


def _with_recorded_weights(config: PipelineConfig, fixed: Mapping[str, Any]) -> PipelineConfig:
    """Return the configuration with the files that have the recorded digests.

    A name may stand for another file by now, such as one of the package in place of a download, and a path may be gone.
    """
    values = config.model_dump()
    places: list[tuple[dict[str, Any], str]] = []
    if isinstance(config.enhancement.enhancer, WithWeights):
        places += [(values["enhancement"]["enhancer"], role) for role in ("weights", "twin")]
    source = config.generation.source
    places += [(values["generation"]["source"], name) for name in fixed if source.is_weights(name)]
    for settings, role in places:
        if fixed.get(role) is not None:
            given = Path(settings[role])
            with suppress(WeightsError):  # assembling says what is missing
                path = weight_store(config.components).by_digest(
                    fixed[role], [given] if given.is_absolute() else ()
                )
                settings[role] = str(path)
    return PipelineConfig.model_validate(values) if places else config


def _with_recorded_model(config: PipelineConfig, fixed: Mapping[str, Any]) -> PipelineConfig:
    """Return the configuration with the path of the model that has the recorded digest.

    The model may have another name by now, and another model its name; and another one may be the default.
    """
    if fixed.get("model") is None or (config.model is not None and Path(config.model).exists()):
        return config
    with suppress(WeightsError):  # assembling says what is missing
        found = model_store(config.components).by_digest(fixed["model"]).weights_path
        return PipelineConfig.model_validate({**config.model_dump(), "model": str(found)})
    return config


def _with_recorded_engine(config: PipelineConfig, run: str) -> PipelineConfig:
    is_tiled = isinstance(config.enhancement.enhancer, Tiled)
    recorded = _recorded(config, run, "enhancement", *_OF_ENGINE) if is_tiled else {}
    if not recorded:
        return config
    values = config.model_dump()
    values["enhancement"]["enhancer"] |= recorded
    return PipelineConfig.model_validate(values)


_OF_ENGINE = ("tile_px", "precision", "overlap_px")


def _with_recorded_features(config: PipelineConfig, run: str) -> PipelineConfig:
    """Return the configuration with the precision of the first picture, where the source is of a kind that has one."""
    values = config.model_dump()
    source = values["generation"]["source"]
    recorded = _recorded(config, run, "generation", "precision") if "precision" in source else {}
    if not recorded:
        return config
    source |= recorded
    return PipelineConfig.model_validate(values)


def _recorded(config: PipelineConfig, run: str, stage: str, *names: str) -> dict[str, Any]:
    """Return what the first picture of ``run`` that says so has noted under ``names`` of a stage; it must have the first of them."""
    results = make_component(RESULT_STORES, config.components.result_store, config.out.absolute())
    for file in results.files(run):
        metadata = read_metadata(Path(file.path)) if Path(file.path).is_file() else None
        for record in Document.model_validate(metadata).chain if metadata else ():
            if record.stage == stage and names[0] in record.runtime:
                return {name: record.runtime[name] for name in names if name in record.runtime}
    return {}
