"""Colours: the two looks of the dashboard, and the one map from a signed number to a colour.

Orange is negative, blue is positive, neutral is zero, on every page. Colours are blended in OKLab, where equal steps
look equal and lightness is a coordinate of its own: the further a number is from zero, the further its colour is from
the paper.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

STEPS = 127  # shades on either side of zero; with zero itself 255, an odd number, so that zero has a shade of its own
MISSING = 2 * STEPS + 1  # the 256th entry of the table: what is not a number


@dataclass(frozen=True)
class Theme:
    """One look. Every colour is `#rrggbb`.

    `ink`, `muted`, `accent`, `right` and `wrong` can be read as text on `paper` and on `panel` (4.5 to 1 or more), and
    so can ink at 60 %, in which Streamlit writes captions, and the accent on a fifth of itself, as on a chosen option.
    `train`, `validation` and `batch` differ in lightness as well as in hue: they stay apart for colour-blind eyes and
    in a grey print.
    """

    name: str
    paper: str  # the page
    panel: str  # the sidebar and the fields of widgets
    ink: str  # text, and the digits
    muted: str  # axes, captions
    grid: str  # thin rules, and the gaps between tiles
    accent: str
    train: str
    validation: str
    batch: str
    right: str
    wrong: str
    neutral: str  # zero
    strong: str  # the far end of the sequential scale
    classes: tuple[str, ...]  # of the dots of ten classes; colour-blind eyes tell them apart too
    negative: str = "#f59322"
    positive: str = "#0877bd"
    missing: str = "#d81b9a"  # not a number: magenta, on neither side of the signed map


LIGHT = Theme(
    name="light",
    paper="#ffffff",
    panel="#f4f6f8",
    ink="#101820",
    muted="#566370",
    grid="#dfe4e9",
    accent="#06619b",
    train="#1a84c9",
    validation="#6d3400",
    batch="#a9cfe9",
    right="#00574a",
    wrong="#c8401a",
    neutral="#f5f6f7",
    strong="#063a5e",
    classes=(
        *("#3c69a5", "#875a00", "#c30078", "#3c3c00", "#4b96f0"),
        *("#962dff", "#4b0fc3", "#87963c", "#d278a5", "#78005a"),
    ),
)
DARK = Theme(
    name="dark",
    paper="#0f1419",
    panel="#171d24",
    ink="#e6ebf0",
    muted="#9aa7b4",
    grid="#2f3943",
    accent="#4aa8e8",
    train="#4aa8e8",
    validation="#ffd9a0",
    batch="#2a5878",
    right="#8fe8c0",
    wrong="#ff6f7a",
    neutral="#191e24",
    strong="#c4e4fa",
    classes=(
        *("#009696", "#f0874b", "#f0005a", "#1e7800", "#c3c3ff"),
        *("#c32dff", "#00e1a5", "#f0c300", "#a587e1", "#874ba5"),
    ),
)
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}


def hex_rgb(colour: str) -> np.ndarray:
    """`#0877bd` -> [8, 119, 189]."""
    return np.frombuffer(bytes.fromhex(colour.removeprefix("#")), dtype=np.uint8)


def signed_limit(values: np.ndarray, percentile: float = 99.5) -> float:
    """The limit to draw `values` with: the size that `percentile` % of them do not exceed, so that a single large
    weight does not wash out the rest. Values that are not finite do not count. Never zero: if that percentile is zero
    the largest size serves, and if all are zero, 1.
    """
    sizes = np.abs(values[np.isfinite(values)])
    if sizes.size == 0:
        return 1.0
    return float(np.percentile(sizes, percentile)) or float(sizes.max()) or 1.0


def signed_index(values: np.ndarray, limit: float) -> np.ndarray:
    """The row of `signed_table` for each value: 0 from -limit down, 127 at zero, 254 from limit up, 255 for NaN."""
    if not 0 < limit < np.inf:
        raise ValueError(f"the limit of a signed colour map must be a positive finite number, got {limit}")
    steps = np.empty(np.shape(values), np.result_type(values, np.float32))
    with np.errstate(over="ignore"):  # infinity is drawn like any other size beyond the limit
        np.divide(values, float(limit), out=steps)
        steps *= STEPS
    np.rint(steps, out=steps)  # to even, so that x and -x land equally far from zero
    np.clip(steps, -STEPS, STEPS, out=steps)
    np.copyto(steps, MISSING - STEPS, where=np.isnan(steps))
    steps += STEPS
    return steps.astype(np.uint8)


@lru_cache
def signed_table(theme: Theme) -> np.ndarray:
    """The signed map as 256 rows of uint8 RGB: 127 shades of negative, zero, 127 of positive, and the colour of NaN."""
    table = np.vstack([_signed_ramp(theme, STEPS), hex_rgb(theme.missing)])
    table.flags.writeable = False
    return table


def signed_rgb(values: np.ndarray, limit: float, theme: Theme) -> np.ndarray:
    """Colours of signed values, uint8 (..., 3): zero is exactly `theme.neutral`, -limit and below `theme.negative`,
    limit and above `theme.positive`, NaN `theme.missing`."""
    return np.take(signed_table(theme), signed_index(values, limit), axis=0)


@lru_cache
def ink_table(theme: Theme) -> np.ndarray:
    """The colour of each brightness 0..255 of a digit: 0 is paper, 255 is ink."""
    table = np.rint(np.linspace(hex_rgb(theme.paper), hex_rgb(theme.ink), 256)).astype(np.uint8)
    table.flags.writeable = False
    return table


def ink_rgb(images: np.ndarray, theme: Theme) -> np.ndarray:
    """Colours of digits given as uint8 brightness, uint8 (..., 3): dark ink on light paper, or light on dark."""
    if images.dtype != np.uint8:
        raise TypeError(f"digits are drawn from uint8 brightness 0..255, got {images.dtype}")
    return np.take(ink_table(theme), images, axis=0)


def signed_colorscale(theme: Theme) -> list[list]:
    """The signed map for Plotly; use it with zmin=-limit, zmax=limit."""
    return _colorscale(_signed_ramp(theme, steps=32))


def ink_colorscale(theme: Theme) -> list[list]:
    """The ink of the digits for Plotly; use it with zmin=0 and zmax the brightness of full ink."""
    return _colorscale(np.array([hex_rgb(theme.paper), hex_rgb(theme.ink)]))


def sequential_colorscale(theme: Theme) -> list[list]:
    """Counts and other numbers from zero up, for Plotly: neutral, through the blue of positive, to `theme.strong`."""
    first, second = _blend(theme.neutral, theme.positive, 9), _blend(theme.positive, theme.strong, 9)
    return _colorscale(np.vstack([first, second[1:]]))


def ramp(start: str, end: str, count: int) -> list[str]:
    """So many colours from `start` to `end`, equally far apart to the eye."""
    return ["#" + bytes(colour).hex() for colour in _blend(start, end, max(count, 2))[:count]]


def _signed_ramp(theme: Theme, steps: int) -> np.ndarray:
    negative = _blend(theme.neutral, theme.negative, steps + 1)
    positive = _blend(theme.neutral, theme.positive, steps + 1)
    return np.vstack([negative[:0:-1], positive])


def _colorscale(colours: np.ndarray) -> list[list]:
    return [[i / (len(colours) - 1), "#" + bytes(colour).hex()] for i, colour in enumerate(colours)]


# OKLab, Bjorn Ottosson 2020: sRGB -> linear light -> cone responses -> cube roots -> lightness and two opponent axes.
_TO_CONES = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def luminance(rgb: np.ndarray) -> np.ndarray:
    """Relative luminance (WCAG 2.2) of uint8 RGB (..., 3): 0 for black to 1 for white, (...)."""
    return _linear_light(rgb) @ [0.2126, 0.7152, 0.0722]


def text_on(rgb: np.ndarray) -> np.ndarray:
    """Black or white as `#rrggbb` for each uint8 RGB (..., 3): whichever has more contrast to it, 4.6 to 1 or more."""
    return np.where(luminance(rgb) > 0.179, "#000000", "#ffffff")


def oklab(rgb: np.ndarray) -> np.ndarray:
    """uint8 RGB (..., 3) -> OKLab (..., 3); the first coordinate is lightness, 0 for black to 1 for white."""
    return np.cbrt(_linear_light(rgb) @ _TO_CONES.T) @ _TO_LAB.T


def _linear_light(rgb):
    s = np.asarray(rgb) / 255
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def _oklab_rgb(lab: np.ndarray) -> np.ndarray:
    linear = np.clip((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_CONES).T, 0, 1)
    s = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(255 * s).astype(np.uint8)


def _blend(start: str, end: str, count: int) -> np.ndarray:
    """`count` colours from `start` to `end`, both included, equally far apart to the eye."""
    return _oklab_rgb(np.linspace(oklab(hex_rgb(start)), oklab(hex_rgb(end)), count))
