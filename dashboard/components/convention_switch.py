"""The switch between the conventions: one image per column, or one image per row."""

from dashboard.components.choice import choice
from dashboard.core.lab import Lab

COLUMNS, ROWS = "Columns", "Rows"


def images_in_rows(lab: Lab) -> bool:
    """Draw the switch, by default set to the recipe's convention; returns whether images are rows."""
    rows = lab.recipe.rows
    chosen = choice(
        "Images stand in",
        [COLUMNS, ROWS],
        f"convention_{rows}",
        "Two conventions for the same numbers. In columns Z = W X + b, in rows Z = X W + b: every matrix is "
        "transposed and the order of every product is reversed.",
        default=ROWS if rows else COLUMNS,
    )
    return chosen == ROWS
