"""From a training source to a pack: training store → preprocessing (ITDT → IPDT)."""

from hashlib import sha256

from components.preprocessing import PREPROCESSORS
from interfaces.errors import DataError
from interfaces.events import Listener, StageStarted
from interfaces.ipdt import IPDT
from interfaces.itdt import ITDT
from interfaces.ports import Preprocessor, TrainingStore
from pipeline.factories.registries import make_component
from pipeline.settings.config import ComponentNames, DataConfig
from storage import TRAINING_STORES
from storage.paths import cache_folder
from storage.run_folder import DirectoryFolder

__all__ = ["as_domains", "prepare", "source_parts", "tell_start"]


def prepare(data: DataConfig, components: ComponentNames, listener: Listener | None = None) -> IPDT:
    """Return the pack of a data source, made or found in the cache (ITDT → IPDT).

    Raises:
        DataError: nothing usable is there.
        StorageError: a place cannot be read or written.
    """
    store, preprocessor = source_parts(data, components)
    tell_start(listener, "data", components.training_store)
    described = _describe(data, store, listener)
    tell_start(listener, "preprocessing", components.preprocessor)
    return preprocessor.prepare(
        described, store, DirectoryFolder(cache_folder() / "packs"), listener=listener
    )


def _describe(data: DataConfig, store: TrainingStore, listener: Listener | None) -> ITDT:
    def describe(source: str) -> ITDT:
        return store.describe(source, style_from_prefix=data.style_from_prefix, listener=listener)

    if data.source_b is None:
        return describe(data.source)
    return as_domains(describe(data.source), describe(data.source_b))


def as_domains(a: ITDT, b: ITDT) -> ITDT:
    """Return two data sets as one of two styles: all of ``a`` is the first, all of ``b`` the second.

    Raises:
        DataError: a picture is in both.
    """
    twice = {image.uri for image in a.images} & {image.uri for image in b.images}
    if twice:
        raise DataError(
            f"{b.source}: wanted other pictures than those of {a.source}, got {len(twice)} of them in both: "
            f"{min(twice)}"
        )
    names = (a.dataset, b.dataset) if a.dataset != b.dataset else (f"{a.dataset} A", f"{b.dataset} B")
    images = [
        image.model_copy(update={"style": name})
        for name, one in zip(names, (a, b), strict=True)
        for image in one.images
    ]
    digest = sha256(f"{a.fingerprint}\n{b.fingerprint}".encode()).hexdigest()
    return ITDT(
        dataset=f"{a.dataset} and {b.dataset}"[:255],
        source=f"{a.source}, {b.source}",
        fingerprint=digest,
        styles=names,
        images=tuple(images),
        set_aside=(*a.set_aside, *b.set_aside),
    )


def source_parts(data: DataConfig, components: ComponentNames) -> tuple[TrainingStore, Preprocessor]:
    """Return what reads a data source, and what makes a pack of it.

    Raises:
        SettingsError: there is no such component, or it takes no such options.
    """
    store = make_component(TRAINING_STORES, components.training_store)
    return store, make_component(PREPROCESSORS, components.preprocessor, **data.options)


def tell_start(listener: Listener | None, stage: str, component: str) -> None:
    """Tell ``listener`` that a stage has begun."""
    if listener is not None:
        listener(StageStarted.model_validate({"stage": stage, "component": component}))
