import re
from html.parser import HTMLParser

import numpy as np
import pytest

from dashboard.mistakes.confusion_matrix import confusion_html
from dashboard.theme import DARK, LIGHT, hex_rgb, luminance, sequential_colorscale

C = np.array([[90, 10, 0], [5, 1200, 2], [0, 0, 0]])
NAMES = ("zero", "one", "<two>")
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])


class Grid(HTMLParser):
    """The cells and the names of the grid, in reading order."""

    def __init__(self, html):
        super().__init__()
        self.cells, self.names, self.choosable, self._open = [], [], [], None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self._open = None
        if "data-choice" in attrs:
            self.choosable.append(attrs["title"])
        if "aspect-ratio:1" in attrs.get("style", ""):
            self._open = attrs | {"text": ""}
            self.cells.append(self._open)
        if tag == "b":
            self._open = {"text": ""}
            self.names.append(self._open)

    def handle_data(self, data):
        if self._open is not None:
            self._open["text"] += data


def colours(cell):
    return re.findall("#[0-9a-f]{6}", cell["style"])


def contrast(one, other):
    dark, light = sorted(luminance(np.array([hex_rgb(one), hex_rgb(other)])))
    return (light + 0.05) / (dark + 0.05)


def test_every_number_stands_in_its_cell_and_per_cent_are_of_the_true_class():
    grid, shares = (Grid(confusion_html(C, NAMES, LIGHT, per_cent=per_cent)[0]) for per_cent in (False, True))
    assert [cell["text"] for cell in grid.cells] == ["90", "10", "0", "5", "1,200", "2", "0", "0", "0"]
    assert [cell["text"] for cell in shares.cells] == ["90.0", "10.0", "0.0", "0.4", "99.4", "0.2", "0.0", "0.0", "0.0"]
    assert [name["text"] for name in grid.names] == [*NAMES, *NAMES]  # of the columns, then of the rows


@THEMES
def test_only_mistakes_are_coloured_up_to_the_largest(theme):
    grid = Grid(confusion_html(C, NAMES, theme)[0])
    grounds = [colours(cell)[0] for cell in grid.cells]
    scale = [colour for _, colour in sequential_colorscale(theme)]
    assert grounds[0] == grounds[4] == grounds[8] == theme.panel
    assert grounds[1] == scale[-1] and grounds[2] == scale[0]
    assert grounds[3] == scale[len(scale) // 2]  # 5 is half of 10


def test_per_cent_colour_by_shares():
    rare = np.array([[1, 9], [50, 9950]])  # 50 are more than 9, but a smaller share
    cells = Grid(confusion_html(rare, ("a", "b"), LIGHT, per_cent=True)[0]).cells
    assert colours(cells[1])[0] == sequential_colorscale(LIGHT)[-1][1] != colours(cells[2])[0]


@THEMES
def test_every_number_can_be_read(theme):
    steps = np.arange(17)
    confusion = np.diag(np.ones(17, int)) + np.outer(np.eye(17, dtype=int)[0], steps)
    for cell in Grid(confusion_html(confusion, tuple(map(str, steps)), theme)[0]).cells:
        ground, ink = colours(cell)
        assert contrast(ground, ink) >= 4.5, (ground, ink)


def test_choices_are_names_and_cells_with_mistakes_in_reading_order():
    html, choices = confusion_html(C, NAMES, LIGHT)
    columns = [(None, 0), (None, 1), (None, 2)]
    assert choices == [*columns, (0, None), (0, 1), (1, None), (1, 0), (1, 2), (2, None)]
    titles = Grid(html).choosable
    assert len(titles) == len(choices)
    assert re.findall(r"[✓✗]|[\d.]+|zero|one|<two>", titles[4]) == ["✗", "10", "zero", "one", "10.0"]
    assert "<two>" in titles[2] and "<two>" in titles[8] and titles[2] != titles[8]


def test_without_mistakes_nothing_is_coloured():
    html, choices = confusion_html(np.diag([3, 4]), ("a", "b"), LIGHT)
    grounds = {colours(cell)[0] for cell in Grid(html).cells}
    assert grounds == {LIGHT.panel, LIGHT.neutral} and len(choices) == 4


def test_long_names_stand_upright():
    assert "vertical-rl" in confusion_html(C, NAMES, LIGHT)[0].split("data-choice")[1]
    assert "vertical-rl" not in confusion_html(C, ("a", "b", "c"), LIGHT)[0].split("data-choice")[1]


def test_many_classes_keep_readable_cells_and_all_letters_in_titles():
    names = tuple(f"{'long' * 9} {k}" for k in range(47))
    html, choices = confusion_html(np.eye(47, dtype=int) + np.eye(47, k=1, dtype=int), names, LIGHT)
    grid = Grid(html)
    assert "overflow-x:auto" in html and [cell["text"] for cell in grid.cells[:4]] == ["1", "1", "", ""]
    assert all(len(name["text"]) <= 16 for name in grid.names) and f"All of class {names[46]}" in grid.choosable
    assert len(choices) == len(grid.choosable) == 2 * 47 + 46
