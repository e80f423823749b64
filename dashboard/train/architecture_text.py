"""A network's architecture in words."""

from dashboard.notation.phrases import listed
from dashboard.notation.plain_text import markdown
from nnlib.convolution import Conv2D
from nnlib.datasets import Digits
from nnlib.layers import Dense
from nnlib.network import Network


def about_architecture(network: Network, digits: Digits) -> str:
    """What goes in, what is between, and what comes out: "784 pixels in, 128 hidden units and 10 outputs, ..."."""
    kernels = [str(layer.filters) for layer in network.layers if isinstance(layer, Conv2D)]
    *hidden, outputs = [layer.outputs for layer in network.layers if isinstance(layer, Dense)]
    parts = [f"{digits.n_inputs:,} pixels in"]
    if kernels:
        parts.append(f"{listed(kernels)} kernels")
    if hidden:
        parts.append(f"{listed(f'{n:,}' for n in hidden)} hidden unit{'s' * (hidden != [1])}")
    if network.normalizes:
        parts.append("batch normalisation")
    last = markdown(digits.class_names[-1])
    out = f"{outputs} outputs, one per class" if outputs > 1 else f"one output, for class {last}"
    return listed([*parts, out])
