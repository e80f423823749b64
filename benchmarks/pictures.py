"""What a visitor's picture costs: the memory that is kept for it, and how long it keeps another visitor's training
waiting.

    python -m benchmarks.pictures [--rounds N]

The picture is a page of thirty digits, as a telephone photographs it: 12 megapixels, JPEG, uneven light. It is analysed
in a thread, as the dashboard does, in turns with another thread that trains in slices. Markdown goes to stdout.
"""

import argparse
import io
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from time import perf_counter

import numpy as np
from PIL import Image
from threadpoolctl import threadpool_limits

from benchmarks.speed import machine, say
from dashboard.core.lab import Lab
from dashboard.core.scheduler import SLICE, TURNSTILE, account
from dashboard.draw import found_digits, preparation, strokes
from nnlib.datasets import load_mnist

WIDTH, HEIGHT, ROWS, COLUMNS = 4000, 3000, 5, 6
DIGIT = 280  # pixels
PATIENCE = 1.0  # seconds of training without a picture, per round
SEVEN = (((0.28, 0.22), (0.72, 0.22), (0.42, 0.8)),)
OWN = 100
NAMES = ("without a picture", "while one is analysed")


def page(digits, rows=ROWS, columns=COLUMNS, size=DIGIT):
    """The JPEG file."""
    paper = np.linspace(150, 245, WIDTH, dtype=np.float32) * np.linspace(0.8, 1, HEIGHT, dtype=np.float32)[:, None]
    for i, image in enumerate(digits.test.images[: rows * columns].reshape(-1, 28, 28)):
        ink = np.asarray(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC), np.float32) / 255
        top, left = ((i // columns) * HEIGHT // rows + 60, (i % columns) * WIDTH // columns + 60)
        paper[top : top + size, left : left + size] *= 1 - 0.8 * ink
    file = io.BytesIO()
    Image.fromarray(paper.astype(np.uint8)).convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()


def slices(lab, until):
    """Seconds that a training waits for each of its turns, and that each slice takes, until this is true."""
    lab.run()
    taken = []
    while not until():
        asked = perf_counter()
        with TURNSTILE.turn(lambda: None, account(lab)):
            begun = perf_counter()
            lab.train(SLICE)
            taken.append((begun - asked, perf_counter() - begun))
    lab.pause()
    return taken


def waiting(lab, data):
    """The slices without and with a picture that is analysed in turns with them."""
    end = perf_counter() + PATIENCE
    alone = slices(lab, lambda: perf_counter() >= end)
    with ThreadPoolExecutor(1) as analyst:
        analysed = analyst.submit(found_digits.analyse, data, "page.jpg")
        beside = slices(lab, analysed.done)
        analysed.result()
    return alone, beside


def kept(make):
    """Megabytes that are kept of what is made a second time, and at most while it is made."""
    make()  # what is kept once for all visitors
    tracemalloc.start()
    made = make()
    now, most = (size / 2**20 for size in tracemalloc.get_traced_memory())
    tracemalloc.stop()
    del made
    return now, most


def memory(digits, data, large):
    """Lines of the table: what is kept for a session."""
    shape = digits.image_shape

    def drawing():
        picture = strokes.drawn(SEVEN)
        return found_digits.found_on(picture), preparation.steps(preparation.Source(picture), shape)

    def photograph(data):
        found = found_digits.analyse(data, "page.jpg")
        last = [preparation.steps(source, shape)[-1] for source in found.sources]
        return found, last, preparation.steps(found.sources[0], shape)

    def own():
        return (lab := Lab(digits)).own_digits.keep(*chosen), lab.evaluation("mine"), lab

    def visitor():
        return Lab(digits)

    chosen = digits.test.images[:OWN], digits.test.labels[:OWN]
    for what, make in {
        "a drawing": drawing,
        f"a page of {ROWS * COLUMNS} digits, {len(data) / 2**20:.1f} MB": lambda: photograph(data),
        f"a page of one large digit, {len(large) / 2**20:.1f} MB": lambda: photograph(large),
        "a network": visitor,
        f"a network and {OWN} digits of one's own, evaluated": own,
    }.items():
        say(what)
        now, most = kept(make)
        yield f"| {what} | {now:.2f} MB | {most:.1f} MB |"


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pictures", description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    digits = load_mnist()
    data, large = page(digits), page(digits, 1, 1, 2600)
    where = machine()
    with threadpool_limits(1):  # as in the dashboard
        lines = list(memory(digits, data, large))
        lab = Lab(digits)
        rounds = []
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}")
            rounds.append(waiting(lab, data))
    say("")
    print(f"\n{where}\n\n| what | kept | at most |\n|---|---|---|")
    print("\n".join(lines))
    print("\n| another's training | median | longest, median of rounds | longest of all |\n|---|---|---|---|")
    for part, of in enumerate(("waits for a turn", "trains in a turn")):
        for what, all_of in zip(NAMES, zip(*rounds, strict=True), strict=True):
            longest = [max(each[part] for each in taken) for taken in all_of]
            middle = median(each[part] for taken in all_of for each in taken)
            row = f"{1e3 * middle:.0f} ms | {1e3 * median(longest):.0f} ms | {1e3 * max(longest):.0f} ms"
            print(f"| {of}, {what} | {row} |")


if __name__ == "__main__":
    main()
