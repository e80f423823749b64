"""From the scores of one example to its outputs, its loss and its gradient, step by step.

All numbers come from the loss's `terms`; the explanations are here, one function per loss. A loss without one is shown
by its terms. The scores are first divided by the temperature; at 1 the outputs are the network's.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

import numpy as np

from dashboard.notation.numbers import digits_that_differ, enough_digits, number
from dashboard.theme import Theme, signed_limit, signed_rgb
from nnlib.losses import Loss, MeanSquaredError, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy

COLDEST, HOTTEST = 0.1, 10.0
READABLE = 7  # digits of a probability; closer to 1 it is written 1 − ...
NEARLY = 1e-3  # from 1


@dataclass(frozen=True, eq=False)
class OutputSteps:
    """One row per output unit: `columns` {heading: (outputs,)}, in order; `sentences` explain the computation
    (HTML); `loss` is the loss of this example."""

    names: tuple[str, ...]
    columns: dict[str, np.ndarray]
    sentences: tuple[str, ...]  # none for scores that are not finite
    loss: float
    truth: int | None


@dataclass(frozen=True, eq=False)
class Example:
    """One example: the `terms` of its loss, each (outputs,) or a number, its targets Y (outputs,), the classes, which
    output is the true class, and " / T" where a temperature divides the scores."""

    terms: dict[str, np.ndarray]
    Y: np.ndarray
    names: tuple[str, ...]
    truth: int
    by: str

    def __getitem__(self, name: str) -> np.ndarray:
        return self.terms[name]

    def true(self, name: str) -> float:
        """The value of a term for the true class, or for the only output."""
        return float(self.terms[name][self.truth])


def take_apart(
    loss: Loss, Z: np.ndarray, Y: np.ndarray, names: tuple[str, ...], temperature: float = 1.0
) -> OutputSteps:
    """The OutputSteps of one example with scores Z (outputs,) and targets Y (outputs,), in float64."""
    if not COLDEST <= temperature <= HOTTEST:
        raise ValueError(f"expected a temperature from {COLDEST} to {HOTTEST}, got {temperature}")
    Z, Y = Z.astype(np.float64), Y.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        terms = loss.terms((Z / temperature)[:, None], Y[:, None])
    terms = {name: value[..., 0] for name, value in terms.items()}
    by = "" if temperature == 1 else f" / {number(temperature)}"
    single = len(Z) == 1
    kind = next(each for each in type(loss).__mro__ if "terms" in vars(each))  # whose terms they are
    example = Example(terms, Y, names, 0 if single else int(Y.argmax()), by)
    columns, sentences = DESCRIPTIONS.get(kind, _undescribed)(example)
    heated = {} if temperature == 1 else {"z / T": Z / temperature}
    first = {"score z": Z} if loss.gives_probabilities else {}
    ending = {"output a": terms["A"], "target y": Y, "a − y": terms["A"] - Y}
    if not np.isfinite(Z).all():
        sentences = ()
    elif temperature != 1:
        sentences = sentences[:-1]  # the slope along z, which the division changes
    rows, truth = ((f"{names[1]}?",), None) if single else (names, int(Y.argmax()))
    columns = first | heated | columns[0] | ending | columns[1]
    return OutputSteps(rows, columns, sentences, float(terms["loss"]), truth)


def _quotient(dividend: float, divisor: float, a: float) -> str:
    """dividend / divisor = a with its numbers, in which only 1 looks like 1, as far as that is readable."""
    least = min(digits_that_differ(a, 1.0), READABLE)
    digits = enough_digits(lambda printed: printed(dividend) / printed(divisor), a, least) or least
    return f"{number(dividend, digits)} / {number(divisor, digits)} = {number(a, least)}"


def _logarithm(name: str, a: float, rest: float, loss: float) -> str:
    """−ln a = loss with its numbers, where `rest` is 1 − a, which is more exact if a is almost 1."""
    digits = enough_digits(lambda printed: -math.log(printed(a)), loss)
    numbers = f" = −ln {number(a, digits)}" if digits else ""
    if digits is None or digits > READABLE:
        numbers = f" = −ln (1 − {number(rest)})" if rest < NEARLY else ""
    return f"−ln {name}{numbers} = <b>{number(loss)}</b>"


def _difference(a: float, y: float, rest: float) -> str:
    """a − y with its numbers, where `rest` is 1 − a."""
    value = -rest if y else a
    digits = enough_digits(lambda printed: printed(a) - y, value)
    first = number(a, digits) if digits and digits <= READABLE else f"(1 − {number(rest)})" if y else number(a)
    return f"{first} − {number(y)} = {number(value)}"


def _softmax(of):
    true, others = escape(of.names[of.truth]), float(np.delete(of["A"], of.truth).sum())
    total, a = float(of["total"]), of.true("A")
    return ({"− largest": of["shifted"], "exp": of["powers"]}, {}), (
        f"<b>Shift</b>: subtract the largest, {number(of['largest'])}, from all z{of.by}. The outputs stay the same, "
        "because exp(z − c) = exp(z) / exp(c) scales all powers equally, and nothing can overflow: the largest is "
        "exp(0) = 1.",
        f"<b>Exponentials</b>: all positive now; they add up to {number(total)}.",
        f"<b>Divide</b> by that sum: positive numbers that add up to 1, read as probabilities. The true class, {true}, "
        f"gets {_quotient(of.true('powers'), total, a)}.",
        f"<b>Cross-entropy</b> of this digit: {_logarithm('a', a, others, float(of['loss']))}.",
        "<b>Where a − y comes from</b>: the loss is ln Σ exp(z<sub>j</sub>) − z<sub>true</sub>. Its slope along "
        "z<sub>k</sub> is exp(z<sub>k</sub>) / Σ exp(z<sub>j</sub>), which is a<sub>k</sub>, minus 1 for the true "
        f"class alone: a − y. For {true}: {_difference(a, 1.0, others)}.",
    )


def _sigmoid(of):
    y, a, power, total = float(of.Y[0]), of.true("A"), of.true("powers"), of.true("total")
    rest = power / total if math.isfinite(power) else 1.0
    loss = _logarithm("a", a, rest, float(of["loss"])) if y else _logarithm("(1 − a)", rest, a, float(of["loss"]))
    return ({"exp(−z)": of["powers"], "1 + exp(−z)": of["total"]}, {}), (
        f"<b>Sigmoid</b>: 1 / (1 + exp(−z{of.by})) = {_quotient(1.0, total, a)}, the probability of "
        f"{escape(of.names[1])}; {escape(of.names[0])} gets the rest, 1 − a = {number(rest)}.",
        f"<b>Binary cross-entropy</b>: −(y ln a + (1 − y) ln(1 − a)). With y = {number(y)} one part remains: {loss}.",
        "<b>Where a − y comes from</b>: the loss is ln(1 + exp(z)) − y z. The slope of the first part along z is "
        f"exp(z) / (1 + exp(z)) = a, that of the second is y: a − y = {_difference(a, y, rest)}.",
    )


def _squares(of):
    return ({}, {"(a − y)²": of["squares"]}), (
        "The <b>outputs</b> are the scores themselves, not probabilities: they need not lie between 0 and 1.",
        f"<b>Mean squared error</b> of this digit: the mean of the {len(of.Y)} squares = <b>{number(of['loss'])}</b>.",
        f"<b>Where a − y comes from</b>: the derivative of e² is 2e, so each output gets 2 (a − y) / {len(of.Y)}.",
    )


def _undescribed(of):
    """The terms themselves: those per output in columns, single numbers in sentences."""
    lists = {name: value for name, value in of.terms.items() if value.ndim and name != "A"}
    return (lists, {}), tuple(
        f"<b>{escape(name)}</b> = {number(value)}" for name, value in of.terms.items() if not value.ndim
    )


# The explanation of each loss: the columns before and after the outputs, and the sentences.
DESCRIPTIONS: dict[type[Loss], Callable[[Example], tuple]] = {
    SoftmaxCrossEntropy: _softmax,
    SigmoidBinaryCrossEntropy: _sigmoid,
    MeanSquaredError: _squares,
}


def steps_html(steps: OutputSteps, theme: Theme) -> str:
    """The steps as an HTML table, one row per output unit, each number on its colour, the true class with a tick."""
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
        f'<div tabindex="0" style="overflow-x:auto;color:{theme.ink}">'
        f'<table style="border-collapse:separate;border-spacing:1px;font-size:.8125rem;'
        f'font-variant-numeric:tabular-nums"><tr><th></th>{heads}</tr>{"".join(rows)}</table></div>'
    )


_CELL = "border:0;padding:2px 8px;text-align:right;white-space:nowrap"


def sentences_html(steps: OutputSteps, theme: Theme) -> str:
    """The sentences as an HTML list, in order."""
    items = "".join(f'<li style="margin:2px 0">{sentence}</li>' for sentence in steps.sentences)
    return f'<ol style="margin:0;padding-left:1.4em;font-size:.875rem;line-height:1.5;color:{theme.ink}">{items}</ol>'
