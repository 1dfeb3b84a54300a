"""A film shows every picture in its turn, says how it was made, and stays small."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from components.conversion import FileConverter, read_metadata
from components.conversion.ai_mark import COMPOSITE, GENERATED, read_mark
from components.conversion.film import read_frames
from interfaces.errors import DataError, SettingsError, StorageError
from interfaces.ics import ICS, FilmFormat
from interfaces.iedt import IEDT, SizedImages
from interfaces.provenance import StageRecord

GREYS = [0, 60, 120, 180, 240]


def plain(folder: Path, greys: list[int], size: tuple[int, int] = (40, 30)) -> list[Path]:
    """Return pictures of one grey each."""
    paths = []
    for number, grey in enumerate(greys):
        paths.append(folder / f"{number:03}.png")
        Image.new("RGB", size, (grey, grey, grey)).save(paths[-1])
    return paths


def film(paths: list[Path], **settings: object) -> Any:
    [file] = FileConverter().film(paths, ICS.model_validate({"film": "webp", **settings})).files
    return file


def shown(content: bytes) -> list[tuple[int, int]]:
    """Return the grey in the middle of each frame, and for how many milliseconds it stands."""
    found = []
    with Image.open(io.BytesIO(content)) as picture:
        for number in range(picture.n_frames):  # type: ignore[attr-defined]  # of what is animated
            picture.seek(number)
            grey = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
            found.append((grey[0], round(picture.info["duration"])))  # type: ignore[index]
    return found


@pytest.mark.parametrize("kind", ["webp", "gif"])
@pytest.mark.parametrize("back", [True, False])
def test_a_film_shows_every_picture_in_its_turn_and_goes_back_without_standing_still(
    kind: FilmFormat, back: bool, tmp_path: Path
) -> None:
    file = film(plain(tmp_path, GREYS), film=kind, there_and_back=back, frames_per_second=10)
    frames = shown(file.content)
    wanted = [*GREYS, 180, 120, 60] if back else GREYS
    assert [grey for grey, _ in frames] == pytest.approx(wanted, abs=3)
    assert {lasts for _, lasts in frames} == {100}
    with Image.open(io.BytesIO(file.content)) as picture:
        assert (picture.info["loop"], picture.size) == (0, (40, 30))
    assert (file.name, file.media_type, file.role, file.seed) == (
        f"film.{kind}", f"image/{kind}", "film", None,
    )  # fmt: skip


@pytest.mark.parametrize(("fps", "webp", "gif"), [(12, 83, 80), (24, 42, 40), (50, 20, 20), (1, 1000, 1000)])
def test_a_frame_stands_as_long_as_the_format_can_say(fps: int, webp: int, gif: int, tmp_path: Path) -> None:
    paths = plain(tmp_path, GREYS)
    for kind, wanted in (("webp", webp), ("gif", gif)):
        frames = shown(film(paths, film=kind, frames_per_second=fps, there_and_back=False).content)
        assert {lasts for _, lasts in frames} == {wanted}


def test_a_film_is_at_most_512_px_and_100_frames_whatever_the_pictures_are(tmp_path: Path) -> None:
    big = film(plain(tmp_path, [0, 255], (2048, 1024)))
    assert (big.width, big.height) == (512, 256)
    paths = plain(tmp_path, [number % 256 for number in range(250)], (4, 4))
    frames = read_frames(paths)
    assert len(frames) == 100
    assert [frames[0].getpixel((0, 0)), frames[-1].getpixel((0, 0))] == [(0, 0, 0), (249, 249, 249)]


def test_quality_100_shows_the_very_pixels_and_less_takes_less(tmp_path: Path) -> None:
    rng, paths = np.random.default_rng(1), []
    for number in range(3):
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)).save(paths[-1])
    whole, small = film(paths, quality=100, there_and_back=False), film(paths, quality=30)
    with Image.open(io.BytesIO(whole.content)) as picture:
        for number, path in enumerate(paths):
            picture.seek(number)
            assert np.array_equal(np.asarray(picture.convert("RGB")), np.asarray(Image.open(path)))
    assert len(small.content) < len(whole.content)
    assert film(paths).content == film(paths).content


def test_a_picture_of_another_shape_or_with_clear_parts_lies_on_white_paper(tmp_path: Path) -> None:
    first, *_ = plain(tmp_path, [0], (40, 40))
    Image.new("RGB", (40, 20), (0, 0, 0)).save(tmp_path / "wide.png")
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    _, wide, clear = read_frames([first, tmp_path / "wide.png", tmp_path / "clear.png"])
    assert [wide.getpixel((20, 5)), wide.getpixel((20, 20))] == [(255, 255, 255), (0, 0, 0)]
    assert clear.getcolors() == [(1600, (255, 255, 255))]


def made(folder: Path, *, seed: int, model: bool) -> Path:
    """Return a stored picture that a model made, or not."""
    record = StageRecord(stage="generation", component="noise", digests={"model": "a" * 64} if model else {})
    images = SizedImages(images=torch.full((1, 3, 16, 16), seed / 10))
    data = IEDT(final=images, seeds=(seed,), enhancer="lanczos", provenance=(record,))
    [file] = FileConverter().convert(data, ICS()).files
    (folder / file.name).write_bytes(file.content)
    return folder / file.name


@pytest.mark.parametrize("kind", ["webp", "gif"])
def test_a_film_says_to_machines_that_a_model_made_it(kind: FilmFormat, tmp_path: Path) -> None:
    one, two = (made(tmp_path, seed=seed, model=True) for seed in (1, 2))
    other, another = (made(tmp_path, seed=seed, model=False) for seed in (3, 4))
    for pictures, mark in (([one, two], GENERATED), ([one, other], COMPOSITE), ([other, another], None)):
        file = film(pictures, film=kind, metadata=False)
        found = GENERATED.encode() in file.content, COMPOSITE.encode() in file.content
        assert found == (mark == GENERATED, mark == COMPOSITE)
        assert len(shown(file.content)) == 2  # what was written beside the frames hides none
    assert b"DigitalSourceType" not in film([one, two], film=kind, ai_mark=False).content


def test_a_film_says_how_its_pictures_were_made_where_all_were_made_alike(tmp_path: Path) -> None:
    one, two = (made(tmp_path, seed=seed, model=True) for seed in (1, 2))
    file = film([one, two])
    (tmp_path / "film.webp").write_bytes(file.content)
    document: Any = read_metadata(file.content)
    assert document == file.metadata
    assert [each["component"] for each in document["chain"]] == ["noise", "files"]
    assert document["chain"][1]["settings"] == {
        "film": "webp", "frames_per_second": 12, "there_and_back": True, "quality": 92, "ai_mark": True,
    }  # fmt: skip
    assert read_mark(tmp_path / "film.webp") == GENERATED
    mixed: Any = film([one, made(tmp_path, seed=3, model=False)]).metadata
    assert [each["component"] for each in mixed["chain"]] == ["files"]
    assert film([one, two], metadata=False).metadata == {}


def test_what_no_film_can_be_made_of_is_told(tmp_path: Path) -> None:
    [good] = plain(tmp_path, [0])
    (tmp_path / "bad.png").write_bytes(good.read_bytes()[:40])
    with pytest.raises(SettingsError, match="at least two pictures, got 1"):
        film([good])
    with pytest.raises(SettingsError, match="wanted webp or gif, got none"):
        film([good, good], film="none")
    with pytest.raises(DataError, match=r"bad\.png"):
        film([good, tmp_path / "bad.png"])
    with pytest.raises(StorageError, match=r"gone\.png"):
        film([good, tmp_path / "gone.png"])
