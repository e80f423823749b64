"""Batches too large for the cache: computed in blocks, one per thread at a time.

A large batch can be paused between blocks, and discarded as if it had never begun.
"""

import math
from itertools import chain

import numpy as np

from nnlib.augmentation import Moves
from nnlib.batches import Rows
from nnlib.datasets import Digits
from nnlib.network import Network
from nnlib.workers import Worker, Workers

WORTH_SHARING = 20_000_000  # multiplications: 1 ms of work, a third of which two threads save
TURN = 4  # blocks in a row per worker: each handover takes 0.05 ms


def block_size(network: Network, m: int, threads: int) -> int:
    """The number of examples of a batch of m computed at a time: few enough to fit the cache and to occupy all threads.

    Dropout draws its masks block by block, so with it blocks are always sized for two threads. A batch that is
    normalised is not divided: its statistics are those of all its examples.
    """
    if network.normalizes:
        return m
    block = network.examples_per_block
    if m * network.multiplications < WORTH_SHARING:
        return block
    sharing = 2 if network.draws_masks else threads
    return min(block, math.ceil(m / sharing))


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
        for value, right in chain.from_iterable(self.workers.map(self._add_blocks, turns)):
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
        return worker.add_gradient(self.digits.train, rows, self.m, self.digits.n_classes, moves)

    def abandon(self) -> None:
        """Discard the blocks done."""
        self._generator.state = self.masks_before
        self.workers.forget_gradients()
