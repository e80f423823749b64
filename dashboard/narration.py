"""What the numbers say, in sentences: pure functions from a history to text. No sentence without its numbers."""

import math

import numpy as np

from dashboard.units import Units, sizes
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
    sentence = f"It now misreads {wrong:,} of {n_validation:,} validation digits."
    half = _first(table["epoch"], accuracy >= 1 - 2 * (1 - accuracy[-1]))
    if accuracy[-1] > 0.8 and half is not None and half < table["epoch"][-1]:
        return f"{sentence} It was down to twice as many by epoch {half:.1f}: most is learned early."
    return sentence


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
            "median unit: mostly what they began as."
        )
    least, most = int(np.argmin(moves)), int(np.argmax(moves))
    if moves[least] == moves[most]:
        return f"These {units.W.size:,} weights have moved by {_number(moves[most])} on average."
    return (
        f"Furthest from where it began is {units.name(most)}: its weights have moved by {_number(moves[most])} on "
        f"average. Nearest is {units.name(least)}: {_number(moves[least])}."
    )


def about_unit(units: Units, unit: int) -> str:
    """One unit's bias, the size of its weights, and how far they have moved."""
    now, start, moved = (sizes(each) for each in (units.W, units.start, units.change))
    meaning = "" if units.following else "Its sum is the network's score for this class. "
    sentence = (
        f"**Bias {_signed(units.bias(unit))}**. {meaning}Mean size (distance from zero) of its {units.W.shape[1]:,} "
        f"weights: {_number(now[unit])}"
    )
    if moved[unit] == 0:
        return f"{sentence}, as at the start."
    sentence += f", at the start {_number(start[unit])}. They have moved by {_number(moved[unit])} on average"
    if len(units) == 1:
        return f"{sentence}."
    further = int((moved > moved[unit]).sum())
    return f"{sentence}; {further or 'none'} of the other {len(units) - 1} moved further."


def about_spread(units: Units) -> str:
    """The size of a layer's weights now against the start, and how far they have moved."""
    now, start, moved = (float(np.abs(each).mean()) for each in (units.W, units.start, units.change))
    if moved == 0:
        return f"Mean size, the distance from zero: {_number(start)}. Nothing has moved yet, so both lines are one."
    sentence = (
        f"Mean size, the distance from zero: {_number(start)} at the start, {_number(now)} now. "
        f"On average a weight has moved by {_number(moved)}"
    )
    if start == 0:
        return f"{sentence}."
    rest = "much of the noise it began with is still there" if moved < start else "little is left of where it began"
    return f"{sentence}, {100 * moved / start:.0f} % of its first size: {rest}."


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
    parts = [f"for {of}{name(high)} ({_signed(weights[high])})"] if weights[high] > 0 else []
    return parts + ([f"against {of}{name(low)} ({_signed(weights[low])})"] if weights[low] < 0 else [])


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


def _number(value):
    return f"{value:.3g}"


def _signed(value):
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
