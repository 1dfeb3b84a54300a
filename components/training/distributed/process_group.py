"""Brings the processes of a training together: its own, those that it starts, or those of torchrun."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import final

import psutil
import torch
import torch.distributed as dist
from lightning_fabric import Fabric
from lightning_fabric.plugins.environments.cluster_environment import ClusterEnvironment
from lightning_fabric.plugins.environments.torchelastic import TorchElasticEnvironment

from components.training.distributed.device import (
    TIMEOUT,
    SettingsT,
    count_cores,
    open_device,
    with_precision,
)
from components.training.distributed.launcher import Followers
from components.training.distributed.ranks import ALONE, Ranks
from components.training.settings.basic import BasicSettings
from interfaces.errors import ArtgenError, RunError, SettingsError
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder

__all__ = ["follows_torchrun", "join", "open_ranks", "share_of_threads"]

_LOOPBACK = "127.0.0.1"


def follows_torchrun() -> bool:
    """Return whether torchrun started this process to follow another one, which keeps the records."""
    return _by_torchrun() and TorchElasticEnvironment().global_rank() > 0


@contextmanager
def open_ranks(
    settings: SettingsT, data: IPDT, folder: RunFolder
) -> Iterator[tuple[SettingsT, Fabric, Ranks]]:
    """Yield the settings, the device of this process and its place among those that train together.

    The settings have a definite precision, the same for all: see `with_precision`. Where rank 0 leaves the block
    without an error, the others are told to end.

    Raises:
        SettingsError: there are no such devices, or torchrun started another number of processes.
        RunError: another process of the training ended before its time.
    """
    count = settings.processes.total
    if _by_torchrun():
        _check_torchrun(settings)
    elif settings.processes.nodes > 1:
        raise SettingsError(
            f"nodes: wanted torchrun on each of the {settings.processes.nodes} machines, got none: torchrun --nnodes "
            f"{settings.processes.nodes} --nproc-per-node {settings.processes.devices} … -m pipeline.cli train …"
        )
    if count == 1:
        settings = with_precision(settings, folder)
        yield settings, open_device(settings), ALONE
    elif not dist.is_available() or dist.is_initialized():
        why = "trains with others already" if dist.is_available() else "has a torch without distribution"
        raise RunError(f"devices: wanted {count} processes, but this one {why}; give one device")
    elif _by_torchrun():
        with _joined_by_torchrun(settings, folder) as joined:
            yield joined
    else:
        with _leading(settings, data, folder) as joined:
            yield joined


@contextmanager
def join(settings: BasicSettings, rank: int, store: Path) -> Iterator[tuple[Fabric, Ranks]]:
    """Connect this process with the others of one machine, over its loopback alone; yield device and place."""
    fabric = open_device(settings, _Member(rank, settings.processes.devices))
    cuda = fabric.device.type == "cuda"
    with _environment(_variables(settings)):
        dist.init_process_group(
            "nccl" if cuda else "gloo",
            store=dist.FileStore(str(store), settings.processes.devices),  # type: ignore[attr-defined]  # documented, not in __all__
            rank=rank,
            world_size=settings.processes.devices,
            timeout=TIMEOUT,
            device_id=fabric.device if cuda else None,
        )
        fabric.launch()
    try:
        yield fabric, Ranks(rank, settings.processes.devices, fabric.device)
    finally:
        dist.destroy_process_group()


@contextmanager
def _leading(settings: SettingsT, data: IPDT, folder: RunFolder) -> Iterator[tuple[SettingsT, Fabric, Ranks]]:
    with (
        share_of_threads(settings),
        TemporaryDirectory(prefix="artgen-", ignore_cleanup_errors=True) as place,
    ):
        settings = with_precision(settings, folder)
        open_device(settings, _Member(0, settings.processes.devices))  # refuses before anything starts
        store = Path(place) / "store"
        with Followers(settings, data, store, _variables(settings)) as followers:
            try:
                with join(settings, 0, store) as (fabric, ranks):
                    followers.leader = ranks
                    yield settings, fabric, ranks
                    ranks.stop()
            except ArtgenError:
                raise
            except RuntimeError as error:
                raise followers.explain(error) from error


@contextmanager
def _joined_by_torchrun(settings: SettingsT, folder: RunFolder) -> Iterator[tuple[SettingsT, Fabric, Ranks]]:
    environment = TorchElasticEnvironment()
    leads = environment.global_rank() == 0
    # the others have neither the folder nor, perhaps, a processor of the same kind
    settings = with_precision(settings, folder) if leads else settings
    fabric = open_device(_at(settings, "float32"), environment)
    fabric.launch()
    ranks = Ranks(environment.global_rank(), environment.world_size(), fabric.device)
    try:
        settings = _at(settings, ranks.agree(settings.precision))
        yield settings, open_device(settings, environment), ranks
        if ranks.leads:
            ranks.stop()
    except ArtgenError:
        raise
    except RuntimeError as error:
        if not _is_lost_connection(error):
            raise
        raise RunError(
            f"process {ranks.rank} of {ranks.count} lost the others: {str(error).splitlines()[0]}. "
            "The training goes on from its newest checkpoint when it is resumed"
        ) from error
    finally:
        dist.destroy_process_group()


def _at(settings: SettingsT, precision: str) -> SettingsT:
    return type(settings).model_validate({**dict(settings), "precision": precision})


def _by_torchrun() -> bool:
    return bool(TorchElasticEnvironment.detect())


def _check_torchrun(settings: BasicSettings) -> None:
    started, wanted = TorchElasticEnvironment().world_size(), settings.processes.total
    if started != wanted:
        raise SettingsError(
            f"devices: torchrun started {started} processes in all, and the settings want {settings.processes.devices} "
            f"on each of {settings.processes.nodes} machines; give torchrun's numbers to --devices and --nodes"
        )


def _is_lost_connection(error: RuntimeError) -> bool:
    return isinstance(error, dist.DistError) or "gloo" in str(error)


@final
class _Member(ClusterEnvironment):
    """One of several processes on this machine that are connected already."""

    creates_processes_externally = True
    main_address = _LOOPBACK
    main_port = 0  # they find one another in a file

    def __init__(self, rank: int, count: int) -> None:
        self._rank = rank
        self._count = count

    @staticmethod
    def detect() -> bool:
        return False

    def world_size(self) -> int:
        return self._count

    def set_world_size(self, size: int) -> None:
        assert size == self._count  # noqa: S101  # Fabric multiplies what it was given

    def global_rank(self) -> int:
        return self._rank

    def set_global_rank(self, rank: int) -> None:
        assert rank == self._rank  # noqa: S101  # Fabric adds what it was given

    def local_rank(self) -> int:
        return self._rank

    def node_rank(self) -> int:
        return 0


def _variables(settings: BasicSettings) -> dict[str, str]:
    """Return the environment in which a process of one machine joins the others."""
    threads = os.environ.get("OMP_NUM_THREADS", str(_threads(settings)))
    found = {"OMP_NUM_THREADS": threads}
    for name, addresses in psutil.net_if_addrs().items():
        # Windows chooses by the machine's name
        if os.name != "nt" and any(address.address == _LOOPBACK for address in addresses):
            found |= {"GLOO_SOCKET_IFNAME": name, "NCCL_SOCKET_IFNAME": name}
    return found


def _threads(settings: BasicSettings) -> int:
    return max(1, count_cores() // settings.processes.devices)


@contextmanager
def share_of_threads(settings: BasicSettings) -> Iterator[None]:
    """Compute with this rank's share of the cores, unless the user chose the number of threads."""
    before = torch.get_num_threads()
    if "OMP_NUM_THREADS" not in os.environ:
        torch.set_num_threads(min(before, _threads(settings)))
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
