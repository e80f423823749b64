"""A network is a list of layers and two long vectors: all parameters, and the gradient of the loss for each of them.

Layers hold views into both, so the optimizer sees two vectors and a layer sees its matrices. Running statistics stand
behind the trainable parameters: they are copied, saved and averaged with them, but no gradient moves them.
"""

import copy
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from hashlib import blake2b

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnlib.fast_convolution.fused import ConvNormReLU, ConvReLUPool, fuse
from nnlib.initializers import Initializer, he
from nnlib.layers import Dropout, Layer
from nnlib.normalization import BatchNorm

# Large batches are computed in blocks that fit into the cache.
PICTURES_PER_BLOCK = 64
ROWS_PER_BLOCK = 240  # the most that `matmul` can cut well: 784-10-10 on all digits takes 41 ms, with 512 rows 65 ms


def build(layers: Iterable[Layer], shape: tuple[int, ...]) -> tuple[int, ...]:
    """Fix the sizes of layers, in place, for inputs of this shape, and return the shape of the scores. Takes no memory:
    ValueError if a layer does not fit behind the one before it."""
    for layer in layers:
        shape = layer.build(shape)
    return shape


def named_shapes(layers: Iterable[Layer]) -> Iterator[tuple[str, tuple[int, ...], Layer, str]]:
    """(`gamma2`, shape, layer, "gamma") for every parameter; the number counts the layers with weights from 1."""
    number = 0
    for layer in layers:
        shapes = layer.parameter_shapes()
        number += "W" in shapes
        for name, shape in (shapes | layer.statistic_shapes()).items():
            yield f"{name}{number}", shape, layer, name


class Network:
    """Layers in order, from inputs of shape `input_shape` (one example) to scores (outputs, m).

    `initializer` draws the weights, times `scale`, from `generator`, which also draws the masks of dropout.
    """

    def __init__(
        self,
        layers: Iterable[Layer],
        input_shape: tuple[int, ...],
        generator: np.random.Generator,
        initializer: Initializer = he,
        scale: float = 1.0,
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.layers = list(layers)
        self.input_shape = tuple(input_shape)
        self.generator = generator
        self.dtype = np.dtype(dtype)
        self.output_shape = build(self.layers, self.input_shape)
        for position, layer in enumerate(self.layers):
            layer.dtype, layer.position = self.dtype, position
            if isinstance(layer, Dropout):
                layer.generator = generator
        self.inputs: NDArray | None = None
        self._compute_by(fuse(self.layers))
        self._allocate()
        pictures = any(len(layer.output_shape) > 1 for layer in self.layers)
        self.examples_per_block = PICTURES_PER_BLOCK if pictures else ROWS_PER_BLOCK
        with np.errstate(over="ignore"):  # a huge scale gives infinite weights, and then a loss that is not finite
            for layer in self.layers:
                layer.initialize(initializer, scale, generator)

    def sharing(self) -> "Network":
        """A network that shares these parameters in memory, with gradients and buffers of its own."""
        twin = self.astype(self.dtype)
        twin._allocate(self.parameters)
        if not self.fused:  # blocks that exchange their sums compute alike
            twin.unfuse()
        return twin

    def _allocate(self, parameters: NDArray | None = None) -> None:
        shapes = [(layer, name, shape) for layer in self.layers for name, shape in layer.parameter_shapes().items()]
        kept = [(layer, name, shape) for layer in self.layers for name, shape in layer.statistic_shapes().items()]
        trainable, total = (sum(math.prod(shape) for *_, shape in each) for each in (shapes, shapes + kept))
        self.parameters: NDArray = np.zeros(total, self.dtype) if parameters is None else parameters
        self.gradients = np.zeros(trainable, self.dtype)
        start = 0
        for layer, name, shape in shapes + kept:
            part = slice(start, start + math.prod(shape))
            gradient = self.gradients[part].reshape(shape) if start < trainable else None
            layer.bind(name, self.parameters[part].reshape(shape), gradient)
            start = part.stop

    @property
    def trainable(self) -> NDArray:
        """The parameters that the optimizer changes, a view: all but the running statistics."""
        return self.parameters[: len(self.gradients)]

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        """Scores (outputs, m) for inputs A (inputs, m); with training=False nothing is stored."""
        if training:
            self.inputs = A
        for step in self._steps:
            A = step.forward(A, training)
        return A

    def passing(self, A: NDArray) -> Iterator[tuple[Layer, NDArray]]:
        """Yield (layer, layer output) for inputs A (inputs, m), in order; nothing is stored."""
        for layer in self.layers:
            A = layer.forward(A, training=False)
            yield layer, A

    def entering(self, layer: Layer, A: NDArray) -> NDArray:
        """The input of a layer for network inputs A (inputs, m), by the fast path of `forward`; nothing is stored."""
        for step in self._steps:
            if layer is step or layer is getattr(step, "convolution", None):
                return A
            A = step.forward(A, training=False)
        raise ValueError(f"no step of this network begins with {layer}")

    def backward(self, dA: NDArray) -> None:
        """Fill every dW and db from the gradient of the loss with respect to the scores, (outputs, m)."""
        for step in self._backward_steps:
            dA = step.backward(dA, to_input=step is not self._backward_steps[-1])

    def unfuse(self) -> None:
        """Compute layer by layer from now on, which is slower but gives every layer's matrices."""
        self._compute_by(self.layers)

    @property
    def fused(self) -> bool:
        """Whether some layers are computed together."""
        return len(self._steps) < len(self.layers)

    def _compute_by(self, steps: Sequence[Layer | ConvReLUPool | ConvNormReLU]) -> None:
        first = next(number for number, step in enumerate(steps) if step.parameter_shapes())
        self._steps, self._backward_steps = steps, steps[first:][::-1]  # none are needed below the first weights

    def named_parameters(self) -> dict[str, NDArray]:
        """Every parameter by its name, such as `W1`, `b1`, `running_mean1`: views."""
        return {key: getattr(layer, name) for key, _, layer, name in named_shapes(self.layers)}

    def weights(self) -> list[Layer]:
        """The layers with a weight array W, to which the L2 penalty applies."""
        return [layer for layer in self.layers if "W" in layer.parameter_shapes()]

    def penalty(self, l2: float) -> float:
        """The L2 penalty: (l2 / 2) times the sum of all squared weights (not biases)."""
        return 0.5 * l2 * sum(float(np.vdot(layer.W, layer.W)) for layer in self.weights())

    def add_penalty_gradient(self, l2: float) -> None:
        """dW <- dW + l2 W, in place."""
        if l2:
            for layer in self.weights():
                layer.dW += l2 * layer.W

    @property
    def normalizes(self) -> bool:
        """Whether a training step depends on the statistics of its batch, so that its parts depend on each other."""
        return any(isinstance(layer, BatchNorm) for layer in self.layers)

    def update_statistics(self) -> None:
        """Take the last training step into the running statistics, in place."""
        for layer in self.layers:
            layer.update_statistics()

    @contextmanager
    def frozen_statistics(self) -> Iterator[None]:
        """Meanwhile, training steps use the running statistics, as evaluation does, and do not change them."""
        layers = [layer for layer in self.layers if isinstance(layer, BatchNorm)]
        for layer in layers:
            layer.frozen = True
        try:
            yield
        finally:
            for layer in layers:
                layer.frozen = False

    @contextmanager
    def sharing_statistics(self, total: Callable[[NDArray], NDArray], portion: float) -> Iterator[None]:
        """Meanwhile, training steps see a part of a batch that is `portion` times as large; `total` adds up the sums of
        all parts."""
        layers = [layer for layer in self.layers if isinstance(layer, BatchNorm)]
        for layer in layers:
            vars(layer).update(total=total, portion=portion)
        try:
            yield
        finally:
            for layer in layers:
                del layer.total, layer.portion

    @cached_property
    def multiplications(self) -> int:
        """Multiplications in the forward pass of one example; the backward pass takes about twice as many."""
        return sum(layer.multiplications for layer in self.layers)

    @property
    def fingerprint(self) -> str:
        """A hash of all parameters: it identifies this network in its present state."""
        return blake2b(self.parameters.data, digest_size=8).hexdigest()

    def set_dropout(self, rate: float) -> None:
        """Set the rate of every Dropout layer, from the next step on."""
        for layer in self.layers:
            if isinstance(layer, Dropout):
                layer.rate = rate

    @property
    def draws_masks(self) -> bool:
        """Whether dropout is active, so that a step draws random masks."""
        return any(isinstance(layer, Dropout) and layer.active for layer in self.layers)

    def astype(self, dtype: DTypeLike) -> "Network":
        """A copy of this network, with memory of its own, in another (or the same) precision."""
        generator = copy.deepcopy(self.generator)
        layers = [copy.copy(layer) for layer in self.layers]
        twin = Network(layers, self.input_shape, generator, lambda shape, *_: np.zeros(shape), dtype=dtype)
        twin.parameters[...] = self.parameters
        return twin
