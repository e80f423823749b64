"""Typesetting of the expressions of `nnlib.describe.expressions`: formulas as LaTeX, matrix names as LaTeX, plain text
and HTML. `Matrix.in_rows` converts a formula to the row convention; nothing here depends on the convention.
"""

import re
from collections.abc import Mapping
from html import escape

from nnlib.describe import expressions as ex
from nnlib.describe.matrices import Matrix
from nnlib.scaling import STANDARD, UNIT, Scaling

# The input of the network, from a brightness of 0 to 255.
SCALED: dict[Scaling, str] = {UNIT: "{X} / 255", STANDARD: "({X} / 255 - 0.1307) / 0.3081"}


def scaled(scaling: Scaling, X: str) -> str:
    """The input that a scaling makes of X; KeyError for one without a formula."""
    return SCALED[Scaling(scaling.factor, scaling.offset)].format(X=X)


_NAME = re.compile(r"(d?)(.+?)(\d*)")  # dW2: gradient, W, layer 2
_DIMENSION = re.compile(r"([a-z]+)(\d+)")  # h1
_LETTERS = {"Ã": r"\tilde{A}", "σ": r"\sigma", "λ": r"\lambda", "μ": r"\mu", "γ": r"\gamma", "β": r"\beta"}


def plain(name: str) -> str:
    """A matrix's name as text: `dW2` -> `dW[2]`."""
    gradient, letter, layer = _parts(name)
    return gradient + letter + (f"[{layer}]" if layer else "")


def html(name: str) -> str:
    """A matrix's name as HTML, the layer as a superscript."""
    gradient, letter, layer = _parts(name)
    raised = f'<sup style="line-height:0">[{layer}]</sup>' if layer else ""
    return f"<i>{escape(gradient + letter)}</i>{raised}"


def symbol(name: str, index: str = "") -> str:
    """A matrix's name as LaTeX: `dW2` -> `dW^{[2]}`, with `index` as a subscript."""
    gradient, letter, layer = _parts(name)
    letter = _LETTERS.get(letter) or (letter if len(letter) == 1 else rf"\mathit{{{letter}}}")
    return gradient + letter + (f"^{{[{layer}]}}" if layer else "") + (f"_{{{index}}}" if index else "")


def dimension(name: str | int) -> str:
    """One dimension as LaTeX: `h1` -> `h_1`, `676 m` -> `676\\,m`, `55000` -> `55{,}000`."""
    if isinstance(name, int):
        return f"{name:,}".replace(",", "{,}")
    return _DIMENSION.sub(r"\1_{\2}", name).replace(" ", r"\,")


def dimensions(names: tuple, times: str = " × ") -> str:
    """A shape, symbolic or numeric, as text: `h1 × m`, `128 × 64`."""
    return times.join(f"{n:,}" if isinstance(n, int) else n for n in names)


def latex(expression: object, shapes: Mapping[str, tuple] | None = None) -> str:
    """An expression as LaTeX. With `shapes` {matrix name: symbolic or numeric shape} each matrix has its shape under
    it, a transposed matrix its transposed shape. Unknown kinds of expression are written as text."""
    write = _WRITERS.get(type(expression))
    if write is None:
        return rf"\text{{{expression}}}"
    return write(expression, shapes)


def equation(matrix: Matrix, shapes: Mapping[str, tuple] | None = None) -> str:
    """`Z^{[1]} = W^{[1]} X + b^{[1]}` as LaTeX; for a matrix that is given rather than computed, its name alone."""
    left = latex(ex.Symbol(matrix.symbol), shapes)
    return left if matrix.formula is None else f"{left} = {latex(matrix.formula, shapes)}"


def _parts(name):
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"expected the name of a matrix such as W1 or dZ2, got {name!r}")
    return match.groups()


def _over(text, shape):
    """A matrix with its shape under it."""
    if shape is None:
        return text
    size = r" \times ".join(map(dimension, shape))
    return rf"\underset{{\,{size}\,}}{{{text}}}"


def _symbol(expression, shapes):
    return _over(symbol(expression.name), shapes and shapes[expression.name])


def _transpose(expression, shapes):
    name = expression.of.name
    layered = symbol(name)
    turned = layered[:-1] + r"\top}" if layered.endswith("]}") else layered + r"^{\top}"
    return _over(turned, shapes and shapes[name][::-1])


# Operator precedence; anything else never needs brackets.
_BINDS = {
    ex.SumOverExamples: 0,
    ex.MeanOverExamples: 0,
    ex.Plus: 1,
    ex.Minus: 1,
    ex.Hadamard: 2,
    ex.Product: 3,
    ex.Scaled: 3,
}


def _binary(sign):
    def write(expression, shapes):
        binds = _BINDS[type(expression)]
        left = _operand(expression.left, shapes, binds)
        return f"{left} {sign} {_operand(expression.right, shapes, binds + isinstance(expression, ex.Minus))}"

    return write


def _operand(expression, shapes, binds):
    """In brackets if its own operator has a lower precedence than `binds`."""
    text = latex(expression, shapes)
    return text if _BINDS.get(type(expression), binds) >= binds else f"({text})"


def _apply(expression, shapes):
    name, slope = expression.function.removesuffix("′"), "'" * expression.function.endswith("′")
    words = name.replace(" ", r"\ ")
    function = _LETTERS.get(name) or rf"\operatorname{{{words}}}"
    return f"{function}{slope}({latex(expression.to, shapes)})"


def _sum(expression, shapes):
    shape = None if shapes is None else list(expression.of.shape(shapes))
    every = r"\sum_{j}"
    if shape is not None:
        every = rf"\sum_{{j=1}}^{{{dimension(shape[expression.axis])}}}"
        shape[expression.axis] = "1"
    if not isinstance(expression.of, ex.Symbol):
        return f"{every} ({latex(expression.of, shapes)})_j"
    line = r":,\,j" if expression.axis == 1 else r"j,\,:"  # column j, or row j
    return f"{every} {_over(symbol(expression.of.name, line), shape)}"


def _mean(expression, shapes):
    return rf"{_share(expression.by)} {_sum(expression, shapes)}"


def _inverse_root(expression, shapes):
    return rf"\frac{{1}}{{\sqrt{{{latex(expression.to, shapes)} + \varepsilon}}}}"


def _divided(expression, shapes):
    return f"{_share(expression.by, expression.times)} ({latex(expression.of, shapes)})"


def _share(by, times=""):
    names = by.strip("()").replace(" ", r"\,")
    return rf"\frac{{{times or 1}}}{{{names}}}"


def _scaled(expression, shapes):
    return f"{_LETTERS.get(expression.factor, expression.factor)} {_operand(expression.of, shapes, _BINDS[ex.Scaled])}"


_WRITERS = {
    ex.Symbol: _symbol,
    ex.Transpose: _transpose,
    ex.Product: _binary(r"\;"),
    ex.Plus: _binary("+"),
    ex.Minus: _binary("-"),
    ex.Hadamard: _binary(r"\circ"),
    ex.Apply: _apply,
    ex.Rearranged: _apply,
    ex.SumOverExamples: _sum,
    ex.MeanOverExamples: _mean,
    ex.InverseRoot: _inverse_root,
    ex.Divided: _divided,
    ex.Scaled: _scaled,
}
