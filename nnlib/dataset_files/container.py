"""Where the files of a data set stand: in a folder, in a zip file, or one file alone; with their listed checksums.

A zip file may come from anybody: it is never unpacked to the disk, and sizes are checked before anything is read.
"""

import gzip
import hashlib
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import IO, cast

MOST_FILES = 200_000
DEEPEST = 4  # folders within one another
MOST_TEXT = 1 << 16  # bytes
LONGEST_NAME = 100  # characters
CHUNK_BYTES = 1 << 20
CHECKSUMS = "SHA256SUMS"
GZIP, IDX = b"\x1f\x8b", b"\0\0"  # how such files begin
ENCRYPTED = 1  # a flag of files in a zip file


class DatasetError(ValueError):
    """The data are invalid, or do not contain what was requested."""


@dataclass(frozen=True)
class Limits:
    """What is accepted at most: bytes after decompression, pixels of all pictures of a part, pictures of a part, pixels
    along a side of a picture, classes."""

    bytes: int = 1 << 80
    pixels: int = 1 << 80
    pictures: int = 1 << 80
    side: int = 1 << 80
    classes: int = 256


NO_LIMITS = Limits()


def expect_at_most(most: int, what: str, count: int, where: str) -> None:
    """Raise DatasetError if there are more."""
    if count > most:
        raise DatasetError(f"{where}: expected at most {most:,} {what}, got {count:,}")


class Container:
    """Named files. A name is a path within, with slashes; `where` stands before it in messages."""

    def __init__(self, where: str, name: str) -> None:
        self.where = where
        self.name = "".join(c if c.isprintable() else "\ufffd" for c in name)[:LONGEST_NAME]

    @cached_property
    def names(self) -> list[str]:
        """The names of all files, sorted, without hidden ones."""
        raise NotImplementedError

    def open(self, name: str) -> IO[bytes]:
        """The content of a file as it is stored."""
        raise NotImplementedError

    def path(self, name: str) -> str:
        """What messages call a file."""
        return f"{self.where}/{name}"

    @cached_property
    def at_top(self) -> list[str]:
        """The names of the files that are in no folder."""
        return [name for name in self.names if "/" not in name]

    @contextmanager
    def decompressed(self, name: str) -> Iterator[IO[bytes]]:
        """The content of a file without gzip, whether or not its name says that it is compressed."""
        with self.open(name) as file:
            head = file.read(2)
            file.seek(0)
            zipped = head == GZIP or (name.endswith(".gz") and head != IDX)
            with cast(IO[bytes], gzip.open(file)) if zipped else file as stream:
                yield stream

    def text(self, name: str) -> str:
        """A short text in UTF-8."""
        with self.open(name) as file:
            data = file.read(MOST_TEXT + 1)
        expect_at_most(MOST_TEXT, "bytes", len(data), self.path(name))
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise DatasetError(f"{self.path(name)}: expected UTF-8 text, got {error}") from error

    @cached_property
    def checksums(self) -> dict[str, str]:
        """{file name: digest} from a list written by `sha256sum`; empty if there is none."""
        if CHECKSUMS not in self.at_top:
            return {}
        checksums = {}
        for line in self.text(CHECKSUMS).splitlines():
            digest, _, name = line.partition(" ")
            name = name.strip(" *")
            if not re.fullmatch("[0-9a-fA-F]{64}", digest) or not name:
                path = self.path(CHECKSUMS)
                raise DatasetError(f"{path}: expected a SHA-256 and a file name in each line, got {line!r}")
            checksums[str(PurePosixPath(name))] = digest.lower()
        return checksums

    def verify(self, name: str, digest: str = "") -> None:
        """Raise DatasetError if another SHA-256 is listed, under its name or that without `.gz`, than `digest`, that of
        the content, or that of the file as it is stored."""
        for listed in {name, name.removesuffix(".gz")} & self.checksums.keys():
            expected = self.checksums[listed]
            if expected != digest and expected != (stored := self._stored_digest(name)):
                raise DatasetError(f"{self.path(name)}: expected SHA-256 {expected}, got {digest or stored}")

    def _stored_digest(self, name: str) -> str:
        sha256 = hashlib.sha256()
        with self.open(name) as file:
            while chunk := file.read(CHUNK_BYTES):
                sha256.update(chunk)
        return sha256.hexdigest()


class Folder(Container):
    """A folder of the disk."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise DatasetError(f"{path}: expected a folder or a file with a data set, found none")
        super().__init__(str(path), path.resolve().name)
        self.folder = path

    @cached_property
    def at_top(self) -> list[str]:
        return sorted(each.name for each in self.folder.iterdir() if each.is_file() and not _is_hidden(each.name))

    @cached_property
    def names(self) -> list[str]:
        names: list[str] = []
        for folder, inner, files in os.walk(self.folder):
            within = Path(folder).relative_to(self.folder)
            inner[:] = [each for each in inner if not _is_hidden(each) and len(within.parts) < DEEPEST]
            names += [(within / each).as_posix() for each in files if not _is_hidden(each)]
            expect_at_most(MOST_FILES, "files", len(names), self.where)
        return sorted(names)

    def open(self, name: str) -> IO[bytes]:
        return (self.folder / name).open("rb")


class Files(Container):
    """Single files {name: what opens it}, in the folder `where`, if they are in one."""

    def __init__(self, where: str, name: str, files: Mapping[str, Callable[[], IO[bytes]]]) -> None:
        super().__init__(where, name)
        self._files = files

    @cached_property
    def names(self) -> list[str]:
        return sorted(self._files)

    def path(self, name: str) -> str:
        return f"{self.where}/{name}" if self.where else name

    def open(self, name: str) -> IO[bytes]:
        return self._files[name]()


class ZipContainer(Container):
    """A zip file; folders around all of its files are left out of the names."""

    def __init__(self, file: str | IO[bytes], name: str, limits: Limits) -> None:
        super().__init__(name, PurePosixPath(name).stem)
        try:
            self._opened = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise DatasetError(f"{name}: expected a complete zip file, got a damaged one: {error}") from error
        members = [each for each in self._opened.infolist() if not each.is_dir()]
        expect_at_most(MOST_FILES, "files", len(members), name)
        expect_at_most(limits.bytes, "bytes after decompression", sum(each.file_size for each in members), name)
        for member in members:
            self._check(member)
        members = [each for each in members if not any(map(_is_hidden, each.filename.split("/")))]
        around = folders_around([each.filename for each in members])
        self._members = {"/".join(each.filename.split("/")[around:]): each for each in members}
        if len(self._members) < len(members):
            raise DatasetError(f"{name}: expected different names, got one twice")

    def _check(self, member: zipfile.ZipInfo) -> None:
        name = member.filename
        if name.startswith("/") or "\\" in name or ":" in name or ".." in name.split("/"):
            raise DatasetError(f"{self.where}: expected names of files within the zip file, got {name!r}")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or member.flag_bits & ENCRYPTED:
            raise DatasetError(
                f"{self.path(name)}: expected a stored or deflated file, got another or an encrypted one"
            )

    @cached_property
    def names(self) -> list[str]:
        return sorted(self._members)

    def open(self, name: str) -> IO[bytes]:
        return self._opened.open(self._members[name])


def folders_around(names: Sequence[str]) -> int:
    """How many folders all these files share."""
    folders = [name.split("/")[:-1] for name in names]
    around = 0
    while all(len(each) > around and each[around] == folders[0][around] for each in folders) and folders:
        around += 1
    return around


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in ("__MACOSX", "Thumbs.db", "desktop.ini")
