"""Sentences about weights, responses and training history: pure functions from numbers to text."""

import math

import numpy as np

from dashboard.components.layer_units import Units, sizes
from dashboard.notation.dates import epoch
from dashboard.notation.numbers import number, percent, signed
from dashboard.notation.phrases import listed
from dashboard.weights.unit_responses import Responses
from nnlib.history import History

LATELY = 10  # records
VANISHING = 1 / 30  # times the last layer's gradient per weight
USUAL_STEP = (1e-4, 1e-2)  # update to weights
FAR = 10  # times the size at the start: beyond it a percentage says nothing
BEHIND = 0.25  # times the layer's median change: a unit that has hardly moved


def about_pictures(units: Units) -> str:
    """What the pictures of a layer's units show, and what to look for."""
    n = units.W.shape[1]
    if not units.sees_pixels:
        rows = "" if len(units) == 1 else f"One row per {units.kind}, one column per input. "
        return (
            f"{rows}These weights apply to the {n:,} units of the layer before, not to pixels, so they form no image."
        )
    if not units.sees_whole_image:
        return (
            f"One picture per {units.kind}: the {n:,} weights of its kernels. A kernel that is blue on one side and "
            "orange on the other responds to edges."
        )
    return (
        f"One picture per {units.kind}: its {n:,} weights, each at the position of its pixel. Look for strokes; "
        "“change” shows only what training has changed."
    )


def about_layer(units: Units, steps: int, *, invite: bool = True) -> str:
    """How far the units have moved in so many steps: those left behind, or the furthest and the nearest. `invite` to
    train them if nothing has changed them."""
    n, moves = f"{units.W.size:,}", sizes(units.change)
    if not (steps or moves.any()):
        drawn = "random" if units.start.any() else "all zero"
        return f"Untrained: the initial {n} weights are {drawn}.{' **Run** trains them.' if invite else ''}"
    if not np.isfinite(moves).all():
        return f"Some of these {n} weights are not finite."
    if not moves.any():
        return f"None of these {n} weights has changed since {units.since}."
    still = int((moves < BEHIND * np.median(moves)).sum())
    if still:
        return f"{still} of {len(units)} units moved less than a quarter as far as the median unit."
    least, most = int(np.argmin(moves)), int(np.argmax(moves))
    if moves[least] == moves[most]:
        return f"These {n} weights have moved by {number(moves[most])} on average."
    return (
        f"Since {units.since}, {units.said(most)} has moved furthest: {number(moves[most])} per weight on average; "
        f"{units.said(least)} least: {number(moves[least])}."
    )


def about_unit(units: Units, unit: int) -> str:
    """One unit's bias, or the scale and shift of its batch normalisation, the size of its weights, and how far they
    have moved."""
    learned = units.scale_and_shift(unit)
    bias = f"**Bias {signed(units.bias(unit))}**."
    if learned is not None:
        bias = f"**Scale γ {signed(learned[0])}, shift β {signed(learned[1])}**, after normalising its sum."
    now, start, moved = (sizes(each) for each in (units.W, units.start, units.change))
    meaning = "" if units.following else "Its sum is the network's score for this class. "
    if not math.isfinite(now[unit] + moved[unit]):
        return f"{bias} {meaning}Some of its weights are not finite."
    sentence = (
        f"{bias} {meaning}Mean size (distance from zero) of its {units.W.shape[1]:,} weights: {number(now[unit])}"
    )
    if moved[unit] == 0:
        return f"{sentence}, unchanged since {units.since}."
    sentence += f", {units.then} {number(start[unit])}. On average they have moved by {number(moved[unit])}"
    if len(units) == 1:
        return f"{sentence}."
    further = int((moved > moved[unit]).sum())
    return f"{sentence}; {further or 'none'} of the {len(units)} units moved further."


def about_spread(units: Units) -> str:
    """The mean size of a layer's weights and that at the start, and how far they have moved."""
    with np.errstate(over="ignore", invalid="ignore"):
        now, start, moved = (float(np.abs(each).mean()) for each in (units.W, units.start, units.change))
    if not math.isfinite(now + moved):
        return "Some of these weights are not finite."
    if moved == 0:
        return (
            f"Mean size (distance from zero): {number(start)}, unchanged since {units.since}: the two curves coincide."
        )
    sentence = (
        f"Mean size (distance from zero): {number(now)}, {units.then} {number(start)}. "
        f"On average a weight has moved by {number(moved)}"
    )
    if start == 0 or moved > FAR * start:
        return f"{sentence}."
    return f"{sentence}, {100 * moved / start:.0f} % of the size {units.then}."


def about_outgoing(units: Units, unit: int) -> str:
    """The most positive and the most negative weight out of a unit."""
    weights, name = units.outgoing(unit), units.said(unit)
    if weights is None or units.following is None:
        return f"The next layer has several weights for {name}, so they are not drawn as one bar per unit."
    strongest = _strongest(weights, lambda i: f"to {units.following.said(i)}")
    if not strongest:
        return f"All weights out of {name} are zero: it has no effect on the next layer."
    return f"Strongest weights out of {name}: {strongest}."


def about_incoming(units: Units, unit: int) -> str:
    """The most positive and the most negative weight into a unit."""
    strongest = _strongest(units.incoming(unit), lambda i: f"from unit {units.input_names[i]}")
    if not strongest:
        return f"All weights into {units.said(unit)} are zero: its inputs have no effect."
    return f"Strongest weights into {units.said(unit)}: {strongest}."


def _strongest(weights, ends):
    high, low = int(np.argmax(weights)), int(np.argmin(weights))
    parts = [high] * bool(weights[high] > 0) + [low] * bool(weights[low] < 0)
    return ", ".join(f"{signed(weights[i])} {ends(i)}" for i in parts)


def about_dark_pixels(units: Units, dark: np.ndarray, n_examples: int, l2: float) -> str:
    """Why some weights on pixels are not learned; "" if there are none, or if they have changed without L2."""
    if not len(dark) or (units.change[:, dark].any() and not l2):
        return ""
    return (
        f"{len(dark)} of the {units.W.shape[1]} pixels are 0 in all {n_examples:,} training digits. The gradient of a "
        "weight is proportional to its pixel, so the weights on these pixels are "
        + ("changed only by L2." if l2 else "never learned; under “change” they have no colour.")
    )


def about_projection(units: Units) -> str:
    """What the product of the weight matrices means, and what it does not."""
    product = " ".join(f"W{layer}" for layer in range(units.number, 0, -1))
    return (
        f"Its row of {product}: the effect of each pixel if every activation on the way were the identity. Real "
        "activations switch units off or bend their sums, so this shows only a tendency."
    )


def about_responses(units: Units, unit: int, responses: Responses) -> str:
    """How often a unit's sum is positive, and what the numbers below the digits are."""
    n, positive = len(responses), int((responses.sums > 0).sum())
    of = f"{'the first ' if n < responses.available else ''}{n:,} validation digits"
    if not units.following:
        meaning = "its score for this class"
    elif responses.places is not None:
        meaning = "its largest sum; beside it, the patch with this sum"
    else:
        meaning = "its weighted sum before the activation"
    return (
        f"The sum of {units.said(unit)} is positive for {percent(positive / n)} of {of}. Below each digit: {meaning}."
    )


def about_class_means(units: Units, unit: int, means: np.ndarray, names: tuple[str, ...]) -> str:
    """The classes with the largest and the smallest mean output of a unit."""
    if not np.isfinite(means).any():
        return ""
    high, low = int(np.nanargmax(means)), int(np.nanargmin(means))
    if means[high] == means[low]:
        return f"The mean output of {units.said(unit)} is the same for every class: {number(means[high])}."
    return (
        f"The mean output of {units.said(unit)} is largest for class {names[high]} ({signed(means[high])}) and "
        f"smallest for class {names[low]} ({signed(means[low])})."
    )


def about_recalls(before: np.ndarray, after: np.ndarray, names: tuple[str, ...]) -> str:
    """The classes whose recall falls and rises most."""
    change = after - before
    worst, best = int(change.argmin()), int(change.argmax())
    falls = [f"Recall falls most for class {names[worst]}: {percent(before[worst])} → {percent(after[worst])}."]
    rises = [f"Recall rises most for class {names[best]}: {percent(before[best])} → {percent(after[best])}."]
    return " ".join(falls * bool(change[worst] < 0) + rises * bool(change[best] > 0)) or "No recall changes."


def about_gradients(history: History, activation: str) -> str:
    """How the gradient size has changed during training, or that it vanishes from layer to layer."""
    layers, table = _last_layers(history.updates), history.updates
    if not layers:
        return "No step recorded yet. During **Run**, steps 1, 2, 4, 8, … and then about ten per epoch are recorded."
    gradients = table["gradient"].reshape(-1, layers)
    first, last = gradients[0], np.median(gradients[-LATELY:], axis=0)
    if layers > 1 and 0 < last[0] < VANISHING * last[-1]:
        slope = " (at most ¼ for a sigmoid)" if activation == "sigmoid" else ""
        return (
            f"Vanishing gradient: a weight of layer 1 gets a gradient {last[-1] / last[0]:.0f} times smaller than one "
            f"of layer {layers}. On the way back every layer multiplies it by its weights and the slope of its "
            f"activation{slope}."
        )
    if len(gradients) == 1:
        recorded = listed(f"{number(size)} in layer {layer}" for layer, size in enumerate(last, 1))
        return f"In the first step recorded: {recorded}."
    pairs = enumerate(zip(first, last, strict=True), 1)
    parts = [f"{number(old)} → {number(new)} in layer {layer}" for layer, (old, new) in pairs]
    return (
        f"From the first recorded step to the median of the last {min(LATELY, len(gradients))}: {listed(parts)}. Every "
        "mini-batch has its own gradient, so the curves are noisy: watch the trend."
    )


def about_updates(history: History) -> str:
    """Whether updates are of a usual size relative to the weights."""
    layers, table = _last_layers(history.updates), history.updates
    low, high = USUAL_STEP
    if not layers:
        return f"About a thousandth of the size of the weights is usual: {number(low)} to {number(high)}."
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.median((table["update"] / table["weight"]).reshape(-1, layers)[-LATELY:], axis=0)
    least, most = float(ratios.min()), float(ratios.max())
    if not math.isfinite(least + most):
        return "Some weights are all zero or not finite, so updates cannot be compared with them."
    size = number(least, 2) if layers == 1 else f"{number(least, 2)} to {number(most, 2)}"
    fact = f"Recent updates are {size} times the size of the weights; about {number(1e-3)} is usual."
    if most > high:
        return f"{fact} Large: normal at the start; later, lower the learning rate."
    if least < low:
        return f"{fact} Small: the gradients or the learning rate are small."
    return fact


def about_inactive(history: History, n_digits: int) -> str:
    """The share of inactive units in every layer, and what an inactive unit is."""
    table = history.activity
    layers = _last_layers(table)
    parts = [
        f"{100 * share:.0f} % of layer {layer:.0f}"
        for layer, share in zip(table["layer"][-layers:], table["inactive"][-layers:], strict=True)
    ]
    return (
        f"At {epoch(table['epoch'][-1])}: {listed(parts)}. A unit is inactive if for all of the same {n_digits} "
        "validation digits its output is 0 (ReLU) or saturated (sigmoid, tanh: slope below 0.001), so that hardly any "
        "gradient passes through it."
    )


def _last_layers(table):
    """The number of layers with a row in each record of a table; 0 without records."""
    return int(table["layer"].max(initial=0)) if len(table) else 0
