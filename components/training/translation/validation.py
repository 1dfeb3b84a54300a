"""What the networks of a translation make of pictures that stay the same, and how good that is."""

from collections.abc import Mapping, Sequence
from typing import final

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from components.networks.translation import TranslationNet
from components.training.settings.random_sources import random_source
from components.training.translation.domains import pairs_of
from components.training.translation.pretraining import hidden_parts
from components.training.translation.settings import TranslationSettings
from interfaces.ipdt import IPDT

__all__ = ["Validation"]

_MOST = 16
_NOISE = 2 * 2 / 255
"""Two steps of 8 bits, in [-1, 1]: nobody sees it, and what is hidden in a picture does not survive it."""
_KINDS = 4


@final
class Validation:
    """Up to 16 pictures of each domain's test split, evenly chosen; of the training pictures where there is none.

    What is seen of each is the middle, as large as the networks learn it.

    Args:
        data: squares of two styles.
        settings: of the training.
        device: of the networks.
    """

    def __init__(self, data: IPDT, settings: TranslationSettings, device: torch.device) -> None:
        self._settings = settings
        self._device = device
        self._domains = data.styles
        a, b = (self._cut(data, rows) for rows in _chosen(data, settings))
        self._pictures = {"a_to_b": (a, b), "b_to_a": (b, a)}

    @torch.no_grad()
    def measure(self, networks: TranslationNet) -> Mapping[str, float]:
        """Return mean absolute differences on a scale of 2: with pairs from the truth, else of what comes back from both ways.

        Where nothing comes back, since one way alone is learnt: of what becomes of pictures of B, which had better stay.
        """
        if self._settings.contrastive:
            pictures, _ = self._pictures["b_to_a"]
            stayed = self._translate(networks, "a_to_b", pictures)
            return {"identity_l1_b": float(F.l1_loss(stayed, pictures))}
        found = {}
        for name, start in (("a_to_b", "a"), ("b_to_a", "b")):
            if self._settings.paired and (name == "a_to_b" or networks.b_to_a is not None):
                given, truth = self._pictures[name]
                made = self._translate(networks, name, given)
                found[f"pixel_l1_{name}"] = float(F.l1_loss(made, truth))
            elif not self._settings.paired:
                given, _ = self._pictures[name]
                found[f"cycle_l1_{start}"] = float(
                    F.l1_loss(self._there_and_back(networks, name, given), given)
                )
        return found

    @torch.no_grad()
    def show(self, networks: TranslationNet, count: int) -> Tensor:
        """Return ``count`` pictures, float32 (count, 3, side, side) in [-1, 1], by fours, of A and of B in turn.

        The picture, what it becomes, what comes back of that, and what comes back where the middle has a noise that nobody
        sees: the less the last two are alike, the more is hidden there. With pairs: the picture, what it becomes, the
        truth, and what comes back, or nothing. Where one way alone is learnt without pairs: a picture of A, what it becomes, one
        of B, and what that becomes, which had better be the same.
        """
        ways = ["a_to_b", "b_to_a"] if networks.b_to_a is not None else ["a_to_b"]
        shown: list[Tensor] = []
        for index in range(-(-count // _KINDS)):
            name = ways[index % len(ways)]
            given, other = self._pictures[name]
            place = index // len(ways) % len(given)
            one = given[place : place + 1]
            made = self._translate(networks, name, one)
            if self._settings.contrastive:
                there = other[place % len(other)][None]
                shown += [one, made, there, self._translate(networks, name, there)]
            elif self._settings.paired:
                back = torch.ones_like(one) if networks.b_to_a is None else self._return(networks, name, made)
                shown += [one, made, other[place : place + 1], back]
            else:
                rng = random_source(self._settings.seed, f"hiding {name} {place}")
                noisy = made + _NOISE * torch.randn(made.shape, generator=rng)
                shown += [one, made, self._return(networks, name, made), self._return(networks, name, noisy)]
        return torch.cat(shown)[:count]

    @torch.no_grad()
    def show_filled(self, networks: TranslationNet, count: int) -> Tensor:
        """Return ``count`` pictures as `show` does, of a network that fills in hidden parts.

        The picture, the picture with parts hidden, what the network makes of that, and this in the hidden parts alone.
        """
        shown: list[Tensor] = []
        for index in range(-(-count // _KINDS)):
            given = self._pictures["a_to_b"][index % 2]
            place = index // 2 % len(given)
            one = given[place : place + 1]
            rng = random_source(self._settings.seed, f"hidden parts {index % 2} {place}")
            parts = hidden_parts(one, rng)
            masked = one.masked_fill(parts, 0.0)
            filled = self._translate(networks, "a_to_b", masked)
            shown += [one, masked, filled, torch.where(parts, filled, one)]
        return torch.cat(shown)[:count]

    def captions(self, networks: TranslationNet) -> Sequence[str]:
        """Return what the pictures of `show` are, in turn; nothing where first ones are those of `show_filled`."""
        if self._settings.pretrain_steps:
            return ()
        a, b = self._domains[:2]
        if self._settings.contrastive:
            return (a, f"→ {b}", b, f"{b} → {b}")
        found: list[str] = []
        for start, end in ((a, b), (b, a))[: 1 if networks.b_to_a is None else 2]:
            back = f"→ {end} → {start}"
            if not self._settings.paired:
                found += [start, f"→ {end}", back, f"{back}, with noise between"]
            else:
                found += [start, f"→ {end}", f"{end}, the truth", back if networks.b_to_a is not None else ""]
        return found

    def _there_and_back(self, networks: TranslationNet, name: str, given: Tensor) -> Tensor:
        return self._return(networks, name, self._translate(networks, name, given))

    def _return(self, networks: TranslationNet, name: str, made: Tensor) -> Tensor:
        return self._translate(networks, "b_to_a" if name == "a_to_b" else "a_to_b", made)

    def _translate(self, networks: TranslationNet, name: str, given: Tensor) -> Tensor:
        network = networks.towards("a-to-b" if name == "a_to_b" else "b-to-a")
        return torch.cat([network(one.to(self._device)).cpu() for one in given.split(1)])

    def _cut(self, data: IPDT, rows: np.ndarray) -> Tensor:
        side = self._settings.generator.side
        start = (data.side - side) // 2
        pixels = np.asarray(data.images[rows, start : start + side, start : start + side])
        # (N, H, W, C) -> (N, C, H, W)
        return torch.from_numpy(pixels).permute(0, 3, 1, 2).float().div_(127.5).sub_(1).contiguous()


def _chosen(data: IPDT, settings: TranslationSettings) -> Sequence[np.ndarray]:
    is_test, labels = np.asarray(data.is_test) == 1, np.asarray(data.labels)
    if settings.paired:
        a, b = pairs_of(data, test=bool(is_test.any()))
        return [rows[_evenly(len(rows))] for rows in (a, b)]
    found = []
    for style in (0, 1):
        rows = np.flatnonzero(is_test & (labels == style))
        rows = rows if len(rows) else np.flatnonzero(labels == style)
        found.append(rows[_evenly(len(rows))])
    return found


def _evenly(count: int) -> np.ndarray:
    return np.linspace(0, count - 1, min(_MOST, count)).round().astype(int)
