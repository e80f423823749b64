"""What excites a unit, against a network gone through layer by layer, one digit at a time."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.weights.unit_responses import receptive_field, responding
from nnlib.activations import ACTIVATIONS, Activation
from nnlib.convolution import AveragePool2D, Conv2D, Flatten, Images, MaxPool2D
from nnlib.layers import Dense
from nnlib.network import Network
from nnlib.recipes import RECIPES

CNN = replace(RECIPES["cnn-32-64-128"], convolutions=(3, 5), hidden=(6,))
NETWORKS = {
    "two hidden layers": replace(RECIPES["first-steps"], hidden=(7, 5), activation="sigmoid"),
    "no hidden layer": replace(RECIPES["first-steps"], hidden=()),
    "dropout": replace(RECIPES["first-steps"], hidden=(7,), dropout=0.5),
    "convolutions": CNN,
    "convolutions, tanh": replace(CNN, activation="tanh"),
}


@pytest.fixture(params=NETWORKS)
def trainer(request, few):
    made = replace(NETWORKS[request.param], batch_size=50).trainer(few)
    for _ in range(2):
        made.step()
    return made


def sums_and_outputs(trainer, number, unit, image):
    """What one unit makes of one image, in all its places, before and after the activation."""
    wanted = trainer.network.weights()[number]
    A, Z = trainer.scaling.apply(image[None]).T, None
    for layer in trainer.network.layers:
        A = layer.forward(A, training=False)
        if layer is wanted:
            Z = A
        elif Z is not None:
            break
    mine = [each[0, ..., unit] if each.ndim == 4 else each[unit, 0] for each in (Z, A)]
    return mine if isinstance(layer, Activation) else (mine[0], mine[0])


def result_of(work):
    """What a generator returns."""

    def whole():
        yield (yield from work)

    *_, result = whole()
    return result


def test_every_answer_is_that_of_the_network(trainer):
    split = trainer.digits.validation
    for number, layer in enumerate(trainer.network.weights()):
        for unit in (0, len(layer.W) - 1):
            found = result_of(responding(trainer, number, unit))
            assert len(found) == len(split) == 100
            assert found.position == trainer.position
            for i in range(0, 100, 7):
                sums, outputs = sums_and_outputs(trainer, number, unit, split.images[i])
                assert found.sums[i] == pytest.approx(sums.max(), rel=1e-4, abs=1e-5)
                assert found.outputs[i] == pytest.approx(outputs.max(), rel=1e-4, abs=1e-5)
                if np.ndim(sums):
                    assert sums[tuple(found.places[i])] == pytest.approx(sums.max(), rel=1e-4, abs=1e-5)
                else:
                    assert found.places is None


def test_the_most_and_the_least_exciting_digits_and_the_mean_of_each_class(trainer):
    found = result_of(responding(trainer, 0, 1))
    rest = set(range(100)) - set(found.most(10).tolist())
    assert (np.diff(found.sums[found.most(10)]) <= 0).all()
    assert found.sums[found.most(10)].min() >= found.sums[list(rest)].max()
    rest = set(range(100)) - set(found.least(10).tolist())
    assert (np.diff(found.sums[found.least(10)]) >= 0).all()
    assert found.sums[found.least(10)].max() <= found.sums[list(rest)].min()
    means = found.class_means(11)
    for k in range(10):
        of_class = [y for y, label in zip(found.outputs.tolist(), found.labels, strict=True) if label == k]
        assert means[k] == pytest.approx(sum(of_class) / len(of_class), rel=1e-5)
    assert np.isnan(means[10])


def test_looking_leaves_no_trace_and_weights_without_bound_are_no_error(few):
    trainer = replace(NETWORKS["two hidden layers"], scale=1e300).trainer(few)
    before = trainer.network.parameters.copy()
    found = result_of(responding(trainer, 1, 0))
    assert len(found.most(5)) == len(found.least(5)) == 5
    np.testing.assert_array_equal(trainer.network.parameters, before)


@pytest.mark.parametrize(("kernel", "stride", "padding"), [(3, 1, 0), (5, 2, 0), (3, 1, 1), (4, 3, 2)])
@pytest.mark.parametrize("pool", [MaxPool2D, AveragePool2D])
def test_a_receptive_field_is_what_a_place_depends_on(kernel, stride, padding, pool):
    """Every pixel in turn is made brighter and darker: those that change the sum are the field."""
    layers = [
        *(Images(16, 16), Conv2D(2, 3, padding=1), ACTIVATIONS["sigmoid"](), pool(2)),
        *(Conv2D(3, kernel, stride, padding), ACTIVATIONS["sigmoid"](), Flatten(), Dense(4)),
    ]
    network = Network(layers, (256,), np.random.default_rng(3), dtype=np.float64)
    convolution = layers[4]
    rows, columns, _ = convolution.output_shape
    A = np.repeat(np.random.default_rng(4).random((256, 1)), 513, axis=1)  # the last as it is
    pixels = np.arange(256)
    A[pixels, pixels] += 9.0
    A[pixels, 256 + pixels] -= 9.0
    values = convolution.forward(network.entering(convolution, A), training=False)[..., 1]

    for row, column in {(0, 0), (rows // 2, columns - 1), (rows - 1, columns // 2)}:
        *changed, unchanged = values[:, row, column]
        moved = ~np.isclose(changed, unchanged, rtol=1e-9, atol=0)
        found = (moved[:256] | moved[256:]).reshape(16, 16)
        field = np.zeros((16, 16), bool)
        field[receptive_field(network, convolution, row, column)] = True
        np.testing.assert_array_equal(found, field)
