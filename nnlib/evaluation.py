"""What a network makes of a whole split: computed in blocks, leaving no trace in the network."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Mean loss and accuracy, and for each of the n examples: scores (outputs, n), losses, predicted and true class."""

    loss: float
    accuracy: float
    scores: np.ndarray
    losses: np.ndarray
    predicted: np.ndarray
    labels: np.ndarray

    def mistakes(self):
        """Positions of the misclassified examples, in the split's order."""
        return np.flatnonzero(self.predicted != self.labels)


def scores_of(network, scaling, images):
    """Scores (outputs, n) for pixel rows (n, pixels) uint8."""
    scores = np.empty((*network.output_shape, len(images)), network.dtype)
    block = network.examples_per_block
    for start in range(0, len(images), block):
        rows = slice(start, start + block)
        scores[:, rows] = network.forward(scaling.apply(images[rows]).T, training=False)
    return scores


def evaluate(network, loss, scaling, split, n_classes):
    """The Evaluation of one split. Scores that are not finite give a loss that is not finite, and no warning."""
    with np.errstate(over="ignore", invalid="ignore"):
        scores = scores_of(network, scaling, split.images)
        losses = loss.each(scores, loss.targets(split.labels, n_classes, network.dtype))
        predicted = loss.predict(scores)
    right = predicted == split.labels
    return Evaluation(float(losses.mean()), float(right.mean()), scores, losses, predicted, split.labels)
