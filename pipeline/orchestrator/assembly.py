"""From a configuration to a pipeline: every problem is found before anything starts, and all are told at once."""

import logging
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, final

import torch
from PIL import Image
from pydantic import JsonValue

from components.conversion import CONVERTERS
from components.generation import GENERATORS
from components.generation.noise import check_style
from interfaces.errors import ArtgenError, ComponentError, SettingsError, StorageError
from interfaces.events import Listener
from interfaces.ies import Realesrgan, WithWeights
from interfaces.igme import IGME
from interfaces.jobs import JobControl
from interfaces.picture_warnings import librarys_warnings
from interfaces.ports import Converter, HasDefaults, MakesFilms
from interfaces.said import Said
from pipeline.factories.enhancers import Definite, definite_enhancer, make_enhancer
from pipeline.factories.registries import make_component
from pipeline.factories.sources import DefiniteSource, definite_source
from pipeline.factories.stores import local_models, model_store, weight_store
from pipeline.orchestrator.pipeline import Pipeline
from pipeline.runs.stop_observer import StopWhenAsked
from pipeline.settings.config import PipelineConfig
from pipeline.settings.places import anywhere
from storage.digest import file_sha256
from storage.folder_lock import writing_to
from storage.index import INDEX_FILE
from storage.known_stores import remember
from storage.result_store import RESULT_STORES, SqlResultStore
from storage.run_folder import require_place
from storage.run_queue import SqlRunQueue

if TYPE_CHECKING:  # what trains takes longer to import than a picture takes to make
    from pipeline.train.training import Learning

__all__ = ["assemble"]

_LOG = logging.getLogger(__name__)
T = TypeVar("T")


def assemble(config: PipelineConfig, *, listener: Listener | None = None) -> Pipeline:
    """Return the pipeline that ``config`` describes, ready to run.

    Components, model, style, weights, folder and disk space are checked here; weights that were asked for by
    name are downloaded where they are missing.

    Raises:
        SettingsError: listing all problems at once.
    """
    check = _Checklist()
    weights = check(weight_store, config.components)
    definite = weights and check(definite_enhancer, config.enhancement, weights, listener=listener)
    model = check(_find_model, config)
    learning = check(_find_learning, config, listener)
    generator = check(
        make_component, GENERATORS, config.components.generator or config.generation.source.kind
    )
    source = (
        check(definite_source, config.generation, generator, weights, listener=listener)
        if generator and weights
        else None
    )
    enhancer = (
        check(make_enhancer, definite.located, listener=listener, published=weights.publication)
        if weights and definite
        else None
    )
    converter = check(_find_converter, config)
    check(_check_place, config.out.absolute())
    check(_check_disk, config, model)
    # last, since it makes what is not there yet: a run that is refused leaves nothing behind
    out = config.out.absolute()
    store = config.components.result_store
    results = None if check.problems else check(make_component, RESULT_STORES, store, out)
    if check.problems or not (definite and source and generator and enhancer and converter and results):
        raise SettingsError(*dict.fromkeys(check.problems))
    remember(out)
    return Pipeline(
        (source.located, definite.located, config.conversion),
        generator=generator,
        enhancer=enhancer,
        converter=converter,
        results=results,
        queue=SqlRunQueue(out),
        model=_obtain_by(learning) if learning else model,
        record=_record(config, source, definite, model),
        chunk_size=config.chunk_size or (4 if torch.cuda.is_available() else 1),
        root=out,
        listener=listener,
    )


@final
class _Checklist:
    """Calls one check after the other and collects what is wrong, so that all of it can be told at once."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def __call__(self, check: Callable[..., T], *args: Any, **kwargs: Any) -> T | None:
        try:
            return check(*args, **kwargs)
        except ComponentError:
            raise  # its frames say more than a line among others
        except ArtgenError as error:
            self.problems += error.problems
        return None


def _record(
    config: PipelineConfig, source: DefiniteSource, enhancer: Definite, model: IGME | None
) -> dict[str, JsonValue]:
    """Return what is stored with the run: the configuration, definite by now, and what must not change."""
    # a worker has another working folder
    definite = {
        **anywhere(config).model_dump(mode="json"),
        "enhancement": enhancer.named.model_dump(mode="json"),
    }
    if config.model is not None:
        definite["model"] = (
            str(Path(config.model).absolute()) if Path(config.model).exists() else config.model
        )
    definite["generation"]["source"] = source.named.source.moved(Path.absolute).model_dump(mode="json")
    options = enhancer.located.enhancer
    fixed: dict[str, JsonValue] = {
        "threads": torch.get_num_threads(),
        "model": model.weights_sha256 if model else None,
        "weights": file_sha256(Path(options.weights)) if isinstance(options, WithWeights) else None,
    }
    fixed |= source.digests
    if isinstance(options, Realesrgan) and options.denoise < 1:
        fixed["twin"] = file_sha256(Path(options.twin))
    return {"config": definite, "fixed": fixed}


def _find_model(config: PipelineConfig) -> IGME | None:
    if config.data is not None or not config.generation.source.needs_model:
        return None
    wanted, store = config.generation.source.model_takes, model_store(config.components)
    if config.model is None and wanted is not None and isinstance(store, HasDefaults):
        model = store.get_default(wanted)
    else:
        model = store.get(config.model)
    takes = model.architecture.takes.kind
    if wanted not in (None, takes):
        raise SettingsError(
            Said(
                "model: wanted one that takes a {0} for the source {1}, got {2!r}, whose architecture {3!r} "
                "takes a {4}",
                wanted,
                config.generation.source.kind,
                model.name,
                model.architecture.kind,
                takes,
            )
        )
    check_style(config.generation.style, model)
    return model


def _find_converter(config: PipelineConfig) -> Converter:
    converter: Converter = make_component(CONVERTERS, config.components.converter)
    if config.conversion.film != "none" and not isinstance(converter, MakesFilms):
        raise SettingsError(
            Said(
                "film: wanted a converter that makes films, got {0}; leave the film out",
                config.components.converter,
            )
        )
    return converter


def _find_learning(config: PipelineConfig, listener: Listener | None) -> "Learning | None":
    if config.data is None:
        return None
    from components.training import settings_with
    from pipeline.train.training import Learning

    if config.model is not None:
        raise SettingsError(Said("model, data: wanted a trained model or data to train one on, got both"))
    for source in filter(None, (config.data.source, config.data.source_b)):
        if "://" not in source and not Path(source).exists():
            raise StorageError(Said("data {0} does not exist", source))
    settings_with(config.training.preset, config.training.overrides)  # refuses what trains no generator
    return Learning(config.data, config.training, config.components, listener=listener)


def _obtain_by(learning: "Learning") -> Callable[[JobControl], IGME | None]:
    from pipeline.train.naming import train_and_name

    def obtain(control: JobControl) -> IGME | None:
        model = learning.finished(local_models())
        if model is None:
            watch = StopWhenAsked(control, counts=False)
            with writing_to(learning.folder.path, control.record.id):
                trained = train_and_name(learning, resume=True, watch=watch)
            if not isinstance(trained, IGME):
                raise watch.why(learning.why_stopped)
            return trained
        return model

    return obtain


def _trained_side(config: PipelineConfig) -> int:
    from components.training import settings_with

    side = settings_with(config.training.preset, {}).pack_options()["side"]
    assert isinstance(side, int)  # noqa: S101  # what squares are made by
    return side


def _check_place(out: Path) -> None:
    """Refuse a folder that cannot be the result store, without making it one."""
    if (out / INDEX_FILE).is_file():
        SqlResultStore(out)  # refuses that of a newer release
    require_place(out)


BYTES_PER_PIXEL = 3.2
"""The most that a file takes: three channels that do not compress at all, and a little for the rest."""


def _generated_sizes(config: PipelineConfig, model: IGME | None) -> Iterator[tuple[int, int]]:
    """Yield width and height of every image that will be generated, or of the input picture behind it."""
    count = config.generation.count
    inputs = [each.path for each in config.generation.source.inputs() if each.each][:count]
    side = 0 if inputs else (model.architecture.side if model else _trained_side(config))
    if not inputs:
        yield from [(side, side)] * count
    for path in inputs:
        try:
            with librarys_warnings(), Image.open(path) as picture:
                yield picture.size
        # the readers of damaged files raise nearly anything
        except Exception as error:
            _LOG.debug("%s takes no room: %s", path, error)  # it is told when its turn comes


def _check_disk(config: PipelineConfig, model: IGME | None) -> None:
    """Refuse a run whose pictures may not fit on the disk."""
    ies = config.enhancement
    pixels = 0.0
    for width, height in _generated_sizes(config, model):
        longer = max(width, height)
        final = ies.side if ies.side is not None else round(longer * (ies.scale or 1))
        pixels += sum(side**2 for side in (final, *ies.keep)) * min(width, height) / longer
    wanted = int(pixels * BYTES_PER_PIXEL) + 1_000_000
    place = next(
        folder for folder in (config.out.absolute(), *config.out.absolute().parents) if folder.exists()
    )
    free = shutil.disk_usage(place).free
    if free < wanted:
        raise StorageError(
            Said(
                "{0}: wanted {1:,.0f} MB free for the pictures, got {2:,.0f} MB",
                place,
                wanted / 1e6,
                free / 1e6,
            )
        )
