"""Scaling of stored pixels (0 to 255, one byte each) to network inputs.

The scaling belongs to the weights: a network needs inputs scaled like its training data.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Scaling:
    """x -> factor * x + offset, for each pixel."""

    factor: float = 1 / 255
    offset: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("factor", self.factor), ("offset", self.offset)):
            if not (isinstance(value, (int, float)) and math.isfinite(value)):
                raise ValueError(f"{name}: expected a finite number, got {value!r}")

    def apply(self, pixels: NDArray[np.uint8], out: NDArray | None = None) -> NDArray[np.float32]:
        """Pixels uint8, any shape, to float32 of the same shape."""
        if out is None:
            out = np.empty(pixels.shape, np.float32)
        out[...] = pixels  # casting first and scaling in place is faster than one mixed multiplication
        out *= self.factor
        if self.offset:
            out += self.offset
        return out


UNIT = Scaling()  # 0 to 1, as in the published systems that state their scaling
STANDARD = Scaling(1 / (255 * 0.3081), -0.1307 / 0.3081)  # mean 0 and standard deviation 1 over MNIST's training pixels

SCALINGS = {"unit": UNIT, "standard": STANDARD}
