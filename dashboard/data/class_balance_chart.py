"""Charts of the number of examples in each class and in each split."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.notation.plain_text import plotlys, short_ticks
from dashboard.theme import Theme

FEW = 20  # classes that have room side by side
LINE = 15  # pixels


def split_colours(theme: Theme) -> dict[str, str]:
    """One colour per split."""
    return {"training": theme.train, "validation": theme.validation, "test": theme.muted}


def class_balance(
    counts: dict[str, np.ndarray], class_names: tuple[str, ...], theme: Theme, *, per_cent: bool = False
) -> go.Figure:
    """Bars: the examples of each class in each split, `{split: (classes,)}`, or their share of the split. Those of many
    classes lie, a line for each class."""
    title = "share of the split (%)" if per_cent else "digits"
    names, many = plotlys(class_names), len(class_names) > FEW
    height = 110 + LINE * len(names) if many else 300
    x, y = (title, "class") if many else ("class", title)
    figure = frame(theme, x=x, y=y, height=height, barmode="group", bargap=0.25)
    for split, count in counts.items():
        share = 100 * count / count.sum()
        values = share if per_cent else count
        figure.add_bar(
            x=values if many else names,
            y=names if many else values,
            orientation="h" if many else "v",
            customdata=np.stack([count, share], axis=1),
            name=split,
            marker={"color": split_colours(theme)[split]},
            hovertemplate=f"%{{{'y' if many else 'x'}}} in {split}: "
            "%{customdata[0]:,} digits, %{customdata[1]:.1f} %<extra></extra>",
        )
    if per_cent:
        even = 100 / len(class_names)
        line = {"dash": "dot", "color": theme.muted, "width": 1}
        (figure.add_vline if many else figure.add_hline)(even, line=line)
    classes: dict[str, Any] = {"type": "category", **short_ticks(class_names)}
    numbers: dict[str, Any] = {"rangemode": "tozero", "tickformat": ","}
    if many:
        classes |= {"autorange": "reversed", "dtick": 1, "tickfont": {"size": LINE - 4}}
    figure.update_xaxes(numbers if many else classes)
    figure.update_yaxes(classes if many else numbers)
    return figure


def split_sizes(sizes: dict[str, tuple[int, int]], theme: Theme) -> go.Figure:
    """One bar per split, `{split: (used, available)}`: the used part solid, the rest faint."""
    figure = frame(theme, x="digits", y="", height=190, barmode="stack", showlegend=False, bargap=0.35)
    names = list(sizes)
    used = np.array([sizes[name][0] for name in names])
    available = np.array([sizes[name][1] for name in names])
    colours = [split_colours(theme)[name] for name in names]
    for part, count, opacity in (("used", used, 1.0), ("not used", available - used, 0.25)):
        figure.add_bar(
            y=names,
            x=count,
            orientation="h",
            marker={"color": colours, "opacity": opacity},
            hovertemplate=f"%{{y}}: %{{x:,}} digits {part}<extra></extra>",
        )
    figure.data[-1].update(text=[f"{n:,}" for n in used], textposition="outside", cliponaxis=False)
    figure.update_xaxes(range=[0, 1.12 * available.max()], tickformat=",")
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure
