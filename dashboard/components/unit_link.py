"""Opening one unit on the Weights page from elsewhere, and the keys of the widgets there that choose it."""

from dashboard.core import session

PAGE = "pages/weights.py"
VIEW, ITS_WEIGHTS = "weights_or_digit", "its weights"


def layer_key(n_layers: int) -> str:
    """Of the widget that chooses one of so many layers with weights, from 0."""
    return f"layer_of_{n_layers}"


def unit_key(number: int, n_units: int) -> str:
    """Of the widget that chooses one of so many units, from 0, of the layer with this number, from 1."""
    return f"unit_of_layer_{number}_with_{n_units}"


def open_unit(number: int, n_layers: int, unit: int, n_units: int):
    """Go to the Weights page with a unit enlarged."""
    session.choose(VIEW, ITS_WEIGHTS)
    session.choose(layer_key(n_layers), number - 1)
    session.choose(unit_key(number, n_units), unit)
    session.go_to(PAGE)
