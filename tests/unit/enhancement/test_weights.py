"""Weight files are read without running anything, and told apart by their shapes."""

import pickle
import sys
from hashlib import sha256
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from components.enhancement.architecture import Architecture, Library, build, detect
from components.enhancement.weights import read_weights
from components.networks.part_done import telling
from interfaces.errors import WeightsError
from tests.unit.enhancement.networks import (
    RRDB,
    RRDB_X2,
    SRVGG,
    SRVGG_X2,
    images,
    random_state,
    save,
    shapes,
)
from tests.unit.networks.ncnn_file import compact

LIBRARIES: tuple[Library, ...] = (
    ("artgen", "spandrel", "realesrgan") if sys.version_info < (3, 13) else ("artgen", "spandrel")
)

OFFICIAL = {
    "RealESRGAN_x4plus": Architecture("RRDBNet", 64, 23, 32, 4),
    "RealESRGAN_x2plus": Architecture("RRDBNet", 64, 23, 32, 2),
    "RealESRGAN_x4plus_anime_6B": Architecture("RRDBNet", 64, 6, 32, 4),
    "realesr-general-x4v3": Architecture("SRVGGNetCompact", 64, 32, 0, 4),
    "realesr-animevideov3": Architecture("SRVGGNetCompact", 64, 16, 0, 4),
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_every_official_network_is_recognised(name: str) -> None:
    state = {key: torch.empty(shape, device="meta") for key, shape in shapes(OFFICIAL[name]).items()}
    assert detect(state, name) == OFFICIAL[name]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("architecture", [SRVGG, SRVGG_X2, RRDB, RRDB_X2], ids=str)
def test_small_networks_are_recognised_and_built(architecture: Architecture, library: Library) -> None:
    state = random_state(architecture)
    assert detect(state, "x") == architecture
    before = torch.random.get_rng_state()
    module = build(architecture, state, "x", library=library)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert module(images(1, 6, 8)).shape == (1, 3, 6 * architecture.scale, 8 * architecture.scale)


@pytest.mark.parametrize("library", LIBRARIES[1:])
@pytest.mark.parametrize("architecture", [SRVGG, SRVGG_X2, RRDB, RRDB_X2], ids=str)
def test_our_networks_compute_what_the_published_ones_do(
    architecture: Architecture, library: Library
) -> None:
    state = random_state(architecture)
    pixels = images(2, 8, 6)
    ours, theirs = (build(architecture, state, "x", library=each)(pixels) for each in ("artgen", library))
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_our_large_network_tells_as_many_parts_as_it_has() -> None:
    done: list[int] = []
    with telling(lambda: done.append(1)):
        build(RRDB, random_state(RRDB), "x")(images(1, 8, 8))
    assert len(done) == RRDB.parts == 4


def test_files_of_either_kind_are_read(tmp_path: Path) -> None:
    state = random_state(SRVGG)
    torch.save(state, tmp_path / "plain.pth")
    torch.save({"params": state, "epoch": 3}, tmp_path / "params.pth")
    torch.save({"params": random_state(SRVGG, 1), "params_ema": state}, tmp_path / "both.pth")
    save_file({name: tensor.half() for name, tensor in state.items()}, tmp_path / "half.safetensors")
    for name in ("plain.pth", "params.pth", "both.pth", "half.safetensors"):
        weights = read_weights(tmp_path / name)
        assert weights.name == name.partition(".")[0]
        for key, tensor in state.items():
            torch.testing.assert_close(weights.state[key], tensor, rtol=1e-3, atol=1e-3)


def test_a_pickle_with_code_is_refused_and_not_run(tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (Path.touch, (tmp_path / "ran",))  # type: ignore[return-value]  # what pickle takes

    for name, protocol in (("new.pth", True), ("old.pth", False)):
        torch.save(
            {"params": random_state(SRVGG), "x": Attack()},
            tmp_path / name,
            _use_new_zipfile_serialization=protocol,
        )
    (tmp_path / "bare.pth").write_bytes(pickle.dumps(Attack()))
    for name in ("new.pth", "old.pth", "bare.pth"):
        with pytest.raises(WeightsError, match=r"was not loaded|not a PyTorch file"):
            read_weights(tmp_path / name)
    assert not (tmp_path / "ran").exists()


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="artgen weights get NAME"):
        read_weights(tmp_path / "gone.pth")
    with pytest.raises(WeightsError, match="found none"):
        read_weights(tmp_path)


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors"])
@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"PK\x03\x04", b"<html>404</html>"])
def test_damaged_files_are_refused(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(WeightsError, match=name):
        read_weights(tmp_path / name)


def test_a_truncated_file_is_refused(tmp_path: Path) -> None:
    path = save(tmp_path)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(WeightsError, match=r"random\.pth"):
        read_weights(path)


@pytest.mark.parametrize(
    "content", [{}, [1], {"params": {}}, {"state": 3}, {"params": {"a": [1.0]}}], ids=str
)
def test_other_contents_are_refused(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "other.pth")
    with pytest.raises(WeightsError, match="wanted tensors by name"):
        read_weights(tmp_path / "other.pth")


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    state = random_state(SRVGG)
    state["body.2.weight"][0, 0, 0, 0] = float("nan")
    torch.save(state, tmp_path / "nan.pth")
    with pytest.raises(WeightsError, match=r"body\.2\.weight"):
        read_weights(tmp_path / "nan.pth")


def test_an_unknown_architecture_names_the_keys_seen_and_what_is_known() -> None:
    state = {"model.0.weight": torch.zeros(64, 3, 3, 3), "model.0.bias": torch.zeros(64)}
    with pytest.raises(WeightsError, match=r"model\.0\.weight 64x3x3x3.*known: SRVGGNetCompact.*RRDBNet"):
        detect(state, "old.pth")


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("change", ["missing", "superfluous", "shape"])
def test_weights_that_do_not_fit_are_refused(change: str, library: Library) -> None:
    state = random_state(RRDB)
    if change == "missing":
        del state["conv_hr.bias"]
    elif change == "superfluous":
        state["more"] = torch.zeros(1)
    else:
        state["conv_hr.weight"] = torch.zeros(9, 8, 3, 3)
    with pytest.raises(WeightsError, match="do not fit"):
        build(detect(state, "x"), state, "x", library=library)


def test_a_network_that_keeps_the_size_is_refused() -> None:
    state = random_state(Architecture("SRVGGNetCompact", 4, 2, 0, 1))
    with pytest.raises(WeightsError, match="at least twice as large"):
        detect(state, "denoiser.pth")


@pytest.mark.parametrize(
    "note",
    [
        "[]",
        "7",
        "{",
        "[" * 100_000,
        '{"name": ["a"]}',
        '{"name": "\\ud800"}',
        '{"name": "a\\nb"}',
        '{"name": ""}',
    ],
    ids=["list", "number", "broken", "deep", "list in it", "half a letter", "two lines", "empty"],
)
def test_what_a_file_says_of_itself_counts_only_where_it_is_a_name(tmp_path: Path, note: str) -> None:
    path = tmp_path / "mine.safetensors"
    save_file(random_state(SRVGG), path, {"artgen": note})
    weights = read_weights(path)
    assert (weights.name, weights.licence) == ("mine", None)


def _ncnn(folder: Path, name: str = "net") -> Path:
    content, description = compact(random_state(SRVGG), SRVGG.depth)
    (folder / f"{name}.bin").write_bytes(content)
    (folder / f"{name}.param").write_bytes(description)
    return folder / f"{name}.bin"


def test_an_ncnn_file_is_read_beside_its_description(tmp_path: Path) -> None:
    path = _ncnn(tmp_path)
    weights = read_weights(path)

    assert (weights.name, weights.licence, weights.sha256) == (
        "net",
        None,
        sha256(path.read_bytes()).hexdigest(),
    )
    assert detect(weights.state, weights.name) == SRVGG
    torch.testing.assert_close(dict(weights.state), random_state(SRVGG), rtol=1e-3, atol=1e-3)


def test_a_pickle_that_is_called_bin_is_a_pickle_where_no_description_is(tmp_path: Path) -> None:
    torch.save(random_state(SRVGG), tmp_path / "pytorch_model.bin")
    assert detect(read_weights(tmp_path / "pytorch_model.bin").state, "x") == SRVGG


def test_a_damaged_ncnn_file_is_named(tmp_path: Path) -> None:
    path = _ncnn(tmp_path)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(WeightsError, match=r"weights /.*net\.bin: layer Convolution_9: .*the file was cut"):
        read_weights(path)


def test_ncnn_values_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    path = _ncnn(tmp_path)
    path.write_bytes(path.read_bytes()[:4] + b"\x00\x7e" + path.read_bytes()[6:])  # the first value is NaN
    with pytest.raises(WeightsError, match=r"finite numbers, got others in body\.0\.weight"):
        read_weights(path)
