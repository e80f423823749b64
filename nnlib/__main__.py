"""The library from a terminal: list the recipes, train one, evaluate a saved network, read pictures with it.

python -m nnlib list
python -m nnlib train minibatch-784-128-10 --epochs 5 --save network.npz
python -m nnlib evaluate network.npz
python -m nnlib read photo.jpg --network network.npz
"""

import os

# Before NumPy is loaded: at these sizes a second BLAS thread slows every product down.
for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import argparse  # noqa: E402
import json  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from dataclasses import replace  # noqa: E402
from pathlib import Path  # noqa: E402
from time import perf_counter  # noqa: E402
from typing import Any, NoReturn  # noqa: E402

import numpy as np  # noqa: E402

from nnlib.checkpoints import DivergedError  # noqa: E402
from nnlib.datasets import DATA_FOLDER, DatasetError, Digits, load_mnist  # noqa: E402
from nnlib.reading import Reading, read  # noqa: E402
from nnlib.recipes import RECIPES, SYSTEMS, RecipeError  # noqa: E402
from nnlib.segmentation import Box  # noqa: E402
from nnlib.storage import SavedNetwork, StorageError, load, save  # noqa: E402
from nnlib.trainer import Trainer  # noqa: E402
from nnlib.workers import MOST_THREADS  # noqa: E402

BAR_WIDTH = 30
REFERENCE = DATA_FOLDER / "reference-cnn.npz"


class _Parser(argparse.ArgumentParser):
    """Prints errors in one line, without the usage text."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 if training diverged or a picture could not be read, 2 for bad
    arguments or files, 130 if interrupted."""
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (RecipeError, StorageError, DatasetError, OSError) as error:
        print(f"python -m nnlib: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("python -m nnlib: stopped", file=sys.stderr)
        return 130  # the shell's status of an interrupted command
    except DivergedError as error:
        print(f"python -m nnlib: {error}; try a smaller --learning-rate", file=sys.stderr)
        return 1


def _parser() -> _Parser:
    parser = _Parser(prog="python -m nnlib", description="Train networks that read handwritten digits, in pure NumPy.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    listing = commands.add_parser("list", help="list the recipes, one per line")
    listing.set_defaults(command=_list)

    train = commands.add_parser("train", help="train a recipe and print its accuracy")
    train.set_defaults(command=_train)
    train.add_argument("recipe", choices=RECIPES, metavar="RECIPE", help="a name from `list`")
    train.add_argument("--epochs", type=_count, metavar="N", help="number of epochs, instead of the recipe's")
    train.add_argument("--seed", type=int, metavar="S", help="random seed of initial weights and batches")
    train.add_argument("--learning-rate", type=float, metavar="X")
    train.add_argument(
        "--hidden", type=_count, nargs="+", metavar="UNITS", help="units of each hidden layer, e.g. 128 64"
    )
    train.add_argument(
        "--threads", type=_threads, default=1, metavar="N", help="threads for large mini-batches; changes rounding"
    )
    train.add_argument("--save", metavar="FILE", help="write the trained network to FILE (.npz)")
    train.add_argument("--half", action="store_true", help="round the weights to half precision: half the file size")
    train.add_argument("--json", action="store_true", help="print one JSON object")

    evaluation = commands.add_parser("evaluate", help="print the accuracy of a saved network")
    evaluation.set_defaults(command=_evaluate)
    evaluation.add_argument("file", metavar="FILE")
    evaluation.add_argument("--json", action="store_true", help="print one JSON object")

    reading = commands.add_parser("read", help="read the handwritten digits in pictures")
    reading.set_defaults(command=_read)
    reading.add_argument("files", nargs="+", metavar="FILE", help="a drawing, a scan or a photograph")
    reading.add_argument(
        "--network", default=REFERENCE, metavar="NET", help="a saved network (.npz), instead of the reference network"
    )
    reading.add_argument("--json", action="store_true", help="print one JSON array, with an object for each file")
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def _threads(text: str) -> int:
    if _count(text) > MOST_THREADS:
        raise argparse.ArgumentTypeError(f"expected from 1 to {MOST_THREADS}, got {text}")
    return int(text)


def _list(options: argparse.Namespace) -> int:
    width = max(map(len, SYSTEMS))
    for name, system in SYSTEMS.items():
        published = f" Published: {system.published:g}." if system.published else ""
        print(f"{name:{width}}  {system.summary}{published}")
    return 0


def _train(options: argparse.Namespace) -> int:
    changes = {field: getattr(options, field) for field in ("epochs", "seed", "learning_rate", "hidden")}
    given = {field: value for field, value in changes.items() if value is not None}
    recipe = replace(RECIPES[options.recipe], **given)
    if options.save:  # better to fail now than after the training
        target = Path(options.save).absolute()
        if target.is_dir() or not target.parent.is_dir():
            raise StorageError(f"{options.save}: expected a file in an existing folder")
    trainer = recipe.trainer(load_mnist(), threads=options.threads)
    start = perf_counter()
    try:
        while trainer.epochs < recipe.epochs or trainer.evaluating:
            for _ in trainer.run(seconds=0.2, to_epoch=recipe.epochs):
                pass
            _draw_progress(trainer, recipe.epochs)
    finally:
        print(file=sys.stderr)  # below the progress bar
    seconds = perf_counter() - start
    precision = np.float16 if options.half else np.float32
    trainer.network.parameters[...] = trainer.network.parameters.astype(precision)  # as saved
    if options.save:
        save(options.save, trainer, precision)
    result = {"recipe": recipe.name, "seed": recipe.seed, "epochs": trainer.epochs, "seconds": round(seconds, 3)}
    _report(result | _accuracies(trainer, trainer.digits), options.json)
    return 0


def _draw_progress(trainer: Trainer, epochs: int) -> None:
    done = trainer.position / epochs
    bar = "█" * round(BAR_WIDTH * done)
    evaluations = trainer.history.evaluations
    print(
        f"\r{bar:░<{BAR_WIDTH}} epoch {trainer.position:.1f} of {epochs}"
        f"  loss {trainer.history.batches.last('loss'):.4f}"
        f"  validation accuracy {evaluations.last('validation_accuracy'):.4f}",
        end="",
        file=sys.stderr,
        flush=True,
    )


def _evaluate(options: argparse.Namespace) -> int:
    saved = load(options.file)
    digits = saved.recipe.prepare(load_mnist())
    if (digits.n_inputs, digits.n_classes) != (saved.network.input_shape[0], saved.n_classes):
        raise StorageError(
            f"{options.file}: expected data of {saved.network.input_shape[0]} pixels and {saved.n_classes} classes, "
            f"got {digits.n_inputs} and {digits.n_classes}"
        )
    _report({"recipe": saved.recipe.name} | _accuracies(saved, digits), options.json)
    return 0


def _read(options: argparse.Namespace) -> int:
    try:
        from nnlib.picture_files import PictureError, read_picture  # the rest of the library does without Pillow
    except ImportError as error:
        raise OSError(f"reading pictures needs the package Pillow ({error})") from error
    saved, digits = load(options.network), load_mnist()
    results: list[dict[str, Any]] = []
    for file in options.files:
        try:
            picture = read_picture(file)
        except PictureError as error:
            results.append({"file": file, "error": str(error)})
            continue
        readings = read(saved, digits, picture.pixels)
        results.append({"file": file, "digits": [_digit(reading, picture.in_original) for reading in readings]})
    if options.json:
        print(json.dumps(results))
    else:
        for result in results:
            line = f"{result['file']}: {result.get('error') or _in_words(result['digits'])}"
            print("".join(c if c.isprintable() else ascii(c)[1:-1] for c in line))  # a file's name may hold anything
    return int(any("error" in result for result in results))


def _digit(reading: Reading, in_original: Callable[[Box], Box]) -> dict[str, Any]:
    name = reading.name
    return {
        "digit": int(name) if name.isascii() and name.isdigit() else name,
        "confidence": reading.confidence,
        "box": list(in_original(reading.box)),
    }


def _in_words(digits: list[dict[str, Any]]) -> str:
    """The digits and, in brackets, their confidences."""
    if not digits:
        return "no digits found"
    confidences = [f"{d['confidence']:.3f}" for d in digits if d["confidence"] is not None]
    words = " ".join(str(d["digit"]) for d in digits)
    return f"{words}  (confidence {' '.join(confidences)})" if confidences else words


def _accuracies(trained: Trainer | SavedNetwork, digits: Digits) -> dict[str, float]:
    """The accuracy of a trainer or saved network on each split, and its number of parameters."""
    splits = {"train": digits.train, "validation": digits.validation, "test": digits.test}
    accuracies = {f"{name}_accuracy": trained.accuracy(split) for name, split in splits.items()}
    return accuracies | {"parameters": trained.network.parameters.size}


def _report(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        print(f"{name.replace('_', ' '):20} {value:.4f}" if name.endswith("accuracy") else f"{name:20} {value}")


if __name__ == "__main__":
    sys.exit(main())
