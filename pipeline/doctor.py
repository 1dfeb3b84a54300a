"""What works on this machine, and what to do about the rest."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, NamedTuple

from interfaces.errors import ArtgenError

__all__ = ["Finding", "diagnose"]

LIBRARIES = (
    "torch",
    "torchvision",
    "lightning-fabric",
    "spandrel",
    "realesrgan",
    "basicsr",
    "pillow",
    "pydantic",
)
LOW_DISK = 2e9
WORKS: tuple[Literal["enhancement", "training", "stylizing", "translating"], ...] = (
    "enhancement",
    "training",
    "stylizing",
    "translating",
)


class Finding(NamedTuple):
    """One thing that was looked at."""

    topic: str
    verdict: Literal["ok", "note", "fault"]
    """``note``: it works, but could be better."""
    found: str
    advice: str = ""


def diagnose() -> list[Finding]:
    """Look at everything; a fault in one place does not hide the others."""
    looks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _versions, _device, _precisions, _imports, _model, _weights, _places,
    )  # fmt: skip
    findings = []
    for look in looks:
        try:
            findings += list(look())
        except ArtgenError as error:
            findings.append(Finding(look.__name__.strip("_"), "fault", str(error)))
    return findings


def _versions() -> Iterator[Finding]:
    yield Finding(
        "artgen", "ok", f"{version('artgen')} on Python {platform.python_version()}, {platform.platform()}"
    )
    for name in LIBRARIES:
        try:
            yield Finding(name, "ok", version(name))
        except PackageNotFoundError:
            if name in ("realesrgan", "basicsr") and sys.version_info >= (3, 13):
                yield Finding(
                    name, "note", "not installed", "not needed: spandrel loads the same weights here"
                )
            else:
                yield Finding(name, "fault", "not installed", f"pip install {name}")


def _device() -> Iterator[Finding]:
    import torch

    if torch.cuda.is_available():
        free, total = torch.cuda.mem_get_info()
        name = torch.cuda.get_device_name()
        yield Finding("device", "ok", f"{name}, {free / 2**30:.1f} of {total / 2**30:.1f} GiB free")
    else:
        advice = "works; a CUDA GPU with a CUDA build of torch is many times faster"
        yield Finding("device", "note", f"processor, {torch.get_num_threads()} threads", advice)


def _precisions() -> Iterator[Finding]:
    import torch

    from components.networks.speed import OVERRIDE, bfloat16_units, fastest

    if torch.cuda.is_available():
        half = torch.cuda.is_bf16_supported(including_emulation=False)
        yield Finding("precisions", "ok", "float32, float16" + (", bfloat16" if half else ""))
        return
    units = bfloat16_units()
    if units is None:
        yield Finding("precisions", "ok", "float32 (no bfloat16 units)")
        return
    yield Finding("precisions", "ok", f"float32, bfloat16 ({units})")
    if os.environ.get(OVERRIDE):
        taken = fastest("enhancement")
        yield Finding("precision auto", "note", f"{taken}, without measuring", f"{OVERRIDE} says so")
    else:
        yield from _speeds()


def _speeds() -> Iterator[Finding]:
    from components.networks.speed import SPEEDS
    from pipeline.factories.speeds import remember_speeds

    remember_speeds()
    for work in WORKS:
        found = SPEEDS.find(work)
        speeds = found.speeds
        times = f"{1000 * speeds.float32_s:.1f} ms in float32, {1000 * speeds.bfloat16_s:.1f} ms in bfloat16"
        source = "known from before" if found.is_known else "measured now"
        text = f"{found.faster}: a convolution takes {times} with {speeds.machine.threads} threads; {source}"
        advice = found.problem or f"remove {found.path} to measure it anew"
        yield Finding(f"precision of {work}", "note" if found.problem else "ok", text, advice)


def _imports() -> Iterator[Finding]:
    from components.networks._compat import enable

    try:
        enable()
        modules = ["torchvision", "lightning_fabric", "spandrel"]
        if sys.version_info < (3, 13):
            modules += ["basicsr.archs.rrdbnet_arch", "realesrgan.archs.srvgg_arch"]
        for module in modules:
            import_module(module)
    except Exception as error:  # a broken installation can fail in any way; it is reported
        yield Finding(
            "libraries work",
            "fault",
            f"{type(error).__name__}: {error}",
            "install artgen in a fresh environment",
        )
        return
    yield Finding("libraries work", "ok", f"{len(modules)} of {len(modules)} can be imported")


def _model() -> Iterator[Finding]:
    from pipeline.factories.stores import local_models

    for model in local_models().list():
        yield Finding(
            "model", "ok", f"{model.name}: {model.architecture.side} px, {len(model.styles)} styles"
        )


def _weights() -> Iterator[Finding]:
    from pipeline.factories.stores import local_weights

    store = local_weights()
    for name in store.names:
        search = store.look(name)
        for fault in search.faults:
            yield Finding(f"weights {name}", "note" if search.path else "fault", fault)
        if search.path is not None:
            yield Finding(f"weights {name}", "ok", f"{search.place}: {search.path}")
        elif not search.faults:
            yield Finding(f"weights {name}", "note", "not here", store.advice(name))


def _places() -> Iterator[Finding]:
    from storage.paths import cache_folder, data_folder

    for topic, folder in (("cache", cache_folder()), ("data", data_folder()), ("here", Path.cwd())):
        place = next(parent for parent in (folder, *folder.parents) if parent.exists())
        free = shutil.disk_usage(place).free
        low = free < LOW_DISK
        advice = "free some space, or move it: ARTGEN_CACHE, ARTGEN_DATA, --out" if low else ""
        yield Finding(
            f"folder: {topic}", "note" if low else "ok", f"{folder}, {free / 1e9:.1f} GB free", advice
        )
