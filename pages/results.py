"""Results: how well can it read?"""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.components import plotly_chart
from dashboard.components.button import button
from dashboard.core import session, setting_widgets
from dashboard.notation.plain_text import markdown
from dashboard.results import recipe_results
from dashboard.results.misread_chart import misread
from nnlib.datasets import MNIST_DIGEST
from nnlib.recipes import SYSTEMS
from nnlib.storage import REFERENCE

lab, theme = session.lab(), session.theme()
found = recipe_results.load()

st.title("How well can it read?")
st.markdown(
    "Every recipe, trained to its last epoch in plain NumPy, beside the accuracy published for the same network. "
    "Settings were chosen by validation accuracy; the test digits were read after the last epoch."
)
other = lab.digits.digest != MNIST_DIGEST
if other:
    st.info(
        f"All of this was measured on MNIST. The data here are {markdown(lab.digits.name)}, so your networks cannot be "
        "compared with it.",
        icon=":material/info:",
    )
if not found:
    st.info(
        "data/results.json is missing. `python -m benchmarks.accuracy --save data/results.json` creates it in a "
        "quarter of an hour.",
        icon=":material/hourglass_empty:",
    )
    st.stop()

st.markdown(recipe_results.about_results(found))
alt = "Test digits misread by each recipe: here, and as published"
plotly_chart.show(misread(found, theme), key="misread", alt=alt)
st.caption(
    "Further right is better. Dots close together: the seed matters little. From one gridline to the next, the errors "
    "roughly halve."
)
st.markdown(recipe_results.about_doubtful(found))

st.subheader("Test accuracy by recipe", help="Choose a row to read about that recipe and to load it.")
table = pd.DataFrame(recipe_results.rows(found))
accuracy: dict[str, Any] = {"format": "%.4f"}
event = st.dataframe(
    table,
    key="results",
    hide_index=True,
    height="content",
    placeholder="–",
    on_select="rerun",
    selection_mode="single-row",
    column_config={
        "recipe": st.column_config.TextColumn(help="Its name in the sidebar."),
        "short name": st.column_config.TextColumn(help="Its name in an address and for `python -m nnlib train`."),
        "published": st.column_config.NumberColumn(help="The published test accuracy, if there is one.", **accuracy),
        "min": st.column_config.NumberColumn(help="Test accuracy here, worst seed.", **accuracy),
        "median": st.column_config.NumberColumn(help="Test accuracy here, median over the seeds.", **accuracy),
        "max": st.column_config.NumberColumn(help="Test accuracy here, best seed.", **accuracy),
        "seeds": st.column_config.NumberColumn(help="Number of training runs."),
        "seconds": st.column_config.NumberColumn(help="Median training time of one run.", format="%.1f"),
        "threads": st.column_config.NumberColumn(help="Number of threads."),
    },
)
chosen = event.selection.rows
name = found[chosen[0]].name if chosen else lab.recipe.name
system = SYSTEMS[name]
st.markdown(recipe_results.about_system(system, found))
with st.container(horizontal=True):
    help = "Builds this network, untrained, with the settings it was measured with."
    off = lab.recipe == system.recipe and not lab.trainer.steps
    button(
        f"Load “{system.called}”", "load_recipe", "download", help, setting_widgets.load_untrained, name, disabled=off
    )
    button(
        f"Load “{SYSTEMS[recipe_results.TRAINED_RECIPE].called}”, trained",
        "load_trained",
        "workspace_premium",
        f"The best network here with its weights as trained on MNIST{', not on these data' * other}, in about two "
        "seconds. See its kernels on Weights and its errors on Mistakes.",
        setting_widgets.load_trained,
        REFERENCE,
        disabled=not REFERENCE.exists(),
    )
