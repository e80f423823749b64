"""Threads that share one network's parameters, each with its own gradients and buffers.

NumPy releases Python's lock inside matrix products and array operations, so that two threads are almost twice as fast
on large blocks. The number of threads changes only the size of blocks and the order in which gradients are added.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from nnlib.augmentation import Moves
from nnlib.batches import Rows
from nnlib.datasets import Split
from nnlib.gradient_descent import compute_gradients
from nnlib.losses import Loss
from nnlib.network import Network
from nnlib.optimizers import Optimizer
from nnlib.scaling import Scaling
from nnlib.scratch import scratch

MOST_THREADS = 64
WORTH_SHARING_UPDATE = 200_000  # parameters: below this, the handover costs more than it saves

Task = TypeVar("Task")
Result = TypeVar("Result")


@cache
def _pool() -> ThreadPoolExecutor:
    """The threads besides the caller's own, shared by the whole process; created when first needed."""
    return ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="nnlib")


class Worker:
    """One thread's network, loss and input buffers."""

    def __init__(self, network: Network, loss: Loss, scaling: Scaling) -> None:
        self.network, self.loss, self.scaling = network, loss, scaling
        self.blocks = 0  # blocks whose gradients are summed in the network
        self._pixels: NDArray = np.empty((0, 0), np.uint8)
        self._inputs: NDArray = np.empty((0, 0), np.float32)

    def inputs(self, images: NDArray[np.uint8], rows: Rows, moves: Moves | None = None) -> NDArray[np.float32]:
        """The images at these positions, moved and scaled, as columns (inputs, m), a transposed view."""
        if isinstance(rows, slice):
            pixels = images[rows]
        else:
            if len(self._pixels) != len(rows):
                self._pixels = np.empty((len(rows), images.shape[1]), np.uint8)
            pixels = images.take(rows, axis=0, out=self._pixels, mode="clip")  # "clip" avoids a second copy
        if moves is not None:
            pixels = moves.apply(pixels)
        if self._inputs.shape != pixels.shape:
            self._inputs = np.empty(pixels.shape, np.float32)
        return self.scaling.apply(pixels, out=self._inputs).T

    def passing_inputs(self, images: NDArray[np.uint8], rows: Rows) -> NDArray[np.float32]:
        """The same without moves, for evaluation, in scratch memory shared by all networks of this thread."""
        pixels = images[rows]
        return self.scaling.apply(pixels, out=scratch("evaluated inputs", pixels.shape)).T

    def gradient(
        self, split: Split, rows: Rows, m: int, n_classes: int, moves: Moves | None = None
    ) -> tuple[float, int]:
        """Forward, loss and backward for these rows, part of a batch of m; returns the summed loss and the number of
        correct predictions."""
        labels = split.labels[rows]
        X, Y = self.inputs(split.images, rows, moves), self.loss.targets(labels, n_classes)
        scores, value = compute_gradients(self.network, self.loss, X, Y, m)
        return value * len(labels), int(np.count_nonzero(self.loss.predict(scores) == labels))

    def add_gradient(
        self, split: Split, rows: Rows, m: int, n_classes: int, moves: Moves | None = None
    ) -> tuple[float, int]:
        """The same, with gradients added to those of previous blocks."""
        before = self.network.gradients.copy() if self.blocks else None
        result = self.gradient(split, rows, m, n_classes, moves)
        if self.blocks:
            self.network.gradients += before
        self.blocks += 1
        return result


class Workers:
    """`threads` workers on one network; the first works in the caller's thread, on the network itself."""

    def __init__(self, network: Network, loss: Loss, scaling: Scaling, threads: int = 1) -> None:
        if not 1 <= threads <= MOST_THREADS:
            raise ValueError(f"the number of threads must be from 1 to {MOST_THREADS}, got {threads}")
        self.first = Worker(network, loss, scaling)
        self._all = [self.first]
        self._threads = threads

    def __len__(self) -> int:
        return self._threads

    def map(self, action: Callable[[Worker, Task], Result], tasks: Sequence[Task]) -> list[Result]:
        """[action(worker, task), ...] in parallel, for at most as many tasks as workers."""
        while len(self._all) < len(tasks):  # created when first needed: small batches need only one
            first = self.first
            self._all.append(Worker(first.network.sharing(), type(first.loss)(), first.scaling))
        others = [
            _pool().submit(copy_context().run, action, worker, task)  # np.errstate belongs to the context
            for worker, task in zip(self._all[1:], tasks[1:], strict=False)
        ]
        return [action(self.first, tasks[0]), *(other.result() for other in others)]

    def forget_gradients(self) -> None:
        """Begin a new sum of gradients."""
        for worker in self._all:
            worker.blocks = 0

    def update(self, optimizer: Optimizer) -> None:
        """One update with the sum of all workers' gradients; of many parameters, each worker updates a part."""
        others = [worker.network.gradients for worker in self._all[1:] if worker.blocks]
        self.forget_gradients()
        own, size = self.first.network.gradients, len(optimizer.parameters)
        parts = len(self) if size >= WORTH_SHARING_UPDATE else 1
        if parts == 1 and not others:
            optimizer.update()
            return

        def change(_: Worker, part: slice) -> None:
            for gradients in others:
                own[part] += gradients[part]
            optimizer.change(part)

        optimizer.begin()
        bounds = [size * number // parts for number in range(parts + 1)]
        self.map(change, [slice(*ends) for ends in pairwise(bounds)])

    def set_dropout(self, rate: float) -> None:
        """Set the rate of every Dropout layer, from the next block on."""
        for worker in self._all:
            worker.network.set_dropout(rate)
