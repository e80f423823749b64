"""One training step taken apart: every number that `Trainer.step` would compute, on a copy, with nothing updated.

The copy computes layer by layer and the batch as a whole. If the trainer does so too, all numbers are equal bit for
bit; if it takes a shortcut (several blocks, fused convolutions), they are equal up to rounding.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nnlib.describe.matrices import Matrix
from nnlib.describe.network import matrices
from nnlib.gradient_descent import take_step
from nnlib.large_batches import block_size
from nnlib.losses import Loss
from nnlib.network import Network
from nnlib.optimizers import Optimizer
from nnlib.scaling import Scaling

if TYPE_CHECKING:
    from nnlib.trainer import Trainer


@dataclass(frozen=True, eq=False)
class DryRun:
    """A step on m examples, `images` (m, pixels) uint8 with `labels` (m,).

    `network` and `loss` are the copies that computed it, with the parameters from before the step. `before`, `gradient`
    and `after` are vectors of all parameters; `averages` is the state of the optimizer before the step, `optimizer` a
    copy after its update. `value` is the loss, without the L2 penalty; if it is not finite, there is no update and
    `after` is `before`. `masks` is the state of dropout's generator before the step; `exact` is True if the trainer's
    own step computes the same numbers bit for bit.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    network: Network
    loss: Loss
    optimizer: Optimizer
    matrices: list[Matrix]
    value: float
    before: NDArray
    gradient: NDArray
    after: NDArray
    averages: dict[str, Any]
    learning_rate: float
    l2: float
    scaling: Scaling
    masks: Mapping[str, Any] = field(repr=False)
    exact: bool

    @property
    def m(self) -> int:
        """The number of examples."""
        return len(self.labels)

    @property
    def change(self) -> NDArray:
        """The update: what the step adds to the parameters; NaN where they are infinite."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self.after - self.before

    @property
    def finite(self) -> bool:
        """Whether the loss is finite, so that there is an update."""
        return math.isfinite(self.value)

    def losses(self, parameters: NDArray) -> NDArray:
        """The loss per example, (m,), of the network with these parameters, without dropout. Batch normalisation uses
        the statistics of these examples, as in the step."""
        network = self.network.astype(self.network.dtype)
        network.unfuse()
        network.set_dropout(0.0)
        network.parameters[...] = parameters
        with np.errstate(over="ignore", invalid="ignore"):
            scores = network.forward(self.scaling.apply(self.images).T, training=network.normalizes)
            return type(self.loss)().per_example(scores, self.loss.Y)

    def part(self, vector: NDArray, symbol: str) -> NDArray:
        """The part of a vector of all parameters that belongs to a matrix such as `W1`, in its shape."""
        start, shape = self.place(symbol)
        return vector[start : start + math.prod(shape)].reshape(shape)

    def place(self, symbol: str) -> tuple[int, tuple[int, ...]]:
        """Where a matrix such as `W1` begins in the vector of all parameters, and its shape; KeyError if unknown."""
        start = 0
        for matrix in self.matrices:
            if matrix.parameter:
                if matrix.symbol == symbol:
                    return start, matrix.shape
                start += matrix.size
        raise KeyError(symbol)


def dry_run(trainer: "Trainer", images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> DryRun:
    """The DryRun of a step of this trainer on these examples, with its present weights."""
    masks = trainer.network.generator.bit_generator.state
    network = trainer.network.astype(trainer.network.dtype)
    network.unfuse()
    loss = type(trainer.loss)()
    optimizer = trainer.optimizer.twin(network)
    optimizer.learning_rate = trainer.current_learning_rate
    averages, before = optimizer.state(), network.parameters.copy()
    with np.errstate(over="ignore", invalid="ignore"):  # the loss is checked instead
        X = trainer.scaling.apply(np.asarray(images)).T
        Y = loss.targets(labels, trainer.digits.n_classes)
        _, value = take_step(network, loss, optimizer, X, Y, trainer.l2)
    after = network.parameters.copy() if math.isfinite(value) else before
    network.parameters[...] = before
    m = len(labels)
    return DryRun(
        np.asarray(images),
        np.asarray(labels),
        network,
        loss,
        optimizer,
        matrices(network, loss, l2=trainer.l2),
        value,
        before,
        network.gradients,
        after,
        averages,
        optimizer.learning_rate,
        trainer.l2,
        trainer.scaling,
        masks,
        exact=m <= block_size(trainer.network, m, trainer.threads) and not trainer.network.fused,
    )
