"""The evaluation of a whole split, against one example at a time."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

from nnlib.datasets import Split
from nnlib.evaluation import TEST_TIME_MOVES, Move, accuracy, accuracy_moved, evaluate, evaluating
from nnlib.losses import LOSSES, softmax
from nnlib.recipes import Recipe
from nnlib.scaling import UNIT
from nnlib.workers import Workers


@pytest.fixture(scope="module")
def split(digits):
    """More than one block, and not a multiple of one."""
    return digits.test.take(1237)


@pytest.fixture(scope="module")
def network(few):
    return Recipe(hidden=(12,), dropout=0.5, seed=4).network(few.n_inputs, few.n_classes)


def workers(network, loss="softmax-cross-entropy", threads=1):
    return Workers(network, LOSSES[loss](), UNIT, threads)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_huge_losses_have_a_finite_mean_without_a_warning(few, split):
    network = Recipe(hidden=(), seed=4, initializer="uniform", scale=2e36).network(few.n_inputs, few.n_classes)
    found = evaluate(workers(network), split, 10)
    with np.errstate(over="ignore"):
        assert np.isfinite(found.losses).all() and found.losses.sum() == np.inf
    assert found.loss == pytest.approx(found.losses.astype(float).mean()) and np.isfinite(found.take(100).loss)


def test_scores_are_those_of_each_example_alone(network, split):
    scores = evaluate(workers(network), split, 10).scores
    assert scores.shape == (10, len(split)) and scores.dtype == np.float32
    first, second = network.weights()
    for image, ours in zip(split.images, scores.T, strict=True):
        x = image.astype(np.float64) / 255
        expected = second.W @ np.maximum(first.W @ x + first.b[:, 0], 0) + second.b[:, 0]
        assert np.linalg.norm(ours - expected) < 1e-5 * np.linalg.norm(expected)


def test_loss_and_accuracy_are_those_of_scikit_learn(network, split):
    result = evaluate(workers(network, "softmax-cross-entropy"), split, 10)
    exponentials = np.exp(result.scores.astype(np.float64))
    probabilities = (exponentials / exponentials.sum(axis=0)).T
    assert result.loss == pytest.approx(log_loss(split.labels, probabilities, labels=np.arange(10)), rel=1e-5)
    assert result.accuracy == accuracy_score(split.labels, probabilities.argmax(axis=1))
    assert result.predicted.tolist() == probabilities.argmax(axis=1).tolist()
    own = probabilities[np.arange(len(split)), split.labels]
    assert result.losses == pytest.approx(-np.log(own), rel=1e-4, abs=1e-6)
    assert type(result.loss) is type(result.accuracy) is float


def test_mistakes_are_where_truth_and_prediction_differ(network, split):
    result = evaluate(workers(network, "mean-squared-error"), split, 10)
    expected = [i for i in range(len(split)) if result.predicted[i] != split.labels[i]]
    assert result.mistakes().tolist() == expected
    assert 1 - len(expected) / len(split) == pytest.approx(result.accuracy)


@pytest.mark.parametrize("n", [1, 240, 1000])
def test_the_first_examples_of_an_evaluation_are_evaluated_already(network, split, n):
    found, expected = evaluate(workers(network), split, 10).take(n), evaluate(workers(network), split.take(n), 10)
    for name in ("scores", "losses", "loss"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-5, abs=1e-6)
    assert found.accuracy == expected.accuracy and found.mistakes().tolist() == expected.mistakes().tolist()


def test_a_network_in_use_does_not_drop_out(network, split):
    first, second = (evaluate(workers(network), split, 10).scores for _ in range(2))
    assert np.array_equal(first, second)


def test_threads_change_nothing(network, split):
    one, three = (evaluate(workers(network, threads=threads), split, 10).scores for threads in (1, 3))
    assert np.array_equal(one, three)


def test_one_example(network, split):
    result = evaluate(workers(network, "softmax-cross-entropy"), split.take(1), 10)
    assert result.scores.shape == (10, 1) and result.accuracy in (0, 1) and result.loss == result.losses[0]


@pytest.mark.parametrize("loss", ["softmax-cross-entropy", "mean-squared-error"])
@pytest.mark.filterwarnings("error")
def test_weights_beyond_measure_give_a_loss_that_is_not_finite(few, loss):
    network = Recipe(hidden=(12,)).network(few.n_inputs, few.n_classes)
    network.parameters *= np.float32(1e30)
    assert not np.isfinite(evaluate(workers(network, loss), few.test, 10).loss)


def test_two_classes(digits):
    split = Split(digits.test.images[:50], digits.test.labels[:50] % 2, digits.test.source_index[:50])
    network = Recipe(hidden=(3,), loss="binary-cross-entropy").network(784, 2)
    result = evaluate(workers(network, "binary-cross-entropy"), split, 2)
    p = 1 / (1 + np.exp(-result.scores[0].astype(np.float64)))
    assert result.loss == pytest.approx(log_loss(split.labels, p), rel=1e-5)
    assert result.accuracy == np.mean((p >= 0.5) == split.labels)


def test_reading_every_digit_several_times_averages_its_probabilities(network, split):
    border = np.zeros((28, 28), bool)
    border[[0, -1]] = border[:, [0, -1]] = True
    split = Split(np.where(border.reshape(-1), 0, split.images), split.labels, split.source_index)
    shifts = ((0, 0), (1, -1), (0, 1))
    probabilities = np.zeros((10, len(split)))
    for down, right in shifts:
        pictures = np.roll(split.images.reshape(-1, 28, 28), (down, right), axis=(1, 2))  # the border is empty
        moved = Split(pictures.reshape(len(split), -1), split.labels, split.source_index)
        probabilities += softmax(evaluate(workers(network), moved, 10).scores)
    expected = np.mean(probabilities.argmax(axis=0) == split.labels)
    assert accuracy_moved(workers(network), split, 10, [Move(*shift) for shift in shifts]) == expected


def test_moves_turn_and_resize(network, split):
    """Moves before evaluation, against pictures moved by SciPy."""
    ndimage = pytest.importorskip("scipy.ndimage")
    angle, size = np.radians(10.0), 1.2
    back = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / size
    middle = np.array([13.5, 13.5])
    pictures = [
        ndimage.affine_transform(
            image.reshape(28, 28).astype(float), back, middle - back @ middle, order=1, mode="grid-constant"
        )
        for image in split.images
    ]
    moved = replace(split, images=np.rint(pictures).astype(np.uint8).reshape(len(split), -1))
    expected = evaluate(workers(network), moved, 10).accuracy
    assert expected != evaluate(workers(network), split, 10).accuracy
    found = accuracy_moved(workers(network), split, 10, [Move(angle=10.0, size=1.2)])
    assert found == pytest.approx(expected, abs=2 / len(split))  # pixels halfway between two levels may round otherwise


def test_with_test_time_augmentation_every_digit_is_read_nine_times(network, split):
    assert len({*TEST_TIME_MOVES}) == 9 and TEST_TIME_MOVES[0] == (0, 0, 0.0, 1.0)
    nine = accuracy_moved(workers(network), split, 10, TEST_TIME_MOVES)
    once = evaluate(workers(network), split, 10).accuracy
    assert accuracy(workers(network), split, 10, test_time_augmentation=True) == nine != once
    assert accuracy(workers(network), split, 10) == once == accuracy_moved(workers(network), split, 10, [Move()])


def test_a_trainer_reads_as_its_recipe_says(few):
    once, nine = (Recipe(hidden=(12,), test_time_augmentation=each).trainer(few) for each in (False, True))
    for trainer in (once, nine):
        trainer.epoch()
    workers = nine.workers
    assert once.accuracy(few.test) == accuracy(workers, few.test, 10)
    assert nine.accuracy(few.test) == accuracy(workers, few.test, 10, True) != once.accuracy(few.test)


@pytest.mark.parametrize("threads", [1, 3])
def test_on_the_way_it_tells_how_much_is_done(network, split, threads):
    shares = list(evaluating(workers(network, threads=threads), split, 10))
    assert shares == sorted(shares) and len(shares) > 1 and 0 < shares[0] < shares[-1] == 1
