"""Is the gradient of one weight right? The weight nudged both ways, and the loss along a stretch of its values, all in
float64 and on a copy.
"""

from dataclasses import dataclass

import numpy as np

from nnlib.dry_run import DryRun
from nnlib.gradcheck import GradientCheck, check_gradients

NUDGE = 1e-5
REACH = 1.0  # to either side of the weight as it stands
POINTS = 25


@dataclass(frozen=True, eq=False)
class Nudge:
    """The check of one weight, and the loss of the batch (with the L2 penalty) where the weight is moved by `offsets`;
    in the middle it is not moved."""

    check: GradientCheck
    weight: float
    offsets: np.ndarray
    losses: np.ndarray

    @property
    def analytic(self) -> float:
        """The gradient as backward computes it."""
        return float(self.check.analytic[0])

    @property
    def numerical(self) -> float:
        """The gradient as nudging measures it."""
        return float(self.check.numerical[0])

    @property
    def loss(self) -> float:
        return float(self.losses[len(self.losses) // 2])


def nudge(dry_run: DryRun, place: int) -> Nudge:
    """Check the parameter at this place in the vector of all."""
    network, loss = dry_run.network.astype(np.float64), type(dry_run.loss)()
    network.generator.bit_generator.state = dry_run.masks
    X = dry_run.scaling.apply(dry_run.images).T.astype(np.float64)
    Y = dry_run.loss.Y.astype(np.float64)
    check = check_gradients(network, loss, X, Y, l2=dry_run.l2, positions=[place], h=NUDGE)
    weight = float(network.parameters[place])
    offsets = np.linspace(-REACH, REACH, POINTS)
    losses = np.empty(POINTS)
    for i, offset in enumerate(offsets):
        network.parameters[place] = weight + offset
        network.generator.bit_generator.state = dry_run.masks
        losses[i] = loss.forward(network.forward(X), Y) + network.penalty(dry_run.l2)
    return Nudge(check, weight, offsets, losses)
