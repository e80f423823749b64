"""Preparing a picture as MNIST's were prepared, stage by stage."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from nnlib.datasets import DATA_FOLDER
from nnlib.preprocessing import (
    STAGES,
    STROKES,
    centre,
    crop,
    dark_ink,
    extreme_filter,
    grey,
    otsu,
    prepare,
    prepare_ink,
    resize,
    stroke_width,
    without_background,
)
from nnlib.reading import class_probabilities
from nnlib.storage import load


def drawing(shape=(90, 120), stroke=8):
    """An upright 7 in ink, 0 to 1."""
    ink = np.zeros(shape, np.float32)
    ink[20 : 20 + stroke, 30:70] = 1
    ink[20:75, 70 - stroke : 70] = 1
    return ink


def pen_on_paper(ink):
    return np.rint(255 * (0.95 - 0.8 * ink)).astype(np.uint8)


@pytest.fixture(scope="module")
def validation(digits):
    return digits.validation.take(300)


@pytest.fixture(scope="module")
def prepared(validation):
    return np.stack([prepare(image.reshape(28, 28))["scale"] for image in validation.images])


def test_mnist_is_nearly_unchanged(validation, prepared):
    before = validation.images.reshape(-1, 28, 28)
    difference = np.abs(prepared.astype(int) - before).mean()
    places = np.array([[ndimage.center_of_mass(image) for image in images] for images in (before, prepared)])
    shifted = (np.abs(places[0] - places[1]).max(axis=1) > 0.5).mean()
    assert difference < 1.0 and shifted < 0.05


def test_without_the_stroke_width_almost_no_digit_moves(validation):
    unmoved = [prepare(image.reshape(28, 28), off=("threshold", "stroke"))["scale"] for image in validation.images]
    same = (np.reshape(unmoved, (300, -1)) == validation.images).all(axis=1)
    assert same.mean() > 0.85


def test_a_network_reads_prepared_digits_of_mnist_as_well(validation, prepared, digits):
    saved = load(DATA_FOLDER / "reference-cnn.npz")
    right = class_probabilities(saved, digits, prepared.reshape(300, -1)).argmax(axis=0) == validation.labels
    assert right.mean() >= saved.evaluate(validation).accuracy - 1.5 / 300


def test_stages_in_order_and_what_each_leaves():
    pictures = prepare(pen_on_paper(drawing()))
    assert list(pictures) == list(STAGES)
    assert pictures["raw"].dtype == np.uint8 and pictures["raw"].shape == pictures["threshold"].shape == (90, 120)
    assert pictures["grey"].min() == pytest.approx(0.05, abs=0.01)
    assert pictures["grey"].max() == pytest.approx(0.85, abs=0.01)
    assert np.array_equal(pictures["threshold"], drawing())
    assert pictures["crop"].shape == (55, 40) and pictures["fit"].shape == (20, 15)
    final = pictures["scale"]
    assert final.shape == (28, 28) and final.dtype == np.uint8 and final.max() == 255
    rows, columns = ndimage.center_of_mass(final)
    assert 13.5 <= rows <= 14.5 and 13.5 <= columns <= 14.5


@pytest.mark.parametrize("stage", [name for name, stage in STAGES.items() if stage.off])
def test_every_stage_switched_off(stage):
    """The others go on without it, and the result has the same shape but is another one."""
    light = np.linspace(0.6, 1, 120)
    picture = np.rint(light * pen_on_paper(drawing(stroke=2))).astype(np.uint8)
    whole, without = prepare(picture), prepare(picture, off=(stage,))
    assert list(without) == [name for name in STAGES if name != stage]
    assert without["scale"].shape == (28, 28) and not np.array_equal(whole["scale"], without["scale"])


@pytest.mark.parametrize("stage", ["raw", "grey", "scale", "colour"])
def test_stages_that_cannot_be_switched_off(stage):
    with pytest.raises(ValueError, match=stage):
        prepare(pen_on_paper(drawing()), off=(stage,))


def test_everything_off_is_a_stretched_picture():
    off = [name for name, stage in STAGES.items() if stage.off]
    picture = np.full((56, 84), 255, np.uint8)
    picture[:, :42] = 0
    assert np.array_equal(prepare(picture, off=off)["scale"], 255 * (np.indices((28, 28))[1] < 14))


@pytest.mark.parametrize("shape", [(28, 28), (20, 20), (40, 30)])
def test_other_image_shapes(shape):
    assert prepare(pen_on_paper(drawing()), shape)["scale"].shape == shape
    assert prepare_ink(drawing(), shape)["fit"].shape[0] == round(20 / 28 * shape[0])


@pytest.mark.parametrize("picture", [np.full((40, 50), 255), np.zeros((40, 50)), np.zeros((1, 1)), np.zeros((0, 7))])
def test_without_ink(picture):
    final = prepare(picture.astype(np.uint8))["scale"]
    assert final.shape == (28, 28) and not final.any()


def test_polarity_light_and_colour_make_no_difference():
    """The same drawing as dark on bright, bright on dark, in uneven light, and in colour."""
    ink = drawing()
    expected = prepare(pen_on_paper(ink))["scale"].astype(int)
    light = np.linspace(0.5, 1, 120) * np.linspace(0.8, 1, 90)[:, None]
    blue = np.rint(255 * (1 - ink[..., None] * (1 - np.array([0.1, 0.2, 0.7])))).astype(np.uint8)
    for picture in (255 - pen_on_paper(ink), np.rint(light * pen_on_paper(ink)).astype(np.uint8), blue):
        assert np.abs(prepare(picture)["scale"] - expected).mean() < 2


def test_a_thick_digit_that_fills_the_picture():
    """There is more ink than paper."""
    zero = np.ones((150, 90), np.float32)
    zero[40:110, 33:57] = 0
    ink = np.pad(zero, 4)
    for picture in (pen_on_paper(ink), 255 - pen_on_paper(ink)):
        assert np.array_equal(prepare(picture)["level"] > 0.5, ink > 0)


def test_grey_weighs_the_colours():
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    assert grey(colours)[0].tolist() == pytest.approx([0.701, 0.413, 0.886, 0], abs=1e-6)


def test_a_shadow_with_a_sharp_edge_is_no_ink():
    ink = drawing((300, 400))
    light = np.where(np.arange(400) < 200, 1.0, 0.5)
    ink = without_background(dark_ink(grey(np.rint(light * pen_on_paper(ink)).astype(np.uint8))), 100)
    assert np.count_nonzero(ink > 0.3) == np.count_nonzero(drawing((300, 400)))


@pytest.mark.parametrize(
    ("old", "new"), [((40, 60), (20, 20)), ((20, 9), (4, 3)), ((21, 13), (20, 5)), ((7, 5), (20, 12))]
)
def test_resizing_takes_the_mean_of_areas(old, new):
    """Against repetition to a common multiple, and Pillow where every pixel covers whole ones."""
    picture = np.random.default_rng(0).random(old, np.float32)
    fine = picture.repeat(new[0], axis=0).repeat(new[1], axis=1)
    means = fine.reshape(new[0], old[0], new[1], old[1]).mean(axis=(1, 3))
    assert resize(picture, new) == pytest.approx(means, abs=1e-6)
    if old[0] % new[0] == old[1] % new[1] == 0:
        by_pillow = Image.fromarray(picture).resize(new[::-1], Image.Resampling.BOX)
        assert resize(picture, new) == pytest.approx(np.asarray(by_pillow), abs=1e-6)


@pytest.mark.parametrize("size", [1, 2, 3, 8, 11])
def test_extreme_filters(size):
    picture = np.random.default_rng(1).random((17, 23))
    # SciPy puts the odd pixel of an even window before the centre, here it is behind.
    origin = -1 if size % 2 == 0 else 0
    expected = ndimage.minimum_filter(picture, size, mode="nearest", origin=origin)
    assert np.array_equal(extreme_filter(picture, size, np.minimum), expected)


def test_centring_keeps_the_ink_inside():
    ink = np.zeros((20, 20), np.float32)
    ink[:2] = 1
    ink[:, :1] = 0.01
    placed = centre(ink, (28, 28))
    assert placed.sum() == pytest.approx(ink.sum()) and placed[8:10, 4:].sum() == pytest.approx(ink[:2].sum())


@pytest.mark.parametrize("stroke", [1, 18])
def test_strokes_come_nearer_to_those_of_mnist(stroke):
    ink = drawing(stroke=stroke)
    before, after = (stroke_width(prepare_ink(ink, off=off)["fit"]) for off in (["stroke"], []))
    far = [max(STROKES[0] - width, width - STROKES[1], 0) for width in (before, after)]
    assert far[1] < 0.5 * far[0]


@pytest.mark.parametrize("stroke", [1, 18])
def test_another_stroke_width_leaves_the_digit_where_it_is(stroke):
    ink = np.pad(drawing(stroke=stroke), ((0, 200), (0, 100)))
    pictures = prepare_ink(ink, off=["crop"])
    assert pictures["stroke"].shape == ink.shape
    before, after = (ndimage.center_of_mass(each) for each in (ink, pictures["stroke"]))
    assert after == pytest.approx(before, abs=3)


def test_wider_strokes_have_room_beyond_a_picture_without_any():
    wider = prepare_ink(drawing(stroke=1))["stroke"]
    tight = prepare_ink(crop(drawing(stroke=1)))["stroke"]
    assert np.array_equal(crop(tight), crop(wider))


def test_otsu_separates_two_classes():
    generator = np.random.default_rng(2)
    values = np.concatenate([generator.normal(0.2, 0.03, 5000), generator.normal(0.8, 0.05, 500)])
    assert 0.3 < otsu(values) < 0.65
    assert 0.1 < otsu(np.array([0.1] * 9 + [0.9])) < 0.9
