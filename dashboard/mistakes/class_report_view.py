"""The class report: precision, recall and F1."""

import pandas as pd
import streamlit as st

from dashboard.core.lab import Lab
from dashboard.mistakes import commentary
from dashboard.mistakes.misclassified import report_rows
from dashboard.mistakes.review_view import NOT_FINITE, Review
from dashboard.notation.plain_text import markdowns


def report(of: Review, lab: Lab):
    """Precision, recall and F1 of every class, and their averages, as a table and as a file."""
    st.subheader("Class report", help="The confusion matrix, condensed into one line per class.")
    if not of.finite:
        st.info(NOT_FINITE)
        return
    names = of.digits.class_names
    st.markdown(commentary.about_worst(of.confusion, markdowns(names)))
    table = pd.DataFrame(report_rows(of.confusion, names))

    def share(label, help):
        return st.column_config.NumberColumn(label, help=help, format="%.1f %%")

    st.dataframe(
        table.assign(**{score: 100 * table[score] for score in ("precision", "recall", "F1")}),
        hide_index=True,
        key="report",
        height="content",
        column_config={
            "class": st.column_config.TextColumn("class", pinned=True, width=170),
            "precision": share("precision", "Of the digits it reads as this class, the share that are."),
            "recall": share("recall", "Of the digits of this class, the share that it reads as such."),
            "F1": share("F1", "Harmonic mean of precision and recall: high only if both are."),
            "digits": st.column_config.NumberColumn(
                "digits", help="Support: digits of this class.", format="localized"
            ),
        },
    )
    st.caption(commentary.about_report(of.confusion, markdowns(names)))
    st.download_button(
        "Download the report (CSV)",
        table.to_csv(index=False),
        file_name=f"report-{lab.recipe.name}-{of.name}-epoch-{lab.shown.position:.2f}.csv",
        mime="text/csv",
        icon=":material/download:",
        key="download_report",
        on_click="ignore",
        help="The same table, with values from 0 to 1, unrounded.",
    )
