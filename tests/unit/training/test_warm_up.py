"""A generator that begins alone waits until its new critic has learnt."""

import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import safetensors.torch
import torch

from components.training import GanTrainer
from components.training.gan.model import StateView
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny import First, tiny_settings

NewFolder = Callable[[], DirectoryFolder]


class Watch:
    """Keeps the weights of the generator and its mean, a weight of the critic, and the values of every step."""

    def __init__(self) -> None:
        self.weights: list[tuple[torch.Tensor, ...]] = []
        self.values: list[dict[str, float]] = []

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        assert isinstance(view, StateView)
        networks = (view.state.generator, view.state.average, view.state.critic)
        self.weights.append(
            tuple(torch.cat([p.detach().flatten().clone() for p in net.parameters()]) for net in networks)
        )
        self.values.append(dict(view.values))
        return True

    def finish(self, folder: RunFolder) -> None:
        pass


@pytest.fixture
def model(pack: IPDT, new_folder: NewFolder) -> Path:
    """Weights of a finished training of which nothing else is left, in half precision."""
    folder = new_folder()
    found = GanTrainer(tiny_settings(store_half=True)).train(pack, folder)
    assert found is not None
    shutil.rmtree(folder.path / "checkpoints")
    return found.weights_path


@pytest.mark.parametrize("shared", [False, True])
def test_a_generator_alone_waits_until_a_new_critic_has_learnt(
    pack: IPDT, new_folder: NewFolder, model: Path, shared: bool
) -> None:
    one = {"critic_steps": 1, "correction": "none", "loss": "hinge"} if shared else {}
    watch = Watch()
    GanTrainer(tiny_settings(start=str(model.parent), warm_up=4, **one)).train(
        pack, new_folder(), observers=[watch]
    )
    stored = safetensors.torch.load_file(model)
    generator = [weights[0] for weights in watch.weights]
    # in the order of the network's own parameters, which the file has not
    assert sorted(generator[0].tolist()) == sorted(
        torch.cat([w.float().flatten() for key, w in stored.items() if not key.endswith(STATISTICS)]).tolist()
    )
    assert all(torch.equal(weights, generator[0]) for weights in generator[:4])
    assert all(torch.equal(mean, generator[0]) for _, mean, _ in watch.weights[:4])
    assert not torch.equal(generator[4], generator[0])
    critics = [weights[2] for weights in watch.weights]
    assert not any(torch.equal(critics[i], critics[i + 1]) for i in range(5))
    assert ["generator_loss" in values for values in watch.values] == [False] * 4 + [True] * 2


STATISTICS = ("running_mean", "running_var", "num_batches_tracked")


def test_a_critic_that_learns_alone_is_not_taken_for_a_collapse(
    pack: IPDT, new_folder: NewFolder, model: Path
) -> None:
    looks: list[int] = []

    class Looks(Watch):
        def observe(self, view: TrainingView, folder: RunFolder) -> bool:
            assert isinstance(view, StateView)
            looks.append(view.state.health.looks)
            return True

    settings = tiny_settings(start=str(model), warm_up=4, watch_every=1)
    GanTrainer(settings).train(pack, new_folder(), observers=[Looks()])
    assert looks == [0, 0, 0, 0, 1, 2]


def test_one_that_is_stopped_while_it_waits_ends_with_the_same_bytes(
    pack: IPDT, new_folder: NewFolder, model: Path
) -> None:
    whole, stopped = new_folder(), new_folder()
    trainer = GanTrainer(tiny_settings(start=str(model), warm_up=4))
    trainer.train(pack, whole)
    trainer.train(pack, stopped, observers=[First()])
    model.unlink()  # it has begun with it, and needs it no more
    trainer.train(pack, stopped, resume=True)
    assert stopped.read("model.safetensors") == whole.read("model.safetensors")


def test_a_critic_that_has_learnt_already_does_not_wait(pack: IPDT, new_folder: NewFolder) -> None:
    first, watch = new_folder(), Watch()
    GanTrainer(tiny_settings()).train(pack, first)
    GanTrainer(tiny_settings(start=str(first.path), warm_up=4)).train(pack, new_folder(), observers=[watch])
    assert all("generator_loss" in values for values in watch.values)


def test_the_running_mean_goes_on_from_the_one_it_began_with(
    pack: IPDT, new_folder: NewFolder, model: Path
) -> None:
    watch = Watch()
    settings = tiny_settings(start=str(model), warm_up=1, ema_decay=0.9)
    GanTrainer(settings).train(pack, new_folder(), observers=[watch])
    for (_, before, _), (generator, mean, _) in pairwise(watch.weights):
        torch.testing.assert_close(mean, 0.9 * before + 0.1 * generator)
