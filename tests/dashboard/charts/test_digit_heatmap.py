import numpy as np

from dashboard.charts.digit_heatmap import enlarged
from dashboard.theme import LIGHT


def test_a_digit_is_drawn_with_its_numbers_and_what_they_become():
    pixels = np.arange(6, dtype=np.uint8) * 40
    figure = enlarged(pixels, (2, 3), LIGHT, inputs=pixels / 255)
    (heatmap,) = figure.data
    assert heatmap.z.tolist() == [[0, 40, 80], [120, 160, 200]]
    assert heatmap.customdata.tolist() == (pixels / 255).reshape(2, 3).tolist()
    assert (heatmap.zmin, heatmap.zmax) == (0, 255)
    assert heatmap.colorscale[0][1] == LIGHT.paper and heatmap.colorscale[-1][1] == LIGHT.ink
    assert figure.layout.yaxis.range == (1.5, -0.5)  # row 0 at the top
    assert figure.layout.yaxis.scaleanchor == "x"  # pixels are squares
