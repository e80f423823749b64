"""The accuracy of every recipe, compared with the published one.

    python -m benchmarks.accuracy [RECIPE ...] [--seeds N] [--threads N] [--save FILE]
    python -m benchmarks.accuracy --show data/results.json

Trains each recipe unchanged, once per seed, and measures the accuracy on the test split once, after the last epoch
(`record` with test-time augmentation); no choice is based on it. Prints a Markdown table on stdout, and each result as
it comes on stderr. `--save` also writes the results to a file, the source of the page Results; results of other recipes
already in it are kept. `--show` prints the table of such a file.
"""

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # before NumPy is loaded
    os.environ.setdefault(variable, "1")

from nnlib.datasets import load_mnist  # noqa: E402
from nnlib.recipes import RECIPES, SYSTEMS  # noqa: E402


def train(recipe, digits, threads):
    """Train once: the accuracies on all splits after the recipe's last epoch, and the seconds."""
    trainer = recipe.trainer(digits, threads=threads)
    trainer.evaluate_epochs = False  # not needed
    start = perf_counter()
    while trainer.epochs < recipe.epochs:
        trainer.epoch()
    seconds = perf_counter() - start
    splits = {"train": trainer.digits.train, "validation": trainer.digits.validation, "test": trainer.digits.test}
    accuracies = {name: round(trainer.accuracy(split), 6) for name, split in splits.items()}
    return {"seed": recipe.seed, **accuracies, "seconds": round(seconds, 1), "threads": threads}


def row(name, results):
    """One line of the table."""
    test, validation, seconds = ([result[column] for result in results] for column in ("test", "validation", "seconds"))
    published, least = SYSTEMS[name].published, SYSTEMS[name].target
    verdict = "" if least is None else f"{least:g}: {'reached' if min(test) >= least else 'not reached'}"
    return (
        f"| `{name}` | {published or '–'} | **{median(test):.4f}** | {min(test):.4f} … {max(test):.4f} | {verdict} "
        f"| {median(validation):.4f} | {median(seconds):.0f} |"
    )


def save(file, name, results):
    """Write these results to the file, replacing earlier ones of the same recipe."""
    known = json.loads(file.read_text()) if file.exists() else {}
    known[name] = results
    ordered = {name: known[name] for name in RECIPES if name in known}
    file.write_text(json.dumps(ordered, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recipes", nargs="*", metavar="RECIPE", choices=[[], *RECIPES], default=[])
    parser.add_argument("--seeds", type=int, default=3, help="train with seeds 0 to N - 1")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save", type=Path, metavar="FILE", help="write every result to FILE (.json)")
    parser.add_argument("--show", type=Path, metavar="FILE", help="print the table of FILE without training")
    options = parser.parse_args()
    print("| recipe | published | test accuracy, median | min … max | target | validation | seconds |")
    print("|---|---|---|---|---|---|---|", flush=True)
    if options.show:
        for name, results in json.loads(options.show.read_text()).items():
            print(row(name, results))
        return
    digits = load_mnist()
    for name in options.recipes or RECIPES:
        results = []
        for seed in range(options.seeds):
            results.append(train(replace(RECIPES[name], seed=seed), digits, options.threads))
            print(name, *results[-1].values(), file=sys.stderr, flush=True)
        print(row(name, results), flush=True)
        if options.save:
            save(options.save, name, results)


if __name__ == "__main__":
    main()
