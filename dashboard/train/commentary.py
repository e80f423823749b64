"""What the numbers say, in sentences: pure functions from a history to text. No sentence without its numbers."""

import math

import numpy as np

from dashboard.components.layer_units import START, Units, sizes
from dashboard.weights.unit_responses import Responses
from nnlib.history import History
from nnlib.recipes import Recipe
from nnlib.timeline import Moment, Timeline
from nnlib.trainer import Trainer

RECENT = 50  # mini-batches
EXPLOSION = 3.0  # times the best validation loss
GUESSING = 0.85  # share of the loss of pure guessing
STILL = 0.97  # a loss that has fallen by less than this factor stands still
GAP = 1.3  # validation loss over training loss
RISING = 3  # epochs in a row
LATELY = 10  # records
VANISHING = 1 / 30  # times the last layer's gradient per weight
USUAL_STEP = (1e-4, 1e-2)  # update to weights
BEHIND = 0.25  # times the layer's median change: a unit that has hardly moved


def chance_loss(n_classes: int) -> float:
    """The loss of giving every class the same probability: ln(number of classes)."""
    return math.log(n_classes)


DIVERGED, EXPLODED, ZERO, STUCK = "diverged", "exploded", "zero", "stuck"  # kinds of trouble


def trouble(history: History, recipe: Recipe, n_classes: int) -> str | None:
    """What kind of trouble the newest mini-batches are in, or None: EXPLODED, ZERO (weights) or STUCK."""
    losses = history.batches["loss"][-2 * RECENT :]
    if len(losses) < RECENT or losses[-RECENT:].mean() < GUESSING * chance_loss(n_classes):
        return None
    if losses[-RECENT:].mean() > EXPLOSION * np.nanmin(history.evaluations["validation_loss"]):
        return EXPLODED
    if len(losses) == 2 * RECENT and losses[-RECENT:].mean() > STILL * losses[:RECENT].mean():
        return ZERO if recipe.hidden and recipe.initializer == "zero" else STUCK
    return None


def about_trouble(kind: str, history: History, n_classes: int) -> str:
    """What is seen, and what to try."""
    recent = history.batches["loss"][-RECENT:].mean()
    best = np.nanmin(history.evaluations["validation_loss"])
    rate = history.batches.last("learning_rate")
    return {
        EXPLODED: f"The loss has exploded: {best:.3g} at its best, {recent:.3g} now, and guessing costs "
        f"{chance_loss(n_classes):.3g}. At a learning rate of {rate:g} each step jumps past the valley it aims at.",
        ZERO: f"Nothing is learned: the loss stays at {recent:.3g}. All weights started at zero, so all hidden units "
        "compute the same and get the same gradient; only the output biases move. Choose another initialiser.",
        STUCK: f"Nothing is learned: the last {RECENT} mini-batches cost {recent:.3g}, and guessing costs "
        f"{chance_loss(n_classes):.3g}. The learning rate {rate:g} is too large (steps jump about) or too small.",
    }[kind]


def about_loss(history: History, n_classes: int) -> str:
    """One sentence under the loss curves."""
    table = history.evaluations
    training, validation = table["training_loss"], table["validation_loss"]
    if len(history.batches) == 0 and table["epoch"][-1] == 0:
        return (
            f"Untrained, the loss is {validation[-1]:.3f}; giving every class the same probability costs "
            f"ln {n_classes} = {chance_loss(n_classes):.3f}. Press Run and watch it fall."
        )
    if _never_evaluated(history):
        recent = history.batches["loss"][-RECENT:].mean()
        return (
            f"The last mini-batches cost {recent:.3f}. The validation digits are read when the epoch is over; before "
            f"the first step their loss was {validation[-1]:.3f}."
        )
    if (
        len(validation) > RISING
        and (np.diff(validation[-RISING - 1 :]) > 0).all()
        and training[-1] < training[-RISING - 1]
    ):
        return (
            f"Validation loss has risen {RISING} times in a row, to {validation[-1]:.3f}, while training loss fell to "
            f"{training[-1]:.3f}: it is starting to memorise its training digits."
        )
    if validation[-1] > GUESSING * chance_loss(n_classes):
        return (
            f"Validation loss is {validation[-1]:.3f}, hardly below the {chance_loss(n_classes):.3f} of guessing: "
            "nothing that helps with new digits has been learned yet."
        )
    if validation[-1] > GAP * training[-1]:
        return (
            f"Validation loss {validation[-1]:.3f} lies above training loss {training[-1]:.3f}: it reads digits "
            "it has practised on better than new ones."
        )
    return (
        f"Validation loss went from {validation[0]:.3f} to {validation[-1]:.3f}; training loss is {training[-1]:.3f}. "
        "As long as the two fall together, it learns what also holds for new digits."
    )


def about_accuracy(history: History, n_validation: int, n_classes: int) -> str:
    """One sentence under the accuracy curves."""
    table = history.evaluations
    accuracy = table["validation_accuracy"]
    wrong = round(n_validation * (1 - float(accuracy[-1])))
    if len(history.batches) == 0 and table["epoch"][-1] == 0:
        return f"Guessing gets one in {n_classes} right. Untrained, the network gets {100 * accuracy[-1]:.1f} %."
    if _never_evaluated(history):
        return (
            "The validation digits are read when the epoch is over; untrained, the network misread "
            f"{wrong:,} of {n_validation:,}."
        )
    trained_since = history.batches.last("epoch") and history.batches.last("epoch") > table["epoch"][-1]
    when = f"At epoch {table['epoch'][-1]:.4g} it misread" if trained_since else "It now misreads"
    sentence = f"{when} {wrong:,} of {n_validation:,} validation digits."
    half = _first(table["epoch"], accuracy >= 1 - 2 * (1 - accuracy[-1]))
    if accuracy[-1] > 0.8 and half is not None and half < table["epoch"][-1]:
        return f"{sentence} It was down to twice as many by epoch {half:.1f}: most is learned early."
    return sentence


def _never_evaluated(history):
    """Whether it has learned, but was read the validation digits only before that."""
    return len(history.batches) > 0 and len(history.evaluations) == 1 and history.evaluations.last("epoch") == 0


def _first(epochs, condition):
    found = np.flatnonzero(condition)
    return float(epochs[found[0]]) if len(found) else None


# Weights


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
        return f"These {units.W.size:,} weights have moved by {_number(moves[most])} on average."
    return (
        f"Furthest from where it was {units.then} is {units.name(most)}: its weights have moved by "
        f"{_number(moves[most])} on average. Nearest is {units.name(least)}: {_number(moves[least])}."
    )


def about_unit(units: Units, unit: int) -> str:
    """One unit's bias, the size of its weights, and how far they have moved."""
    now, start, moved = (sizes(each) for each in (units.W, units.start, units.change))
    meaning = "" if units.following else "Its sum is the network's score for this class. "
    sentence = (
        f"**Bias {signed(units.bias(unit))}**. {meaning}Mean size (distance from zero) of its {units.W.shape[1]:,} "
        f"weights: {_number(now[unit])}"
    )
    if moved[unit] == 0:
        return f"{sentence}, as {units.then}."
    sentence += f", {units.then} {_number(start[unit])}. They have moved by {_number(moved[unit])} on average"
    if len(units) == 1:
        return f"{sentence}."
    further = int((moved > moved[unit]).sum())
    return f"{sentence}; {further or 'none'} of the other {len(units) - 1} moved further."


def about_spread(units: Units) -> str:
    """The size of a layer's weights now against the start, and how far they have moved."""
    now, start, moved = (float(np.abs(each).mean()) for each in (units.W, units.start, units.change))
    if moved == 0:
        return f"Mean size, the distance from zero: {_number(start)}. Nothing has moved since, so both lines are one."
    sentence = (
        f"Mean size, the distance from zero: {_number(start)} {units.then}, {_number(now)} now. "
        f"On average a weight has moved by {_number(moved)}"
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
    if weights is None:
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


# One unit, what if, over time


WITHOUT_PROJECTION = (
    "What it amounts to in pixels cannot be shown in one picture: behind a convolution it depends on the place, and on "
    "which number pooling lets through."
)


def about_projection(units: Units) -> str:
    """What the product of the weight matrices means, and what it does not."""
    product = " ".join(f"W{number}" for number in range(units.number, 0, -1))
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
    return f"The sum of {units.name(unit)} is above 0 for {_percent(lit / n)} of {of}. {meaning}"


def about_class_means(units: Units, unit: int, means: np.ndarray, names: tuple[str, ...]) -> str:
    """Which class a unit answers most and least to."""
    if not np.isfinite(means).any():
        return ""
    high, low = int(np.nanargmax(means)), int(np.nanargmin(means))
    who = units.name(unit).capitalize()
    if means[high] == means[low]:
        return f"{who} answers the same to every class, {_number(means[high])}: it tells none of them apart."
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
            parts.append(f"Class {names[k]} {verb} most: {_percent(before[k])} → {_percent(after[k])} of its digits.")
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
    parts = [f"{_number(old)} → {_number(new)} in layer {number}" for number, (old, new) in pairs]
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
        f"{100 * share:.0f} % of layer {number:.0f}"
        for number, share in zip(table["layer"][-layers:], table["inactive"][-layers:], strict=True)
    ]
    return (
        f"At the last evaluation: {', '.join(parts)}. Inactive is a unit whose output is 0 (ReLU) or saturated "
        f"(sigmoid, tanh: a slope below 0.001) for every one of the same {n_digits} validation digits: no gradient "
        "gets through it, so it learns nothing any more."
    )


def _last_layers(table):
    """How many layers each record of a table has a row for; 0 if there is no record."""
    return int(table["layer"].max(initial=0)) if len(table) else 0


def _percent(share):
    return f"{100 * share:.1f} %"


def _number(value):
    return f"{value:.3g}"


def signed(value):
    return f"{value:+.3g}".replace("-", "−") if value else "0"


def place_in_time(moment: Moment) -> str:
    """Where on the timeline: "epoch 3.00 (batch 2,580)", mini-batches counted from the start."""
    return f"epoch {moment.position:.2f} (batch {moment.steps:,})" if moment.steps else "the start, untrained"


def about_the_past(moment: Moment, trainer: Trainer, running: bool) -> str:
    """One line: of when the network is that is shown, and where the training stands."""
    training = "The training goes on, at" if running else "The training stands at"
    return f":material/history: You see **{place_in_time(moment)}**. {training} epoch {trainer.position:.2f}."


def about_timeline(timeline: Timeline, rule: str) -> str:
    """How many moments are kept, in how much memory, and which of them go."""
    moments, most = len(timeline.everything()), timeline.most_bytes / 2**20
    return f"{moments:,} moments in {timeline.nbytes / 2**20:.1f} of {most:.0f} MB. {rule}"


def lined_up(value: float) -> str:
    """A signed number of three digits, zeros at its end included: those of a row can be compared at a glance."""
    return (f"{value:+#.3g}" if abs(value) < 100 else f"{value:+.3g}").replace("-", "−")
