"""Sanity checks of a network, each with a verdict: loss at initialisation, output for a blank image, update-to-weight
ratio, dead units, and whether it can overfit one mini-batch.

All of them run on copies or leave no trace.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from dashboard.components.layer_units import initial_network
from dashboard.notation.dates import epoch
from dashboard.notation.numbers import number, percent
from dashboard.notation.phrases import listed
from dashboard.notation.plain_text import markdown
from nnlib import inactive_units
from nnlib.gradient_descent import take_step
from nnlib.normalization import BatchNorm
from nnlib.trainer import Trainer

FINE, UNSURE, WRONG, UNKNOWN = "fine", "look closer", "problem", "not known"
SIGNS = {FINE: "✓", UNSURE: "?", WRONG: "✗", UNKNOWN: "–"}

# The limits between the verdicts.
FIRST_LOSS = (0.8, 1.3, 3.0)  # times the loss of guessing: wrong below, fine up to, wrong from
SURE = (0.5, 0.9)  # of the way from guessing to certainty: fine below, wrong from
STEP = (1e-5, 1e-4, 1e-2, 1e-1)  # update-to-weight ratio: wrong below, fine from, fine up to, wrong above
LEARNED = 0.1  # times the loss of guessing: below this, small updates are no fault
SPREAD = (0.1, 10.0)  # of the sums that enter an activation: fine from, fine up to
INACTIVE = (0.1, 0.5)  # share of a layer's units: fine up to, wrong from
FALLEN = 0.7  # of the first loss: still above this, it has not learned

BATCH = 64  # digits to overfit, and the most that an update is measured on
STEPS = 300  # the most to overfit them in


@dataclass(frozen=True)
class Verdict:
    """What was found: FINE, UNSURE, WRONG or UNKNOWN, a sentence with the numbers, and, where they are per layer,
    (name, number, verdict) of each."""

    found: str
    sentence: str
    layers: list[tuple[str, str, str]] = field(default_factory=list)


def guessing_loss(trainer: Trainer) -> float:
    """The loss of all-zero scores: ln(number of classes) where they become probabilities."""
    scores = np.zeros((*trainer.network.output_shape, 1), np.float32)
    return float(
        trainer.loss.per_example(scores, trainer.loss.targets(np.zeros(1, np.uint8), trainer.digits.n_classes))[0]
    )


def first_loss(trainer: Trainer) -> Verdict:
    """The validation loss before the first step, against that of guessing; unknown if the network came trained."""
    began = float(trainer.history.evaluations["epoch"][0])
    if began:
        return Verdict(
            UNKNOWN, f"This network was loaded, trained to {epoch(began)}: its loss before the first step is not known."
        )
    loss, guess = float(trainer.history.evaluations["validation_loss"][0]), guessing_loss(trainer)
    n = trainer.digits.n_classes
    name = f"ln {n}" if trainer.loss.gives_probabilities else "all outputs zero"
    numbers = f"Loss {number(loss)} before the first step; guessing ({name}) costs {number(guess)}."
    least, fine, wrong = (factor * guess for factor in FIRST_LOSS)
    if not loss < wrong:
        return Verdict(WRONG, f"{numbers} The initial scores are far too large: try smaller initial weights.")
    if loss < least:
        return Verdict(
            WRONG, f"{numbers} Better than guessing before any training: do the inputs give the labels away?"
        )
    if loss > fine:
        return Verdict(UNSURE, f"{numbers} Its first guesses are overconfident.")
    return Verdict(FINE, f"{numbers} It began by guessing.")


def blank(trainer: Trainer) -> Verdict:
    """What the network makes of a blank image."""
    nothing = trainer.scaling.apply(np.zeros((1, trainer.digits.n_inputs), np.uint8)).T
    with np.errstate(over="ignore", invalid="ignore"):
        values = trainer.loss.class_probabilities(trainer.network.forward(nothing, training=False))[:, 0]
    if not np.isfinite(values).all():
        return Verdict(WRONG, "Its outputs are not finite.")
    said = markdown(trainer.digits.class_names[int(values.argmax())])
    if not trainer.loss.gives_probabilities:
        return Verdict(UNSURE, f"Its largest output is {number(values.max())}, for {said}. It is not a probability.")
    guess = 1 / trainer.digits.n_classes
    sure = (float(values.max()) - guess) / (1 - guess)
    numbers = f"It says {said} with {percent(float(values.max()))}; guessing is {percent(guess)}."
    if sure < SURE[0]:
        return Verdict(FINE, f"{numbers} That is less than halfway from guessing to certainty.")
    if sure < SURE[1]:
        return Verdict(UNSURE, f"{numbers} This is bias: its training has no blank images.")
    return Verdict(WRONG, f"{numbers} It sees a digit where there is none, so its confidence says little.")


def step_sizes(trainer: Trainer) -> Verdict:
    """The update-to-weight ratio of each layer, RMS(W_after - W_before) / RMS(W_before), of one step on a copy."""
    network = trainer.network.astype(trainer.network.dtype)
    optimizer = trainer.optimizer.twin(network)
    optimizer.learning_rate = trainer.current_learning_rate
    before, loss = [layer.W.copy() for layer in network.weights()], type(trainer.loss)()
    few = _few(trainer, trainer.batch_size)
    X, Y = trainer.scaling.apply(few.images).T, loss.targets(few.labels, trainer.digits.n_classes)
    with np.errstate(over="ignore", invalid="ignore"):
        _, value = take_step(network, loss, optimizer, X, Y, trainer.l2)
        moved = [_rms(layer.W - old) for layer, old in zip(network.weights(), before, strict=True)]
        sizes = [_rms(old) for old in before]
    reached = [layer.dW.any() for layer in network.weights()]
    learned = value < LEARNED * guessing_loss(trainer)
    layers = [
        (f"layer {k}", *_judge_step(update, size, learned, arrives))
        for k, (update, size, arrives) in enumerate(zip(moved, sizes, reached, strict=True), 1)
    ]
    if not math.isfinite(value):
        return Verdict(WRONG, "The loss is not finite.", layers)
    worst = _worst(layers)
    if worst == FINE:
        small = any(update < STEP[1] * size for update, size in zip(moved, sizes, strict=True))
        found = f"A ratio is small, but so is the loss, {number(value)}: there is little left to learn."
        return Verdict(FINE, found if small else "Every ratio lies between 1e-4 and 1e-2.", layers)
    faults = [(name, said.rpartition(", ")[2]) for name, said, found in layers if found != FINE]
    told = [
        f"{listed(name for name, each in faults if each == fault).capitalize()}: {about}"
        for fault, about in ABOUT_FAULTS.items()
        if any(each == fault for _, each in faults)
    ]
    if any(fault == UNREACHED for _, fault in faults):
        active = inactive_units.taking_part(trainer.network, X)
        dead = [f"layer {number}" for number, units in active.items() if not units.any()]
        told += [f"All units of {listed(dead)} are dead, so no gradient passes through them."] * bool(dead)
    return Verdict(worst, " ".join(told), layers)


TINY, SMALL, LARGE, HUGE = "far too small", "small", "large", "far too large"
STILL, UNREACHED, EMPTY, BROKEN = "no update", "no gradient", "weights all 0", "not finite"
ABOUT_FAULTS = {
    BROKEN: "a number is too large to be represented.",
    EMPTY: "all weights are 0, so there is nothing to compare the update with.",
    UNREACHED: "the weights stay as they are, because no gradient arrives.",
    STILL: "the weights stay as they are, because the learning rate is far too small.",
    TINY: "the weights hardly change, because the learning rate is far too small or hardly any gradient arrives.",
    SMALL: "the update is small. Late in training this is normal; before, a larger learning rate may help.",
    LARGE: "the update is large. At the very start this is normal; later, a smaller learning rate may help.",
    HUGE: "one step changes the weights by more than a tenth of their size, which can destroy what was learned: choose "
    "a smaller learning rate.",
}


def _judge_step(update, size, learned, reached):
    """The ratio with its fault, if there is one, and the verdict."""
    if not math.isfinite(update + size):
        return BROKEN, WRONG
    if size == 0:
        return EMPTY, WRONG if update == 0 else UNSURE
    ratio = update / size
    if not ratio:
        return STILL if reached else UNREACHED, WRONG
    low, fine, to, high = STEP
    said = f"{ratio:.1e}".replace("e-0", "e-")
    if fine <= ratio <= to or (ratio < fine and learned):
        return said, FINE
    if low <= ratio <= high:
        return f"{said}, {SMALL if ratio < fine else LARGE}", UNSURE
    return f"{said}, {TINY if ratio < low else HUGE}", WRONG


def spread(trainer: Trainer) -> Verdict:
    """The standard deviation of the weighted sums of each layer with an activation, for training digits, and with batch
    normalisation that of what it makes of them."""
    network = trainer.network.astype(trainer.network.dtype)
    network.unfuse()
    network.set_dropout(0.0)
    few = _few(trainer, max(trainer.batch_size, 2))
    with np.errstate(over="ignore", invalid="ignore"):
        network.forward(trainer.scaling.apply(few.images).T)
    sums: list[list[float]] = []
    for layer in network.layers[:-1]:
        if "W" in layer.parameter_shapes():
            sums.append([float(np.std(layer.Z, dtype=np.float64))])
        elif isinstance(layer, BatchNorm):
            sums[-1].append(float(np.std(layer.S, dtype=np.float64)))
    if not sums:
        return Verdict(FINE, "There are no hidden units.")
    layers = [(f"layer {k}", " → ".join(map(number, each)), _judge_spread(each[-1])) for k, each in enumerate(sums, 1)]
    worst = _worst(layers)
    least, most = (f"{limit:g}" for limit in SPREAD)
    about = {
        FINE: f"Every layer's sums spread by {least} to {most}.",
        UNSURE: f"A layer's sums spread by less than {least} or more than {most}.",
        WRONG: "A layer's sums are all equal, or not finite.",
    }
    normalised = "Batch normalisation brings each unit's sums to a spread of 1, then scales and shifts them."
    advice = "Other initial weights, or batch normalisation, would change that." * (worst != FINE)
    said = normalised if network.normalizes else advice
    return Verdict(worst, f"{about[worst]} {said} Measured on {len(few)} training digits.".replace("  ", " "), layers)


def _judge_spread(size):
    if not math.isfinite(size) or size == 0:
        return WRONG
    return FINE if SPREAD[0] <= size <= SPREAD[1] else UNSURE


def inactive_share(trainer: Trainer) -> Verdict:
    """The share of dead units in each layer: their derivative is nearly zero for every digit of a sample, so they pass
    no gradient. A channel of a convolution counts as one unit."""
    if not math.isfinite(trainer.evaluate(trainer.digits.validation.take(1)).loss):
        return Verdict(WRONG, "Its outputs are not finite, so no unit gets a gradient that could be used.")
    sample = trainer.digits.validation.images[: inactive_units.sample_size(trainer.network)]
    *_, active = inactive_units.finding_active_units(trainer.workers.first, sample)
    if not active:
        return Verdict(FINE, "There are no hidden units.")
    layers = []
    for k, units in enumerate(active.values(), 1):
        share = 1 - units.mean()
        found = FINE if share <= INACTIVE[0] else WRONG if share >= INACTIVE[1] else UNSURE
        layers.append((f"activation {k}", f"{np.count_nonzero(~units)} of {len(units)} ({100 * share:.0f} %)", found))
    few, many = (f"{100 * limit:.0f} %" for limit in INACTIVE)
    about = {
        FINE: f"At most {few} of any layer's units are dead.",
        UNSURE: f"More than {few} of a layer's units are dead.",
        WRONG: f"At least {many} of a layer's units are dead. {_remedy(trainer)}",
    }
    tested = f"Tested on {len(sample)} validation digits."
    worst = _worst(layers)
    return Verdict(worst, f"{about[worst]} {tested}", layers)


def _remedy(trainer):
    """What may help against many dead units, for the cause that is at work here."""
    if not all(layer.W.any() for layer in trainer.network.weights()):
        return "All weights of a layer are 0, so no gradient reaches the units before it: choose another initialiser."
    leak = "; Leaky ReLU lets them recover" * (trainer.recipe.activation == "relu")
    return f"A smaller learning rate or other initial weights may keep them alive{leak}."


@dataclass(frozen=True, eq=False)
class Attempt:
    """How overfitting one mini-batch has gone so far: the loss and the accuracy before each step."""

    n_digits: int
    guess: float
    losses: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether the outcome is known."""
        return len(self.losses) > STEPS or self.right[-1] == 1 or not math.isfinite(self.losses[-1])

    def verdict(self) -> Verdict:
        """Whether it has learned the mini-batch."""
        first, last, steps = self.losses[0], self.losses[-1], len(self.losses) - 1
        numbers = (
            f"Accuracy {percent(self.right[-1])} on {self.n_digits} digits after {steps} steps; loss from "
            f"{number(first)} to {number(last)}."
        )
        if self.right[-1] == 1:
            return Verdict(FINE, f"{numbers} Layers, gradients and learning rate work together.")
        if math.isfinite(last) and last < FALLEN * first:
            return Verdict(UNSURE, f"{numbers} It learns, but slowly: the learning rate may be too small.")
        return Verdict(WRONG, f"{numbers} It cannot even memorise these: change the settings.")


def learn_by_heart(trainer: Trainer) -> Iterator[Attempt]:
    """Train a network with the first weights and the present learning rate, without dropout, L2 and augmentation, on
    one mini-batch over and over; yields the same Attempt after every step, until it is over."""
    network = initial_network(trainer.recipe.fixed, trainer.digits.image_shape, trainer.digits.n_classes)
    network = network.astype(network.dtype)
    network.set_dropout(0.0)
    optimizer = type(trainer.optimizer)(network, trainer.learning_rate)
    optimizer.adjust(**{name: getattr(trainer.optimizer, name) for name in optimizer.settings})
    few = _few(trainer, BATCH)
    attempt = Attempt(len(few), guessing_loss(trainer))
    loss, X = type(trainer.loss)(), trainer.scaling.apply(few.images).T
    Y = loss.targets(few.labels, trainer.digits.n_classes)
    while True:
        with np.errstate(over="ignore", invalid="ignore"):
            scores, value = take_step(network, loss, optimizer, X, Y)
        attempt.losses.append(value)
        attempt.right.append(float((loss.predict(scores) == few.labels).mean()))
        yield attempt
        if attempt.over:
            return


def _few(trainer, most):
    return trainer.digits.train.take(min(most, BATCH, len(trainer.digits.train)))


def _rms(numbers):
    return float(np.sqrt(np.mean(np.square(numbers, dtype=np.float64))))


def _worst(layers):
    return max((found for *_, found in layers), key=list(SIGNS).index, default=FINE)
