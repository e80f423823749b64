import itertools
import re
import tomllib
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from dashboard import theme as looks
from dashboard.theme import (
    DARK,
    LIGHT,
    THEMES,
    hex_rgb,
    ink_colorscale,
    ink_rgb,
    oklab,
    sequential_colorscale,
    signed_colorscale,
    signed_index,
    signed_limit,
    signed_rgb,
    signed_table,
)

CONFIG = Path(__file__).parents[2] / ".streamlit" / "config.toml"
both_themes = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


def linear_light(colour):
    s = hex_rgb(colour) / 255
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return looks.luminance(hex_rgb(colour))


def test_luminance_of_known_colours():
    known = {"#ffffff": 1, "#000000": 0, "#ff0000": 0.2126, "#00ff00": 0.7152, "#0000ff": 0.0722, "#808080": 0.2159}
    found = looks.luminance(np.array([hex_rgb(colour) for colour in known]))
    np.testing.assert_allclose(found, list(known.values()), atol=1e-4)


def contrast(one, other):
    """The contrast ratio of WCAG 2, 1 to 21."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def lightness(colour):
    """L* of CIELAB for a colour brighter than black, 0 to 100."""
    return 116 * np.cbrt(luminance(colour)) - 16


# What a missing kind of cone makes of linear light: Machado, Oliveira and Fernandes 2009, severity 1.
EYES = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def seen_distance(one, other, eyes):
    """Distance in OKLab, black to white being 1, as those eyes see the two colours."""

    def seen(colour):
        light = np.clip(np.asarray(EYES[eyes]) @ linear_light(colour), 0, 1)
        return oklab(255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055))

    return np.linalg.norm(seen(one) - seen(other))


def test_contrast_knows_the_extremes_and_oklab_the_published_values():
    assert contrast("#000000", "#ffffff") == pytest.approx(21) and contrast("#0877bd", "#0877bd") == 1
    assert oklab(hex_rgb("#ffffff")) == pytest.approx([1, 0, 0], abs=1e-4)
    assert oklab(hex_rgb("#ff0000")) == pytest.approx([0.62796, 0.22486, 0.12585], abs=1e-4)


@both_themes
class TestColours:
    def test_text_can_be_read(self, theme):
        for text, ground in itertools.product(["ink", "muted", "accent", "right", "wrong"], ["paper", "panel"]):
            ratio = contrast(getattr(theme, text), getattr(theme, ground))
            assert ratio >= 4.5, f"{text} on {ground}: {ratio:.2f}"

    def test_text_that_streamlit_mixes_with_its_ground_can_be_read(self, theme):
        def mixed(colour, ground, share):
            return "#" + bytes(np.rint(share * hex_rgb(colour) + (1 - share) * hex_rgb(ground)).astype(np.uint8)).hex()

        for ground in (theme.paper, theme.panel):
            assert contrast(mixed(theme.ink, ground, 0.6), ground) >= 4.5  # a caption
        assert contrast(theme.accent, mixed(theme.accent, theme.paper, 0.2)) >= 4.5  # a chosen option

    def test_text_on_any_colour_of_the_signed_map_can_be_read(self, theme):
        table = signed_table(theme)
        for ground, text in zip(table, looks.text_on(table), strict=True):
            assert contrast("#" + bytes(ground).hex(), text) >= 4.5

    def test_lines_and_classes_stand_out_and_lines_stay_apart_in_grey(self, theme):
        assert len(theme.classes) == 10
        assert min(contrast(line, theme.paper) for line in (theme.train, theme.validation, *theme.classes)) >= 3
        for one, other in itertools.combinations([theme.train, theme.validation, theme.batch], 2):
            assert abs(lightness(one) - lightness(other)) > 15

    @pytest.mark.parametrize("eyes", EYES)
    def test_colours_stay_apart_in_every_eye(self, theme, eyes):
        lines = theme.train, theme.validation, theme.batch, theme.paper
        for colours, least in ((lines, 0.15), (theme.classes, 0.1), ((theme.right, theme.wrong), 0.08)):
            for one, other in itertools.combinations(colours, 2):
                assert seen_distance(one, other, eyes) > least


@both_themes
class TestSignedMap:
    def test_zero_is_neutral_and_the_ends_are_the_two_colours(self, theme):
        colours = signed_rgb(np.array([-2.0, -1.0, -0.0, 0.0, 1.0, 2.0]), 1.0, theme)
        names = ["negative", "negative", "neutral", "neutral", "positive", "positive"]
        assert colours.tolist() == [hex_rgb(getattr(theme, name)).tolist() for name in names]

    def test_minus_x_mirrors_x(self, theme):
        values = np.random.default_rng(0).normal(size=10_000).astype(np.float32)
        table = signed_table(theme)
        mirrored = np.vstack([table[254::-1], table[255:]])
        assert (signed_rgb(-values, 1.5, theme) == mirrored[signed_index(values, 1.5)]).all()

    def test_equal_sizes_are_equally_far_along_their_ramps(self, theme):
        zero, negative, positive = (oklab(hex_rgb(c)) for c in (theme.neutral, theme.negative, theme.positive))
        for x in np.linspace(0.1, 1, 10):
            for value, end in ((-x, negative), (x, positive)):
                colour = oklab(signed_rgb(np.array(value), 1.0, theme))
                assert np.linalg.norm(colour - zero) / np.linalg.norm(end - zero) == pytest.approx(x, abs=0.02)

    def test_lightness_runs_one_way_on_both_sides(self, theme):
        shades = oklab(signed_table(theme)[:255])[:, 0]
        away = -1 if theme is LIGHT else 1
        for side in (shades[127:], shades[127::-1]):
            assert (away * np.diff(side) > -0.002).all()  # a 256th of a channel is all that rounding may undo
            assert away * (side[-1] - side[0]) > 0.2

    def test_the_sides_keep_to_their_hue(self, theme):
        red, blue = signed_table(theme)[:255, 0].astype(int), signed_table(theme)[:255, 2].astype(int)
        assert (red[:110] > blue[:110] + 5).all()
        assert (blue[145:] > red[145:] + 5).all()

    def test_what_is_not_a_number_has_a_colour_of_its_own(self, theme):
        colours = signed_rgb(np.array([np.nan, np.inf, -np.inf], np.float32), 1.0, theme)
        assert colours.tolist() == [hex_rgb(c).tolist() for c in (theme.missing, theme.positive, theme.negative)]
        apart = np.linalg.norm(oklab(signed_table(theme)[:255]) - oklab(hex_rgb(theme.missing)), axis=1)
        assert apart.min() > 0.2

    def test_keeps_the_shape(self, theme):
        colours = signed_rgb(np.zeros((2, 3, 4)), 1.0, theme)
        assert colours.shape == (2, 3, 4, 3) and colours.dtype == np.uint8

    def test_plotly_gets_the_same_map(self, theme):
        scale = signed_colorscale(theme)
        positions = [position for position, _ in scale]
        assert positions == pytest.approx(np.linspace(0, 1, len(scale)))
        assert scale[len(scale) // 2] == [0.5, theme.neutral]
        assert [scale[0][1], scale[-1][1]] == [theme.negative, theme.positive]
        stops = np.array([hex_rgb(colour) for _, colour in scale])
        values = np.arange(-127, 128) / 127  # Plotly blends neighbouring stops channel by channel
        drawn = np.stack([np.interp((values + 1) / 2, positions, channel) for channel in stops.T], axis=-1)
        assert np.abs(drawn - signed_rgb(values, 1.0, theme)).max() <= 2


@pytest.mark.parametrize("limit", [0.0, -1.0, np.nan, np.inf])
def test_a_limit_that_cannot_be_is_refused(limit):
    with pytest.raises(ValueError, match="positive finite"):
        signed_index(np.zeros(3), limit)


@pytest.mark.parametrize("scale", [1e-300, 1e-42, 1.0, 1e30])
def test_the_size_of_the_numbers_does_not_matter(scale):
    values = np.array([-1.0, -0.5, 0.0, 0.5, 1.0]) * scale
    assert signed_index(values, scale).tolist() == [0, 63, 127, 191, 254]  # 63.5 steps round to 64
    with np.errstate(all="raise"):  # beyond float32
        assert signed_index(np.array([3e38, -3e38], np.float32), 1e-10).tolist() == [254, 0]


def test_the_limit_is_the_size_of_nearly_all_that_is_finite_and_never_zero():
    values = np.concatenate([np.linspace(-1, 1, 401), [1000.0]])  # one outlier among 402
    assert 0.99 < signed_limit(values) == signed_limit(-values) <= 1.0
    assert type(signed_limit(np.ones(3, np.float32))) is float
    for of, limit in (
        ([0.0] * 5, 1),
        ([], 1),
        ([0.0] * 999 + [-0.25], 0.25),
        ([np.nan, np.inf, 0.5], 0.5),
        ([np.nan], 1),
    ):
        assert signed_limit(np.array(of)) == limit


@both_themes
class TestInkAndCounts:
    def test_nothing_is_paper_and_full_is_ink(self, theme):
        digits = np.array([[0, 255]], np.uint8)
        assert ink_rgb(digits, theme).tolist() == [[hex_rgb(theme.paper).tolist(), hex_rgb(theme.ink).tolist()]]
        assert ink_colorscale(theme) == [[0.0, theme.paper], [1.0, theme.ink]]

    def test_more_ink_and_higher_counts_are_further_from_the_paper(self, theme):
        ink = oklab(ink_rgb(np.arange(256, dtype=np.uint8), theme))[:, 0]
        counts = oklab(np.array([hex_rgb(colour) for _, colour in sequential_colorscale(theme)]))[:, 0]
        away = -1 if theme is LIGHT else 1
        assert (away * np.diff(ink) >= -1e-3).all() and away * (ink[-1] - ink[0]) > 0.6
        assert (away * np.diff(counts) > 0).all()

    def test_digits_must_be_bytes(self, theme):
        with pytest.raises(TypeError, match="float64"):
            ink_rgb(np.zeros(4), theme)


def test_every_colour_is_written_in_full_with_dark_ink_on_light_paper_or_the_other_way_round():
    for theme in THEMES.values():
        colours = [value for name, value in asdict(theme).items() if name not in ("name", "classes")]
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in [*colours, *theme.classes]), colours
    assert luminance(LIGHT.ink) < luminance(LIGHT.paper) and luminance(DARK.ink) > luminance(DARK.paper)


@both_themes
def test_streamlit_wears_the_same_colours(theme):
    worn = tomllib.loads(CONFIG.read_text())["theme"][theme.name]
    expected = {
        "backgroundColor": theme.paper,
        "secondaryBackgroundColor": theme.panel,
        "textColor": theme.ink,
        "primaryColor": theme.accent,
        "linkColor": theme.accent,
        "greenColor": theme.right,
        "redColor": theme.wrong,
    }
    assert {name: worn[name] for name in expected} == expected
    assert worn["chartCategoricalColors"] == [theme.train, theme.validation, theme.batch]
