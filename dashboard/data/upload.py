"""A data set that a visitor uploads: read without trusting it, within limits, and kept as long as the session."""

import threading
from dataclasses import dataclass
from typing import IO
from weakref import WeakSet

from nnlib.dataset_files.container import Limits
from nnlib.dataset_files.part import Progress
from nnlib.dataset_files.reader import from_files
from nnlib.datasets import DatasetError, Digits, load
from nnlib.picture_files import read_grey

MB = 1 << 20
LIMITS = Limits(bytes=256 * MB, pixels=64 * MB, pictures=100_000, side=64, classes=100)
ALL_MB = 512  # of all visitors together
ENDINGS = ["zip", "npz"]

_one_at_a_time = threading.Lock()  # reading takes up to four times the memory of the result
_kept: WeakSet[Digits] = WeakSet()


@dataclass(eq=False)
class Upload:
    """What a visitor has uploaded and not yet used: `digits`, or the `problem` with the file; both changes of the
    pictures are made where they are used."""

    digits: Digits | None = None
    problem: str = ""
    transposed: bool = False
    inverted: bool = False

    def read(self, file: IO[bytes], name: str, progress: Progress):
        """Read a file, or keep what is wrong with it."""
        self.discard()
        try:
            self.digits = read(file, name, progress)
        except DatasetError as error:
            self.problem = str(error)

    def discard(self):
        """Forget it."""
        self.digits, self.problem, self.transposed, self.inverted = None, "", False, False

    def changed(self, digits: Digits) -> Digits:
        """These with the changes of the pictures."""
        digits = digits.transposed() if self.transposed else digits
        return keep(digits.inverted() if self.inverted else digits)


def read(file: IO[bytes], name: str, progress: Progress) -> Digits:
    """The data set in a file. Raises DatasetError if it is none, exceeds a limit, or there is no room for it."""
    with _one_at_a_time:
        expect_room()
        try:
            return keep(
                load(from_files({name: lambda: file}, LIMITS), limits=LIMITS, decode=read_grey, progress=progress)
            )
        except (MemoryError, OSError, RuntimeError) as error:
            raise DatasetError(f"{name}: expected a complete file that fits into memory, got: {error}") from error


def keep(digits: Digits) -> Digits:
    """Count their memory until nobody uses them any more."""
    _kept.add(digits)
    return digits


def expect_room():
    """Raise DatasetError if all visitors together keep too much."""
    used = sum(digits.nbytes for digits in _kept)
    if used + LIMITS.pixels > ALL_MB * MB:
        raise DatasetError(
            f"expected at most {ALL_MB} MB of uploaded data of all visitors together, got more; try later"
        )


def about_limits() -> str:
    """What may be uploaded."""
    return (
        f"A zip file of four IDX files, as MNIST, Fashion-MNIST and EMNIST come; an .npz file with x_train, y_train, "
        f"x_test and y_test; or a zip file of PNG pictures in one folder per class (train/3/a.png and test/3/b.png, or "
        f"3/a.png alone). At most {LIMITS.bytes // MB} MB unpacked, {LIMITS.pictures:,} pictures of at "
        f"most {LIMITS.side} × {LIMITS.side} pixels ({LIMITS.pixels // MB} million in all), {LIMITS.classes} classes."
    )


def about(digits: Digits) -> str:
    """What was found."""
    counts = (len(split) for split in (digits.train, digits.validation, digits.test))
    return "{:,} training, {:,} validation and {:,} test pictures of {} × {} pixels, {} classes.".format(
        *counts, *digits.image_shape, digits.n_classes
    )
