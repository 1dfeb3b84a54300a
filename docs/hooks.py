"""Brings the README, CONTRIBUTING and the cards of the shipped networks into the site of `mkdocs.yml`."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]

RENAMED = {"index.md": "README.md", "contributing.md": "CONTRIBUTING.md"}
"""Pages at the top of the site, and the files at the top of the repository that they are."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Return ``files`` with the pages and pictures that lie outside of docs/, at the places that links give them."""
    cards = [
        path for path in ROOT.glob("components/*/shipped/**/*") if path.suffix in (".md", ".jpg", ".png")
    ]
    outside = {path.relative_to(ROOT).as_posix(): path for path in cards}
    outside |= {page: ROOT / name for page, name in RENAMED.items()}
    for place, path in outside.items():
        files.append(File.generated(config, place, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return ``markdown`` with its links as they hold in the site, where docs/ is the top."""
    if page.file.src_uri in RENAMED:
        return re.sub(r"\]\(docs/", "](", markdown)
    if page.file.src_uri.startswith("components/"):
        return markdown
    for place, name in RENAMED.items():
        markdown = markdown.replace(f"](../{name}", f"]({place}")
    return markdown.replace("](../components/", "](components/")
