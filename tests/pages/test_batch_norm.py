"""Networks with batch normalisation, and with several convolutions between poolings, on every page."""

import re

import pytest

from dashboard.step.training_step import PHASES
from tests.pages.content import as_seen, failures, lab, texts
from tests.pages.test_extensions import PAGES

UNITS = {"norm": "on", "hidden": "12-8", "examples": "640", "dropout": "0.2"}
PICTURES = {"norm": "on", "conv": "3-pool-4-5-pool", "hidden": "6", "examples": "100"}


@pytest.fixture(scope="module", params=["untrained", "one mini-batch of units", "one mini-batch of pictures"])
def normalised(request, open_app, click):
    return {
        "untrained": lambda: open_app(all_settings=True, **UNITS),
        "one mini-batch of units": lambda: click(open_app(**UNITS), "step_batch"),
        "one mini-batch of pictures": lambda: click(open_app(**PICTURES), "step_batch"),
    }[request.param]()


def test_every_page_shows_it(normalised):
    assert normalised.query_params["norm"] == "on" and lab(normalised).recipe.batch_norm
    for page in PAGES:
        at = normalised.switch_page(f"pages/{page}.py").run()
        assert failures(at) == [], page
        if page == "shapes":
            symbols = set(at.dataframe[0].value["symbol"])
            assert {"μ[1]", "V[1]", "N[1]", "S[1]", "γ[1]", "dγ[1]", "β[2]"} <= symbols and "b[1]" not in symbols
            follows = at.dataframe[0].value.set_index("symbol")["follows from"]
            assert "Σ" in follows["μ[1]"] and "Σ" in follows["V[1]"]
            assert re.search(r"W\[\d\] holds |, b\[\d\] hold ", texts(at))
        if page == "weights":
            assert "γ" in texts(at) and "β" in texts(at)
        if page == "checks":
            assert sum("→" in each.value and "layer 1" in each.value for each in at.markdown) == 1


@pytest.mark.parametrize(
    "settings", [UNITS | {"hidden": "12"}, PICTURES | {"conv": "3-4-pool", "hidden": "none", "batch": "1"}]
)
def test_one_step_explains_every_number_of_every_matrix(open_app, click, shown, settings):
    at = click(open_app(**settings), "step_batch").switch_page("pages/step.py").run()
    seen = set()
    for phase in PHASES:
        at.segmented_control(key="step_phase").set_value(phase).run()
        for symbol in shown[f"step_film_{phase}"][1]:
            shown.click[f"step_film_{phase}"] = symbol
            assert failures(at.run()) == [], symbol
            seen.add(symbol)
    assert {"μ1", "C1", "V1", "r1", "N1", "γ1", "β1", "S1", "dS1", "dγ1", "dβ1", "dZ1"} <= seen


@pytest.fixture
def told(monkeypatch):
    """What toasts say."""
    told = []
    monkeypatch.setattr("streamlit.toast", lambda text, **_: told.append(text))
    return told


def test_the_settings_start_a_new_network(open_app, told):
    at = open_app(all_settings=True, examples="200")
    at.toggle(key="setting_batch_norm").set_value(True).run()
    assert lab(at).recipe.batch_norm and at.query_params["norm"] == "on"
    at.text_input(key="setting_convolutions").set_value("4-pool-4-4-pool").run()
    assert lab(at).recipe.convolutions == (4, "pool", 4, 4, "pool") and at.query_params["conv"] == "4-pool-4-4-pool"
    assert "pool-conv4-conv4-pool" in lab(at).architecture
    for text in ("nonsense", "4-pool-pool", "900", "64-64-64-64"):
        told.clear()
        at.text_input(key="setting_convolutions").set_value(text).run()
        assert failures(at) == [] and "Nothing has changed" in told[-1]
        assert lab(at).recipe.convolutions == (4, "pool", 4, 4, "pool")
        assert at.text_input(key="setting_convolutions").value == "4-pool-4-4-pool"


def test_a_batch_too_large_to_be_normalised_is_refused(open_app, told):
    at = open_app(norm="on", hidden="5")
    at.select_slider(key="setting_batch_size").set_value(2048).run()
    assert failures(at) == [] and "1,024" in as_seen(told[-1])
    assert lab(at).recipe.batch_size == at.select_slider(key="setting_batch_size").value == 64
