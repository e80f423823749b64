"""The switch between the two conventions: one image a column, or one image a row."""

import streamlit as st

from dashboard.core.lab import Lab

COLUMNS, ROWS = "Columns", "Rows"


def images_in_rows(lab: Lab) -> bool:
    """Draw the switch, set to what the recipe uses until the visitor chooses; whether images stand in rows."""
    rows = lab.recipe.rows
    chosen = st.segmented_control(
        "Images stand in",
        [COLUMNS, ROWS],
        default=ROWS if rows else COLUMNS,
        required=True,
        key=f"convention_{rows}",
        persist_state="session",
        help="Two conventions for the same numbers. In columns Z = W X + b, in rows Z = X W + b: every matrix is "
        "transposed, rows for columns, and the order of every product is reversed.",
    )
    return chosen == ROWS
