"""Chart of the output of the network for one digit."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.charts.strongest import strongest
from dashboard.notation.numbers import number, percent
from dashboard.notation.plain_text import plotly, plotlys, short
from dashboard.theme import Theme


def class_bars(
    values: np.ndarray,
    truth: int,
    guess: int,
    class_names: tuple[str, ...],
    theme: Theme,
    *,
    probabilities: bool = True,
    height: int = 360,
) -> go.Figure:
    """One bar per class, of many classes only those of `strongest`; `values` (classes,): probabilities 0..1, drawn in
    per cent, or scores of any size. Besides their colours the truth has a tick and a wrong guess a cross."""
    n, places = len(values), strongest(values, (truth, guess))
    if len(places) < n:
        class_names, truth, guess = (
            tuple(class_names[k] for k in places),
            places.index(truth),
            places.index(guess),
        )
        values = values[places]
    shown = 100 * values if probabilities else values
    title = "probability (%)" if probabilities else "score (not a probability)"
    of = "class" if len(places) == n else f"class ({len(places)} of {n})"
    figure = frame(theme, x=title, y=of, height=height, showlegend=False, bargap=0.3)
    colours = [theme.right if k == truth else theme.wrong if k == guess else theme.batch for k in range(len(values))]
    marks = ["✓" if k == truth else "✗" if k == guess else "" for k in range(len(values))]
    figure.add_bar(
        x=shown,
        y=list(range(len(values))),
        orientation="h",
        marker={"color": colours},
        text=[percent(value) if probabilities else number(value) for value in values.tolist()],
        textposition="outside",
        cliponaxis=False,
        customdata=plotlys(class_names),
        hovertemplate="%{customdata}: %{x:.4g}" + (" %" if probabilities else "") + "<extra></extra>",
    )
    figure.update_yaxes(
        tickvals=list(range(len(values))),
        ticktext=[f"{mark} {plotly(short(name))}".strip() for mark, name in zip(marks, class_names, strict=True)],
        autorange="reversed",
        showgrid=False,
        fixedrange=True,
    )
    figure.update_xaxes(fixedrange=True)
    if probabilities:
        figure.update_xaxes(range=[0, 115], tickvals=[0, 25, 50, 75, 100])
    else:
        figure.update_xaxes(zeroline=True, zerolinecolor=theme.muted)
    return figure
