"""The stages of a digit's preparation as a strip of pictures, each with the answers of the networks below it."""

from html import escape

import numpy as np

from dashboard.components.digit_images import png_data_uri
from dashboard.draw.answer import short
from dashboard.draw.preparation import Step
from dashboard.draw.reader import Answer, Reader
from dashboard.theme import Theme, ink_rgb

SIZE = 80  # CSS pixels of a figure


def html(steps: list[Step], readers: list[Reader], answers: list[list[Answer]], theme: Theme) -> str:
    """A figure for each step; `answers` are those of each reader."""
    figures = []
    for i, step in enumerate(steps):
        lines = "".join(
            f'<div style="white-space:nowrap"><span style="color:{theme.muted}">{escape(reader.title)}</span><br>'
            f"<b>{escape(short(each[i]))}</b></div>"
            for reader, each in zip(readers, answers, strict=True)
        )
        height, width = step.size
        figures.append(
            f'<figure data-stage="{step.name}" style="margin:0;width:{SIZE}px;font-size:0.75rem;line-height:1.3">'
            f'<img src="{png_data_uri(pixels(step, theme))}" alt="{escape(step.title)}" style="display:block;'
            f"width:{SIZE}px;height:{SIZE}px;object-fit:contain;image-rendering:pixelated;box-sizing:border-box;"
            f'border:1px solid {theme.grid}"><figcaption style="font-variant-numeric:tabular-nums">'
            f'<div style="min-height:2.6em">{i + 1}. {escape(step.title)}</div>'
            f'<div style="color:{theme.muted}">{height} × {width}</div>{lines}</figcaption></figure>'
        )
    return f'<div style="display:flex;flex-wrap:wrap;gap:14px 9px">{"".join(figures)}</div>'


def pixels(step: Step, theme: Theme) -> np.ndarray:
    """The picture of a step as uint8 RGB: as it came, and from the grey levels on as ink on the theme's paper."""
    picture = step.picture if step.picture.size else np.zeros((1, 1), np.uint8)
    image = picture if picture.dtype == np.uint8 else np.clip(np.rint(255 * picture), 0, 255).astype(np.uint8)
    if step.name == "raw":
        return np.broadcast_to(image if image.ndim == 3 else image[..., None], (*image.shape[:2], 3))
    return ink_rgb(image, theme)
