"""One digit on its way through a network: what each layer makes of it, as pictures.

A layer that works on pictures makes one picture a channel, its feature map; any other makes one number a unit.
"""

from dataclasses import dataclass

import numpy as np

from dashboard.components.heatmaps import Pictures
from dashboard.notation.formulas import dimensions, plain
from dashboard.notation.layer_names import words
from nnlib.activations import Activation, ReLU
from nnlib.convolution import AveragePool2D, Conv2D, MaxPool2D
from nnlib.describe.losses import describe
from nnlib.describe.network import matrices
from nnlib.layers import Dense, Layer
from nnlib.losses import Loss
from nnlib.trainer import Trainer

SQUARES = 32  # up to so many units are a square each, with a name; more stand in lines
LINES = ((256, 32), (10**6, 64))  # up to so many units, so many in a line

WHAT_TO_SEE = {  # the first kind that fits
    ReLU: "All that was orange has become zero: only what was found is passed on. {zero:.0f} % of these numbers are 0.",
    Conv2D: "Blue is where a kernel finds what it looks for, orange where it finds the opposite.",
    MaxPool2D: "The same pictures, coarser: of each window only the largest number is left.",
    AveragePool2D: "The same pictures, coarser: each window has become its mean.",
    Dense: "Places are gone: each unit has weighed up all numbers above.",
    Activation: "The bend, for every number by itself; the order stays.",
    Loss: "What the network says, class by class: probabilities, which add up to 1.",
}


@dataclass(frozen=True, eq=False)
class Stage:
    """What one layer makes of a digit: its symbol as in the table of shapes, who made it, how large it is, the pictures
    and a sentence on what to see."""

    symbol: str
    maker: str
    size: str
    pictures: Pictures
    sentence: str


def stages(trainer: Trainer, image: np.ndarray) -> list[Stage]:
    """What every layer makes of one image (pixels,) of uint8 brightness, in order; then, if the loss has an output
    function, the probabilities. A layer that only hands its numbers on, or lays them out anew, is left out."""
    network, loss = trainer.network, trainer.loss
    made = matrices(network, loss, 1)
    symbols = {each.layer: each.symbol for each in made if each.phase == "forward" and not each.parameter}
    before = trainer.scaling.apply(image)[:, None]
    found = []
    with np.errstate(over="ignore", invalid="ignore"):  # weights without bound are shown as what they are
        for layer, A in network.passing(before):
            if not np.may_share_memory(A, before):
                found.append(
                    _stage(plain(symbols[layer.position]), layer, A, trainer, last=layer is network.layers[-1])
                )
            before = A
        if describe(loss).function:
            outputs = loss.class_probabilities(before)
            symbol = next(each.symbol for each in made if each.phase == "loss")
            found.append(_stage(plain(symbol), loss, outputs, trainer, last=True))
    return found


def _stage(symbol, maker, A, trainer, *, last):
    title = words(maker)
    if A.ndim == 4:
        _, height, width, n = A.shape
        maps = A[0].reshape(-1, n).T
        names, summary = _numbers(n), f"{n} feature maps"
        pictures = Pictures(maps, (height, width), names, "channel", "row {row}, column {column}", "values", summary)
        return Stage(symbol, title, f"{n} × {dimensions((height, width))}", pictures, _sentence(maker, A))
    names = trainer.digits.class_names[-len(A) :] if last else _numbers(len(A))
    return Stage(symbol, title, _counted(len(A), last), _units(A[:, 0], names, last), _sentence(maker, A))


def _units(values, names, last):
    """Units that have no places: few as a square each, many in lines, which are one picture."""
    kind, n = "class" if last else "unit", len(values)
    if n <= SQUARES:
        return Pictures(values[:, None], (1, 1), names, kind, "", "value", f"{n} outputs")
    columns = next(columns for most, columns in LINES if n <= most)
    tile = (-(-n // columns), columns)
    name = f"{n} outputs"
    return Pictures(values[None], tile, (name,), "", f"{kind} {{input}}", "values", f"1 picture of {name}")


def _counted(n, last):
    return f"{n:,} {'class' if last else 'unit'}{'' if n == 1 else 'es' if last else 's'}"


def _sentence(maker: Layer | Loss, A) -> str:
    sentence = next((text for kind, text in WHAT_TO_SEE.items() if isinstance(maker, kind)), "")
    return sentence.format(zero=100 * np.count_nonzero(A == 0) / A.size)


def _numbers(n) -> tuple[str, ...]:
    return tuple(map(str, range(1, n + 1)))
