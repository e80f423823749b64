"""What is packed for the browser, unpacked again."""

import json
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from dashboard.components.scatter_map import ACROSS, Panel, packed
from dashboard.theme import DARK, LIGHT, ink_rgb


def unpack(data):
    """Header, points (maps, 2, m), truth, guesses and the sheet's bytes, as scatter_map.js reads them."""
    length = int.from_bytes(data[:4], "little")
    header = json.loads(data[4 : 4 + length])
    at, m, n = 4 + length, header["count"], len(header["titles"])
    assert at % 4 == 0  # or the browser could not read numbers of four bytes there
    points = np.frombuffer(data, "<f4", 2 * m * n, at).reshape(n, 2, m)
    at += 8 * m * n
    truth, guess = np.frombuffer(data, np.uint8, 2 * m, at).reshape(2, m)
    assert len(data) == at + 2 * m + header["sheet"]
    return header, points, truth, guess, data[at + 2 * m :]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_everything_arrives(few, theme):
    generator, m = np.random.default_rng(0), 90
    panels = [Panel(f"map {i}", "line", generator.normal(size=(2, m)).astype(np.float32)) for i in range(3)]
    guesses = generator.integers(0, 10, m)
    header, points, truth, guess, sheet = unpack(packed(panels, few, guesses, theme, with_pictures=True, chosen=4))
    np.testing.assert_array_equal(points, [panel.points for panel in panels])
    np.testing.assert_array_equal(truth, few.validation.labels[:m])
    np.testing.assert_array_equal(guess, guesses)
    assert header["titles"] == ["map 0", "map 1", "map 2"] and header["chosen"] == 4
    assert header["marks"] == list("0123456789") and header["classes"] == list(theme.classes)
    colours = np.array(Image.open(BytesIO(sheet)).convert("RGB"))
    for place in (0, 41, m - 1):
        row, column = 28 * (place // ACROSS), 28 * (place % ACROSS)
        expected = ink_rgb(few.validation.images[place].reshape(28, 28), theme)
        np.testing.assert_array_equal(colours[row : row + 28, column : column + 28], expected)


def test_live_no_pictures_go_along_and_long_names_become_numbers(few):
    panel = Panel("map", "line", np.zeros((2, 20)))
    names = tuple(f"class {k}" for k in range(12))
    twelve = replace(few, class_names=names)
    header, _, _, _, sheet = unpack(packed([panel], twelve, np.zeros(20), LIGHT, with_pictures=False))
    assert sheet == b"" and header["sheet"] == 0 and len(header["classes"]) == 12
    assert header["names"] == list(names) and header["marks"][11] == "11"
    other = replace(twelve, validation=replace(few.validation, images=few.validation.images[::-1]))
    again = unpack(packed([panel], other, np.zeros(20), LIGHT, with_pictures=False))[0]
    assert again["pictures"] != header["pictures"]  # or a browser would show the wrong digits
