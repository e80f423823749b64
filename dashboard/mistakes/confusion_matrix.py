"""The confusion matrix as HTML: a chart with this many numbers would be too slow to be live."""

from functools import lru_cache
from html import escape

import numpy as np

from dashboard.notation.numbers import percent
from dashboard.notation.plain_text import short
from dashboard.theme import Theme, hex_rgb, sequential_colorscale, text_on

Choice = tuple[int | None, int | None]  # truth and guess; None is any
SHORT = 3  # letters: longer names are written vertically over their columns
MANY = 20  # classes: then the cells keep a width, and the matrix can be scrolled
LEAST = 1.75  # rem, the width of a cell of many
LONGEST = 16  # letters shown of a name; all of them are in its title
CELL = 3.5  # rem, at most


def confusion_html(
    confusion: np.ndarray, class_names: tuple[str, ...], theme: Theme, *, per_cent: bool = False
) -> tuple[str, list[Choice]]:
    """C[true, predicted] as a grid for `clickable.show`, and what each of its choices means: the name of a column
    (that guess), the name of a row (that truth), or a cell with mistakes.

    Every cell has its number, or `per_cent` of its row. Only mistakes are coloured, up to the largest of them: next to
    the diagonal they would vanish.
    """
    n = len(class_names)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    mistakes = np.where(np.eye(n, dtype=bool), 0, shares if per_cent else confusion)
    palette = _palette(theme)
    shade = np.rint(mistakes / (mistakes.max() or 1) * (len(palette) - 1)).astype(int)
    upright = ";writing-mode:vertical-rl" if max(map(len, class_names)) > SHORT else ""
    choices: list[Choice] = [(None, guess) for guess in range(n)]
    cells = ["<span></span>", *(_name(name, f"All read as {name}", "end center" + upright) for name in class_names)]
    for truth, name in enumerate(class_names):
        choices.append((truth, None))
        cells.append(_name(name, f"All of class {name}", "center end;white-space:nowrap"))
        for guess in range(n):
            count, share = int(confusion[truth, guess]), float(shares[truth, guess])
            number = f"{100 * share:.1f}" if per_cent else f"{count:,}"
            if n > MANY and not count:  # so that the others stand out
                number = ""
            words = f"{count:,} of class {name} read as {class_names[guess]}: {percent(share)} of that class"
            if truth == guess:
                cells.append(_cell(number, f"✓ {words}", theme.panel, theme.right))
                continue
            ground, ink = palette[shade[truth, guess]]
            cells.append(_cell(number, f"✗ {words}", ground, ink, clickable=count > 0))
            choices += [(truth, guess)] * (count > 0)
    return _with_axis_names("".join(cells), n), choices


@lru_cache
def _palette(theme):
    """From no mistakes to the most: a background and the colour of text on it."""
    return [(ground, str(text_on(hex_rgb(ground)))) for _, ground in sequential_colorscale(theme)]


def _cell(number, words, ground, ink, clickable=False):
    choice = " data-choice" if clickable else ""
    return (
        f'<div{choice} title="{escape(words)}" aria-label="{escape(words)}" '
        f'style="background:{ground};color:{ink};aspect-ratio:1;display:grid;place-items:center">{number}</div>'
    )


def _name(name, words, place):
    words, shown = escape(words), escape(short(name, LONGEST))
    return f'<b data-choice title="{words}" aria-label="{words}" style="padding:2px;place-self:{place}">{shown}</b>'


def _with_axis_names(cells, n):
    sideways = "writing-mode:vertical-rl;transform:rotate(180deg)"
    width, least, attributes = f"max-width:{CELL * n + 4}rem", "0", ""
    if n > MANY:
        width, least, attributes = f"{width};overflow-x:auto", f"{LEAST}rem", ' tabindex="0"'
    columns = f"auto repeat({n},minmax({least},1fr))"
    return (
        f'<div{attributes} style="display:grid;grid-template-columns:auto minmax(0,1fr);text-align:center;'
        "line-height:1.2;font-size:clamp(0.6875rem,1.6vw,0.8125rem);font-variant-numeric:tabular-nums;"
        f'{width}"><span></span><i style="padding-bottom:2px">guess</i><i style="{sideways}">truth</i>'
        f'<div style="display:grid;gap:1px;grid-template-columns:{columns}">{cells}</div></div>'
    )
