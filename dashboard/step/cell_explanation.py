"""One cell of a matrix explained: the sum behind it, written out with its numbers.

Every formula of `nnlib.describe.expressions` is expanded into terms, products of single numbers. Functions are
evaluated by the layer itself, so no formula is repeated here.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any, NamedTuple

import numpy as np

from dashboard.notation.formulas import html, scaled
from dashboard.notation.numbers import MOST_DIGITS, enough_digits, minus, number
from dashboard.step.training_step import LOSS, Step
from dashboard.theme import Theme
from nnlib.describe import expressions as ex
from nnlib.describe.losses import describe
from nnlib.describe.matrices import Matrix
from nnlib.describe.origins import origins
from nnlib.normalization import EPSILON

SHOWN = 6  # terms written out; the others are added up
SHARE = "share"
GIVEN = {"Y": "Given: the target.", "D": "Drawn at random by dropout and fixed for this step."}
GIVEN |= dict.fromkeys("μV", "A running average: a single digit has no spread to be normalised by.")


class Factor(NamedTuple):
    """One number in a term. For an entry of a matrix, `leaf` is the matrix as it enters the formula and `place` the
    entry's position, from 0. `called` and `text` replace its name and its written value (HTML). For a function of one
    number, `argument` is that number and `function` computes it, and `text` has the place of the number."""

    value: float
    leaf: Any = None
    place: tuple = ()
    called: str = ""
    text: str = ""
    argument: float = 0.0
    function: Callable[[float], float] | None = None

    @property
    def name(self) -> str:
        if self.called:
            return self.called
        transposed = isinstance(self.leaf, ex.Transpose)
        row, column = self.place
        return cell_name(self.leaf.of.name if transposed else self.leaf.name, row, column, transposed)

    def written(self, digits: int = 3) -> str:
        """Its value as HTML, in so many significant digits."""
        if self.function:
            return self.text.format(number(self.argument, digits))
        return self.text or number(self.value, digits)

    def as_written(self, printed: Callable[[float], float]) -> float:
        """The value of what is written, where a number is `printed` rounded."""
        if self.function:
            return self.function(printed(self.argument))
        return self.value if self.text else printed(self.value)


class Term(NamedTuple):
    """A product of factors."""

    factors: tuple[Factor, ...]

    @property
    def value(self) -> float:
        return math.prod(factor.value for factor in self.factors)

    def written(self, digits: int = 3) -> str:
        """The product of its factors as HTML."""
        texts = (factor.written(digits) for factor in self.factors)
        return "·".join(f"({text})" if text.startswith("−") else text for text in texts)

    def as_written(self, printed: Callable[[float], float]) -> float:
        """The value of what is written, where every number is `printed` rounded."""
        return math.prod(factor.as_written(printed) for factor in self.factors)


@dataclass(frozen=True)
class Explanation:
    """A number as the sum of its terms. `lit` are the entries it depends on: (leaf, cells), each cell (row, column)
    with None for a whole line. `note` is a remark. The last `ending` terms are always written out, as the bias beside
    a long sum."""

    name: str
    value: float
    terms: tuple[Term, ...]
    lit: tuple[tuple[object, tuple], ...] = ()
    note: str = ""
    ending: int = 0

    @cached_property
    def values(self) -> np.ndarray:
        """The value of every term."""
        return np.array([term.value for term in self.terms])

    @property
    def total(self) -> float:
        return float(self.values.sum()) if self.terms else self.value

    def largest(self, count: int = SHOWN) -> tuple[list[Term], np.ndarray]:
        """The `count` largest terms in descending order of size, then the ending; and the values of the other terms. A
        short sum keeps its order."""
        split = len(self.terms) - self.ending
        if split <= count + 1:
            return list(self.terms), self.values[:0]
        sizes = np.abs(self.values[:split])
        order = np.argsort(-np.where(np.isfinite(sizes), sizes, np.inf), kind="stable")
        shown = [self.terms[place] for place in order[:count]]
        return [*shown, *self.terms[split:]], self.values[order[count:]]


def explain(matrix: Matrix, row: int, column: int, step: Step) -> Explanation:
    """The entry at (row, column), from 0, of a matrix of the step."""
    value = float(matrix.value[row, column])
    name = cell_name(matrix.symbol, row, column)
    if matrix.formula is None:
        return Explanation(name, value, (), note=_given(matrix, row, column, step))
    expand = _Expansion(matrix, step)
    terms = tuple(expand.terms(matrix.formula, row, column))
    ending = len(expand.terms(matrix.formula.right, row, column)) if isinstance(matrix.formula, ex.Plus) else 0
    note = "" if terms else "No number enters here: padding, or pixels that no window covers."
    if isinstance(matrix.formula, ex.Rearranged) and any(factor.called for term in terms for factor in term.factors):
        note = "The share is the part of each number that is passed on."
    return Explanation(name, value, terms, _lit(terms, matrix, row, column, step), note, ending)


def cell_name(symbol: str, row: int, column: int, transposed: bool = False) -> str:
    """`W[1]` with row and column as subscripts, from 1, as HTML."""
    turned = "<sup>⊤</sup>" if transposed else ""
    return f'{html(symbol)}{turned}<sub style="line-height:0">{row + 1:,};{column + 1:,}</sub>'


class _Expansion:
    """Expands formulas of one matrix into terms."""

    def __init__(self, matrix, step):
        self.matrix, self.step = matrix, step

    def terms(self, expression, row, column):
        """The terms whose sum is the entry at (row, column) of an expression."""
        return _KINDS[type(expression)](self, expression, row, column)

    def _symbol(self, leaf, row, column):
        return [Term((self._factor(leaf, row, column),))]

    def _values(self, leaf):
        by_symbol = self.step.by_symbol
        return by_symbol[leaf.of.name].value.T if isinstance(leaf, ex.Transpose) else by_symbol[leaf.name].value

    def _factor(self, leaf, row, column):
        values = self._values(leaf)
        row, column = min(row, values.shape[0] - 1), min(column, values.shape[1] - 1)  # b is broadcast
        return Factor(float(values[row, column]), leaf, (row, column))

    def _product(self, product, row, column):
        left, right = product.left, product.right
        if all(isinstance(each, (ex.Symbol, ex.Transpose)) for each in (left, right)):  # fast, for thousands of terms
            pairs = zip(self._values(left)[row].tolist(), self._values(right)[:, column].tolist(), strict=True)
            return [Term((Factor(a, left, (row, k)), Factor(b, right, (k, column)))) for k, (a, b) in enumerate(pairs)]
        inner = range(left.shape(self.step.shapes)[-1])
        return [term for k in inner for term in _products(self.terms(left, row, k), self.terms(right, k, column))]

    def _plus(self, plus, row, column):
        return self.terms(plus.left, row, column) + self.terms(plus.right, row, column)

    def _minus(self, minus, row, column):
        negative = Term((Factor(-1.0, called="(−1)", text="(−1)"),))
        return self.terms(minus.left, row, column) + _products([negative], self.terms(minus.right, row, column))

    def _hadamard(self, hadamard, row, column):
        return _products(self.terms(hadamard.left, row, column), self.terms(hadamard.right, row, column))

    def _sum(self, summed, row, column):
        lines = summed.of.shape(self.step.shapes)[summed.axis]
        places = [(row, k) if summed.axis == 1 else (k, column) for k in range(lines)]
        return [term for place in places for term in self.terms(summed.of, *place)]

    def _mean(self, mean, row, column):
        return self._shared(self._sum(mean, row, column), mean.by)

    def _divided(self, divided, row, column):
        return self._shared(self.terms(divided.of, row, column), divided.by, divided.times)

    def _shared(self, terms, by, times=""):
        share = self._letters(times or "1") / self._letters(by)
        text = f"{times or 1}/{by}"
        written = text.replace("m", f"{self.step.dry_run.m}").replace(" ", "·")
        factor = Factor(share, called=text, text=written)
        return [Term((factor, *term.factors)) for term in terms]

    def _scaled(self, scaled, row, column):
        factor = Factor(self._letters(scaled.factor), called=scaled.factor)
        return [Term((factor, *term.factors)) for term in self.terms(scaled.of, row, column)]

    def _letters(self, text):
        values = {"m": self.step.dry_run.m, "λ": self.step.dry_run.l2}
        product = 1.0
        for word in text.strip("()").split():
            product *= float(values.get(word, word))
        return product

    def _apply(self, apply, row, column):
        step, position = self.step, self.matrix.layer
        symbol = apply.to.name
        if position is None and self.matrix.phase == LOSS:  # the output function of the loss, of a whole example
            return [Term((self._output(symbol, row, column),))]
        if position is None:  # a loss's own gradient, known by its name alone
            called = f"{escape(apply.function)}({cell_name(symbol, row, column)})"
            return [Term((Factor(float(self.matrix.value[row, column]), apply.to, (row, column), called, called),))]
        z = self._factor(apply.to, row, column)
        layer = type(step.dry_run.network.layers[position])()
        layer.build((1,))
        slope, dtype = apply.function.endswith("′"), step.by_symbol[symbol].value.dtype

        def function(of):
            Z = np.array([[of]], dtype)
            value = layer.forward(Z)
            return float((layer.backward(np.ones_like(Z)) if slope else value)[0, 0])

        name = escape(apply.function)
        called, text = f"{name}({z.name})", f"{name}({{}})"
        return [Term((Factor(function(z.value), z.leaf, z.place, called, text, z.value, function),))]

    def _inverse_root(self, root, row, column):
        v = self._factor(root.to, row, column)
        written, called = (f"1/√({name} + {epsilon})" for name, epsilon in (("{}", number(EPSILON)), (v.name, "ε")))
        return [Term((Factor(_inverse_root(v.value), v.leaf, v.place, called, written, v.value, _inverse_root),))]

    def _output(self, symbol, row, column):
        step = self.step
        Z, Y = (step.by_symbol[name].value for name in (symbol, "Y"))
        Z, Y = (each.T if step.rows else each for each in (Z, Y))
        example, output = (row, column) if step.rows else (column, row)
        loss = type(step.dry_run.loss)()
        with np.errstate(over="ignore", invalid="ignore"):  # diverged weights
            loss.forward(Z[:, [example]], Y[:, [example]])
        function = escape(describe(loss).function)
        name = cell_name(symbol, row, column)
        z, n = number(Z[output, example]), len(Z)
        written = f"{function}({z})" if n == 1 else f"{function} of {z} among {n} scores"
        called = f"{function}({name})"
        return Factor(float(loss.A[output, 0]), ex.Symbol(symbol), (row, column), called, written)

    def _rearranged(self, moved, row, column):
        step, matrix = self.step, self.matrix
        place = (column, row) if step.rows else (row, column)
        layer = step.dry_run.network.layers[matrix.layer]
        found = []
        for r, c, share in origins(layer, *place, back=matrix.phase == "backward"):
            factor = self._factor(moved.to, *((c, r) if step.rows else (r, c)))
            found.append(Term((factor,) if share == 1 else (Factor(share, called=SHARE), factor)))
        return found


def _inverse_root(of):
    return 1 / math.sqrt(of + EPSILON)


def _products(left, right):
    return [Term((*a.factors, *b.factors)) for a in left for b in right]


_KINDS = {
    ex.Symbol: _Expansion._symbol,
    ex.Transpose: _Expansion._symbol,
    ex.Product: _Expansion._product,
    ex.Plus: _Expansion._plus,
    ex.Minus: _Expansion._minus,
    ex.Hadamard: _Expansion._hadamard,
    ex.SumOverExamples: _Expansion._sum,
    ex.MeanOverExamples: _Expansion._mean,
    ex.InverseRoot: _Expansion._inverse_root,
    ex.Divided: _Expansion._divided,
    ex.Scaled: _Expansion._scaled,
    ex.Apply: _Expansion._apply,
    ex.Rearranged: _Expansion._rearranged,
}


def _lit(terms, matrix, row, column, step):
    """The entries that the terms depend on; whole lines where the formula uses whole lines."""
    if isinstance(matrix.formula, ex.Apply) and matrix.layer is None:  # softmax uses all scores of an example
        return ((matrix.formula.to, ((row, None) if step.rows else (None, column),)),)
    lines = dict(_lines(matrix.formula, row, column))
    cells: dict[Any, dict[tuple, None]] = {}
    for term in terms:
        for factor in term.factors:
            if factor.leaf is not None and factor.leaf not in lines:
                cells.setdefault(factor.leaf, {})[factor.place] = None
    return (*lines.items(), *((leaf, tuple(places)) for leaf, places in cells.items()))


def _lines(expression, row, column):
    if isinstance(expression, ex.Product):
        for part, place in ((expression.left, (row, None)), (expression.right, (None, column))):
            if isinstance(part, (ex.Symbol, ex.Transpose)):
                yield part, (place,)
    elif isinstance(expression, ex.SumOverExamples) and isinstance(expression.of, ex.Symbol):
        yield expression.of, ((row, None) if expression.axis == 1 else (None, column),)
    elif isinstance(expression, (ex.Plus, ex.Minus, ex.Hadamard)):
        yield from _lines(expression.left, row, column)
        yield from _lines(expression.right, row, column)


def _given(matrix, row, column, step):
    if matrix.parameter:
        return "A parameter: its value before this step."
    if matrix.symbol == "X":
        place = (row, column) if step.rows else (column, row)
        brightness, scaling = int(step.dry_run.images[place]), step.dry_run.scaling
        line, value = minus(scaled(scaling, str(brightness))), number(matrix.value[row, column])
        return f"Brightness {brightness} of 255, scaled: {line} = {value}."
    return GIVEN.get(matrix.symbol[0], "Given.")


@np.errstate(invalid="ignore")  # infinities that cancel
def explanation_html(of: Explanation, theme: Theme) -> str:
    """The sum written out in one line, and under it a table of its largest terms by name. Both have as many digits as
    make them right as printed."""
    base = f"color:{theme.ink};font-variant-numeric:tabular-nums;font-size:.875rem;line-height:1.7"
    if not of.terms:
        return f'<div style="{base}"><b>{of.name} = {number(of.value)}</b><br>{of.note}</div>'
    largest, others = of.largest()
    rest, note, total = float(others.sum()), of.note, of.value

    def line(printed):
        return sum(term.as_written(printed) for term in largest) + printed(rest)

    digits = enough_digits(line, total)
    if digits is None and math.isfinite(of.total):  # terms that cancel: float32 has kept another number
        digits, total = enough_digits(line, of.total) or MOST_DIGITS, of.total
        note = f"{note} float32 rounds on the way: the number stored is {number(of.value)}.".lstrip()
    digits = digits or 3
    written = [term.written(digits) for term in largest]
    if len(others):
        written.insert(len(written) - of.ending, f"({number(rest, digits)} from {len(others):,} smaller terms)")
    if len(of.terms) == 1 and len(of.terms[0].factors) == 1 and not of.terms[0].factors[0].text:
        written = [_named(of.terms[0])]  # a number that is only passed on
    sums = " + ".join(f'<span style="white-space:nowrap">{text}</span>' for text in written)
    head = f'<div style="{base}">{of.name} = {sums} = <b>{number(total)}</b></div>'
    below = f'<div style="{base}">{note}</div>' if note else ""
    if len(of.terms) == 1 and len(of.terms[0].factors) == 1:
        return head + below
    return f"{head}{_table(of, largest, others, total, base, theme)}{below}"


def _table(of, largest, others, total, base, theme):
    """The terms by name, with their numbers and values, and their sum."""
    rest = float(others.sum())
    summed = enough_digits(lambda printed: sum(printed(term.value) for term in largest) + printed(rest), total) or 3
    rows = []
    for term in largest:
        digits = enough_digits(term.as_written, term.value, summed) or summed
        rows.append(
            f'<tr><td style="{_CELL};text-align:left">{_named(term)}</td><td style="{_CELL}">{term.written(digits)}'
            f'</td><td style="{_CELL}"><b>{number(term.value, summed)}</b></td></tr>'
        )
    if len(others):
        zeros = int((others == 0).sum())
        exactly = f", {zeros:,} of them exactly 0" if zeros else ""
        rows.insert(
            len(rows) - of.ending,
            f'<tr style="color:{theme.muted}"><td style="{_CELL};text-align:left" colspan="2">{len(others):,} more '
            f'terms{exactly}</td><td style="{_CELL}">{number(rest, summed)}</td></tr>',
        )
    rows.append(
        f'<tr><td style="{_CELL};text-align:left" colspan="2">sum of {len(of.terms):,} '
        f'term{"s" if len(of.terms) > 1 else ""}</td><td style="{_CELL}"><b>{number(total)}</b></td></tr>'
    )
    return (
        f'<div tabindex="0" style="overflow-x:auto"><table style="{base};border-collapse:collapse;margin-top:4px;'
        f'line-height:1.4">{"".join(rows)}</table></div>'
    )


_CELL = "border:0;padding:1px 10px 1px 0;text-align:right;white-space:nowrap"


def _named(term):
    return " · ".join(factor.name for factor in term.factors)
