"""Charts of the number of examples in each class and in each split."""

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.notation.plain_text import plotlys, short_ticks
from dashboard.theme import Theme


def split_colours(theme: Theme) -> dict[str, str]:
    """One colour per split."""
    return {"training": theme.train, "validation": theme.validation, "test": theme.muted}


def class_balance(
    counts: dict[str, np.ndarray], class_names: tuple[str, ...], theme: Theme, *, per_cent: bool = False
) -> go.Figure:
    """Bars: the examples of each class in each split, `{split: (classes,)}`, or their share of the split."""
    title = "share of the split (%)" if per_cent else "digits"
    figure = frame(theme, x="class", y=title, height=300, barmode="group", bargap=0.25)
    for split, count in counts.items():
        share = 100 * count / count.sum()
        figure.add_bar(
            x=plotlys(class_names),
            y=share if per_cent else count,
            customdata=np.stack([count, share], axis=1),
            name=split,
            marker={"color": split_colours(theme)[split]},
            hovertemplate=f"%{{x}} in {split}: %{{customdata[0]:,}} digits, %{{customdata[1]:.1f}} %<extra></extra>",
        )
    if per_cent:
        even = 100 / len(class_names)
        figure.add_hline(y=even, line={"dash": "dot", "color": theme.muted, "width": 1})
    figure.update_xaxes(type="category", **short_ticks(class_names))
    figure.update_yaxes(rangemode="tozero", tickformat=",")
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
