"""The library from a terminal: list the recipes, train one, evaluate a saved network, read pictures with it, find the
mistake in somebody else's training step.

python -m nnlib list
python -m nnlib train minibatch-784-128-10 --epochs 5 --save network.npz
python -m nnlib evaluate network.npz
python -m nnlib read photo.jpg --network network.npz
python -m nnlib doctor step.npz
"""

import os

# Before NumPy is loaded: at these sizes a second BLAS thread slows every product down.
for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import argparse  # noqa: E402
import json  # noqa: E402
import shlex  # noqa: E402
import sys  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from time import perf_counter  # noqa: E402
from typing import Any, NoReturn  # noqa: E402

import numpy as np  # noqa: E402

from nnlib.archive import StorageError, expect_writable  # noqa: E402
from nnlib.checkpoints import DivergedError  # noqa: E402
from nnlib.datasets import DatasetError, Digits, load_mnist  # noqa: E402
from nnlib.doctor.diagnosis import diagnose  # noqa: E402
from nnlib.doctor.recorded_step import RecordingError, load_arrays  # noqa: E402
from nnlib.reading import Reading, read  # noqa: E402
from nnlib.recipes import POOL, RECIPES, SYSTEMS, Recipe, RecipeError  # noqa: E402
from nnlib.segmentation import Box  # noqa: E402
from nnlib.storage import REFERENCE, SavedNetwork, load, resume, save  # noqa: E402
from nnlib.terminal import (  # noqa: E402
    Progress,
    StopSignals,
    abandon_output,
    printable,
    say,
    settle_streams,
    status_of,
)
from nnlib.trainer import Trainer  # noqa: E402
from nnlib.workers import MOST_THREADS  # noqa: E402

STATUSES = """Ctrl-C and SIGTERM end the training after the present mini-batch and, with --save, write what --resume
needs to go on. Exit status: 1 if training diverged, 2 for bad arguments, 130 and 143 after those signals."""


SETTINGS = ("epochs", "seed", "learning_rate", "hidden", "convolutions", "batch_norm")  # of the recipe


class _Parser(argparse.ArgumentParser):
    """Prints errors in one line, without the usage text."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 1 if training diverged or a picture could not be read, 2 for bad
    arguments or files and too little memory, 130 if interrupted, 143 if terminated."""
    settle_streams()
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except BrokenPipeError:  # nobody reads the output any more
        return 128 + 13
    except FileNotFoundError as error:
        say(f"python -m nnlib: {error.filename}: expected a file, found none")
        return 2
    except (RecipeError, RecordingError, StorageError, DatasetError, OSError) as error:
        say(f"python -m nnlib: {error}")
        return 2
    except MemoryError as error:
        say(f"python -m nnlib: expected enough memory for this network, got too little. {error}")
        return 2
    except KeyboardInterrupt as interrupt:
        say("python -m nnlib: stopped")
        return status_of(interrupt)
    except DivergedError as error:
        say(f"python -m nnlib: {error}; try a smaller --learning-rate")
        return 1
    finally:
        abandon_output()


def _parser() -> _Parser:
    parser = _Parser(prog="python -m nnlib", description="Train networks that read handwritten digits, in pure NumPy.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)
    listing = commands.add_parser("list", help="list the recipes, one per line")
    listing.set_defaults(command=_list)

    train = commands.add_parser("train", help="train a recipe and print its accuracy", epilog=STATUSES)
    train.set_defaults(command=_train)
    train.add_argument("recipe", nargs="?", choices=RECIPES, metavar="RECIPE", help="a name from `list`")
    train.add_argument("--epochs", type=_count, metavar="N", help="number of epochs, instead of the recipe's")
    train.add_argument("--seed", type=int, metavar="S", help="random seed of initial weights and batches")
    train.add_argument("--learning-rate", type=float, metavar="X")
    train.add_argument(
        "--hidden", type=_count, nargs="+", metavar="UNITS", help="units of each hidden layer, e.g. 128 64"
    )
    train.add_argument(
        "--convolutions", type=_stage, nargs="+", metavar="FILTERS", help="of each convolution, e.g. 32 pool 64 64 pool"
    )
    train.add_argument(
        "--batch-norm", action=argparse.BooleanOptionalAction, help="normalise each mini-batch before every activation"
    )
    train.add_argument(
        "--set",
        type=_setting,
        nargs="+",
        default=[],
        metavar="NAME=VALUE",
        help="any settings, e.g. dropout=0.3 hidden=[]",
    )
    train.add_argument(
        "--threads",
        type=_threads,
        default=1,
        metavar="N",
        help="threads for large mini-batches; changes rounding (with --batch-norm also dropout)",
    )
    train.add_argument("--save", metavar="FILE", help="write the trained network to FILE (.npz)")
    train.add_argument(
        "--checkpoint", type=_count, metavar="EVERY", help="write it every EVERY epochs too, with what --resume needs"
    )
    train.add_argument(
        "--resume", metavar="FILE", help="go on exactly with an interrupted training, and save it there, or to --save"
    )
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

    doctor = commands.add_parser(
        "doctor",
        help="find the first wrong matrix in a training step of your own network",
        description="Judge the arrays of one training step, saved by np.savez under the names X, Y, W1, b1, Z1, A1, "
        "W2, ..., dZ2, dW2, db2, dZ1, ...: each from those before it. Nothing in the file is executed.",
    )
    doctor.set_defaults(command=_doctor)
    doctor.add_argument("file", metavar="FILE", help="an .npz file; arrays that are missing are not judged")
    doctor.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) >= 1):
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, got {text!r}")
    return int(text)


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"expected NAME=VALUE, got {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _stage(text: str) -> int | str:
    return text if text == POOL else _count(text)


def _threads(text: str) -> int:
    if _count(text) > MOST_THREADS:
        raise argparse.ArgumentTypeError(f"expected from 1 to {MOST_THREADS}, got {text}")
    return int(text)


def _list(options: argparse.Namespace) -> int:
    width = max(map(len, SYSTEMS))
    for name, system in SYSTEMS.items():
        published = f" Published: {system.published:g}." if system.published else ""
        print(f"{name:{width}}  {system.title}. {system.summary}{published}".replace("?.", "?"))
    return 0


def _train(options: argparse.Namespace) -> int:
    target = options.resume if options.save is None else options.save
    if target is not None:  # better to fail now than after the training
        expect_writable(target)
    elif options.checkpoint:
        raise StorageError("--checkpoint: expected --save FILE to write to")
    with StopSignals() as stop:
        trainer = _trainer(options)
        start = perf_counter()
        with Progress(trainer) as progress:
            _run(trainer, progress, stop, target, options.checkpoint)
        seconds = perf_counter() - start
        if stop.received:
            return _stopped(trainer, stop, target)
        stop.waiting = False
        precision = np.float16 if options.half else np.float32
        with np.errstate(over="ignore"):  # `save` refuses the result
            trainer.network.parameters[...] = trainer.network.parameters.astype(precision)  # as saved
        status, recipe = 0, trainer.recipe
        result = {"recipe": recipe.name, "seed": recipe.seed, "epochs": trainer.epochs, "seconds": round(seconds, 3)}
        try:  # first the result, which a full disk does not take away, but the network is saved in any case
            _report(result | _accuracies(trainer, trainer.digits), options.json)
        except KeyboardInterrupt as interrupt:
            status = status_of(interrupt)
        finally:
            if target is not None:
                save(target, trainer, precision)
        if status:
            say(f"python -m nnlib: stopped after the training{f'; saved in {target}' if target is not None else ''}")
        return status


def _trainer(options: argparse.Namespace) -> Trainer:
    """A new trainer, or the one to go on with."""
    changes = {field: getattr(options, field) for field in SETTINGS}
    given = {field: value for field, value in changes.items() if value is not None} | dict(options.set)
    if options.resume is None:
        if options.recipe is None:
            raise RecipeError("expected a RECIPE, or --resume FILE")
        recipe = Recipe.from_dict(RECIPES[options.recipe].to_dict() | given)
        return recipe.trainer(_data(), threads=options.threads)
    if options.recipe or given:
        others = [options.recipe] if options.recipe else [f"--{field.replace('_', '-')}" for field in given]
        raise RecipeError(f"--resume: expected no recipe or setting, as the file has its own, got {others[0]}")
    return resume(options.resume, _data(), options.threads)


def _run(trainer: Trainer, progress: Progress, stop: StopSignals, target: str | None, every: int | None) -> None:
    """Train to the last epoch or a signal; every so many epochs, write what is needed to go on."""
    epochs, saved = trainer.planned_epochs, trainer.epochs
    while (trainer.epochs < epochs or trainer.evaluating) and not stop.received:
        for _ in trainer.run(seconds=0.2, to_epoch=epochs):
            if stop.received or (every and trainer.epochs >= saved + every):
                break
        progress.show()
        if every and target is not None and saved + every <= trainer.epochs < epochs:
            saved = trainer.epochs
            try:
                save(target, trainer, resumable=True)
            except StorageError as error:  # no reason to lose the training too
                say(f"python -m nnlib: {error}")


def _stopped(trainer: Trainer, stop: StopSignals, target: str | None) -> int:
    """Save what there is."""
    text = f"stopped after {trainer.position:.2f} of {trainer.planned_epochs} epochs"
    if target is not None and trainer.steps:
        save(target, trainer, resumable=True)
        text += f"; saved in {target}, to go on: python -m nnlib train --resume {shlex.quote(target)}"
    say(f"python -m nnlib: {text}")
    return 128 + stop.received


def _evaluate(options: argparse.Namespace) -> int:
    saved = load(options.file)
    digits = saved.expect_fit(_data())
    _say_where_trained(options.file, saved, digits)
    _report({"recipe": saved.recipe.name} | _accuracies(saved, digits), options.json)
    return 0


def _read(options: argparse.Namespace) -> int:
    try:
        from nnlib.picture_files import PictureError, read_picture  # the rest of the library does without Pillow
    except ImportError as error:
        raise OSError(f"reading pictures needs the package Pillow ({error})") from error
    saved, digits = load(options.network), _data()
    _say_where_trained(options.network, saved, digits)
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
            print(printable(line))
    return int(any("error" in result for result in results))


def _doctor(options: argparse.Namespace) -> int:
    found = diagnose(load_arrays(options.file))
    verdict = f"{found.verdict} Right: {found.line}" if found.line else found.verdict
    if options.json:
        print(json.dumps({"first_wrong": found.first_wrong, "verdict": verdict, "matches": found.matches}))
    else:
        print(printable(verdict))
    return 0


def _data() -> Digits:
    """The data set that NNLIB_DATA names, else MNIST."""
    try:
        from nnlib.picture_files import read_grey
    except ImportError:  # then only pictures are refused
        return load_mnist()
    return load_mnist(decode=read_grey)


def _say_where_trained(file: str, saved: SavedNetwork, digits: Digits) -> None:
    if elsewhere := saved.trained_elsewhere(digits):
        say(f"python -m nnlib: note: {file} was trained on {elsewhere}")


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
    return accuracies | {"parameters": trained.network.trainable.size}


def _report(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(result), flush=True)
        return
    for name, value in result.items():
        text = f"{value:.4f}" if name.endswith("accuracy") else printable(str(value))
        print(f"{name.replace('_', ' '):20} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
