"""The layers that see pictures, against twins that loop over pixels, and against their gradients."""

import numpy as np
import pytest

from nnlib.activations import ReLU
from nnlib.convolution import AveragePool2D, Conv2D, Flatten, Images, MaxPool2D
from nnlib.fused import ConvReLUPool, fuse
from nnlib.gradcheck import check_gradients
from nnlib.layers import Dense
from nnlib.losses import SoftmaxCrossEntropy
from nnlib.network import Network

SHAPES = 12  # random ones for each comparison with a twin


def convolve(A, W, b, kernel, stride, padding):
    """Z pixel by pixel, number by number."""
    m, height, width, channels = A.shape
    bordered = np.zeros((m, height + 2 * padding, width + 2 * padding, channels))
    for i in range(height):
        for j in range(width):
            bordered[:, i + padding, j + padding] = A[:, i, j]
    rows = (height + 2 * padding - kernel) // stride + 1
    columns = (width + 2 * padding - kernel) // stride + 1
    Z = np.zeros((m, rows, columns, len(W)))
    for image, row, column, filter_ in np.ndindex(Z.shape):
        total = b[filter_, 0]
        for i in range(kernel):
            for j in range(kernel):
                for channel in range(channels):
                    weight = W[filter_, (i * kernel + j) * channels + channel]
                    total += weight * bordered[image, row * stride + i, column * stride + j, channel]
        Z[image, row, column, filter_] = total
    return Z


def pool(A, size, choose):
    """Each window by itself."""
    m, height, width, channels = A.shape
    pooled = np.zeros((m, height // size, width // size, channels))
    for image, row, column, channel in np.ndindex(pooled.shape):
        down, across = slice(row * size, (row + 1) * size), slice(column * size, (column + 1) * size)
        pooled[image, row, column, channel] = choose(A[image, down, across, channel])
    return pooled


def network_of(layers, shape, seed=0):
    generator = np.random.default_rng(seed)
    return Network([Images(*shape), *layers], (int(np.prod(shape)),), generator, dtype=np.float64)


@pytest.mark.parametrize("seed", range(SHAPES))
def test_convolution_is_the_loop_over_pixels(seed):
    random = np.random.default_rng(seed)
    height, width, channels = [*random.integers(3, 9, 2).tolist(), int(random.integers(1, 4))]
    kernel, stride = int(random.integers(1, 4)), int(random.integers(1, 4))
    padding = int(random.integers(0, kernel))
    layer = Conv2D(int(random.integers(1, 5)), kernel, stride, padding)
    network = network_of([layer], (height, width, channels), seed)
    layer.b[...] = random.normal(size=layer.b.shape)
    X = random.normal(size=(height * width * channels, 3))
    A = X.T.reshape(3, height, width, channels)
    expected = convolve(A, layer.W, layer.b, kernel, stride, padding)
    assert network.forward(X) == pytest.approx(expected, abs=1e-12)
    assert layer.output_shape == expected.shape[1:]


@pytest.mark.parametrize(("layer", "choose"), [(MaxPool2D, np.max), (AveragePool2D, np.mean)])
@pytest.mark.parametrize("seed", range(SHAPES))
def test_pooling_is_the_loop_over_windows(layer, choose, seed):
    random = np.random.default_rng(seed)
    size = int(random.integers(1, 4))
    shape = (int(random.integers(size, 10)), int(random.integers(size, 10)), int(random.integers(1, 4)))
    A = random.normal(size=(2, *shape))
    pooling = layer(size)
    pooling.dtype = np.dtype(float)
    pooling.build(shape)
    assert pooling.forward(A) == pytest.approx(pool(A, size, choose), abs=1e-15)


def test_the_gradient_of_a_maximum_goes_to_the_first_of_equals_alone():
    pooling = MaxPool2D()
    pooling.build((2, 2, 1))
    pooling.forward(np.ones((1, 2, 2, 1), np.float32))
    back = pooling.backward(np.full((1, 1, 1, 1), 5.0, np.float32))
    assert back[0, :, :, 0].tolist() == [[5, 0], [0, 0]]


def stacks():
    yield "valid", [Conv2D(3), ReLU(), MaxPool2D(), Conv2D(4), ReLU(), MaxPool2D(), Flatten(), Dense(4)], (13, 12, 2)
    yield (
        "padded",
        [Conv2D(3, 3, 1, 1), ReLU(), MaxPool2D(), Conv2D(2, 2, 1, 1), ReLU(), MaxPool2D(), Flatten()],
        (6, 7, 1),
    )
    yield "strided", [Conv2D(3, 3, 2), ReLU(), AveragePool2D(), Flatten(), Dense(4)], (9, 9, 2)
    yield "unpooled", [Conv2D(2, 2), ReLU(), Flatten(), Dense(4)], (5, 4, 1)


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize(("layers", "shape"), [stack[1:] for stack in stacks()], ids=[stack[0] for stack in stacks()])
def test_gradients(layers, shape, fused):
    network = network_of(layers, shape)
    if not fused:
        network.unfuse()
    random = np.random.default_rng(1)
    loss, n_classes = SoftmaxCrossEntropy(), network.output_shape[0]
    Y = loss.targets(random.integers(0, n_classes, 3), n_classes, float)
    check = check_gradients(network, loss, random.normal(size=(network.input_shape[0], 3)), Y, l2=0.1)
    assert check.relative_error < 1e-6


@pytest.mark.parametrize("seed", range(SHAPES))
def test_fused_layers_compute_what_the_plain_ones_do(seed):
    random = np.random.default_rng(seed)
    kernel = int(random.integers(1, 4))
    padding = int(random.integers(0, kernel))
    shape = (*random.integers(kernel + 2, 12, 2).tolist(), int(random.integers(1, 4)))
    layers = [Conv2D(int(random.integers(1, 6)), kernel, 1, padding), ReLU(), MaxPool2D()]
    fused = network_of([*layers, Conv2D(2, 1), Flatten()], shape, seed)
    plain = fused.astype(float)
    plain.unfuse()
    # Pictures with large blank parts, as digits have: every window of a blank part is a tie.
    X = random.normal(size=(fused.input_shape[0], 4)) * (random.random((fused.input_shape[0], 4)) < 0.3)
    scores = fused.forward(X)
    assert scores == pytest.approx(plain.forward(X), abs=1e-12)
    assert fused.forward(X, training=False) == pytest.approx(scores, abs=1e-12)
    gradient = random.normal(size=scores.shape)
    fused.backward(gradient)
    plain.backward(gradient)
    assert fused.gradients == pytest.approx(plain.gradients, abs=1e-12)


def test_only_what_fits_is_fused():
    fitting, other = [Conv2D(2), ReLU(), MaxPool2D()], [Conv2D(2, 3, 2), ReLU(), MaxPool2D(), ReLU(), MaxPool2D()]
    network = network_of([*fitting, *other[:2]], (12, 12, 1))
    assert [type(step) for step in fuse(network.layers)] == [Images, ConvReLUPool, Conv2D, ReLU]
    assert [type(layer) for layer in fuse(other)] == [type(layer) for layer in other]


def test_a_kernel_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="a kernel of size 5 does not fit into pictures 4 pixels wide"):
        network_of([Conv2D(1, 5)], (4, 4, 1))
    with pytest.raises(ValueError, match="filters must be at least 1, got 0"):
        Conv2D(0)
    with pytest.raises(ValueError, match="padding must be at least 0 and below the kernel's 3, got 3"):
        Conv2D(1, 3, padding=3)
    with pytest.raises(ValueError, match="expected inputs of 12 pixels"):
        Network([Images(3, 4)], (13,), np.random.default_rng(0))
