"""Checks of a network's health, each with a verdict: is what it starts from, what it says of nothing, how far its steps
go, how many of its units take part, and whether it can learn a few digits by heart, as it should be?

Everything runs on copies, or leaves no trace: looking trains nothing.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from dashboard.components.layer_units import initial_network
from nnlib import inactive_units
from nnlib.trainer import Trainer

FINE, UNSURE, WRONG = "fine", "look closer", "not as it should be"
SIGNS = {FINE: "✓", UNSURE: "?", WRONG: "✗"}

# Values up to which, or from which, a verdict is given.
FIRST_LOSS = (0.8, 1.3, 3.0)  # times the loss of guessing: not below, fine up to, wrong from
SURE = (0.5, 0.9)  # of the way from guessing to certainty: fine up to, wrong from
STEP = (1e-5, 1e-4, 1e-2, 1e-1)  # update size to weight size: wrong below, fine from, fine to, wrong above
INACTIVE = (0.1, 0.5)  # share of a layer's units: fine up to, wrong from
FALLEN = 0.7  # times its first value: a loss that has fallen less has not learned

BATCH = 64  # digits to learn by heart, and at most behind the size of an update
STEPS = 300  # at most, to learn them


@dataclass(frozen=True)
class Verdict:
    """What was found: FINE, UNSURE or WRONG, a sentence with the numbers, and those of each layer, if it has layers:
    (name, number, verdict)."""

    found: str
    sentence: str
    layers: list[tuple[str, str, str]] = field(default_factory=list)


def guessing_loss(trainer: Trainer) -> float:
    """The loss of a network that knows nothing: all its scores are zero. Where they become probabilities that is
    ln(number of classes)."""
    scores = np.zeros((*trainer.network.output_shape, 1), np.float32)
    return float(trainer.loss.each(scores, trainer.loss.targets([0], trainer.digits.n_classes))[0])


def first_loss(trainer: Trainer) -> Verdict:
    """The loss on validation digits before the first step, against that of guessing."""
    loss, guess = float(trainer.history.evaluations["validation_loss"][0]), guessing_loss(trainer)
    n = trainer.digits.n_classes
    name = f"ln {n}" if trainer.loss.gives_probabilities else "that of outputs that are all zero"
    numbers = f"{loss:.4g} before the first step; {name} is {guess:.3f}."
    least, fine, wrong = (factor * guess for factor in FIRST_LOSS)
    if not loss < wrong:
        return Verdict(WRONG, f"{numbers} The first scores are far too large: try smaller initial weights.")
    if loss < least:
        return Verdict(WRONG, f"{numbers} Better than guessing without having learned: do the digits give it away?")
    if loss > fine:
        return Verdict(UNSURE, f"{numbers} It begins surer than it has reason to be; the first steps undo that.")
    return Verdict(FINE, f"{numbers} It begins by guessing.")


def blank(trainer: Trainer) -> Verdict:
    """What the network says of an image without a digit."""
    nothing = trainer.scaling.apply(np.zeros((1, trainer.digits.n_inputs), np.uint8)).T
    with np.errstate(over="ignore", invalid="ignore"):
        values = trainer.loss.class_probabilities(trainer.network.forward(nothing, training=False))[:, 0]
    if not np.isfinite(values).all():
        return Verdict(WRONG, "Its outputs are not finite: the weights have grown without bound.")
    said = trainer.digits.class_names[int(values.argmax())]
    if not trainer.loss.gives_probabilities:
        return Verdict(UNSURE, f"Its largest output, {values.max():.2f}, is that of {said}; it is no probability.")
    guess = 1 / trainer.digits.n_classes
    sure = (float(values.max()) - guess) / (1 - guess)
    numbers = f"It says {said} with {100 * values.max():.1f} %; guessing is {100 * guess:.0f} %."
    if sure <= SURE[0]:
        return Verdict(FINE, f"{numbers} It is in doubt, as it should be.")
    if sure < SURE[1]:
        return Verdict(UNSURE, f"{numbers} That is its prejudice: it was never shown a picture without a digit.")
    return Verdict(WRONG, f"{numbers} It sees a digit where there is none: how sure it is says little.")


def step_sizes(trainer: Trainer) -> Verdict:
    """How far one step moves the weights of each layer, measured by taking one on a copy: the size of the update to
    the size of the weights, both as root mean square."""
    network = trainer.network.astype(trainer.network.dtype)
    optimizer = trainer.optimizer.twin(network)
    optimizer.learning_rate = trainer.current_learning_rate
    before = [layer.W.copy() for layer in network.weights()]
    with np.errstate(over="ignore", invalid="ignore"):
        loss = _step(network, optimizer, trainer, _few(trainer, trainer.batch_size), trainer.l2)
        moved = [_rms(layer.W - old) for layer, old in zip(network.weights(), before, strict=True)]
        sizes = [_rms(old) for old in before]
    layers = [
        (f"layer {number}", *_judge_step(update, size))
        for number, (update, size) in enumerate(zip(moved, sizes, strict=True), 1)
    ]
    worst = _worst(layers)
    if not math.isfinite(loss):
        return Verdict(WRONG, "The loss is not finite: the weights have grown without bound.", layers)
    return Verdict(worst, _ABOUT_STEPS[worst], layers)


_ABOUT_STEPS = {
    FINE: "Each step changes the weights by about a thousandth of their size: neither idle nor wild.",
    UNSURE: "A layer is more than ten times off the rule of thumb of a thousandth. Large steps at the very start and "
    "small ones late in training are as they should be.",
    WRONG: "A layer hardly moves, or is thrown about: change the learning rate, or look at how its weights begin.",
}


def _judge_step(update, size):
    if not math.isfinite(update + size):
        return "not finite", WRONG
    if size == 0:
        return "weights all 0", WRONG if update == 0 else UNSURE
    ratio = update / size
    low, fine, to, high = STEP
    found = FINE if fine <= ratio <= to else UNSURE if low <= ratio <= high else WRONG
    return f"{ratio:.1e}".replace("e-0", "e-") if ratio else "0", found


def inactive_share(trainer: Trainer) -> Verdict:
    """The share of units in each layer that no digit of a sample moves: their slope is nearly zero for all of them, so
    that no gradient gets through. A channel of a convolution counts as one unit."""
    sample = trainer.digits.validation.images[: inactive_units.sample_size(trainer.network)]
    with np.errstate(over="ignore", invalid="ignore"):
        taking_part = _taking_part(trainer, sample)
    if not taking_part:
        return Verdict(FINE, "There is no hidden layer whose units could fall silent.")
    layers = []
    for number, units in enumerate(taking_part, 1):
        share = 1 - units.mean()
        found = FINE if share <= INACTIVE[0] else WRONG if share >= INACTIVE[1] else UNSURE
        layers.append(
            (f"activation {number}", f"{np.count_nonzero(~units)} of {len(units)} ({100 * share:.0f} %)", found)
        )
    about = {
        FINE: f"Nearly every unit answers to some of {len(sample)} validation digits.",
        UNSURE: f"Some units answer to none of {len(sample)} validation digits: they learn nothing and do nothing.",
        WRONG: f"Most units of a layer answer to none of {len(sample)} validation digits: a smaller learning rate or "
        "other initial weights would keep them alive, Leaky ReLU would let them come back.",
    }
    worst = _worst(layers)
    return Verdict(worst, about[worst], layers)


def _taking_part(trainer, images):
    """For each activation, in order: which units have a slope for some image, (units,)."""
    found: dict[int, np.ndarray] = {}
    block = trainer.network.examples_per_block
    for start in range(0, len(images), block):
        part = inactive_units.taking_part(trainer.network, trainer.scaling.apply(images[start : start + block]).T)
        found = {number: units | found.get(number, False) for number, units in part.items()}
    return list(found.values())


@dataclass(frozen=True, eq=False)
class Attempt:
    """How learning a few digits by heart has gone so far: the loss and the share of right answers before each step."""

    n_digits: int
    guess: float
    losses: list[float] = field(default_factory=list)
    right: list[float] = field(default_factory=list)

    @property
    def over(self) -> bool:
        """Whether there is nothing more to find out."""
        return len(self.losses) > STEPS or self.right[-1] == 1 or not math.isfinite(self.losses[-1])

    def verdict(self) -> Verdict:
        """Whether it has learned them."""
        first, last, steps = self.losses[0], self.losses[-1], len(self.losses) - 1
        numbers = (
            f"After {steps} steps it reads {100 * self.right[-1]:.0f} % of these {self.n_digits} digits; the loss went "
            f"from {first:.3g} to {last:.3g}."
        )
        if self.right[-1] == 1:
            return Verdict(FINE, f"{numbers} It can learn: gradients, layers and learning rate work together.")
        if math.isfinite(last) and last < FALLEN * first:
            return Verdict(UNSURE, f"{numbers} It is learning, but slowly: the learning rate may be small.")
        return Verdict(WRONG, f"{numbers} What cannot learn a few digits by heart learns nothing: change the settings.")


def learn_by_heart(trainer: Trainer) -> Iterator[Attempt]:
    """Train a network with the first weights and the present learning rate, without dropout, L2 and augmentation, on
    one mini-batch over and over; yields the same Attempt after every step, until it is over."""
    network = initial_network(trainer.recipe.fixed, trainer.digits.n_inputs, trainer.digits.n_classes)
    network = network.astype(network.dtype)
    network.set_dropout(0.0)
    optimizer = type(trainer.optimizer)(network, trainer.learning_rate)
    if hasattr(trainer.optimizer, "momentum"):
        optimizer.momentum = trainer.optimizer.momentum
    few = _few(trainer, BATCH)
    attempt = Attempt(len(few), guessing_loss(trainer))
    loss, X = type(trainer.loss)(), trainer.scaling.apply(few.images).T
    Y = loss.targets(few.labels, trainer.digits.n_classes)
    while True:
        with np.errstate(over="ignore", invalid="ignore"):
            scores = network.forward(X)
            attempt.losses.append(loss.forward(scores, Y))
            attempt.right.append(float((loss.predict(scores) == few.labels).mean()))
            if not attempt.over:
                network.backward(loss.backward())
                optimizer.update()
        yield attempt
        if attempt.over:
            return


def _few(trainer, most):
    return trainer.digits.train.take(min(most, BATCH, len(trainer.digits.train)))


def _step(network, optimizer, trainer, few, l2):
    """One step of a copy on these digits; its loss."""
    loss = type(trainer.loss)()
    scores = network.forward(trainer.scaling.apply(few.images).T)
    value = loss.forward(scores, loss.targets(few.labels, trainer.digits.n_classes))
    network.backward(loss.backward())
    network.add_penalty_gradient(l2)
    optimizer.update()
    return value


def _rms(numbers):
    return float(np.sqrt(np.mean(np.square(numbers, dtype=np.float64))))


def _worst(layers):
    return max((found for *_, found in layers), key=list(SIGNS).index, default=FINE)
