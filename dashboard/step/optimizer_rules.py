"""An optimizer's update rule in LaTeX, as formulas and with the numbers of one weight."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.notation.optimizers import describe
from nnlib.dry_run import DryRun


@dataclass(frozen=True)
class Line:
    """One line of a rule in LaTeX, as formula and with numbers; `value` is the result."""

    formula: str
    numbers: str
    value: float


def lines(dry_run: DryRun, place: int) -> list[Line]:
    """The rule applied to one parameter, by its index in the vector of all parameters: from the optimizer's averages
    before the step to the new value."""
    optimizer = dry_run.optimizer
    before = {name: float(dry_run.averages[name][place]) for name in optimizer.averages}
    gradient, weight = float(dry_run.gradient[place]), float(dry_run.before[place])
    averages = (np.asarray(value) for value in before.values())
    arrays = optimizer.terms(np.asarray(gradient), dry_run.learning_rate, *averages)
    terms = {name: float(value) for name, value in arrays.items()}
    values = _Values(optimizer, g=gradient, rate=dry_run.learning_rate)
    values |= {f"{name}_before": value for name, value in before.items()} | terms
    after = weight + terms["change"]
    applied = f"{Number(weight)} {Number(terms['change']):+} = {Number(after)}"
    return [*_rule(type(optimizer), terms, values), Line(r"w \leftarrow w + \Delta w", applied, after)]


def _rule(kind: type, terms: dict[str, float], values: "_Values") -> Iterator[Line]:
    described = describe(kind).lines
    for formula, template, term in described:
        value = terms[term]
        yield Line(formula, rf"{template.format_map(values)} = {Number(value)}", value)
    for term, value in terms.items() if not described else ():
        yield Line(rf"\text{{{term}}}", str(Number(value)), value)


class _Values(dict):
    """The names available to a template: the given values, and all attributes of the optimizer."""

    def __init__(self, optimizer, **values):
        super().__init__(values)
        self.optimizer = optimizer

    def __missing__(self, name):
        return getattr(self.optimizer, name)

    def __getitem__(self, name):
        return Number(super().__getitem__(name))


class Number(float):
    """A number in LaTeX with at most four digits: `:b` in brackets where needed, `:+` with its sign as an operator."""

    def __str__(self):
        mantissa, _, exponent = f"{float(self):.4g}".partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa

    def __format__(self, spec):
        text = str(self)
        if spec == "+":
            return f"- {text[1:]}" if self < 0 else f"+ {text}"
        return f"({text})" if spec == "b" and (self < 0 or "cdot" in text) else text
