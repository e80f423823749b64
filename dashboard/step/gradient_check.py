"""Gradient check of one weight: its gradient by backward and by a difference quotient, and the loss as a function of
the weight, in float64 and on a copy.
"""

from dataclasses import dataclass

import numpy as np

from nnlib.dry_run import DryRun
from nnlib.gradcheck import GradientCheck, check_gradients

H = 1e-5  # of the difference quotient
REACH = 1.0  # to either side of the weight
POINTS = 25


@dataclass(frozen=True, eq=False)
class WeightCheck:
    """The gradient check of one weight, and the loss of the batch (L2 penalty included) at `weight` + `offsets`; the
    middle offset is 0."""

    check: GradientCheck
    weight: float
    offsets: np.ndarray
    losses: np.ndarray

    @property
    def analytic(self) -> float:
        """The gradient by backward."""
        return float(self.check.analytic[0])

    @property
    def numerical(self) -> float:
        """The gradient by the difference quotient."""
        return float(self.check.numerical[0])

    @property
    def loss(self) -> float:
        return float(self.losses[len(self.losses) // 2])


def check_weight(dry_run: DryRun, place: int) -> WeightCheck:
    """Check the parameter at this place in the vector of all parameters."""
    network, loss = dry_run.network.astype(np.float64), type(dry_run.loss)()
    network.generator.bit_generator.state = dry_run.masks
    X = dry_run.scaling.apply(dry_run.images).T.astype(np.float64)
    Y = dry_run.loss.Y.astype(np.float64)
    check = check_gradients(network, loss, X, Y, l2=dry_run.l2, positions=[place], h=H)
    weight = float(network.parameters[place])
    offsets = np.linspace(-REACH, REACH, POINTS)
    losses = np.empty(POINTS)
    for i, offset in enumerate(offsets):
        network.parameters[place] = weight + offset
        network.generator.bit_generator.state = dry_run.masks
        losses[i] = loss.forward(network.forward(X), Y) + network.penalty(dry_run.l2)
    return WeightCheck(check, weight, offsets, losses)
