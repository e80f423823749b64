"""The answer of a network to one digit, as HTML and in words."""

from html import escape

import numpy as np

from dashboard.charts.strongest import strongest
from dashboard.draw.reader import Answer, Reader
from dashboard.notation.numbers import number, percent
from dashboard.notation.phrases import listed
from dashboard.notation.plain_text import markdowns
from dashboard.notation.plain_text import short as short_name
from dashboard.theme import Theme

LARGE = 2  # characters of a name that is written very large


def value(answer: Answer, k: int) -> str:
    """The probability or score of a class, in words."""
    return percent(answer.values[k]) if answer.probabilities else f"score {number(answer.values[k])}"


def short(answer: Answer) -> str:
    """The class and its value."""
    return f"{answer.name} · {value(answer, answer.guess)}" if answer.finite else "not finite"


def runner_up(answer: Answer) -> str:
    """The second class and its value."""
    second = answer.order[1]
    return f"then {answer.names[second]} · {value(answer, second)}"


def html(answer: Answer, theme: Theme) -> str:
    """The digit it answers, large, its value, the runner-up, and a bar for each class, of many for the strongest."""
    guess, shares = answer.guess, lengths(answer)
    large = "4.5" if len(answer.name) <= LARGE else "1.5"
    rows = "".join(
        f'<div style="text-align:right{";font-weight:700" * (k == guess)}" title="{escape(name)}">'
        f"{escape(short_name(name))}</div>"
        f'<div style="background:{theme.grid};border-radius:2px"><div style="height:12px;border-radius:2px;'
        f'width:{100 * share:.1f}%;background:{theme.accent if k == guess else theme.muted}"></div></div>'
        f"<div>{value(answer, k).removeprefix('score ')}</div>"
        for k, name, share in ((k, answer.names[k], shares[k]) for k in strongest(answer.values, (guess,)))
    )
    return (
        '<div style="font-variant-numeric:tabular-nums"><div style="display:flex;align-items:center;gap:16px">'
        f'<div class="answer" role="status" style="font-size:{large}rem;font-weight:700;line-height:1.1">'
        f"{escape(short_name(answer.name))}</div>"
        f'<div><div style="font-size:1.25rem;font-weight:600">{value(answer, guess)}</div>'
        f"<div>{escape(runner_up(answer))}</div></div></div>"
        '<div style="display:grid;grid-template-columns:auto minmax(40px,1fr) 4.5em;gap:3px 8px;align-items:center;'
        f'font-size:0.8125rem;max-width:360px">{rows}</div></div>'
    )


def lengths(answer: Answer) -> list[float]:
    """The length of each bar, 0 to 1: the probability, or where the score stands between the lowest, at most 0, and the
    highest."""
    if answer.probabilities:
        return answer.values.tolist()
    low = min(0.0, float(answer.values.min()))
    span = max(float(answer.values.max()) - low, 1e-9)
    return np.clip((answer.values - low) / span, 0, 1).tolist()


def about(reader: Reader, invitation: str) -> str:
    """What a visitor should know before believing the answer; "" if nothing."""
    remarks = []
    if not reader.trained:
        remarks.append(f"Untrained: it guesses.{invitation}")
    n = len(reader.class_names)
    if n < 10:
        remarks.append(
            f"It knows only {listed(markdowns(reader.class_names))}, and answers one of them whatever is drawn."
        )
    return " ".join(remarks)
