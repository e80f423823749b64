"""Every size of a network in words."""

from dataclasses import replace

import pytest

from dashboard.train.architecture_text import about_architecture
from nnlib.recipes import RECIPES
from tests.figures import figures


@pytest.mark.parametrize(
    ("name", "hidden", "sizes"),
    [
        ("first-steps", (128,), [784, 128, 10]),
        ("first-steps", (), [784, 10]),
        ("first-steps", (1, 1024), [784, 1, 1024, 10]),
        ("cnn-32-64-128", (128,), [784, 32, 64, 128, 10]),
    ],
)
def test_every_size_is_named(few, name, hidden, sizes):
    network = replace(RECIPES[name], hidden=hidden).network(784, 10)
    assert figures(about_architecture(network, few)) == sizes


def test_one_output_is_for_the_last_class(few):
    binary = few.only([3, 8])
    text = about_architecture(RECIPES["binary-400-25-15-1"].network(784, 2), binary)
    assert "8" in text and "10" not in text
