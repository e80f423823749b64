import numpy as np
import pytest

from dashboard.data.pixel_histogram import pixel_histogram
from dashboard.theme import LIGHT
from nnlib.scaling import STANDARD, UNIT


@pytest.mark.parametrize("scaling", [UNIT, STANDARD])
def test_the_histogram_is_the_same_before_and_after_scaling_on_another_axis(scaling):
    counts = np.arange(256) ** 2
    figure = pixel_histogram(counts, LIGHT, scaling)
    outline, ends = figure.data
    assert list(outline.x) == list(range(256))
    np.testing.assert_allclose(outline.customdata[:, 2], scaling.apply(np.arange(256, dtype=np.uint8)), atol=1e-6)
    assert outline.y[0] == 0.5 and list(outline.y[1:]) == counts[1:].tolist()  # none is drawn at the bottom
    assert outline.customdata[:, 0].tolist() == counts.tolist()  # but told as it is
    assert outline.customdata[:, 1].sum() == pytest.approx(100)
    stored, received = figure.layout.xaxis.range, figure.layout.xaxis2.range
    assert stored[0] < 0 and stored[1] > 255
    np.testing.assert_allclose(np.array(stored) * scaling.factor + scaling.offset, received)  # the same places
    assert ends.xaxis == "x2"
    assert figure.layout.yaxis.type == "log" and counts.max() <= 10 ** figure.layout.yaxis.range[1]
