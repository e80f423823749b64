"""Interventions in a network: a unit switched off (ablation), its weights scaled, one weight set.

Each changes parameters in place and nothing else, so a changed network is evaluated, trained and stored like any other.
`layer` counts the layers with weights from 0, `unit` the units of that layer; a filter of a convolution is a unit.
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
    """Ablation of a unit: all its outgoing weights, in the next layer, become 0.

    For every activation this is an output of 0, through pooling and flatten. Incoming weights of 0 would not be: σ(0)
    is 0.5. A unit of the last layer has no outgoing weights; its own weights and bias become 0, and so does its score.
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
    """w <- factor w, for all incoming weights of the unit; the bias is unchanged."""

    factor: float

    def change(self, network: Network) -> None:
        network.weights()[self.layer].W[self.unit] *= self.factor


@dataclass(frozen=True)
class SetWeight(Intervention):
    """Sets one number to `value`: the unit's weight at `place` in its row of W, or its bias if `place` is None."""

    place: int | None
    value: float

    def change(self, network: Network) -> None:
        layer = network.weights()[self.layer]
        if self.place is None:
            layer.b[self.unit] = self.value
        else:
            layer.W[self.unit, self.place] = self.value


def outgoing(network: Network, layer: int, unit: int) -> NDArray | None:
    """The outgoing weights of a unit, (units of the next layer, weights per unit), a view; None in the last layer. A
    filter has several per unit, one for each position in its picture."""
    layers = network.weights()
    if layer + 1 == len(layers):
        return None
    # Channels are innermost in a flattened picture and in a patch.
    return layers[layer + 1].W[:, unit :: len(layers[layer].W)]


def trying(trainer: Trainer, intervention: Intervention, split: Split) -> Generator[float, None, Evaluation]:
    """Evaluate a split with a changed copy of the trainer's network, in blocks like `evaluating`: yields between them,
    and returns the Evaluation."""
    network = trainer.network.astype(trainer.network.dtype)
    intervention.change(network)
    workers = Workers(network, type(trainer.loss)(), trainer.scaling, trainer.threads)
    return evaluating(workers, split, trainer.digits.n_classes)
