"""The confusion matrix as HTML: what is taken for what. A chart with this many numbers would be too slow to be live.
Pure: counts in, HTML out.
"""

from functools import lru_cache
from html import escape

import numpy as np

from dashboard.notation.numbers import percent
from dashboard.theme import Theme, hex_rgb, sequential_colorscale

Choice = tuple[int | None, int | None]  # truth and guess; None is any
SHORT = 3  # letters: longer names stand upright over their columns
CELL = 3.5  # rem, at most
MIDDLE = 0.179  # the luminance that black and white contrast with equally, 4.6 to 1


def confusion_html(
    confusion: np.ndarray, class_names: tuple[str, ...], theme: Theme, *, per_cent: bool = False
) -> tuple[str, list[Choice]]:
    """C[true, predicted] as a grid for `choosable.pictures`, and what each of its choices means: the name of a column
    (all of that guess), the name of a row (all of that truth), a cell with mistakes.

    The number stands in every cell, in per cent of its row if asked for. Only mistakes are coloured, up to the largest:
    the diagonal would outshine them.
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
        cells.append(_name(name, f"All that are {name}", "center end"))
        for guess in range(n):
            count, share = int(confusion[truth, guess]), float(shares[truth, guess])
            number = f"{100 * share:.1f}" if per_cent else f"{count:,}"
            words = f"{count:,} of class {name} read as {class_names[guess]}: {percent(share)} of that class"
            if truth == guess:
                cells.append(_cell(number, f"✓ {words}", theme.panel, theme.right))
                continue
            chosen_by = count > 0
            ground, ink = palette[shade[truth, guess]]
            cells.append(_cell(number, f"✗ {words}", ground, ink, chosen_by=chosen_by))
            choices += [(truth, guess)] * chosen_by
    return _with_axis_names("".join(cells), n), choices


@lru_cache
def _palette(theme):
    """From no mistakes to the most: a ground, and black or white on it, whichever has the greater contrast."""
    grounds = [ground for _, ground in sequential_colorscale(theme)]
    return [(ground, "#000000" if _luminance(ground) > MIDDLE else "#ffffff") for ground in grounds]


def _luminance(colour):
    """Relative luminance, WCAG 2.2, from 0 for black to 1 for white."""
    s = hex_rgb(colour) / 255
    linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def _cell(number, words, ground, ink, chosen_by=False):
    choice = " data-choice" if chosen_by else ""
    return (
        f'<div{choice} title="{escape(words)}" aria-label="{escape(words)}" '
        f'style="background:{ground};color:{ink};aspect-ratio:1;display:grid;place-items:center">{number}</div>'
    )


def _name(name, words, place):
    words = escape(words)
    return (
        f'<b data-choice title="{words}" aria-label="{words}" style="padding:2px;place-self:{place}">{escape(name)}</b>'
    )


def _with_axis_names(cells, n):
    sideways = "writing-mode:vertical-rl;transform:rotate(180deg)"
    return (
        '<div style="display:grid;grid-template-columns:auto minmax(0,1fr);text-align:center;line-height:1.2;'
        f"font-size:clamp(0.625rem,1.6vw,0.8125rem);font-variant-numeric:tabular-nums;max-width:{CELL * n + 4}rem"
        f'"><span></span><i style="padding-bottom:2px">guess</i><i style="{sideways}">truth</i>'
        f'<div style="display:grid;gap:1px;grid-template-columns:auto repeat({n},minmax(0,1fr))">{cells}</div></div>'
    )
