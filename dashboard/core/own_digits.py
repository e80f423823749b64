"""The digits a visitor has drawn or uploaded and labelled, kept as long as the session."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nnlib.datasets import Digits, Split

MOST = 500


@dataclass(eq=False)
class OwnDigits:
    """At most MOST pictures of one shape, each once. Labels are places in `class_names`, those of all digits.

    `kept` is replaced by another Split at every change and never changed itself, so it identifies what is kept.
    Every method may be called twice by one click.
    """

    image_shape: tuple[int, int]
    class_names: tuple[str, ...]
    kept: Split = field(init=False)

    def __post_init__(self):
        self.kept = _split(np.zeros((0, self.image_shape[0] * self.image_shape[1]), np.uint8), np.zeros(0, np.uint8))
        self._before: Split | None = None  # the last deletion
        self._fitting: tuple = (None, None)

    def __len__(self) -> int:
        return len(self.kept)

    def place(self, image: NDArray[np.uint8]) -> int | None:
        """The position of this picture (pixels,), None if it is not kept."""
        found = np.flatnonzero((self.kept.images == image).all(axis=1))
        return int(found[0]) if len(found) else None

    def keep(self, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> int:
        """Keep pictures (n, pixels) with their labels, as many as there is room for; one that is kept already gets the
        new label. Returns for how many there was no room."""
        everything = {image.tobytes(): label for image, label in zip(self.kept.images, self.kept.labels, strict=True)}
        refused = 0
        for image, label in zip(images, labels, strict=True):
            if image.tobytes() in everything or len(everything) < MOST:
                everything[image.tobytes()] = label
            else:
                refused += 1
        pixels = b"".join(everything)
        images = np.frombuffer(pixels, np.uint8).reshape(len(everything), self.kept.images.shape[1])
        self._before, self.kept = None, _split(images, np.array([*everything.values()], np.uint8))
        return refused

    def delete(self, image: NDArray[np.uint8]):
        """Delete this picture (pixels,), if it is kept."""
        place = self.place(image)
        if place is not None:
            self._before = self.kept
            self.kept = _split(*(np.delete(each, place, axis=0) for each in (self.kept.images, self.kept.labels)))

    def delete_all(self):
        """Delete all of them."""
        if len(self):
            self._before, self.kept = self.kept, _split(self.kept.images[:0], self.kept.labels[:0])

    @property
    def may_undo(self) -> bool:
        """Whether something was deleted since the last change."""
        return self._before is not None

    def undo(self):
        """Bring back what was deleted last."""
        if self._before is not None:
            self.kept, self._before = self._before, None

    def fitting(self, digits: Digits) -> Split:
        """Those of the classes of these data, labelled and cropped as they are; `source_index` says which."""
        of = self.kept, digits.image_shape, digits.class_names
        if self._fitting[0] != of:
            self._fitting = of, self.fitted(self.kept, digits)
        return self._fitting[1]

    def fitted(self, split: Split, digits: Digits) -> Split:
        """The same of any split of digits like those kept."""
        alone = Digits(split, split, split, self.image_shape, self.class_names, "")
        chosen = alone.only(self.class_names.index(name) for name in digits.class_names)
        if digits.image_shape != self.image_shape:
            chosen = chosen.centre_crop(digits.image_shape[0])
        return chosen.train


def one(image: NDArray[np.uint8], label: int) -> Split:
    """A split of a single picture (pixels,)."""
    return _split(image[None], np.array([label], np.uint8))


def _split(images, labels):
    return Split(images, labels, np.arange(len(labels), dtype=np.int32))
