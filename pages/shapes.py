"""Shapes: what are all these matrices?"""

import streamlit as st

from dashboard.core import session
from dashboard.notation.formulas import plain
from dashboard.notation.misprints import misprints
from dashboard.shapes import derivation_view, exercise_view, matrix_table_view, network_diagram, number_exercise_view
from dashboard.shapes.matrix_inventory import Inventory, memory

lab, theme = session.lab(), session.theme()
trainer, recipe = lab.shown, lab.recipe


def matrices(m, inventory):
    """All matrices of a step: a diagram, a table, and the chosen one in detail."""
    published = misprints(recipe.name)
    same_notation = published if inventory.rows == recipe.rows else []
    st.markdown(
        f"One training step of {lab.architecture} with m = {m:,}: {len(inventory.matrices)} matrices, "
        f"{memory(inventory.nbytes)}. Forward (→), each layer computes its output from that of the layer before. "
        "Backward (←), it computes **gradients**, written d…: how the loss changes with each number."
    )
    picture = st.container()
    chosen = matrix_table_view.table(inventory, same_notation)
    with picture:
        boxes = network_diagram.boxes(trainer.network.layers, trainer.loss, inventory.matrices)
        matrix_table_view.picture(inventory, boxes, theme, chosen)
    st.caption(
        "Choose a row, or click a name in the diagram, to see that matrix below. The factor 1/m of the mean loss is in "
        f"{plain(inventory.mean_symbol())}, where the backward pass starts; many texts have it in every dW and db "
        "instead, which gives the same dW and db."
    )
    matrix_table_view.detail(inventory, chosen, same_notation, theme)
    matrix_table_view.numbers(lab, chosen, m, inventory.rows, theme)
    learned, held = st.columns(2)
    with learned:
        matrix_table_view.parameters(inventory)
    with held:
        matrix_table_view.footprint(inventory, m)
    matrix_table_view.misprint_list(published, recipe.name)


VIEWS = {
    "all matrices": matrices,
    "exercise: the missing shape": lambda m, inventory: exercise_view.missing_shape(inventory),
    "exercise: the missing transpose": lambda m, inventory: exercise_view.missing_transpose(inventory),
    "exercise: the axis of a sum": lambda m, inventory: number_exercise_view.axis(lab, m, inventory.rows),
    "exercise: a number of dW by hand": lambda m, inventory: number_exercise_view.number_by_hand(lab),
    "derivations": lambda m, inventory: derivation_view.derivation(lab),
}
st.title("What are all these matrices?")
view = matrix_table_view.choose_view(VIEWS)
m, rows = matrix_table_view.switches(lab)
VIEWS[view](m, Inventory.of(trainer, m, rows))
