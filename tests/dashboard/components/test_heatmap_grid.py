"""What is packed for the browser, unpacked again."""

import json
from dataclasses import replace

import numpy as np
import pytest

from dashboard.components.heatmap_grid import packed
from dashboard.components.layer_units import layers_of_units
from dashboard.theme import DARK, LIGHT, signed_rgb
from nnlib.recipes import RECIPES


@pytest.fixture
def layers(few):
    return layers_of_units(replace(RECIPES["first-steps"], hidden=(20,)).trainer(few))


def unpack(data):
    """Header, weights or None, colours (256, 4) and shades, as heatmap_grid.js reads them."""
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    at, count = 4 + length, len(header["units"]) * header["count"]
    assert at % 4 == 0  # or the browser could not read numbers of four bytes there
    weights = np.frombuffer(data, "<f4", count, at).reshape(-1, header["count"]) if header["readable"] else None
    at += 4 * count * header["readable"]
    colours = np.frombuffer(data, np.uint8, 1024, at).reshape(256, 4)
    shades = np.frombuffer(data, np.uint8, count, at + 1024).reshape(-1, header["count"])
    assert at + 1024 + count == len(data)
    return header, weights, colours, shades


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_every_weight_has_its_colour_and_its_value(layers, theme):
    first, which = layers[0], [7, 2, 19]
    header, weights, colours, shades = unpack(packed(first, which, first.W[which], 0.1, theme, readable=True))
    np.testing.assert_array_equal(weights, first.W[which])
    np.testing.assert_array_equal(colours[shades][..., :3], signed_rgb(first.W[which], 0.1, theme))
    assert (colours[:, 3] == 255).all()
    assert header["units"] == which and header["labels"] == ["8", "3", "20"] and header["names"][0] == "unit 8"
    assert header["form"] == "pictures" and header["tile"] == [28, 28]
    assert header["limits"] == ["−0.1 or less", "+0.1 or more"]


def test_live_no_weights_go_along_but_an_outline_does(layers):
    first = layers[0]
    for outline in ("", "M1 2v1"):
        data = packed(first, range(20), first.W, 0.1, LIGHT, readable=False, outline=outline)
        header, weights, _, _ = unpack(data)
        assert weights is None and len(data) < 20 * 784 + 3000 and header["outline"] == outline


def test_weights_on_units_are_rows_with_named_axes(layers):
    output = layers[1]
    header, _, _, _ = unpack(packed(output, range(10), output.W, 0.1, LIGHT, readable=True))
    assert header["form"] == "rows" and header["tile"] == [1, 20] and header["labels"] == list("0123456789")
    assert header["axes"] == "↓ class, → unit of layer 1, 1 to 20" and header["place"] == "from unit {input}"


def test_one_unit_without_places_stands_in_lines(layers):
    output = layers[1]
    header, weights, _, _ = unpack(packed(output, [4], output.W[[4]], 0.1, LIGHT, readable=True))
    assert header["form"] == "pictures" and header["tile"] == [3, 8] and header["count"] == 20  # 8 + 8 + 4
    np.testing.assert_array_equal(weights[0], output.W[4])


def test_many_rows_are_low_and_have_no_names(few):
    _, second, _ = layers_of_units(replace(RECIPES["first-steps"], hidden=(3, 100)).trainer(few))
    header, _, _, _ = unpack(packed(second, range(100), second.W, 0.1, LIGHT, readable=True))
    assert header["size"] * 100 <= 420 and set(header["labels"]) == {""} and header["gap"] == 0


def test_all_zero_has_the_colour_of_zero(layers):
    first = layers[0]
    _, _, colours, shades = unpack(packed(first, [0], np.zeros((1, 784), np.float32), 1.0, LIGHT, readable=True))
    assert set(shades.ravel()) == {127} and bytes(colours[127, :3]).hex() == LIGHT.neutral[1:]
