"""What each of two processes computes for the tests."""

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path

import torch
from torch import nn

from components.training import GanSettings
from components.training.distributed.process_group import join
from components.training.distributed.ranks import ALONE, Ranks
from components.training.distributed.sync_batch_norm import synchronise_batch_norms
from components.training.engine.batches import Batches
from components.training.gan.iteration import advance
from components.training.gan.state import new_state
from interfaces.ports import TrainingObserver
from tests.unit.training.tiny import make_pack, tiny_projected, tiny_settings

__all__ = ["CPU", "STEPS", "compute", "every_kind", "losses", "normalise"]

CPU = torch.device("cpu")
STEPS = 20


def every_kind(features: Path) -> Mapping[str, GanSettings]:
    dcgan = {
        "loss": "cross-entropy",
        "correction": "none",
        "critic_steps": 1,
        "critic": {"width": 4, "normalisation": "batch"},
        "augment": ("cutout",),
        "beta1": 0.5,
        "beta2": 0.999,
    }
    r3gan = {
        "generator": {"kind": "residual", "side": 8, "width": 4, "latent": 5},
        "critic": {"kind": "residual", "width": 4},
        "loss": "relativistic",
        "correction": "zero-centred",
        "penalty_weight": 0.1,
        "critic_steps": 1,
        "conditional": True,
    }
    return {
        "wgan-gp": tiny_settings(),
        "r3gan, conditional": tiny_settings(**r3gan),
        "dcgan": tiny_settings(**dcgan),
        "projected": tiny_projected(features, conditional=False),
        "projected, conditional": tiny_projected(features),
        "conditional, clipped": tiny_settings(conditional=True, correction="clipping", clip_gradients=0.05),
    }


def losses(settings: GanSettings, folder: Path, ranks: Ranks = ALONE) -> Sequence[Mapping[str, float]]:
    """Return what each of the first steps measures."""
    data = make_pack(folder, images=40)
    batches = Batches(data, settings.batch, settings.seed, CPU, ranks)
    state = new_state(settings, CPU, batches.labels, len(data.styles), ranks)
    return [advance(state, batches, settings, nullcontext, ranks) for _ in range(STEPS)]


def normalise(ranks: Ranks = ALONE) -> dict[str, torch.Tensor]:
    """Return what batch normalisation in float64 makes of this rank's rows, the gradients, and the statistics."""
    rng = torch.Generator().manual_seed(0)
    images, weights = (torch.randn(6, 3, 4, 5, generator=rng, dtype=torch.float64) * 3 + 1 for _ in range(2))
    norm = nn.Sequential(nn.BatchNorm2d(3).double())
    with torch.no_grad():
        next(norm.parameters()).copy_(torch.tensor([0.5, -1.0, 2.0]))
    synchronise_batch_norms(norm, ranks)
    share = ranks.rows(images).clone().requires_grad_()
    result = norm(share)
    (result.square() * ranks.rows(weights)).sum().backward()
    assert share.grad is not None
    found = {"result": result.detach(), "slope": share.grad}
    found |= {name: weight.grad for name, weight in norm.named_parameters() if weight.grad is not None}
    return found | dict(norm.named_buffers())


def compute(rank: int, folder: Path, _observer: TrainingObserver) -> None:
    """Write what the process of that rank finds."""
    with join(tiny_settings(devices=2), rank, folder / "store") as (_, ranks):
        torch.save(normalise(ranks), folder / f"normalised-{rank}.pt")
        (folder / f"agreed-{rank}").write_text(ranks.agree("of rank 0" if ranks.leads else "another"))
        own = folder / str(rank)
        own.mkdir()
        found = {name: losses(s, own, ranks) for name, s in every_kind(folder / "squeezenet").items()}
        (folder / f"losses-{rank}.json").write_text(json.dumps(found))
