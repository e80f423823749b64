"""Batches too large for the cache: computed in blocks, one per thread at a time.

A large batch can be paused between blocks, and discarded as if it had never begun.
"""

import math
from contextlib import nullcontext
from functools import partial
from itertools import chain
from threading import Barrier, Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnlib.augmentation import Moves
from nnlib.batches import Rows
from nnlib.datasets import Digits
from nnlib.network import Network
from nnlib.workers import Worker, Workers

WORTH_SHARING = 20_000_000  # multiplications: 1 ms of work, a third of which two threads save
TURN = 4  # blocks in a row per worker: each handover takes 0.05 ms
_LOCKSTEP = Lock()  # blocks that wait for each other: of one batch at a time, or the threads could run out


def block_size(network: Network, m: int, threads: int) -> int:
    """The number of examples of a batch of m computed at a time: few enough to fit the cache and to occupy all threads.

    Dropout draws its masks block by block, so with it blocks are always sized for two threads. A batch that is
    normalised has one block per thread, all computed at the same time, so with dropout the number of threads changes
    its masks.
    """
    small = m * network.multiplications < WORTH_SHARING
    if network.normalizes:
        return m if small else math.ceil(m / threads)
    block = network.examples_per_block
    if small:
        return block
    sharing = 2 if network.draws_masks else threads
    return min(block, math.ceil(m / sharing))


class SharedSums:
    """Adds up sums over all blocks of a batch, each computed by a thread of its own; always in the same order, so that
    all threads get the same bits."""

    def __init__(self, blocks: int) -> None:
        self._barrier = Barrier(blocks)
        self._parts: list[NDArray | Any] = [None] * blocks

    def total(self, number: int, part: NDArray) -> NDArray:
        """The sum of the parts of all blocks; waits for the others."""
        self._parts[number] = part
        self._barrier.wait()
        total = np.add.reduce(self._parts)
        self._barrier.wait()  # before the next parts arrive
        return total

    def abort(self) -> None:
        """Let nobody wait for a block that has failed."""
        self._barrier.abort()


class LargeBatch:
    """A batch of m examples in blocks: the number of blocks `done`, their summed loss `value`, and their number of
    correct predictions, `right`.

    `rows` are its positions in the training split, `moves` the augmentation of each example, or None. The dropout masks
    of a block come from one seed and its number, regardless of the thread.
    """

    def __init__(self, workers: Workers, digits: Digits, rows: Rows, m: int, block: int, moves: Moves | None) -> None:
        self.workers, self.digits, self.rows, self.m, self.moves = workers, digits, rows, m, moves
        self.blocks = [slice(start, min(start + block, m)) for start in range(0, m, block)]
        self.done, self.value, self.right = 0, 0.0, 0
        network = workers.first.network
        self._sums = SharedSums(len(self.blocks)) if network.normalizes else None
        self._generator = network.generator.bit_generator
        self.masks_before = self._masks_after = self._generator.state
        self._masks_seed: int | None = None  # None without dropout: seeding takes as long as a small block
        if network.draws_masks:
            self._masks_seed = int(network.generator.integers(2**63))
            self._masks_after = self._generator.state

    def work(self) -> bool:
        """Do a few blocks per worker; returns whether the batch is complete."""
        end = min(self.done + TURN * len(self.workers), len(self.blocks))
        each = math.ceil((end - self.done) / len(self.workers))
        turns = [range(first, min(first + each, end)) for first in range(self.done, end, each)]
        with nullcontext() if self._sums is None else _LOCKSTEP:
            found = self.workers.map(self._add_blocks, turns)
        for value, right in chain.from_iterable(found):
            self.value, self.right = self.value + value, self.right + right
        self.done = end
        if self.done < len(self.blocks):
            return False
        if self._masks_seed is not None:
            self._generator.state = self._masks_after
        return True

    def _add_blocks(self, worker: Worker, numbers: range) -> list[tuple[float, int]]:
        return [self._add_block(worker, number) for number in numbers]

    def _add_block(self, worker: Worker, number: int) -> tuple[float, int]:
        part = self.blocks[number]
        if self._masks_seed is not None:
            worker.network.generator.bit_generator.state = np.random.PCG64([self._masks_seed, number]).state
        rows = part if isinstance(self.rows, slice) else self.rows[part]
        moves = None if self.moves is None else self.moves[part]

        def add() -> tuple[float, int]:
            return worker.add_gradient(self.digits.train, rows, self.m, self.digits.n_classes, moves)

        if self._sums is None:
            return add()
        with worker.network.sharing_statistics(partial(self._sums.total, number), self.m / (part.stop - part.start)):
            try:
                return add()
            except BaseException:
                self._sums.abort()
                raise

    def abandon(self) -> None:
        """Discard the blocks done."""
        self._generator.state = self.masks_before
        self.workers.forget_gradients()
