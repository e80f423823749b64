"""What every recipe reached, as `benchmarks.accuracy` wrote it down. Pure: a file in, rows and sentences out."""

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
DOUBTFUL = "minibatch-784-128-10"  # whose published accuracy nobody can reach


@dataclass(frozen=True)
class Result:
    """One recipe: its System, and for each seed the accuracies on the three splits and the seconds it took."""

    system: System
    runs: tuple[dict, ...]

    @property
    def name(self) -> str:
        return self.system.recipe.name

    def accuracies(self, split: str = "test") -> list[float]:
        """One for each seed."""
        return [run[split] for run in self.runs]

    @property
    def reached(self) -> bool | None:
        """Whether every seed reached what the recipe has to reach; None if it has to reach nothing."""
        return None if self.system.target is None else min(self.accuracies()) >= self.system.target


def load(file: Path = FILE) -> list[Result]:
    """The results in the order of the recipes; recipes without any are left out."""
    known = json.loads(file.read_text()) if file.exists() else {}
    return [Result(system, tuple(known[name])) for name, system in SYSTEMS.items() if name in known]


def rows(results: list[Result]) -> list[dict]:
    """One dict a recipe, for a table."""
    return [
        {
            "recipe": result.name,
            "published": result.system.published,
            "here, median": median(result.accuracies()),
            "least": min(result.accuracies()),
            "most": max(result.accuracies()),
            "had to reach": result.system.target,
            "reached": {True: "✓ reached", False: "✗ not reached", None: ""}[result.reached],
            "seeds": len(result.runs),
            "seconds": median(run["seconds"] for run in result.runs),
            "threads": result.runs[0]["threads"],
        }
        for result in results
    ]


def about_results(results: list[Result]) -> str:
    """How far they go, in one sentence."""
    of_ten = [result for result in results if result.system.recipe.data == "digits"]  # two classes are much easier
    best = max(of_ten, key=lambda result: median(result.accuracies()))
    published = [result for result in results if result.system.published]
    better = sum(median(result.accuracies()) >= result.system.published for result in published)
    return (
        f"{better} of {len(published)} published figures are reached or passed. The best on all ten classes is "
        f"`{best.name}`: it misreads {percent(1 - median(best.accuracies()))} of digits it has never seen."
    )


def about_doubtful(results: list[Result]) -> str:
    """Why 0.997 is not credible for one hidden layer, by our own measurements; "" without them."""
    for result in results:
        if result.name == DOUBTFUL:
            train, test = median(result.accuracies("train")), median(result.accuracies())
            return (
                f"**{result.system.published:g} is not credible** for one hidden layer of 128 units: trained on the "
                f"same digits here, this network reads {percent(train)} of the digits it practised on, but only "
                f"{percent(test)} of the test digits. The published figure looks like the accuracy on the training "
                "digits; on new ones only the convolutional networks come close to it."
            )
    return ""
