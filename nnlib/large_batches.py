"""Batches too large for the cache: computed in blocks, several at a time where there are several threads.

A large batch can be paused between its blocks, and forgotten as if it had never begun.
"""

import math
from itertools import chain

import numpy as np

from nnlib.augmentation import Moves
from nnlib.batches import Rows
from nnlib.datasets import Digits
from nnlib.network import Network
from nnlib.workers import Worker, Workers

WORTH_SHARING = 20_000_000  # multiplications: 1 ms of work, of which two threads save a third
TURN = 4  # blocks that a worker does one after the other: each handing over takes 0.05 ms


def block_size(network: Network, m: int, threads: int) -> int:
    """How many examples of a batch of m are computed at a time: few enough for the cache, and for every thread.

    Dropout draws its masks block by block, so with it the blocks are those of two threads however many there are.
    """
    block = network.examples_per_block
    if m * network.multiplications < WORTH_SHARING:
        return block
    sharing = 2 if network.draws_masks else threads
    return min(block, math.ceil(m / sharing))


class LargeBatch:
    """A batch of m examples in blocks: how many blocks are `done`, and what they gave together, the summed loss `value`
    and the count of `right` answers.

    `rows` are its positions in the training split, `moves` what augmentation does to each example, or None. Each block
    gets dropout masks of its own from one seed, whoever works on it.
    """

    def __init__(self, workers: Workers, digits: Digits, rows: Rows, m: int, block: int, moves: Moves | None) -> None:
        self.workers, self.digits, self.rows, self.m, self.moves = workers, digits, rows, m, moves
        self.blocks = [slice(start, min(start + block, m)) for start in range(0, m, block)]
        self.done, self.value, self.right = 0, 0.0, 0
        network = workers.first.network
        self._generator = network.generator.bit_generator
        self.masks_before = self._masks_after = self._generator.state
        self._masks_seed: int | None = None  # none without dropout: setting a generator takes as long as a small block
        if network.draws_masks:
            self._masks_seed = int(network.generator.integers(2**63))
            self._masks_after = self._generator.state

    def work(self) -> bool:
        """Do a few blocks for each worker; returns whether those were the last."""
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
        """Forget the blocks done."""
        self._generator.state = self.masks_before
        self.workers.forget_gradients()
