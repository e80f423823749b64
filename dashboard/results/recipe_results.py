"""The results that `benchmarks.accuracy` measured for every recipe, as rows and sentences."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from dashboard.notation.misprints import misprints
from dashboard.notation.numbers import percent
from nnlib.datasets import DATA_FOLDER
from nnlib.recipes import SYSTEMS, System

FILE = DATA_FOLDER / "results.json"
TRAINED_RECIPE = "record"
FIGURES = "Results"  # the section of every text that gives its accuracy
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
            "recipe": result.system.called,
            "short name": result.name,
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


def about_system(system: System, found: list[Result]) -> str:
    """What a recipe is, what it reproduces, the published figure beside ours, and what its text gets wrong, as a
    Markdown list."""
    name = system.recipe.name
    lines = [f"**{system.called}** (`{name}`): {system.summary}"]
    if system.section:
        lines.append(f"- Reproduces {system.origin}.")
    ours = [median(result.accuracies()) for result in found if result.name == name]
    measured = f"{'; here' if system.published else 'Here'} {ours[0]:.4f}, the median of its seeds" if ours else ""
    if system.published:
        lines.append(f"- Published test accuracy: {system.published:g} (section “{FIGURES}”){measured}.")
    elif measured:
        lines.append(f"- No test accuracy is published. {measured}." if system.section else f"- {measured}.")
    if system.remark:
        lines.append(f"- {system.remark}")
    if misprints(name):
        lines.append("- Every correction, with its reason, is at the end of Shapes once this recipe is loaded.")
    return "\n".join([lines[0], "", *lines[1:]])


def about_results(results: list[Result]) -> str:
    """How many published figures are matched, and which recipe is best."""
    of_ten = [result for result in results if result.system.recipe.data == "digits"]  # two classes are much easier
    best = max(of_ten, key=lambda result: median(result.accuracies()))
    published = [(result, result.system.published) for result in results if result.system.published]
    better = sum(median(result.accuracies()) >= figure for result, figure in published)
    return (
        f"{better} of {len(published)} published figures are matched or exceeded. Best on all ten digits is "
        f"“{best.system.called}”, which misreads {percent(1 - median(best.accuracies()))} of the test digits."
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
