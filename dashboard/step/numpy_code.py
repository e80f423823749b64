"""The matrices of a step in plain NumPy, as in a textbook: short, and slower than the code that runs.

Operations are written by the kind of expression; functions and rearrangements by the kind of layer. What has no entry
here has no code: a new layer shows its own source alone.
"""

from functools import singledispatch

from dashboard.notation.formulas import scaled
from dashboard.step.training_step import BACKWARD, BATCH, LOSS, Step
from nnlib.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from nnlib.convolution import AveragePool2D, Conv2D, Flatten, Images, MaxPool2D
from nnlib.describe import expressions as ex
from nnlib.describe.kinds import entry
from nnlib.describe.matrices import Matrix
from nnlib.layers import Dropout, Layer
from nnlib.losses import Loss, SigmoidBinaryCrossEntropy, SoftmaxCrossEntropy
from nnlib.normalization import EPSILON
from nnlib.optimizers import SGD, Adam, Momentum, Optimizer, RMSProp

# The value and the slope of each activation.
ACTIVATIONS: dict[type[Layer], tuple[str, str]] = {
    ReLU: ("np.maximum({Z}, 0)", "({Z} > 0)"),
    LeakyReLU: (f"np.maximum({{Z}}, {LeakyReLU.slope} * {{Z}})", f"np.where({{Z}} > 0, 1, {LeakyReLU.slope})"),
    Sigmoid: ("1 / (1 + np.exp(-{Z}))", "{A} * (1 - {A})"),
    Tanh: ("np.tanh({Z})", "(1 - {A}**2)"),
}
OUTPUTS: dict[type[Loss], str] = {
    SoftmaxCrossEntropy: "E = np.exp({Z} - {Z}.max({axis}))\n{A} = E / E.sum({axis})",
    SigmoidBinaryCrossEntropy: "{A} = 1 / (1 + np.exp(-{Z}))",
}
OPTIMIZERS: dict[type[Optimizer], str] = {
    SGD: "{W} = {W} - alpha * d{W}",
    Momentum: "v = mu * v + d{W}\n{W} = {W} - alpha * v",
    RMSProp: "s = rho * s + (1 - rho) * d{W}**2\n{W} = {W} - alpha * d{W} / (np.sqrt(s) + eps)",
    Adam: "m = beta1 * m + (1 - beta1) * d{W}\nv = beta2 * v + (1 - beta2) * d{W}**2\n"
    "m_unbiased = m / (1 - beta1**t)\nv_unbiased = v / (1 - beta2**t)\n"
    "{W} = {W} - alpha * m_unbiased / (np.sqrt(v_unbiased) + eps)",
}


def numpy_code(matrix: Matrix, step: Step) -> str:
    """The lines that compute a matrix from the others, from `images` (m, pixels) and `labels` (m,), in the convention
    of the step; for weights the lines that use them first; "" if there are none."""
    if matrix.parameter:
        matrix = next(each for each in step.matrices if _uses(each.formula, matrix.symbol))
    try:
        return _lines(matrix, step)
    except (KeyError, TypeError):  # something new
        return ""


def update_code(optimizer: Optimizer, symbol: str) -> str:
    """The lines that update a parameter; "" for an optimizer without an entry."""
    return entry(OPTIMIZERS, type(optimizer), "").format(W=symbol)


def _uses(expression, symbol):
    is_it = isinstance(expression, ex.Symbol) and expression.name == symbol
    return is_it or any(_uses(part, symbol) for part in ex.operands(expression))


def _lines(matrix, step):
    dry_run, formula = step.dry_run, matrix.formula
    if matrix.phase == BATCH:
        return f"X = {scaled(dry_run.scaling, 'images' if step.rows else 'images.T')}"
    if matrix.symbol == "Y":
        return f"Y = {_targets(len(dry_run.loss.Y), step.rows)}"
    layer = None if matrix.layer is None else dry_run.network.layers[matrix.layer]
    if isinstance(layer, Dropout) and formula is None:
        output = next(each for each in step.matrices if _uses(each.formula, matrix.symbol))
        rate, like = f"{layer.rate:g}", output.formula.left.name
        return f"{matrix.symbol} = (rng.random({like}.shape) >= {rate}) / (1 - {rate})"
    match formula:
        case ex.Rearranged(_, ex.Symbol(of)) if layer is not None:
            turn, back = "" if step.rows else ".T", matrix.phase == BACKWARD
            return rearranging(layer, matrix.symbol, of, turn, back)
        case ex.Apply(_, ex.Symbol(Z)) if matrix.phase == LOSS:
            axis = "axis=1, keepdims=True" if step.rows else "axis=0"
            return entry(OUTPUTS, type(dry_run.loss)).format(Z=Z, A=matrix.symbol, axis=axis)
    return f"{matrix.symbol} = {_write(formula, layer, dry_run.l2)}"


def _targets(outputs, rows):
    if outputs == 1:
        return "labels[:, None]" if rows else "labels[None, :]"
    return f"np.eye({outputs})[labels]" if rows else f"np.eye({outputs})[:, labels]"


def _write(expression, layer, l2, *, in_brackets=False):
    """An expression in NumPy, a sum in brackets if it stands in a product."""

    def write(part):
        return _write(part, layer, l2, in_brackets=not isinstance(expression, (ex.Plus, ex.Minus)))

    match expression:
        case ex.Symbol(name):
            return name
        case ex.Transpose(of):
            return f"{write(of)}.T"
        case ex.Product(left, right):
            return f"{write(left)} @ {write(right)}"
        case ex.Hadamard(left, right):
            return f"{write(left)} * {write(right)}"
        case ex.Plus(left, right) | ex.Minus(left, right):
            sum_ = f"{write(left)} {'+' if isinstance(expression, ex.Plus) else '-'} {write(right)}"
            return f"({sum_})" if in_brackets else sum_
        case ex.SumOverExamples(of, axis):
            function = "mean" if isinstance(expression, ex.MeanOverExamples) else "sum"
            summed = write(of) if isinstance(of, ex.Symbol) else f"({write(of)})"
            return f"{summed}.{function}(axis={axis}, keepdims=True)"
        case ex.Divided(of, by, times):
            return f"{f'{times} * ' * bool(times)}{write(of)} / {by.replace(' ', ' * ')}"
        case ex.Scaled(_, of):
            return f"{l2:g} * {write(of)}"
        case ex.InverseRoot(to=of):
            return f"1 / np.sqrt({write(of)} + {EPSILON:g})"
        case ex.Apply(function, ex.Symbol(Z)):
            return entry(ACTIVATIONS, type(layer))[function.endswith("′")].format(Z=Z, A=f"A{Z[1:]}")
    raise TypeError(f"expected a known expression, got {expression}")


@singledispatch
def rearranging(layer: Layer, to: str, of: str, turn: str, back: bool) -> str:
    """The lines that rearrange the matrix `of` to the matrix `to`; `turn` is ".T" where pictures stand in columns, and
    `back` selects the matrix of the backward pass."""
    raise TypeError(f"{type(layer).__name__} has no code")


@rearranging.register
def _(layer: Images, to: str, of: str, turn: str, back: bool) -> str:
    return f"{to} = {of}{turn}.reshape(-1, {layer.output_shape[-1]}){turn}"


@rearranging.register
def _(layer: Flatten, to: str, of: str, turn: str, back: bool) -> str:
    return f"{to} = {of}{turn}.reshape({f'-1, {layer.input_shape[-1]}' if back else 'm, -1'}){turn}"


@rearranging.register
def _(layer: Conv2D, to: str, of: str, turn: str, back: bool) -> str:
    (height, width, channels), (rows, columns, _), k = layer.input_shape, layer.output_shape, layer.kernel
    if layer.stride != 1 or layer.padding:
        raise TypeError("written only for stride 1 without padding")
    pictures = f"(m, {height}, {width}, {channels})"
    if not back:
        return (
            f"pictures = {of}{turn}.reshape{pictures}\n"
            f"windows = np.lib.stride_tricks.sliding_window_view(pictures, ({k}, {k}), axis=(1, 2))\n"
            f"{to} = windows.transpose(0, 1, 2, 4, 5, 3).reshape(-1, {k * k * channels}){turn}"
        )
    return (
        f"patches = {of}{turn}.reshape(m, {rows}, {columns}, {k}, {k}, {channels})\n"
        f"pictures = np.zeros({pictures})\n"
        f"for i, j in np.ndindex({k}, {k}):\n"
        f"    pictures[:, i : i + {rows}, j : j + {columns}] += patches[:, :, :, i, j]\n"
        f"{to} = pictures.reshape(-1, {channels}){turn}"
    )


@rearranging.register(MaxPool2D)
@rearranging.register(AveragePool2D)
def _(layer: MaxPool2D | AveragePool2D, to: str, of: str, turn: str, back: bool) -> str:
    (height, width, channels), (rows, columns, _), size = layer.input_shape, layer.output_shape, layer.size
    pictures = f"(m, {height}, {width}, {channels})"
    if not back:
        function = "max" if isinstance(layer, MaxPool2D) else "mean"
        whole = (rows * size, columns * size)
        cut = "" if whole == (height, width) else f"[:, :{whole[0]}, :{whole[1]}]"
        return (
            f"pictures = {of}{turn}.reshape{pictures}{cut}\n"
            f"windows = pictures.reshape(m, {rows}, {size}, {columns}, {size}, {channels})\n"
            f"{to} = windows.{function}(axis=(2, 4)).reshape(-1, {channels}){turn}"
        )
    if isinstance(layer, AveragePool2D):
        raise TypeError("not written")
    return (
        f"pictures = {to[1:]}{turn}.reshape{pictures}\n"
        f"gradients = {of}{turn}.reshape(m, {rows}, {columns}, {channels})\n"
        f"spread = np.zeros({pictures})\n"
        f"for n, y, x, k in np.ndindex(gradients.shape):  # to the largest number of each window\n"
        f"    window = pictures[n, {size} * y : {size} * y + {size}, {size} * x : {size} * x + {size}, k]\n"
        f"    i, j = np.unravel_index(window.argmax(), window.shape)\n"
        f"    spread[n, {size} * y + i, {size} * x + j, k] = gradients[n, y, x, k]\n"
        f"{to} = spread.reshape(-1, {channels}){turn}"
    )
