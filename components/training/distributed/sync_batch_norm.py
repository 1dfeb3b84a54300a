"""Batch normalisation with the statistics of the whole batch, of which each rank has a share."""

from typing import Any, final

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from components.training.distributed.ranks import Ranks

__all__ = ["SynchronousBatchNorm2d", "synchronise_batch_norms"]

_AXES = (0, 2, 3)


def synchronise_batch_norms(network: nn.Module, ranks: Ranks) -> None:
    """Let every batch normalisation in ``network`` see the whole batch; in place, with the same weights and names.

    With one rank it sees it already, and nothing is changed.
    """
    if ranks.count == 1:
        return
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, SynchronousBatchNorm2d(child, ranks))


@final
class SynchronousBatchNorm2d(nn.Module):
    """Stands in for ``norm``, whose parameters and running statistics it takes over under the same names.

    Unlike torch's own, it also runs on processors. It has first derivatives only.
    """

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(self, norm: nn.BatchNorm2d, ranks: Ranks) -> None:
        super().__init__()
        self.weight = norm.weight
        self.bias = norm.bias
        for name, buffer in norm.named_buffers():
            self.register_buffer(name, buffer)
        self._epsilon = norm.eps
        self._momentum = 0.1 if norm.momentum is None else norm.momentum
        self._ranks = ranks

    def forward(self, images: Tensor) -> Tensor:
        """Return this rank's ``images`` (N, C, H, W), normalised over all ranks' images, height and width.

        In evaluation mode it normalises by the running statistics, and no other rank takes part.
        """
        if not self.training:
            statistics = (self.running_mean, self.running_var)
            return F.batch_norm(images, *statistics, self.weight, self.bias, False, 0.0, self._epsilon)
        with torch.no_grad():
            mean, variance = self._measure(images)
        normalised: Tensor = _Normalise.apply(  # type: ignore[no-untyped-call]  # torch's has no types
            images, self.weight, self.bias, mean, variance, self._epsilon, self._ranks
        )
        return normalised

    def _measure(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and variance, each (C,), and follow them with the running statistics."""
        exact = images if images.dtype == torch.float64 else images.float()
        variance, mean = torch.var_mean(exact, _AXES, correction=0)
        # the shares are equally large: the variance is that within them, and that of their means
        means, variances = self._ranks.gather(torch.stack([mean, variance])).unbind(1)
        mean = means.mean(0)
        variance = variances.mean(0) + means.var(0, correction=0)
        count = self._ranks.count * images.numel() // images.shape[1]
        unbiased = variance * (count / max(1, count - 1))
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self._momentum)
        self.running_var.lerp_(unbiased, self._momentum)
        return mean, variance


class _Normalise(torch.autograd.Function):
    """Normalises with statistics that depend on the images of all ranks.

    Each rank differentiates the loss of its own share; the gradient of the images is that of the sum of all
    ranks' losses, and so are, once they have been added up over the ranks, those of weight and bias.
    """

    @staticmethod
    def forward(
        ctx: Any,
        images: Tensor,
        weight: Tensor,
        bias: Tensor,
        mean: Tensor,
        variance: Tensor,
        epsilon: float,
        ranks: Ranks,
    ) -> Tensor:
        ctx.save_for_backward(images, weight, mean, variance)
        ctx.epsilon, ctx.ranks = epsilon, ranks
        result: Tensor = torch.native_batch_norm(
            images, weight, bias, mean, variance, training=False, momentum=0.0, eps=epsilon
        )[0]
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor | None, ...]:
        images, weight, mean, variance = ctx.saved_tensors
        as_constants, by_weight, by_bias = torch.ops.aten.native_batch_norm_backward(
            slope, images, weight, mean, variance, None, None, False, ctx.epsilon, [True, True, True]
        )
        sums = torch.stack([by_bias, by_weight])  # Σ dy and Σ dy·x̂, each (C,)
        dist.all_reduce(sums)
        # what the statistics add (Ioffe & Szegedy 2015, section 3): -(a + b·x)
        by_offset, by_scale = sums / (ctx.ranks.count * images.numel() // images.shape[1])
        deviation = (variance + ctx.epsilon).rsqrt()
        b = weight * deviation**2 * by_scale
        a = weight * deviation * by_offset - b * mean
        shape = (1, -1, 1, 1)
        by_statistics = torch.addcmul(a.view(shape), images.to(a.dtype), b.view(shape))
        return (as_constants - by_statistics).to(images.dtype), by_weight, by_bias, None, None, None, None
