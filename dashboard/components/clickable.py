"""HTML whose figures or cells can be chosen by a click, a touch or the Enter key."""

from collections.abc import Callable, Sequence
from numbers import Integral

import streamlit as st

from dashboard.core import session

_SCRIPT = """
export default function({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".choosable");
  if (root.shown !== data.html) {  // redraw only what has changed
    root.shown = data.html;
    root.innerHTML = data.html;
  }
  const choosable = [...root.querySelectorAll("figure, [data-choice]")];
  const chosen = JSON.stringify(data.chosen);
  choosable.forEach((element, place) => {
    element.classList.add("choice");
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    element.setAttribute("aria-pressed", JSON.stringify(data.choices[place]) === chosen);
  });
  const choose = (event) => {
    const place = choosable.indexOf(event.target.closest(".choice"));
    if (place >= 0) setTriggerValue("choice", data.choices[place]);
  };
  root.onclick = choose;
  root.onkeydown = (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(event); }
  };
}
"""
_STYLE = """
.choosable .choice { cursor: pointer; border-radius: 2px; outline-offset: 1px; }
.choosable .choice:hover { outline: 2px solid var(--st-gray-color); }
.choosable .choice:focus-visible { outline: 2px solid var(--st-primary-color); }
.choosable .choice[aria-pressed="true"] { outline: 2px solid var(--st-primary-color); }
"""
_component = st.components.v2.component(
    "choosable", html='<div class="choosable"></div>', css=_STYLE, js=_SCRIPT, isolate_styles=False
)


def show(html: str, choices: Sequence, on_choose: Callable, key: str, chosen=None) -> bool:
    """Show `html`. Its figures and its elements with the attribute `data-choice` can be clicked; `choices` are their
    values in order, and the element with the value `chosen` is outlined.

    A click calls `on_choose` with the value clicked before the next run, which returns True.
    """
    data = {"html": html, "choices": list(choices), "chosen": chosen}

    def choose():
        choice = session.chosen(key)["choice"]
        if _form(choice) in map(_form, choices):  # a message past the page may choose anything
            on_choose(choice)

    return _component(key=key, data=data, on_choice_change=choose).choice is not None


def _form(choice):
    """The types of which a choice is made, as JSON has them."""
    if isinstance(choice, (list, tuple)):
        return tuple(map(_form, choice))
    return int if isinstance(choice, Integral) else type(choice)
