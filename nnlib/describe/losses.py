"""Descriptions of the matrices of each loss: outputs, targets, and the gradient that starts the backward pass.

A new loss is shown on every page once it, or a base class, has an entry in DESCRIPTIONS.
"""

from collections.abc import Callable
from dataclasses import dataclass

from nnlib.describe.expressions import Apply, Divided, Formula, Minus, Symbol
from nnlib.describe.layers import gradient, matrix
from nnlib.describe.matrices import Matrix
from nnlib.losses import Loss, MeanSquaredError, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy


@dataclass(frozen=True)
class LossDescription:
    """`function` turns scores into outputs ("" if the scores are the outputs); `gradient(A, outputs)` is the formula of
    the first gradient, given the symbol of the outputs and the number of output units; `targets` describes Y."""

    function: str = ""
    gradient: Callable[[str, str], Formula] = lambda A, outputs: Divided(Minus(Symbol(A), Symbol("Y")), "m")
    targets: str = "the targets: 1 for the true class, else 0"


DESCRIPTIONS: dict[type[Loss], LossDescription] = {
    SoftmaxCrossEntropy: LossDescription("softmax"),
    SigmoidBinaryCrossEntropy: LossDescription("σ", targets="the targets: 0 or 1"),
    MeanSquaredError: LossDescription(
        gradient=lambda A, outputs: Divided(Minus(Symbol(A), Symbol("Y")), f"({outputs} m)", times="2")
    ),
}


def describe(loss: Loss) -> LossDescription:
    """The description of a loss, or of its nearest base class; TypeError if there is none."""
    for kind in type(loss).__mro__:
        if kind in DESCRIPTIONS:
            return DESCRIPTIONS[kind]
    raise TypeError(f"{type(loss).__name__} has no description: add one to nnlib.describe.losses.DESCRIPTIONS")


def trace(loss: Loss, number: int, Z: str, dimensions: tuple[str, ...]) -> tuple[list[Matrix], list[Matrix]]:
    """The matrices of the loss for scores Z of layer `number`, of the forward and of the backward pass."""
    about, A = describe(loss), Z
    forward = [matrix("Y", about.targets, dimensions, None, loss.Y)]
    if about.function:
        A = f"A{number}"
        outputs = matrix(A, "the network's outputs", dimensions, Apply(about.function, Symbol(Z)), loss.A)
        forward.insert(0, outputs)
    formula = about.gradient(A, dimensions[0])
    return forward, [gradient(Z, "gradient for each score", dimensions, formula, loss.dZ)]
