"""Results: how well can it read?"""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.charts import CONFIG
from dashboard.core import session
from dashboard.results import recipe_results
from dashboard.results.misread_chart import misread
from nnlib.recipes import SYSTEMS

lab, theme = session.lab(), session.theme()
found = recipe_results.load()

st.title("How well can it read?")
st.markdown(
    "Every recipe trained to its last epoch with our own NumPy, with several seeds, beside what was published for the "
    "same network. Settings were compared by the validation digits; the test digits were read after the last epoch."
)
if not found:
    st.info(
        "There is no data/results.json. `python -m benchmarks.accuracy --save data/results.json` makes it, in a "
        "quarter of an hour.",
        icon=":material/hourglass_empty:",
    )
    st.stop()

st.markdown(recipe_results.about_results(found))
st.plotly_chart(
    misread(found, theme), key="misread", config=CONFIG, alt="Dots: test digits misread by each recipe, and published"
)
st.caption(
    "Further right is better. Dots close together mean that luck, the seed, matters little. Each step to the next "
    "gridline leaves about half as many digits misread."
)
st.markdown(recipe_results.about_doubtful(found))

st.subheader("In numbers", help="Choose a row to read about that recipe and to load it.")
table = pd.DataFrame(recipe_results.rows(found))
accuracy: dict[str, Any] = {"format": "%.4f"}
event = st.dataframe(  # type: ignore[call-overload]  # its column names are typed wider than str
    table,
    key="results",
    hide_index=True,
    height="content",
    placeholder="–",
    on_select="rerun",
    selection_mode="single-row",
    column_config={
        "recipe": st.column_config.TextColumn(help="The name in the sidebar and of `python -m nnlib train`."),
        "published": st.column_config.NumberColumn(
            help="The test accuracy that was published for it, if one was.", **accuracy
        ),
        "here, median": st.column_config.NumberColumn(
            help="Test accuracy here, the middle one of the seeds.", **accuracy
        ),
        "least": st.column_config.NumberColumn(help="With the unluckiest seed.", **accuracy),
        "most": st.column_config.NumberColumn(help="With the luckiest seed.", **accuracy),
        "had to reach": st.column_config.NumberColumn(
            help="What we asked of it beforehand, with every seed.", **accuracy
        ),
        "reached": st.column_config.TextColumn(help="Whether every seed reached it."),
        "seeds": st.column_config.NumberColumn(help="How many trainings."),
        "seconds": st.column_config.NumberColumn(help="Of one training, on the machine that measured.", format="%.1f"),
        "threads": st.column_config.NumberColumn(help="That shared the work."),
    },
)
chosen = event.selection.rows
name = found[chosen[0]].name if chosen else lab.recipe.name
system = SYSTEMS[name]
st.markdown(f"**`{name}`**: {system.summary} Source: {system.source}. {system.remark}")
with st.container(horizontal=True):
    st.button(
        f"Load {name}",
        icon=":material/download:",
        key="load_recipe",
        on_click=session.load_recipe,
        args=(name,),
        disabled=lab.recipe == system.recipe,
        help="Builds this network anew, untrained, with the settings it was measured with. Then press Run.",
    )
    st.button(
        f"Load {recipe_results.TRAINED_RECIPE}, trained",
        icon=":material/workspace_premium:",
        key="load_trained",
        on_click=session.load_trained,
        args=(recipe_results.TRAINED,),
        disabled=not recipe_results.TRAINED.exists(),
        help="The best network here with its trained weights, in about two seconds: look at its kernels on Weights, "
        "and at the few digits it still gets wrong on Mistakes.",
    )
