"""The command line: output, exit status and errors."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nnlib.__main__ as command_line
from nnlib.__main__ import main
from nnlib.datasets import DATA_FOLDER
from nnlib.recipes import RECIPES
from nnlib.storage import load, resume, save
from nnlib.trainer import Trainer

ROOT = Path(__file__).resolve().parents[2]
KEYS = [
    "recipe", "seed", "epochs", "seconds", "train_accuracy", "validation_accuracy", "test_accuracy", "parameters",
]  # fmt: skip
ACCURACIES = KEYS[4:7]
QUICK = "binary-400-25-15-1"
REFERENCE = str(DATA_FOLDER / "reference-cnn.npz")
NEW = os.path.join(tempfile.gettempdir(), "new.npz")


def start(*arguments, folder=ROOT, variables=None, **options):
    """`python -m nnlib ...` in a process of its own, with these environment variables."""
    environment = {name: value for name, value in os.environ.items() if name != "NNLIB_DATA"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"} | (variables or {})
    command = [sys.executable, "-m", "nnlib", *map(str, arguments)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.Popen(command, text=True, encoding="utf-8", cwd=folder, env=environment, **pipes)


def terminal(*arguments, **options):
    """The same, run to its end."""
    process = start(*arguments, **options)
    out, err = process.communicate(timeout=60)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


@pytest.fixture
def run(monkeypatch, capsys, digits):
    """The same in this process, which is quicker: exit status, standard output, standard error."""
    monkeypatch.setattr(command_line, "load_mnist", lambda **_: digits)

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
        assert trained.stderr.count("\n") == 1 and "epoch 1 of 1" in trained.stderr

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
    assert status == 0 and "epoch 1 of 1" in err
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


def test_any_setting(run, tmp_path):
    file = tmp_path / "network.npz"
    settings = ["hidden=[]", "data=zeros-and-ones", "dropout=0.3", "dropout_after_pooling=true", "training_size=200"]
    status, *_ = run(
        "train", QUICK, "--epochs", 1, "--convolutions", 2, "pool", 3, 2, "--batch-norm", "--set", *settings,
        "--save", file,
    )  # fmt: skip
    recipe = load(file).recipe
    assert status == 0 and recipe.batch_norm and recipe.convolutions == (2, "pool", 3, 2)
    assert (recipe.hidden, recipe.dropout, recipe.dropout_after_pooling) == ((), 0.3, True)
    for wrong in ("depth=3", "dropout=much", "dropout"):
        status, _, err = run("train", QUICK, "--set", wrong)
        assert status == 2 and wrong.split("=")[0] in err


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
        (["train", QUICK, "--save", ""], "'': expected a file in an existing folder"),
        (["train", QUICK, "--save", os.devnull], "expected a file in an existing folder"),
        (["train", QUICK, "--checkpoint", "2"], "--checkpoint: expected --save FILE"),
        (["train", "--resume", "/no/such/file.npz"], "/no/such/file.npz"),
        (["train", QUICK, "--resume", REFERENCE], "--resume: expected no recipe or setting"),
        (["train", "--resume", REFERENCE, "--epochs", "2"], "got --epochs"),
        (["train", "--resume", REFERENCE, "--save", NEW], "expected a training to go on with"),
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


def test_a_training_that_explodes_says_so(run, tmp_path):
    file = tmp_path / "network.npz"
    status, out, err = run("train", "first-steps", "--epochs", 1, "--learning-rate", 1e10, "--save", file)
    assert status == 1 and out == "" and not file.exists()
    assert err.count("\n") == 1 and "diverged" in err and "--learning-rate" in err


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
    monkeypatch.setattr(command_line, "load_mnist", lambda **_: digits.centre_crop(24))
    status, _, err = run("evaluate", saved)
    assert status == 2
    assert "expected data of 28 x 28 pixels and 10 classes, got 24 x 24 and 10" in err


def on_screen(output, width):
    """The lines that a terminal of this width shows after an output, as a user sees them."""
    lines, column = [""], 0
    for character in output.replace("\r\n", "\n"):
        if character == "\n":
            lines, column = [*lines, ""], 0
        elif character == "\r":
            column = 0
        else:
            if column == width:
                lines, column = [*lines, ""], 0
            lines[-1] = lines[-1][:column] + character + lines[-1][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines if line.rstrip()]


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
class TestProgressOnATerminal:
    @pytest.fixture
    def train(self, run, monkeypatch):
        """Exit status, standard output, and what a terminal of this width got on standard error."""
        import fcntl
        import struct
        import termios

        def train(width, *arguments, encoding="utf-8", **variables):
            for name, value in variables.items():
                monkeypatch.setenv(name, value)
            ours, theirs = os.openpty()
            fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
            with ThreadPoolExecutor(1) as aside, monkeypatch.context() as patch:
                output = aside.submit(read_to_the_end, ours)
                with os.fdopen(theirs, "w", encoding=encoding) as terminal:
                    patch.setattr(sys, "stderr", terminal)
                    status, out, _ = run("train", QUICK, *arguments)
                return status, out, output.result().decode()

        return train

    @pytest.mark.parametrize("width", [20, 40, 80])
    def test_a_bar_takes_one_line_at_any_width(self, train, monkeypatch, width):
        plain = Trainer.run
        monkeypatch.setattr(Trainer, "run", lambda self, seconds, to_epoch: plain(self, 0.0, to_epoch))
        status, out, output = train(width, "--epochs", 10, "--json", TERM="xterm")
        assert status == 0 and json.loads(out)["epochs"] == 10
        assert output.count("\r") > 100  # it was redrawn
        (line,) = on_screen(output, width)
        assert "epoch 10.0 of 10"[:width] in line and len(line) <= width
        assert "█" in line or width < 80

    def test_the_words_after_it_have_lines_of_their_own(self, train):
        status, _, output = train(80, "--learning-rate", 1e38, TERM="xterm")
        lines = on_screen(output, 80)
        assert status == 1 and "epoch 0" in lines[0] and "diverged" not in lines[0] and "diverged" in lines[1]

    @pytest.mark.parametrize(
        ("variables", "ascii_only"),
        [({"TERM": "dumb"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"encoding": "ascii"}, True)],
        ids=["dumb", "NO_COLOR", "ascii"],
    )
    def test_terminals_that_can_do_less(self, train, variables, ascii_only):
        status, _, output = train(60, "--epochs", 1, **{"TERM": "xterm"} | variables)
        assert status == 0 and len(on_screen(output, 60)) == 1 and "\x1b" not in output
        assert output.isascii() == ascii_only


def read_to_the_end(terminal):
    output = b""
    try:
        while piece := os.read(terminal, 1 << 16):
            output += piece
    except OSError:  # Linux: the other end is closed
        pass
    os.close(terminal)
    return output


@pytest.mark.skipif(os.name == "nt", reason="needs POSIX")
class TestOutputThatNobodyReads:
    @pytest.mark.parametrize("stream", ["stdout", "stderr"])
    def test_closed(self, run, monkeypatch, tmp_path, stream):
        """Python's streams are None then."""
        file = tmp_path / "network.npz"
        with monkeypatch.context() as patch:
            patch.setattr(sys, stream, None)
            status, out, err = run("train", QUICK, "--epochs", 1, "--save", file, "--json")
        assert status == 0 and load(file).recipe.name == QUICK
        assert (out, err.count("\n")) == ("", 1) if stream == "stdout" else (out.count("\n"), err) == (1, "")

    def test_closed_from_the_beginning(self, tmp_path):
        """The file that is written to may get the number of a stream."""
        file, closed = tmp_path / "network.npz", {"stdout": None, "stderr": None}
        ended = terminal(
            "train", QUICK, "--epochs", 1, "--save", file, preexec_fn=lambda: (os.close(1), os.close(2)), **closed
        )
        assert ended.returncode == 0 and load(file).recipe.name == QUICK

    def test_a_reader_that_goes_away(self, tmp_path):
        """As `2>&1 | head` does: the training goes on, and its network is saved."""
        file = tmp_path / "network.npz"
        reading, writing = os.pipe()
        os.close(reading)
        process = start("train", QUICK, "--epochs", 2, "--save", file, stdout=writing, stderr=writing)
        os.close(writing)
        process.communicate(timeout=60)
        assert process.returncode == 141 and load(file).recipe.epochs == 2


@contextmanager
def limited(kind, size):
    """As little of a resource for this process."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(getattr(resource, kind))
    resource.setrlimit(getattr(resource, kind), (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(getattr(resource, kind), before)


class TestScarcity:
    def test_a_disk_that_fills_up_takes_neither_the_old_file_nor_the_result(self, run, tmp_path):
        file = tmp_path / "network.npz"
        assert run("train", QUICK, "--epochs", 1, "--save", file)[0] == 0
        before = file.read_bytes()
        with limited("RLIMIT_FSIZE", 20_000):
            status, out, err = run("train", QUICK, "--epochs", 2, "--save", file, "--json")
        assert status == 2 and json.loads(out)["test_accuracy"] > 0.5
        assert "network.npz" in err.splitlines()[-1]
        assert file.read_bytes() == before and os.listdir(tmp_path) == [file.name]

    @pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")
    def test_a_network_too_large_for_memory(self, run):
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        with limited("RLIMIT_AS", pages * os.sysconf("SC_PAGESIZE") + (100 << 20)):
            status, out, err = run("train", "first-steps", "--hidden", *[4096] * 8)
        assert (status, out) == (2, "") and err.count("\n") == 1 and "memory" in err


def test_on_a_terminal_without_tqdm_progress_is_told_in_lines(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    status, _, err = run("train", QUICK, "--epochs", 2)
    assert status == 0 and "epoch 2 of 2 " in err


class TestStopping:
    @pytest.fixture(autouse=True)
    def heeding_interrupts(self):
        """As in a terminal, even where the tests themselves run in the background of a script, which ignores SIGINT."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        yield
        signal.signal(signal.SIGINT, before)

    @pytest.fixture
    def interrupting(self, monkeypatch):
        """A signal comes after so many mini-batches."""

        def at(batches, number=signal.SIGINT):
            steps, plain = 0, Trainer.run

            def run(trainer, seconds, to_epoch):
                nonlocal steps
                for result in plain(trainer, 0.0, to_epoch):
                    steps += 1
                    if steps == batches:
                        signal.raise_signal(number)
                    yield result

            monkeypatch.setattr(Trainer, "run", run)

        return at

    @pytest.mark.parametrize(
        ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
    )
    def test_what_there_is_can_be_gone_on_with_exactly(self, run, interrupting, tmp_path, digits, number, status):
        whole, part = tmp_path / "whole.npz", tmp_path / "part.npz"
        result = json.loads(run("train", QUICK, "--epochs", 3, "--save", whole, "--json")[1])
        interrupting(40, number)  # of 25 an epoch
        handler = signal.getsignal(number)
        stopped, out, err = run("train", QUICK, "--epochs", 3, "--save", part)
        assert (stopped, out) == (status, "") and signal.getsignal(number) is handler
        assert "1.60 of 3" in err and f"--resume {part}" in err
        assert (resume(part, digits).batch, run("evaluate", part)[0]) == (15, 0)
        again = json.loads(run("train", "--resume", part, "--json")[1])
        assert again | {"seconds": 0} == result | {"seconds": 0}
        assert part.read_bytes() == whole.read_bytes()

    def test_a_checkpoint_survives_what_cannot_be_caught(self, run, interrupting, monkeypatch, tmp_path, digits):
        whole, part = tmp_path / "whole.npz", tmp_path / "part.npz"
        run("train", QUICK, "--epochs", 5, "--save", whole)

        def killed(number):
            raise SystemExit(9)

        monkeypatch.setattr(signal, "raise_signal", killed)
        interrupting(110)
        assert run("train", QUICK, "--epochs", 5, "--save", part, "--checkpoint", 2)[0] == 9
        assert resume(part, digits).epochs == 4
        assert run("train", "--resume", part)[0] == 0 and part.read_bytes() == whole.read_bytes()

    def test_a_checkpoint_that_cannot_be_written_does_not_end_the_training(self, run, monkeypatch, tmp_path):
        file, writing = tmp_path / "network.npz", os.replace
        failures = iter([OSError(28, "No space left on device")])

        def full_once(*names):
            for failure in failures:
                raise failure
            writing(*names)

        monkeypatch.setattr(os, "replace", full_once)
        status, _, err = run("train", QUICK, "--epochs", 20, "--save", file, "--checkpoint", 1)
        assert status == 0 and "No space left" in err and load(file).recipe.epochs == 20

    def test_before_the_first_step_a_good_file_stays(self, run, monkeypatch, tmp_path):
        file = tmp_path / "network.npz"
        run("train", QUICK, "--epochs", 1, "--save", file)
        before, plain = file.read_bytes(), command_line.load_mnist

        def interrupted(**_):
            signal.raise_signal(signal.SIGINT)
            return plain()

        monkeypatch.setattr(command_line, "load_mnist", interrupted)
        assert run("train", QUICK, "--save", file)[0] == 130 and file.read_bytes() == before

    def test_while_the_result_is_computed_the_network_is_saved(self, run, monkeypatch, tmp_path):
        file = tmp_path / "network.npz"
        monkeypatch.setattr(Trainer, "accuracy", lambda *_: signal.raise_signal(signal.SIGTERM))
        status, out, err = run("train", QUICK, "--epochs", 1, "--save", file)
        assert (status, out) == (143, "") and str(file) in err and load(file).recipe.epochs == 1

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
    def test_a_real_signal(self, tmp_path, digits):
        process = start("train", QUICK, "--epochs", 10**6, "--save", "n.npz", "--threads", 2, folder=tmp_path)
        process.stderr.readline()  # an epoch
        process.terminate()
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out) == (143, "") and "Traceback" not in err
        assert resume(tmp_path / "n.npz", digits).epochs >= 1


def test_text_from_a_file_does_not_reach_the_terminal_as_commands(run, tmp_path, digits):
    file = tmp_path / "network.npz"
    save(file, replace(RECIPES[QUICK], name="\x1b[2J\x07red\u202e\nname").trainer(digits))
    status, out, _ = run("evaluate", file)
    assert status == 0 and out.splitlines()[0].split()[1] == r"\x1b[2J\x07red\u202e\nname"
    assert json.loads(run("evaluate", file, "--json")[1])["recipe"].startswith("\x1b[2J\x07red")
    with np.load(file) as archive:
        arrays = {name: archive[name] for name in archive.files}
    about = json.loads(str(arrays["about"]))
    np.savez(file, **arrays | {"about": np.array(json.dumps(about | {"format": "\x1b]0;x\x07"}))})
    status, _, err = run("evaluate", file)
    assert status == 2 and err.count("\n") == 1 and "\x1b" not in err and "\x07" not in err


def test_a_network_that_does_not_fit_the_pictures(run, monkeypatch, digits):
    monkeypatch.setattr(command_line, "load_mnist", lambda **_: digits.centre_crop(8))
    status, out, err = run("train", "cnn-32-64-128")
    assert (status, out) == (2, "") and err.count("\n") == 1 and "8 x 8" in err


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
