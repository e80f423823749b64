"""The speed of nnlib's gradient step compared with PyTorch, JAX, scikit-learn and Keras, if installed.

    python -m benchmarks.speed [--networks NAME ...] [--rounds N] [--json] [--growth]

Every contestant trains in its own process. They take turns, a slice of time each, round after round, so that other load
on the machine affects all equally; ratios are computed within a round, and the table shows the median over the rounds
and the interquartile range. Libraries with a choice of threads, nnlib included, are timed with one and with two, and
the better one counts. `--growth` times nnlib alone instead, against the number of hidden units, the batch size and the
number of examples. Progress goes to stderr, the Markdown to stdout.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep

from benchmarks.networks import ALL, CASES, EPOCH_TARGETS, GROWTH

ROOT = Path(__file__).resolve().parent.parent
SLICE = 0.3  # seconds
REST = 0.02  # seconds after a slice, for its threads to stop spinning
THREADS = {"nnlib": (1, 2), "PyTorch": (1, 2), "JAX": (1, 2), "scikit-learn": (1, 2), "Keras": (2,)}
LONG_CASE = "784-128-64-10 Adam b32"  # its averages would decay to subnormals, which are slow
PEERS = ("PyTorch", "JAX", "scikit-learn", "Keras")
OTHER_KERNELS = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # variables that make NumPy run those of another processor


class Child:
    """A contestant in its process: `answer` waits for a reply, the first without a request; `ask` sends a request."""

    def __init__(self, library, threads, case):
        self.library, self.threads = library, threads
        self.complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115 - open as long as the process runs
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.contestants", library, str(threads), case],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.complaints,
            text=True,
        )

    def ask(self, **request):
        print(json.dumps(request), file=self.process.stdin, flush=True)
        return self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.complaints.seek(0)
            raise RuntimeError(f"{self.library} with {self.threads} threads stopped:\n{self.complaints.read()}")
        return json.loads(line)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def measure(name, rounds):
    """All results of one network: `times`, seconds per step by (library, threads) and round; `absent`, the reason by
    library; and nnlib's epochs, share of matrix products, work and peak."""
    children = [Child(library, threads, name) for library, choices in THREADS.items() for threads in choices]
    times, absent, losses = {}, {}, {}
    running = []
    for child in children:
        hello = child.answer()
        if "absent" in hello:
            absent[child.library] = hello["absent"]
            child.stop()
        else:
            losses[child.library, child.threads] = hello["first_loss"]
            running.append(child)
    ours = losses["nnlib", 1]
    for (library, _), loss in losses.items():
        if abs(loss - ours) > 1e-3 * ours:
            raise RuntimeError(f"{name}: {library} does not compute the same: first loss {loss}, nnlib's is {ours}")
    for child in running:
        child.ask(warm_up=CASES[name].warm_up)
    for round_number in range(rounds):
        say(f"{name}: round {round_number + 1} of {rounds}")
        for child in running:
            taken = child.ask(train=SLICE)["seconds_per_step"]
            times.setdefault((child.library, child.threads), []).append(taken)
            sleep(REST)
    result = {"times": times, "absent": absent, "epochs": []}
    if name in EPOCH_TARGETS:
        fastest = min(THREADS["nnlib"], key=lambda threads: median(times["nnlib", threads]))
        child = next(each for each in running if (each.library, each.threads) == ("nnlib", fastest))
        for _ in range(3 if EPOCH_TARGETS[name] < 1 else 1):
            say(f"{name}: an epoch")
            result["epochs"].append(child.ask(epoch=True)["epoch"])
    result |= running[0].ask(products=1.0) | running[0].ask(peak=True)
    for child in running:
        child.stop()
    return result


def compare(result):
    """{library: (threads, median seconds, median ratio, lower and upper quartile)} for the better number of threads."""
    ours = min((result["times"]["nnlib", threads] for threads in THREADS["nnlib"]), key=median)
    best = {}
    for (library, threads), theirs in result["times"].items():
        ratios = [their / our for their, our in zip(theirs, ours, strict=True)]
        lower, _, upper = quantiles(ratios, n=4, method="inclusive") if len(ratios) > 1 else ratios * 3
        row = (threads, median(theirs), median(ratios), lower, upper)
        if library not in best or row[1] < best[library][1]:
            best[library] = row
    return best


def table(results):
    """The Markdown table: our time per step, each peer's as a multiple of it, and whether all multiples are over 1."""
    lines = [f"| network | nnlib, per step | {' | '.join(PEERS)} | ahead of the best peer |", "|---" * 7 + "|"]
    for name, result in results.items():
        best = compare(result)
        cells = {peer: result["absent"].get(peer, "") for peer in PEERS}
        for peer in PEERS:
            if peer in best:
                threads, _, ratio, lower, upper = best[peer]
                cells[peer] = f"**{ratio:.2f}** ({lower:.2f} to {upper:.2f}), {_threads(threads)}"
        behind = [peer for peer in PEERS if peer in best and best[peer][2] < 1]
        verdict = f"no: {', '.join(behind)}" if behind else "yes"
        ours = f"{_duration(best['nnlib'][1])}, {_threads(best['nnlib'][0])}"
        lines.append(f"| {name} | {ours} | {' | '.join(cells[peer] for peer in PEERS)} | {verdict} |")
    return "\n".join(lines)


def work_table(results):
    """The Markdown table of nnlib's time spent in matrix products, on one thread."""
    lines = ["| network | in matrix products | elsewhere | GFLOP/s | of the machine's peak |", "|---|---|---|---|---|"]
    for name, result in results.items():
        speed = result["work"] / median(result["times"]["nnlib", 1])
        lines.append(
            f"| {name} | {result['share']:.0%} | {1 - result['share']:.0%} | {speed / 1e9:.0f} "
            f"| {speed / result['peak']:.0%} of {result['peak'] / 1e9:.0f} |"
        )
    lines.append("\nOperations are counted as for plain products; our convolutions need fewer multiplications.")
    return "\n".join(lines)


def epoch_line(name, result):
    """The duration of an epoch, and of the evaluation at its end."""
    training, evaluation = (median(column) for column in zip(*result["epochs"], strict=True))
    target = EPOCH_TARGETS[name]
    verdict = "reached" if training < target else "not reached"
    return (
        f"An epoch over 55,000 digits, {name}: {training:.2f} s of training, and {evaluation:.2f} s to evaluate "
        f"10,000 digits (target under {target:g} s: {verdict})."
    )


def growth(rounds):
    """Print Markdown tables of seconds per epoch against each size, for the better of one and two threads."""
    for what, cases in GROWTH.items():
        print(f"\n| {what} | seconds per epoch | per example | threads |\n|---|---|---|---|")
        for size, case in cases.items():
            say(f"{what}: {size}")
            examples = case.recipe.training_size or 55_000
            steps = -(-examples // (case.recipe.batch_size or examples))
            best = min((median(_alone(f"{what} {size}", threads, rounds)), threads) for threads in THREADS["nnlib"])
            seconds = best[0] * steps
            shown = f"{size:,}" if isinstance(size, int) else size
            print(f"| {shown} | {seconds:.3g} | {seconds / examples * 1e6:.2f} µs | {best[1]} |", flush=True)


def later_epochs(last=10):
    """Print a Markdown table of the seconds of early and late epochs with Adam: they must not get slower."""
    child = Child("nnlib", 1, LONG_CASE)
    child.answer()
    print(f"\n| epoch of {LONG_CASE} | seconds |\n|---|---|")
    for epoch in range(1, last + 1):
        say(f"epoch {epoch}")
        seconds = child.ask(epoch=True)["epoch"][0]
        if epoch in (1, 2, 5, last):
            print(f"| {epoch} | {seconds:.2f} |", flush=True)
    child.stop()


def _alone(name, threads, rounds):
    child = Child("nnlib", threads, name)
    child.answer()
    child.ask(warm_up=ALL[name].warm_up)
    times = [child.ask(train=SLICE)["seconds_per_step"] for _ in range(rounds)]
    child.stop()
    return times


def machine():
    """Processor, system and versions, in short."""
    processor, flags = platform.processor() or platform.machine(), ""
    if Path("/proc/cpuinfo").exists():
        first = Path("/proc/cpuinfo").read_text().split("\n\n")[0]
        facts = dict(line.split(":", 1) for line in first.splitlines() if ":" in line)
        facts = {key.strip(): value.strip() for key, value in facts.items()}
        processor, flags = facts.get("model name", processor), facts.get("flags", "")
    vectors = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    packages = []
    for package in ("numpy", "torch", "jax", "scikit-learn", "keras", "tensorflow-cpu"):
        try:
            packages.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            packages.append(f"{package} not installed")
    load = f", load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    return (
        f"{processor}, {os.cpu_count()} cores, {vectors}, {kernels(os.environ)}{load}; {platform.system()}, "
        f"Python {platform.python_version()}, {', '.join(packages)}."
    )


def kernels(environment):
    """The matrix kernels that NumPy runs in this environment, as OpenBLAS calls them."""
    ask = "import numpy, threadpoolctl as t; print(*(each.get('architecture') for each in t.threadpool_info()))"
    asked = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True, check=True)
    return f"{asked.stdout.strip() or 'unknown'} kernels"


def warn_of_other_kernels():
    """Say so if the environment makes NumPy run the kernels of another processor."""
    own = kernels({name: value for name, value in os.environ.items() if name not in OTHER_KERNELS})
    if (running := kernels(os.environ)) != own:
        print(
            f"Warning: NumPy runs the {running}, not this processor's own, the {own}, which may be twice as fast: "
            f"try `env {' '.join(f'-u {name}' for name in OTHER_KERNELS)} python -m benchmarks.speed`",
            file=sys.stderr,
        )


def say(message):
    print(f"\r{message:60}", end="", file=sys.stderr, flush=True)


def _threads(number):
    return "1 thread" if number == 1 else f"{number} threads"


def _duration(seconds):
    return f"{seconds * 1e6:.0f} µs" if seconds < 1e-3 else f"{seconds * 1e3:.3g} ms"


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__.partition("\n")[0])
    names = {"choices": CASES, "default": list(CASES), "metavar": "NAME", "help": ", ".join(CASES)}
    parser.add_argument("--networks", nargs="+", **names)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true", help="print all measurements instead of the table")
    parser.add_argument("--growth", action="store_true", help="nnlib alone: time against network, batch and data size")
    options = parser.parse_args()
    warn_of_other_kernels()
    start, where = perf_counter(), machine()
    if options.growth:
        print(where)
        print("784-128-10, plain gradient descent, mini-batches of 64 from 55,000 digits, varied one at a time.")
        growth(options.rounds)
        later_epochs()
        say("")
        return
    results = {name: measure(name, options.rounds) for name in options.networks}
    say("")
    print(file=sys.stderr)
    if options.json:
        for result in results.values():
            result["times"] = {f"{library}, {_threads(n)}": each for (library, n), each in result["times"].items()}
        print(json.dumps({"machine": where, "results": results}, indent=1))
        return
    print(where)
    print(
        "nnlib's threads are Python's, each with one BLAS thread. "
        f"{options.rounds} rounds, {perf_counter() - start:.0f} s in total.\n"
    )
    print("A peer's time as a multiple of nnlib's (over 1: nnlib is faster); in brackets the interquartile range.\n")
    print(table(results))
    for name in results.keys() & EPOCH_TARGETS.keys():
        print(f"\n{epoch_line(name, results[name])}")
    print(f"\nWhere nnlib's time goes, on one thread:\n\n{work_table(results)}")


if __name__ == "__main__":
    main()
