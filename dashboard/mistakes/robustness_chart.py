"""Chart of the accuracy against a corruption, with a few digits under the axis, equally corrupted."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from dashboard.charts.base import frame
from dashboard.components.digit_images import png_data_uri
from dashboard.notation.phrases import with_article
from dashboard.notation.plain_text import plotly, short
from dashboard.theme import Theme, hex_rgb, ink_rgb
from nnlib.analysis.corruptions import Corruption
from nnlib.analysis.robustness import Robustness, margin
from nnlib.datasets import Digits

CURVE, ROW = 190, 52  # pixels: the height of the curve, and of a row of images with the guesses under them
PICTURE = 0.7  # of a row
EDGES = 54  # pixels above and below


def robustness_figure(
    name: str,
    kind: Corruption,
    digits: Digits,
    positions: Sequence[int] | np.ndarray,
    theme: Theme,
    now: Robustness | None = None,
    before: Robustness | None = None,
) -> go.Figure:
    """The curve of `now`, a fainter one of `before`, and a row for each validation digit at `positions`:
    the corrupted images, and what `now` reads in them. Without a measurement, the images alone."""
    rows = len(positions)
    height = EDGES + (CURVE if now else 0) + rows * ROW
    figure = frame(theme, x=f"{name} ({kind.unit})", y="", height=height, showlegend=False)
    figure.update_layout(margin_t=8)
    share = rows * ROW / (height - EDGES)
    step = kind.amounts[1] - kind.amounts[0]
    ends = [kind.amounts[0] - step / 2, kind.amounts[-1] + step / 2]
    figure.update_xaxes(
        range=ends,
        tickvals=list(kind.amounts),
        tickangle=0,
        tickfont={"size": 11},
        anchor="y2",
        fixedrange=True,
        showgrid=now is not None,
    )
    blank = {"visible": False, "fixedrange": True}
    figure.update_layout(
        yaxis2={"domain": [0, share], "range": [-rows, 0], **blank},
        yaxis=_accuracy_axis(theme, share) if now else {"domain": [0.99, 1], **blank},
    )
    some = digits.validation.images[
        : max(positions) + 1
    ]  # the random corruption of an image does not depend on those that follow
    changed = [kind.change(some, digits.image_shape, amount)[positions] for amount in kind.amounts]
    _add_pictures(figure, kind, changed, digits.image_shape, step, theme)
    if before:
        _add_curve(figure, kind, before.accuracies(name), len(before.labels), theme.muted, 1.5, "earlier", dash="dot")
    if now:
        _add_curve(figure, kind, now.accuracies(name), len(now.labels), theme.validation, 2.5, "accuracy")
        chance = 100 / digits.n_classes
        line = {"x0": 0, "x1": 1, "xref": "paper", "y0": chance, "y1": chance}
        word = {"text": "guessing", "x": 1, "xref": "paper", "xanchor": "right", "y": chance, "yanchor": "top"}
        figure.update_layout(  # one call each: add_hline takes ten times as long
            shapes=[{"type": "line", **line, "line": {"dash": "dot", "color": theme.muted, "width": 1}}],
            annotations=[{**word, "showarrow": False, "font": {"color": theme.muted, "size": 11}}],
        )
        _add_verdicts(figure, name, kind, now, positions, digits.class_names, theme)
    return figure


def _accuracy_axis(theme, share):
    return {
        "domain": [share + 0.02, 1],
        "range": [0, 103],
        "tickvals": [0, 25, 50, 75, 100],
        "title": {"text": "accuracy (%)", "font": {"size": 13}},
        "gridcolor": theme.grid,
        "fixedrange": True,
    }


def _add_curve(figure, kind, accuracies, n, colour, width, name, dash="solid"):
    figure.add_scatter(
        x=list(kind.amounts),
        y=100 * accuracies,
        error_y={"array": [100 * margin(a, n) for a in accuracies], "color": colour, "thickness": 1, "width": 2},
        mode="lines+markers",
        line={"color": colour, "width": width, "dash": dash},
        marker={"size": 5},
        hovertemplate=f"%{{x:g}}: %{{y:.1f}} %<extra>{name}</extra>",
    )


def _add_pictures(figure, kind, changed, image_shape, step, theme):
    pictures = [
        {
            "source": png_data_uri(_framed(ink_rgb(pixels.reshape(image_shape), theme), theme)),
            "x": amount - 0.46 * step,
            "y": -row - 0.02,
            "sizex": 0.92 * step,
            "sizey": PICTURE,
            "xref": "x",
            "yref": "y2",
            "sizing": "contain",
            "layer": "below",
        }
        for amount, column in zip(kind.amounts, changed, strict=True)
        for row, pixels in enumerate(column)
    ]
    figure.update_layout(images=pictures)


def _framed(rgb, theme):
    """With a thin frame, which shows where in its image a digit stands."""
    height, width, _ = rgb.shape
    framed = np.empty((height + 2, width + 2, 3), np.uint8)
    framed[:] = hex_rgb(theme.grid)
    framed[1:-1, 1:-1] = rgb
    return framed


def _add_verdicts(figure, name, kind, now, positions, class_names, theme):
    for row, position in enumerate(positions):
        guesses = [int(now.predicted[name, amount][position]) for amount in kind.amounts]
        truth = int(now.labels[position])
        of_it = plotly(with_article(class_names[truth]))
        right = [guess == truth for guess in guesses]
        figure.add_scatter(
            x=list(kind.amounts),
            y=[-row - PICTURE - 0.12] * len(guesses),
            yaxis="y2",
            mode="text",
            text=[
                "✓" if fine else f"✗{plotly(short(class_names[g], 3))}" for fine, g in zip(right, guesses, strict=True)
            ],
            textfont={"size": 11, "color": [theme.right if fine else theme.wrong for fine in right]},
            customdata=[plotly(class_names[guess]) for guess in guesses],
            hovertemplate=f"{of_it} at %{{x:g}}: read as %{{customdata}}<extra></extra>",
            cliponaxis=False,
        )
