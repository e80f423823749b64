"""Why the gradients of the last layer are what they are: derivations in steps, each checked against real numbers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.notation.numbers import number
from nnlib.dry_run import DryRun
from nnlib.losses import SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy

NUDGE = 1e-4
Values = Mapping[str, NDArray]


@dataclass(frozen=True)
class Derivation:
    """A question about layer n, the last; `steps` are (text, formula) with N for its number and P for the one before;
    `check` returns two numbers that must agree, and what they are."""

    question: str
    steps: tuple[tuple[str, str], ...]
    check: Callable[[DryRun], tuple[float, float, str]]


def last_layer(step: DryRun) -> int:
    """The number of the last layer."""
    return max(int(each.symbol[2:]) for each in step.matrices if each.symbol.startswith("dZ"))


def applies(step: DryRun) -> bool:
    """Whether the network ends as the derivations take for granted: with a cross-entropy."""
    return isinstance(step.loss, (SoftmaxCrossEntropy, SigmoidBinaryCrossEntropy))


def _values(step: DryRun) -> tuple[Values, int]:
    return {each.symbol: each.value.astype(float) for each in step.matrices}, last_layer(step)


def _place(matrix: NDArray) -> tuple[int, int]:
    """Row and column of the largest number."""
    row, column = np.unravel_index(np.abs(matrix).argmax(), matrix.shape)
    return int(row), int(column)


def _product(step: DryRun) -> tuple[float, float, str]:
    values, n = _values(step)
    gradient = values[f"dW{n}"] - step.l2 * values[f"W{n}"]
    row, column = _place(gradient)
    inputs = step_inputs(step)[column]
    terms = values[f"dZ{n}"][row] * inputs
    written = " + ".join(
        f"{number(a)} · {number(b)}" for a, b in zip(values[f"dZ{n}"][row, :2], inputs[:2], strict=True)
    )
    where = f"Row {row + 1} of dZ[{n}] times row {column + 1} of the layer's input, over {step.m} digits: {written} + …"
    return float(terms.sum()), float(gradient[row, column]), where


def step_inputs(step: DryRun) -> NDArray:
    """The input of the last layer, (inputs, m)."""
    values, n = _values(step)
    for name in (f"Ã{n - 1}", f"A{n - 1}", "X"):
        if name in values and values[name].shape[0] == values[f"W{n}"].shape[1]:
            return values[name]
    raise ValueError("expected a dense last layer")


def _mean(step: DryRun) -> tuple[float, float, str]:
    values, n = _values(step)
    error = values[f"A{n}"] - values["Y"]
    row, column = _place(error)
    where = f"(A − Y) / m, class row {row + 1}, digit {column + 1}: {number(error[row, column])} / {step.m}"
    return float(error[row, column] / step.m), float(values[f"dZ{n}"][row, column]), where


def _error(step: DryRun) -> tuple[float, float, str]:
    values, n = _values(step)
    scores, targets, error = values[f"Z{n}"], values["Y"], values[f"A{n}"] - values["Y"]
    row, column = _place(error)

    def loss(change):
        z = scores[:, column].copy()
        z[row] += change
        if isinstance(step.loss, SigmoidBinaryCrossEntropy):
            return float(np.logaddexp(0, z[0]) - targets[0, column] * z[0])
        return float(np.logaddexp.reduce(z) - targets[:, column] @ z)

    slope = (loss(NUDGE) - loss(-NUDGE)) / (2 * NUDGE)
    where = f"The loss of digit {column + 1} when score {row + 1} is nudged up and down by {NUDGE:g}, as a slope"
    return slope, float(error[row, column]), where


DERIVATIONS = {
    "product": Derivation(
        "Why is dW = dZ Aᵀ?",
        (
            (
                "One weight multiplies one input of every digit, and goes into one sum.",
                r"Z_{ik} = \sum_j W_{ij} A_{jk} + b_i",
            ),
            (
                "If it grows a little, the sum of digit k grows by the input.",
                r"\frac{\partial Z_{ik}}{\partial W_{ij}} = A_{jk}",
            ),
            (
                "So its gradient is, over all digits, how the loss follows the sum, times that input (the chain rule).",
                r"dW_{ij} = \sum_k dZ_{ik} \, A_{jk}",
            ),
            ("That is row i of dZ times row j of A, which is column j of Aᵀ: a matrix product.", r"dW = dZ \, A^T"),
        ),
        _product,
    ),
    "mean": Derivation(
        "Where does 1/m sit?",
        (
            ("The loss of a mini-batch is the mean over its digits.", r"L = \frac{1}{m} \sum_k \ell_k"),
            (
                "A score of digit k is in its own loss only.",
                r"dZ_{ik} = \frac{1}{m} \frac{\partial \ell_k}{\partial Z_{ik}}",
            ),
            (
                "Every other gradient is computed from dZ by products and sums, so the factor is in all of them once. "
                "Written into each dW and db instead, it must not be in dZ.",
                r"dW = dZ \, A^T, \quad db = \sum_k dZ_{:k}",
            ),
        ),
        _mean,
    ),
    "error": Derivation(
        "Why A − Y?",
        (
            (
                "The loss of a digit is −ln of the probability of its true class t. With softmax it is:",
                r"\ell = -\ln \frac{e^{z_t}}{\sum_c e^{z_c}} = -z_t + \ln \sum_c e^{z_c}",
            ),
            (
                "The second term's slope for a score is its softmax.",
                r"\frac{\partial}{\partial z_i} \ln \sum_c e^{z_c} = \frac{e^{z_i}}{\sum_c e^{z_c}} = a_i",
            ),
            (
                "The first term's slope is −1 for the true class and 0 for all others: that is −y.",
                r"\frac{\partial \ell}{\partial z_i} = a_i - y_i",
            ),
            (
                "With one sigmoid output, the same comes out.",
                r"\ell = \ln(1 + e^z) - y z, \quad \frac{d \ell}{d z} = \frac{e^z}{1 + e^z} - y = a - y",
            ),
        ),
        _error,
    ),
}
