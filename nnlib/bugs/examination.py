"""Instruments pointed at a trainer: its gradient checked, layer by layer, and the size of its next update."""

import math

import numpy as np
from numpy.typing import NDArray

from nnlib.gradcheck import check_gradients
from nnlib.trainer import Trainer

EXAMPLES, NUMBERS = 24, 30  # of the batch checked, and of each parameter at most
ROUNDING = 1e-8  # of gradients that are 0
FAILED = 1e-4  # a relative error above this is no rounding error


def gradient_errors(trainer: Trainer) -> dict[str, float]:
    """{"W1": relative error} of a gradient check of the next mini-batch, on a copy in float64. Of each parameter some
    numbers are checked, drawn at random; where no gradient is above rounding, there is no error."""
    network, loss = trainer.network.astype(np.float64), type(trainer.loss)()
    images, labels = trainer.sampler.next_batch(EXAMPLES)
    X = trainer.scaling.apply(images).T.astype(np.float64)
    Y = loss.targets(labels, trainer.digits.n_classes, np.dtype(np.float64))
    rng, start, places = np.random.default_rng(0), 0, {}
    for name, parameter in network.named_parameters().items():
        if start < len(network.gradients):  # not the running statistics
            places[name] = start + rng.permutation(parameter.size)[:NUMBERS]
        start += parameter.size
    with np.errstate(over="ignore", invalid="ignore"):
        check = check_gradients(network, loss, X, Y, l2=trainer.l2, positions=np.concatenate([*places.values()]))
    ends = np.cumsum([len(each) for each in places.values()])[:-1]
    parts = zip(np.split(check.analytic, ends), np.split(check.numerical, ends), strict=True)
    return {name: _error(*part) for name, part in zip(places, parts, strict=True)}


def _error(analytic: NDArray, numerical: NDArray) -> float:
    total = np.linalg.norm(analytic) + np.linalg.norm(numerical)
    return 0.0 if total < ROUNDING else float(np.linalg.norm(analytic - numerical) / total)


def fails(errors: dict[str, float]) -> bool:
    """Whether a gradient check with these errors fails."""
    return not all(error < FAILED for error in errors.values())


def update_size(trainer: Trainer) -> float:
    """The root mean square of the next update of all trainable parameters, on a copy."""
    images, labels = trainer.sampler.next_batch()
    dry_run = trainer.dry_run(images, labels)
    change = dry_run.change[: len(dry_run.gradient)].astype(np.float64)
    return math.sqrt(float(np.mean(np.square(change))))
