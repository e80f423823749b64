"""The best that pure NumPy reaches in ten minutes on two cores, honestly.

    python -m benchmarks.record [--epochs N] [--seed S] [--threads N] [--save FILE] [--results FILE]

Trains the recipe `record` with a running average of its weights, which is the network that counts, and reads every
digit nine times, as it is, shifted by a pixel, turned by 4 degrees, 7 % smaller and larger, averaging the
probabilities. All of that is settled before the
training begins; the test digits are looked at when it has ended. `--save` writes the weights in half precision, and the
test is made with them as they are written; `--results` writes the figures beside those of `benchmarks.accuracy`.
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
from nnlib.evaluation import NINE, ONCE, evaluate_moved  # noqa: E402
from nnlib.recipes import RECIPES  # noqa: E402
from nnlib.storage import save  # noqa: E402

EVALUATE_EVERY = 6  # epochs
WAYS = {"read once": ONCE, "read nine times": NINE}


def train(trainer, average, epochs):
    """All epochs, with a line on stderr after each. They are evaluated only now and then: nothing depends on it, and it
    takes as long as a tenth of an epoch."""
    trainer.evaluate_every = EVALUATE_EVERY
    start = perf_counter()
    while trainer.epochs < epochs:
        epoch = trainer.epochs
        while trainer.epochs == epoch:
            trainer.step()
            average.update()
        seen, validation = (trainer.history.evaluations.last(name) for name in ("epoch", "validation_accuracy"))
        said = f"  validation {validation:.4f}" if seen == trainer.epochs else ""
        print(f"epoch {trainer.epochs}  {perf_counter() - start:.0f} s{said}", file=sys.stderr)
    return perf_counter() - start


def read(trainer, split, readings):
    """The accuracy on a split, every digit read so many times."""
    digits = trainer.digits
    return evaluate_moved(trainer.workers, split, digits.n_classes, digits.image_shape, readings)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=RECIPES["record"].epochs)
    parser.add_argument("--seed", type=int, default=RECIPES["record"].seed)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--save", metavar="FILE", help="write the chosen weights to FILE (.npz)")
    parser.add_argument("--results", type=Path, metavar="FILE", help="write the figures to FILE (.json)")
    options = parser.parse_args()
    recipe = replace(RECIPES["record"], epochs=options.epochs, seed=options.seed)
    trainer = recipe.trainer(load_mnist(), threads=options.threads)
    average = WeightAverage(trainer.network)
    seconds = train(trainer, average, options.epochs)
    print(f"validation, last weights, read once: {read(trainer, trainer.digits.validation, ONCE):.4f}")
    average.swap()
    trainer.network.parameters[...] = trainer.network.parameters.astype(np.float16)  # as they are saved
    splits = {"validation": trainer.digits.validation, "test": trainer.digits.test}
    reached = {
        (split, way): read(trainer, splits[split], readings) for split in splits for way, readings in WAYS.items()
    }
    print(f"{trainer.epochs} epochs, {seconds:.0f} s on {options.threads} threads; averaged weights in half precision:")
    for (split, way), accuracy_reached in reached.items():
        print(f"{split} accuracy, {way}: {accuracy_reached:.4f}")
    if options.save:
        save(options.save, trainer, np.float16)
    if options.results:
        result = {"seed": options.seed, "train": round(read(trainer, trainer.digits.train.take(10_000), ONCE), 6)}
        result |= {split: round(reached[split, "read nine times"], 6) for split in splits}
        result |= {"test_read_once": round(reached["test", "read once"], 6), "seconds": round(seconds, 1)}
        accuracy.save(options.results, "record", [result | {"threads": options.threads}])


if __name__ == "__main__":
    main()
