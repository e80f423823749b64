"""Files of arrays (.npz): read without trusting them, and written so that a good file is never lost.

Nothing is decompressed before its size is known, and nothing is unpickled.
"""

import math
import os
import secrets
import stat
import zipfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

MOST_TEXT = 1 << 20  # bytes of a text
MOST_INFLATION = 20  # the size of all arrays, as a multiple of the file's: weights can hardly be compressed
EXPECTED = "expected a network saved by this library"

File = str | os.PathLike[str] | BinaryIO
Shape = tuple[int | None, ...]  # None: any length


class StorageError(ValueError):
    """The file is damaged or was not saved by this library, or cannot be written; the message says what was expected
    and what was found."""


class Archive:
    """The named arrays of an open .npz file, with at most so many bytes after decompression if `most` is given; `file`
    and what was `expected` stand in messages."""

    def __init__(self, file: File, opened: zipfile.ZipFile, expected: str = EXPECTED, most: int | None = None) -> None:
        self.file, self._opened, self._expected = file, opened, expected
        members = opened.infolist()
        self._members = {member.filename.removesuffix(".npy"): member for member in members}
        if len(self._members) < len(members):
            raise StorageError(f"{file}: expected different names, got one twice")
        size, packed = (sum(getattr(m, name) for m in members) for name in ("file_size", "compress_size"))
        if most is None and size > MOST_INFLATION * packed + MOST_TEXT:
            raise StorageError(f"{file}: expected arrays of a size in keeping with the file's, got {size} bytes")
        if most is not None and size > most:
            raise StorageError(f"{file}: expected at most {most:,} bytes after decompression, got {size:,}")

    @property
    def names(self) -> Collection[str]:
        """Those of all arrays."""
        return self._members.keys()

    def __contains__(self, name: str) -> bool:
        return name in self._members

    def expect_only(self, names: Collection[str], but: str | None = None) -> None:
        """Raise StorageError if there are others, except those that begin with `but`."""
        others = [name for name in self._members if name not in names and not (but and name.startswith(but))]
        if others:
            raise StorageError(f"{self.file}: {self._expected}, got an unknown {others[0]!r}")

    def text(self, name: str) -> str:
        """A text."""
        if name not in self:
            raise StorageError(f"{self.file}: {self._expected}, got one without the text {name!r}")
        with self._array(name) as (stream, shape, dtype, _):
            if dtype.kind != "U" or shape or not 0 < dtype.itemsize <= MOST_TEXT:
                raise StorageError(f"{self.file}: {self._expected}, got {shape} {dtype} for the text {name!r}")
            return str(self._read(stream, name, shape, dtype)[()])

    def expect(self, name: str, shape: Shape, kind: str = "f") -> None:
        """Raise StorageError unless there is an array of this shape and kind of numbers; its content is not read."""
        with self._array(name) as (_, found, dtype, _):
            fits = len(found) == len(shape) and all(w in (None, n) for w, n in zip(shape, found, strict=True))
            if not fits or dtype.kind != kind:
                numbers = {"f": "floats", "i": "integers"}.get(kind, kind)
                sizes = str(shape).replace("None", "any")
                raise StorageError(f"{self.file}: expected {name} as {sizes} {numbers}, got {found} {dtype}")

    def read(self, name: str, shape: Shape, kind: str = "f") -> NDArray:
        """An array of this shape and kind."""
        self.expect(name, shape, kind)
        with self._array(name) as (stream, found, dtype, fortran_order):
            array = self._read(stream, name, found[::-1] if fortran_order else found, dtype)
            return array.T if fortran_order else array

    def read_numbers(self, name: str) -> NDArray:
        """An array of any shape and kind of real numbers."""
        with self._array(name) as (_, shape, dtype, _):
            if dtype.kind not in "buif":
                raise StorageError(f"{self.file}: expected {name} as numbers, got {dtype}")
        return self.read(name, shape, dtype.kind)

    def read_finite(self, name: str, shape: Shape) -> NDArray[np.float32]:
        """An array of this shape, of numbers that are finite in single precision."""
        with np.errstate(over="ignore"):
            array = self.read(name, shape).astype(np.float32)
        if not np.isfinite(array).all():
            raise StorageError(f"{self.file}: expected finite numbers in {name}, got NaN, infinity or too large a one")
        return array

    @contextmanager
    def _array(self, name: str) -> Iterator[tuple[IO[bytes], tuple[int, ...], np.dtype, bool]]:
        """The stream of an array behind its header, and what the header says: shape, dtype, order."""
        if name not in self._members:
            raise StorageError(f"{self.file}: expected the array {name}, which is missing")
        member = self._members[name]
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise StorageError(f"{self.file}: expected {name} stored or deflated, got another compression")
        with self._opened.open(member) as stream:
            if np.lib.format.read_magic(stream) != (1, 0):
                raise StorageError(f"{self.file}: expected {name} in version 1.0 of the .npy format, got another")
            shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(stream)
            size = math.prod(shape) * dtype.itemsize
            if dtype.hasobject:
                raise StorageError(f"{self.file}: {self._expected}, got Python objects in {name}")
            if min(shape, default=0) < 0 or stream.tell() + size != member.file_size:
                raise StorageError(f"{self.file}: expected {name} of {size} bytes, got another size")
            yield stream, shape, dtype, fortran_order

    def _read(self, stream: IO[bytes], name: str, shape: tuple[int, ...], dtype: np.dtype) -> NDArray:
        size = math.prod(shape) * dtype.itemsize
        data = stream.read(size)
        if len(data) < size or stream.read(1):  # reading to the end verifies the checksum
            raise StorageError(f"{self.file}: expected {name} of {size} bytes, got {len(data)}")
        return np.frombuffer(data, dtype).reshape(shape)


@contextmanager
def reading(
    file: File, called: str | None = None, expected: str = EXPECTED, most: int | None = None
) -> Iterator[Archive]:
    """The Archive in a file, a path or an open file, which messages call by another name if one is given.

    Raises FileNotFoundError if there is no file, StorageError for another kind of file, and for whatever goes wrong in
    reading it.
    """
    another = isinstance(file, (str, os.PathLike)) and not stat.S_ISREG(os.stat(file).st_mode)
    if another or not zipfile.is_zipfile(file):
        raise StorageError(f"{called or file}: {expected} (.npz), got another kind of file")
    try:
        with zipfile.ZipFile(file) as opened:
            yield Archive(called or file, opened, expected, most)
    except StorageError:
        raise
    except MemoryError as error:
        raise StorageError(f"{called or file}: expected what fits into memory, got more {error}") from error
    except Exception as error:  # damaged files raise a dozen unrelated exceptions
        raise StorageError(f"{called or file}: {expected}, got something else ({error})") from error


def write(file: File, arrays: Mapping[str, Any]) -> None:
    """Write arrays to a path (no extension is added) or an open file. A file at the path is replaced once the new one
    is complete on the disk, and stays as it was if that fails (StorageError)."""
    if not isinstance(file, (str, os.PathLike)):
        np.savez(file, **arrays)
        return
    target = os.path.realpath(file)
    try:
        with _new_file_beside(target) as (temporary, opened):
            np.savez(opened, **arrays)
            opened.flush()
            os.fsync(opened.fileno())
            if os.path.exists(target):
                os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
            opened.close()
            os.replace(temporary, target)
    except OSError as error:
        raise StorageError(f"{file}: could not be written, nothing changed: {error.strerror or error}") from error
    with suppress(OSError, AttributeError):  # only POSIX opens folders
        folder = os.open(os.path.dirname(target), os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def expect_writable(path: str | os.PathLike[str]) -> None:
    """Raise StorageError unless `write` can write there, as far as one can know beforehand."""
    target = os.path.realpath(path)
    if not os.path.basename(path) or not os.path.isdir(os.path.dirname(target)):
        raise StorageError(f"{path or repr(path)}: expected a file in an existing folder")
    if os.path.exists(target) and not os.path.isfile(target):
        raise StorageError(f"{path}: expected a file in an existing folder, got something else of this name")
    try:
        if os.path.exists(target):
            open(target, "r+b").close()
        with _new_file_beside(target):
            pass
    except OSError as error:
        raise StorageError(f"{path}: expected a file that can be written: {error.strerror or error}") from error


@contextmanager
def _new_file_beside(target: str) -> Iterator[tuple[str, BinaryIO]]:
    """The name of a new file in the folder of another, and the file, open; it is removed if it still has that name."""
    temporary = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as opened:
            yield temporary, opened
    finally:
        with suppress(OSError):
            os.remove(temporary)
