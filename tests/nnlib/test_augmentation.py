"""Every move against SciPy's own, which goes pixel by pixel."""

from dataclasses import replace

import numpy as np
import pytest

from nnlib.augmentation import SMOOTHNESS, TOGETHER, Augmentation
from nnlib.recipes import Recipe
from tests.nnlib.training import steps

ndimage = pytest.importorskip("scipy.ndimage")  # comes with scikit-learn, see requirements-dev.txt

SHAPE = (9, 7)


@pytest.fixture
def generator():
    return np.random.default_rng(7)


@pytest.fixture
def pictures(generator):
    return generator.integers(0, 256, (TOGETHER + 5, SHAPE[0] * SHAPE[1])).astype(np.uint8)


def by_scipy(picture, down, right, angle, size):
    """The same move: SciPy expects the inverse map, from each new pixel to its place in the old picture."""
    middle = (np.array(SHAPE) - 1) / 2
    cosine, sine = np.cos(angle) / size, np.sin(angle) / size
    back = np.array([[cosine, sine], [-sine, cosine]])
    offset = middle - back @ (middle + np.array([down, right]))
    moved = ndimage.affine_transform(
        picture.reshape(SHAPE).astype(float), back, offset, order=1, mode="grid-constant", cval=0.0
    )
    return moved.reshape(-1)


def test_shifts_are_those_of_scipy(pictures, generator):
    moves = Augmentation(shift=3).draw(len(pictures), SHAPE, generator)
    moved = moves.apply(pictures)
    assert {*moves.down, *moves.right} == {*range(-3, 4)}
    for picture, result, down, right in zip(pictures, moved, moves.down, moves.right, strict=True):
        expected = ndimage.shift(picture.reshape(SHAPE), (down, right), order=0, mode="constant")
        np.testing.assert_array_equal(result.reshape(SHAPE), expected)


@pytest.mark.parametrize("limits", [(0, 30.0, 0.0), (0, 0.0, 0.4), (2, 90.0, 0.5)], ids=str)
def test_turns_and_sizes_are_those_of_scipy(pictures, generator, limits):
    moves = Augmentation(*limits).draw(len(pictures), SHAPE, generator)
    moved = moves.apply(pictures)
    assert moves.pulls is None
    for number, picture in enumerate(pictures):
        expected = by_scipy(picture, moves.down[number], moves.right[number], moves.angles[number], moves.sizes[number])
        assert np.abs(moved[number] - expected).max() <= 0.51  # rounded to whole levels of brightness


def displacement(pulls, row, column):
    """How much further down and right one pixel comes from, knot by knot; knots stand every SMOOTHNESS pixels.
    `pulls` of one picture (2, rows, columns) or of many (m, 2, rows, columns)."""
    weights = np.empty(pulls.shape[-2:])
    for i, j in np.ndindex(*weights.shape):
        distance = np.array([row, column]) - (np.array([i, j]) * SMOOTHNESS - SMOOTHNESS / 2)
        weights[i, j] = np.exp(-(distance @ distance) / (2 * SMOOTHNESS**2))
    weights /= np.sqrt((weights**2).sum())
    return (pulls * weights).sum(axis=(-2, -1))


def test_bent_strokes_are_those_of_scipy(pictures, generator):
    pictures = pictures[:6]
    moves = Augmentation(1, 20.0, 0.2, 1.5).draw(len(pictures), SHAPE, generator)
    moved = moves.apply(pictures)
    middle = (np.array(SHAPE) - 1) / 2
    for number, picture in enumerate(pictures):
        cosine, sine = np.cos(moves.angles[number]), np.sin(moves.angles[number])
        back = np.array([[cosine, sine], [-sine, cosine]]) / moves.sizes[number]
        shift = np.array([moves.down[number], moves.right[number]])
        places = np.array(
            [
                middle + back @ (place - middle - shift) + displacement(moves.pulls[number], *place)
                for place in np.ndindex(*SHAPE)
            ]
        )
        expected = ndimage.map_coordinates(
            picture.reshape(SHAPE).astype(float), places.T, order=1, mode="grid-constant", cval=0.0
        )
        assert np.abs(moved[number] - expected).max() <= 0.52  # rounded to whole levels of brightness


def test_every_pixel_is_displaced_as_far_as_asked_and_neighbours_alike(generator):
    pulls = Augmentation(distortion=2.0).draw(4_000, (28, 28), generator).pulls
    near, here, far = (displacement(pulls, *place) for place in ((3, 4), (3, 3), (20, 3)))
    for displaced in (near, here, far):
        np.testing.assert_allclose(displaced.std(axis=0), 2.0, rtol=0.05)
    assert np.corrcoef(near[:, 0], here[:, 0])[0, 1] > 0.95
    assert abs(np.corrcoef(far[:, 0], here[:, 0])[0, 1]) < 0.08
    assert abs(np.corrcoef(here[:, 0], here[:, 1])[0, 1]) < 0.08  # down and right have nothing to do with each other


def test_limits_hold_and_are_used_up(generator):
    moves = Augmentation(2, 10.0, 0.1).draw(20_000, (28, 28), generator)
    for values, least, most in (
        (moves.down, -2, 2), (moves.right, -2, 2), (np.degrees(moves.angles), -10, 10), (moves.sizes, 0.9, 1.1),
    ):  # fmt: skip
        assert least <= values.min() <= least + 0.01 * (most - least)
        assert most - 0.01 * (most - least) <= values.max() <= most
        assert abs(values.mean() - (least + most) / 2) < 0.02 * (most - least)


def test_nothing_moves_without_limits(pictures, generator):
    assert not Augmentation()
    np.testing.assert_array_equal(Augmentation().draw(len(pictures), SHAPE, generator).apply(pictures), pictures)


@pytest.mark.parametrize(
    "limits", [{"shift": -1}, {"shift": 9}, {"shift": 0.5}, {"rotation": 91.0}, {"zoom": -0.1}, {"distortion": 4.5}]
)
def test_impossible_limits(limits):
    with pytest.raises(ValueError, match="expected"):
        Augmentation(**limits)


def test_a_part_of_the_moves_moves_a_part_of_the_pictures(pictures, generator):
    moves = Augmentation(2, 20.0, 0.2, 1.0).draw(len(pictures), SHAPE, generator)
    part = slice(3, 11)
    np.testing.assert_array_equal(moves[part].apply(pictures[part]), moves.apply(pictures)[part])


# In training

SMALL = Recipe(hidden=(8,), batch_size=32, shift=2, rotation=15.0, zoom=0.1, distortion=1.0)


def inputs(trainer):
    """The training batch of the last step, as pixels, (m, inputs)."""
    return np.rint(trainer.network.inputs.T * 255).astype(np.uint8)


def test_a_step_trains_on_moved_pictures(few):
    moved, still = SMALL.trainer(few), replace(SMALL, shift=0, rotation=0.0, zoom=0.0, distortion=0.0).trainer(few)
    moves = moved.sampler.moves(32)
    for trainer in (moved, still):
        trainer.step()
    np.testing.assert_array_equal(inputs(moved), moves.apply(inputs(still)))
    assert (inputs(moved) != inputs(still)).any()


def test_every_batch_and_every_epoch_has_moves_of_its_own(few):
    trainer = SMALL.trainer(few)
    seen = []
    for _ in range(3 * trainer.batches):
        seen.append(tuple(trainer.sampler.moves(4).angles))
        trainer.step()
    assert len({*seen}) == len(seen)


def test_the_moves_do_not_depend_on_the_number_of_threads(few):
    one, two = (replace(SMALL, batch_size=None).trainer(few) for _ in range(2))
    one.network.examples_per_block = two.network.examples_per_block = 50
    two.threads = 2
    steps(one, 3), steps(two, 3)
    np.testing.assert_allclose(one.network.parameters, two.network.parameters, rtol=0, atol=1e-6)


def test_switching_it_on_and_off_while_training_changes_nothing_else(few):
    plain, switched = (replace(SMALL, shift=0, rotation=0.0, zoom=0.0, distortion=0.0).trainer(few) for _ in range(2))
    switched.adjust(SMALL)
    assert switched.sampler.augmentation == Augmentation(2, 15.0, 0.1, 1.0)
    switched.adjust(plain.recipe)
    steps(plain, 3), steps(switched, 3)
    np.testing.assert_array_equal(plain.network.parameters, switched.network.parameters)


def test_evaluations_are_of_the_pictures_as_they_are(few):
    moved, still = SMALL.trainer(few), replace(SMALL, shift=0, rotation=0.0, zoom=0.0, distortion=0.0).trainer(few)
    assert moved.evaluate(few.validation).loss == still.evaluate(few.validation).loss
