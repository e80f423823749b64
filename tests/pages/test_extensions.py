"""A new activation, layer, optimizer and loss: one class and one description each, and every page shows them."""

import numpy as np
import pytest

from dashboard.notation import optimizers as optimizer_descriptions
from dashboard.notation.optimizers import OptimizerDescription
from dashboard.step.training_step import PHASES
from nnlib.activations import ACTIVATIONS, Activation, sigmoid
from nnlib.describe import layers as layer_descriptions
from nnlib.describe import losses as loss_descriptions
from nnlib.describe.expressions import Apply, Hadamard, Plus, SumOverExamples, Symbol
from nnlib.describe.layers import Trace, gradient, matrix
from nnlib.describe.losses import LossDescription
from nnlib.gradcheck import check_gradients
from nnlib.layers import Dense, Layer
from nnlib.losses import LOSSES, SoftmaxCrossEntropy
from nnlib.optimizers import OPTIMIZERS, Optimizer
from nnlib.recipes import RECIPES, SYSTEMS, Recipe, System
from tests.pages.content import failures

NAME = "extended"
PAGES = ["train", "data", "shapes", "step", "weights", "checks", "mistakes", "results"]


class Swish(Activation):
    """A = Z s(Z) with the sigmoid s (Ramachandran et al., 2017); slope s + A (1 - s)."""

    def forward(self, Z, training=True):
        s = sigmoid(Z)
        if training:
            self.s, self.A = s, Z * s
        return Z * s

    def backward(self, dA, to_input=True):
        self.dZ = dA * (self.s + self.A * (1 - self.s))
        return self.dZ


class Scaling(Layer):
    """S = gamma o A + beta, one gamma and one beta a unit, (units, 1): batch normalisation without the statistics."""

    computed = ("A", "S", "dS", "dA")

    def parameter_shapes(self):
        return {"gamma": (*self.input_shape, 1), "beta": (*self.input_shape, 1)}

    def initialize(self, initializer, scale, generator):
        self.gamma[...], self.beta[...] = 1, 0

    def forward(self, A, training=True):
        S = self.gamma * A + self.beta
        if training:
            self.A, self.S = A, S
        return S

    def backward(self, dS, to_input=True):
        self.dS = dS
        self.dgamma[...] = (dS * self.A).sum(axis=1, keepdims=True)
        self.dbeta[...] = dS.sum(axis=1, keepdims=True)
        self.dA = self.gamma * dS
        return self.dA


@layer_descriptions.trace.register
def _(layer: Scaling, place) -> Trace:
    gamma, beta, S, A, one = f"γ{place.number}", f"β{place.number}", f"S{place.number}", place.symbol, "1"
    (units, m), dS = place.dimensions, Symbol(f"d{S}")
    summed = Plus(Hadamard(Symbol(gamma), Symbol(A)), Symbol(beta))
    forward = [
        matrix(gamma, "factors, one per unit", (units, one), None, layer.gamma, parameter=True),
        matrix(beta, "offsets, one per unit", (units, one), None, layer.beta, parameter=True),
        matrix(S, "scaled outputs", (units, m), summed, layer.S),
    ]
    backward = [
        gradient(
            gamma, "gradient for each factor", (units, one), SumOverExamples(Hadamard(dS, Symbol(A))), layer.dgamma
        ),
        gradient(beta, "gradient for each offset", (units, one), SumOverExamples(dS), layer.dbeta),
        gradient(A, "gradient for each input", (units, m), Hadamard(Symbol(gamma), dS), layer.dA),
    ]
    return Trace(forward, backward, S, (units, m))


class Nesterov(Optimizer):
    """v <- mu v + dp;  p <- p - lr (dp + mu v)  (Nesterov, 1983; in this form: Sutskever et al., 2013)."""

    averages, settings, momentum = ("velocity",), ("momentum",), 0.9

    def terms(self, gradients, learning_rate, velocity):
        v = self.momentum * velocity + gradients
        return {"velocity": v, "change": -learning_rate * (gradients + self.momentum * v)}


class Focal(SoftmaxCrossEntropy):
    """J = -(1/m) sum of (1 - p)^2 log p, p the probability of the true class (Lin et al., 2017, gamma = 2)."""

    def forward(self, Z, Y):
        terms = self.terms(Z, Y)
        self.A, self.Y = terms["A"], Y
        return float(terms["loss"].mean())

    def backward(self, m=None):
        p = (self.A * self.Y).sum(axis=0)
        slope = 2 * (1 - p) * np.log(p) * p - (1 - p) ** 2  # dJ/dp p, of one example
        self.dZ = ((self.Y - self.A) * slope / (m or self.Y.shape[1])).astype(self.A.dtype)
        return self.dZ

    def terms(self, Z, Y):
        found = super().terms(Z, Y)
        p = (found["A"] * Y).sum(axis=0)
        return {"p": p, "A": found["A"], "loss": (1 - p) ** 2 * found["loss"]}


@pytest.fixture(autouse=True, scope="module")
def registered():
    plain_layers = Recipe.layers

    def with_scaling(self, n_inputs, outputs):
        found = plain_layers(self, n_inputs, outputs)
        return found if self.name != NAME else [found[0], Scaling(), *found[1:]]

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ACTIVATIONS, "swish", Swish)
        patch.setitem(OPTIMIZERS, "nesterov", Nesterov)
        patch.setitem(LOSSES, "focal", Focal)
        patch.setitem(
            optimizer_descriptions.DESCRIPTIONS,
            Nesterov,
            OptimizerDescription(
                "Nesterov momentum",
                "Nesterov momentum",
                (
                    (r"v \leftarrow \mu v + dw", r"{momentum} \cdot {velocity_before:b} {g:+}", "velocity"),
                    (
                        r"\Delta w = -\alpha (dw + \mu v)",
                        r"-{rate} \cdot ({g} + {momentum} \cdot {velocity:b})",
                        "change",
                    ),
                ),
            ),
        )
        described = LossDescription("softmax", lambda A, outputs: Apply("∂J", Symbol(A)))
        patch.setitem(loss_descriptions.DESCRIPTIONS, Focal, described)
        recipe = Recipe(NAME, (12,), "swish", loss="focal", optimizer="nesterov", training_size=640)
        patch.setitem(RECIPES, NAME, recipe)
        patch.setitem(SYSTEMS, NAME, System(recipe, "Everything in it is new."))
        patch.setattr(Recipe, "layers", with_scaling)
        yield


@pytest.fixture(scope="module", params=["untrained", "running", "paused"])
def extended(request, open_app, click):
    at = open_app(all_settings=True, recipe=NAME)
    return {
        "untrained": lambda: at,
        "running": lambda: click(at, "run").run(),
        "paused": lambda: click(at, "step_batch", "step_epoch").run(),
    }[request.param]()


def test_the_gradients_are_right(digits):
    network = RECIPES[NAME].trainer(digits).network.astype(np.float64)
    assert [type(layer) for layer in network.layers[:3]] == [Dense, Scaling, Swish]
    X = np.random.default_rng(0).random((784, 5))
    loss = Focal()
    assert check_gradients(network, loss, X, loss.targets([1, 2, 3, 4, 5], 10, np.float64)).relative_error < 1e-6


@pytest.mark.parametrize("page", PAGES)
def test_every_page_shows_them(extended, page):
    at = extended.switch_page(f"pages/{page}.py").run()
    assert failures(at) == []
    assert at.selectbox(key="setting_optimizer").value == "nesterov"
    assert "Nesterov momentum" in at.selectbox(key="setting_optimizer").options
    assert at.slider(key="setting_momentum").value == 0.9
    if page == "shapes":
        symbols = set(at.dataframe[0].value["symbol"])
        assert {"γ[1]", "β[1]", "S[1]", "dγ[1]", "dβ[1]", "dS[1]"} <= symbols


def test_one_step_explains_every_number_of_every_matrix(open_app, click, shown):
    at = click(open_app(recipe=NAME), "step_batch").switch_page("pages/step.py").run()
    seen = set()
    for phase in PHASES:
        at.segmented_control(key="step_phase").set_value(phase).run()
        for symbol in shown[f"step_film_{phase}"][1]:
            shown.click[f"step_film_{phase}"] = symbol
            assert failures(at.run()) == []
            seen.add(symbol)
    assert {"γ1", "β1", "S1", "A1", "dZ2", "dS1", "dγ1", "dβ1", "dZ1", "W1"} <= seen
    latex = " ".join(each.value for each in at.latex)
    assert r"\alpha (dw + \mu v)" in latex
