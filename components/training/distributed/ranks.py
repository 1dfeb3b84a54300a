"""The processes that train together, one device each, and what they say to one another."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import IntEnum
from typing import Protocol, final

import torch
import torch.distributed as dist
from torch import Tensor

from interfaces.errors import SettingsError

__all__ = ["ALONE", "Order", "Ranks"]


class Order(IntEnum):
    """What the process of rank 0 has all others do next."""

    STOP = 0
    STEP = 1
    RESTORE = 2


class _Packs(Protocol):
    """A state that another process can take over."""

    def pack(self) -> bytes: ...


@final
class Ranks:
    """This process among ``count``, of which rank 0 leads: it decides, and it alone reads and writes files.

    Every rank holds the same weights and draws the same random numbers, those of the whole batch; it computes
    an equal share of the batch, and gradients, batch statistics and measured values are means over all. So
    the number of ranks changes nothing but the last bits. Every method that talks must be called by all ranks in
    the same order; with one rank there is nobody to talk to.

    Args:
        rank: of this process.
        count: of all; torch's default process group must connect that many.
        device: of this process.
    """

    def __init__(self, rank: int = 0, count: int = 1, device: torch.device | None = None) -> None:
        self.rank = rank
        self.count = count
        self.waits = False
        """Whether this process may be waiting for the others at this moment."""
        self._known: _Packs | None = None
        self._device = device or torch.device("cpu")

    @property
    def leads(self) -> bool:
        """Whether this process decides and writes."""
        return self.rank == 0

    def rows(self, whole: Tensor, dim: int = 0) -> Tensor:
        """Return this rank's share of the rows of the whole batch.

        >>> Ranks(rank=1, count=2).rows(torch.arange(6)).tolist()
        [3, 4, 5]
        """
        share = whole.shape[dim] // self.count
        return whole.narrow(dim, self.rank * share, share)

    def mean(self, tensor: Tensor) -> Tensor:
        """Return the mean over all ranks; ``tensor`` itself may be overwritten."""
        if self.count > 1:
            dist.all_reduce(tensor)
            tensor /= self.count
        return tensor

    def average_gradients(self, weights: Iterable[Tensor]) -> None:
        """Replace the gradients of ``weights`` by their means over all ranks, all of them in one message."""
        if self.count == 1:
            return
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        bucket = self.mean(torch.cat([gradient.reshape(-1) for gradient in gradients]))
        parts = bucket.split([gradient.numel() for gradient in gradients])
        torch._foreach_copy_(gradients, [p.view(g.shape) for p, g in zip(parts, gradients, strict=True)])

    def gather(self, tensor: Tensor) -> Tensor:
        """Return the tensors of all ranks, stacked in the order of their ranks."""
        if self.count == 1:
            return tensor[None]
        found = [torch.empty_like(tensor) for _ in range(self.count)]
        dist.all_gather(found, tensor.contiguous())
        return torch.stack(found)

    @contextmanager
    def step(self, state: "_Packs") -> Iterator[None]:
        """Lead the other ranks into a step from ``state``; the block is this one's part of it.

        They make the same steps as this rank: only another ``state`` than that of the last step is sent to them.
        """
        with self._waiting():
            if self.count > 1 and state is not self._known:
                self._order(Order.RESTORE)
                self._broadcast(state.pack())
            self._known = state
            self._order(Order.STEP)
            yield

    def stop(self) -> None:
        """Let the other ranks end their training."""
        with self._waiting():
            self._order(Order.STOP)

    def hear(self) -> Order:
        """Wait for what rank 0 has this process do next."""
        return Order(int(self._broadcast_number(0)))

    def receive(self) -> bytes:
        """Return the packed state that rank 0 sends along with `Order.RESTORE`."""
        return self._broadcast(b"")

    def agree(self, text: str) -> str:
        """Return the ``text`` of rank 0, whatever the others give."""
        with self._waiting():
            return self._broadcast(text.encode() if self.leads else b"").decode()

    def check_same(self, identity: Mapping[str, str]) -> None:
        """Make sure that all ranks train the same.

        Raises:
            SettingsError: on every rank, with the names of what differs.
        """
        if self.count == 1:
            return
        names = sorted(identity)
        digests = b"".join(hashlib.sha256(identity[name].encode()).digest() for name in names)
        with self._waiting():
            mine = torch.frombuffer(bytearray(digests), dtype=torch.uint8).view(len(names), -1)
            gathered = self.gather(mine.to(self._device))
        same = (gathered == gathered[0]).all(2).all(0).tolist()
        differing = [name for name, equal in zip(names, same, strict=True) if not equal]
        if differing:
            raise SettingsError(
                f"devices: wanted {self.count} processes that train the same, got different "
                f"{', '.join(differing)}; start all with the same command, on the same data"
            )

    def _order(self, order: Order) -> None:
        self._broadcast_number(int(order))

    def _broadcast(self, content: bytes) -> bytes:
        size = self._broadcast_number(len(content))
        if self.count == 1 or not size:
            return content
        tensor = torch.frombuffer(bytearray(content or bytes(size)), dtype=torch.uint8).to(self._device)
        dist.broadcast(tensor, 0)
        return tensor.cpu().numpy().tobytes()

    def _broadcast_number(self, number: int) -> int:
        if self.count == 1:
            return number
        told = torch.tensor(number, device=self._device)
        dist.broadcast(told, 0)
        return int(told)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        self.waits = True
        try:
            yield
        finally:
            self.waits = False


ALONE = Ranks()
"""A training in one process."""
