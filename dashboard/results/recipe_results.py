"""The results that `benchmarks.accuracy` measured for every recipe, as rows and sentences."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from dashboard.notation.numbers import percent
from nnlib.datasets import DATA_FOLDER
from nnlib.recipes import SYSTEMS, System

FILE = DATA_FOLDER / "results.json"
TRAINED = DATA_FOLDER / "reference-cnn.npz"
TRAINED_RECIPE = "record"
DOUBTFUL = "minibatch-784-128-10"  # its published accuracy is out of reach


@dataclass(frozen=True)
class Result:
    """One recipe: its System, and per seed the accuracies on the three splits and the training time in seconds."""

    system: System
    runs: tuple[dict, ...]

    @property
    def name(self) -> str:
        return self.system.recipe.name

    def accuracies(self, split: str = "test") -> list[float]:
        """One per seed."""
        return [run[split] for run in self.runs]


def load(file: Path = FILE) -> list[Result]:
    """The results in the order of the recipes, without recipes that have none."""
    known = json.loads(file.read_text()) if file.exists() else {}
    return [Result(system, tuple(known[name])) for name, system in SYSTEMS.items() if name in known]


def rows(results: list[Result]) -> list[dict]:
    """One dict per recipe, for a table."""
    return [
        {
            "recipe": result.name,
            "published": result.system.published,
            "min": min(result.accuracies()),
            "median": median(result.accuracies()),
            "max": max(result.accuracies()),
            "seeds": len(result.runs),
            "seconds": median(run["seconds"] for run in result.runs),
            "threads": result.runs[0]["threads"],
        }
        for result in results
    ]


def about_results(results: list[Result]) -> str:
    """How many published figures are matched, and which recipe is best."""
    of_ten = [result for result in results if result.system.recipe.data == "digits"]  # two classes are much easier
    best = max(of_ten, key=lambda result: median(result.accuracies()))
    published = [(result, result.system.published) for result in results if result.system.published]
    better = sum(median(result.accuracies()) >= figure for result, figure in published)
    return (
        f"{better} of {len(published)} published figures are matched or exceeded. Best on all ten digits is "
        f"`{best.name}`, which misreads {percent(1 - median(best.accuracies()))} of the test digits."
    )


def about_doubtful(results: list[Result]) -> str:
    """Why 0.997 is not credible for one hidden layer, by our own results; "" without them."""
    for result in results:
        if result.name == DOUBTFUL:
            train, test = median(result.accuracies("train")), median(result.accuracies())
            return (
                f"**{result.system.published:g} is not credible** for one hidden layer of 128 units: trained here on "
                f"the same data, this network reads {percent(train)} of its training digits, but only {percent(test)} "
                "of the test digits. The published figure looks like the training accuracy; on new digits only the "
                "convolutional networks come close to it."
            )
    return ""
