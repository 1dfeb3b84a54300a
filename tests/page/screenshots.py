"""Makes pictures of every tab, wide and narrow, light and dark: ``python -m tests.page.screenshots [FOLDER]``, by default ``docs/ui``."""

import io
import json
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from PIL import Image

from components.ui.page import PAGES
from tests.e2e.cli import call, call_json
from tests.page.browser import Served, browser, serve
from tests.page.test_enhance_tab import enhance, hand_in
from tests.page.test_translate_tab import pressed
from tests.samples import write_zip

_SIZES = {"wide": (1440, 900), "narrow": (360, 740)}
_QUALITY = 80


def main(folder: Path) -> None:
    """Fill a store with what a user would have after an hour, and look at each tab."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        data, store = Path(scratch) / "data", Path(scratch) / "store"
        data.mkdir()
        fill(store, data)
        with serve(store, "--data", str(data)) as served:
            _enlarge(served)
            _translate(served, data)
            for size, (width, height) in _SIZES.items():
                for scheme in ("light", "dark"):
                    with browser(served.address, width=width, height=height, color_scheme=scheme) as page:
                        for tab in PAGES:
                            open_tab(page, tab)
                            page.wait_for_timeout(2500)
                            if tab == "lab":  # the model is opened, which takes a while the first time
                                page.locator(".art-lab-image").first.wait_for()
                            picture = Image.open(io.BytesIO(page.screenshot()))
                            picture.save(folder / f"{tab}-{size}-{scheme}.webp", quality=_QUALITY)


def fill(store: Path, data: Path) -> None:
    """Generate pictures, a walk among them, and train a little."""
    call_json("pipeline", "run", "--count", 24, "--seed", 1, "--size", 64, "--out", store)
    paintings = {f"paintings/{file.name}": file.read_bytes() for file in store.glob("*/seed*_64x64.png")}
    write_zip(data / "paintings.zip", paintings)
    training = (
        "--preset",
        "dcgan",
        "--steps",
        400,
        *("--set", "log_every=4", "--set", "batch=16", "--set", "generator.side=32"),
        *("--set", "generator.width=16", "--set", "critic.width=16"),
        "--out",
        store / "first",
    )
    assert call("train", data / "paintings.zip", *training, "--store", store).exit_code == 0
    walk = ("--walk-to", 900, "--film", "webp", "--no-sheet")
    call_json("pipeline", "run", "--count", 12, "--seed", 40, "--size", 64, *walk, "--out", store)
    call_json("pipeline", "run", "--count", 8, "--seed", 1073, "--size", 512, "--fast", "--out", store)
    fill_translation(store, data)


def fill_translation(store: Path, data: Path) -> None:
    """Learn a little what the outlines of the paintings are, and what paintings those are the outlines of."""
    lines = store / "outlines"
    assert call("data", "outline", data / "paintings.zip", "--out", lines).exit_code == 0
    pairs = ("--preset", "translation-small", "--steps", 150, "--out", store / "translation")
    small = ("paired=true", "generator.width=16", "generator.blocks=3", "critic.width=16", "ema_decay=0.9")
    sets = [word for each in small for word in ("--set", each)]
    trained = call("train", data / "paintings.zip", lines, *pairs, *sets, "--store", store)
    assert trained.exit_code == 0, trained.output


def _enlarge(served: Served) -> None:
    """Enlarge a picture in two ways, so that there is something to compare."""
    first = json.loads(served.get("/art/pictures?limit=1")[1])["pictures"][0]
    kept = hand_in(served, served.get(f"/art/file/{first['run']}/{first['name']}")[1], "painting.png")
    enhance(served, kept, enlarging=("plain", "quick"))
    for run in served.state()[:2]:
        served.wait_until(run["id"], "done")


def _translate(served: Served, data: Path) -> None:
    """Translate a painting, and back."""
    with zipfile.ZipFile(data / "paintings.zip") as archive:
        kept = hand_in(served, archive.read(archive.namelist()[0]), "painting.png")
    cards = json.loads(served.get("/art/models")[1])["models"]
    pressed(
        served, [kept], next(card["name"] for card in cards if card["takes"] == "domain-picture"), back=True
    )
    for run in served.state()[:2]:
        served.wait_until(run["id"], "done")


def open_tab(page: Any, name: str) -> None:
    """Press a tab, which a narrow window may keep in its menu."""
    button = page.locator(f"#tab-{name}-button").first
    if button.count() and button.is_visible():
        button.click()
    else:
        page.locator(".overflow-menu > button").click()
        page.locator(".overflow-dropdown").get_by_text(PAGES[name]().title, exact=True).click()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("docs/ui"))
