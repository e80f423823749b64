"""The options of Streamlit that the project sets, some of them hidden: each is known, and in force."""

import tomllib
from pathlib import Path

import pytest
from streamlit import config

CONFIG = Path(__file__).parents[3] / ".streamlit" / "config.toml"
SECTIONS = tomllib.loads(CONFIG.read_text(encoding="utf-8"))
OPTIONS = {
    f"{section}.{name}": value
    for section, options in SECTIONS.items()
    if section != "theme"
    for name, value in options.items()
}


@pytest.fixture(scope="module")
def in_force():
    """{name: option} as `streamlit run` finds them in this folder."""
    return config.get_config_options(force_reparse=True)


@pytest.mark.parametrize("name", OPTIONS)
def test_streamlit_knows_the_option_and_takes_our_value(in_force, name):
    assert in_force[name].value == OPTIONS[name]
    assert Path(in_force[name].where_defined) == CONFIG
