"""The training of an enhancement network: what it writes, how it goes on, what it refuses."""

import json
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch

from components.training import EnhancerTrainer, any_settings_with, rehearse, settings_with
from interfaces.errors import CheckpointError, SettingsError, UnknownComponentError
from interfaces.ipdt import IPDT
from interfaces.ports import RunFolder, TrainingObserver, TrainingView
from storage.run_folder import DirectoryFolder
from tests.processes import run_until
from tests.unit.networks.features_files import write_squeezenet
from tests.unit.training.tiny_enhancer import Watch, critic_of, make_squares, tiny_enhancer

NewFolder = Callable[[], DirectoryFolder]

OF_CHILD = {
    "side": 32,
    "crop": 32,
    "steps": 30,
    "checkpoint_every": 7,
    "perceptual_weight": 0.1,
    "perceptual_from": 10,
    "adversarial_weight": 0.05,
    "critic_width": 4,
}


def test_it_writes_a_network_that_says_what_it_is(squares: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    settings = tiny_enhancer(name="ours", licence="CC0")
    trained = EnhancerTrainer(settings).train(squares, folder)
    assert trained is not None
    content = trained.weights_path.read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    note = json.loads(header["__metadata__"]["artgen"])
    assert (note["name"], note["licence"], note["architecture"]["features"]) == ("ours", "CC0", 4)
    assert {entry["dtype"] for name, entry in header.items() if name != "__metadata__"} == {"F16"}
    described = json.loads(folder.read("enhancer.json"))
    assert described["weights_path"] == "model.safetensors"
    assert described["weights_sha256"] == trained.weights_sha256
    assert described["training"]["images"] == described["training"]["pictures"] == 9
    assert described["training"]["held_out"] == 3
    assert set(described["metrics"]) == {"psnr", "bicubic_psnr"}


def test_the_log_holds_the_losses_and_rarely_the_psnr(squares: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    EnhancerTrainer(tiny_enhancer(log_every=4, validate_every=5)).train(squares, folder)
    lines = [json.loads(line) for line in folder.read("log.jsonl").splitlines()]
    assert [line["step"] for line in lines] == [4, 5, 6]
    assert [("psnr" in line, "bicubic_psnr" in line) for line in lines] == [
        (False, False),
        (True, True),
        (True, True),
    ]
    assert [(line["epoch"], line["images"]) for line in lines] == [(1, 16), (2, 20), (2, 24)]
    assert all(line["loss"] == line["pixel_loss"] > 0 for line in lines)


def test_it_learns_to_beat_bicubic_where_that_is_easy(tmp_path: Path, new_folder: NewFolder) -> None:
    # squares of flat blocks: bicubic blurs them, and a few weights do better at once
    blocks = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 3)).astype(np.uint8)
    squares = make_squares(tmp_path, images=40)
    data = IPDT(**{**dict(squares), "images": blocks.repeat(4, 1).repeat(4, 2)})
    changes = {"steps": 40, "crop": 16, "clean_share": 1.0, "learning_rate": 0.003, "ema_decay": 0.9}
    trained = EnhancerTrainer(tiny_enhancer(**changes)).train(data, new_folder())
    assert trained is not None
    assert trained.metrics["psnr"] > trained.metrics["bicubic_psnr"] + 1


@pytest.mark.parametrize("adversarial_from", [0, 16])
def test_a_killed_training_ends_with_the_bytes_of_an_undisturbed_one(
    adversarial_from: int, tmp_path: Path, new_folder: NewFolder
) -> None:
    # killed at step 17, it goes on from step 14: the critic has learnt by then, or is yet to begin
    changes = {**OF_CHILD, "adversarial_from": adversarial_from}
    whole, killed = new_folder(), DirectoryFolder(tmp_path / "run")
    assert run_until(17, _train_in, tmp_path, changes) != 0
    assert not (tmp_path / "run" / "model.safetensors").exists()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        features = str(write_squeezenet(tmp_path / "features.safetensors"))
        trainer = EnhancerTrainer(tiny_enhancer(**changes, features=features))
        trainer.train(make_squares(tmp_path, side=32), whole)
        trainer.train(make_squares(tmp_path, side=32), killed, resume=True)
    finally:
        torch.set_num_threads(threads)
    assert killed.read("model.safetensors") == whole.read("model.safetensors")
    assert _without_seconds(killed) == _without_seconds(whole)
    assert critic_of(killed, 30) == critic_of(whole, 30)


def _train_in(folder: Path, changes: Mapping[str, object], observer: TrainingObserver) -> None:
    features = str(write_squeezenet(folder / "features.safetensors"))
    trainer, place = (
        EnhancerTrainer(tiny_enhancer(**changes, features=features)),
        DirectoryFolder(folder / "run"),
    )
    trainer.train(make_squares(folder, side=32), place, resume=True, observers=[observer])


def _without_seconds(folder: DirectoryFolder) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in folder.read("log.jsonl").splitlines()]
    return [{name: value for name, value in line.items() if name != "seconds"} for line in lines]


def test_a_training_stopped_twice_ends_like_an_undisturbed_one_and_looking_changes_nothing(
    squares: IPDT, new_folder: NewFolder
) -> None:
    trainer, stopped = EnhancerTrainer(tiny_enhancer()), new_folder()
    whole = trainer.train(squares, new_folder())
    assert trainer.train(squares, stopped, observers=[Watch(2)]) is None
    assert trainer.train(squares, stopped, resume=True, observers=[Watch(5)]) is None
    resumed = trainer.train(squares, stopped, resume=True, observers=[Watch()])
    assert whole is not None
    assert resumed is not None
    assert resumed.weights_sha256 == whole.weights_sha256


def test_a_longer_training_goes_on_where_a_shorter_one_ended(squares: IPDT, new_folder: NewFolder) -> None:
    folder = new_folder()
    EnhancerTrainer(tiny_enhancer(steps=3)).train(squares, folder)
    longer = EnhancerTrainer(tiny_enhancer()).train(squares, folder, resume=True)
    whole = EnhancerTrainer(tiny_enhancer()).train(squares, new_folder())
    assert longer is not None
    assert whole is not None
    assert longer.weights_sha256 == whole.weights_sha256


def test_another_training_s_network_can_be_the_start(squares: IPDT, new_folder: NewFolder) -> None:
    first = new_folder()
    EnhancerTrainer(tiny_enhancer(learning_rate=0.01)).train(squares, first)
    start = str(first.path / "checkpoints" / "step-000000006.safetensors")
    watch, anew = Watch(1), Watch(1)
    EnhancerTrainer(tiny_enhancer(start=start)).train(squares, new_folder(), observers=[watch])
    EnhancerTrainer(tiny_enhancer()).train(squares, new_folder(), observers=[anew])
    assert not torch.equal(watch.pictures[2], anew.pictures[2])
    with pytest.raises(CheckpointError, match="belongs to another network"):
        EnhancerTrainer(tiny_enhancer(start=start, network={"features": 8})).train(squares, new_folder())


def test_the_other_training_may_be_gone_when_this_one_goes_on(squares: IPDT, new_folder: NewFolder) -> None:
    first, whole, stopped = new_folder(), new_folder(), new_folder()
    EnhancerTrainer(tiny_enhancer(learning_rate=0.01)).train(squares, first)
    trainer = EnhancerTrainer(tiny_enhancer(start=str(first.path)))
    undisturbed = trainer.train(squares, whole)
    trainer.train(squares, stopped, observers=[Watch(2)])
    shutil.rmtree(first.path)
    resumed = trainer.train(squares, stopped, resume=True)
    assert undisturbed is not None
    assert resumed is not None
    assert resumed.weights_sha256 == undisturbed.weights_sha256
    assert resumed.training["start_sha256"] == undisturbed.training["start_sha256"]


def test_the_sheet_shows_small_bicubic_ours_and_truth(squares: IPDT, new_folder: NewFolder) -> None:
    watch = Watch()
    EnhancerTrainer(tiny_enhancer()).train(squares, new_folder(), observers=[watch])
    pictures = watch.pictures.add(1).mul(127.5).round().byte()
    truth = torch.from_numpy(np.asarray(squares.images[[0, 1]])).permute(0, 3, 1, 2)
    assert pictures.shape == (8, 3, 16, 16)
    assert torch.equal(pictures[3::4], truth)
    blocks = pictures[0].view(3, 4, 4, 4, 4)
    assert torch.equal(blocks, blocks[:, :, :1, :, :1].expand_as(blocks))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for a single process")
def test_ctrl_c_saves_the_step_under_way_and_interrupts(squares: IPDT, new_folder: NewFolder) -> None:
    class Interrupts:
        def observe(self, view: TrainingView, folder: RunFolder) -> bool:
            if view.step == 2:
                signal.raise_signal(signal.SIGINT)
            return True

        def finish(self, folder: RunFolder) -> None:
            pass

    folder = new_folder()
    with pytest.raises(KeyboardInterrupt):
        EnhancerTrainer(tiny_enhancer()).train(squares, folder, observers=[Interrupts()])
    assert folder.names("checkpoints/*.json")[-1].endswith("step-000000002.json")


def test_a_loss_beyond_all_bounds_ends_the_training_with_words(squares: IPDT, new_folder: NewFolder) -> None:
    settings = tiny_enhancer(learning_rate=1.0, clip_gradients=1e30, steps=400)

    class Breaks:
        def observe(self, view: TrainingView, folder: RunFolder) -> bool:
            if view.step == 3:
                view.state.network.body[0].weight.data.fill_(float("nan"))  # type: ignore[attr-defined]  # beneath the port
            return True

        def finish(self, folder: RunFolder) -> None:
            pass

    folder = new_folder()
    with pytest.raises(SettingsError, match=r"diverged in step \d: .* smaller learning_rate"):
        EnhancerTrainer(settings).train(squares, folder, observers=[Breaks()])
    assert json.loads(folder.read("collapses.jsonl"))["kind"] == "not-a-number"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"clean_share": 0.25}, r"clean_share: was 0\.5, is 0\.25"),
        ({"crop": 16, "adversarial_weight": 0.1}, r"adversarial_weight: was 0\.0, is 0\.1"),
        ({"network": {"features": 8, "depth": 1}}, r"network\.features: was 4, is 8"),
    ],
)
def test_refuses_checkpoints_of_other_settings(
    changes: dict[str, object], said: str, squares: IPDT, new_folder: NewFolder
) -> None:
    folder = new_folder()
    EnhancerTrainer(tiny_enhancer(steps=2)).train(squares, folder)
    with pytest.raises(CheckpointError, match=said):
        EnhancerTrainer(tiny_enhancer(**changes)).train(squares, folder, resume=True)
    with pytest.raises(CheckpointError, match="holds a training already"):
        EnhancerTrainer(tiny_enhancer()).train(squares, folder)


def test_refuses_squares_of_another_size(squares: IPDT, new_folder: NewFolder) -> None:
    with pytest.raises(SettingsError, match="wanted RGB squares of 32 pixels, got 16 pixels"):
        EnhancerTrainer(tiny_enhancer(side=32)).train(squares, new_folder())


def test_a_rehearsal_says_what_it_takes(squares: IPDT, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    found = rehearse(EnhancerTrainer(tiny_enhancer(steps=90)), squares)
    assert (found.images, found.steps, found.epochs) == (9, 90, 40)
    assert (found.generator_parameters, found.critic_parameters) == (2044, 0)
    assert found.total_s == pytest.approx(90 * found.step_s)
    judged = tiny_enhancer(crop=16, adversarial_weight=0.1, adversarial_from=50, critic_width=4)
    assert rehearse(EnhancerTrainer(judged), squares).critic_parameters == 17616
    assert sorted(tmp_path.rglob("*")) == before


def test_presets_of_both_kinds_are_found_and_each_where_it_makes_sense() -> None:
    changed = any_settings_with("enhancer-x4", {"network.depth": "8", "perceptual_weight": "0.1"})
    assert changed.model_dump()["network"]["depth"] == 8
    assert any_settings_with("dcgan", {"batch": "8"}) == settings_with("dcgan", {"batch": "8"})
    with pytest.raises(SettingsError, match="which trains an enhancement network"):
        settings_with("enhancer-x4", {})
    with pytest.raises(UnknownComponentError, match="Did you mean 'enhancer-x4'"):
        any_settings_with("enhancer-x2", {})
    with pytest.raises(SettingsError, match="unknown setting 'epochs'"):
        any_settings_with("enhancer-x4", {"epochs": "3"})
    with pytest.raises(SettingsError, match="crop: wanted at most the side of the squares, 128, got 256"):
        any_settings_with("enhancer-x4", {"crop": "256"})
    with pytest.raises(SettingsError, match="crop: wanted 32 at least, where features count, got 16"):
        any_settings_with("enhancer-x4", {"crop": "16", "perceptual_weight": "1"})
    with pytest.raises(SettingsError, match="crop: wanted a multiple of 16, where a critic counts, got 40"):
        any_settings_with("enhancer-x4", {"crop": "40", "adversarial_weight": "0.1"})
    with pytest.raises(SettingsError, match=r"adversarial_loss: .*cross-entropy.*got 'wasserstein'"):
        any_settings_with("enhancer-x4", {"adversarial_loss": "wasserstein"})
    with pytest.raises(SettingsError, match=r"adversarial_weight: .* greater than or equal to 0, got '-1'"):
        any_settings_with("enhancer-x4", {"adversarial_weight": "-1"})
    with pytest.raises(SettingsError, match="crop: wanted a multiple of the scale 4, got 30"):
        any_settings_with("enhancer-x4", {"crop": "30"})
