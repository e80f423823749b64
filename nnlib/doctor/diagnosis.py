"""The first wrong matrix of somebody else's training step, and which mistake it shows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from nnlib.doctor.expected import Expected
from nnlib.doctor.faults import match
from nnlib.doctor.recorded_step import Layout, RecordedStep, recorded_steps, split_name


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """first_wrong: the name of the first wrong array in order of computation, None if all agree. right: the arrays that
    agree. matches: the name of the known fault that explains it, None if none does.

    got, expected: the wrong array and the right one, in the layout of the file; None if it is an input, which nothing
    computes. line: a line of NumPy that computes it rightly, in the same layout.
    """

    layout: Layout
    first_wrong: str | None
    verdict: str
    right: list[str]
    matches: str | None = None
    got: NDArray | None = None
    expected: NDArray | None = None
    line: str = ""


def diagnose(arrays: Mapping[str, NDArray]) -> Diagnosis:
    """Judge the arrays of one training step, each from those before it. Raises RecordingError if they are none."""
    return max((_diagnosis(step) for step in recorded_steps(arrays)), key=lambda found: len(found.right))


def _diagnosis(step: RecordedStep) -> Diagnosis:
    if (problem := _input_problem(step)) is not None:
        return problem
    expected, first = Expected(step), None
    right: list[str] = []
    for name in expected.names():
        agrees = expected.judge(name)
        if agrees:
            right.append(name)
        elif agrees is False and first is None:
            first = _first_wrong(expected, name, list(right))
    return replace(first, right=right) if first else Diagnosis(step.layout, None, _all_right(step, right), right)


def _input_problem(step: RecordedStep) -> Diagnosis | None:
    """What nothing computes can be of another shape, or not finite."""
    for name in ("X", *(f"{kind}{layer}" for layer in range(1, step.n_layers + 1) for kind in "Wb"), "Y"):
        if name in step.misfits:
            verdict = _about_shape(step, name)
            if name == "Y" and step.misfits[name].size == step.m:
                verdict = f"Y holds other values than the labels 0 to {step.units[-1] - 1}."
            return Diagnosis(step.layout, name, verdict, [])
        if name in step.arrays and not np.isfinite(step.arrays[name]).all():
            verdict = f"{name} holds values that are not finite, before this step began: record an earlier one."
            return Diagnosis(step.layout, name, verdict, [])
    return None


def _first_wrong(expected: Expected, name: str, before: list[str]) -> Diagnosis:
    """What is wrong with the first wrong array."""
    step, rights, line = expected.step, expected.right(name), _line(expected, name)
    got = step.stored(name, step.found(name))
    fault = match(expected, name, step.found(name), rights)
    shown = step.stored(name, rights[0].value) if rights else None
    if fault:
        what = f"{name} is the first wrong array: it is {fault.phrase}."
    elif shown is None or got.shape != shown.shape:
        what = _about_shape(step, name)
    else:
        off, most = np.nanmax(np.abs(got - shown)), np.abs(shown).max()
        what = (
            f"{name} is the first wrong array: ours has numbers up to {most:.3g}, and this is off by up to {off:.3g}."
        )
    begins = f"Everything up to {before[-1]} agrees. " if before else ""
    matches = fault.fault if fault else "wrong shape" if name in step.misfits else None
    return Diagnosis(step.layout, name, f"{begins}{what}", before, matches, got, shown, line)


def _about_shape(step: RecordedStep, name: str) -> str:
    return (
        f"{name} has the shape {step.stored(name, step.found(name)).shape}; the others require {step.required(name)}."
    )


def _all_right(step: RecordedStep, right: list[str]) -> str:
    if not right:
        return "There is nothing to judge: record what a step computes, Z1, A1, dZ1, dW1 and so on, beside its inputs."
    return f"All {len(right)} arrays agree: {', '.join(right)}."


def _line(expected: Expected, name: str) -> str:
    """The line of NumPy that computes an array rightly, in the layout of the file."""
    step, (kind, layer) = expected.step, split_name(name)
    columns, last = step.layout.columns, step.n_layers
    # Whether a product W A, and its mirror image A W, needs W transposed.
    as_it_is = step.layout.outputs_first == columns
    below = f"A{layer - 1}" if layer > 1 else "X"
    W, upper = f"W{layer}{'' if as_it_is else '.T'}", f"W{layer + 1}{'.T' if as_it_is else ''}"
    above = f"dZ{layer + 1}"
    axis = 1 if columns else 0
    scale = f" / {step.m}" if expected.factors(layer)[0] != 1 else ""
    if kind == "Z":
        return f"Z{layer} = {f'{W} @ {below}' if columns else f'{below} @ {W}'} + b{layer}"
    if kind == "A":
        output = "softmax" if step.units[-1] > 1 else "sigmoid"
        g = output if layer == last else next(iter(expected.activations(layer)), "g")
        over = f", over axis {1 - axis}" if g == "softmax" else ""
        return f"A{layer} = {g}(Z{layer}){over}"
    if kind == "dZ":
        if layer == last:
            return f"dZ{layer} = A{layer} - Y"
        dA = f"{upper} @ {above}" if columns else f"{above} @ {upper}"
        slopes = {"ReLU": f"(Z{layer} > 0)", "sigmoid": f"A{layer} * (1 - A{layer})", "tanh": f"(1 - A{layer}**2)"}
        name = next(iter(expected.activations(layer)), "")
        return f"dZ{layer} = ({dA}) * {slopes.get(name, f'slope(Z{layer})')}"
    if kind == "dW":
        dZ_A = (f"dZ{layer}", f"{below}.T") if columns else (f"dZ{layer}.T", below)
        A_dZ = (below, f"dZ{layer}.T") if columns else (f"{below}.T", f"dZ{layer}")
        return f"dW{layer} = {' @ '.join(dZ_A if step.layout.outputs_first else A_dZ)}{scale}"
    return f"db{layer} = dZ{layer}.sum(axis={axis}, keepdims=True){scale}"
