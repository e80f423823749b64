"""What each layer makes of one digit, against sums written out here."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard.components import feature_maps
from nnlib.recipes import RECIPES
from tests.figures import figures


@pytest.fixture
def image(digits):
    return digits.validation.images[3]


def stages(trainer, image):
    names = trainer.digits.class_names
    return feature_maps.stages(trainer.network, trainer.loss, trainer.scaling.apply(image), names)


def by_symbol(trainer, image):
    return {each.symbol: each for each in stages(trainer, image)}


def test_of_a_convolution_every_pixel_is_the_kernel_laid_over_the_image(few, image):
    trainer = replace(RECIPES["cnn-32-64-128"], convolutions=(3, 2), hidden=(4,)).trainer(few)
    trainer.step()  # biases that are not zero
    found = by_symbol(trainer, image)
    assert list(found) == ["Z[1]", "A[1]", "M[1]", "Z[2]", "A[2]", "M[2]", "Z[3]", "A[3]", "Z[4]", "A[4]"]
    first, x = trainer.network.weights()[0], image.reshape(28, 28) / 255
    Z = np.zeros((3, 26 * 26))
    for f, i, j in np.ndindex(3, 26, 26):
        Z[f, 26 * i + j] = (first.kernels[f, :, :, 0] * x[i : i + 3, j : j + 3]).sum() + first.b[f, 0]
    np.testing.assert_allclose(found["Z[1]"].pictures.values, Z, atol=1e-5)
    np.testing.assert_allclose(found["A[1]"].pictures.values, np.maximum(Z, 0), atol=1e-5)
    cells = np.maximum(Z, 0).reshape(3, 13, 2, 13, 2)
    np.testing.assert_allclose(found["M[1]"].pictures.values, cells.max(axis=(2, 4)).reshape(3, -1), atol=1e-5)
    tiles = [found[name].pictures.tile for name in ("Z[1]", "M[1]", "Z[2]", "M[2]")]
    assert tiles == [(26, 26), (13, 13), (11, 11), (5, 5)]
    assert figures(found["A[1]"].sentence)[1] == pytest.approx(100 * (Z <= 0).mean(), abs=0.051)


def test_the_last_stages_are_what_the_fast_path_says(few, image):
    trainer = replace(RECIPES["cnn-32-64-128"], convolutions=(4, 3)).trainer(few)
    scores = trainer.network.forward(image[:, None] / np.float32(255), training=False)
    found = by_symbol(trainer, image)
    np.testing.assert_allclose(found["Z[4]"].pictures.values, scores, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["A[4]"].pictures.values.sum(), 1, rtol=1e-5)
    assert found["A[4]"].pictures.names == tuple("0123456789")


def test_looking_leaves_no_trace(few, image):
    trainer, twin = (replace(RECIPES["cnn-32-64-128"], convolutions=(3,), hidden=(5,)).trainer(few) for _ in range(2))
    for _ in range(2):
        stages(trainer, image)
        trainer.step(), twin.step()
    np.testing.assert_array_equal(trainer.network.parameters, twin.network.parameters)


def test_fully_connected_units_few_as_squares_many_in_lines(few, image):
    trainer = replace(RECIPES["first-steps"], hidden=(100, 7), dropout=0.5).trainer(few)
    found = by_symbol(trainer, image)
    assert [each.pictures.tile for each in found.values()] == [(4, 32)] * 2 + [(1, 1)] * 4
    assert len(found["A[2]"].pictures) == 7 and found["A[2]"].pictures.name(6) == "unit 7"
    assert "Ã[1]" not in found  # dropout does nothing to a digit that is read


def test_the_binary_network_speaks_of_its_classes(digits):
    trainer = RECIPES["binary-400-25-15-1"].trainer(digits)
    *_, Z3, A3 = stages(trainer, trainer.digits.validation.images[0])
    assert Z3.pictures.names == ("1",) and A3.pictures.names == ("0", "1") and A3.size == "2 classes"
    assert Z3.size == "1 class"


def test_scores_that_are_no_probabilities_and_diverged_weights_are_shown_as_they_are(few, image):
    trainer = replace(RECIPES["first-steps"], hidden=(), loss="mean-squared-error").trainer(few)
    assert list(by_symbol(trainer, image)) == ["Z[1]"]
    trainer = replace(RECIPES["first-steps"], scale=1e300).trainer(few)
    assert not np.isfinite(stages(trainer, image)[0].pictures.values).all()
