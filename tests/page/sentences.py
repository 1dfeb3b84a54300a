"""Finds every sentence that the page asks the catalogues for: the ids, in Python and in the scripts of the browser."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import components.ui.page

__all__ = ["FOLDER", "PLACE", "counted", "in_python", "in_scripts", "in_the_house", "template"]

FOLDER = Path(components.ui.page.__file__).parent
PLACE = re.compile(r"\{\d+[^}]*\}")
"""Where a value is put, with the format that it has there."""
_ROOT = FOLDER.parents[2]
_PARTS = ("interfaces", "components", "storage", "pipeline")
_TAG = re.compile(r"(?<![\w$.])t`")
_COUNTED = re.compile(r'(?<![\w$.])n\([^"`]*?, "([^"]+)", "([^"]+)"')


def in_python() -> set[str]:
    """Return what stands in `t` and `mark` of the page."""
    return {found for file in FOLDER.glob("*.py") for found in _asked(file, "t", "mark")}


def in_the_house() -> set[str]:
    """Return what stands in `Said`, anywhere."""
    files = (file for part in _PARTS for file in (_ROOT / part).rglob("*.py"))
    return {found for file in files for found in _asked(file, "Said")}


def _asked(file: Path, *names: str) -> Iterator[str]:
    text = file.read_text()
    if not any(f"{name}(" in text for name in names):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            first = node.args[0]
            if isinstance(first, ast.Constant) and re.search("[a-z]", PLACE.sub("", str(first.value))):
                yield str(first.value)


def in_scripts() -> set[str]:
    """Return what stands behind the tag ``t`` of a template."""
    return {template(text, found.end())[0] for text in _scripts() for found in _TAG.finditer(text)}


def counted() -> set[tuple[str, str]]:
    """Return what is said of one and of several."""
    return {(found[1], found[2]) for text in _scripts() for found in _COUNTED.finditer(text)}


def _scripts() -> Iterator[str]:
    for file in (FOLDER / "static").glob("*.js"):
        lines = file.read_text().splitlines()
        yield "\n".join(line for line in lines if not line.startswith("//"))


def template(text: str, start: int) -> tuple[str, int]:
    """Return the id of the template whose text begins at ``start``, and where that ends.

    >>> template("seed ${a.b}, ${c ? `${d}` : {}} left`;", 0)
    ('seed {0}, {1} left', 37)
    """
    words, place, at = "", 0, start
    while text[at] != "`":
        if text.startswith("${", at):
            words += f"{{{place}}}"
            place, at = place + 1, _behind(text, at + 2)
        else:
            words += text[at]
            at += 1
    return words, at + 1


def _behind(text: str, at: int) -> int:
    """Return the place behind the brace that closes an expression, which may have templates in it."""
    depth = 1
    while depth:
        if text[at] == "`":
            at = template(text, at + 1)[1]
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at
