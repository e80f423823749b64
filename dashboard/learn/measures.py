"""What missions measure: numbers of a laboratory, None until they are there. During a run only what costs nothing is
looked at."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from dashboard.core.lab import Lab
from nnlib.analysis.corruptions import shifted
from nnlib.metrics import confusion_matrix
from nnlib.trainer import Trainer

LOOKED_AT = 30  # mini-batches
HUNDRED = 100  # digits
DRAWS = 1000
SEED = 0
FAST = 5.0  # a learning rate
SHIFT, SHIFTED = 3, 1000  # pixels, digits
GOAL = 0.95

Measure = Callable[[Lab], dict[str, float] | None]


def untrained(lab: Lab) -> dict[str, float] | None:
    """Validation accuracy, number of digits and loss before training."""
    if lab.running or lab.trainer.steps:
        return None
    return {"accuracy": _last(lab.trainer, "validation_accuracy"), "n": len(lab.trainer.digits.validation)} | {
        "loss": _last(lab.trainer, "validation_loss")
    }


def trained(epochs: float, name: str = "", **settings: object) -> Measure:
    """Of a paused run with these settings, at least so many epochs old: what its curves say. A name is put behind that
    of each number."""

    def measure(lab):
        if not _paused_at(lab, epochs, settings):
            return None
        trainer, history = lab.trainer, lab.trainer.history
        losses = history.batches["loss"][-LOOKED_AT:]
        found = {
            "epochs": trainer.position,
            "steps": trainer.steps,
            "steps_an_epoch": trainer.steps / trainer.position if trainer.steps else 0.0,
            "n": trainer.n_examples,
            "training": _last(trainer, "training_accuracy"),
            "validation": _last(trainer, "validation_accuracy"),
            "training_loss": _last(trainer, "training_loss"),
            "validation_loss": _last(trainer, "validation_loss"),
            "noise": _noise(losses),
        }
        return {key + name: float(value) for key, value in found.items()}

    return measure


def exploded(lab: Lab) -> dict[str, float] | None:
    """Once a large learning rate has been tried: the loss before, at its highest and now."""
    trainer = lab.trainer
    if lab.recipe.learning_rate < FAST or not (lab.diverged or trainer.position > 1):
        return None
    batches = trainer.history.batches
    rates, losses = batches["learning_rate"], batches["loss"]
    fast, before = losses[rates >= FAST], losses[rates < FAST]
    if not len(before) or (len(fast) < LOOKED_AT and not lab.diverged):
        return None
    finite = fast[np.isfinite(fast)]
    highest = float(finite.max()) if len(finite) else np.inf
    return {"before": float(before[-LOOKED_AT:].mean()), "highest": np.inf if lab.diverged else highest}


def repaired(lab: Lab) -> dict[str, float] | None:
    """After the step back to good weights: loss, accuracy and learning rate."""
    if lab.diverged or lab.recipe.learning_rate >= FAST:
        return None
    if len(lab.trainer.history.batches) != lab.trainer.last_good.history[0]:
        return None
    return {"loss": _last(lab.trainer, "validation_loss"), "accuracy": _last(lab.trainer, "validation_accuracy")} | {
        "rate": lab.recipe.learning_rate
    }


def fewest_units(lab: Lab) -> dict[str, float] | None:
    """The fewest hidden units that reached the goal, once half as many, or a few less, have failed."""
    if lab.running:
        return None
    best: dict[int, float] = {}
    for trainer in (lab.trainer, *(run.trainer for run in lab.earlier_runs.values())):
        recipe = trainer.recipe
        if len(recipe.hidden) == 1 and not recipe.convolutions and trainer.digits.digest == lab.trainer.digits.digest:
            reached = float(trainer.history.evaluations["validation_accuracy"].max())
            if reached >= GOAL or trainer.position >= 1:
                best[recipe.hidden[0]] = max(best.get(recipe.hidden[0], 0.0), reached)
    enough = min((units for units, reached in best.items() if reached >= GOAL), default=0)
    failed = max((units for units in best if units < enough), default=0)
    if not failed or enough > 2 * failed:
        return None
    return {"enough": enough, "accuracy": best[enough], "failed": failed, "failed_accuracy": best[failed]}


def equal_units(name: str = "", **settings: object) -> Measure:
    """Of a paused run with these settings, an epoch old: how many units of the first layer differ, and how it reads."""

    def measure(lab):
        if not _paused_at(lab, 1, settings):
            return None
        weights = lab.trainer.network.weights()[0].W
        found: dict[str, float] = {"units": len(weights), "different": len(np.unique(weights, axis=0))}
        found |= {"accuracy": _last(lab.trainer, "validation_accuracy"), "loss": _last(lab.trainer, "validation_loss")}
        return {key + name: float(value) for key, value in found.items()}

    return measure


def gradient_sizes(name: str = "", **settings: object) -> Measure:
    """Of a paused run with these settings, an epoch old: the size of the gradients of its first and last layer."""

    def measure(lab):
        if not _paused_at(lab, 1, settings):
            return None
        table = lab.trainer.history.updates
        layers, gradients = table["layer"], table["gradient"]
        first, last = (float(gradients[layers == layer][-1]) for layer in (layers.min(), layers.max()))
        found = {"first": first, "last": last, "ratio": last / first if first else np.inf}
        return {key + name: each for key, each in found.items()} | {
            f"accuracy{name}": _last(lab.trainer, "validation_accuracy")
        }

    return measure


def inactive(name: str = "", **settings: object) -> Measure:
    """Of a paused run with these settings, an epoch old: the share of units that respond to no digit."""

    def measure(lab):
        if not _paused_at(lab, 1, settings):
            return None
        share = lab.trainer.history.activity.last("inactive") or 0.0
        return {f"inactive{name}": share, f"accuracy{name}": _last(lab.trainer, "validation_accuracy")}

    return measure


def chosen_by_few(lab: Lab) -> dict[str, float] | None:
    """Of a paused run with snapshots of five epochs: how much better the best of them looks on the hundred test digits
    it was chosen by than on all others, on average over random hundreds."""
    if lab.running or lab.trainer.epochs < 5:
        return None
    snapshots = [each for each in lab.timeline.snapshots if each.position >= 1]
    test = lab.trainer.digits.test
    if len(snapshots) < 3 or len(test) <= HUNDRED // 2:
        return None
    right = np.array([lab.trainer.twin(each.state).evaluate(test).predicted == test.labels for each in snapshots])
    generator, n = np.random.default_rng(SEED), min(HUNDRED, len(test) // 2)
    gains, total = [], right.sum(axis=1)
    for _ in range(DRAWS):
        few = right[:, generator.choice(len(test), n, replace=False)].sum(axis=1)
        best = few.argmax()
        gains.append((few[best] / n, (total[best] - few[best]) / (len(test) - n)))
    seen, others = np.mean(gains, axis=0)
    return {"snapshots": len(snapshots), "few": n, "seen": float(seen), "others": float(others)} | {
        "inflation": 100 * float(seen - others)
    }


def shifted_digits(name: str, convolutions: bool) -> Measure:
    """Of a paused run with or without convolutions, an epoch old: its accuracy on validation digits as they are, and
    shifted."""

    def measure(lab):
        if bool(lab.recipe.convolutions) != convolutions or not _paused_at(lab, 1, {}):
            return None
        trainer = lab.trainer
        plain = trainer.digits.validation.take(min(SHIFTED, len(trainer.digits.validation)))
        moved = replace(plain, images=shifted(plain.images, trainer.digits.image_shape, SHIFT))
        here, there = trainer.evaluate(plain).accuracy, trainer.evaluate(moved).accuracy
        return {"here" + name: here, "there" + name: there, "lost" + name: 100 * (here - there)}

    return measure


def confusion(lab: Lab) -> dict[str, float] | None:
    """Of a paused run, an epoch old: its most frequent confusion, and how much of its mistakes that is."""
    if not _paused_at(lab, 1, {}):
        return None
    digits = lab.trainer.digits.validation
    counts = confusion_matrix(digits.labels, lab.trainer.evaluate(digits).predicted, lab.n_classes)
    np.fill_diagonal(counts, 0)
    true, guess = np.unravel_index(counts.argmax(), counts.shape)
    found = {"true": true, "guess": guess, "times": counts.max(), "back": counts[guess, true]}
    return found | {"mistakes": counts.sum()}


def _paused_at(lab: Lab, epochs: float, settings: dict[str, object]) -> bool:
    """Whether it stands so many epochs after its start, trained with these settings and evaluated there."""
    if lab.running or lab.diverged or _evaluated(lab) < epochs or lab.trainer.evaluating:
        return False
    return all(getattr(lab.recipe, name) == value for name, value in settings.items())


def _noise(losses):
    """The standard deviation of one of these losses, from how much neighbours differ."""
    return np.diff(losses).std() / np.sqrt(2) if len(losses) > 2 else 0.0


def _evaluated(lab: Lab) -> float:
    """The epoch of the newest point of the curves."""
    return lab.trainer.history.evaluations.last("epoch") or 0.0


def _last(trainer: Trainer, column: str) -> float:
    value = trainer.history.evaluations.last(column)
    return np.nan if value is None else value
