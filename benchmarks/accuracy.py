"""What accuracy every recipe reaches, beside what was published for it.

    python -m benchmarks.accuracy [RECIPE ...] [--seeds N] [--threads N]

Trains each recipe as it stands, once per seed, and evaluates the test split once, after the last epoch: nothing is ever
chosen by it. Prints a Markdown table on stdout, and each result as it comes on stderr.
"""

import argparse
import os
import sys
from dataclasses import replace
from statistics import median
from time import perf_counter

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # before NumPy is loaded
    os.environ.setdefault(variable, "1")

from nnlib.datasets import load_mnist  # noqa: E402
from nnlib.recipes import RECIPES, SYSTEMS  # noqa: E402


def train(recipe, digits, threads):
    """(test accuracy, validation accuracy, seconds) after the recipe's last epoch."""
    trainer = recipe.trainer(digits)
    trainer.threads = threads
    start = perf_counter()
    while trainer.epochs < recipe.epochs:
        trainer.epoch()
    seconds = perf_counter() - start
    test = trainer.evaluate(trainer.digits.test).accuracy
    return test, trainer.history.evaluations.last("validation_accuracy"), seconds


def row(name, results):
    """One line of the table."""
    test, validation, seconds = zip(*results, strict=True)
    published = SYSTEMS[name].published
    return (
        f"| `{name}` | {published or '–'} | {median(test):.4f} | {min(test):.4f} … {max(test):.4f} "
        f"| {median(validation):.4f} | {median(seconds):.0f} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", choices=[[], *RECIPES], default=[])
    parser.add_argument("--seeds", type=int, default=3, help="train with seeds 0 to N - 1")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    digits = load_mnist()
    print("| recipe | published | test accuracy | least … most | validation | seconds |")
    print("|---|---|---|---|---|---|", flush=True)
    for name in options.recipes or RECIPES:
        results = []
        for seed in range(options.seeds):
            results.append(train(replace(RECIPES[name], seed=seed), digits, options.threads))
            print(name, seed, *(f"{number:.4f}" for number in results[-1]), file=sys.stderr, flush=True)
        print(row(name, results), flush=True)


if __name__ == "__main__":
    main()
