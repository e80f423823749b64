"""Dense against loops, dropout by its statistics, and the contract of a new layer."""

import numpy as np
import pytest

from nnlib.gradcheck import check_gradients
from nnlib.layers import Dense, Dropout, Layer, ones, zeros
from nnlib.losses import MeanSquaredError
from nnlib.network import Network


def dense(outputs=3, inputs=4, dtype=np.float64):
    """A Dense layer with random weights and biases."""
    layer = Dense(outputs)
    network = Network([layer], (inputs,), np.random.default_rng(1), dtype=dtype)
    network.parameters[...] = np.random.default_rng(2).normal(size=network.parameters.size)
    return layer


def dropout(rate, units=50, seed=0, dtype=np.float32):
    layer = Dropout(rate)
    layer.dtype, layer.generator = np.dtype(dtype), np.random.default_rng(seed)
    layer.build((units,))
    return layer


class TestDense:
    A = np.random.default_rng(3).normal(size=(4, 5))
    dZ = np.random.default_rng(4).normal(size=(3, 5))

    def test_forward_against_loops(self):
        layer = dense()
        Z = layer.forward(self.A)
        for k in range(5):
            for i in range(3):
                assert Z[i, k] == pytest.approx(sum(layer.W[i, j] * self.A[j, k] for j in range(4)) + layer.b[i, 0])

    def test_backward_against_loops(self):
        layer = dense()
        layer.forward(self.A)
        dA = layer.backward(self.dZ)
        for i in range(3):
            assert layer.db[i, 0] == pytest.approx(sum(self.dZ[i, k] for k in range(5)))
            for j in range(4):
                assert layer.dW[i, j] == pytest.approx(sum(self.dZ[i, k] * self.A[j, k] for k in range(5)))
        for j in range(4):
            for k in range(5):
                assert dA[j, k] == pytest.approx(sum(layer.W[i, j] * self.dZ[i, k] for i in range(3)))

    def test_a_first_layer_does_without_the_gradient_of_its_input(self):
        layer = dense()
        layer.forward(self.A)
        assert layer.backward(self.dZ, to_input=False) is None and layer.dA is None
        assert layer.dW == pytest.approx(self.dZ @ self.A.T)

    def test_without_training_no_trace_is_left(self):
        layer = dense()
        Z = layer.forward(self.A, training=False)
        assert layer.A is None and layer.Z is None and not layer._buffers
        assert np.array_equal(layer.forward(self.A), Z)
        layer.forward(self.A + 1, training=False)
        assert np.array_equal(layer.Z, Z)

    def test_buffers_are_reused_and_not_hoarded(self):
        layer = dense()
        full = layer.forward(self.A)
        assert np.shares_memory(full, layer.forward(self.A))
        layer.forward(self.A[:, :2])
        assert np.shares_memory(full, layer.forward(self.A))  # the last partial batch does not cost the full one
        for m in range(1, 30):
            layer.forward(np.ones((4, m)))
            layer.backward(np.ones((3, m)))
        assert sum(name == "Z" for name, _ in layer._buffers) == sum(name == "dA" for name, _ in layer._buffers) == 2

    @pytest.mark.parametrize("outputs", [0, -3])
    def test_no_units_are_refused(self, outputs):
        with pytest.raises(ValueError, match=f"at least 1 unit, got {outputs}"):
            Dense(outputs)

    def test_pictures_are_refused(self):
        with pytest.raises(ValueError, match=r"expects flat inputs such as \(784,\), got \(28, 28\)"):
            Dense(3).build((28, 28))


class TestDropout:
    def test_each_number_is_dropped_or_enlarged(self):
        layer, A = dropout(0.2), np.random.default_rng(1).normal(size=(50, 400)).astype(np.float32)
        out = layer.forward(A)
        kept = out != 0
        assert out[kept] == pytest.approx(A[kept] / 0.8, rel=1e-6)
        # 20,000 coins with probability 0.8: a standard deviation of sqrt(0.8 * 0.2 / 20000) = 0.0028
        assert kept.mean() == pytest.approx(0.8, abs=4 * 0.0028)
        # and no unit or example is treated otherwise: sqrt(0.16 / 400) = 0.02, sqrt(0.16 / 50) = 0.057
        assert kept.mean(axis=1) == pytest.approx(np.full(50, 0.8), abs=4 * 0.02)
        assert kept.mean(axis=0) == pytest.approx(np.full(400, 0.8), abs=4.5 * 0.057)

    def test_backward_goes_through_the_same_mask(self):
        layer, A = dropout(0.5), np.ones((50, 7), np.float32)
        out = layer.forward(A)
        assert np.array_equal(layer.backward(A), out)
        assert set(np.unique(out)) == {0, 2}

    def test_the_generator_decides_and_each_step_has_a_mask_of_its_own(self):
        layer, A = dropout(0.5), np.ones((50, 7), np.float32)
        assert not np.array_equal(layer.forward(A).copy(), layer.forward(A))
        assert np.array_equal(dropout(0.5, seed=1).forward(A), dropout(0.5, seed=1).forward(A))
        assert not np.array_equal(dropout(0.5, seed=1).forward(A), dropout(0.5, seed=2).forward(A))

    def test_in_use_everything_passes_and_no_mask_is_drawn(self):
        layer, A = dropout(0.5), np.ones((50, 7), np.float32)
        before = layer.generator.bit_generator.state
        assert layer.forward(A, training=False) is A
        assert layer.generator.bit_generator.state == before and layer.D is None

    def test_a_rate_of_zero_passes_everything(self):
        layer, A = dropout(0.0), np.ones((50, 7), np.float32)
        assert layer.forward(A) is A and layer.backward(A) is A and not layer.active
        assert Dropout().rate == 0

    def test_a_mask_long_past_is_forgotten(self):
        layer = dropout(0.5)
        layer.forward(np.ones((50, 7), np.float32))
        layer.rate = 0.0
        layer.rate = 0.3
        assert layer.D is None and layer.output is None

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_the_precision_is_kept(self, dtype):
        layer = dropout(0.3, dtype=dtype)
        assert layer.forward(np.ones((50, 2), dtype)).dtype == layer.D.dtype == dtype
        assert layer.backward(np.ones((50, 2), dtype)).dtype == dtype

    @pytest.mark.parametrize("rate", [-0.1, 1, 1.5, float("nan")])
    def test_impossible_rates_are_refused(self, rate):
        with pytest.raises(ValueError, match=f"at least 0 and below 1, got {rate}"):
            Dropout(rate)


def test_shared_constants_cannot_be_changed():
    for constant in (ones(41, np.dtype(np.float64)), zeros((41, 2), np.dtype(np.float64))):
        with pytest.raises(ValueError, match="read-only"):
            constant[0, 0] = 5


class Slope(Layer):
    """A = s Z with one learned slope per unit: a new layer that follows only the contract."""

    def parameter_shapes(self):
        return {"s": (*self.input_shape, 1)}

    def initialize(self, initializer, scale, generator):
        self.s[...] = 0.5

    def forward(self, A, training=True):
        self.A = A
        return self.s * A

    def backward(self, dA, to_input=True):
        self.ds[...] = (dA * self.A).sum(axis=1, keepdims=True)
        return self.s * dA


def test_a_new_layer_is_forward_backward_and_the_shapes_of_its_parameters():
    random = np.random.default_rng(0)
    network = Network([Dense(4), Slope(), Dense(2)], (3,), random, dtype=np.float64)
    assert network.parameters.size == 4 * 3 + 4 + 4 + 2 * 4 + 2
    check = check_gradients(network, MeanSquaredError(), random.normal(size=(3, 6)), random.normal(size=(2, 6)))
    assert check.relative_error < 1e-9
