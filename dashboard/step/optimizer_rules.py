"""An optimizer's update rule in LaTeX, as formulas and with the numbers of one weight."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.notation.numbers import MOST_DIGITS, digits_that_differ, enough_digits
from dashboard.notation.optimizers import describe
from nnlib.dry_run import DryRun

DIGITS = 4  # significant digits, or as many more as a line of arithmetic needs


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
    change = terms["change"]
    after = weight + change
    digits = digits_that_differ(weight, after, DIGITS)
    applied = _line(lambda write: f"{write(weight)} {write(change):+}", after, digits)
    return [*_rule(type(optimizer), terms, values), Line(r"w \leftarrow w + \Delta w", applied, after)]


def _rule(kind: type, terms: dict[str, float], values: "_Values") -> Iterator[Line]:
    described = describe(kind).lines
    for formula, template, term in described:
        value = terms[term]
        numbers = _line(lambda write, template=template: template.format_map(values.written(write)), value)
        yield Line(formula, numbers, value)
    for term, value in terms.items() if not described else ():
        yield Line(rf"\text{{{term}}}", str(Number(value)), value)


def _line(left: Callable, right: float, digits: int = DIGITS) -> str:
    """`left = right` in LaTeX with as many digits as make it right as printed; `left` writes its numbers by a
    function."""
    enough = enough_digits(
        lambda printed: _evaluate(left(lambda value: Number(printed(value), MOST_DIGITS))), right, digits
    )
    return f"{left(lambda value: Number(value, enough or digits))} = {Number(right, digits)}"


def _evaluate(latex: str) -> float:
    """The value of a line of numbers in LaTeX, which contains nothing but fractions, powers and the four operations."""
    for old, new in ((r"\cdot", "*"), (r"\frac", ""), ("}{", ")/("), ("{", "("), ("}", ")"), ("^", "**")):
        latex = latex.replace(old, new)
    return float(eval(latex, {"__builtins__": {}}))


class _Values(dict):
    """The names available to a template: the given values, and all attributes of the optimizer, each written by
    `write`."""

    def __init__(self, optimizer, write=None, **values):
        super().__init__(values)
        self.optimizer, self.write = optimizer, write

    def written(self, write):
        return _Values(self.optimizer, write, **self)

    def __missing__(self, name):
        return getattr(self.optimizer, name)

    def __getitem__(self, name):
        return self.write(super().__getitem__(name))


class Number(float):
    """A number in LaTeX with at most so many digits: `:b` in brackets where needed, `:+` with its sign as operator."""

    digits = DIGITS

    def __new__(cls, value, digits=DIGITS):
        number = super().__new__(cls, value + 0.0)  # no negative zero
        number.digits = digits
        return number

    def __str__(self):
        mantissa, _, exponent = f"{float(self):.{self.digits}g}".partition("e")
        return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if exponent else mantissa

    def __format__(self, spec):
        text = str(self)
        if spec == "+":
            return f"- {text[1:]}" if self < 0 else f"+ {text}"
        return f"({text})" if spec == "b" and (self < 0 or "cdot" in text) else text
