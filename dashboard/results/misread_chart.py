"""Chart of the test errors of every recipe: here, and as published."""

import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.results.recipe_results import Result
from dashboard.theme import Theme

TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10)  # per cent


def misread(results: list[Result], theme: Theme) -> go.Figure:
    """One line per recipe over the misread test digits in per cent (logarithmic, reversed): a dot per seed, and a
    hollow diamond for the published figure."""
    figure = frame(theme, x="misread test digits (%, log scale)", y="", height=480)
    names = {result.name: result.system.called for result in results}
    ours = [(names[result.name], 100 * (1 - value)) for result in results for value in result.accuracies()]
    theirs = [
        (names[result.name], 100 * (1 - result.system.published))
        for result in results
        if result.system.published is not None
    ]
    marks = (
        ("here, one dot per seed", ours, {"color": theme.validation, "size": 9, "opacity": 0.8}),
        ("published", theirs, {"color": theme.ink, "size": 11, "symbol": "diamond-open", "line": {"width": 2}}),
    )
    for name, points, marker in marks:
        figure.add_scatter(
            x=[error for _, error in points],
            y=[recipe for recipe, _ in points],
            mode="markers",
            name=name,
            marker=marker,
            hovertemplate=f"%{{y}}, {name}: %{{x:.2f}} % misread<extra></extra>",
        )
    ticks = [f"{tick:g}" for tick in TICKS]
    figure.update_xaxes(type="log", autorange="reversed", tickvals=TICKS, ticktext=ticks, showgrid=True)
    figure.update_yaxes(categoryorder="array", categoryarray=list(names.values())[::-1], showticklabels=False)
    for name in names.values():  # above its line: beside it, it would leave no room for the line on a phone
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=name, yanchor="bottom", yshift=6, text=name, showarrow=False
        )
    return figure
