"""Which files the user means, and where the result of each goes."""

import glob
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from components.imaging.formats import ENDINGS, FORMATS, format_of
from interfaces.errors import SettingsError
from interfaces.events import Listener, Notice
from interfaces.ics import ImageFormat
from storage.picture_folder import Planned

__all__ = ["find_pictures", "plan_pictures"]

_LEFT_OUT = {
    ".heic", ".heif", ".hif", ".jxl", ".jp2", ".j2k", ".psd", ".svg", ".eps", ".exr", ".hdr", ".xcf", ".ico",
    ".dng", ".cr2", ".cr3", ".nef", ".arw", ".orf", ".rw2", ".raf",
}  # fmt: skip
"""Endings of pictures that are not looked for in folders."""

_SHOWN = 3
"""Names in one sentence."""

_LONGEST_NAME = 255
"""Bytes of a file's name that file systems hold."""


def plan_pictures(
    inputs: Sequence[str], out: Path, image_format: ImageFormat | None, *, listener: Listener | None = None
) -> list[Planned]:
    """Return the place of the result for each picture that ``inputs`` name, in order.

    Args:
        inputs: files, folders (searched with all their folders; what is no picture is left alone), and glob patterns,
            which shells of Windows leave to the program. The structure below a folder or pattern is kept.
        out: folder of the results; where it lies inside of a searched one, what it holds is not taken for an input.
        image_format: of the results; None keeps that of each input, and makes PNG of what artgen does not write.
        listener: is told what is left out of folders: pictures of other formats, and linked folders.

    Raises:
        SettingsError: an input does not exist or matches nothing, two results would have the same name, or a result
            would replace an input.
    """
    sources, problems = _found(inputs, out, listener)
    plan = _told_apart([_planned(path, name, image_format) for path, name in sources.items()])
    problems += _collisions(plan, out)
    if problems:
        raise SettingsError(*problems)
    return plan


def find_pictures(inputs: Sequence[str], out: Path, *, listener: Listener | None = None) -> list[Path]:
    """Return the pictures that ``inputs`` name, as in `plan_pictures`, each once and in order.

    Raises:
        SettingsError: an input does not exist or matches nothing.
    """
    sources, problems = _found(inputs, out, listener)
    if problems:
        raise SettingsError(*problems)
    return list(sources)


def _found(
    inputs: Sequence[str], out: Path, listener: Listener | None
) -> tuple[Mapping[Path, str], list[str]]:
    """Return the pictures with their places below what was named, and what is wrong."""
    problems: list[str] = []
    sources: dict[Path, str] = {}
    for text in inputs:
        found = [
            (path, path.relative_to(root))
            for root, path in _expand(text)
            if root == out or not path.is_relative_to(out)
        ]
        for path, relative in found:
            sources.setdefault(path, relative.as_posix())
        if not found:
            problems.append(_nothing(text))
    if listener is not None:
        for notice in _left_out(inputs):
            listener(Notice(level="warning", text=notice))
    return sources, problems


def _expand(text: str) -> Iterator[tuple[Path, Path]]:
    """Yield the root that the structure counts from and the path, both absolute, for each picture."""
    path = _absolute(text)
    if os.path.isdir(path):
        yield from ((path, each) for each in sorted(path.rglob("*")) if _is_picture(each))
    elif os.path.exists(path):
        yield path.parent, path
    elif glob.has_magic(text):
        root = _fixed_part(path)
        for each in _matches(root, path):
            inside = (
                ((root, below) for below in sorted(each.rglob("*"))) if each.is_dir() else ((root, each),)
            )
            yield from ((root, found) for root, found in inside if _is_picture(found))


def _absolute(text: str) -> Path:
    # os.path leaves a name that is too long, or of an unknown user, as it is, where Path raises
    return Path(os.path.abspath(os.path.expanduser(text)))  # without the `..` that absolute() leaves


def _matches(root: Path, pattern: Path) -> list[Path]:
    below = os.path.join(glob.escape(str(root)), pattern.relative_to(root))
    return [Path(match) for match in sorted(glob.glob(below, recursive=True))]


def _fixed_part(pattern: Path) -> Path:
    """Return the folder that a pattern lies in: a folder that is there may be called ``set [final]``."""
    return next(
        parent for parent in pattern.parents if os.path.isdir(parent) or not glob.has_magic(str(parent))
    )


def _left_out(inputs: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each kind of thing in the folders among ``inputs`` that is not looked at."""
    folders = [path for path in map(_absolute, inputs) if os.path.isdir(path)]
    for text in inputs:
        path = _absolute(text)
        if not os.path.exists(path) and glob.has_magic(text):
            folders += [each for each in _matches(_fixed_part(path), path) if each.is_dir()]
    below = [each for folder in dict.fromkeys(folders) for each in sorted(folder.rglob("*"))]
    pictures = [path for path in below if path.suffix.lower() in _LEFT_OUT and path.is_file()]
    links = [path for path in below if path.is_symlink() and path.is_dir()]
    if pictures:
        yield f"left out, since their formats are not read: {_some(pictures)}; save them as JPEG, PNG or TIFF"
    if links:
        yield f"left out, since they are linked folders: {_some(links)}; name them to have what is in them"


def _some(paths: Sequence[Path]) -> str:
    shown = ", ".join(str(path) for path in paths[:_SHOWN])
    return shown if len(paths) <= _SHOWN else f"{shown} and {len(paths) - _SHOWN} more"


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in FORMATS and not path.name.startswith(".") and path.is_file()


def _nothing(text: str) -> str:
    if os.path.isdir(_absolute(text)):
        return f"{text}: wanted pictures ({', '.join(sorted(FORMATS))}), found none in the folder"
    if glob.has_magic(text):
        return f"{text}: wanted a pattern that matches pictures, and this one matches none"
    return f"{text}: wanted a picture, a folder or a pattern, found nothing"


def _planned(path: Path, name: str, image_format: ImageFormat | None) -> Planned:
    own = format_of(path.name) or "png"
    wanted = image_format or own
    stem = name.removesuffix(path.suffix)
    # the ending stays as it was written where it says the right thing
    keeps = own == wanted and path.suffix.lower() in (ENDINGS[wanted], ".jpeg", ".tif")
    return Planned(path, _named(stem, path.suffix if keeps else ENDINGS[wanted]))


def _named(stem: str, ending: str) -> str:
    """Return a name that a file system holds; one that would be longer loses the end of its stem."""
    folder, slash, last = stem.rpartition("/")
    while len(os.fsencode(last + ending)) > _LONGEST_NAME:
        last = last[:-1]
    return f"{folder}{slash}{last}{ending}"


def _told_apart(plan: Sequence[Planned]) -> list[Planned]:
    """Let ``cat.gif`` become ``cat.gif.png`` where ``cat.png`` is among the inputs, too."""
    count = Counter(each.name.casefold() for each in plan)
    return [
        each
        if count[each.name.casefold()] == 1 or each.name.endswith(each.source.name)
        else each._replace(name=_with_both_endings(each))
        for each in plan
    ]


def _with_both_endings(each: Planned) -> str:
    ending = Path(each.name).suffix
    return _named(each.name.removesuffix(ending), each.source.suffix + ending)


def _collisions(plan: Sequence[Planned], out: Path) -> Iterator[str]:
    """Yield what is wrong with the places of the results; names that differ in case alone are one on some systems."""
    first: dict[str, Planned] = {}
    same = str if _tells_case_apart(out) else str.casefold
    inputs = {_identity(each.source): each.source for each in plan}
    for each in plan:
        other = first.setdefault(same(each.name), each)
        if other is not each:
            yield (
                f"{other.source} and {each.source} would both become {out / each.name}; name them in two calls with"
                " an --out each, or name the folder above them"
            )
        target = out / each.name
        if target.exists() and (replaced := inputs.get(_identity(target))):
            yield f"{replaced} would be replaced by its result; name another folder with --out"


def _tells_case_apart(folder: Path) -> bool:
    """Say whether names that differ in case alone are two where ``folder`` is, or will be."""
    there = next(parent for parent in (folder, *folder.parents) if parent.exists())
    for path in (there, *there.parents):
        other = path.with_name(path.name.swapcase())
        if other != path:
            return not (other.exists() and other.samefile(path))
    return os.name != "nt"


def _identity(path: Path) -> tuple[int, int]:
    """Return what a file has under all its names."""
    status = path.stat()
    return status.st_dev, status.st_ino
