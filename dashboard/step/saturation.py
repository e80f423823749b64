"""Counts of dead units, saturated units and zero gradients in a training step."""

import numpy as np

from dashboard.notation.formulas import plain
from dashboard.notation.numbers import number, percent
from dashboard.notation.phrases import listed
from dashboard.step.training_step import Step
from nnlib.activations import ReLU, Sigmoid, Tanh
from nnlib.describe.expressions import Apply
from nnlib.describe.kinds import entry
from nnlib.describe.matrices import Matrix

NEAR = 0.02  # this close to an end of its range a sigmoid or tanh is flat
RANGES = {Sigmoid: (0.0, 1.0), Tanh: (-1.0, 1.0)}


def notice(matrix: Matrix, step: Step) -> str:
    """What is remarkable about a matrix, as Markdown; "" if nothing is."""
    values = matrix.value.T if step.rows else matrix.value
    broken = int((~np.isfinite(values)).sum())
    if broken:
        return f"**{broken:,} of {values.size:,} numbers** in {plain(matrix.symbol)} are not finite."
    if isinstance(matrix.formula, Apply) and matrix.layer is not None:
        return _activation(matrix, values, step)
    if matrix.symbol == "X":
        return _empty_pixels(values)
    if matrix.gradient_of:
        return _zero_gradients(matrix, values, step)
    return ""


def _activation(matrix, values, step):
    layer, name, units = step.dry_run.network.layers[matrix.layer], plain(matrix.symbol), len(values)
    examples = "this digit" if step.dry_run.m == 1 else f"all {step.dry_run.m:,} digits"
    if isinstance(layer, ReLU):
        dead = int((values == 0).all(axis=1).sum())
        zeros = f"{percent(float((values == 0).mean()))} of the numbers in {name} are exactly 0."
        return f"**{dead:,} of {units:,} units** output 0 for {examples}: dead in this step. {zeros}" if dead else zeros
    ends = entry(RANGES, type(layer), None)
    if ends:
        low, high = ends
        saturated = (values < low + NEAR) | (values > high - NEAR)
        return (
            f"**{int(saturated.sum()):,} of {values.size:,} numbers** in {name} ({percent(float(saturated.mean()))}) "
            f"are saturated: within {NEAR:g} of {number(low)} or {number(high)}, where the curve is flat and hardly "
            "any gradient flows back."
        )
    return ""


def _empty_pixels(values):
    empty = int((values == values.min()).all(axis=1).sum())
    if not empty:
        return ""
    fact = f"**{empty:,} of {len(values):,} pixels** are empty in every digit of this batch"
    return f"{fact}{'' if values.min() else ' (input 0), so their weights get no gradient from it'}."


def _zero_gradients(matrix, values, step):
    name, zeros = plain(matrix.symbol), int((values == 0).sum())
    if not zeros:
        return ""
    if zeros == values.size:
        return f"**All {values.size:,} gradients** in {name} are exactly 0: no gradient flows through here."
    fact = f"**{zeros:,} of {values.size:,} gradients** in {name} are exactly 0"
    if not step.by_symbol[matrix.gradient_of].parameter:
        return f"{fact}: no gradient flows through there."
    lines = [
        (int((values == 0).all(axis=1).sum()), len(values), "units"),
        (int((values == 0).all(axis=0).sum()), values.shape[1], "inputs"),
    ]
    whole = [f"{count:,} of its {of:,} {what}" for count, of, what in lines if 0 < count < of]
    among = f", including all those of {listed(whole)}" if whole else ""
    return f"{fact}{among}: by itself this gradient leaves them unchanged."
