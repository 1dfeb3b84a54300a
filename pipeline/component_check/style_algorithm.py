"""What every algorithm of style transfer must do (a task → an image)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from components.generation.style_transfer import StyleAlgorithm, Task
from components.imaging.picture_file import read_picture
from components.networks.vgg19_taps import VGG19Taps
from interfaces.igme import StyleTransferNetwork
from interfaces.igs import Stylize
from pipeline.component_check import samples
from pipeline.component_check.comparison import fingerprint, require_own_randomness
from pipeline.component_check.verdict import Suite, require

__all__ = ["OTHER_SETTINGS", "SUITE"]

WIDTH, HEIGHT = 40, 34
NETWORK = StyleTransferNetwork(width=4, blocks=1)
SMALL: Mapping[str, Any] = {"steps": 4, "smallest": 32, "features": "random"}
"""A few steps at two scales, for an algorithm that knows those."""
OTHER_SETTINGS: Mapping[str, Any] = {
    "content_weight": 3.0,
    "style_weight": 3.0,
    "smoothness": 5.0,
    "style_scale": 2.0,
    "content_layers": ("relu1_2",),
    "style_layers": ("relu1_1", "relu2_1=2"),
    "start": "noise",
    "optimizer": "adam",
    "steps": 9,
    "smallest": 48,
    "pooling": "average",
    "precision": "bfloat16",
    "features": "other.safetensors",
}
"""Settings that are not as usual, each of which an algorithm may leave unnamed."""


class Case(NamedTuple):
    """An algorithm, how another object of it is made, and what it is to make."""

    algorithm: StyleAlgorithm
    make: Callable[[], StyleAlgorithm]
    task: Task

    def transfer(self, task: Task | None = None) -> Tensor:
        """Return the image."""
        return self.algorithm.transfer(task or self.task, Witness())


class Stopped(Exception):  # noqa: N818  # a wish, not an error
    """The run shall end."""


class Witness:
    """Stands beside an algorithm, notes what it hears, and ends the run at the call of `progress` with the number ``last``."""

    def __init__(self, last: int | None = None, kept: bytes | None = None) -> None:
        self.heard: list[tuple[int, int]] = []
        self.drafts: list[Tensor] = []
        self._last = last
        self._kept = kept

    def progress(self, done: int, total: int, detail: str = "") -> None:
        """Note it, or end the run."""
        self.heard.append((done, total))
        if len(self.heard) == self._last:
            raise Stopped

    def trace(self, step: int, values: Mapping[str, float]) -> None:
        """Hear it."""

    def draft(self, image: Tensor) -> None:
        """Note it."""
        self.drafts.append(image)

    def notice(self, text: str) -> None:
        """Hear it."""

    def keep(self, state: bytes) -> None:
        """Keep it."""
        self._kept = state

    def kept(self) -> bytes | None:
        """Return it."""
        return self._kept


def prepare(make: Callable[..., StyleAlgorithm], name: str, folder: Path) -> Case:
    """Return the case: small pictures in two styles, features without a file, few steps."""
    algorithm = make()
    paths = samples.style_pictures(folder)
    settings = Stylize.model_validate(
        {"paths": paths[:1], "styles": paths, "algorithm": name, "size": WIDTH}
        | {field: value for field, value in SMALL.items() if field in algorithm.uses}
    )
    task = Task(
        content=samples.smooth_images(1, WIDTH, HEIGHT),
        styles=tuple(read_picture(path.read_bytes()).image for path in paths),
        blend=(0.5, 0.5),
        regions=(),
        settings=settings,
        seed=1000,
        features=_random_features() if algorithm.needs_features else None,
        model=samples.random_model(folder / "model", architecture=NETWORK) if settings.needs_model else None,
    )
    return Case(algorithm, make, task)


@cache
def _random_features() -> VGG19Taps:
    return VGG19Taps(None)


def gives_an_image_as_large_as_the_content(case: Case) -> None:
    """float32 (1, 3, H, W), finite, in [-1, 1]."""
    _require_image(case.transfer(), tuple(case.task.content.shape))


def leaves_its_input_alone(case: Case) -> None:
    """The pictures of the task are what they were."""
    before = _pictures(case.task)
    case.transfer()
    require(_pictures(case.task) == before, "wanted the pictures of the task left alone, got others")


def gives_the_same_image_twice(case: Case) -> None:
    """Equal tasks give equal bits."""
    _require_same(case.transfer(), case.transfer(), "from the same task the second time")


def an_image_depends_on_its_task_alone(case: Case) -> None:
    """And on nothing that the same object has made before."""
    alone = case.make().transfer(case.task, Witness())
    case.transfer(case.task._replace(content=case.task.content.flip(3), seed=7))
    _require_same(alone, case.transfer(), "after another task")


def another_content_gives_another_image(case: Case) -> None:
    """What is seen in it comes from the content."""
    other = case.transfer(case.task._replace(content=case.task.content.flip(3)))
    _require_other(case.transfer(), other, "content")


def another_style_gives_another_image(case: Case) -> None:
    """How it is seen comes from the styles; a trained network has its own."""
    if case.task.settings.needs_model:
        return
    other = case.transfer(case.task._replace(styles=tuple(-each for each in case.task.styles)))
    _require_other(case.transfer(), other, "style")


def a_style_without_a_share_changes_nothing(case: Case) -> None:
    """A style whose blend is 0, or whose region is empty, might as well be another."""
    first, second = case.task.styles
    everywhere = torch.ones(1, 1, HEIGHT, WIDTH)
    shares: dict[str, dict[str, Any]] = {
        "blend": {"blend": (1.0, 0.0)},
        "masks": {"regions": (everywhere, torch.zeros_like(everywhere))},
    }
    for name, share in shares.items():
        if name in case.algorithm.uses:
            task = case.task._replace(**share)
            one, other = (case.transfer(task._replace(styles=(first, each))) for each in (second, -second))
            _require_same(one, other, f"with another style that has no share by its {name}")


def makes_no_use_of_what_it_does_not_name(case: Case) -> None:
    """A setting that is not among ``uses`` changes no bit."""
    usual = case.transfer()
    for name, value in OTHER_SETTINGS.items():
        if name not in case.algorithm.uses:
            settings = Stylize.model_validate({**dict(case.task.settings), name: value})
            _require_same(usual, case.transfer(case.task._replace(settings=settings)), f"with another {name}")
    unnamed: dict[str, dict[str, Any]] = {
        "blend": {"blend": (0.9, 0.1)},
        "masks": {"regions": tuple(samples.opacity(2, WIDTH, HEIGHT).split(1))},
    }
    for name, change in unnamed.items():
        if name not in case.algorithm.uses:
            _require_same(usual, case.transfer(case.task._replace(**change)), f"with another {name}")


def tells_its_progress_up_to_the_end(case: Case) -> None:
    """Of one total, counting up, until all is done."""
    witness = Witness()
    case.algorithm.transfer(case.task, witness)
    done = [each for each, _ in witness.heard]
    totals = {total for _, total in witness.heard}
    whole = done == sorted(done) and len(totals) == 1 and done[-1] in totals
    require(bool(done) and whole, f"wanted steps that count up to one total, got {witness.heard[-5:]}")


def ends_where_the_attendant_says_so(case: Case) -> None:
    """What `progress` raises passes."""
    witness = Witness(last=1)
    try:
        case.algorithm.transfer(case.task, witness)
    except Stopped:
        return
    require(not witness.heard, "wanted the attendant's own error to pass, got an image")


def goes_on_where_it_was_ended(case: Case) -> None:
    """With what was kept, another object makes the bits of one that was left alone."""
    undisturbed = Witness()
    wanted = case.algorithm.transfer(case.task, undisturbed)
    ended = Witness(last=max(1, len(undisturbed.heard) // 2))
    with suppress(Stopped):
        case.make().transfer(case.task, ended)
    resumed = case.make().transfer(case.task, Witness(kept=ended.kept()))
    _require_same(wanted, resumed, "from a run that goes on")


def shows_drafts_that_are_images(case: Case) -> None:
    """float32 (1, 3, h, w), finite, in [-1, 1], of any size."""
    witness = Witness()
    case.algorithm.transfer(case.task, witness)
    for draft in witness.drafts:
        _require_image(draft, (1, 3, *draft.shape[2:]))


def leaves_the_randomness_of_others_alone(case: Case) -> None:
    """What torch draws afterwards is what it would have drawn before."""
    require_own_randomness(case.transfer)


def _pictures(task: Task) -> str:
    return fingerprint((task.content, task.styles, task.regions))


def _require_image(image: Tensor, shape: tuple[int, ...]) -> None:
    got = (image.dtype, tuple(image.shape))
    require(got == (torch.float32, shape), f"wanted torch.float32 of shape {shape}, got {got[0]} of {got[1]}")
    require(not image.requires_grad, "wanted an image without a gradient, got one with it")
    require(bool(image.isfinite().all()), "wanted finite numbers, got others")
    low, high = float(image.min()), float(image.max())
    require(low >= -1 and high <= 1, f"wanted numbers in [-1, 1], got {low:g} to {high:g}")


def _require_same(wanted: Tensor, got: Tensor, when: str) -> None:
    require(fingerprint(wanted) == fingerprint(got), f"wanted the same bits {when}, got others")


def _require_other(image: Tensor, other: Tensor, what: str) -> None:
    require(fingerprint(image) != fingerprint(other), f"wanted another image of another {what}, got the same")


SUITE = Suite(
    prepare,
    (
        gives_an_image_as_large_as_the_content,
        leaves_its_input_alone,
        gives_the_same_image_twice,
        an_image_depends_on_its_task_alone,
        another_content_gives_another_image,
        another_style_gives_another_image,
        a_style_without_a_share_changes_nothing,
        makes_no_use_of_what_it_does_not_name,
        tells_its_progress_up_to_the_end,
        ends_where_the_attendant_says_so,
        goes_on_where_it_was_ended,
        shows_drafts_that_are_images,
        leaves_the_randomness_of_others_alone,
    ),
)
