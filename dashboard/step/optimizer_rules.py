"""The rule by which an optimizer turns a gradient into a change, as LaTeX, and with the numbers of one weight.

The numbers start from what the optimizer remembered before the step, and end in the change that it made: for all rules
but plain gradient descent, that is not the learning rate times the gradient.
"""

from dataclasses import dataclass

import numpy as np

from nnlib.dry_run import DryRun
from nnlib.optimizers import SGD, Adam, Momentum, Optimizer, RMSProp


@dataclass(frozen=True)
class Line:
    """One line of a rule: the formula, and the same with numbers, in LaTeX; `value` is what comes out."""

    formula: str
    numbers: str
    value: float


NAMES = {SGD: "Gradient descent", Momentum: "Momentum", RMSProp: "RMSProp", Adam: "Adam"}
REMARKS = {
    SGD: "The change is the gradient times the learning rate α, the other way.",
    Momentum: "The change follows the velocity v, in which earlier gradients live on: it is **not** −α times the "
    "gradient, except at the very first step.",
    RMSProp: "Each weight's gradient is divided by its usual size, √s: the change is **not** −α times the gradient, "
    "and weights with small gradients move as fast as the others.",
    Adam: "A running mean of gradients, m, divided by their usual size, √v: the change is **not** −α times the "
    "gradient. In the first steps nearly every weight that has a gradient moves by about α, however small it is.",
}


def lines(dry_run: DryRun, place: int) -> list[Line]:
    """The rule applied to one parameter, by its place in the vector of all."""
    optimizer = dry_run.optimizer
    before = {name: float(dry_run.averages[name][place]) for name in optimizer.averages}
    gradient, weight = float(dry_run.gradient[place]), float(dry_run.before[place])
    found = _RULES[type(optimizer)](optimizer, dry_run.learning_rate, gradient, before)
    change = found[-1].value
    return [
        *found,
        Line(r"w \leftarrow w + \Delta w", rf"{_n(weight)} {_signed(change)} = {_n(weight + change)}", weight + change),
    ]


def name(optimizer: Optimizer) -> str:
    return NAMES[type(optimizer)]


def remark(optimizer: Optimizer) -> str:
    return REMARKS[type(optimizer)]


def _sgd(optimizer, rate, g, before):
    return [Line(r"\Delta w = -\alpha\, dw", rf"-{_n(rate)} \cdot {_b(g)} = {_n(-rate * g)}", -rate * g)]


def _momentum(optimizer, rate, g, before):
    v = optimizer.momentum * before["velocity"] + g
    return [
        Line(
            r"v \leftarrow \mu v + dw",
            rf"{_n(optimizer.momentum)} \cdot {_b(before['velocity'])} {_signed(g)} = {_n(v)}",
            v,
        ),
        Line(r"\Delta w = -\alpha v", rf"-{_n(rate)} \cdot {_b(v)} = {_n(-rate * v)}", -rate * v),
    ]


def _rmsprop(optimizer, rate, g, before):
    rho = optimizer.rho
    s = rho * before["square"] + (1 - rho) * g * g
    change = -rate * g / (np.sqrt(s) + optimizer.epsilon)
    return [
        Line(
            r"s \leftarrow \rho s + (1 - \rho)\, dw^2",
            rf"{_n(rho)} \cdot {_b(before['square'])} + {_n(1 - rho)} \cdot {_b(g)}^2 = {_n(s)}",
            s,
        ),
        Line(
            r"\Delta w = -\alpha \frac{dw}{\sqrt{s} + \varepsilon}",
            rf"-{_n(rate)} \cdot \frac{{{_n(g)}}}{{{_n(np.sqrt(s))} + {_n(optimizer.epsilon)}}} = {_n(change)}",
            change,
        ),
    ]


def _adam(optimizer, rate, g, before):
    t, one, two = optimizer.updates, optimizer.beta1, optimizer.beta2
    # The optimizer holds m / (1 - b1) and v / (1 - b2).
    m_before, v_before = (1 - one) * before["mean"], (1 - two) * before["square"]
    m, v = one * m_before + (1 - one) * g, two * v_before + (1 - two) * g * g
    mean, square = m / (1 - one**t), v / (1 - two**t)
    change = -rate * mean / (np.sqrt(square) + optimizer.epsilon)
    return [
        Line(
            r"m \leftarrow \beta_1 m + (1 - \beta_1)\, dw",
            rf"{_n(one)} \cdot {_b(m_before)} + {_n(1 - one)} \cdot {_b(g)} = {_n(m)}",
            m,
        ),
        Line(
            r"v \leftarrow \beta_2 v + (1 - \beta_2)\, dw^2",
            rf"{_n(two)} \cdot {_b(v_before)} + {_n(1 - two)} \cdot {_b(g)}^2 = {_n(v)}",
            v,
        ),
        Line(r"m' = \frac{m}{1 - \beta_1^t}", rf"\frac{{{_n(m)}}}{{1 - {_n(one)}^{{{t}}}}} = {_n(mean)}", mean),
        Line(r"v' = \frac{v}{1 - \beta_2^t}", rf"\frac{{{_n(v)}}}{{1 - {_n(two)}^{{{t}}}}} = {_n(square)}", square),
        Line(
            r"\Delta w = -\alpha \frac{m'}{\sqrt{v'} + \varepsilon}",
            rf"-{_n(rate)} \cdot \frac{{{_n(mean)}}}{{{_n(np.sqrt(square))} + {_n(optimizer.epsilon)}}} = {_n(change)}",
            change,
        ),
    ]


_RULES = {SGD: _sgd, Momentum: _momentum, RMSProp: _rmsprop, Adam: _adam}


def _n(value):
    """A number in LaTeX, four digits at most."""
    text = f"{float(value):.4g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}"
    return text


def _b(value):
    """In brackets where it would not stand alone: negative, or with a power of ten."""
    text = _n(value)
    return f"({text})" if text.startswith("-") or "cdot" in text else text


def _signed(value):
    text = _n(value)
    return f"- {text[1:]}" if text.startswith("-") else f"+ {text}"
