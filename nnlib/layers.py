"""A layer is one step of the computation: a forward and a backward pass.

Layers do not own their parameters: the network holds all of them in one long vector and gives each layer views of its
part (W, b and the gradients dW, db). Examples are columns: A is (inputs, m), one column per example.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from nnlib.initializers import Initializer
from nnlib.matmul import product


class Layer:
    """The contract. A new layer is `forward` and `backward`; one with weights also names their shapes. To be shown on
    the pages it needs a description too (nnlib.describe.layers).

    forward(A, training=True) returns the layer's output. In training it stores what backward needs, in buffers that the
    next step reuses; with training=False nothing is stored.
    backward(dA, to_input=True) takes the gradient of the loss with respect to the output, stores the gradients of its
    parameters, and returns the gradient with respect to the input (None if `to_input` is False).
    """

    dtype: np.dtype = np.dtype(np.float32)
    computed: tuple[str, ...] = ()  # attributes set by a training step, None before
    active = True  # False: the identity, left out of pictures and tables
    position: int  # in the network's list
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]

    # The arrays named in equations; each layer has some of them.
    W: NDArray
    b: NDArray
    dW: NDArray
    db: NDArray
    A: NDArray | Any
    Z: NDArray | Any
    dA: NDArray | Any
    dZ: NDArray | Any
    bias: bool  # of layers with weights: whether b is learned

    @property
    def multiplications(self) -> int:
        """Multiplications in the forward pass of one example, in matrix products only."""
        return 0

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Fix the sizes for inputs of this shape (one example, without m) and return the output's shape."""
        self.input_shape = self.output_shape = tuple(input_shape)
        self.forget()
        return self.output_shape

    def forget(self) -> None:
        """Drop the arrays of the last training step, and their buffers."""
        self._buffers: dict[tuple[str, tuple[int, ...]], NDArray] = {}
        for name in self.computed:
            setattr(self, name, None)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """{name: shape} of the parameters."""
        return {}

    def statistic_shapes(self) -> dict[str, tuple[int, ...]]:
        """{name: shape} of the parameters that are not trainable: running averages of what the layer has seen."""
        return {}

    def bind(self, name: str, parameter: NDArray, gradient: NDArray | None = None) -> None:
        """Adopt the views of a parameter and, if it is trainable, its gradient into the network's two vectors."""
        setattr(self, name, parameter)
        if gradient is not None:
            setattr(self, f"d{name}", gradient)

    def update_statistics(self) -> None:
        """Take the last training step into the running averages, in place."""

    def initialize(self, initializer: Initializer, scale: float, generator: np.random.Generator) -> None:
        """Fill the parameters in place with their initial values."""

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        raise NotImplementedError

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray | Any:
        raise NotImplementedError

    def buffer(self, name: str, shape: tuple[int, ...], dtype: DTypeLike | None = None) -> NDArray:
        """An array reused from step to step: in small networks, allocation costs more than arithmetic."""
        try:
            return self._buffers[name, shape]
        except KeyError:
            # An epoch needs two sizes, the full and the last partial batch; older ones are dropped.
            for old in [k for k in self._buffers if k[0] == name][:-1]:
                del self._buffers[old]
            self._buffers[name, shape] = kept = np.empty(shape, dtype or self.dtype)
            return kept


class Dense(Layer):
    """Z = W A + b, with A (inputs, m), W (outputs, inputs), b (outputs, 1) and Z (outputs, m).

    dW = dZ Aᵀ, db = the sum of dZ over the examples, dA = Wᵀ dZ. The factor 1/m of the mean is already in dZ, from the
    loss. Without `bias` b is 0 and not learned, as before a BatchNorm, which has a shift of its own.
    """

    def __init__(self, outputs: int, bias: bool = True) -> None:
        if int(outputs) < 1:
            raise ValueError(f"a Dense layer needs at least 1 unit, got {outputs}")
        self.outputs, self.bias = int(outputs), bias
        self.b = zeros((self.outputs, 1), self.dtype)  # until parameters are bound

    computed = ("A", "Z", "dZ", "dA")

    def build(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        super().build(input_shape)
        if len(self.input_shape) != 1:
            raise ValueError(f"Dense expects flat inputs such as (784,), got {self.input_shape}: put Flatten before it")
        self.inputs = self.input_shape[0]
        self.output_shape = (self.outputs,)
        return self.output_shape

    @property
    def multiplications(self) -> int:
        return self.outputs * self.inputs

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        shapes: dict[str, tuple[int, ...]] = {"W": (self.outputs, self.inputs), "b": (self.outputs, 1)}
        return shapes if self.bias else {"W": shapes["W"]}

    def initialize(self, initializer: Initializer, scale: float, generator: np.random.Generator) -> None:
        self.W[...] = initializer(self.W.shape, self.inputs, self.outputs, generator) * scale
        if self.bias:
            self.b[...] = 0.0

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        Z = product(self.W, A, out=self.buffer("Z", (self.outputs, A.shape[1]))) if training else self.W.dot(A)
        if self.bias:
            Z += self.b
        if training:
            self.A, self.Z = A, Z
        return Z

    def backward(self, dZ: NDArray, to_input: bool = True) -> NDArray | None:
        self.dZ = dZ
        product(dZ, self.A.T, out=self.dW)  # dW = dZ Aᵀ
        if self.bias:
            dZ.dot(ones(dZ.shape[1], self.dtype), out=self.db)  # db = dZ 1, the sum of dZ over the examples
        # The first layer's dA would cost as much as its dW, and is not needed.
        self.dA = product(self.W.T, dZ, out=self.buffer("dA", self.A.shape)) if to_input else None  # dA = Wᵀ dZ
        return self.dA


class Dropout(Layer):
    """Ã = A o D, where each entry of D is 0 with probability `rate` and otherwise 1 / (1 - rate).

    The division keeps the expected value, so that the trained network is used without any change ("inverted" dropout,
    Srivastava et al., 2014, section 10). dA = dÃ o D. A rate of 0 is the identity.
    """

    computed = ("D", "output", "dA")
    generator: np.random.Generator  # set by the network; draws the masks
    D: NDArray
    output: NDArray

    def __init__(self, rate: float = 0.0) -> None:
        self.rate = rate

    @property
    def rate(self) -> float:
        """The share of units set to 0 in a step; raises ValueError unless at least 0 and below 1."""
        return self._rate

    @rate.setter
    def rate(self, value: float) -> None:
        if not 0.0 <= value < 1.0:
            raise ValueError(f"the dropout rate must be at least 0 and below 1, got {value}")
        self._rate = float(value)
        self.active = self._rate > 0.0
        if not self.active:
            self.forget()  # or a mask of an earlier step would be shown later

    def forward(self, A: NDArray, training: bool = True) -> NDArray:
        if not training or not self.active:
            return A
        kept = self.generator.random(A.shape, np.float32) >= self.rate
        self.D = np.multiply(kept, 1.0 / (1.0 - self.rate), dtype=self.dtype)
        self.output = np.multiply(A, self.D, out=self.buffer("output", A.shape))
        return self.output

    def backward(self, dA: NDArray, to_input: bool = True) -> NDArray:
        if not self.active:
            return dA
        self.dA = np.multiply(dA, self.D, out=self.buffer("dA", dA.shape))  # dA = dÃ o D
        return self.dA


@lru_cache(maxsize=8)
def ones(m: int, dtype: np.dtype) -> NDArray:
    """Read-only ones (m, 1). A product with them sums the columns two to ten times as fast as `sum`."""
    return read_only(np.ones((m, 1), dtype))


@lru_cache(maxsize=8)
def zeros(shape: tuple[int, ...], dtype: np.dtype) -> NDArray:
    """Read-only zeros. The maximum of an array and these is two to three times as fast as that of an array and 0."""
    return read_only(np.zeros(shape, dtype))


def read_only(array: NDArray) -> NDArray:
    """The array itself, protected from changes because it is shared."""
    array.flags.writeable = False
    return array
