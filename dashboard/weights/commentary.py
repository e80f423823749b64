"""What the weights and their history say, in sentences: pure functions from numbers to text."""

import math

import numpy as np

from dashboard.components.layer_units import START, Units, sizes
from dashboard.notation.numbers import number, percent, signed
from dashboard.weights.unit_responses import Responses
from nnlib.history import History

LATELY = 10  # records
VANISHING = 1 / 30  # times the last layer's gradient per weight
USUAL_STEP = (1e-4, 1e-2)  # update to weights
BEHIND = 0.25  # times the layer's median change: a unit that has hardly moved


def about_pictures(units: Units) -> str:
    """What the pictures of a layer's units show, and what to look for."""
    n = units.W.shape[1]
    if not units.sees_pixels:
        return (
            f"One row a {units.kind}, one column an input: these are weights on the {n:,} units of the layer before, "
            "not on pixels, so they make no picture. A column of strong colour is an input that many listen to."
        )
    return (
        f"One picture a {units.kind}: its {n:,} weights, each where its pixel is. Look for noise turning into strokes, "
        "blue where ink is wanted and orange where paper is, and for units that stay noise. Choose “change” to take "
        "away what it began with."
    )


def about_layer(units: Units, steps: int) -> str:
    """Which units have moved furthest in so many steps, and whether some have stayed behind."""
    moves = sizes(units.change)
    if steps and not moves.any():
        if units.since != START:
            return f"Not one of these {units.W.size:,} weights has moved since {units.since}."
        return f"Not one of these {units.W.size:,} weights has moved in {steps:,} steps: all their gradients are zero."
    if not steps:
        drawn = "noise" if units.start.any() else "all of them zero"
        return (
            f"Nothing has been learned yet: these {units.W.size:,} weights are as the initialiser drew them, {drawn}. "
            "Press **Run** and watch."
        )
    still = int((moves < BEHIND * np.median(moves)).sum())
    if still:
        return (
            f"{still} of {len(units)} units {'have' if still > 1 else 'has'} moved less than a quarter as far as the "
            f"median unit: mostly what they were {units.then}."
        )
    least, most = int(np.argmin(moves)), int(np.argmax(moves))
    if moves[least] == moves[most]:
        return f"These {units.W.size:,} weights have moved by {number(moves[most])} on average."
    return (
        f"Furthest from where it was {units.then} is {units.name(most)}: its weights have moved by "
        f"{number(moves[most])} on average. Nearest is {units.name(least)}: {number(moves[least])}."
    )


def about_unit(units: Units, unit: int) -> str:
    """One unit's bias, the size of its weights, and how far they have moved."""
    now, start, moved = (sizes(each) for each in (units.W, units.start, units.change))
    meaning = "" if units.following else "Its sum is the network's score for this class. "
    sentence = (
        f"**Bias {signed(units.bias(unit))}**. {meaning}Mean size (distance from zero) of its {units.W.shape[1]:,} "
        f"weights: {number(now[unit])}"
    )
    if moved[unit] == 0:
        return f"{sentence}, as {units.then}."
    sentence += f", {units.then} {number(start[unit])}. They have moved by {number(moved[unit])} on average"
    if len(units) == 1:
        return f"{sentence}."
    further = int((moved > moved[unit]).sum())
    return f"{sentence}; {further or 'none'} of the other {len(units) - 1} moved further."


def about_spread(units: Units) -> str:
    """The size of a layer's weights now against the start, and how far they have moved."""
    now, start, moved = (float(np.abs(each).mean()) for each in (units.W, units.start, units.change))
    if moved == 0:
        return f"Mean size, the distance from zero: {number(start)}. Nothing has moved since, so both lines are one."
    sentence = (
        f"Mean size, the distance from zero: {number(start)} {units.then}, {number(now)} now. "
        f"On average a weight has moved by {number(moved)}"
    )
    if start == 0:
        return f"{sentence}."
    rest = "little is left of how it was" if moved >= start else "much of it is as it was"
    if moved < start and units.since == START:
        rest = "much of the noise it began with is still there"
    return f"{sentence}, {100 * moved / start:.0f} % of its size {units.then}: {rest}."


def about_outgoing(units: Units, unit: int) -> str:
    """For and against which units of the next layer a unit speaks loudest."""
    weights = units.outgoing(unit)
    if weights is None or units.following is None:
        return f"The next layer has several weights for {units.name(unit)}, one for each place in its picture."
    loudest = _loudest(weights, units.following.name)
    if not loudest:
        return f"All weights that lead on from {units.name(unit)} are zero: nothing listens to it."
    return f"When {units.name(unit)} is active, it speaks loudest {' and '.join(loudest)}."


def about_incoming(units: Units, unit: int) -> str:
    """Which units of the layer before speak loudest for and against a unit."""
    loudest = _loudest(units.incoming(unit), lambda i: f"unit {units.input_names[i]}", of="it: ")
    if not loudest:
        return f"All weights of {units.name(unit)} are zero: it listens to nothing."
    return f"Of the units that {units.name(unit)} listens to, loudest {', '.join(loudest)}."


def _loudest(weights, name, of=""):
    high, low = int(np.argmax(weights)), int(np.argmin(weights))
    parts = [f"for {of}{name(high)} ({signed(weights[high])})"] if weights[high] > 0 else []
    return parts + ([f"against {of}{name(low)} ({signed(weights[low])})"] if weights[low] < 0 else [])


def about_dark_pixels(units: Units, dark: np.ndarray, n_examples: int, l2: float) -> str:
    """Why some weights of a layer that sees the pixels never learn; "" if every pixel is lit at some time."""
    if not len(dark):
        return ""
    fact = (
        f"{len(dark)} of the {units.W.shape[1]} pixels are 0 in every one of the {n_examples:,} training digits. "
        f"The gradient of a weight is a multiple of its pixel, so the weights on these {len(dark)} pixels "
    )
    if not units.change.any():
        return fact + "will never learn anything, however long it trains."
    if not units.change[:, dark].any():
        return fact + "have not moved at all: choose “change” above, and there they have no colour."
    return fact + "learn nothing: only L2 has moved them." if l2 else ""


WITHOUT_PROJECTION = (
    "What it amounts to in pixels cannot be shown in one picture: behind a convolution it depends on the place, and on "
    "which number pooling lets through."
)


def about_projection(units: Units) -> str:
    """What the product of the weight matrices means, and what it does not."""
    product = " ".join(f"W{layer}" for layer in range(units.number, 0, -1))
    return (
        f"Its row of {product}: what each pixel would count for it if every unit on the way were active and handed on "
        "its sum as it is. A real digit switches some of them off or bends their answers, so take it for a tendency, "
        "not for what the unit does."
    )


def about_answers(units: Units, unit: int, responses: Responses) -> str:
    """How often a unit's sum is above zero, and what the numbers under the digits are."""
    n, lit = len(responses), int((responses.sums > 0).sum())
    of = f"the first {n:,} validation digits" if n < responses.available else f"{n:,} validation digits"
    if not units.following:
        meaning = "Under each digit the score that it gets for this class."
    elif responses.places is not None:
        meaning = "Under each digit its largest sum in the picture; beside it the part that gave it."
    else:
        meaning = "Under each digit its weighted sum, before the activation."
    return f"The sum of {units.name(unit)} is above 0 for {percent(lit / n)} of {of}. {meaning}"


def about_class_means(units: Units, unit: int, means: np.ndarray, names: tuple[str, ...]) -> str:
    """Which class a unit answers most and least to."""
    if not np.isfinite(means).any():
        return ""
    high, low = int(np.nanargmax(means)), int(np.nanargmin(means))
    who = units.name(unit).capitalize()
    if means[high] == means[low]:
        return f"{who} answers the same to every class, {number(means[high])}: it tells none of them apart."
    return (
        f"{who} answers most to class {names[high]}, {signed(float(means[high]))} on average, and least to class "
        f"{names[low]}, {signed(float(means[low]))}."
    )


def about_recalls(before: np.ndarray, after: np.ndarray, names: tuple[str, ...]) -> str:
    """Which class suffers and which gains most."""
    change = after - before
    worst, best = int(change.argmin()), int(change.argmax())
    parts = []
    for k, verb, real in ((worst, "suffers", change[worst] < 0), (best, "gains", change[best] > 0)):
        if real:
            parts.append(f"Class {names[k]} {verb} most: {percent(before[k])} → {percent(after[k])} of its digits.")
    return " ".join(parts) or "No class is read better or worse."


def about_gradients(history: History, activation: str) -> str:
    """How the gradient of a weight fell along the training, and along the layers."""
    layers, table = _last_layers(history.updates), history.updates
    if not layers:
        return (
            "No step has been taken yet. Press **Run**: the sizes at steps 1, 2, 4, 8, … and then at about ten steps "
            "an epoch are recorded."
        )
    gradients = table["gradient"].reshape(-1, layers)
    first, last = gradients[0], np.median(gradients[-LATELY:], axis=0)
    if layers > 1 and 0 < last[0] < VANISHING * last[-1]:
        slope = ", at most ¼ for a sigmoid" if activation == "sigmoid" else ""
        return (
            f"A weight of layer 1 gets a gradient {last[-1] / last[0]:.0f} times smaller than one of layer {layers}: "
            f"it vanishes on its way back, for every layer multiplies it by its weights and by its slope{slope}."
        )
    pairs = enumerate(zip(first, last, strict=True), 1)
    parts = [f"{number(old)} → {number(new)} in layer {layer}" for layer, (old, new) in pairs]
    trend = "They fall: less is left to correct. Each" if (last < first).all() else "Each"
    return (
        f"From the first step to the median of the last {min(LATELY, len(gradients))} recorded: {', '.join(parts)}. "
        f"{trend} mini-batch has a gradient of its own, so the curves are ragged: look at where they go."
    )


def about_updates(history: History) -> str:
    """Whether steps are of a usual size, as measured by the weights."""
    layers, table = _last_layers(history.updates), history.updates
    if not layers:
        return f"About a thousandth of the size of the weights is usual: {USUAL_STEP[0]:g} to {USUAL_STEP[1]:g}."
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.median((table["update"] / table["weight"]).reshape(-1, layers)[-LATELY:], axis=0)
    least, most = float(ratios.min()), float(ratios.max())
    size = (f"{least:.1e}" if layers == 1 else f"{least:.1e} to {most:.1e}").replace("e-0", "e-")
    fact = f"Lately an update was {size} of the size of the weights; about 1e-3 is usual."
    if not math.isfinite(least + most):
        return "Some weights are all zero or not finite, so that nothing can be said of an update relative to them."
    if most > USUAL_STEP[1]:
        return f"{fact} That is far: right at the start it is as it should be, later a smaller learning rate is calmer."
    if least < USUAL_STEP[0]:
        return f"{fact} That is little: it is nearly done, or its learning rate is small."
    return f"{fact} It neither stands still nor is it thrown about."


def about_inactive(history: History, n_digits: int) -> str:
    """What an inactive unit is, and how many there are."""
    table = history.activity
    layers = _last_layers(table)
    parts = [
        f"{100 * share:.0f} % of layer {layer:.0f}"
        for layer, share in zip(table["layer"][-layers:], table["inactive"][-layers:], strict=True)
    ]
    return (
        f"At the last evaluation: {', '.join(parts)}. Inactive is a unit whose output is 0 (ReLU) or saturated "
        f"(sigmoid, tanh: a slope below 0.001) for every one of the same {n_digits} validation digits: no gradient "
        "gets through it, so it learns nothing any more."
    )


def _last_layers(table):
    """How many layers each record of a table has a row for; 0 if there is no record."""
    return int(table["layer"].max(initial=0)) if len(table) else 0
