"""The questions, each with its answer, its own address, and the button that shows it."""

import streamlit as st

from dashboard.answers.answers import ANSWERS
from dashboard.answers.figures import figures
from dashboard.components.button import button
from dashboard.core import address, computed, query_params, session, setting_widgets
from dashboard.core.lab import Lab
from dashboard.notation.numbers import told
from dashboard.notation.page_names import page_name


def answers(lab: Lab):
    """All of them; the one that the address asks for comes first, open."""
    asked = address.question()
    numbers = computed.derived("figures", lab.digits, lambda: figures(lab.digits))
    for name in sorted(ANSWERS, key=lambda name: name != asked):
        answer = ANSWERS[name]
        with st.expander(answer.question, expanded=name == asked, key=f"answer_{name}"):
            st.markdown(told(answer.text, numbers))
            st.caption(answer.look)
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                anew = " with a new network" if answer.settings is not None else ""
                help = f"Opens {page_name(answer.page)}{anew}. The present run is kept."
                button(f"Show it on {page_name(answer.page)}", f"show_{name}", "arrow_forward", help, _show, name)
                st.link_button("Link", f"?{query_params.QUESTION}={name}", help="The address of this answer, to copy.")


def _show(name):
    answer = ANSWERS[name]
    if answer.settings is not None:
        setting_widgets.begin(query_params.from_query(dict(answer.settings))[0])
    address.ask("")
    session.lead_to(f"pages/{answer.page}.py")
