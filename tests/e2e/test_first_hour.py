"""What the pages print is what a reader can type."""

import re
from pathlib import Path

import pytest

from tests.e2e.cli import ROOT, call, parse, words_of
from tests.samples import paint, painting_files, write_files

PAGES = ["README.md", "CONTRIBUTING.md", *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))]
FIRST_HOUR = "docs/first-hour.md"


def commands(page: str) -> list[str]:
    """Return the lines of ``artgen`` in the code blocks of a page, joined where they are broken."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:bash|sh)?\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [line for line in lines if line.startswith("artgen ")]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_prints_can_be_read_as_it_stands(page: str) -> None:
    for line in commands(page):
        try:
            parse(line)
        except Exception as error:
            pytest.fail(f"{line}: {error}")


def test_the_options_in_the_tables_of_the_first_hour_can_be_read_as_they_stand() -> None:
    text = (ROOT / FIRST_HOUR).read_text(encoding="utf-8")
    presets = re.findall(r"`(--preset [^`]+)`", text)
    assert len(presets) >= 6
    for options in presets:
        parse(f"artgen train my-paintings {options}")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with photos and paintings, in which one works."""
    photos = {f"{seed}.jpg": paint(24, 16, seed=seed) for seed in range(2)}
    (tmp_path / "my-photos").mkdir()
    for name, photo in photos.items():
        photo.save(tmp_path / "my-photos" / name)
    write_files(tmp_path / "my-paintings", painting_files(("portraits", "harbours"), 20))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _do(line: str, *more: object) -> None:
    # the last of two equal options counts: small and quick in place of large and fine
    made = call(*(word for word in words_of(line) if word != "--fast"), *more)
    assert made.exit_code == 0, (line, made.output)


LANCZOS = ("--enhancer", "lanczos")
SMALL = {
    "pipeline": ("--count", 2, *LANCZOS),
    "enhance": LANCZOS,
    "train": ("--steps", 2, "--set", "warm_up=1", "--set", "batch=2"),
    "evaluate": ("--count", 16),
}


def test_the_quick_commands_of_the_first_hour_run_as_printed(desk: Path) -> None:
    lines = [line for line in commands(FIRST_HOUR) if words_of(line)[0] in ("enhance", "data")]
    assert len(lines) >= 3
    for line in lines:
        _do(line, *SMALL.get(words_of(line)[0], ()))

    assert sorted(path.name for path in (desk / "large").glob("*.jpg")) == ["0.jpg", "1.jpg"]


@pytest.mark.slow
def test_the_first_hour_runs_as_printed_from_its_beginning_to_its_end(desk: Path) -> None:
    for line in commands(FIRST_HOUR):
        _do(line, *SMALL.get(words_of(line)[0], ()) if "--help" not in line else ())

    stored = {path.name for path in desk.glob("artgen-results/*/*.png")}
    assert {
        "contact-sheet.png",
        "seed1000_64x64.png",
        "seed1012_1024x1024.png",
        "seed2000_64x64.png",
    } <= stored
    made = {path.name for path in (desk / "mine").iterdir()}
    assert {"samples", "samples.gif", "curves.png", "model.safetensors", "model.json", "nearest.png"} <= made
