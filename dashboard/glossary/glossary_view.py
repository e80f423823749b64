"""The list of terms, each with a link to where it can be seen."""

import streamlit as st

from dashboard.glossary.terms import TERMS, Term
from dashboard.notation.page_names import page_name


def terms():
    """All terms in alphabetical order, or those that contain what is looked for."""
    wanted = st.text_input("Look for", key="term", max_chars=40, help="Part of a term or of its meaning.")
    found = {name: term for name, term in TERMS.items() if _fits(wanted.strip().lower(), name, term)}
    if not found:
        st.caption("No term fits. Empty the field to see them all.")
    for name, term in sorted(found.items(), key=lambda each: each[0].lower()):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{name}**  \n{term.meaning}", width="stretch")
            st.page_link(f"pages/{term.page}.py", label=page_name(term.page), icon=":material/visibility:")


def _fits(wanted: str, name: str, term: Term) -> bool:
    return wanted in name.lower() or wanted in term.meaning.lower()
