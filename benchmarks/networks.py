"""The networks that are timed. To add one, add an entry: every contestant builds it from the recipe."""

from dataclasses import dataclass, replace

from nnlib.recipes import RECIPES, Recipe


@dataclass(frozen=True)
class Case:
    """A network to time. `warm_up` steps are taken before the first measurement: with Adam it takes an epoch or two
    until the averages of almost always blank pixels have decayed.
    """

    recipe: Recipe
    warm_up: int = 200


def _case(hidden, optimizer="sgd", batch_size=64, warm_up=200):
    learning_rate = 0.1 if optimizer == "sgd" else 0.001
    recipe = Recipe(hidden=hidden, optimizer=optimizer, learning_rate=learning_rate, batch_size=batch_size)
    return Case(recipe, warm_up)


def _grown(**changes):
    return Case(replace(Recipe(hidden=(128,)), **changes), warm_up=3)


CASES = {
    "784-10-10 SGD b64": _case((10,)),
    "784-10-10 SGD full": _case((10,), batch_size=None, warm_up=3),
    "784-128-10 SGD b64": _case((128,)),
    "784-128-10 SGD full": _case((128,), batch_size=None, warm_up=2),
    "784-128-64-10 Adam b32": _case((128, 64), "adam", 32, warm_up=3500),
    "784-512-10 Adam b128": _case((512,), "adam", 128, warm_up=500),
    "400-25-15-1 Adam b32": Case(RECIPES["binary-400-25-15-1"], warm_up=1000),
    # Without dropout, whose masks differ between libraries, and without augmentation, which only nnlib has.
    "CNN 32-64-128 Adam b64": Case(
        replace(RECIPES["cnn-32-64-128"], dropout=0.0, shift=0, rotation=0.0, zoom=0.0), warm_up=20
    ),
}
EPOCH_TARGETS = {"784-128-10 SGD b64": 0.5, "CNN 32-64-128 Adam b64": 12.0}  # seconds for 55,000 digits

# Sizes varied from 784-128-10 with mini-batches of 64 from 55,000 digits: {size: Case}.
GROWTH = {
    "hidden units": {n: _grown(hidden=(n,)) for n in (10, 32, 128, 512, 1024)},
    "batch size": {n or "all": _grown(batch_size=n) for n in (1, 8, 32, 64, 256, 1024, None)},
    "training digits": {n or 55_000: _grown(training_size=n) for n in (1000, 5000, 20_000, None)},
}
ALL = CASES | {f"{what} {size}": case for what, cases in GROWTH.items() for size, case in cases.items()}
