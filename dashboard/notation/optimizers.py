"""Descriptions of the optimizers: name, rule in LaTeX, and a remark on the size of steps.

A new optimizer is shown everywhere without an entry in DESCRIPTIONS; with one it also gets a proper name and formulas.
"""

from dataclasses import dataclass

from nnlib.describe.kinds import entry
from nnlib.optimizers import SGD, Adam, Momentum, Optimizer, RMSProp


@dataclass(frozen=True)
class OptimizerDescription:
    """`label` names it in a list of choices, `name` in a sentence. `lines` are (formula, numbers, term): a line of the
    rule, a template for the same with numbers, and which of the optimizer's `terms` is the result.

    A template may contain every term, every attribute of the optimizer, the gradient `g`, the learning `rate` and, for
    an average `x`, its value before the step, `x_before`; plain, in brackets where needed (`:b`), or with its sign as
    an operator (`:+`).
    """

    label: str
    name: str
    lines: tuple[tuple[str, str, str], ...] = ()
    remark: str = ""


DESCRIPTIONS: dict[type[Optimizer], OptimizerDescription] = {
    SGD: OptimizerDescription(
        "gradient descent (SGD)",
        "Gradient descent",
        ((r"\Delta w = -\alpha\, dw", r"-{rate} \cdot {g:b}", "change"),),
        "The change is the negative of the gradient times the learning rate α.",
    ),
    Momentum: OptimizerDescription(
        "momentum",
        "Momentum",
        (
            (r"v \leftarrow \mu v + dw", r"{momentum} \cdot {velocity_before:b} {g:+}", "velocity"),
            (r"\Delta w = -\alpha v", r"-{rate} \cdot {velocity:b}", "change"),
        ),
        "The change follows the velocity v, which accumulates earlier gradients: it is **not** −α times the gradient, "
        "except at the very first step.",
    ),
    RMSProp: OptimizerDescription(
        "RMSProp",
        "RMSProp",
        (
            (
                r"s \leftarrow \rho s + (1 - \rho)\, dw^2",
                r"{rho} \cdot {square_before:b} + (1 - {rho}) \cdot {g:b}^2",
                "square",
            ),
            (
                r"\Delta w = -\alpha \frac{dw}{\sqrt{s} + \varepsilon}",
                r"-{rate} \cdot \frac{{{g}}}{{{root} + {epsilon}}}",
                "change",
            ),
        ),
        "Each weight's gradient is divided by its usual size, √s: the change is **not** −α times the gradient, and "
        "weights with small gradients move as fast as the others.",
    ),
    Adam: OptimizerDescription(
        "Adam",
        "Adam",
        (
            (
                r"m \leftarrow \beta_1 m + (1 - \beta_1)\, dw",
                r"{beta1} \cdot {m_before:b} + (1 - {beta1}) \cdot {g:b}",
                "m",
            ),
            (
                r"v \leftarrow \beta_2 v + (1 - \beta_2)\, dw^2",
                r"{beta2} \cdot {v_before:b} + (1 - {beta2}) \cdot {g:b}^2",
                "v",
            ),
            (r"m' = \frac{m}{1 - \beta_1^t}", r"\frac{{{m}}}{{1 - {beta1}^{{{updates}}}}}", "m_unbiased"),
            (r"v' = \frac{v}{1 - \beta_2^t}", r"\frac{{{v}}}{{1 - {beta2}^{{{updates}}}}}", "v_unbiased"),
            (
                r"\Delta w = -\alpha \frac{m'}{\sqrt{v'} + \varepsilon}",
                r"-{rate} \cdot \frac{{{m_unbiased}}}{{{root} + {epsilon}}}",
                "change",
            ),
        ),
        "A running mean of gradients, m, divided by their usual size, √v: the change is **not** −α times the gradient. "
        "In the first steps almost every weight moves by about α, however small its gradient, unless it is 0.",
    ),
}


def describe(kind: type[Optimizer]) -> OptimizerDescription:
    """The description of an optimizer; without an entry, its class name."""
    return entry(DESCRIPTIONS, kind, OptimizerDescription(kind.__name__, kind.__name__))
