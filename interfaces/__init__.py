"""The nine contracts, the ports, the events and the errors: all that components know of each other.

Names are imported when they are first asked for (PEP 562), because four of the contracts carry tensors and
torch takes seconds to import.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from interfaces.ics import ICS
    from interfaces.iedt import IEDT, SizedImages
    from interfaces.ies import IES
    from interfaces.igdt import IGDT
    from interfaces.igme import IGME
    from interfaces.igs import IGS
    from interfaces.iodt import IODT, EncodedFile
    from interfaces.ipdt import IPDT
    from interfaces.itdt import ITDT, SetAside, TrainingImage
    from interfaces.provenance import Origin, Provenance, StageRecord

__all__ = [
    "ICS",
    "IEDT",
    "IES",
    "IGDT",
    "IGME",
    "IGS",
    "IODT",
    "IPDT",
    "ITDT",
    "EncodedFile",
    "Origin",
    "Provenance",
    "SetAside",
    "SizedImages",
    "StageRecord",
    "TrainingImage",
]

_MODULES = {
    "EncodedFile": "iodt",
    "Origin": "provenance",
    "Provenance": "provenance",
    "SetAside": "itdt",
    "SizedImages": "iedt",
    "StageRecord": "provenance",
    "TrainingImage": "itdt",
}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'interfaces' has no attribute {name!r}")
    return getattr(import_module(f"interfaces.{_MODULES.get(name, name.lower())}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
