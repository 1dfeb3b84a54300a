"""Which observers of a training there are, whatever component they come from; and those that somebody asked for."""

from collections.abc import Sequence

from components.evaluation import OBSERVERS as MEASURING
from components.exploration import MAP_OBSERVERS as EXPLORING
from interfaces.errors import SettingsError, did_you_mean
from interfaces.ports import TrainingObserver
from interfaces.registry import Registry
from pipeline.factories.registries import make_component
from pipeline.settings.config import ComponentNames

__all__ = ["OBSERVERS", "make_observers"]

OBSERVERS: Registry[TrainingObserver] = Registry("observer", {**MEASURING, **EXPLORING})


def make_observers(components: ComponentNames) -> Sequence[TrainingObserver]:
    """Return the observers that ``components`` name, each made with its options there.

    Raises:
        SettingsError: there is none of that name, it takes no such option, or an option is of one that does not look on.
    """
    names, options = components.observers, components.observer_options
    strange = [name for name in options if name not in names]
    if strange:
        raise SettingsError(
            *(
                f"observer_options: wanted the name of an observer that looks on ({', '.join(names) or 'none'}), got {name!r}; add it "
                f"with --observer {name}.{did_you_mean(name, names)}"
                for name in strange
            )
        )
    return [make_component(OBSERVERS, name, **options.get(name, {})) for name in names]
