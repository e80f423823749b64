"""The inactive units of a network, the snapshots since which they have been so, and what could bring one back."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.components.layer_units import Units
from dashboard.notation.numbers import number as written
from dashboard.notation.phrases import capitalized
from nnlib.activations import Activation, ReLU
from nnlib.inactive_units import STILL, sample_size, taking_part
from nnlib.network import Network
from nnlib.timeline import Snapshot
from nnlib.trainer import Trainer

SNAPSHOTS_OF_PICTURES = 8  # examined of a convolutional network, which is many times slower


@dataclass(frozen=True)
class Inactive:
    """Which units are `inactive` for all of the first `read` validation digits: {number of a layer with weights, from
    1: (units,) bool}. `since`, of the same form, has the epoch of the earliest snapshot from which on, in every
    snapshot examined, a unit is inactive; NaN if it is active now or in the last of them."""

    read: int
    inactive: dict[int, np.ndarray]
    since: dict[int, np.ndarray]

    def order(self, layer: Units) -> np.ndarray:
        """The positions of a layer's units, the inactive ones first."""
        inactive = self.inactive.get(layer.number, np.zeros(len(layer), bool))
        return np.argsort(~inactive, kind="stable")


def finding_inactive(trainer: Trainer, earlier: Sequence[Snapshot]) -> Generator[None, None, Inactive]:
    """The Inactive units of a trainer's network; `earlier` are the snapshots before it, in order of time. Yields
    between blocks of digits. In a network that is not finite, no unit counts as inactive."""
    network = trainer.network.astype(trainer.network.dtype)
    inactive = yield from _inactive(network, trainer)
    since = {number: np.full(len(units), np.nan) for number, units in inactive.items()}
    still = dict(inactive)
    pictures = any(len(layer.output_shape) > 1 for layer in network.layers)
    for snapshot in reversed(earlier[-SNAPSHOTS_OF_PICTURES:] if pictures else earlier):
        if not any(units.any() for units in still.values()):
            break
        network.parameters[...] = snapshot.state.parameters
        then = yield from _inactive(network, trainer)
        still = {number: units & then[number] for number, units in still.items()}
        for number, units in still.items():
            since[number][units] = snapshot.position
    return Inactive(sample_size(network), inactive, since)


def _inactive(network: Network, trainer: Trainer) -> Generator[None, None, dict[int, np.ndarray]]:
    images = trainer.digits.validation.images[: sample_size(network)]
    block = network.examples_per_block
    active: dict[int, np.ndarray] = {}
    for start in range(0, len(images), block):
        with np.errstate(over="ignore", invalid="ignore"):  # diverged weights
            part = taking_part(network, trainer.scaling.apply(images[start : start + block]).T)
        active = {number: units | active.get(number, False) for number, units in part.items()}
        yield
    finite = bool(np.isfinite(network.parameters).all())
    return {number: ~units & finite for number, units in active.items()}


def about_inactive_unit(found: Inactive, layer: Units, unit: int, network: Network, l2: float) -> str:
    """That a unit is inactive, since when, and what could bring it back; "" if it is active."""
    if layer.number not in found.inactive or not found.inactive[layer.number][unit]:
        return ""
    position = layer.layer.position
    activation = next(each for each in network.layers[position + 1 :] if isinstance(each, Activation))
    since = found.since[layer.number][unit]
    known = "" if np.isnan(since) else f", and in every snapshot examined since epoch {since:.2f}"
    name = capitalized(layer.said(unit))
    if not isinstance(activation, ReLU):
        return (
            f"**{name} is saturated**: for all of the first {found.read:,} validation digits the slope of its "
            f"activation is below {written(STILL)}{known}, so its weights hardly learn. {_smaller(l2)}"
        )
    dead = f"**{name} is dead**: it is active for none of the first {found.read:,} validation digits{known}."
    if not layer.W[unit].any() and layer.bias(unit) <= 0:
        return (
            f"{dead} All its weights are 0, so its sum is its bias for every digit, and ReLU passes no gradient back: "
            "no training digit can change it, only a change by hand (“what if”)."
        )
    ways = ["a training digit for which its sum is positive", "a change by hand (“what if”)"]
    if layer.number > 1:
        ways.insert(1, "a change of the layers before it, which changes its inputs")
    if l2 and layer.bias(unit) > 0:
        ways.append("L2, which shrinks its weights but not its positive bias")
    return (
        f"{dead} Where its output is 0, ReLU passes no gradient back, so these digits would teach it nothing. "
        f"What could bring it back: {'; '.join(ways)}."
    )


def _smaller(l2: float) -> str:
    return "L2 makes its weights smaller, which could bring it back." if l2 else "Smaller weights could bring it back."
