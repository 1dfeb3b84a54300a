"""Makes pictures of every tab, wide and narrow, light and dark: ``python -m tests.page.screenshots FOLDER [STORE]``."""

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image

from tests.e2e.cli import call_json
from tests.page.browser import browser, serve

_SIZES = {"wide": (1440, 900), "narrow": (360, 740)}


def main(folder: Path, store: Path) -> None:
    """Generate some pictures where the store has none, and look at each tab."""
    folder.mkdir(parents=True, exist_ok=True)
    if not store.exists():
        call_json("pipeline", "run", "--count", 6, "--seed", 1073, "--size", 512, "--out", store)
    with serve(store, "--no-worker") as served:
        for size, (width, height) in _SIZES.items():
            for scheme in ("light", "dark"):
                with browser(served.address, width=width, height=height, color_scheme=scheme) as page:
                    for tab in ("Generate", "Enhance", "Gallery", "Runs"):
                        page.get_by_role("tab", name=tab).click()
                        page.wait_for_timeout(1500)
                        picture = Image.open(io.BytesIO(page.screenshot()))
                        picture.save(folder / f"{tab.lower()}-{size}-{scheme}.webp", quality=85)


if __name__ == "__main__":
    target = Path(sys.argv[1])
    if len(sys.argv) > 2:
        main(target, Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            main(target, Path(scratch) / "store")
