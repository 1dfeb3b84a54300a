"""Whether this processor is faster in bfloat16 than in float32: measured, since no flag of it tells.

With AVX512_BF16 alone, bfloat16 convolutions run at twice the rate of float32 ones on AMD's Zen 5, and at two thirds
of it on Intel's Sapphire Rapids; with AMX at two to six times the rate.
"""

import json
import logging
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Literal, NamedTuple, final

import torch
from pydantic import Field, ValidationError

from components.networks.convolution_time import Times, Work, measure
from interfaces.contract import Contract
from interfaces.errors import SettingsError, StorageError
from interfaces.ports import RunFolder

__all__ = [
    "OVERRIDE",
    "SPEEDS",
    "FloatType",
    "Machine",
    "Measured",
    "SpeedProbe",
    "Speeds",
    "bfloat16_units",
    "fastest",
]

FloatType = Literal["float32", "bfloat16"]

OVERRIDE = "ARTGEN_PRECISION"
"""Variable of the environment: what ``auto`` takes on a processor, without any measuring."""

_WORTH_IT = 0.9
"""bfloat16 is taken below this share of float32's time, so that noise alone does not leave float32."""
_BUSY = "the machine was busy, so other processes will measure again"

_LOG = logging.getLogger(__name__)


class Machine(Contract):
    """What decides how fast a convolution is."""

    processor: str
    torch: str
    threads: int = Field(ge=1)


class Speeds(Contract):
    """Seconds that a convolution like those of ``work`` takes on ``machine``."""

    machine: Machine
    work: Work
    float32_s: float = Field(gt=0)
    bfloat16_s: float = Field(gt=0)

    @property
    def faster(self) -> FloatType:
        """The precision to take."""
        return "bfloat16" if self.bfloat16_s < _WORTH_IT * self.float32_s else "float32"


class Measured(NamedTuple):
    """The answer of a `SpeedProbe`."""

    speeds: Speeds
    path: Path | None = None
    """Of the note that other processes find it in; None where there is none."""
    is_known: bool = False
    """Whether it was found in a note, and not measured by this process."""
    is_quiet: bool = True
    """False where the machine was too busy to measure well."""
    problem: str = ""
    """Why there is no note, or what was wrong with the one before."""

    @property
    def faster(self) -> FloatType:
        """The precision to take: on a busy machine the units for matrix products tell more than the clock."""
        is_plain = not self.is_quiet and bfloat16_units() == "AMX"
        return "bfloat16" if is_plain else self.speeds.faster


@final
class SpeedProbe:
    """Measures each kind of work once, and gives the same answer from then on. Safe to use from several threads.

    Args:
        measure: does the measuring.
    """

    def __init__(self, measure: Callable[[Work], Times] = measure) -> None:
        self._measure = measure
        self._notes: RunFolder | None = None
        self._lock = Lock()
        self._found: dict[str, Measured] = {}

    def keep_in(self, notes: RunFolder) -> None:
        """Note in a folder what is measured from now on, and take what other processes have noted there."""
        self._notes = notes

    def find(self, work: Work) -> Measured:
        """Return the speeds at ``work`` with the threads that torch uses now.

        A note that cannot be read or written is passed over: this process measures then.
        """
        with self._lock:
            machine = Machine(processor=_PROCESSOR, torch=torch.__version__, threads=torch.get_num_threads())
            name = _name(machine, work)
            if name not in self._found:
                self._found[name] = self._look(machine, work, name)
            return self._found[name]

    def _look(self, machine: Machine, work: Work, name: str) -> Measured:
        damage = ""
        if self._notes is not None and self._notes.names(name):
            try:
                return Measured(
                    _read(self._notes, name, machine, work), self._notes.path / name, is_known=True
                )
            except StorageError as error:
                damage = str(error)
                _LOG.info("measuring again: %s", damage)
        times = self._measure(work)
        speeds = Speeds(machine=machine, work=work, float32_s=times.float32_s, bfloat16_s=times.bfloat16_s)
        if not times.is_quiet:
            return Measured(speeds, is_quiet=False, problem=_BUSY)
        if self._notes is None:
            return Measured(speeds)
        try:
            path = self._notes.write(name, (speeds.model_dump_json(indent=1) + "\n").encode())
        except StorageError as error:
            _LOG.info("other processes will measure again: %s", error)
            return Measured(speeds, problem=str(error))
        return Measured(speeds, path, problem=damage)


SPEEDS = SpeedProbe()
"""The one of this process: whatever asks gets the same answer."""


def bfloat16_units() -> Literal["AMX", "AVX512_BF16"] | None:
    """Return the best units for bfloat16 of this processor; without any, bfloat16 is emulated and never faster."""
    if torch.cpu._is_amx_tile_supported():
        return "AMX"
    return "AVX512_BF16" if torch.cpu._is_avx512_bf16_supported() else None


def fastest(work: Work) -> FloatType:
    """Return the precision at which this processor is fastest at ``work``, with the threads that torch uses now.

    Raises:
        SettingsError: `OVERRIDE` says what is no precision, or one that the processor cannot do.
    """
    units, said = bfloat16_units(), os.environ.get(OVERRIDE, "")
    if not said:
        return SPEEDS.find(work).faster if units else "float32"
    if said == "float32":
        return "float32"
    if said == "bfloat16" and units:
        return "bfloat16"
    able = "float32 or bfloat16" if units else "float32, since this processor has no units for bfloat16"
    raise SettingsError(f"{OVERRIDE}: wanted {able}, got {said!r}; unset it, and the fastest is taken")


def _name(machine: Machine, work: Work) -> str:
    key = json.dumps([machine.model_dump(), work], sort_keys=True)
    return f"speeds/{work}-{sha256(key.encode()).hexdigest()[:16]}.json"


def _read(notes: RunFolder, name: str, machine: Machine, work: Work) -> Speeds:
    try:
        found = Speeds.model_validate_json(notes.read(name))
    except ValidationError as error:
        raise StorageError(f"{notes.path / name} is damaged: {error.errors()[0]['msg']}") from error
    if (found.machine, found.work) != (machine, work):
        raise StorageError(f"{notes.path / name} is damaged: it tells of another machine or work")
    return found


def _describe_processor() -> str:
    fields: Mapping[str, str] = {}
    with suppress(OSError):  # Linux alone has this file
        lines = Path("/proc/cpuinfo").read_text(errors="replace").split("\n\n", 1)[0].splitlines()
        fields = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    # the clouds hide the name, and machines of one name may lack the units
    wanted = ("model name", "cpu family", "model", "stepping")
    found = [f"{name} {fields[name]}" for name in wanted if name in fields]
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA")
    said = [*(found or [platform.processor() or platform.machine()]), bfloat16_units(), limit]
    return ", ".join([*filter(None, said), torch.backends.cpu.get_cpu_capability()])


_PROCESSOR = _describe_processor()
