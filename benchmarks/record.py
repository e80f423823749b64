"""The best that pure NumPy reaches in ten minutes on two cores, honestly.

    python -m benchmarks.record [--epochs N] [--seed S] [--threads N] [--save FILE] [--results FILE]

Trains the recipe `record` with a running average of its weights. The validation split says whether the average is
better than the last weights, and whether it helps to read every digit nine times, each time shifted by a pixel. Only
then is the test split looked at, once. `--save` writes the chosen weights in half precision, after the same test with
them rounded, `--results` the figures beside those of `benchmarks.accuracy`.
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from time import perf_counter

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):  # before NumPy is loaded
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402

from benchmarks import accuracy  # noqa: E402
from nnlib.averaging import WeightAverage  # noqa: E402
from nnlib.datasets import load_mnist  # noqa: E402
from nnlib.evaluation import NINE, evaluate_shifted  # noqa: E402
from nnlib.recipes import RECIPES  # noqa: E402
from nnlib.storage import save  # noqa: E402

ONCE = ((0, 0),)
WAYS = {"read once": ONCE, "read nine times": NINE}
AVERAGED, LAST = "averaged weights", "last weights"


def train(trainer, average, epochs):
    """All epochs, with a line on stderr after each."""
    start = perf_counter()
    while trainer.epochs < epochs:
        epoch = trainer.epochs
        while trainer.epochs == epoch:
            trainer.step()
            average.update()
        validation = trainer.history.evaluations.last("validation_accuracy")
        print(f"epoch {trainer.epochs}  {perf_counter() - start:.0f} s  validation {validation:.4f}", file=sys.stderr)
    return perf_counter() - start


def read(trainer, split, shifts):
    """The accuracy on a split, every digit read once for each shift."""
    digits = trainer.digits
    return evaluate_shifted(trainer.workers, split, digits.n_classes, digits.image_shape, shifts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=RECIPES["record"].epochs)
    parser.add_argument("--seed", type=int, default=RECIPES["record"].seed)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save", metavar="FILE", help="write the chosen weights to FILE (.npz)")
    parser.add_argument("--results", type=Path, metavar="FILE", help="write the figures to FILE (.json)")
    options = parser.parse_args()
    trainer = replace(RECIPES["record"], epochs=options.epochs, seed=options.seed).trainer(load_mnist())
    trainer.threads = options.threads
    average = WeightAverage(trainer.network)
    seconds = train(trainer, average, options.epochs)
    validation = {}
    for weights in (LAST, AVERAGED):
        for way, shifts in WAYS.items():
            validation[weights, way] = read(trainer, trainer.digits.validation, shifts)
            print(f"validation, {weights}, {way}: {validation[weights, way]:.4f}")
        average.swap()  # the second call undoes the first
    weights, way = max(validation, key=validation.get)
    print(f"chosen by validation: {weights}, {way}")
    if weights == AVERAGED:
        average.swap()
    trainer.network.parameters[...] = trainer.network.parameters.astype(np.float16)  # as they are saved
    test = {name: read(trainer, trainer.digits.test, shifts) for name, shifts in WAYS.items()}
    print(f"{trainer.epochs} epochs, {seconds:.0f} s on {options.threads} threads, rounded to half precision")
    for name, reached in test.items():
        print(f"test accuracy, {name}: {reached:.4f}")
    if options.save:
        save(options.save, trainer, np.float16)
    if options.results:
        result = {"seed": options.seed, "train": round(read(trainer, trainer.digits.train.take(10_000), ONCE), 6)}
        result |= {"validation": round(validation[weights, way], 6), "test": round(test[way], 6)}
        result |= {"test_read_once": round(test["read once"], 6), "seconds": round(seconds, 1)}
        accuracy.save(options.results, "record", [result | {"threads": options.threads}])


if __name__ == "__main__":
    main()
