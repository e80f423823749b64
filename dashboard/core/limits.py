"""What one server gives to its visitors at most. Whoever runs it sets each limit by an environment variable; those of
uploads and messages are Streamlit's own, in .streamlit/config.toml.
"""

import logging
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass

from nnlib.datasets import Digits
from nnlib.recipes import Recipe, RecipeError

MB = 2**20
VISITORS, MEMORY, PARAMETERS = "DIGIT_LAB_VISITORS", "DIGIT_LAB_MEMORY", "DIGIT_LAB_PARAMETERS"
METRICS = "DIGIT_LAB_METRICS"
LOG = logging.getLogger("digit_lab")


@dataclass(frozen=True)
class Limits:
    """`visitors` at the same time, `memory` of the whole process in bytes, `parameters` of one network; `metrics` tells
    whether the server counts its visitors and steps for whoever runs it."""

    visitors: int = 100
    memory: int = 2000 * MB
    parameters: int = 1_500_000
    metrics: bool = False

    def check(self, recipe: Recipe, digits: Digits):
        """Raise RecipeError if the network of this recipe is too large; `digits` are all digits."""
        data = recipe.prepare(digits)
        shapes = recipe.parameter_shapes(data.image_shape, data.n_classes)
        parameters = sum(math.prod(shape) for shape in shapes.values())
        if parameters > self.parameters:
            LOG.info("A network of %s parameters was refused (%s).", f"{parameters:,}", PARAMETERS)
            raise RecipeError(
                f"expected a network of at most {self.parameters:,} parameters on this server, got {parameters:,}"
            )


def read(environment: Mapping[str, str]) -> Limits:
    """The limits set by these environment variables. One that is not a whole number from 1 is reported in the log, and
    the default is used."""
    return Limits(
        _count(environment, VISITORS, Limits.visitors),
        _count(environment, MEMORY, Limits.memory // MB) * MB,
        _count(environment, PARAMETERS, Limits.parameters),
        environment.get(METRICS, "") not in ("", "0"),
    )


def _count(environment, name, default):
    text = environment.get(name, str(default))
    if text.isascii() and text.isdigit() and int(text):
        return int(text)
    LOG.error("%s: expected a whole number from 1, got %r; %s is used.", name, text, default)
    return default


LIMITS = read(os.environ)
