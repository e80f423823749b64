"""IDX, the format of MNIST: a header and the numbers of one array.

Header, big-endian 32-bit: 0x0000 tt dd (type, number of dimensions), then the length of each dimension.
"""

import hashlib
import math
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from nnlib.dataset_files.container import DatasetError

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
BYTES = 0x08
KINDS = {1: "labels", 3: "images"}  # by number of dimensions


class IdxFile:
    """One IDX file, read once from start to end: `shape` and `dtype` of its array.

    `path` names it in the message of a DatasetError.
    """

    def __init__(self, path: Path | str, stream: IO[bytes], dimensions: int) -> None:
        self.path = path
        self.stream = stream
        self.size = 4 + 4 * dimensions  # until the header has been read
        self.position = 0
        self.shape, self.dtype = self._read_header(dimensions)

    def _read_header(self, dimensions: int) -> tuple[tuple[int, ...], np.dtype]:
        magic = int.from_bytes(self.read(4), "big")
        kind, found = divmod(magic, 256)
        if found != dimensions or kind not in TYPES:
            wanted = f"magic number {256 * BYTES + dimensions} ({KINDS[dimensions]})"
            raise DatasetError(f"{self.path}: expected {wanted}, got {magic}")
        shape = tuple(int.from_bytes(self.read(4), "big") for _ in range(dimensions))
        if not all(shape):
            raise DatasetError(f"{self.path}: expected at least 1 in each dimension, got {shape}")
        dtype = np.dtype(TYPES[kind])
        self.size += math.prod(shape) * dtype.itemsize
        return shape, dtype

    def read(self, size: int) -> bytes:
        """The next `size` bytes, all of them."""
        data = self._decompressed(size)
        self.position += len(data)
        if len(data) < size:
            raise DatasetError(f"{self.path}: truncated: expected {self.size} bytes, got {self.position}")
        return data

    def expect_end(self) -> None:
        if self._decompressed(1):
            raise DatasetError(f"{self.path}: expected {self.size} bytes, got more")

    def array(self) -> tuple[NDArray, str]:
        """All of its array, and the SHA-256 of the file."""
        data = self.read(self.size - self.position)
        self.expect_end()
        array = np.frombuffer(data, self.dtype).reshape(self.shape)
        return array, hashlib.sha256(header(self.shape, self.dtype) + data).hexdigest()

    def _decompressed(self, size: int) -> bytes:
        try:
            return self.stream.read(size)
        except (EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
            raise DatasetError(
                f"{self.path}: expected a complete gzip or zip file, got a damaged one: {error}"
            ) from error


def header(shape: tuple[int, ...], dtype: np.dtype | type = np.uint8) -> bytes:
    """The beginning of an IDX file with an array of this shape and type."""
    kind = next(
        kind for kind, name in TYPES.items() if np.dtype(name).newbyteorder("=") == np.dtype(dtype).newbyteorder("=")
    )
    return np.array([256 * kind + len(shape), *shape], ">u4").tobytes()


def to_idx(array: NDArray[np.uint8]) -> bytes:
    """The content of an IDX file with this array."""
    return header(array.shape) + np.ascontiguousarray(array, np.uint8).tobytes()
