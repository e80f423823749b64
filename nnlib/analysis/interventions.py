"""Changes of a network by hand, to find out what it needs: a unit switched off, its weights scaled, one weight set.

Each changes parameters in place and nothing else, so that a changed network is evaluated, trained on and stored like
any other. `layer` counts the layers with weights from 0, `unit` the units of that layer; a filter of a convolution is
one.
"""

from collections.abc import Generator
from dataclasses import dataclass

from numpy.typing import NDArray

from nnlib.datasets import Split
from nnlib.evaluation import Evaluation, evaluating
from nnlib.network import Network
from nnlib.trainer import Trainer
from nnlib.workers import Workers


@dataclass(frozen=True)
class Intervention:
    """The contract: `change(network)` changes its parameters in place."""

    layer: int
    unit: int

    def change(self, network: Network) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class SwitchOff(Intervention):
    """Whatever the unit answers, nothing of it gets on: every weight that the next layer has for it becomes 0.

    That is an output of 0 for every activation, through pooling and flatten. Weights of 0 into the unit would not be:
    σ(0) is 0.5. A unit of the last layer has no next one; its own weights and bias become 0, and so does its score.
    """

    def change(self, network: Network) -> None:
        listening = outgoing(network, self.layer, self.unit)
        if listening is None:
            last = network.weights()[self.layer]
            last.W[self.unit], last.b[self.unit] = 0.0, 0.0
        else:
            listening[...] = 0.0


@dataclass(frozen=True)
class Scale(Intervention):
    """w <- factor w, for all weights into the unit; the bias stays."""

    factor: float

    def change(self, network: Network) -> None:
        network.weights()[self.layer].W[self.unit] *= self.factor


@dataclass(frozen=True)
class SetWeight(Intervention):
    """One number becomes `value`: the unit's weight at this place in its row of W, or, for None, its bias."""

    place: int | None
    value: float

    def change(self, network: Network) -> None:
        layer = network.weights()[self.layer]
        if self.place is None:
            layer.b[self.unit] = self.value
        else:
            layer.W[self.unit, self.place] = self.value


def outgoing(network: Network, layer: int, unit: int) -> NDArray | None:
    """The weights that the next layer has for a unit, (its units, weights of each for this unit), a view; None after
    the last layer. There are several where the unit is a filter, one for each place in its picture."""
    layers = network.weights()
    if layer + 1 == len(layers):
        return None
    # Channels stand innermost in a flattened picture and in a patch, so that the n-th of them comes every so many.
    return layers[layer + 1].W[:, unit :: len(layers[layer].W)]


def trying(trainer: Trainer, intervention: Intervention, split: Split) -> Generator[float, None, Evaluation]:
    """Evaluate a split with a copy of the trainer's network changed so, as `evaluating` does: in blocks, yielding
    between them, and returning the Evaluation."""
    network = trainer.network.astype(trainer.network.dtype)
    intervention.change(network)
    workers = Workers(network, type(trainer.loss)(), trainer.scaling, trainer.threads)
    return evaluating(workers, split, trainer.digits.n_classes)
