"""A style that a model drew by itself is seen in the gallery, and looked for."""

from collections import Counter
from pathlib import Path

from pipeline.component_check.samples import random_model
from tests.e2e.cli import call_json
from tests.page.browser import browser, needs_browser, serve
from tests.page.test_gallery import has, open_gallery


@needs_browser
def test_pictures_are_filtered_by_the_style_that_their_seed_drew(tmp_path: Path) -> None:
    random_model(tmp_path / "model", conditional=True)
    call_json(
        "pipeline", "run", "--model", tmp_path / "model", "--seed", 40, "--count", 6, "--size", 16,
        "--enhancer", "lanczos", "--no-sheet", "--out", tmp_path / "store",
    )  # fmt: skip
    styles = {
        file["seed"]: file["style"] for file in call_json("results", "list", "--out", tmp_path / "store")
    }
    counts = Counter(styles.values())
    assert len(counts) == 2
    with serve(tmp_path / "store", "--no-worker") as served, browser(served.address) as page:
        open_gallery(page, 6)
        choice = page.get_by_label("style", exact=True)
        for style, count in counts.items():
            choice.select_option(style)
            has(page, count)
            first = min(seed for seed, drawn in styles.items() if drawn == style)
            page.locator(f"[data-view=gallery] .art-cell:first-child [title='seed {first}']").click()
            page.locator("dialog dl").get_by_text(style, exact=True).wait_for()
            assert page.locator("dialog dl").inner_text().startswith(f"seed\n{first}\nstyle\n{style}")
            page.keyboard.press("Escape")
            page.locator("dialog").wait_for(state="detached")
