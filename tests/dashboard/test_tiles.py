import re
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from dashboard.theme import DARK, LIGHT, hex_rgb, ink_rgb, signed_limit, signed_rgb
from dashboard.tiles import (
    NOWHERE,
    digit_figures,
    digit_tiles,
    image_html,
    png_data_uri,
    tile_grid,
    tile_locations,
    tiled_matrix,
    weight_tiles,
)

SHAPE = (4, 3)  # not square, so that a mixed-up height and width shows
GAPS = pytest.mark.parametrize("gap", [0, 1, 2])


def numbers(n=7, seed=0):
    return np.random.default_rng(seed).normal(size=(n, SHAPE[0] * SHAPE[1])).astype(np.float32)


def place(unit, row, column, columns, gap):
    """Where a pixel belongs, by arithmetic."""
    return (unit // columns) * (SHAPE[0] + gap) + row, (unit % columns) * (SHAPE[1] + gap) + column


def every_pixel(n):
    return [(unit, row, column) for unit in range(n) for row in range(SHAPE[0]) for column in range(SHAPE[1])]


def decode(uri):
    head, data = uri.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(BytesIO(b64decode(data))).convert("RGB"))


def test_tile_grid():
    assert [tile_grid(n, 3) for n in (0, 1, 3, 6, 7)] == [(0, 0), (1, 1), (1, 3), (2, 3), (3, 3)]


def test_a_grid_without_columns_is_refused():
    with pytest.raises(ValueError, match="got 0"):
        tile_grid(3, 0)


@GAPS
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_weight_is_where_arithmetic_says(gap, theme):
    W = numbers()
    picture = weight_tiles(W, SHAPE, theme, columns=3, limit=2.0, gap=gap)
    assert picture.shape == (3 * SHAPE[0] + 2 * gap, 3 * SHAPE[1] + 2 * gap, 3) and picture.dtype == np.uint8
    gaps = np.ones(picture.shape[:2], bool)
    for unit, row, column in every_pixel(len(W)):
        at = place(unit, row, column, 3, gap)
        gaps[at] = False
        assert picture[at].tolist() == signed_rgb(W[unit, row * SHAPE[1] + column], 2.0, theme).tolist()
    assert (picture[gaps] == hex_rgb(theme.grid)).all()


def test_the_limit_is_found_in_all_the_weights():
    W = numbers()
    given = weight_tiles(W, SHAPE, LIGHT, columns=4, limit=signed_limit(W))
    assert (weight_tiles(W, SHAPE, LIGHT, columns=4) == given).all()


def test_the_gap_is_not_confused_with_a_weight_that_is_not_a_number():
    W = numbers(2)
    W[0, 0] = np.nan
    picture = weight_tiles(W, SHAPE, LIGHT, columns=2)
    assert picture[0, 0].tolist() == hex_rgb(LIGHT.missing).tolist()
    assert picture[0, SHAPE[1]].tolist() == hex_rgb(LIGHT.grid).tolist()


@GAPS
def test_every_digit_is_where_arithmetic_says(gap):
    digits = np.random.default_rng(1).integers(0, 256, (5, 12)).astype(np.uint8)
    picture = digit_tiles(digits, SHAPE, DARK, columns=2, gap=gap)
    for unit, row, column in every_pixel(len(digits)):
        at = place(unit, row, column, 2, gap)
        assert picture[at].tolist() == ink_rgb(digits[unit, row * SHAPE[1] + column], DARK).tolist()


def test_digits_must_be_bytes():
    with pytest.raises(TypeError, match="float32"):
        digit_tiles(numbers(), SHAPE, LIGHT, columns=3)


def test_no_digits_make_an_empty_picture():
    assert digit_tiles(np.zeros((0, 12), np.uint8), SHAPE, LIGHT, columns=3).size == 0


def test_pixels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"4 x 3 = 12 pixels, got an array of shape \(2, 13\)"):
        weight_tiles(np.zeros((2, 13)), SHAPE, LIGHT, columns=2)


@GAPS
def test_matrix_and_locations_agree(gap):
    W = numbers()
    matrix = tiled_matrix(W, SHAPE, columns=3, gap=gap)
    locations = tile_locations(len(W), SHAPE, columns=3, gap=gap)
    assert locations.shape == (*matrix.shape, 3) and matrix.dtype == np.float32
    for unit, row, column in every_pixel(len(W)):
        at = place(unit, row, column, 3, gap)
        assert matrix[at] == W[unit, row * SHAPE[1] + column]
        assert locations[at].tolist() == [unit, row, column]
    assert (np.isnan(matrix) == (locations == NOWHERE).all(axis=-1)).all()
    assert np.isnan(matrix).sum() == matrix.size - W.size


def test_matrix_and_picture_are_arranged_alike():
    W = numbers()
    known = ~np.isnan(tiled_matrix(W, SHAPE, columns=3))
    colours = signed_rgb(tiled_matrix(W, SHAPE, columns=3), 2.0, LIGHT)
    assert (colours[known] == weight_tiles(W, SHAPE, LIGHT, columns=3, limit=2.0)[known]).all()


def test_a_png_decodes_to_the_same_pixels():
    picture = np.random.default_rng(2).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    assert (decode(png_data_uri(picture)) == picture).all()
    large = decode(png_data_uri(picture, scale=3))
    assert large.shape == (15, 21, 3)
    for row, column in np.ndindex(15, 21):
        assert (large[row, column] == picture[row // 3, column // 3]).all()


class Figures(HTMLParser):
    """The images and the captions of a piece of HTML, as a browser would read them."""

    def __init__(self, html):
        super().__init__()
        self.images, self.captions, self.tags, self._open = [], [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self._open = tag
        if tag == "img":
            self.images.append(dict(attrs))
        if tag == "figcaption":
            self.captions.append("")

    def handle_endtag(self, tag):
        self._open = ""

    def handle_data(self, data):
        if self._open == "figcaption":
            self.captions[-1] += data


def test_figures_show_each_digit_over_its_caption():
    digits = np.random.default_rng(3).integers(0, 256, (3, 12)).astype(np.uint8)
    captions = ["4 read as 9\n98 %", "<script>\"7\" & '1'</script>", ""]
    html = digit_figures(digits, SHAPE, captions, LIGHT, size=40)
    read = Figures(html)
    assert read.captions == captions
    assert [image["alt"] for image in read.images] == [f"Handwritten digit: {caption}" for caption in captions]
    assert set(read.tags) == {"div", "figure", "img", "figcaption"} and html.count("width:40px") == 3
    for image, digit in zip(read.images, digits, strict=True):
        assert "image-rendering:pixelated" in image["style"]
        assert (decode(image["src"]) == ink_rgb(digit.reshape(SHAPE), LIGHT)).all()


def test_an_image_is_sharp_and_says_what_it_shows():
    picture = np.zeros((2, 3, 3), np.uint8)
    (image,) = Figures(image_html(picture, 'Weights of "W1"', width="12em")).images
    assert image["alt"] == 'Weights of "W1"'
    assert (decode(image["src"]) == picture).all()
    assert "width:12em;aspect-ratio:3/2" in image["style"] and "image-rendering:pixelated" in image["style"]


def test_figures_inherit_the_colour_of_the_text():
    html = digit_figures(np.zeros((1, 12), np.uint8), SHAPE, ["0"], DARK)
    assert not re.search(r"[;\"\s](background-)?color:", html)


def test_a_caption_too_few_is_refused():
    with pytest.raises(ValueError, match="zip"):
        digit_figures(np.zeros((2, 12), np.uint8), SHAPE, ["only one"], LIGHT)
