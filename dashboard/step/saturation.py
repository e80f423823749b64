"""What stands still in a training step: dead units, saturated units, gradients that are zero. Each with its count."""

import numpy as np

from dashboard.notation.formulas import plain
from dashboard.step.training_step import Step
from nnlib.activations import ReLU, Sigmoid, Tanh
from nnlib.describe.matrices import Apply, Matrix

NEAR = 0.02  # to the end of its range: there a sigmoid or tanh is flat
RANGES = {Sigmoid: (0.0, 1.0), Tanh: (-1.0, 1.0)}


def notice(matrix: Matrix, step: Step) -> str:
    """A sentence of Markdown on what is remarkable about a matrix, or ""."""
    values = matrix.value.T if step.rows else matrix.value
    if not np.isfinite(values).all():
        return f"{plain(matrix.symbol)} holds {int((~np.isfinite(values)).sum()):,} numbers that are not finite."
    if isinstance(matrix.formula, Apply) and matrix.layer is not None:
        return _activation(matrix, values, step)
    if matrix.symbol == "X":
        return _dark_pixels(values)
    if matrix.gradient_of:
        return _zero_gradients(matrix, values, step)
    return ""


def _activation(matrix, values, step):
    layer, name, units = step.dry_run.network.layers[matrix.layer], plain(matrix.symbol), len(values)
    examples = "this digit" if step.dry_run.m == 1 else f"all {step.dry_run.m:,} digits"
    if isinstance(layer, ReLU):
        dead = int((values == 0).all(axis=1).sum())
        zero = 100 * float((values == 0).mean())
        said = f"**{dead:,} of {units:,} units** pass on nothing but zeros for {examples}: dead in this step. "
        return (said if dead else "") + f"{zero:.0f} % of the numbers in {name} are exactly 0."
    if type(layer) in RANGES:
        low, high = RANGES[type(layer)]
        at_end = (values < low + NEAR) | (values > high - NEAR)
        share = 100 * float(at_end.mean())
        if not at_end.any():
            return f"No number in {name} is saturated: within {NEAR:g} of {low:g} or {high:g}, where the curve is flat."
        return (
            f"**{int(at_end.sum()):,} of {values.size:,} numbers** in {name} ({share:.0f} %) are saturated: within "
            f"{NEAR:g} of {low:g} or {high:g}, where the curve is flat and hardly any gradient comes back."
        )
    return ""


def _dark_pixels(values):
    dark = int((values == values.min()).all(axis=1).sum())
    if not dark:
        return ""
    return (
        f"**{dark:,} of {len(values):,} pixels** are dark in every digit of this batch. Where they are 0, their "
        "weights get no gradient in this step."
    )


def _zero_gradients(matrix, values, step):
    name, zeros = plain(matrix.symbol), int((values == 0).sum())
    if not zeros:
        return ""
    if zeros == values.size:
        return f"**All {values.size:,} numbers** of {name} are exactly 0: nothing is learned from it in this step."
    lines = [
        (int((values == 0).all(axis=1).sum()), len(values), "units"),
        (int((values == 0).all(axis=0).sum()), values.shape[1], "inputs"),
    ]
    said = f"**{zeros:,} of {values.size:,} gradients** in {name} are exactly 0"
    if step.by_symbol[matrix.gradient_of].parameter:
        whole = [
            f"all of {count:,} of its {of:,} {what}" for count, of, what in lines if count and of > 1 and count < of
        ]
        among = f", among them {' and '.join(whole)}" if whole else ""
        return f"{said}{among}: of itself this step would not move these."
    return f"{said}: there nothing comes back."
