"""The network graph on the Train page, and the digit it shows."""

from pathlib import Path

import streamlit as st

from dashboard.components import step_link, unit_link
from dashboard.components.browser_component import component
from dashboard.components.button import button
from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.notation.phrases import MINE
from dashboard.notation.plain_text import markdowns
from dashboard.theme import Theme
from dashboard.train import network_graph
from dashboard.train.live_view import LOOKED_AT
from dashboard.train.network_graph_message import packed

KEY = "network_graph"
_OWN = "graph_own_digit"  # the position of the visitor's own digit that is shown, None for a validation digit
HOW_TO_READ = (
    "Left to right: the pixels, the units of each layer, the outputs. A circle has the colour of its activation, a "
    "line that of weight × input: what it adds to the weighted sum of the unit it leads to. Blue is positive, orange "
    "negative; each layer has its own scale. A line from the pixels stands for a block of them. Point at anything to "
    "read its numbers. Click a unit to see it on the Weights page, a line or an output to see its sum in One step."
)

_draw = component(
    Path(__file__).with_name("network_graph"),
    '<div class="network-graph"><canvas class="picture" role="img" tabindex="0"></canvas><div class="panel">'
    '<div class="title"></div><div class="pictures" aria-hidden="true"><canvas></canvas>×<canvas></canvas>=<canvas>'
    '</canvas></div><div class="text"></div><button class="motion" type="button" hidden></button>'
    '<div class="seen" hidden><canvas aria-hidden="true"></canvas><span></span></div><div class="legend">'
    "Lines: weight × input, for this digit. Blue adds, orange takes away.</div></div>"
    '<div class="readout" aria-live="polite" hidden></div></div>',
)


def show(lab: Lab, theme: Theme):
    """The graph for the chosen digit, what the network says about it, and the buttons for another digit. A click on a
    unit or a line leaves for the page that explains it."""
    trainer, own = lab.shown, _own(lab)
    split = "validation" if own is None else MINE
    graph = network_graph.graph(trainer, position(lab) if own is None else own, lab.split(split))
    probabilities = trainer.loss.gives_probabilities
    names = trainer.digits.class_names
    says = network_graph.about(graph, names, probabilities, split)
    message = packed(
        graph,
        trainer.scaling,
        names,
        theme,
        alt=f"The network {lab.architecture} with one digit in it. {says}",
        probabilities=probabilities,
    )
    opened = _draw(data=message, key=KEY, on_opened_change=_nothing).opened
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="graph_digit"):
        button("Next digit", "graph_next", "skip_next", "The next validation digit.", _next, lab, shortcut="n")
        help = f"The next one that the network misreads, of the first {LOOKED_AT:,} validation digits."
        button("A misread one", "graph_misread", "error", help, _next_misread, lab, shortcut="m")
        if len(lab.split(MINE)):
            button(
                "One of mine", "graph_mine", "draw", "The next digit that you keep on the Draw page.", _next_own, lab
            )
        said = network_graph.about(graph, markdowns(names), probabilities, split)
        st.markdown(said, help=HOW_TO_READ, width="content")
    if opened:
        _open(lab, graph, split, opened)


def _nothing():
    pass


def _key(lab):
    return f"graph_digit_of_{len(lab.shown.digits.validation)}"


def position(lab: Lab) -> int:
    """That of the validation digit shown last."""
    return session.chosen(_key(lab), network_graph.first_digit(lab.shown))


def _own(lab):
    """The position among the visitor's own digits of the one shown; None if it is a validation digit."""
    place = session.chosen(_OWN)
    return place if place is not None and place < len(lab.split(MINE)) else None


def _next_own(lab):
    place = _own(lab)
    session.choose(_OWN, 0 if place is None else (place + 1) % len(lab.split(MINE)))


def _next(lab):
    session.choose(_OWN, None)
    session.choose(_key(lab), (position(lab) + 1) % len(lab.shown.digits.validation))


def _next_misread(lab):
    """On to the next misread digit, after the last one to the first; nowhere if there is none."""
    session.choose(_OWN, None)
    misread, now = lab.evaluation("validation", first=LOOKED_AT).mistakes(), position(lab)
    later = misread[misread > now]
    if len(misread):
        session.choose(_key(lab), int(later[0] if len(later) else misread[0]))


def _open(lab, graph, split, choice):
    """Follow a click, if the network still has what was clicked."""
    layers = lab.shown.network.weights()
    number, unit, place = (int(choice.get(name, 0)) for name in ("number", "unit", "place"))
    if not 1 <= number <= len(layers) or not 0 <= unit < layers[number - 1].output_shape[-1]:
        return
    if choice["page"] == "weights":
        unit_link.open_unit(number, len(layers), unit, layers[number - 1].output_shape[-1])
    else:
        step_link.open_cell(split, graph.position + 1, f"Z{number}", unit, place)
