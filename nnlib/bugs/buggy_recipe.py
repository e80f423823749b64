"""A recipe that builds its network, and trains it, with a bug in it."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from nnlib.batches import BatchSampler
from nnlib.bugs.bug import Bug
from nnlib.datasets import Digits
from nnlib.layers import Layer
from nnlib.losses import Loss
from nnlib.network import Network
from nnlib.optimizers import Optimizer
from nnlib.recipes import Recipe
from nnlib.scaling import Scaling


@dataclass(frozen=True)
class BuggyRecipe(Recipe):
    """A recipe whose every part has the `bug`, where it is of the kind that may have it."""

    bug: Bug | Any = None

    def layers(self, inputs: int | tuple[int, int], outputs: int) -> list[Layer]:
        return [self.bug.put_into(layer) for layer in super().layers(inputs, outputs)]

    def make_loss(self) -> Loss:
        return self.bug.put_into(super().make_loss())

    def make_optimizer(self, network: Network) -> Optimizer:
        return self.bug.put_into(super().make_optimizer(network))

    def make_sampler(self, digits: Digits, generator: np.random.Generator) -> BatchSampler:
        return self.bug.put_into(super().make_sampler(digits, generator))

    def make_scaling(self) -> Scaling:
        return self.bug.put_into(super().make_scaling())

    def to_dict(self) -> dict[str, Any]:
        return sound(self).to_dict()  # a file holds weights; it is read by sound code


def buggy(recipe: Recipe, bug: Bug) -> Recipe:
    """The recipe with a bug, in place of any other."""
    return bug.put_into(BuggyRecipe(**_settings(recipe), bug=bug))


def sound(recipe: Recipe) -> Recipe:
    """The recipe without a bug."""
    return Recipe(**_settings(recipe)) if isinstance(recipe, BuggyRecipe) else recipe


def bug_in(recipe: Recipe) -> Bug | None:
    """The bug of a recipe, or None."""
    return recipe.bug if isinstance(recipe, BuggyRecipe) else None


def _settings(recipe: Recipe) -> dict[str, Any]:
    return {field.name: getattr(recipe, field.name) for field in fields(Recipe)}
