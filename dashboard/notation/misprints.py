"""Misprints in the texts that published systems follow: what stands there, and what the shapes demand.

A learner who copies such a line gets an error at best, and a network that climbs its loss at worst. What is right is
tested against the matrices of the real network.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Misprint:
    """One wrong line in the text behind `recipes`, about the matrices `symbols`, named as `nnlib.matrices` does.

    `published` and `right` are shapes (`10 × m`) or formulas, in the text's own convention; `why` is one sentence.
    """

    recipes: tuple[str, ...]
    symbols: tuple[str, ...]
    published: str
    right: str
    why: str
    is_shape: bool = True


_TEN_UNITS = ("simple-784-10-10", "scratch-784-10-10")
_ROWS = ("hidden-128",)

MISPRINTS = [
    Misprint(
        _TEN_UNITS,
        ("W2",),
        "W[1]: 10 × 10",
        "W[2]: 10 × 10",
        "The list names W[1] twice; the reason beside this one, W[2] A[1], is about W[2], and W[1] is 10 × 784.",
        is_shape=False,
    ),
    Misprint(
        (*_TEN_UNITS, "mlp-784-10-10-10"),
        ("dW1",),
        "10 × 10",
        "10 × 784",
        "A gradient has the shape of what it changes: W[1] − α dW[1] needs one number for each weight in W[1].",
    ),
    Misprint(
        _ROWS,
        ("X",),
        "784 × m",
        "m × 784",
        "The text multiplies X W[1], and W[1] has 784 rows, so X must have 784 columns: one image in each row.",
    ),
    Misprint(
        _ROWS,
        ("Z1", "A1"),
        "10 × m",
        "m × hidden units",
        "X W[1] is (m, 784) times (784, hidden units): one row for each image, one column for each hidden unit.",
    ),
    Misprint(
        _ROWS,
        ("Z2", "A2"),
        "10 × m",
        "m × 10",
        "With images in rows, A[1] W[2] has a row for each image and a column for each class.",
    ),
    Misprint(
        _ROWS,
        ("W2",),
        "10 × hidden units",
        "hidden units × 10",
        "A[1] W[2] needs as many rows in W[2] as A[1] has columns; printed is the shape for W[2] A[1].",
    ),
    Misprint(
        _ROWS,
        ("dZ2",),
        "Y − A[2]ᵀ",
        "A[2] − Y",
        "The update subtracts α dW; with the sign turned round every step climbs the loss. And A[2] is m × 10 like Y.",
        is_shape=False,
    ),
    Misprint(
        _ROWS,
        ("dW2",),
        "10 × hidden units, from dZ[2] A[1]",
        "hidden units × 10, from A[1]ᵀ dZ[2]",
        "(m, 10) times (m, hidden units) has no meaning: the two inner sizes differ.",
        is_shape=False,
    ),
    Misprint(
        _ROWS,
        ("dZ1",),
        "dZ[2] W[2] ∘ g′(Z[1])",
        "dZ[2] W[2]ᵀ ∘ g′(Z[1])",
        "dZ[2] is m × 10 and W[2] is hidden units × 10: only its transpose, 10 × hidden units, fits.",
        is_shape=False,
    ),
    Misprint(
        _ROWS,
        ("db1", "db2"),
        "b − α dBᵀ",
        "b − α db",
        "Printed are b and dB with one shape, n × 1; NumPy would take a row from a column and silently make n × n.",
        is_shape=False,
    ),
]


def misprints(recipe: str) -> list[Misprint]:
    """Those of the text behind a recipe, by its name."""
    return [each for each in MISPRINTS if recipe in each.recipes]
