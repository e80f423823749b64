"""The drawing area, and the strokes on it, which last for the session."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from dashboard.charts.lines import frame_colours
from dashboard.components.browser_component import component
from dashboard.core import session
from dashboard.draw import strokes
from dashboard.draw.strokes import Strokes
from dashboard.theme import Theme

KEY = "canvas"
INVITATION = "Trace the 7, or draw any other digit."
ONE_BY_ONE = "one_by_one"

_draw = component(
    Path(__file__).with_name("canvas"),
    '<div class="drawing-area"><canvas tabindex="0" role="application" aria-label="Drawing area: the arrow keys '
    'move the pen, space sets it down and lifts it"></canvas><div class="buttons">'
    '<button class="undo" type="button" title="Take the last stroke back. Key: Ctrl+Z">Undo</button>'
    '<button class="redo" type="button" title="Draw it again. Key: Ctrl+Y">Redo</button>'
    '<button class="clear" type="button" title="Empty the area. Key: Delete">Clear</button></div>'
    '<div class="says"></div><div class="note" aria-live="polite"></div></div>',
)


@dataclass
class Drawing:
    """What is on the visitor's drawing area."""

    strokes: Strokes = ()


def drawing() -> tuple[Strokes, float]:
    """The strokes, and the width of the pen as a share of the side."""
    return session.own(Drawing).strokes, session.chosen("pen", round(100 * strokes.PEN)) / 100


def show(theme: Theme, says: str):
    """The drawing area and the width of its pen; `says` is the answer, which stands below it on a narrow screen."""
    lines, pen = drawing()
    data = {
        "strokes": [[list(point) for point in stroke] for stroke in lines],
        "pen": pen,
        "says": says,
        "limits": {"strokes": strokes.MOST_STROKES, "points": strokes.MOST_POINTS},
        "invitation": INVITATION,
        "colours": frame_colours(theme),
    }
    _draw(key=KEY, data=data, on_strokes_change=_keep)
    st.slider(
        "Pen width (% of the side)",
        3,
        14,
        value=round(100 * pen),
        key="pen",
        persist_state="session",
        width=320,
        help="The digits of MNIST have strokes of about an eighth of their height.",
    )


def one_by_one() -> bool:
    """Whether several digits on the area are to be read one by one, rather than as one."""
    return session.chosen(ONE_BY_ONE, True)


def choose_one_by_one(count: int):
    """The choice of that, where so many digits seem to be drawn."""
    st.toggle(
        f"{count} digits: read them one by one",
        True,
        key=ONE_BY_ONE,
        persist_state="session",
        help="Strokes that do not touch may be several digits. Off: the whole drawing is read as one digit.",
    )


def _keep():
    """Keep what was sent, unless it is no strokes: then what is there stays."""
    try:
        session.own(Drawing).strokes = strokes.checked(session.chosen(KEY)["strokes"])
    except ValueError:
        return
