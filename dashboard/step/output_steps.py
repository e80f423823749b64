"""From the scores of one example to its outputs, its loss and its gradient, one small step at a time.

Softmax with cross-entropy, sigmoid with binary cross-entropy, and squared errors each have their own steps. The
temperature divides the scores before softmax or sigmoid; at 1 the outputs are those of the network.
"""

from dataclasses import dataclass
from html import escape

import numpy as np

from dashboard.notation.numbers import number
from dashboard.theme import Theme, signed_limit, signed_rgb
from nnlib.losses import MeanSquaredError, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy

COLDEST, HOTTEST = 0.1, 10.0


@dataclass(frozen=True, eq=False)
class OutputSteps:
    """One row per output unit: `columns` {heading: (outputs,)}, in order; `sentences` say what was computed (HTML);
    `loss` is that of this example."""

    names: tuple[str, ...]
    columns: dict[str, np.ndarray]
    sentences: tuple[str, ...]
    loss: float
    truth: int | None


def take_apart(loss: object, Z: np.ndarray, Y: np.ndarray, names: tuple[str, ...], temperature: float = 1.0):
    """The OutputSteps of one example with scores Z (outputs,) and targets Y (outputs,), in float64."""
    if not COLDEST <= temperature <= HOTTEST:
        raise ValueError(f"expected a temperature from {COLDEST} to {HOTTEST}, got {temperature}")
    Z, Y = Z.astype(np.float64), Y.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return _WAYS[type(loss)](Z, Y, names, temperature)


def _softmax(Z, Y, names, temperature):
    heated = Z / temperature
    top, truth = heated.max(), int(Y.argmax())
    shifted = heated - top
    powers = np.exp(shifted)
    total = powers.sum()
    A = powers / total
    value = float(np.log(total) - shifted[truth])
    by = "" if temperature == 1 else f" / {number(temperature)}"
    columns = {"score z": Z}
    if temperature != 1:
        columns["z / T"] = heated
    columns |= {"− largest": shifted, "exp": powers, "output a": A, "target y": Y, "a − y": A - Y}
    sentences = (
        f"<b>Shift</b>: subtract the largest, {number(top)}, from all z{by}. The outputs stay the same, because "
        "exp(z − c) = exp(z) / exp(c) changes all alike, and nothing can overflow: the largest power is exp(0) = 1.",
        f"<b>Exponentials</b>: all positive now; they add up to {number(total)}.",
        f"<b>Divide</b> by that sum: positive numbers that add up to 1, read as probabilities. The true class, "
        f"{escape(names[truth])}, gets {number(powers[truth])} / {number(total)} = {number(A[truth])}.",
        f"<b>Cross-entropy</b> of this digit: −log {number(A[truth])} = <b>{number(value)}</b>.",
        "<b>Where a − y comes from</b>: the loss is log Σ exp(z<sub>j</sub>) − z<sub>true</sub>. Its slope along "
        "z<sub>k</sub> is exp(z<sub>k</sub>) / Σ exp(z<sub>j</sub>), which is a<sub>k</sub>, minus 1 for the true "
        f"class alone: a − y. For {escape(names[truth])}: {number(A[truth])} − 1 = {number(A[truth] - 1)}.",
    )
    return OutputSteps(names, columns, sentences, value, truth)


def _sigmoid(Z, Y, names, temperature):
    heated = Z / temperature
    powers = np.exp(-heated)
    A = 1 / (1 + powers)
    z, y, a = heated[0], Y[0], A[0]
    value = float(np.logaddexp(0.0, z) - y * z)
    columns = {"score z": Z}
    if temperature != 1:
        columns["z / T"] = heated
    columns |= {"exp(−z)": powers, "1 + exp(−z)": 1 + powers, "output a": A, "target y": Y, "a − y": A - Y}
    right = f"log {number(a)}" if y else f"log (1 − {number(a)})"
    sentences = (
        f"<b>Sigmoid</b>: 1 / (1 + exp(−z)) = 1 / {number(1 + powers[0])} = {number(a)}, the probability of "
        f"{escape(names[1])}; {escape(names[0])} gets the rest, {number(1 - a)}.",
        f"<b>Binary cross-entropy</b>: −(y log a + (1 − y) log(1 − a)). With y = {number(y)} one part is left: "
        f"−{right} = <b>{number(value)}</b>.",
        "<b>Where a − y comes from</b>: the loss is log(1 + exp(z)) − y z. The slope of the first part along z is "
        f"exp(z) / (1 + exp(z)) = a, that of the second is y: a − y = {number(a - y)}.",
    )
    return OutputSteps((f"{names[1]}?",), columns, sentences, value, None)


def _squares(Z, Y, names, temperature):
    error = Z - Y
    value = float(np.square(error).mean())
    columns = {"output a": Z, "target y": Y, "a − y": error, "(a − y)²": np.square(error)}
    sentences = (
        "The <b>outputs</b> are the scores as they are, not probabilities: they need not lie between 0 and 1.",
        f"<b>Mean squared error</b> of this digit: the mean of the {len(Z)} squares = <b>{number(value)}</b>.",
        f"<b>Where a − y comes from</b>: the slope of a square is twice what is squared, so each output gets "
        f"2 (a − y) / {len(Z)}.",
    )
    return OutputSteps(names, columns, sentences, value, int(Y.argmax()))


_WAYS = {SoftmaxCrossEntropy: _softmax, SigmoidBinaryCrossEntropy: _sigmoid, MeanSquaredError: _squares}


def steps_html(steps: OutputSteps, theme: Theme) -> str:
    """The steps as an HTML table, one row per output unit, each number on its colour, the truth with a tick."""
    heads = "".join(f'<th style="{_CELL};color:{theme.muted};font-weight:400">{name}</th>' for name in steps.columns)
    rows = []
    for unit, name in enumerate(steps.names):
        cells = []
        for column in steps.columns.values():
            limit = signed_limit(column, 100)
            colour = bytes(signed_rgb(column[unit : unit + 1], limit, theme)[0]).hex()
            ground = f"background:color-mix(in srgb,#{colour} 45%,{theme.paper})"
            cells.append(f'<td style="{_CELL};{ground}">{number(column[unit])}</td>')
        truth = unit == steps.truth
        weight = "700" if truth else "400"
        mark = "✓ " if truth else ""
        rows.append(
            f'<tr style="font-weight:{weight}"><th style="{_CELL};font-weight:{weight}">{mark}{escape(name)}</th>'
            f"{''.join(cells)}</tr>"
        )
    return (
        f'<div style="overflow-x:auto;color:{theme.ink}"><table style="border-collapse:separate;border-spacing:1px;'
        f'font-size:.8125rem;font-variant-numeric:tabular-nums"><tr><th></th>{heads}</tr>{"".join(rows)}</table></div>'
    )


_CELL = "border:0;padding:2px 8px;text-align:right;white-space:nowrap"


def sentences_html(steps: OutputSteps, theme: Theme) -> str:
    """What was computed, in order, as an HTML list."""
    items = "".join(f'<li style="margin:2px 0">{sentence}</li>' for sentence in steps.sentences)
    return f'<ol style="margin:0;padding-left:1.4em;font-size:.875rem;line-height:1.5;color:{theme.ink}">{items}</ol>'
