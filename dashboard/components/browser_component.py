"""Components that draw in the browser: a script and a style sheet, beside the Python file that feeds them."""

from pathlib import Path

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer


def component(source: Path, html: str = "", *, isolate_styles: bool = True) -> ComponentRenderer:
    """The component in `source`.js and `source`.css, in an element with this HTML; named after the files."""
    css, js = (source.with_suffix(ending).read_text(encoding="utf-8") for ending in (".css", ".js"))
    return st.components.v2.component(source.name, html=html, css=css, js=js, isolate_styles=isolate_styles)
