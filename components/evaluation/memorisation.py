"""Memorisation: is a generated picture nearer to a training picture than real pictures are to each other?"""

from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple, final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from components.evaluation.samples import sheet
from components.evaluation.sets import Measurement, PictureSets, Tell
from interfaces.ports import RunFolder

__all__ = ["NearestNeighbours", "Neighbours", "nearest", "thumbnails"]

PAIRS_FILE = "nearest.png"
_SIDE = 32
_CHUNK = 256
_AROUND = 50


class Neighbours(NamedTuple):
    """The nearest reference picture of each query."""

    row: np.ndarray
    """Its row in the reference: int64 (n,)."""
    distance: np.ndarray
    """Root mean square of the differences of all values in [0, 1]: float32 (n,)."""
    relative: np.ndarray
    """``distance`` over the mean distance of the 50 nearest: float32 (n,) in [0, 1], near 0 for a copy."""


@final
class NearestNeighbours:
    """Looks for the nearest training picture of each generated one, either way round.

    Pictures are compared at 32 pixels. A plain distance would accuse blurred pictures, which are near to
    everything; so it is divided by the mean distance of the 50 nearest (Carlini et al. 2023, section 5.2). A
    picture is suspicious where that is less than for all but 1 % of real pictures; these are of the test split
    where there is one, else each training picture is compared with all others.

    Args:
        shown: pairs in ``nearest.png``: the most suspicious generated pictures above, training pictures below.
    """

    def __init__(self, *, shown: int = 12) -> None:
        self._shown = shown

    def measure(self, sets: PictureSets, folder: RunFolder, tell: Tell) -> Sequence[Measurement]:
        """Return the share of suspicious pictures and the median distances; write the pairs."""
        what = "nearest training pictures"
        reference = thumbnails(sets, sets.training, tell)
        nobody = np.full(len(sets.generated), -1)
        queries = _shrunk(sets.generated)
        found = nearest(queries, nobody, reference, sets.training, tell, what)
        # also mirrored: training flips pictures
        mirrored = nearest(queries.flip(-1), nobody, reference, sets.training, tell, f"{what}, mirrored")
        found = _closer(found, mirrored)
        real = _shrunk(sets.pictures(sets.other))
        usual = _closer(
            nearest(real, sets.other, reference, sets.training, tell, f"{what} of real ones"),
            nearest(
                real.flip(-1), sets.other, reference, sets.training, tell, f"{what} of real ones, mirrored"
            ),
        )
        folder.write(PAIRS_FILE, self._pairs(sets, found))
        return _measurements(found, usual, sets)

    def _pairs(self, sets: PictureSets, found: Neighbours) -> bytes:
        worst = np.argsort(found.relative, kind="stable")[: self._shown]
        copied = sets.pictures(sets.training[found.row[worst]])
        both = torch.cat([sets.generated[torch.from_numpy(worst)], copied])
        content = BytesIO()
        sheet(both.float().div(127.5).sub(1), len(worst)).save(content, "PNG")
        return content.getvalue()


def _measurements(found: Neighbours, usual: Neighbours, sets: PictureSets) -> list[Measurement]:
    threshold = float(np.quantile(usual.relative, 0.01))
    share, floor = (100 * float((some.relative < threshold).mean()) for some in (found, usual))
    training = set(sets.training.tolist())
    details = {
        "threshold": threshold, "training_pictures": len(sets.training), "side": min(_SIDE, sets.pack.shape[1]),
        "pairs": PAIRS_FILE,
        "real_pictures": "of the training set" if sets.other[0] in training else "of the test split",
    }  # fmt: skip
    name = "nearest training picture"
    return [
        Measurement("memorised_share", f"{name}, suspiciously close, %", share, "as real", floor=floor,
                    details={**details}),
        Measurement("nearest_relative", f"{name}, relative distance, median", float(np.median(found.relative)),
                    "as real", floor=float(np.median(usual.relative)), details={**details}),
        Measurement("nearest_distance", f"{name}, distance, median", float(np.median(found.distance)),
                    "as real", floor=float(np.median(usual.distance)), details={**details}),
    ]  # fmt: skip


def thumbnails(sets: PictureSets, rows: np.ndarray, tell: Tell) -> Tensor:
    """Return rows of the pack at 32 pixels or their own smaller side: float32 (len(rows), 3, s, s) in [0, 1]."""
    found = []
    for start in range(0, len(rows), 2048):
        tell("looking at the training pictures", start, len(rows))
        found.append(_shrunk(sets.pictures(rows[start : start + 2048])))
    return torch.cat(found)


def _shrunk(images: Tensor) -> Tensor:
    side = min(_SIDE, images.shape[-1])
    return torch.cat([F.adaptive_avg_pool2d(some.float().div(255), side) for some in images.split(_CHUNK)])


def nearest(
    queries: Tensor, rows: np.ndarray, reference: Tensor, reference_rows: np.ndarray, tell: Tell, what: str
) -> Neighbours:
    """Return the nearest of ``reference`` for each of ``queries``; a picture is not its own neighbour.

    Args:
        queries: float32 (n, 3, s, s).
        rows: row of each query in the pack, -1 for a picture that is not from there: (n,).
        reference: float32 (N, 3, s, s), at least 2.
        reference_rows: rows in the pack: (N,).
        tell: is told the queries.
        what: to call it by.
    """
    flat, own = reference.flatten(1), torch.from_numpy(reference_rows)
    # centred, or the difference of large squares would lose the small distances
    centre = flat.mean(dim=0)
    flat = flat - centre
    squares = flat.square().sum(dim=1)
    around = min(_AROUND, len(flat) - 1)
    places, distances = [], []
    for start in range(0, len(queries), _CHUNK):
        tell(what, start, len(queries))
        some = queries[start : start + _CHUNK].flatten(1) - centre
        gaps = torch.addmm(squares, some, flat.T, alpha=-2).add_(some.square().sum(dim=1, keepdim=True))
        gaps[torch.from_numpy(rows[start : start + _CHUNK])[:, None] == own] = torch.inf
        low = gaps.topk(around, dim=1, largest=False)
        places.append(low.indices[:, 0])
        distances.append(low.values.clamp_min(0).div(flat.shape[1]).sqrt())
    tell(what, len(queries), len(queries))
    near = torch.cat(distances)  # (n, around), nearest first
    relative = near[:, 0] / near.mean(dim=1).clamp_min(1e-12)
    return Neighbours(torch.cat(places).numpy(), near[:, 0].numpy(), relative.numpy())


def _closer(one: Neighbours, two: Neighbours) -> Neighbours:
    first = one.relative <= two.relative
    return Neighbours(*(np.where(first, a, b) for a, b in zip(one, two, strict=True)))
