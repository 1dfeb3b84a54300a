"""A source that must not be asked where a pack is there, and the files of a cache of packs."""

from storage.run_folder import DirectoryFolder


class Refusing:
    """A source that must not be read."""

    def read(self, uri: str) -> bytes:
        raise AssertionError(f"{uri} was read")


def files(cache: DirectoryFolder) -> list[str]:
    """All files, the partial ones too."""
    return sorted(path.relative_to(cache.path).as_posix() for path in cache.path.rglob("*") if path.is_file())
