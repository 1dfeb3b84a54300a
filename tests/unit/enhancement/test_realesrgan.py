"""Real-ESRGAN networks enlarge to the size that is asked for, and say what they did."""

import io
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from components.enhancement import ENHANCERS, LanczosEnhancer, RealesrganEnhancer
from components.networks import speed
from components.networks.convolution_time import Times
from interfaces.errors import SettingsError, WeightsError
from interfaces.iedt import IEDT
from interfaces.ies import IES, Lanczos, Realesrgan
from interfaces.igdt import IGDT
from interfaces.provenance import Publication, StageRecord
from tests.unit.enhancement.networks import RRDB, RRDB_X2, SRVGG, generated, random_network, save


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return save(tmp_path)


def wanted(weights: Path, side: int = 32, **more: object) -> IES:
    enhancer: dict[str, object] = {"kind": "realesrgan", "weights": str(weights)}
    enhancer |= {key: more.pop(key) for key in ("precision", "tile_px") if key in more}
    return IES.model_validate({"side": side, "enhancer": enhancer, **more})


def enhance(data: IGDT, settings: IES) -> IEDT:
    return RealesrganEnhancer("cpu").enhance(data, settings)


def test_one_pass_is_what_the_official_network_gives(weights: Path) -> None:
    data = generated()
    theirs = random_network(SRVGG)((data.images + 1) / 2).clamp(0, 1) * 2 - 1
    done = enhance(data, wanted(weights, precision="float32"))
    torch.testing.assert_close(done.final.images, theirs, rtol=0, atol=1e-5)


def test_passes_go_on_until_the_size_is_reached_and_the_rest_is_resized(weights: Path) -> None:
    data = generated(2, 6, 8, alpha=True, origins=True)
    whole = enhance(data, wanted(weights, 128, keep=(8, 32, 64)))
    assert [sized.size for sized in whole.kept] == [(8, 6), (32, 24), (64, 48)]
    assert torch.equal(whole.kept[0].images, data.images)
    assert torch.equal(whole.kept[1].images, enhance(data, wanted(weights, 32)).final.images)
    assert torch.equal(whole.kept[2].images, enhance(data, wanted(weights, 64)).final.images)
    assert whole.final.alpha is not None
    assert whole.final.alpha.shape == (2, 1, 96, 128)
    assert (whole.seeds, whole.origins) == (data.seeds, data.origins)


def test_other_scales_need_more_passes(tmp_path: Path) -> None:
    done = enhance(generated(1, 7, 9), wanted(save(tmp_path, RRDB_X2), 36))
    assert done.final.size == (36, 28)
    assert done.provenance[-1].runtime["batch"] == [1, 1]


def test_without_need_for_a_network_none_is_loaded(tmp_path: Path) -> None:
    data = generated()
    same = enhance(data, wanted(tmp_path / "gone.pth", 8))
    assert torch.equal(same.final.images, data.images)
    assert (same.weights_sha256, same.kept) == (None, ())
    smaller = enhance(data, wanted(tmp_path / "gone.pth", 5))
    assert torch.equal(smaller.final.images, LanczosEnhancer().enhance(data, IES(side=5)).final.images)


def test_strength_goes_from_the_plain_resize_to_the_network(weights: Path) -> None:
    data = generated()
    plain = LanczosEnhancer().enhance(data, IES(side=32)).final.images
    none, half, full = (enhance(data, wanted(weights, strength=s)).final.images for s in (0, 0.5, 1))
    assert torch.equal(none, plain)
    torch.testing.assert_close(half, (none + full) / 2)
    assert not torch.equal(none, full)


def test_the_input_is_left_alone(weights: Path) -> None:
    data = generated(2, alpha=True)
    assert data.alpha is not None
    before, before_alpha = data.images.clone(), data.alpha.clone()
    enhance(data, wanted(weights, 100, keep=(8, 32), strength=0.5))
    assert torch.equal(data.images, before)
    assert torch.equal(data.alpha, before_alpha)


@pytest.mark.parametrize("n", [2, 5, 9])
def test_an_image_has_the_same_bits_alone_and_among_others(n: int, weights: Path) -> None:
    data = generated(n)
    together = enhance(data, wanted(weights, 50)).final.images
    for i in range(n):
        alone = IGDT(images=data.images[i : i + 1], seeds=(i,), provenance=data.provenance)
        assert torch.equal(enhance(alone, wanted(weights, 50)).final.images[0], together[i])


def test_the_record_says_what_decides_the_bytes_and_holds_no_path(weights: Path, tmp_path: Path) -> None:
    done = enhance(generated(), wanted(weights, tile_px=20, keep=(8,)))
    record = done.provenance[-1]
    digest = sha256(weights.read_bytes()).hexdigest()
    assert done.weights_sha256 == record.digests["weights"] == digest
    assert record.settings["enhancer"] == {"kind": "realesrgan", "weights": "random"}
    assert record.runtime["tile_px"] == 20
    assert record.runtime["precision"] == speed.fastest("enhancement")
    assert record.runtime["threads"] == torch.get_num_threads()
    assert str(tmp_path) not in record.model_dump_json()


@pytest.mark.parametrize(
    ("times", "precision"), [(Times(2.0, 1.0), "bfloat16"), (Times(1.0, 2.0), "float32")]
)
def test_auto_takes_the_precision_that_was_measured_as_the_faster_one(
    times: Times, precision: str, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(speed.OVERRIDE)
    monkeypatch.setattr(speed, "bfloat16_units", lambda: "AVX512_BF16")
    monkeypatch.setattr(speed, "SPEEDS", speed.SpeedProbe(lambda work: times))
    done = enhance(generated(), wanted(weights))
    assert done.provenance[-1].runtime["precision"] == precision


def _pretend_bfloat16_is_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(speed.OVERRIDE)
    monkeypatch.setattr(speed, "bfloat16_units", lambda: "AVX512_BF16")
    monkeypatch.setattr(speed, "SPEEDS", speed.SpeedProbe(lambda work: Times(2.0, 1.0)))


def test_where_rounding_would_be_enlarged_all_passes_but_the_last_are_exact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _pretend_bfloat16_is_faster(monkeypatch)
    weights, data = save(tmp_path, RRDB), generated(1, 8, 8)

    done = enhance(data, wanted(weights, 128, keep=(32,)))
    asked = enhance(data, wanted(weights, 128, keep=(32,), precision="mixed"))
    exact = enhance(data, wanted(weights, 128, keep=(32,), precision="float32"))
    coarse = enhance(data, wanted(weights, 128, keep=(32,), precision="bfloat16"))

    assert done.provenance[-1].runtime["precision"] == "mixed"
    assert torch.equal(done.final.images, asked.final.images)
    assert torch.equal(done.kept[0].images, exact.kept[0].images)  # of the first pass
    assert not torch.equal(coarse.kept[0].images, exact.kept[0].images)
    assert not torch.equal(done.final.images, exact.final.images)

    def error(images: Tensor) -> float:
        return (images - exact.final.images).square().mean().item()

    assert 0 < error(done.final.images) < error(coarse.final.images)


def test_a_shortage_of_memory_is_remembered_and_told(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enhancer = RealesrganEnhancer("cpu")
    normal = enhancer.enhance(generated(1, 40, 40), wanted(weights, 160))
    (loaded,) = enhancer._runner._networks.values()
    module: Callable[[Tensor], Tensor] = loaded.network.engine.network
    seen: list[int] = []

    def scarce(tiles: Tensor) -> Tensor:
        seen.append(tiles.shape[2])
        if tiles.shape[2] > 36:
            raise torch.OutOfMemoryError("out of memory")
        return module(tiles)

    object.__setattr__(loaded.network.engine, "network", scarce)
    first = enhancer.enhance(generated(1, 40, 40), wanted(weights, 160))
    assert seen == [40, 30, 30, 30, 30]
    second = enhancer.enhance(generated(1, 40, 40), wanted(weights, 160))
    assert seen[5:] == [30, 30, 30, 30]
    assert first.provenance[-1].runtime["tile_px"] == second.provenance[-1].runtime["tile_px"] == 20
    torch.testing.assert_close(first.final.images, normal.final.images, rtol=0, atol=1e-5)


def test_one_object_serves_several_threads(weights: Path, tmp_path: Path) -> None:
    enhancer = RealesrganEnhancer("cpu")
    other = save(tmp_path, name="other.pth", seed=1)
    every = [wanted(weights), wanted(other), wanted(weights, 40)] * 4
    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(lambda settings: enhancer.enhance(generated(), settings), every))
    for settings, result in zip(every, results, strict=True):
        assert torch.equal(result.final.images, enhance(generated(), settings).final.images)


def test_a_file_that_changes_is_read_again(weights: Path, tmp_path: Path) -> None:
    enhancer = RealesrganEnhancer("cpu")
    before = enhancer.enhance(generated(), wanted(weights))
    save(tmp_path, RRDB_X2)
    after = enhancer.enhance(generated(), wanted(weights))
    assert before.weights_sha256 != after.weights_sha256
    weights.unlink()
    with pytest.raises(WeightsError, match="found none"):
        enhancer.enhance(generated(), wanted(weights))


def test_bfloat16_looks_like_float32_and_ends_in_float32(weights: Path) -> None:
    if not (torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()):
        with pytest.raises(SettingsError, match="bfloat16 wants"):
            enhance(generated(), wanted(weights, precision="bfloat16"))
        return
    low = enhance(generated(), wanted(weights, precision="bfloat16"))
    high = enhance(generated(), wanted(weights, precision="float32"))
    assert low.provenance[-1].runtime["precision"] == "bfloat16"
    assert 0 < float((low.final.images - high.final.images).square().mean()) < 4 * 10**-4.5


def test_what_the_device_cannot_do_is_refused(weights: Path) -> None:
    with pytest.raises(SettingsError, match="float16 wants a CUDA device, got cpu"):
        enhance(generated(), wanted(weights, precision="float16"))
    with pytest.raises(SettingsError, match="wanted auto, cpu or cuda, got 'gpu9'"):
        RealesrganEnhancer("gpu9")


def test_options_of_another_enhancer_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"wanted the options of 'realesrgan', .* got those of 'lanczos'"):
        enhance(generated(), IES(side=32, enhancer=Lanczos()))


@pytest.mark.slow
def test_real_weights_sharpen_real_paintings(real_data: Path) -> None:
    with zipfile.ZipFile(real_data / "paintings-64.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".jpg")][::9000]
        pixels = np.stack([np.asarray(Image.open(io.BytesIO(archive.read(n))).convert("RGB")) for n in names])
    data = IGDT(
        images=(torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1).contiguous(),
        seeds=tuple(range(len(names))),
        provenance=(StageRecord(stage="generation", component="pictures"),),
    )
    options = Realesrgan(weights=str(real_data / "weights" / "realesr-general-x4v3-fp16src.pth"))
    settings = IES(side=1024, keep=(64, 256), enhancer=options)
    done = ENHANCERS["realesrgan"]().enhance(data, settings)
    plain = LanczosEnhancer().enhance(data, settings)
    assert torch.equal(done.kept[0].images, data.images)
    for theirs, smooth in ((done.kept[1], plain.kept[1]), (done.final, plain.final)):
        # the same picture, sharper
        assert float((theirs.images - smooth.images).square().mean()) < 0.05
        assert detail(theirs.images) > 1.2 * detail(smooth.images)
    tiled = wanted(Path(options.weights), 1024, tile_px=100)
    again = ENHANCERS["realesrgan"]().enhance(data, tiled)
    assert float((again.final.images - done.final.images).abs().max()) <= 2 / 255


def detail(images: Tensor) -> float:
    """Mean square of the second difference along rows."""
    return float((images[..., 2:] - 2 * images[..., 1:-1] + images[..., :-2]).square().mean())


def test_the_record_has_what_is_known_of_a_file_by_its_digest(weights: Path) -> None:
    known = Publication(name="Known", licence="MIT", source="package p 1")
    digest = sha256(weights.read_bytes()).hexdigest()
    data, settings = generated(), wanted(weights)

    told = RealesrganEnhancer("cpu", published={digest: known}.get).enhance(data, settings).provenance[-1]
    plain = RealesrganEnhancer("cpu", published=lambda _: None).enhance(data, settings).provenance[-1]

    assert (told.settings["enhancer"], told.licences, told.sources) == (
        {"kind": "realesrgan", "weights": "Known"},
        {"weights": "MIT"},
        {"weights": "package p 1"},
    )
    assert (plain.settings["enhancer"], plain.licences, plain.sources) == (
        {"kind": "realesrgan", "weights": "random"},
        {},
        {},
    )
    # pictures of before there was such a field keep their bytes
    assert "sources" in told.model_dump()
    assert "sources" not in plain.model_dump()
