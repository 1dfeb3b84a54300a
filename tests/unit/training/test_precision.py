"""A training keeps the precision that `auto` meant when it was begun, whatever is the fastest by now."""

import json
from collections.abc import Callable

import pytest

from components.networks import speed
from components.networks.convolution_time import Times
from components.training import EnhancerTrainer, GanTrainer, rehearse
from components.training.distributed.device import with_precision
from interfaces.errors import CheckpointError
from interfaces.ipdt import IPDT
from storage.run_folder import DirectoryFolder
from tests.unit.training.tiny import tiny_settings
from tests.unit.training.tiny_enhancer import Watch, make_squares, tiny_enhancer

NewFolder = Callable[[], DirectoryFolder]
Measured = Callable[[str], None]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measured:
    """Lets this process have measured a precision as the faster one, whatever it measured before."""
    monkeypatch.delenv(speed.OVERRIDE)
    monkeypatch.setattr(speed, "bfloat16_units", lambda: "AVX512_BF16")

    def measure(faster: str) -> None:
        times = Times(2.0, 1.0) if faster == "bfloat16" else Times(1.0, 2.0)
        monkeypatch.setattr(speed, "SPEEDS", speed.SpeedProbe(lambda work: times))

    return measure


def whole(pack: IPDT, folder: DirectoryFolder, precision: str) -> bytes:
    GanTrainer(tiny_settings(precision=precision)).train(pack, folder)
    return folder.read("model.safetensors")


@pytest.mark.parametrize("begun", ["float32", "bfloat16"])
def test_a_resumed_training_ends_as_if_nothing_else_had_become_faster(
    begun: str, pack: IPDT, new_folder: NewFolder, measured: Measured
) -> None:
    folder = new_folder()
    measured(begun)
    trainer = GanTrainer(tiny_settings())
    assert trainer.train(pack, folder, observers=[Watch(last=2)]) is None
    measured("float32" if begun == "bfloat16" else "bfloat16")
    assert trainer.train(pack, folder, resume=True) is not None
    other = "float32" if begun == "bfloat16" else "bfloat16"
    assert folder.read("model.safetensors") == whole(pack, new_folder(), begun)
    assert folder.read("model.safetensors") != whole(pack, new_folder(), other)
    assert json.loads(folder.read("settings.json"))["precision"] == begun
    assert json.loads(folder.read("model.json"))["training"]["settings"]["precision"] == begun


def test_that_of_an_enhancement_network_does_so_too(new_folder: NewFolder, measured: Measured) -> None:
    folder, undisturbed = new_folder(), new_folder()
    folder.path.mkdir()
    squares = make_squares(folder.path)
    measured("bfloat16")
    trainer = EnhancerTrainer(tiny_enhancer())
    assert trainer.train(squares, folder, observers=[Watch(last=2)]) is None
    measured("float32")
    assert trainer.train(squares, folder, resume=True) is not None
    EnhancerTrainer(tiny_enhancer(precision="bfloat16")).train(squares, undisturbed)
    assert folder.read("model.safetensors") == undisturbed.read("model.safetensors")


def test_the_precision_that_it_took_may_be_named_and_no_other(
    pack: IPDT, new_folder: NewFolder, measured: Measured
) -> None:
    folder = new_folder()
    measured("bfloat16")
    GanTrainer(tiny_settings()).train(pack, folder, observers=[Watch(last=2)])
    with pytest.raises(CheckpointError, match='precision: was "bfloat16", is "float32"'):
        GanTrainer(tiny_settings(precision="float32")).train(pack, folder, resume=True)
    assert GanTrainer(tiny_settings(precision="bfloat16")).train(pack, folder, resume=True) is not None


def test_a_checkpoint_that_says_only_auto_goes_on_at_the_fastest(
    pack: IPDT, new_folder: NewFolder, measured: Measured
) -> None:
    folder = new_folder()
    measured("float32")
    GanTrainer(tiny_settings()).train(pack, folder, observers=[Watch(last=2)])
    for name in folder.names("checkpoints/*.json"):
        note = json.loads(folder.read(name))
        note["settings"]["precision"] = "auto"
        folder.write(name, json.dumps(note).encode())
    measured("bfloat16")
    assert GanTrainer(tiny_settings()).train(pack, folder, resume=True) is not None
    assert json.loads(folder.read("settings.json"))["precision"] == "bfloat16"


def test_notes_that_cannot_be_read_are_passed_over(
    pack: IPDT, new_folder: NewFolder, measured: Measured
) -> None:
    folder = new_folder()
    measured("bfloat16")
    GanTrainer(tiny_settings(checkpoint_every=1)).train(pack, folder, observers=[Watch(last=3)])
    measured("float32")
    first, newest = folder.names("checkpoints/*.json")
    folder.write(newest, b"{")
    assert with_precision(tiny_settings(), folder).precision == "bfloat16"
    folder.write(first, b"")
    assert with_precision(tiny_settings(), folder).precision == "float32"


def test_a_rehearsal_is_at_the_precision_that_the_training_would_take(
    pack: IPDT, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(work: str) -> str:
        asked.append(work)
        return "bfloat16"

    monkeypatch.setattr("components.training.distributed.device.fastest", answer)
    rehearse(GanTrainer(tiny_settings()), pack)
    assert asked == ["training"]
