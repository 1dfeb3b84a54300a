"""A step of a translation's training, and pictures translated: ours against plain PyTorch.

Run it with ``python -m benchmarks.translation [--side 128 256] [--pictures 20] [--repeats N] [--precision P] [--json]``. Both
train cycles of two ResNet generators of 9 blocks and two critics of 70 px patches, one picture of each domain in a step. Ours is
the trainer's own step with pictures cut out of a pack; the peer (`benchmarks.plain_translation`) has its pictures ready. They
take turns in one process on the same threads; a figure is the median of the ratios of neighbouring turns. Then each translates
the same pictures one by one, ours as ``artgen translate`` does but for the files.

The goals are 2 where bfloat16 is fast on this machine, else 1.2, for a step; 2 for pictures.
"""

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.operations import count_operations, matmul_rate
from benchmarks.plain_translation import Peer, PlainGenerator
from components.networks.translation import TranslationNet
from components.training import TranslationSettings
from components.training.translation.trainer import TranslationTrainer
from interfaces.igme import ResnetTranslation
from interfaces.ipdt import IPDT


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--side", type=int, nargs="+", default=[128, 256], help="of the pictures")
    parser.add_argument("--width", type=int, default=64, help="of all networks")
    parser.add_argument("--blocks", type=int, default=9, help="of the generators")
    parser.add_argument(
        "--upsampling", choices=["transposed", "nearest", "smooth"], default="transposed", help="of ours"
    )
    parser.add_argument("--pictures", type=int, default=20, help="to translate")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--precision", choices=["auto", "float32", "bfloat16"], default="auto", help="of ours"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    options = parser.parse_args()
    for side in options.side:
        result = compare(options, side)
        if options.json:
            print(json.dumps(result))
            continue
        for key, value in result.items():
            print(f"{key:22} {value:.3f}" if isinstance(value, float) else f"{key:22} {value}")


def compare(options: argparse.Namespace, side: int) -> dict[str, Any]:
    """Return what steps and translations of pictures of this side take."""
    settings = TranslationSettings.model_validate(
        {
            "generator": {
                "kind": "resnet-translation",
                "side": side,
                "width": options.width,
                "blocks": options.blocks,
                "upsampling": options.upsampling,
            },
            "critic": {"width": options.width},
            "precision": options.precision,
            "steps": 1000,
        }
    )
    with tempfile.TemporaryDirectory() as name:
        data = _pack(Path(name), settings.square_side)
        with TranslationTrainer(settings).try_out(data) as trial:
            device = trial.device
            peer = Peer(options.width, options.blocks, device)
            pair = [torch.rand(1, 3, side, side, device=device) * 2 - 1 for _ in range(2)]
            steps = _turns(trial.step, lambda: peer.step(*pair), options.repeats, device)
            ours_flop, peer_flop = (count_operations(each) for each in (trial.step, lambda: peer.step(*pair)))
    translating = _translations(settings.generator, peer.there, options, side, device)
    rate = matmul_rate(device)
    return {
        "side": side,
        "device": str(device),
        "machine": platform.processor() or platform.machine(),
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "precision": options.precision,
        "step_ours_s": steps[0],
        "step_peer_s": steps[1],
        "step_ratio": steps[2],
        "step_cpu_ratio": steps[3],
        "step_ours_gflop": ours_flop / 1e9,
        "step_peer_gflop": peer_flop / 1e9,
        "matmul_gflops": rate / 1e9,
        "step_ours_share": ours_flop / steps[0] / rate,
        "pictures_ours_s": translating[0],
        "pictures_peer_s": translating[1],
        "pictures_ratio": translating[2],
        "pictures_cpu_ratio": translating[3],
    }


def _pack(folder: Path, side: int) -> IPDT:
    """Return a pack of noise: what is learnt of it does not matter here."""
    pixels = np.random.default_rng(0).integers(0, 256, (16, side, side, 3), dtype=np.uint8)
    np.save(folder / "noise.npy", pixels)
    return IPDT(
        dataset="noise",
        fingerprint="0" * 64,
        folder=folder,
        images=np.load(folder / "noise.npy", mmap_mode="r"),
        labels=np.repeat([0, 1], 8),
        is_test=np.zeros(16, dtype=np.int64),
        names=tuple(map(str, range(16))),
        styles=("a", "b"),
    )


def _translations(
    architecture: Any, plain: PlainGenerator, options: argparse.Namespace, side: int, device: torch.device
) -> tuple[float, float, float, float]:
    from components.generation.translation.preparation import prepared
    from components.generation.translation.tiles import translate_picture
    from components.networks.precision import choose_precision

    assert isinstance(architecture, ResnetTranslation)  # noqa: S101  # see `compare`
    precision = choose_precision(options.precision, device, "translating")
    networks = TranslationNet(architecture).to(device).eval().requires_grad_(False)
    prepared(networks, precision, ["a-to-b"])
    ours = networks.a_to_b
    pictures = [torch.rand(1, 3, side, side, device=device) * 2 - 1 for _ in range(options.pictures)]

    def by_ours() -> None:
        with torch.no_grad():
            for picture in pictures:
                translate_picture(ours, picture, 4096)

    def by_peer() -> None:
        with torch.no_grad():
            for picture in pictures:
                plain(picture)

    return _turns(by_ours, by_peer, max(3, options.repeats // 2), device)


def _turns(
    ours: Callable[[], object], peer: Callable[[], object], repeats: int, device: torch.device
) -> tuple[float, float, float, float]:
    """Return the median seconds of both, and the medians of the ratios of wall time and of processor time."""
    ours(), peer()
    found = [(_timed(ours, device), _timed(peer, device)) for _ in range(repeats)]
    walls = [[one[0] for one in side] for side in zip(*found, strict=True)]
    ratio, of_cpu = (statistics.median(theirs[at] / own[at] for own, theirs in found) for at in (0, 1))
    return statistics.median(walls[0]), statistics.median(walls[1]), ratio, of_cpu


def _timed(work: Callable[[], object], device: torch.device) -> tuple[float, float]:
    begin, cpu = time.perf_counter(), time.process_time()
    work()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - begin, time.process_time() - cpu


if __name__ == "__main__":
    main()
