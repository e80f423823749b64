import re
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from dashboard.components.digit_images import digit_figures, image_html, png_data_uri
from dashboard.theme import DARK, LIGHT, ink_rgb

SHAPE = (4, 3)  # not square, so that a mixed-up height and width shows


def decode(uri):
    head, data = uri.split(",")
    assert head == "data:image/png;base64"
    return np.asarray(Image.open(BytesIO(b64decode(data))).convert("RGB"))


def test_a_png_decodes_to_the_same_pixels():
    picture = np.random.default_rng(2).integers(0, 256, (5, 7, 3)).astype(np.uint8)
    assert (decode(png_data_uri(picture)) == picture).all()
    large = decode(png_data_uri(picture, scale=3))
    np.testing.assert_array_equal(large, np.kron(picture, np.ones((3, 3, 1), np.uint8)))


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


def test_a_caption_too_few_and_pixels_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="zip"):
        digit_figures(np.zeros((2, 12), np.uint8), SHAPE, ["only one"], LIGHT)
    with pytest.raises(ValueError, match=r"4 x 3 = 12 pixels, got an array of shape \(2, 13\)"):
        digit_figures(np.zeros((2, 13), np.uint8), SHAPE, ["0", "1"], LIGHT)


def test_long_lines_are_cut_on_the_screen_and_whole_in_their_title():
    html = digit_figures(np.zeros((1, 12), np.uint8), SHAPE, ["x" * 200 + " → <y>\n98 %"], LIGHT)
    assert html.count("line-clamp:3") == 2 and f'title="{"x" * 200} → &lt;y&gt;"' in html
