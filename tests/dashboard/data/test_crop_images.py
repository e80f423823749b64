import re
from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from dashboard.data.crop_images import FRAME, comparison, crop_box, framed
from dashboard.theme import DARK, LIGHT, hex_rgb, ink_rgb
from nnlib.datasets import Digits, Split

SHAPE = (7, 6)


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 256, (3, 42)).astype(np.uint8)


@pytest.mark.parametrize("size", [1, 3, 4, 6])
def test_the_box_is_the_crop_of_the_library(images, size):
    split = Split(images, np.zeros(3, np.uint8), np.arange(3, dtype=np.int32))
    digits = Digits(split, split, split, SHAPE, ("0", "1"), "noise")
    boxed = images.reshape(-1, *SHAPE)[(slice(None), *crop_box(SHAPE, size))]
    assert (boxed.reshape(3, -1) == digits.centre_crop(size).train.images).all()


def test_the_frame_lies_on_the_edge_of_the_crop_and_nowhere_else(images):
    image, scale = images[0].reshape(SHAPE), 8
    rgb = framed(image, 3, DARK, scale=scale)
    plain = ink_rgb(image, DARK).repeat(scale, axis=0).repeat(scale, axis=1)
    rows, columns = (slice(part.start * scale, part.stop * scale) for part in crop_box(SHAPE, 3))
    line = np.zeros(rgb.shape[:2], bool)
    line[rows, columns] = True
    line[rows.start + FRAME : rows.stop - FRAME, columns.start + FRAME : columns.stop - FRAME] = False
    assert (rgb[line] == hex_rgb(DARK.accent)).all()
    assert (rgb[~line] == plain[~line]).all()


def test_each_pair_shows_the_whole_and_the_crop_to_one_scale(images):
    html = comparison(images, SHAPE, 3, ["a", "b & c", ""], LIGHT, scale=5)
    pictures = [
        np.asarray(Image.open(BytesIO(b64decode(data))).convert("RGB")) for data in re.findall(r'base64,([^"]+)"', html)
    ]
    assert [picture.shape[:2] for picture in pictures] == [(35, 30), (3, 3)] * 3
    assert re.findall(r"width:(\d+)px", html) == ["30", "15"] * 3
    for image, crop in zip(images, pictures[1::2], strict=True):
        assert (crop == ink_rgb(image.reshape(SHAPE)[crop_box(SHAPE, 3)], LIGHT)).all()
    assert "b &amp; c" in html and html.count("<figcaption") == 3
