"""The runs before the present one. Whatever starts a new network leaves a run behind, and each can be made the present
one again, exactly as it was left.
"""

from dataclasses import dataclass

from dashboard.core.branch import Branch
from nnlib.checkpoints import DivergedError
from nnlib.datasets import Digits
from nnlib.recipes import POOL, Recipe
from nnlib.timeline import MOST_BYTES
from nnlib.trainer import Trainer

MOST_RUNS = 3
MOST_BYTES_OF_ALL = MOST_BYTES  # together, besides the present run's; the oldest lose their snapshots first
# In a name, where they differ.
TOLD = ("activation", "batch_norm", "initializer", "scale", "schedule", "training_size", "seed")


@dataclass(eq=False)
class Run:
    """A training from its initial weights on, with its branches and all digits of its data set; `number` counts those
    that were left."""

    digits: Digits
    trainer: Trainer
    branch: Branch
    branches: list[Branch]
    branches_made: int
    evaluation_seconds: float
    diverged: DivergedError | None = None
    number: int = 0

    @property
    def own_bytes(self) -> int:
        """Memory of its weights, gradients and running averages."""
        return self.trainer.network.parameters.nbytes * (2 + len(self.trainer.optimizer.averages))

    def comparable(self, other: Trainer) -> bool:
        """Whether its curves measure the same as another training's."""
        mine, theirs = self.trainer.digits, other.digits
        same_data = (mine.digest, mine.n_classes) == (theirs.digest, theirs.n_classes)
        return same_data and self.trainer.recipe.loss == other.recipe.loss

    def name(self, present: Recipe, digits: Digits) -> str:
        """Such as "784-128-10, seed 3, epoch 2.50", with up to two settings that differ from the present ones, and its
        data if they do."""
        recipe = self.trainer.recipe
        differing = [field for field in TOLD if getattr(recipe, field) != getattr(present, field)][:2]
        settings = [f"{field.replace('_', ' ')} {_text(getattr(recipe, field))}" for field in differing]
        data = [self.digits.name] if self.digits is not digits else []
        return ", ".join([*data, architecture(self.trainer), *settings, f"epoch {self.trainer.position:.2f}"])


def architecture(trainer: Trainer) -> str:
    """The sizes of all layers, such as 784-128-10, 784-conv32-conv64-128-10 or, where pooling does not follow each
    convolution, 784-conv32-pool-conv64-conv64-pool-10."""
    convolutions = (each if each == POOL else f"conv{each}" for each in trainer.recipe.convolutions)
    sizes = (trainer.digits.n_inputs, *convolutions, *trainer.recipe.hidden, *trainer.network.output_shape)
    return "-".join(map(str, sizes))


def _text(value):
    return "all" if value is None else ("off", "on")[value] if isinstance(value, bool) else value


def kept(runs: list[Run]) -> list[Run]:
    """The newest of these runs, with as many of their snapshots as there is room for."""
    room = MOST_BYTES_OF_ALL
    kept: list[Run] = []
    for run in reversed(runs[-MOST_RUNS:]):
        room -= run.own_bytes
        if kept and room < 0:
            break
        timeline = run.branch.timeline
        timeline.limit(max(room, 0))
        room -= timeline.nbytes
        kept.insert(0, run)
    return kept


def named(runs: list[Run], present: Recipe, digits: Digits) -> dict[str, Run]:
    """The runs by their names beside a run with the present recipe and data."""
    names: dict[str, Run] = {}
    for run in runs:
        name = run.name(present, digits)
        names[f"{name} ({run.number})" if name in names else name] = run
    return names
