"""The loop of all style transfer that optimises an image: coarse to fine, watched, kept, and going on where something fails."""

import math
import time
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from components.generation.style_transfer.algorithm import Features, Task
from components.generation.style_transfer.kept_state import State, digest_of, pack, unpack
from components.generation.style_transfer.objective import Criterion, Targets
from components.generation.style_transfer.scales import SHORTEST, Scale, plan_scales, resized, side_at
from components.generation.style_transfer.start import start
from components.generation.style_transfer.steppers import Stepper
from interfaces.errors import DataError
from interfaces.igs import Stylize
from interfaces.ports import Attendant

__all__ = ["CoarseToFine"]

_KEEP_S = 20.0
_KEEP_SHARE = 20
"""Keeping takes at most one of so many seconds."""
_DRAFT_S = 0.4
_EXPLODED = 2.0
"""Times the least loss: beyond, L-BFGS has lost its way and begins again from the best image."""
_MOST_FALLS = 6


class CoarseToFine:
    """An algorithm that moves an image until a loss is small, at one size after the other. What it adds is the loss, and what moves."""

    needs_features: ClassVar[bool] = True
    uses: ClassVar[frozenset[str]] = frozenset(
        {
            "masks", "content_weight", "style_weight", "blend", "style_scale", "start", "steps", "smallest", "pooling",
            "features",
        }
    )  # fmt: skip
    smallest: ClassVar[int] = 128
    """Longer side of the first scale, where the settings name none."""
    renewed: ClassVar[int | None] = None
    """After how many steps the loss draws anew; None where nothing of it is drawn."""

    def layers(self, settings: Stylize) -> Sequence[str]:
        """Return the layers that are compared.

        Raises:
            SettingsError: one is unknown.
        """
        raise NotImplementedError

    def criterion(
        self, features: Features, targets: Targets, settings: Stylize, draw: torch.Generator
    ) -> Criterion:
        """Return the loss at one size.

        Args:
            features: they compare pictures.
            targets: the pictures at that size.
            settings: the weights.
            draw: for what is drawn once at this size.
        """
        raise NotImplementedError

    def stepper(self, settings: Stylize, falls: int) -> Stepper:
        """Return what moves the pixels after the loss has ``falls`` times not been a finite number."""
        raise NotImplementedError

    def transfer(self, task: Task, attendant: Attendant) -> Tensor:
        """Return the image (see `StyleAlgorithm.transfer`). Where memory runs out it is made smaller and enlarged, and said so.

        Raises:
            SettingsError: a layer is unknown.
            DataError: the image is too small, or no loss was a number.
        """
        return _Transfer(self, task, attendant).run()


class _Found(NamedTuple):
    loss: float
    content: float
    style: float
    gradient: Tensor
    """Of the loss times the count of values, so that its order does not depend on the size."""

    @property
    def is_finite(self) -> bool:
        return math.isfinite(self.loss) and bool(self.gradient.isfinite().all())


class _Transfer:
    """One image under way."""

    def __init__(self, algorithm: CoarseToFine, task: Task, attendant: Attendant) -> None:
        settings = task.settings
        if task.features is None or min(task.content.shape[2:]) < SHORTEST:
            height, width = task.content.shape[2:]
            raise DataError(
                f"image: wanted at least {SHORTEST} px each way, got {width}x{height}; a larger size does it"
            )
        self._algorithm = algorithm
        self._task = task
        self._attendant = attendant
        self._features = task.features
        smallest = settings.smallest or algorithm.smallest
        self._scales = plan_scales(max(task.content.shape[2:]), smallest, settings.steps)
        self._digest = digest_of(task, algorithm.layers(settings))
        self._last_kept = self._last_draft = time.monotonic()
        self._keep_after = _KEEP_S

    def run(self) -> Tensor:
        """Return the image."""
        state = unpack(self._attendant.kept(), self._digest, self._stepper) or self._begin()
        while state.scale < len(self._scales):
            try:
                self._make(state)
            except (MemoryError, RuntimeError) as error:
                if not _is_out_of_memory(error):
                    raise
                problem = error.with_traceback(None)  # its frames hold the maps
            else:
                continue
            state = self._shrink(state, problem)
        self._attendant.progress(self._done(state), self._total, "done")
        return resized(state.best, _side(self._task.content)).clamp(-1, 1)

    def _begin(self) -> State:
        image = start(self._task, self._factor(self._scales[0]))
        return State(image=image, best=image, stepper=self._stepper())

    def _stepper(self, falls: int = 0) -> Stepper:
        return self._algorithm.stepper(self._task.settings, falls)

    def _make(self, state: State) -> None:
        """Make the steps of a scale that are left, and go to the next one."""
        scale = self._scales[state.scale]
        criterion = self._criterion(state)
        renewed = self._algorithm.renewed
        is_new = True
        while state.step < scale.steps:
            if renewed is not None and (is_new or state.step % renewed == 0):
                criterion.renew(self._draw(state.scale, 1 + state.step // renewed))
            if renewed is not None and state.step % renewed == 0:
                state.stepper.renew()
                state.best_loss = math.inf  # losses of other draws cannot be compared
            is_new = False
            found = _evaluate(criterion, state.image)
            self._go_on(state, found, state.step / scale.steps)
            self._report(state, scale, found)
        if not math.isfinite(state.best_loss):
            raise self._never_finite(state.best_loss)
        state.scale, state.step = state.scale + 1, 0
        if state.scale < len(self._scales):
            state.image = self._enlarged(state)
            state.best, state.best_loss = state.image, math.inf
            state.stepper = self._stepper(state.falls)

    def _enlarged(self, state: State) -> Tensor:
        """Return the best image at the next scale; what began as the content gets the detail that its content has there."""
        content = self._task.content
        side = side_at(content, self._factor(self._scales[state.scale]))
        image = resized(state.best, side)
        if self._task.settings.start == "content":
            image = image + resized(content, side) - resized(resized(content, _side(state.best)), side)
        return image

    def _go_on(self, state: State, found: _Found, done: float) -> None:
        if not found.is_finite:
            self._fall(state, found.loss)
        elif found.loss > _EXPLODED * state.best_loss:
            state.image, state.stepper = state.best, self._stepper(state.falls)
        else:
            if found.loss <= state.best_loss:
                state.best, state.best_loss = state.image, found.loss
            state.image = state.stepper.step(state.image, found.gradient, done)
        state.step += 1

    def _fall(self, state: State, loss: float) -> None:
        if state.falls >= _MOST_FALLS:
            raise self._never_finite(loss)
        state.falls += 1
        state.image, state.stepper = state.best, self._stepper(state.falls)
        self._attendant.notice(
            f"the loss became {loss} at step {self._done(state) + 1} of {self._total}: "
            "going on from the best image so far with Adam"
        )

    def _never_finite(self, loss: float) -> DataError:
        return DataError(
            f"the loss is not a finite number ({loss}) whatever the step; wanted finite features, so the weights of"
            f" {self._task.settings.features} may be damaged, or a weight be too large"
        )

    def _criterion(self, state: State) -> Criterion:
        task, factor = self._task, self._factor(self._scales[state.scale])
        side = side_at(task.content, factor)
        targets = Targets(
            content=resized(task.content, side),
            styles=[resized(style, side_at(style, factor)) for style in task.styles],
            blend=task.blend,
            regions=[resized(region, side).clamp(0, 1) for region in task.regions],
        )
        draw = self._draw(state.scale, 0)
        return self._algorithm.criterion(self._features, targets, task.settings, draw)

    def _draw(self, scale: int, turn: int) -> torch.Generator:
        return torch.Generator().manual_seed(((self._task.seed * 64 + scale) * 100_003 + turn) % 2**63)

    def _report(self, state: State, scale: Scale, found: _Found) -> None:
        values = {
            "side": float(scale.side),
            "loss": found.loss,
            "content": found.content,
            "style": found.style,
        }
        self._attendant.trace(self._done(state), values)
        now = time.monotonic()
        if now - self._last_kept > self._keep_after:
            self._keep(state)
        try:
            self._attendant.progress(
                self._done(state), self._total, f"{scale.side} px, loss {found.loss:.4g}"
            )
        except BaseException:
            self._keep(state)
            raise
        if now - self._last_draft > _DRAFT_S:
            self._attendant.draft(state.best.clamp(-1, 1))
            self._last_draft = now

    def _keep(self, state: State) -> None:
        begin = time.monotonic()
        self._attendant.keep(pack(state, self._digest))
        self._last_kept = time.monotonic()
        self._keep_after = max(_KEEP_S, _KEEP_SHARE * (self._last_kept - begin))

    def _shrink(self, state: State, problem: BaseException) -> State:
        """Let the largest scale be one that fits."""
        side = self._scales[state.scale].side
        if state.scale > 0:
            self._scales = self._scales[: state.scale]
            fits = self._scales[-1].side
        else:
            fits = side // 2
            if fits < SHORTEST:
                raise problem
            self._scales = [Scale(fits, sum(each.steps for each in self._scales))]
            state = self._begin()
        self._attendant.notice(
            f"out of memory at {side} px: the image is made at {fits} px and enlarged; a smaller size needs less"
        )
        return state

    def _factor(self, scale: Scale) -> float:
        return scale.side / max(self._task.content.shape[2:])

    def _done(self, state: State) -> int:
        return sum(each.steps for each in self._scales[: state.scale]) + state.step

    @property
    def _total(self) -> int:
        return sum(each.steps for each in self._scales)


def _evaluate(criterion: Criterion, image: Tensor) -> _Found:
    with torch.enable_grad():
        moved = image.detach().requires_grad_()
        losses = criterion(moved)
        (gradient,) = torch.autograd.grad(losses.total, moved)
    loss, content, style = (float(each.detach()) for each in losses)
    return _Found(loss, content, style, gradient * image.numel())


def _side(image: Tensor) -> tuple[int, int]:
    return int(image.shape[2]), int(image.shape[3])


def _is_out_of_memory(error: BaseException) -> bool:
    """Return whether there was no memory left: torch's allocator for the processor says it in words alone."""
    said = str(error)
    return isinstance(error, MemoryError) or "DefaultCPUAllocator" in said or "out of memory" in said
