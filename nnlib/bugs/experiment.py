"""A small network trained twice, without a bug and with it: the same seed, the same digits, the same mini-batches."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from nnlib.bugs.bug import Bug
from nnlib.bugs.buggy_recipe import buggy
from nnlib.bugs.symptoms import symptom
from nnlib.checkpoints import DivergedError
from nnlib.datasets import Digits
from nnlib.recipes import Recipe
from nnlib.trainer import Trainer

SMALL = Recipe(hidden=(32,), training_size=2000, batch_size=50, epochs=6)
PART = 0.02  # seconds


@dataclass(eq=False)
class Experiment:
    """Both trainers, untrained; `train` trains them. `diverged` tells whether the loss with the bug was not finite."""

    bug: Bug
    sound: Trainer
    sick: Trainer
    diverged: bool = field(default=False, init=False)

    @property
    def share_done(self) -> float:
        """Of the epochs planned."""
        done = self.sound.position + (self.sick.planned_epochs if self.diverged else self.sick.position)
        return done / (self.sound.planned_epochs + self.sick.planned_epochs)

    def train(self) -> Iterator[float]:
        """Train both, in small parts; yields the share done."""
        for trainer in (self.sound, self.sick):
            while trainer.epochs < trainer.planned_epochs or trainer.evaluating:
                try:
                    for _ in trainer.run(PART, trainer.planned_epochs):
                        pass
                except DivergedError:
                    self.diverged = True
                    break
                yield self.share_done

    def symptom(self) -> str:
        """What the bug has done to the curves, one of `symptoms.SYMPTOMS`."""
        return symptom(self.sound.history, self.sick.history, self.sound.digits.n_classes, self.diverged)


def experiment(bug: Bug, digits: Digits, seed: int = 0, recipe: Recipe = SMALL) -> Experiment:
    """The Experiment with a bug on these digits, in the settings that bring it out."""
    sound = bug.recipe(replace(recipe, seed=seed))
    return Experiment(bug, sound.trainer(digits), buggy(sound, bug).trainer(digits))
