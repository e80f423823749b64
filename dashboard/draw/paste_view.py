"""Pictures from the clipboard, which go into the file uploader."""

from collections.abc import Callable
from pathlib import Path

from dashboard.charts.lines import frame_colours
from dashboard.components.browser_component import component
from dashboard.theme import Theme

REFUSED = "Expected a picture in the clipboard, got text or nothing. Copy the picture itself, or take a screenshot."

# The field is for the paste menus of telephones; it opens no keyboard.
_paste = component(
    Path(__file__).with_name("paste"),
    '<div class="paste"><div class="field" contenteditable="true" inputmode="none" role="textbox" tabindex="0" '
    'aria-label="Paste a picture here"></div><div class="note" role="alert"></div></div>',
)


def listen(theme: Theme, want_uploader: Callable[[], None], *, uploader: bool):
    """Take pictures that are pasted on the page; where there is no `uploader` to take them, `want_uploader` is called
    first."""
    data = {"uploader": uploader, "refused": REFUSED, "colours": frame_colours(theme)}
    _paste(key="paste", data=data, on_uploader_change=want_uploader)
