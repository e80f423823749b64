"""Misprints in the published texts behind some recipes: what is printed, and what the shapes require.

Copying such a line raises an error at best, and increases the loss at worst.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Misprint:
    """One wrong line in a `section` of the text behind `recipes` about the matrices `symbols` (names as in `nnlib`).

    `published` and `right` are shapes (`10 × m`) or formulas in the text's own convention; `why` is one sentence.
    """

    recipes: tuple[str, ...]
    section: str
    symbols: tuple[str, ...]
    published: str
    right: str
    why: str


_TEN_UNITS = ("simple-784-10-10", "scratch-784-10-10")
_ROWS = ("hidden-128",)
_SHAPES = "Variables and Shapes"  # "Vars and shapes" in one of the texts

MISPRINTS = [
    Misprint(
        _TEN_UNITS,
        _SHAPES,
        ("W2",),
        "W[1]: 10 × 10",
        "W[2]: 10 × 10",
        "The text lists W[1] twice. The reason printed here, W[2] A[1], concerns W[2]; W[1] is 10 × 784.",
    ),
    Misprint(
        (*_TEN_UNITS, "mlp-784-10-10-10"),
        _SHAPES,
        ("dW1",),
        "10 × 10",
        "10 × 784",
        "A gradient has the shape of its parameter: W[1] − α dW[1] needs one number per weight in W[1].",
    ),
    Misprint(
        _ROWS,
        "Variable Shapes",
        ("X",),
        "784 × m",
        "m × 784",
        "The text multiplies X W[1], and W[1] has 784 rows, so X must have 784 columns: one image per row.",
    ),
    Misprint(
        _ROWS,
        "Variable Shapes",
        ("Z1", "A1"),
        "10 × m",
        "m × hidden units",
        "X W[1] is (m, 784) times (784, hidden units): one row per image, one column per hidden unit.",
    ),
    Misprint(
        _ROWS,
        "Variable Shapes",
        ("Z2", "A2"),
        "10 × m",
        "m × 10",
        "With images in rows, A[1] W[2] has one row per image and one column per class.",
    ),
    Misprint(
        _ROWS,
        "Variable Shapes",
        ("W2",),
        "10 × hidden units",
        "hidden units × 10",
        "In A[1] W[2], W[2] needs as many rows as A[1] has columns; the printed shape fits W[2] A[1].",
    ),
    Misprint(
        _ROWS,
        "Backward Propagation",
        ("dZ2",),
        "Y − A[2]ᵀ",
        "A[2] − Y",
        "The update subtracts α dW, so with the opposite sign every step increases the loss. A[2] is m × 10, as Y is.",
    ),
    Misprint(
        _ROWS,
        "Backward Propagation",
        ("dW2",),
        "10 × hidden units, from dZ[2] A[1]",
        "hidden units × 10, from A[1]ᵀ dZ[2]",
        "(m, 10) times (m, hidden units) is undefined: the inner dimensions differ.",
    ),
    Misprint(
        _ROWS,
        "Backward Propagation",
        ("dZ1",),
        "dZ[2] W[2] ∘ g′(Z[1])",
        "dZ[2] W[2]ᵀ ∘ g′(Z[1])",
        "dZ[2] is m × 10 and W[2] is hidden units × 10: only its transpose, 10 × hidden units, fits.",
    ),
    Misprint(
        _ROWS,
        "Parameter Updates",
        ("db1", "db2"),
        "b − α dBᵀ",
        "b − α db",
        "b and dB are printed with one shape, n × 1; subtracting a row from a column, NumPy silently makes n × n.",
    ),
]


def misprints(recipe: str) -> list[Misprint]:
    """The misprints in the text behind a recipe, by its name."""
    return [each for each in MISPRINTS if recipe in each.recipes]
