"""The benchmark of style transfer ends ours where it is as good as the peer, and no earlier."""

import pytest

from benchmarks.style_transfer import Reached, StopsAt, make_until
from components.generation.style_transfer.matching import Gatys
from interfaces.igs import Stylize
from tests.unit.generation.style_transfer.small_features import Remembers, make_task


def test_an_image_ends_at_the_first_step_of_full_size_whose_loss_is_small_enough() -> None:
    task = make_task(steps=24)
    whole = Remembers()
    Gatys().transfer(task, whole)
    of_full_size = [values["loss"] for _, values in whole.trail if values["side"] == 48]
    wanted = of_full_size[7]
    first = next(number for number, loss in enumerate(of_full_size, 1) if loss <= wanted)
    watch = StopsAt(wanted, 48)
    image = make_until(task, watch)
    assert watch.steps == first
    # one more step from there shows the loss of the image
    again = Remembers()
    Gatys().transfer(task._replace(content=image, settings=after(task.settings)), again)
    assert image.shape == task.content.shape
    assert again.trail[0][1]["style"] == pytest.approx(
        next(values["style"] for _, values in whole.trail if values["loss"] == of_full_size[first - 1]),
        rel=1e-3,
    )


def after(settings: Stylize) -> Stylize:
    return settings.model_copy(update={"steps": 1, "smallest": 48, "size": 48})


def test_a_loss_that_is_small_at_a_smaller_size_does_not_count() -> None:
    watch = StopsAt(1e9, 48)
    watch.trace(1, {"side": 24.0, "loss": 0.0})
    watch.progress(1, 2)
    watch.trace(2, {"side": 48.0, "loss": 0.0})
    with pytest.raises(Reached):
        watch.progress(2, 2)


def test_where_the_loss_is_never_small_enough_all_steps_are_made() -> None:
    task = make_task(steps=6)
    watch = StopsAt(0.0, 48)
    assert (make_until(task, watch) == Gatys().transfer(task, Remembers())).all()
    assert watch.steps == 3
