"""Data that not every recipe fits: the dashboard says so, and keeps the network it has."""

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from nnlib.datasets import DATA_FOLDER
from nnlib.recipes import DEFAULT


@pytest.fixture
def small_pictures(digits, monkeypatch):
    """8 x 8 pixels: too small for two convolutions, and to crop to 20 x 20."""
    few = replace(digits.take(300), validation=digits.validation.take(100), test=digits.test.take(100))
    monkeypatch.setattr("dashboard.core.session.all_digits", lambda: few.centre_crop(8))


def script(reference):
    from pathlib import Path

    import streamlit as st

    from dashboard.core import session, setting_widgets

    lab = session.open_lab()
    for name in ("cnn-32-64-128", "binary-400-25-15-1", "dense-128-64"):
        st.button(name, on_click=setting_widgets.load_recipe, args=(name,))
    st.button("trained", on_click=setting_widgets.load_trained, args=(Path(reference),))
    st.text(lab.recipe.name)
    st.text("; ".join(session.problems()))


@pytest.mark.parametrize("name", ["cnn-32-64-128", "binary-400-25-15-1"])
def test_a_recipe_that_does_not_fit(small_pictures, name):
    app = AppTest.from_function(script, args=(str(DATA_FOLDER / "reference-cnn.npz"),), default_timeout=30)
    app.query_params["recipe"] = name
    app.run()
    assert not app.exception and app.text[0].value == DEFAULT and "8" in app.text[1].value
    for number in (0, 1, 3):
        app.button[number].click().run()
        assert not app.exception and app.text[0].value == DEFAULT and "8" in app.toast[-1].value
    app.button[2].click().run()
    assert app.text[0].value == "dense-128-64" and not app.toast
