"""The command line: output, exit status and errors."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import nnlib.__main__ as command_line
from nnlib.__main__ import main
from nnlib.recipes import RECIPES
from nnlib.storage import load
from nnlib.trainer import Trainer

ROOT = Path(__file__).resolve().parents[2]
KEYS = [
    "recipe", "seed", "epochs", "seconds", "train_accuracy", "validation_accuracy", "test_accuracy", "parameters",
]  # fmt: skip
ACCURACIES = KEYS[4:7]
QUICK = "binary-400-25-15-1"


def terminal(*arguments, folder=ROOT):
    """`python -m nnlib ...` in a process of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "NNLIB_DATA"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}
    return subprocess.run(
        [sys.executable, "-m", "nnlib", *map(str, arguments)],
        capture_output=True, text=True, encoding="utf-8", cwd=folder, env=environment, timeout=60,
    )  # fmt: skip


@pytest.fixture
def run(monkeypatch, capsys, digits):
    """The same in this process, which is quicker: exit status, standard output, standard error."""
    monkeypatch.setattr(command_line, "load_mnist", lambda: digits)

    def run(*arguments):
        try:
            status = main(list(map(str, arguments)))
        except SystemExit as exit:
            status = exit.code
        return status, *capsys.readouterr()

    return run


class TestInATerminal:
    def test_train_and_evaluate(self, tmp_path):
        """One JSON object on stdout, progress on stderr only, and the saved network has the reported accuracy."""
        trained = terminal("train", QUICK, "--epochs", 1, "--seed", 3, "--json", "--save", "n.npz", folder=tmp_path)
        assert trained.returncode == 0, trained.stderr
        assert trained.stdout.count("\n") == 1
        result = json.loads(trained.stdout)
        assert list(result) == KEYS
        assert (result["recipe"], result["seed"], result["epochs"]) == (QUICK, 3, 1)
        assert result["parameters"] == 400 * 25 + 25 + 25 * 15 + 15 + 15 * 1 + 1
        assert 0 < result["seconds"] < 30 and all(0 <= result[name] <= 1 for name in ACCURACIES)
        assert "█" in trained.stderr and "epoch 1.0 of 1" in trained.stderr and "Traceback" not in trained.stderr

        evaluated = terminal("evaluate", "n.npz", "--json", folder=tmp_path)
        assert evaluated.returncode == 0 and evaluated.stderr == ""
        again = json.loads(evaluated.stdout)
        assert {name: again[name] for name in ACCURACIES} == {name: result[name] for name in ACCURACIES}

    def test_bad_arguments(self):
        refused = terminal("train", "no-such-recipe")
        assert refused.returncode == 2 and refused.stdout == ""
        assert refused.stderr.count("\n") == 1 and "no-such-recipe" in refused.stderr
        assert "Traceback" not in refused.stderr


def test_list(run):
    status, out, err = run("list")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(RECIPES)
    assert "Published: 0.888." in out


def test_train_in_words(run):
    status, out, err = run("train", QUICK, "--epochs", 1)
    assert status == 0 and "█" in err
    lines = dict(line.rsplit(maxsplit=1) for line in out.splitlines())
    assert list(lines) == [name.replace("_", " ") for name in KEYS]
    assert lines["recipe"] == QUICK and lines["parameters"] == "10431"
    assert all(0 <= float(lines[name.replace("_", " ")]) <= 1 for name in ACCURACIES)


def test_settings(run, tmp_path):
    file = tmp_path / "network.npz"
    status, out, _ = run(
        "train", QUICK, "--hidden", 6, 5, 4, "--learning-rate", 0.02, "--seed", 9, "--epochs", 2,
        "--save", file, "--json",
    )  # fmt: skip
    assert status == 0 and json.loads(out)["parameters"] == 400 * 6 + 6 + 6 * 5 + 5 + 5 * 4 + 4 + 4 + 1
    recipe = load(file).recipe
    assert (recipe.hidden, recipe.learning_rate, recipe.seed, recipe.epochs) == ((6, 5, 4), 0.02, 9, 2)


def test_half_precision_is_evaluated_as_it_is_saved(run, tmp_path):
    whole, half = tmp_path / "whole.npz", tmp_path / "half.npz"
    run("train", QUICK, "--epochs", 1, "--save", whole)
    _, out, _ = run("train", QUICK, "--epochs", 1, "--save", half, "--half", "--json")
    assert half.stat().st_size < 0.6 * whole.stat().st_size
    again = json.loads(run("evaluate", half, "--json")[1])
    assert {name: again[name] for name in ACCURACIES} == {name: json.loads(out)[name] for name in ACCURACIES}


def test_a_recipe_with_averages_and_test_time_augmentation_is_evaluated_as_it_says(run, tmp_path, monkeypatch, digits):
    recipe = replace(RECIPES[QUICK], epochs=1, weight_average=0.99, test_time_augmentation=True)
    monkeypatch.setitem(RECIPES, QUICK, recipe)
    trainer = recipe.trainer(digits)
    trainer.epoch()
    file = tmp_path / "network.npz"
    trained, evaluated = run("train", QUICK, "--save", file, "--json")[1], run("evaluate", file, "--json")[1]
    for result in map(json.loads, (trained, evaluated)):
        assert result["test_accuracy"] == trainer.accuracy(trainer.digits.test)
        assert result["validation_accuracy"] == trainer.accuracy(trainer.digits.validation)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "COMMAND"),
        (["fly"], "fly"),
        (["train"], "RECIPE"),
        (["train", "no-such-recipe"], "first-steps"),
        (["train", QUICK, "--epochs", "0"], "whole number from 1, got '0'"),
        (["train", QUICK, "--epochs", "²"], "whole number from 1, got '²'"),
        (["train", QUICK, "--epochs"], "--epochs"),
        (["train", QUICK, "--seed", "x"], "--seed"),
        (["train", QUICK, "--learning-rate", "fast"], "--learning-rate"),
        (["train", QUICK, "--learning-rate", "-0.1"], "learning rate: expected a positive number, got -0.1"),
        (["train", QUICK, "--hidden"], "--hidden"),
        (["train", QUICK, "--hidden", "10,10"], "10,10"),
        (["train", QUICK, "--hidden", "5000"], "hidden: expected units from 1 to 4096, got 5000"),
        (["train", QUICK, "--threads", "65"], "--threads: expected from 1 to 64, got 65"),
        (["train", QUICK, "--colour", "blue"], "--colour"),
        (["train", QUICK, "--save", "/no/such/folder/network.npz"], "/no/such/folder/network.npz"),
        (["train", QUICK, "--save", "."], "expected a file in an existing folder"),
        (["read"], "FILE"),
        (["read", "x.png", "--network", "/no/such/file.npz"], "/no/such/file.npz"),
        (["evaluate"], "FILE"),
        (["evaluate", "/no/such/file.npz"], "/no/such/file.npz"),
        (["evaluate", __file__], "expected a network saved by this library"),
        (["evaluate", "."], "expected a network saved by this library"),
    ],
    ids=lambda value: " ".join(value).replace(__file__, "text") if isinstance(value, list) else "",
)
def test_bad_arguments_are_refused_in_one_line(run, arguments, named):
    status, out, err = run(*arguments)
    assert status == 2 and out == ""
    assert err.count("\n") == 1 and err.endswith("\n") and err.startswith("python -m nnlib") and named in err


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"]], ids=str)
def test_help(run, arguments):
    status, out, err = run(*arguments)
    assert status == 0 and err == "" and "train" in out and len(out.splitlines()) > 5


def test_a_training_that_explodes_says_so_on_a_line_of_its_own(run, tmp_path, monkeypatch):
    file, in_slices = tmp_path / "network.npz", Trainer.run
    # a bar for each batch
    monkeypatch.setattr(Trainer, "run", lambda self, seconds, **rest: in_slices(self, 0, **rest))
    status, out, err = run("train", "first-steps", "--epochs", 1, "--learning-rate", 1e10, "--save", file)
    assert status == 1 and out == "" and not file.exists()
    bar, last, end = err.split("\n")
    assert "█" in bar or "░" in bar
    assert end == "" and "diverged" in last and "--learning-rate" in last


def test_an_interrupted_training_says_so_in_one_line(run, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "run", interrupted)
    status, out, error = run("train", QUICK)
    assert (status, out) == (130, "") and error.strip() == "python -m nnlib: stopped"


def test_threads_change_nothing_for_small_batches(run):
    alone, together = (run("train", QUICK, "--epochs", 2, "--threads", n, "--json")[1] for n in (1, 2))
    alone, together = json.loads(alone), json.loads(together)
    assert {**alone, "seconds": 0} == {**together, "seconds": 0}


def test_other_data_than_the_network_was_trained_on(run, monkeypatch, tmp_path, digits):
    saved = tmp_path / "digits.npz"
    assert run("train", "first-steps", "--hidden", 1, "--epochs", 1, "--save", saved)[0] == 0
    monkeypatch.setattr(command_line, "load_mnist", lambda: digits.centre_crop(24))
    status, _, err = run("evaluate", saved)
    assert status == 2 and "expected data of 784 pixels and 10 classes, got 576 and 10" in err and err.count("\n") == 1


@pytest.fixture
def pictures(tmp_path, digits):
    """The files of two drawings, one of them turned by its EXIF data, of an empty page, and of a text."""
    turned = Image.Exif()
    turned[0x0112] = 6
    seven, two = (Image.fromarray(255 - digits.test.images[i].reshape(28, 28)).resize((140, 140)) for i in (0, 1))
    names = ["seven.png", "two.jpg", "empty.png", "text.png"]
    seven.save(tmp_path / names[0])
    two.transpose(Image.Transpose.ROTATE_90).save(tmp_path / names[1], exif=turned)
    Image.new("L", (50, 40), 255).save(tmp_path / names[2])
    (tmp_path / names[3]).write_text("no picture")
    return [str(tmp_path / name) for name in names]


def test_read(run, pictures):
    """An object for each file in the order given; one that cannot be read does not keep the others from it."""
    status, out, err = run("read", *reversed(pictures), "--json")
    assert (status, err) == (1, "") and out.count("\n") == 1
    text, empty, two, seven = json.loads(out)
    assert [result["file"] for result in (text, empty, two, seven)] == pictures[::-1]
    assert "digits" not in text and "expected a picture" in text["error"]
    assert empty["digits"] == []
    for result, digit in ((two, 2), (seven, 7)):
        (found,) = result["digits"]
        left, top, right, bottom = found["box"]
        assert list(found) == ["digit", "confidence", "box"]
        assert found["digit"] == digit and 0.9 < found["confidence"] <= 1
        assert 0 < left < right < 140 and 0 < top < bottom < 140 and bottom - top > 80


def test_read_in_words(run, pictures):
    status, out, err = run("read", *pictures[:3])
    seven, two, empty = out.splitlines()
    assert (status, err) == (0, "")
    assert seven.startswith(f"{pictures[0]}: 7 ") and two.startswith(f"{pictures[1]}: 2 ")
    assert empty.startswith(f"{pictures[2]}: ") and not any(map(str.isdigit, empty.rpartition(": ")[2]))
    status, out, _ = run("read", pictures[3])
    assert status == 1 and out.startswith(f"{pictures[3]}: expected")


def test_names_of_files_are_printed_safely(run):
    for arguments in ([], ["--json"]):
        status, out, _ = run("read", "\x1b[31m\udcff.png", *arguments)
        assert status == 1 and out.isascii() and "\x1b" not in out


def test_read_with_another_network(run, pictures, tmp_path):
    """It knows two classes only, and sees the 20 x 20 pixels in the middle."""
    file = tmp_path / "network.npz"
    assert run("train", QUICK, "--epochs", 1, "--save", file)[0] == 0
    status, out, _ = run("read", *pictures[:2], "--network", file, "--json")
    assert status == 0 and all(result["digits"][0]["digit"] in (0, 1) for result in json.loads(out))
    assert run("read", pictures[0], "--network", pictures[0])[0] == 2


def test_no_command_but_read_needs_pillow():
    assert "PIL" not in terminal_modules("import nnlib.__main__")


def terminal_modules(code):
    """The modules that a new process has imported after this code."""
    command = [sys.executable, "-c", f"import sys; {code}; print(*sys.modules)"]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60).stdout.split()
