"""Images with labels, read from a folder of IDX files: a training, a validation and a test split.

Images are stored as uint8, one image per row; a batch enters a network as columns through a transposed view.
An invalid file raises a DatasetError that names the file, what was expected and what was found.
"""

import gzip
import hashlib
import io
import math
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

DATA_FOLDER = Path(__file__).resolve().parent.parent / "data"
VALIDATION_SHARE = 12  # one in twelve of the published training images: 5,000 of 60,000
CHUNK_BYTES = 1 << 20

MNIST_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


class DatasetError(ValueError):
    """The data are invalid, or do not contain what was requested."""


@dataclass(frozen=True, eq=False)
class Split:
    """One part of a data set; example i is `images[i]` with `labels[i]`. The arrays are read-only.

    images: (n, pixels) uint8; 0 is the background.
    labels: (n,) uint8; the class as an index into `Digits.class_names`.
    source_index: (n,) int32; the position of each example in the published file, counted from 0.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    source_index: NDArray[np.int32]

    def __post_init__(self) -> None:
        for name in ("images", "labels", "source_index"):
            array = getattr(self, name).view()
            if len(array) != len(self.labels):
                raise DatasetError(f"{name}: expected {len(self.labels)}, one per label, got {len(array)}")
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, n: int) -> "Split":
        """The first n examples, as views: nothing is copied."""
        if not 1 <= n <= len(self):
            raise DatasetError(f"expected to take 1 to {len(self)} examples, got {n}")
        return Split(self.images[:n], self.labels[:n], self.source_index[:n])


@dataclass(frozen=True, eq=False)
class Digits:
    """A whole data set: three splits that share one image size and one list of classes."""

    train: Split
    validation: Split
    test: Split
    image_shape: tuple[int, int]
    class_names: tuple[str, ...]
    name: str

    @property
    def n_inputs(self) -> int:
        return self.image_shape[0] * self.image_shape[1]

    @property
    def n_classes(self) -> int:
        return len(self.class_names)

    def take(self, n: int) -> "Digits":
        """The same data with the training split shortened to its first n examples, which are balanced by class."""
        return replace(self, train=self.train.take(n))

    def centre_crop(self, size: int = 20) -> "Digits":
        """The middle size x size pixels of every image; where the margin is odd, the spare pixel is below or right."""
        height, width = self.image_shape
        if not 1 <= size <= min(height, width):
            raise DatasetError(f"expected a crop of 1 to {min(height, width)} pixels from {height}x{width}, got {size}")
        top, left = (height - size) // 2, (width - size) // 2

        def crop(split: Split) -> Split:
            images = split.images.reshape(-1, height, width)[:, top : top + size, left : left + size]
            return replace(split, images=images.reshape(-1, size * size))

        return self._map(crop, image_shape=(size, size))

    def only(self, classes: Iterable[int]) -> "Digits":
        """Only the examples of these classes; their labels become 0, 1, ... in the order given."""
        classes = tuple(classes)
        if not classes or len(set(classes)) != len(classes) or not set(classes) <= set(range(self.n_classes)):
            raise DatasetError(f"expected distinct classes from 0 to {self.n_classes - 1}, got {classes}")
        new_label = np.zeros(self.n_classes, np.uint8)
        new_label[list(classes)] = range(len(classes))

        def select(split: Split) -> Split:
            chosen = np.isin(split.labels, classes)
            return Split(split.images[chosen], new_label[split.labels[chosen]], split.source_index[chosen])

        return self._map(select, class_names=tuple(self.class_names[index] for index in classes))

    def _map(self, change: Callable[[Split], Split], **facts: Any) -> "Digits":
        splits: dict[str, Any] = {name: change(getattr(self, name)) for name in ("train", "validation", "test")}
        return replace(self, **splits, **facts)


def zeros_and_ones(digits: Digits) -> Digits:
    """The data of the published binary classifier: digits 0 and 1 as 20x20 pixels, 1,000 for training and validation.

    800 for training and 200 for validation, half of them zeros; the test split keeps all its zeros and ones.
    """
    pair = digits.only((0, 1))
    return replace(pair, train=pair.train.take(800), validation=pair.validation.take(200)).centre_crop(20)


def load_mnist(folder: str | os.PathLike | None = None, seed: int = 0) -> Digits:
    """Load and check four IDX files, each plain or as `.gz`, under their published names.

    folder: by default the environment variable NNLIB_DATA, else the data folder of this project.
    seed: determines which training images are held out for validation, and the order of both splits.

    One twelfth of the training file becomes the validation split, with equally many of each class as far as the data
    allow. Training and validation are ordered in rounds of one example of each class, so that any prefix is balanced
    too; once a class runs out, the rounds continue without it. The test file keeps its published order.
    A `SHA256SUMS` in the folder is verified, and a `class_names.txt` names the classes.
    """
    source = _Folder(Path(folder or os.environ.get("NNLIB_DATA") or DATA_FOLDER).expanduser())

    labels = source.read_labels("train-labels-idx1-ubyte")
    train_index, validation_index = _divide(labels, np.random.default_rng(seed))
    if not len(validation_index):
        path = _find(source.path, "train-labels-idx1-ubyte")
        raise DatasetError(f"{path}: expected enough labels to hold some out for validation, got {len(labels)}")
    order = np.concatenate([train_index, validation_index])
    images, image_shape = source.read_images("train-images-idx3-ubyte", order)
    labels, order = labels[order], order.astype(np.int32)
    n = len(train_index)

    test_labels = source.read_labels("t10k-labels-idx1-ubyte")
    test_order = np.arange(len(test_labels), dtype=np.int32)
    test_images, _ = source.read_images("t10k-images-idx3-ubyte", test_order, image_shape)

    return Digits(
        train=Split(images[:n], labels[:n], order[:n]),
        validation=Split(images[n:], labels[n:], order[n:]),
        test=Split(test_images, test_labels, test_order),
        image_shape=image_shape,
        class_names=source.class_names,
        name="MNIST" if source.digests == MNIST_SHA256 else source.path.resolve().name,
    )


def _divide(labels: NDArray, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """Positions of the training and of the validation examples, each in balanced order.

    A class gives at most half of its examples to validation; the others make up for any shortfall.
    """
    order, place = _balanced_order(labels, rng)
    may_leave = place < np.bincount(labels)[labels[order]] // 2
    validation = order[may_leave][: len(labels) // VALIDATION_SHARE]
    train = np.setdiff1d(np.arange(len(labels)), validation, assume_unique=True)
    return train[_balanced_order(labels[train], rng)[0]], validation


def _balanced_order(labels: NDArray, rng: np.random.Generator) -> tuple[NDArray, NDArray]:
    """A random order of the examples in rounds of one of each class, and the place of each within its class.

    The order is random within a class and drawn anew within each round, so the classes never come in a fixed cycle.
    """
    shuffled = rng.permutation(len(labels))
    by_class = shuffled[np.argsort(labels[shuffled], kind="stable")]
    counts = np.bincount(labels)
    place = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
    order = np.lexsort((rng.random(len(labels)), place))
    return by_class[order], place[order]


class _Folder:
    """A folder of IDX files, with its class names and checksums."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise DatasetError(f"{path}: expected a folder of IDX files, found none")
        self.path = path
        self.class_names = _read_class_names(path / "class_names.txt")
        self.checksums = _read_checksums(path / "SHA256SUMS")
        self.digests: dict[str, str] = {}

    def read_labels(self, name: str) -> NDArray[np.uint8]:
        """labels (n,)"""
        with _open_idx(self.path, name, dimensions=1) as file:
            labels = np.frombuffer(file.read(file.shape[0]), np.uint8)
            self._verify(name, file)
        if labels.max() >= len(self.class_names):
            at = int(np.argmax(labels >= len(self.class_names)))
            raise DatasetError(
                f"{file.path}: expected labels from 0 to {len(self.class_names) - 1}, got {labels[at]} at position {at}"
            )
        return labels

    def read_images(
        self, name: str, order: NDArray, image_shape: tuple[int, int] | None = None
    ) -> tuple[NDArray[np.uint8], tuple[int, int]]:
        """images (n, pixels), row i being image `order[i]` of the file, and the (height, width) of one image.

        The file is read in chunks straight into its final order, so that it is never in memory twice.
        """
        with _open_idx(self.path, name, dimensions=3) as file:
            count, height, width = file.shape
            if count != len(order):
                raise DatasetError(f"{file.path}: expected {len(order)} images, one per label, got {count}")
            if image_shape and (height, width) != image_shape:
                expected = "{}x{}".format(*image_shape)
                raise DatasetError(
                    f"{file.path}: expected images of {expected} pixels, as for training, got {height}x{width}"
                )
            row_of = np.empty(count, np.intp)
            row_of[order] = np.arange(count)
            try:
                images = np.empty((count, height * width), np.uint8)
            except (MemoryError, ValueError) as error:
                raise DatasetError(
                    f"{file.path}: expected images that fit in memory, got a header of {count} times {height}x{width}"
                ) from error
            step = max(1, CHUNK_BYTES // (height * width))
            for start in range(0, count, step):
                rows = row_of[start : start + step]
                chunk = np.frombuffer(file.read(len(rows) * height * width), np.uint8)
                images[rows] = chunk.reshape(len(rows), -1)
            self._verify(name, file)
        return images, (height, width)

    def _verify(self, name: str, file: "IdxFile") -> None:
        file.expect_end()
        self.digests[name] = file.sha256.hexdigest()
        expected = self.checksums.get(name, self.digests[name])
        if self.digests[name] != expected:
            raise DatasetError(f"{file.path}: expected SHA-256 {expected}, got {self.digests[name]}")


@contextmanager
def _open_idx(folder: Path, name: str, dimensions: int) -> Iterator["IdxFile"]:
    path = _find(folder, name)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
        yield IdxFile(path, stream, dimensions)


class IdxFile:
    """One IDX file of unsigned bytes, read and hashed once from start to end.

    Header, big-endian 32-bit: 0x0000 08 dd (unsigned bytes in dd dimensions), then the length of each dimension.
    `path` names it in the message of a DatasetError.
    """

    def __init__(self, path: Path | str, stream: io.BufferedIOBase | IO[bytes], dimensions: int) -> None:
        self.path = path
        self.stream = stream
        self.sha256 = hashlib.sha256()
        self.size = 4 + 4 * dimensions  # until the header has been read
        self.position = 0
        self.shape = self._read_header(dimensions)

    def _read_header(self, dimensions: int) -> tuple[int, ...]:
        magic = int.from_bytes(self.read(4), "big")
        if magic != 0x0800 + dimensions:
            kind = {1: "labels", 3: "images"}[dimensions]
            raise DatasetError(f"{self.path}: expected magic number {0x0800 + dimensions} ({kind}), got {magic}")
        shape = tuple(int.from_bytes(self.read(4), "big") for _ in range(dimensions))
        if not all(shape):
            raise DatasetError(f"{self.path}: expected at least 1 in each dimension, got {shape}")
        self.size += math.prod(shape)
        return shape

    def read(self, size: int) -> bytes:
        """The next `size` bytes, all of them."""
        data = self._decompressed(size)
        self.sha256.update(data)
        self.position += len(data)
        if len(data) < size:
            raise DatasetError(f"{self.path}: truncated: expected {self.size} bytes, got {self.position}")
        return data

    def expect_end(self) -> None:
        if self._decompressed(1):
            raise DatasetError(f"{self.path}: expected {self.size} bytes, got more")

    def _decompressed(self, size: int) -> bytes:
        try:
            return self.stream.read(size)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DatasetError(f"{self.path}: expected a complete gzip file, got a damaged one: {error}") from error


def to_idx(array: NDArray[np.uint8]) -> bytes:
    """The content of an IDX file with this array."""
    header = np.array([0x0800 + array.ndim, *array.shape], ">u4")
    return header.tobytes() + np.ascontiguousarray(array, np.uint8).tobytes()


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DatasetError(f"{folder / name}: expected this file or {name}.gz, found neither")


def _read_class_names(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        return tuple("0123456789")
    names = tuple(line.strip() for line in _read_text(path).strip().splitlines())
    if not 2 <= len(names) <= 256 or len(set(names)) != len(names) or not all(names):
        raise DatasetError(f"{path}: expected 2 to 256 different names, one per line, got {names}")
    return names


def _read_checksums(path: Path) -> dict[str, str]:
    """{file name: digest} from a list written by `sha256sum`; empty if there is none."""
    if not path.is_file():
        return {}
    checksums = {}
    for line in _read_text(path).splitlines():
        digest, _, name = line.partition(" ")
        if not re.fullmatch("[0-9a-fA-F]{64}", digest) or not name.strip(" *"):
            raise DatasetError(f"{path}: expected a SHA-256 and a file name in each line, got {line!r}")
        checksums[name.strip(" *")] = digest.lower()
    return checksums


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise DatasetError(f"{path}: expected UTF-8 text, got {error}") from error
