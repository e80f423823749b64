"""Images with labels: a training, a validation and a test split.

Images are stored as uint8, one image per row; a batch enters a network as columns through a transposed view.
Invalid files raise a DatasetError that names the file, what was expected and what was found.
"""

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.dataset_files.container import NO_LIMITS, Container, DatasetError, Limits
from nnlib.dataset_files.part import Progress
from nnlib.dataset_files.picture_folders import Decode
from nnlib.dataset_files.reader import opened, published
from nnlib.stratification import divide

DATA_FOLDER = Path(__file__).resolve().parent.parent / "data"
VALIDATION_SHARE = 12  # one in twelve of the published training images: 5,000 of 60,000
TEST_SHARE = 7  # one in seven, where no test images are set apart: 10,000 of 70,000

MNIST_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


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
    """A whole data set: three splits that share one image size and one list of classes.

    `digest` identifies the published data, whatever selection of them this is; "" for data made otherwise.
    """

    train: Split
    validation: Split
    test: Split
    image_shape: tuple[int, int]
    class_names: tuple[str, ...]
    name: str
    digest: str = ""

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

    def transposed(self) -> "Digits":
        """Every image with its rows and columns exchanged."""
        height, width = self.image_shape

        def transpose(split: Split) -> Split:
            images = split.images.reshape(-1, height, width).transpose(0, 2, 1)
            return replace(split, images=images.reshape(len(split), -1))

        return self._map(transpose, image_shape=(width, height), digest=_digest_of(self.digest, "transposed"))

    def inverted(self) -> "Digits":
        """Every image with dark and light exchanged."""

        def invert(split: Split) -> Split:
            return replace(split, images=~split.images)

        return self._map(invert, digest=_digest_of(self.digest, "inverted"))

    @property
    def nbytes(self) -> int:
        """Memory of all images."""
        return sum(split.images.nbytes for split in (self.train, self.validation, self.test))

    def _map(self, change: Callable[[Split], Split], **facts: Any) -> "Digits":
        splits: dict[str, Any] = {name: change(getattr(self, name)) for name in ("train", "validation", "test")}
        return replace(self, **splits, **facts)


def _digest_of(*parts: str) -> str:
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()


MNIST_DIGEST = _digest_of(*MNIST_SHA256.values())


def load_mnist(
    source: str | os.PathLike | None = None,
    seed: int = 0,
    *,
    transposed: bool | None = None,
    decode: Decode | None = None,
) -> Digits:
    """Load and check a data set: MNIST, or another one in any of the forms that data/README.md describes.

    source: a folder, a zip file or an .npz file; by default the environment variable NNLIB_DATA, else the data folder
    of this project.
    seed: determines which training images are held out for validation, and the order of both splits.
    transposed: whether rows and columns of the pictures are to be exchanged; by default if NNLIB_TRANSPOSED is 1.
    decode: what reads a picture file, if there are some.

    A list of checksums, `SHA256SUMS`, beside the files is verified, and a `class_names.txt` names the classes.
    """
    path = Path(source or os.environ.get("NNLIB_DATA") or DATA_FOLDER).expanduser()
    if transposed is None:
        transposed = os.environ.get("NNLIB_TRANSPOSED") == "1"
    try:
        digits = load(opened(path), seed, decode=decode)
    except OSError as error:
        raise DatasetError(
            f"{error.filename or path}: expected what can be read, got: {error.strerror or error}"
        ) from error
    return digits.transposed() if transposed else digits


def load(
    container: Container,
    seed: int = 0,
    *,
    limits: Limits = NO_LIMITS,
    decode: Decode | None = None,
    progress: Progress = lambda share: None,
) -> Digits:
    """The data set in these files.

    One twelfth of the training images becomes the validation split, with equally many of each class as far as the data
    allow; before, one seventh becomes the test split if none is set apart. Training and validation are ordered in
    rounds of one example of each class, so that any prefix is balanced too; once a class runs out, the rounds continue
    without it. A published test split keeps its order.
    """
    found, rng = published(container, limits, decode), np.random.default_rng(seed)
    labels, shape = found.train.labels, found.train.image_shape
    learning, tested = np.arange(len(labels)), np.arange(0)
    if found.test is None:
        learning, tested = map(np.sort, divide(labels, TEST_SHARE, rng))
    elif found.test.image_shape != shape:
        sizes = ("{}x{}".format(*part.image_shape) for part in (found.train, found.test))
        expected = "expected images of {} pixels, as for training, got {}".format(*sizes)
        raise DatasetError(f"{found.test.where}: {expected}")
    train, validation = (learning[part] for part in divide(labels[learning], VALIDATION_SHARE, rng))
    if not len(validation):
        where = found.train.where
        raise DatasetError(f"{where}: expected enough labels to hold some out for validation, got {len(labels)}")

    order = np.concatenate([train, validation, tested]).astype(np.int32)
    share = len(labels) / (len(labels) + (len(found.test.labels) if found.test else 0))
    images = found.train.read(order, lambda done: progress(share * done))
    ends = np.cumsum([len(train), len(validation)])
    pieces = (np.split(array, ends) for array in (images, labels[order], order))
    learn, check, test = (Split(*piece) for piece in zip(*pieces, strict=True))
    digests = found.train.digests
    if found.test is not None:
        places = np.arange(len(found.test.labels), dtype=np.int32)
        images = found.test.read(places, lambda done: progress(share + (1 - share) * done))
        test = Split(images, found.test.labels, places)
        digests += found.test.digests
    digest = _digest_of(*digests)
    name = "MNIST" if digest == MNIST_DIGEST else container.name
    return Digits(learn, check, test, shape, found.class_names, name, digest)


def zeros_and_ones(digits: Digits) -> Digits:
    """The data of the published binary classifier: digits 0 and 1 as 20x20 pixels, 1,000 for training and validation.

    800 for training and 200 for validation, half of them zeros; the test split keeps all its zeros and ones.
    """
    pair = digits.only((0, 1))
    return replace(pair, train=pair.train.take(800), validation=pair.validation.take(200)).centre_crop(20)
