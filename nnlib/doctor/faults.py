"""Known faults: for each matrix of a step, the wrong values that the usual mistakes give."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from nnlib.doctor.expected import ACTIVATIONS, ROUNDING, Expected, Right, sigmoid
from nnlib.doctor.recorded_step import full_name, split_name
from nnlib.losses import softmax


@dataclass(frozen=True)
class Match:
    """A known fault that gives just the wrong values: its name, and what the array is, to follow "it is"."""

    fault: str
    phrase: str


Candidates = Iterator[tuple[str, str, NDArray]]


def match(expected: Expected, name: str, got: NDArray, rights: list[Right]) -> Match | None:
    """The known fault that explains an array `got`, in columns, which is none of the right values; None if none does.
    The simplest explanations come first: a factor, a transpose, then those of its kind."""
    m, epsilon = expected.step.m, expected.epsilon
    kind, layer = split_name(name)
    if not np.isfinite(got).all() and all(np.isfinite(right.value).all() for right in rights):
        if kind == "A":
            return Match("overflow", "not finite, though it could be: exp of large numbers overflowed, perhaps")
        return Match("not finite", "not finite, though it could be")
    gradient = kind in ("dZ", "dW", "db")
    if gradient and (factors := [c for right in rights if (c := _factor(got, right.value, right.size, epsilon))]):
        opposite = [c for c in factors if _is(c, -1, epsilon)]  # of the sum or of the mean
        return _scaled((opposite or factors)[0], m, epsilon)
    size = max((float(right.size[np.isfinite(right.size)].max(initial=0)) for right in rights), default=0.0)
    with np.errstate(all="ignore"):
        for fault, phrase, value in chain(_turned(rights), _KINDS[kind](expected, layer, got)):
            c = _factor(got, value, size + np.abs(value), epsilon)
            if value is got or _is(c, 1, epsilon):
                return Match(fault, phrase)
            if gradient and any(_is(c, factor, epsilon) for factor in (-1, m, 1 / m)):
                return Match(fault, f"{phrase}, and that {_scaled(c, m, epsilon).phrase.removeprefix('ours ')}")
    return None if got.any() else Match("zero", "zero everywhere: it was never computed, perhaps")


def _is(c: float, factor: float, epsilon: float) -> bool:
    return abs(c / factor - 1) <= max(1e-5, epsilon)


def _factor(got: NDArray, value: NDArray, size: NDArray, epsilon: float) -> float:
    """The c, not 0, with got = c value; 0 if there is none."""
    if got.shape != value.shape or not value.any() or not got.any():
        return 0.0
    with np.errstate(all="ignore"):
        c = float((got * value).sum() / (value**2).sum())
        scaled = Right(c * value, (abs(c) + 1e-300) * size)
    return c if np.isfinite(c) and scaled.agrees(got, 4 * epsilon) else 0.0


def _scaled(c: float, m: int, epsilon: float) -> Match:
    if _is(c, -1, epsilon):
        return Match("opposite sign", "ours with the opposite sign")
    for factor, text, why in ((m, f"times m = {m}", "1/m is missing"), (1 / m, f"divided by m = {m}", "1/m twice")):
        for sign in (1, -1):
            if _is(c, sign * factor, epsilon) and m > 1:
                opposite = " and with the opposite sign" if sign < 0 else ""
                return Match(why, f"ours {text}{opposite}: {why}")
    return Match("another factor", f"ours times {c:.6g}")


def _turned(rights: list[Right]) -> Candidates:
    for right in rights:
        yield "transposed", "ours transposed", right.value.T


def _in_Z(expected: Expected, layer: int, got: NDArray) -> Candidates:
    W, A, b = (expected.get(kind, at) for kind, at in (("W", layer), ("A", layer - 1), ("b", layer)))
    if W is None or A is None:
        return
    b = np.zeros((len(W), 1)) if b is None else b
    Z, rows = W @ A + b, not expected.step.layout.columns
    yield "no bias", "W A without the bias", W @ A
    yield "bias subtracted", "W A - b", W @ A - b
    if W.shape[0] == A.shape[1]:
        yield "bias broadcast", "W A with the bias added along the wrong axis", W @ A + b.T
    if W.shape[0] == W.shape[1]:
        yield "weights transposed", "computed with the weights transposed", W.T @ A + b
    yield "weights reshaped", "computed with weights that were reshaped, not transposed", _reshaped(W) @ A + b
    yield "input reshaped", "computed from an input that was reshaped, not transposed", W @ _reshaped(A, rows) + b
    for name, activation in ACTIVATIONS.items():
        yield "activation applied", f"A already: {name} was applied, in place perhaps", activation.g(Z)
    if layer > 1 and (below := expected.get("Z", layer - 1)) is not None:
        yield "no activation below", f"computed from Z{layer - 1} instead of A{layer - 1}", W @ below + b
    if layer == 1:
        yield "other scale of X", "computed from X divided by 255", W @ A / 255 + b
        yield "other scale of X", "computed from X times 255", W @ A * 255 + b
    yield from _updated(
        Z, got, lambda dW, db: dW @ A + db, expected, layer, "computed before the weights in the file were updated", -1
    )


def _in_A(expected: Expected, layer: int, got: NDArray) -> Candidates:
    Z, last = expected.get("Z", layer), layer == expected.step.n_layers
    if Z is None:
        return
    exp = np.exp(Z)
    yield "no activation", "Z: no activation was applied", Z
    if last:
        if len(Z) == 1:
            yield (
                "softmax of one unit",
                "softmax of a single unit, which is always 1: it needs sigmoid",
                np.ones_like(Z),
            )
        if (Y := expected.known.get("Y")) is not None:
            for right in expected.right(f"A{layer}"):
                for scale, mean in ((1, ""), (len(Z[0]), ", divided by m")):
                    phrase = f"A - Y already{mean}: dZ was computed in place"
                    yield "overwritten", phrase, (right.value - Y) / scale
        yield "softmax over the batch", "softmax over the examples instead of the classes", softmax(Z.T).T
        yield "not normalised", "exp(Z), not divided by its sum", exp
        yield "wrong sum", "exp(Z) divided by the sum over everything", exp / exp.sum()
        yield "softmax twice", "softmax of softmax", softmax(softmax(Z))
        yield "softmax of an activation", "softmax of sigmoid(Z)", softmax(sigmoid(Z))
        yield "softmax of an activation", "softmax of ReLU(Z)", softmax(np.maximum(Z, 0))
        yield "softmax of an activation", "softmax of tanh(Z)", softmax(np.tanh(Z))
        yield "softmax of -Z", "softmax of -Z", softmax(-Z)
        yield "logarithm", "the logarithm of softmax", np.log(softmax(Z))
        for name, activation in ACTIVATIONS.items():
            yield "another activation", f"{name}, where the last layer needs softmax or sigmoid", activation.g(Z)
    else:
        yield "softmax below", "softmax, which belongs into the last layer", softmax(Z)
    for name, activation in ACTIVATIONS.items():
        yield "activation of -Z", f"{name} of -Z", activation.g(-Z)
        yield "derivative", f"the derivative of {name}, not {name}", activation.slope(Z)
        yield "opposite sign", f"{name} with the opposite sign", -activation.g(Z)
        yield from _dropped(activation.g(Z), name, got)
    yield "absolute value", "the absolute value of Z", np.abs(Z)
    yield "step function", "1 where Z > 0, else 0", np.where(Z > 0, 1.0, 0.0)


def _in_dZ(expected: Expected, layer: int, got: NDArray) -> Candidates:
    Z, A = expected.get("Z", layer), expected.get("A", layer)
    if layer == expected.step.n_layers:
        yield from _in_last_dZ(expected, A, Z, got)
        return
    W, dZ = expected.get("W", layer + 1), expected.get("dZ", layer + 1)
    if W is None or dZ is None or Z is None:
        return
    dA, own = W.T @ dZ, expected.activations(layer)
    yield "no derivative", "W^T dZ without g'(Z)", dA
    for name, activation in ACTIVATIONS.items():
        if name not in own:
            yield (
                "another derivative",
                f"computed with the derivative of {name}, not of this layer's activation",
                (dA * activation.slope(Z)),
            )
        yield "activation for derivative", f"W^T dZ times {name}(Z), not times its derivative", dA * activation.g(Z)
        if A is not None:
            yield (
                "derivative at A",
                f"computed with the derivative of {name} at A instead of Z",
                dA * activation.slope(A),
            )
        yield "derivative of -Z", "computed where Z < 0 instead of Z > 0", dA * activation.slope(-Z)
    yield "derivative at Z", "W^T dZ o Z (1 - Z), with Z in place of A", dA * Z * (1 - Z)
    yield "derivative at Z", "W^T dZ o (1 - Z^2), with Z in place of A", dA * (1 - Z**2)
    for activation in own.values():
        slope = activation.slope(Z)
        if W.shape[0] == W.shape[1]:
            yield "weights transposed", "computed with W instead of W^T", W @ dZ * slope
        if (above := expected.get("A", layer + 1)) is not None:
            yield "A for dZ", f"computed from A{layer + 1} instead of dZ{layer + 1}", W.T @ above * slope
        above = expected.get("Z", layer + 1)
        if above is not None and above.shape == Z.shape:
            yield "derivative of another layer", f"computed with g'(Z{layer + 1})", dA * activation.slope(above)
        yield from _updated(
            dA * slope,
            got,
            lambda dW, _: (dW.T @ dZ) * slope,  # noqa: B023 (called at once)
            expected,
            layer + 1,
            f"computed with W{layer + 1} after its update",
            1,
        )


def _in_last_dZ(expected: Expected, A: NDArray | None, Z: NDArray | None, got: NDArray) -> Candidates:
    Y = expected.known.get("Y")
    if A is None or Y is None:
        return
    classes, m = A.shape
    yield "no target", "A, from which Y was not subtracted", A
    yield "derivative of the loss by A", "-Y / A, which is dA: the derivative of softmax is missing", -Y / A
    yield "derivative of the loss by A", "(A - Y) / (A (1 - A)), which is dA", (A - Y) / (A * (1 - A))
    yield "squared error", "(A - Y) o A (1 - A), which belongs to the squared error", (A - Y) * A * (1 - A)
    yield "derivative again", "(A - Y) where Z > 0: the last layer has no ReLU", (A - Y) * (0 if Z is None else Z > 0)
    if Z is not None:
        yield "scores for probabilities", "Z - Y instead of A - Y", Z - Y
    if classes > 1:
        labels = Y.argmax(axis=0)
        yield "labels not one-hot", "A minus the labels, which are not one-hot", A - labels
        yield "labels not one-hot", "A minus the labels, which are not one-hot", A - labels - 1
    if got.shape != A.shape:
        return
    for scale in (1.0, 1.0 / m):
        used = A - got / scale
        one_hot = (
            classes > 1
            and np.array_equal(Y.max(axis=0), Y.sum(axis=0))
            and (Y.sum(axis=0) == 1).all()
            and np.allclose(np.sort(used, axis=0)[-1], 1, atol=1e-3)
            and np.allclose(used.sum(axis=0), 1, atol=1e-3)
        )
        if one_hot:
            shift = (used.argmax(axis=0) - Y.argmax(axis=0)) % classes
            if (shift == shift[0]).all():
                yield "labels shifted", f"A minus targets shifted by {min(shift[0], classes - shift[0])}", got
            yield "other labels", "A minus the targets of other examples: shuffled apart from Y", got
    if classes == 1 and np.array_equal(np.sort(A - got), np.sort(Y)):
        yield "other labels", "A minus the targets of other examples: shuffled apart from Y", got


def _in_dW(expected: Expected, layer: int, got: NDArray) -> Candidates:
    dZ, W = expected.get("dZ", layer), expected.get("W", layer)
    below = {
        full_name(kind, at): expected.get(kind, at)
        for kind, at in (("Z", layer - 1), ("A", layer), ("Z", layer), ("A", 0))
    }
    if dZ is None:
        return
    A = expected.get("A", layer - 1)
    for factor in expected.factors(layer):
        for name, other in below.items():
            if other is not None and other is not A:
                yield (
                    "wrong input",
                    f"computed from {name} instead of {full_name('A', layer - 1)}",
                    dZ @ other.T * factor,
                )
        if A is None:
            continue
        right = dZ @ A.T * factor
        if (outputs := expected.get("A", layer)) is not None:
            yield "A for dZ", f"computed from A{layer} instead of dZ{layer}", outputs @ A.T * factor
        upper, gradient = expected.get("W", layer + 1), expected.get("dZ", layer + 1)
        if upper is not None and gradient is not None:
            yield "dA for dZ", f"computed from dA{layer}: g'(Z{layer}) is missing", upper.T @ gradient @ A.T * factor
        for example in (0, -1):
            one = dZ[:, [example]] @ A[:, [example]].T
            yield "one example", "the gradient of a single example", one
            yield "one example", "the gradient of a single example, divided by m", one * factor
        if W is not None:
            penalty = ((got - right) * W).sum() / (W**2).sum() if got.shape == W.shape else 0.0
            yield "L2 with the opposite sign", "ours minus an L2 term, which must be added", right + min(penalty, 0) * W
        if got.any():
            limit = np.abs(got).max()
            yield "clipped", f"ours, clipped to at most {limit:.3g}", np.clip(right, -limit, limit)


def _in_db(expected: Expected, layer: int, got: NDArray) -> Candidates:
    dZ = expected.get("dZ", layer)
    if dZ is None:
        return
    for factor in expected.factors(layer):
        total, most = dZ.sum() * factor, np.abs(dZ).sum() * factor  # for softmax, that sum is 0 but for rounding
        same = len(dZ) > 1 and got.size in (1, len(dZ)) and (got == got.flat[0]).all()
        if same and abs(got.flat[0] - total) <= 4 * ROUNDING * expected.epsilon * most:
            yield "summed over everything", "one number for all units: the sum over everything", got
        over_units = dZ.sum(axis=0, keepdims=True) * factor
        yield "wrong axis", "the sum over the units instead of the examples", over_units
        yield "wrong axis", "the sum over the units instead of the examples", over_units.T
        yield "wrong axis", "the sum over the units instead of the examples", over_units.reshape(-1)
        yield "not summed", "dZ, not summed over the examples", dZ * factor
        for example in (0, -1):
            yield "one example", "dZ of a single example", dZ[:, [example]] * factor
        if (above := expected.get("A", layer)) is not None:
            yield "A for dZ", f"computed from A{layer} instead of dZ{layer}", above.sum(axis=1, keepdims=True) * factor
        upper, gradient = expected.get("W", layer + 1), expected.get("dZ", layer + 1)
        if upper is not None and gradient is not None:
            dA = (upper.T @ gradient).sum(axis=1, keepdims=True)
            yield "dA for dZ", f"computed from dA{layer}: g'(Z{layer}) is missing", dA * factor


def _updated(
    right: NDArray,
    got: NDArray,
    change: Callable[[NDArray, NDArray], NDArray],
    expected: Expected,
    layer: int,
    phrase: str,
    sign: int,
) -> Candidates:
    """As with weights from before or after W := W - alpha dW, b := b - alpha db, for the alpha > 0 that fits best."""
    dW, db = expected.step.arrays.get(f"dW{layer}"), expected.step.arrays.get(f"db{layer}")
    W = expected.get("W", layer)
    if dW is None or W is None or got.shape != right.shape:
        return
    direction = -sign * change(dW, np.zeros((len(W), 1)) if db is None else db)
    alpha = ((got - right) * direction).sum() / (direction**2).sum()
    if alpha > 0:
        yield "updated too early", f"{phrase} (learning rate {alpha:.3g})", right + alpha * direction


def _dropped(A: NDArray, name: str, got: NDArray) -> Candidates:
    """Dropout: some are zero, the others right but for one factor."""
    if got.shape != A.shape:
        return
    kept = (got != 0) | (A == 0)
    if kept.all() or not got.any():
        return
    factor = (got[kept] * A[kept]).sum() / (A[kept] ** 2).sum()
    how = "and the others were not divided by the keep rate" if np.isclose(factor, 1) else "by dropout"
    yield "dropout", f"{name}(Z) with {1 - kept.mean():.0%} of it set to zero {how}", np.where(kept, factor * A, 0)


def _reshaped(matrix: NDArray, rows: bool = False) -> NDArray:
    """What reshaping to the transposed shape makes of a matrix that was to be transposed, in columns."""
    return matrix.T.reshape(matrix.shape) if not rows else matrix.reshape(matrix.T.shape).T


_KINDS: dict[str, Callable[[Expected, int, NDArray], Candidates]] = {
    "Z": _in_Z,
    "A": _in_A,
    "dZ": _in_dZ,
    "dW": _in_dW,
    "db": _in_db,
}
