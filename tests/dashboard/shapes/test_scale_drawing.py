"""Equations as rectangles: their sizes are to scale, and inner sizes are marked where they meet."""

import re

import pytest

from dashboard.shapes.scale_drawing import LEAST, LINEAR, LOGARITHMIC, SCALES, Rectangle, drawing, legend, rectangles
from dashboard.theme import LIGHT
from nnlib.describe import expressions as ex
from nnlib.describe.matrices import Matrix

FORWARD = {"X": (784, 64), "W1": (128, 784), "b1": (128, 1), "Z1": (128, 64), "Y": (128, 64), "P1": (9, 100)}
SHAPES = FORWARD | {"dZ1": (128, 64), "dW1": (128, 784), "db1": (128, 1)}
X, W, B, Z, Y, DZ = map(ex.Symbol, ("X", "W1", "b1", "Z1", "Y", "dZ1"))


def parts(symbol, formula=None):
    matrix = Matrix(symbol, "", (), SHAPES[symbol], formula)
    return rectangles(matrix, SHAPES)


def boxes(html):
    """(share of the height, share of the width) of every solid rectangle drawn, in per cent of the longest side."""
    found = re.findall(
        r"box-sizing:border-box;width:max\([^*]*\*([\d.]+)\)\);height:max\([^*]*\*([\d.]+)\)\);background", html
    )
    return [(float(height), float(width)) for width, height in found]


def test_a_product_marks_the_two_sides_that_meet():
    assert parts("Z1", ex.Plus(ex.Product(W, X), B)) == [
        Rectangle("Z1", 128, 64),
        "=",
        Rectangle("W1", 128, 784, inner="width"),
        "@",
        Rectangle("X", 784, 64, inner="height"),
        "+",
        Rectangle("b1", 128, 1),
    ]


def test_a_transposed_matrix_enters_turned_over():
    assert parts("dW1", ex.Plus(ex.Product(DZ, ex.Transpose(X)), ex.Scaled("λ", W)))[2:] == [
        Rectangle("dZ1", 128, 64, inner="width"),
        "@",
        Rectangle("X", 64, 784, transposed=True, inner="height"),
        "+",
        "λ",
        Rectangle("W1", 128, 784),
    ]


@pytest.mark.parametrize(
    ("formula", "signs"),
    [
        (ex.Apply("ReLU", Z), ["=", "ReLU (", ")"]),
        (ex.Rearranged("patches", X, "P1"), ["=", "patches (", ")"]),
        (ex.SumOverExamples(DZ), ["=", "Σ over columns"]),
        (ex.SumOverExamples(DZ, axis=0), ["=", "Σ over rows"]),
        (ex.Divided(ex.Minus(Z, Y), "m"), ["=", "(", "−", ") / m"]),
        (ex.Divided(ex.Minus(Z, Y), "(10 m)", times="2"), ["=", "2 (", "−", ") / (10 m)"]),
        (ex.Hadamard(Z, Y), ["=", "∘"]),
        (None, []),
    ],
    ids=str,
)
def test_signs_between_the_rectangles(formula, signs):
    assert [each for each in parts("Z1", formula) if isinstance(each, str)] == signs


def test_linear_scale_is_proportional():
    height, width = (pytest.approx(size / 784, abs=1e-4) for size in (128, 64))
    found = boxes(drawing(parts("Z1", ex.Product(W, X)), LIGHT, LINEAR))
    assert found == [(height, width), (height, 1.0), (1.0, width)]


def test_logarithmic_scale_grows_with_the_size_and_keeps_the_smallest_in_sight():
    scale = SCALES[LOGARITHMIC]
    shares = [scale(size, 1000) for size in (1, 10, 100, 1000)]
    assert shares == sorted(shares) and shares[-1] == 1.0 and shares[0] >= 0.1
    assert shares[3] - shares[2] == pytest.approx(shares[2] - shares[1], rel=0.05)


def test_equal_sizes_are_drawn_equal_and_nothing_is_thinner_than_can_be_seen():
    for scale in SCALES:
        html = drawing(parts("Z1", ex.Plus(ex.Product(W, X), B)), LIGHT, scale)
        z, w, x, b = boxes(html)
        assert z[0] == w[0] == b[0] and w[1] == x[0] and z[1] == x[1]
        assert html.count(f"max({LEAST}px,") >= 8


def test_inner_sizes_are_coloured_on_both_sides_and_only_they():
    html = drawing(parts("Z1", ex.Plus(ex.Product(W, X), B)), LIGHT)
    assert re.findall(rf'<b style="color:{LIGHT.accent}">([\d,]+)</b>', html) == ["784", "784"]
    drawn = re.findall(r"background:[^;]+;([^\"]*)\"></div>", html)
    thick = [set(re.findall(rf"border-(\w+):3px solid {LIGHT.accent}", box)) for box in drawn]
    assert thick == [set(), {"top", "bottom"}, {"left", "right"}, set()]


def test_a_transposed_matrix_has_a_dashed_outline_of_its_other_form():
    html = drawing(parts("dW1", ex.Product(DZ, ex.Transpose(X))), LIGHT, LINEAR)
    [(width, height)] = re.findall(
        r"width:max\([^*]*\*([\d.]+)\)\);height:max\([^*]*\*([\d.]+)\)\);border:1px dashed", html
    )
    assert float(height) == 1.0 and float(width) == pytest.approx(64 / 784, abs=1e-4)
    assert "<i>X</i>ᵀ" in html and "ᵀ" not in drawing(parts("Z1", ex.Product(W, X)), LIGHT)


def test_the_chosen_matrix_is_tinted():
    html = drawing(parts("Z1", ex.Product(W, X)), LIGHT, chosen="W1")
    assert [("color-mix" in fill) for fill in re.findall(r"background:([^;]+);", html)] == [False, True, False]


def test_the_legend_explains_the_lines_there_are():
    def told(*formula):
        return re.findall(r"Thick|Dashed|\d+", legend(parts(*formula)))

    assert told("Z1", ex.Product(W, X)) == ["Thick", "784"]
    assert told("dW1", ex.Product(DZ, ex.Transpose(X))) == ["Thick", "64", "Dashed", "784", "64"]
    assert legend(parts("Z1", ex.Hadamard(Z, Y))) and not told("Z1", ex.Hadamard(Z, Y))  # all have the same shape
    assert legend(parts("db1", ex.SumOverExamples(DZ))) == legend(parts("X")) == ""


def test_more_than_two_dimensions_are_drawn_as_the_last_two_with_the_others_before():
    matrix = Matrix("K1", "", (), (32, 1, 3, 3))
    [drawn] = rectangles(matrix, {"K1": (32, 1, 3, 3)})
    assert drawn == Rectangle("K1", 3, 3, before=(32, 1))
    assert ">32 × 1 × 3 × 3<" in drawing([drawn], LIGHT)
