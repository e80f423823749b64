"""A network with a bug beside the sound one: trained, and measured with every instrument."""

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import numpy as np

from dashboard.components import sanity_checks
from dashboard.notation.numbers import number, percent
from dashboard.notation.plain_text import markdown
from nnlib.bugs.bug import Bug
from nnlib.bugs.examination import fails, gradient_errors, update_size
from nnlib.bugs.experiment import Experiment, experiment
from nnlib.datasets import Digits
from nnlib.trainer import Trainer

ALIKE = 0.1  # of the larger of two numbers: they differ by no more


@dataclass(frozen=True)
class Reading:
    """What an instrument, on a page, says of both networks, and whether that differs."""

    instrument: str
    page: str
    sound: str
    sick: str
    differs: bool


@dataclass(frozen=True, eq=False)
class Findings:
    """`errors` are those of the gradient check of both before the first step; `symptom` is what the curves show."""

    experiment: Experiment
    symptom: str
    errors: tuple[dict[str, float], dict[str, float]]
    readings: list[Reading]

    @property
    def differing(self) -> list[Reading]:
        """What tells the two apart."""
        return [each for each in self.readings if each.differs]


def finding(bug: Bug, digits: Digits, seed: int = 0) -> Generator[float, None, Findings]:
    """Train both networks and measure them, in small parts: yields the share done, and returns the Findings."""
    made = experiment(bug, digits, seed)
    both = made.sound, made.sick
    yield 0.0
    errors = gradient_errors(made.sound), gradient_errors(made.sick)
    readings = [_checked(errors), *_at_the_start(*both)]
    for share in made.train():
        yield 0.9 * share
    for reading in _trained(*both):
        readings.append(reading)
        yield 0.95
    return Findings(made, made.symptom(), errors, readings)


def _checked(errors):
    sound, sick = (f"fails: {', '.join(_failing(each))}" if fails(each) else "passes" for each in errors)
    return Reading("gradient check", "One step", sound, sick, fails(errors[0]) != fails(errors[1]))


def _failing(errors):
    return [name for name, error in errors.items() if fails({name: error})]


def _at_the_start(sound: Trainer, sick: Trainer) -> Iterator[Reading]:
    both = sound, sick
    yield _told("shapes of the parameters", "Shapes", both, _shapes)
    yield _measured("largest input", "One step", both, _largest_input)
    yield _told("classes in the first mini-batch", "One step", both, _classes_in_batch)
    yield _measured("one digit's outputs add up to", "One step", both, _outputs_of_one_digit)
    same = sound.digits.train.labels
    yield _measured(
        "labels as in the data set", "Data", both, lambda each: np.mean(each.digits.train.labels == same), percent
    )
    yield _told("validation digits that are training digits", "Data", both, _seen_before)
    yield _measured("size of the first update", "Checks", both, update_size)
    yield _measured("loss before the first step", "Checks", both, _first_loss)


def _trained(sound: Trainer, sick: Trainer) -> Iterator[Reading]:
    both = sound, sick
    yield _measured("loss in the end", "Train", both, _last_loss)
    for split in ("training", "validation"):
        read = _last_accuracy(split)
        yield _measured(f"{split} accuracy in the end", "Train", both, read, percent)
    yield _measured("size of the last update", "Checks", both, update_size)
    yield _told("hidden units that differ", "Weights", both, _different_units)
    yield _told("evaluated twice, the loss is", "Mistakes", both, _evaluated_twice)
    yield _measured("share of the most frequent answer", "Mistakes", both, _most_frequent, percent)
    for name, check in SANITY_CHECKS.items():
        yield _told(name, "Checks", both, lambda each, check=check: check(each).found)


SANITY_CHECKS: dict[str, Callable[[Trainer], sanity_checks.Verdict]] = {
    "loss at initialisation": sanity_checks.first_loss,
    "blank image": sanity_checks.blank,
    "spread of the weighted sums": sanity_checks.spread,
    "update-to-weight ratio": sanity_checks.step_sizes,
    "dead units": sanity_checks.inactive_share,
}


def _told(instrument, page, both, read):
    sound, sick = map(read, both)
    return Reading(instrument, page, sound, sick, sound != sick)


def _measured(instrument, page, both, read, write=number):
    sound, sick = (float(read(each)) for each in both)
    differs = sound != sick and not abs(sound - sick) <= ALIKE * max(abs(sound), abs(sick))
    written = [write(each) if math.isfinite(each) else "–" for each in (sound, sick)]
    return Reading(instrument, page, written[0], written[1], differs)


def _shapes(trainer):
    named = trainer.network.named_parameters()
    return ", ".join(f"{name} {' × '.join(map(str, value.shape))}" for name, value in named.items())


def _batch(trainer):
    return trainer.sampler.next_batch()


def _largest_input(trainer):
    return trainer.scaling.apply(_batch(trainer)[0]).max()


def _classes_in_batch(trainer):
    return str(len(np.unique(_batch(trainer)[1])))


def _outputs_of_one_digit(trainer):
    """The mean of the columns' sums."""
    return trainer.dry_run(*_batch(trainer)).loss.A.sum(axis=0, dtype=np.float64).mean()


def _seen_before(trainer):
    digits = trainer.digits
    return f"{np.isin(digits.validation.source_index, digits.train.source_index).sum():,}"


def _first_loss(trainer):
    return trainer.history.evaluations["validation_loss"][0]


def _last_loss(trainer):
    losses = trainer.history.batches["loss"][-10:]
    return losses.mean() if len(losses) else math.nan


def _last_accuracy(split):
    return lambda trainer: trainer.history.evaluations.last(f"{split}_accuracy")


def _different_units(trainer):
    W = trainer.network.weights()[0].W
    return f"{len(np.unique(W.round(5), axis=0))} of {len(W)}"


def _evaluated_twice(trainer):
    few = trainer.digits.validation.take(min(500, len(trainer.digits.validation)))
    first, second = (trainer.evaluate(few).losses for _ in range(2))
    return "the same" if np.array_equal(first, second, equal_nan=True) else "another one"


def _most_frequent(trainer):
    predicted = trainer.evaluate(trainer.digits.validation).predicted
    return np.bincount(predicted).max() / len(predicted)


def table(readings: list[Reading]) -> str:
    """The readings as a Markdown table."""
    rows = [f"| {markdown(each.instrument)} | {each.page} | {each.sound} | {each.sick} |" for each in readings]
    return "\n".join(["| instrument | page | sound | with the bug |", "|---|---|---|---|", *rows])
