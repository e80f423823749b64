import numpy as np

from dashboard.step.gradient_check import WeightCheck
from dashboard.step.loss_slice_chart import loss_along
from dashboard.theme import DARK
from nnlib.gradcheck import GradientCheck


def test_the_chart_shows_the_curve_its_tangent_and_where_the_update_goes():
    offsets = np.linspace(-1, 1, 25)
    check = GradientCheck(np.zeros(1, int), analytic=np.ones(1), numerical=np.ones(1))
    figure = loss_along(WeightCheck(check, 2.0, offsets, offsets**2 + offsets), 1.9, "W[1]", DARK)
    curve, tangent, now, after = figure.data
    np.testing.assert_allclose(curve.x, 2 + offsets)
    np.testing.assert_allclose(tangent.y, np.asarray(tangent.x) - 2.0)
    assert (now.x[0], now.y[0]) == (2.0, 0.0) and after.x[0] == 1.9
    assert figure.layout.xaxis.title.text == "value of W[1]"
