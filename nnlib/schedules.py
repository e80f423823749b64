"""Learning rate schedules: the factor by which the base rate is multiplied as training progresses.

A schedule is a function of progress, the epochs done divided by the epochs planned. Beyond the plan (progress over 1)
it keeps its final value.
"""

import math
from collections.abc import Callable

Schedule = Callable[[float], float]

FLOOR = 0.01


def constant(progress: float) -> float:
    """1, always."""
    return 1.0


def step(progress: float) -> float:
    """1, then 0.1 from half of the planned epochs on, then 0.01 from three quarters on."""
    return 1.0 if progress < 0.5 else 0.1 if progress < 0.75 else FLOOR


def cosine(progress: float) -> float:
    """Half a cosine wave from 1 down to 0.01 (Loshchilov and Hutter, 2017, without restarts)."""
    return FLOOR + (1.0 - FLOOR) * 0.5 * (1.0 + math.cos(math.pi * min(progress, 1.0)))


SCHEDULES: dict[str, Schedule] = {"constant": constant, "step": step, "cosine": cosine}
