"""Image layers against naive loops over pixels, and gradient checks."""

from dataclasses import replace

import numpy as np
import pytest

from nnlib.activations import ReLU
from nnlib.augmentation import Moves
from nnlib.convolution import AveragePool2D, Conv2D, Flatten, Images, MaxPool2D
from nnlib.evaluation import TEST_TIME_MOVES
from nnlib.fast_convolution.fused import ConvReLUPool, fuse, small_buffers
from nnlib.fast_convolution.patches import Patches
from nnlib.fast_convolution.tiles import Tiles
from nnlib.fast_convolution.winograd import Winograd
from nnlib.gradcheck import check_gradients
from nnlib.gradient_descent import compute_gradients
from nnlib.layers import Dense
from nnlib.losses import SoftmaxCrossEntropy
from nnlib.network import Network
from nnlib.recipes import Recipe, RecipeError

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
    """Each window separately."""
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
    yield "largest of nine", [Conv2D(2, 2), ReLU(), MaxPool2D(3), Flatten(), Dense(4)], (8, 7, 1)
    yield "mean of nine", [Conv2D(2, 2), ReLU(), AveragePool2D(3), Flatten(), Dense(4)], (8, 7, 1)
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


def test_the_first_weights_by_hand():
    """A 3 x 3 kernel on 2 channels: 18 numbers enter each output, and each pixel has a part in 9 outputs of 5 filters.
    All ones, scaled by one half; biases start at zero."""
    layer, fans = network_of([Conv2D(5)], (6, 6, 2)).layers[1], []

    def ones(shape, fan_in, fan_out, generator):
        fans.append((fan_in, fan_out))
        return np.ones(shape)

    layer.b[...] = 7
    layer.initialize(ones, 0.5, np.random.default_rng(0))
    assert fans == [(18, 45)]
    assert layer.W.shape == (5, 18) and (layer.W == 0.5).all() and (layer.b == 0).all()


PICTURE_LAYERS = [Images(6, 6), Conv2D(2, 3, 1, 1), MaxPool2D(), AveragePool2D(), Flatten()]


@pytest.mark.parametrize("layer", PICTURE_LAYERS, ids=lambda layer: type(layer).__name__)
class TestTheContract:
    def batch(self, layer):
        """A batch of two for the layer, in float32."""
        layer.build((36,) if isinstance(layer, Images) else (6, 6, 1))
        for name, size in layer.parameter_shapes().items():
            layer.bind(name, np.ones(size, np.float32), np.ones(size, np.float32))
        A = np.arange(72, dtype=np.float32)
        return A.reshape((36, 2) if isinstance(layer, Images) else (2, 6, 6, 1))

    def test_a_step_leaves_what_it_computed_in_its_precision(self, layer):
        A = self.batch(layer)
        Z = layer.forward(A)
        back = layer.backward(np.ones_like(Z))
        assert back.shape == A.shape and Z.dtype == back.dtype == np.float32
        assert all(getattr(layer, name) is not None for name in layer.computed)
        assert np.array_equal(layer.Z if isinstance(layer, Conv2D) else layer.A, Z)

    def test_without_training_no_trace_is_left(self, layer):
        A = self.batch(layer)
        Z = layer.forward(A, training=False)
        assert all(getattr(layer, name) is None for name in layer.computed)
        assert np.array_equal(layer.forward(A), Z)


@pytest.mark.parametrize("layer", [Images(2, 3, 2), Flatten()], ids=lambda layer: type(layer).__name__)
def test_a_change_of_shape_alone_is_undone_on_the_way_back(layer):
    A = np.arange(24.0).reshape((12, 2) if isinstance(layer, Images) else (2, 2, 3, 2))
    layer.build((12,) if isinstance(layer, Images) else (2, 3, 2))
    assert np.array_equal(layer.backward(layer.forward(A)), A)


def test_a_first_convolution_does_without_the_gradient_of_its_pictures():
    random = np.random.default_rng(0)
    layer = convolution_of(random, (5, 5, 1), 2)
    dZ = random.normal(size=layer.forward(random.normal(size=(2, 5, 5, 1))).shape)
    layer.backward(dZ)
    dW = layer.dW.copy()
    assert layer.backward(dZ, to_input=False) is None and layer.dP is None and layer.dA is None
    assert np.array_equal(layer.dW, dW) and layer.dZ is dZ


def pictures_with_blank_parts(random, network, m):
    """As in digits: every blank window is a tie."""
    shape = network.input_shape[0], m
    return random.normal(size=shape) * (random.random(shape) < 0.3)


@pytest.mark.parametrize("seed", range(SHAPES))
def test_fused_layers_compute_what_the_plain_ones_do(seed):
    random = np.random.default_rng(seed)
    kernels = random.integers(1, 4, 2).tolist()
    paddings = [int(random.integers(0, kernel)) for kernel in kernels]
    filters = random.integers(1, 6, 2).tolist()
    shape = (*random.integers(9, 16, 2).tolist(), int(random.integers(1, 4)))
    layers = [Conv2D(filters[0], kernels[0], 1, paddings[0]), ReLU(), MaxPool2D()]
    layers += [Conv2D(filters[1], kernels[1], 1, paddings[1]), ReLU(), MaxPool2D(), Conv2D(2, 1), Flatten()]
    fused = network_of(layers, shape, seed)
    plain = fused.astype(float)
    plain.unfuse()
    for layer in (fused.layers[1], fused.layers[4], plain.layers[1], plain.layers[4]):
        layer.b[...] = np.linspace(-0.5, 0.5, layer.filters)[:, None]
    for m in (4, 3):  # a smaller last batch uses the memory of the larger one
        X = pictures_with_blank_parts(random, fused, m)
        scores = fused.forward(X)
        assert scores == pytest.approx(plain.forward(X), abs=1e-12)
        assert fused.forward(X, training=False) == pytest.approx(scores, abs=1e-12)
        gradient = random.normal(size=scores.shape)
        fused.backward(gradient)
        plain.backward(gradient)
        assert fused.gradients == pytest.approx(plain.gradients, abs=1e-11)


@pytest.mark.parametrize("bias", [-1.0, 1.0])
def test_blank_pictures_give_their_bias(bias):
    network = network_of([Conv2D(2), ReLU(), MaxPool2D(), Flatten(), Dense(3)], (6, 6, 1))
    network.layers[1].b[...] = bias
    scores = network.forward(np.zeros((36, 5)))
    dense = network.layers[-1]
    np.testing.assert_allclose(scores, np.broadcast_to(dense.W.sum(axis=1)[:, None] * max(bias, 0), (3, 5)))
    network.backward(np.ones((3, 5)))
    assert not network.layers[1].dW.any()
    sent = dense.W.sum(axis=0).reshape(-1, 2).sum(axis=0) * 5  # by all windows, to each filter
    np.testing.assert_allclose(network.layers[1].db[:, 0], sent * (bias > 0))


def test_of_equal_outputs_the_first_gets_the_gradient():
    layer = convolution_of(np.random.default_rng(0), (2, 2, 1), 1, kernel=1)
    layer.W[...], layer.b[...] = 2.0, 1.0
    step = ConvReLUPool(layer)
    assert step.forward(np.zeros((1, 2, 2, 1))).ravel().tolist() == [1.0]
    assert step.backward(np.full((1, 1, 1, 1), 5.0)).ravel().tolist() == [10.0, 0.0, 0.0, 0.0]


def a_step(way, convolution):
    step = ConvReLUPool(convolution)
    step.way = way(convolution)
    return step


def convolution_of(random, shape, filters, dtype=np.float64, kernel=3):
    layer = Conv2D(filters, kernel)
    layer.dtype = np.dtype(dtype)
    layer.build(shape)
    for name, size in layer.parameter_shapes().items():
        layer.bind(name, random.integers(-8, 9, size).astype(dtype), np.empty(size, dtype))
    return layer


class TestWinograd:
    def test_whole_numbers_come_out_exactly(self):
        """Its only fractions are halves and quarters, which are exact in binary: not a bit may differ."""
        random = np.random.default_rng(0)
        layer = convolution_of(random, (11, 12, 5), 3, np.float32)
        A = random.integers(-8, 9, (4, 11, 12, 5)).astype(np.float32)
        dA = random.integers(-8, 9, (4, 4, 5, 3)).astype(np.float32)
        found = []
        for way in (Patches, Winograd):
            step = a_step(way, layer)
            pooled, back = step.forward(A).copy(), step.backward(dA).copy()
            found.append((pooled, back, layer.dW.copy(), layer.db.copy()))
        for expected, got in zip(*found, strict=True):
            np.testing.assert_array_equal(got, expected)
        assert np.abs(found[0][1]).max() > 100

    def test_in_single_precision_it_is_as_exact_as_needed(self):
        random = np.random.default_rng(1)
        exact = convolution_of(random, (13, 13, 32), 64)
        exact.W[...] = random.normal(size=exact.W.shape)
        exact.b[...] = 0
        A, dA = random.normal(size=(3, 13, 13, 32)), random.normal(size=(3, 5, 5, 64))
        A, dA = A.astype(np.float32), dA.astype(np.float32)
        rounded = convolution_of(random, (13, 13, 32), 64, np.float32)
        rounded.W[...], rounded.b[...] = exact.W, 0
        exact.W[...] = rounded.W
        expected, got = a_step(Patches, exact), a_step(Winograd, rounded)
        np.testing.assert_allclose(got.forward(A), expected.forward(A.astype(float)), rtol=0, atol=2e-4)  # of up to 70
        assert expected.forward(A.astype(float)).max() > 60
        np.testing.assert_allclose(got.backward(dA), expected.backward(dA.astype(float)), rtol=0, atol=2e-4)
        np.testing.assert_allclose(rounded.dW, exact.dW, rtol=0, atol=2e-4)

    def test_it_is_for_kernels_of_three_on_several_channels(self):
        random = np.random.default_rng(2)
        assert Winograd.suits(convolution_of(random, (8, 8, 2), 1))
        assert not Winograd.suits(convolution_of(random, (8, 8, 1), 1))
        assert not Winograd.suits(convolution_of(random, (8, 8, 2), 1, kernel=2))


class TestTiles:
    def test_the_first_layer_has_no_gradient_of_its_pictures(self):
        random = np.random.default_rng(3)
        step = ConvReLUPool(convolution_of(random, (8, 8, 1), 2), first=True)
        pooled = step.forward(random.normal(size=(2, 8, 8, 1)))
        with pytest.raises(ValueError, match="no gradient of the pictures"):
            step.backward(pooled)
        step.backward(pooled, to_input=False)

    def test_only_layers_below_which_nothing_is_learned_leave_blank_tiles_out(self):
        three = [Conv2D(2), ReLU(), MaxPool2D()]
        network = network_of([*three, Flatten()], (16, 16, 1))
        assert type(network._steps[1].way) is Tiles
        network = network_of([Conv2D(1, 1), Conv2D(1), ReLU(), MaxPool2D(), Flatten()], (16, 16, 1))
        assert type(network._steps[2].way) is Patches


def test_numpys_buffers_are_left_as_they_were():
    before = np.getbufsize()
    with pytest.raises(RuntimeError), small_buffers():
        assert np.getbufsize() != before
        raise RuntimeError
    assert np.getbufsize() == before


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
    with pytest.raises(ValueError, match="kernel must be at least 1, got 0"):
        Conv2D(1, 0)
    with pytest.raises(ValueError, match="stride must be at least 1, got 0"):
        Conv2D(1, 3, 0)
    with pytest.raises(ValueError, match="at least 1, got 0"):
        MaxPool2D(0)
    with pytest.raises(ValueError, match="pooling window of size 3 does not fit into pictures 2 pixels wide"):
        MaxPool2D(3).build((4, 2, 1))
    with pytest.raises(ValueError, match="padding must be at least 0 and below the kernel's 3, got 3"):
        Conv2D(1, 3, padding=3)
    with pytest.raises(ValueError, match="expected inputs of 12 pixels"):
        Network([Images(3, 4)], (13,), np.random.default_rng(0))


WIDE = (14, 56)


@pytest.fixture
def wide(few):
    """As many pixels as 28 x 28: the rows of each digit two by two, the odd ones on the left."""
    return replace(few, image_shape=WIDE)


def test_pictures_that_are_not_square_are_trained_on_as_they_are(wide):
    """784 pixels could be 28 x 28 too. Three steps of a recipe, against plain layers on pictures of 14 x 56."""
    recipe = Recipe(convolutions=(3,), hidden=(6,), batch_size=10, seed=2)
    trainer = recipe.trainer(wide)
    layers = [Images(*WIDE), Conv2D(3), ReLU(), MaxPool2D(), Flatten(), Dense(6), ReLU(), Dense(10)]
    plain = Network(layers, (784,), np.random.default_rng([2, 0]))
    plain.unfuse()
    loss = SoftmaxCrossEntropy()
    np.testing.assert_array_equal(plain.parameters, trainer.network.parameters)
    for _ in range(3):
        images, labels = trainer.sampler.next_batch()
        compute_gradients(plain, loss, images.T.astype(np.float32) / 255, loss.targets(labels, 10), 10)
        plain.parameters -= recipe.learning_rate * plain.gradients
        trainer.step()
    np.testing.assert_allclose(trainer.network.parameters, plain.parameters, rtol=1e-4, atol=1e-6)

    pictures = wide.test.images[:2].reshape(2, *WIDE, 1) / 255
    layer = plain.layers[1]
    pooled = pool(np.maximum(convolve(pictures, layer.W, layer.b, 3, 1, 0), 0), 2, np.max)
    hidden = np.maximum(plain.layers[5].forward(pooled.reshape(2, -1).T, training=False), 0)
    scores = plain.layers[-1].forward(hidden, training=False)
    found = trainer.evaluate(wide.test.take(2)).scores
    np.testing.assert_allclose(found, scores, rtol=1e-3, atol=1e-5)


def test_reading_such_pictures_several_times_moves_them_as_they_are(wide):
    trainer = Recipe(hidden=(6,), test_time_augmentation=True).trainer(wide)
    trainer.epoch()
    total = np.zeros((10, len(wide.test)))
    for move in TEST_TIME_MOVES:
        turn = (np.full(100, np.radians(move.angle)), np.full(100, move.size)) if move.angle or move.size != 1 else ()
        moves = Moves(WIDE, np.full(100, move.down), np.full(100, move.right), *turn)
        scores = trainer.evaluate(replace(wide.test, images=moves.apply(wide.test.images))).scores
        total += trainer.loss.class_probabilities(scores)
    assert trainer.accuracy(wide.test) == np.mean(total.argmax(axis=0) == wide.test.labels)


@pytest.mark.parametrize(("shape", "convolutions"), [((8, 8), (2, 2)), ((2, 30), (2,)), ((20, 4), (2, 2)), (600, (2,))])
def test_pictures_that_are_too_small_for_the_convolutions_are_refused(shape, convolutions):
    with pytest.raises(RecipeError, match="expected a recipe"):
        Recipe(convolutions=convolutions).network(shape, 10)


def test_any_picture_of_at_least_the_size_of_the_kernels_fits(few):
    digits = few.centre_crop(20)

    def cut(split):
        return replace(split, images=split.images.reshape(-1, 20, 20)[:, :, 4:15].reshape(len(split), -1))

    digits = replace(
        digits, train=cut(digits.train), validation=cut(digits.validation), test=cut(digits.test), image_shape=(20, 11)
    )
    trainer = Recipe(convolutions=(2, 2), hidden=()).trainer(digits)
    assert trainer.network.weights()[-1].W.shape == (10, 3 * 1 * 2)  # 20 x 11, 18 x 9, 9 x 4, 7 x 2, 3 x 1
    trainer.step()
