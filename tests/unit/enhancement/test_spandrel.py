"""Networks of other architectures run in the same engine."""

import warnings
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from components.enhancement import RealesrganEnhancer, SpandrelEnhancer
from components.networks._compat import enable
from interfaces.errors import SettingsError, WeightsError
from interfaces.iedt import IEDT
from interfaces.ies import IES
from tests.unit.enhancement.networks import SRVGG, generated, random_state, save

NETWORKS: dict[str, tuple[str, dict[str, Any]]] = {
    "ESRGAN": ("ESRGAN.__arch.RRDB.RRDBNet", {"in_nc": 3, "out_nc": 3, "num_filters": 8, "num_blocks": 1}),
    "grey ESRGAN": ("ESRGAN.__arch.RRDB.RRDBNet", {"in_nc": 1, "out_nc": 1, "num_filters": 8, "num_blocks": 1}),
    "SwinIR": (
        "SwinIR.__arch.SwinIR.SwinIR",
        {
            "img_size": 16, "window_size": 8, "embed_dim": 12, "depths": [2], "num_heads": [2],
            "upscale": 2, "upsampler": "pixelshuffledirect",
        },
    ),
    "PLKSR": ("PLKSR.__arch.PLKSR.PLKSR", {"dim": 16, "n_blocks": 2, "upscaling_factor": 3}),
    "ESRGAN of scale 1": (
        "ESRGAN.__arch.RRDB.RRDBNet",
        {"in_nc": 3, "out_nc": 3, "num_filters": 8, "num_blocks": 1, "scale": 1},
    ),
}  # fmt: skip


def network_file(folder: Path, name: str) -> Path:
    enable()
    where, arguments = NETWORKS[name]
    module, _, kind = where.rpartition(".")
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # spandrel's code calls torch in a way that is on its way out
        torch.manual_seed(0)
        network = getattr(import_module(f"spandrel.architectures.{module}"), kind)(**arguments)
    path = folder / f"{name}.safetensors"
    save_file({key: tensor.contiguous() for key, tensor in network.state_dict().items()}, path)
    return path


def enhance(weights: Path, side: int = 40, **options: object) -> IEDT:
    enhancer = {"kind": "spandrel", "weights": str(weights), **options}
    settings = IES.model_validate({"side": side, "enhancer": enhancer})
    return SpandrelEnhancer("cpu").enhance(generated(2, 13, 17), settings)


@pytest.mark.parametrize("name", ["ESRGAN", "grey ESRGAN", "SwinIR", "PLKSR"])
def test_any_architecture_enlarges_to_any_size(name: str, tmp_path: Path) -> None:
    done = enhance(network_file(tmp_path, name))
    assert done.final.size == (40, 31)
    assert done.provenance[-1].component == "spandrel"
    assert done.weights_sha256 == done.provenance[-1].digests["weights"]


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (11, 2)])
def test_a_network_with_windows_takes_pictures_of_any_size(size: tuple[int, int], tmp_path: Path) -> None:
    enhancer = {"kind": "spandrel", "weights": str(network_file(tmp_path, "SwinIR"))}
    settings = IES.model_validate({"scale": 2.0, "enhancer": enhancer})
    done = SpandrelEnhancer("cpu").enhance(generated(1, *size), settings)
    assert done.final.size == (2 * size[1], 2 * size[0])


def test_it_gives_what_our_own_loader_gives(tmp_path: Path) -> None:
    path = save(tmp_path)
    settings = IES.model_validate(
        {"side": 68, "enhancer": {"kind": "realesrgan", "weights": str(path), "precision": "float32"}}
    )
    ours = RealesrganEnhancer("cpu").enhance(generated(2, 13, 17), settings)
    torch.testing.assert_close(enhance(path, 68).final.images, ours.final.images, rtol=0, atol=1e-5)


def test_an_unknown_architecture_names_the_keys_seen_and_what_is_known(tmp_path: Path) -> None:
    save_file(
        {"strange.weight": torch.zeros(3, 3), "strange.bias": torch.zeros(3)}, tmp_path / "odd.safetensors"
    )
    with pytest.raises(
        WeightsError, match=r"odd: unknown .* 2 tensors .*strange\.weight 3x3.* knows .*ESRGAN.*SwinIR"
    ):
        enhance(tmp_path / "odd.safetensors")


def test_weights_that_are_not_whole_are_refused(tmp_path: Path) -> None:
    state = random_state(SRVGG)
    del state["body.4.bias"]
    save_file(state, tmp_path / "part.safetensors")
    with pytest.raises(WeightsError, match="part: spandrel cannot build their network"):
        enhance(tmp_path / "part.safetensors")


def test_a_network_that_does_not_enlarge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"at least twice as large.* got ESRGAN .* with scale 1"):
        enhance(network_file(tmp_path, "ESRGAN of scale 1"))


def test_a_precision_that_the_device_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="float16 wants a CUDA device"):
        enhance(save(tmp_path), precision="float16")


def test_randomness_is_left_alone(tmp_path: Path) -> None:
    before = torch.random.get_rng_state()
    enhance(network_file(tmp_path, "SwinIR"))
    assert torch.equal(torch.random.get_rng_state(), before)
