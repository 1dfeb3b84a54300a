"""What holds the files of a data set: a folder, a ZIP archive, a TAR archive.

Names inside an archive are untrusted: they serve as keys for reading and never become paths on the disk.
"""

import bz2
import gzip
import lzma
import os
import shutil
import tarfile
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import IO, Protocol, final

from interfaces.errors import DataError, StorageError

__all__ = ["Entry", "Members", "TarMembers", "ZipMembers", "archive_kind", "list_folder", "open_members"]

MAX_FILE_BYTES = 512 * 2**20
"""Larger single files are not read into memory."""

_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ")  # gzip, bzip2, xz
_TAR_MAGIC_AT = 257
_IS_UTF8 = 0x800
_IS_ENCRYPTED = 0x1
_LETTERS_OF_CP1252 = {*range(0xC0, 0x100)} - {0xD7, 0xF7, 0xE1}


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a container."""

    name: str
    """Path inside the container."""
    size: int
    stamp: str
    """Differs after the file was written again; empty where the place cannot tell."""


class Members(Protocol):
    """The files inside an open archive. Safe to use from several threads."""

    def entries(self) -> Sequence[Entry]:
        """Return the regular files."""
        ...

    def read(self, name: str) -> bytes:
        """Return the content of one file.

        Raises:
            StorageError: it is not there, too large or damaged.
        """
        ...


def list_folder(root: str) -> Iterator[Entry]:
    """Yield the files of a local folder and all folders below, hidden ones left out; follows links once."""
    seen: set[tuple[int, int]] = set()
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        folder = os.path.join(root, prefix)
        about = os.stat(folder)
        # the identity of a folder stops a link that leads back up
        if (about.st_dev, about.st_ino) in seen and about.st_ino:
            continue
        seen.add((about.st_dev, about.st_ino))
        with os.scandir(folder) as found:
            for item in found:
                if item.name.startswith("."):
                    continue
                if item.is_dir():
                    waiting.append(f"{prefix}{item.name}/")
                elif item.is_file():
                    status = item.stat()
                    yield Entry(prefix + item.name, status.st_size, str(status.st_mtime_ns))
                elif item.is_symlink():  # one that leads nowhere is reported when it is read
                    yield Entry(prefix + item.name, 0, "broken link")


def archive_kind(file: IO[bytes]) -> str | None:
    """Return ``zip`` or ``tar`` by the first bytes of ``file`` (compressed: ``tar`` too), else None."""
    head = file.read(_TAR_MAGIC_AT + 5)
    file.seek(0)
    if head[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        return "zip"
    if head.startswith(_COMPRESSED) or head[_TAR_MAGIC_AT:] == b"ustar":
        return "tar"
    return None


def open_members(kind: str, file: IO[bytes], uri: str) -> Members:
    """Return the files of an archive; ``file`` is closed with it.

    Raises:
        DataError: the archive is damaged or cut off.
        StorageError: there is no room to unpack it.
    """
    try:
        return ZipMembers(file) if kind == "zip" else TarMembers(_unpacked(file))
    except StorageError:
        file.close()
        raise
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, OSError) as error:
        file.close()
        raise DataError(f"{uri} is not a complete {kind.upper()} archive ({error}): get it again") from error


@final
class ZipMembers:
    """The files of a ZIP archive."""

    def __init__(self, file: IO[bytes]) -> None:
        weakref.finalize(self, file.close)
        self._zip = zipfile.ZipFile(file)
        encoding = _encoding([info for info in self._zip.infolist() if not info.flag_bits & _IS_UTF8])
        if encoding is not None:
            self._zip = zipfile.ZipFile(file, metadata_encoding=encoding)

    def entries(self) -> Sequence[Entry]:
        """Return the regular files; of two with one name the last, as everybody does."""
        last = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}
        return [Entry(name, info.file_size, "") for name, info in last.items()]

    def read(self, name: str) -> bytes:
        """Return the content of one file, its checksum compared."""
        try:
            info = self._zip.getinfo(name)
        except KeyError:
            raise StorageError(f"{name!r} is not in the archive") from None
        _check_size(name, info.file_size)
        if info.flag_bits & _IS_ENCRYPTED:
            raise StorageError(f"{name!r} is encrypted: pack it again without a password")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            # Python's readers of the others unpack all that they are given at once, whatever size is told
            raise StorageError(f"{name!r} is packed in an unusual way: pack it again with the method deflate")
        try:
            with self._zip.open(info) as stream:
                return _read_told(stream, info)
        except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
            raise StorageError(f"{name!r} is damaged: {error}") from error
        except (RuntimeError, NotImplementedError) as error:  # patches, or a strong encryption
            raise StorageError(f"{name!r} cannot be unpacked: {error}") from error


def _read_told(stream: IO[bytes], info: zipfile.ZipInfo) -> bytes:
    """Return no more than the size that the archive tells: one that lies would unpack to gigabytes at once.

    Where more is packed, the checksum is wrong.
    """
    content = stream.read(info.file_size)
    stream.read(1)  # the end compares the checksum
    return content


def _encoding(infos: Sequence[zipfile.ZipInfo]) -> str | None:
    """Return in what the names of an archive are written that does not say it, None for CP437, as the format has it.

    UTF-8 shows by its rules. Above 0xBF, CP437 has frames, Greek and signs, and CP1252 the letters of Europe; only ß is
    the one here and á the other there.
    """
    names = b"\n".join(info.orig_filename.encode("cp437", errors="replace") for info in infos)
    if names.isascii():
        return None
    with suppress(UnicodeDecodeError):
        names.decode("utf-8")
        return "utf-8"
    with suppress(UnicodeDecodeError):
        names.decode("cp1252")
        return "cp1252" if set(names) & _LETTERS_OF_CP1252 else None
    return None


@final
class TarMembers:
    """The files of an uncompressed TAR archive, read by their offsets."""

    def __init__(self, file: IO[bytes]) -> None:
        weakref.finalize(self, file.close)
        self._file = file
        self._lock = Lock()
        with tarfile.open(fileobj=file, mode="r:") as tar:
            # sparse files are not one piece
            self._places = {
                member.name: (member.offset_data, member.size)
                for member in tar
                if member.isreg() and not member.issparse()
            }

    def entries(self) -> Sequence[Entry]:
        """Return the regular files; of two with one name the last, as TAR wants it."""
        return [Entry(name, size, "") for name, (_, size) in self._places.items()]

    def read(self, name: str) -> bytes:
        """Return the content of one file."""
        if name not in self._places:
            raise StorageError(f"{name!r} is not in the archive")
        offset, size = self._places[name]
        _check_size(name, size)
        with self._lock:
            self._file.seek(offset)
            content = self._file.read(size)
        if len(content) != size:
            raise StorageError(f"{name!r} is cut off: wanted {size} bytes, got {len(content)}")
        return content


def _check_size(name: str, size: int) -> None:
    if size > MAX_FILE_BYTES:
        raise StorageError(f"{name!r} is too large: wanted at most {MAX_FILE_BYTES:,} bytes, got {size:,}")


def _unpacked(file: IO[bytes]) -> IO[bytes]:
    """Return ``file``, or its unpacked copy: a compressed stream cannot be read out of order."""
    head = file.read(6)
    file.seek(0)
    if not head.startswith(_COMPRESSED):
        return file
    copy = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the members
    try:
        with file, _unpacking(head, file) as stream:
            _copy(stream, copy)
    except BaseException:
        copy.close()
        raise
    copy.seek(0)
    return copy


def _unpacking(head: bytes, file: IO[bytes]) -> gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile:
    if head.startswith(b"\x1f"):
        return gzip.GzipFile(fileobj=file)
    return bz2.BZ2File(file) if head.startswith(b"BZh") else lzma.LZMAFile(file)


def _copy(stream: gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile, copy: IO[bytes]) -> None:
    room = shutil.disk_usage(tempfile.gettempdir()).free // 2
    while block := stream.read(2**20):
        room -= copy.write(block)
        if room < 0:
            raise StorageError("the archive does not fit into the temporary folder: unpack it first")
