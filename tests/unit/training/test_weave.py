"""The weave in the log of a training, and what is said about one that stays."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from components.networks.spectrum import mean_spectrum, weave
from components.training import GanTrainer
from components.training.gan.model import StateView
from components.training.gan.state import new_state
from components.training.gan.weave import WeaveWatch
from components.training.settings.random_sources import random_source
from interfaces.events import Event, Notice
from interfaces.ipdt import IPDT
from interfaces.ports import LatentView, RunFolder, TrainingView
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny import make_pack, tiny_settings

NewFolder = Callable[[], DirectoryFolder]
STRONG, WEAK = 1.0, 0.0


@dataclass
class Woven(StateView):
    """A view of a generator that makes noise, and a pattern of two pixels over it."""

    pattern: float = 0.0

    def sample(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        rng = torch.Generator().manual_seed(int(latents[0, 0].abs() * 1e6))
        noise = torch.rand(len(latents), 3, 8, 8, generator=rng) * 2 - 1
        return noise + self.pattern * torch.tensor([1.0, -1.0]).repeat(4)


@pytest.fixture
def noise(tmp_path: Path) -> IPDT:
    return make_pack(tmp_path, images=300)


def looks(pack: IPDT, *patterns: float, **changes: Any) -> tuple[list[float], list[str]]:
    """Return what looks at these patterns measure, one every 10 steps, and what is said of them."""
    told: list[Event] = []
    settings = tiny_settings(steps=1000, watch_every=1, **changes)
    watch = WeaveWatch(settings, pack, told.append)
    state, found = new_state(settings, torch.device("cpu")), []
    for pattern in patterns:
        for _ in range(10):
            state.step += 1
            values: dict[str, float] = {}
            watch.consider(Woven(state, settings, 1000, {}, pack, pattern=pattern), values)
            assert bool(values) is (state.step % 10 == 0)
        found.append(values["weave"])
    return found, [one.text for one in told if isinstance(one, Notice) and one.level == "warning"]


def test_a_weave_that_stays_is_told_once_with_what_helps(noise: IPDT) -> None:
    found, told = looks(noise, STRONG, STRONG, STRONG, STRONG, STRONG, WEAK, STRONG, STRONG)
    assert found[5] == pytest.approx(1, abs=0.4)
    assert min(found[:5]) > 3
    (text,) = told
    assert text.startswith(f"the generator weaves: in step 40 its images have {found[3]:.1f} times the power")
    assert "It is no collapse" in text
    assert "spectral_weight=2" in text
    assert "start=FOLDER" in text


@pytest.mark.parametrize(
    "patterns",
    [
        [STRONG, STRONG, WEAK, WEAK],  # as random weights do
        [WEAK, WEAK, STRONG, WEAK, STRONG, WEAK],  # one look may err
    ],
)
def test_a_weave_at_the_beginning_or_at_one_look_is_no_news(noise: IPDT, patterns: list[float]) -> None:
    assert looks(noise, *patterns)[1] == []


def test_where_the_spectrum_counts_already_more_of_it_is_advised(noise: IPDT) -> None:
    (text,) = looks(noise, *[STRONG] * 4, spectral_weight=0.5)[1]
    assert "a greater spectral_weight" in text
    assert "spectral_weight=2" not in text


class Final:
    """Remembers what the averaged weights make in the last step of noise that is drawn as the watch does it."""

    def __init__(self) -> None:
        self.images = torch.empty(0)

    def observe(self, view: TrainingView, folder: RunFolder) -> bool:
        if view.step == view.steps:
            assert isinstance(view, LatentView)
            rng = random_source(0, "weave")
            latents = [torch.randn(64, view.latent, generator=rng) for _ in range(4)]
            self.images = view.sample(torch.cat(latents))
        return True

    def finish(self, folder: RunFolder) -> None:
        """Nothing is left to do."""


def test_the_log_has_the_weave_of_the_averaged_weights_now_and_then_and_at_the_end(
    noise: IPDT, new_folder: NewFolder
) -> None:
    folder, final = new_folder(), Final()
    settings = tiny_settings(steps=23, watch_every=1, log_every=100, flip=False)
    GanTrainer(settings).train(noise, folder, observers=[final])
    lines = [json.loads(line) for line in folder.read("log.jsonl").decode().splitlines()]
    measured = {line["step"]: line["weave"] for line in lines if "weave" in line}
    assert list(measured) == [10, 20, 23]
    real = torch.from_numpy(np.array(noise.images[3:])).permute(0, 3, 1, 2) / 127.5 - 1
    wanted = weave(mean_spectrum([final.images]), mean_spectrum([real])).two_pixel
    assert measured[23] == pytest.approx(wanted, rel=1e-3)


def test_looking_at_the_weave_changes_nothing(noise: IPDT, new_folder: NewFolder) -> None:
    often, rarely = new_folder(), new_folder()
    for folder, every in ((often, 1), (rarely, 1000)):
        generator = {"side": 8, "width": 4, "latent": 5, "normalisation": "batch"}
        settings = tiny_settings(steps=12, watch_every=every, generator=generator, conditional=True)
        GanTrainer(settings).train(noise, folder)
    assert often.read("model.safetensors") == rarely.read("model.safetensors")
