"""Parts of digits: what is cut out, and the frame around it."""

import re
from base64 import b64decode
from io import BytesIO

import numpy as np
from PIL import Image

from dashboard.theme import LIGHT, hex_rgb, ink_rgb
from dashboard.weights.receptive_fields import FRAME, SCALE, figures, framed

IMAGE = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5


def test_the_frame_lies_around_the_part_and_hides_nothing_of_it():
    rgb = framed(IMAGE, (slice(2, 4), slice(3, 6)), LIGHT)
    whole = ink_rgb(IMAGE, LIGHT).repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    inside = slice(2 * SCALE, 4 * SCALE), slice(3 * SCALE, 6 * SCALE)
    np.testing.assert_array_equal(rgb[inside], whole[inside])
    outside = slice(2 * SCALE - FRAME, 4 * SCALE + FRAME), slice(3 * SCALE - FRAME, 6 * SCALE + FRAME)
    accent = (rgb == hex_rgb(LIGHT.accent)).all(axis=2)
    ring = np.zeros_like(accent)
    ring[outside] = True
    ring[inside] = False
    np.testing.assert_array_equal(accent, ring)
    rgb = framed(IMAGE, (slice(0, 6), slice(0, 8)), LIGHT)  # as far as the image goes
    accent = (rgb == hex_rgb(LIGHT.accent)).all(axis=2)
    assert accent[0].all() and accent[-1].all() and accent[:, 0].all() and not accent[6:-6, 6:-6].any()


def test_each_figure_is_the_digit_and_its_part():
    boxes = [(slice(2, 4), slice(3, 6)), (slice(0, 1), slice(0, 1))]
    html = figures(np.stack([IMAGE.ravel(), IMAGE.ravel()]), (6, 8), boxes, ["a <7>", "b"], LIGHT)
    assert html.count("<figure") == 2 and "a &lt;7&gt;" in html
    pictures = [np.asarray(Image.open(BytesIO(b64decode(found)))) for found in re.findall(r'base64,([^"]+)"', html)]
    np.testing.assert_array_equal(pictures[1], ink_rgb(IMAGE[2:4, 3:6], LIGHT))
    np.testing.assert_array_equal(pictures[3], ink_rgb(IMAGE[:1, :1], LIGHT))
