"""Layers, output functions and losses against the test data of the ONNX standard, which the package `onnx` makes: those
cases of each operator for which there is a counterpart here."""

from importlib import import_module

import numpy as np
import pytest

from nnlib.activations import LeakyReLU, ReLU, Sigmoid, Tanh
from nnlib.convolution import AveragePool2D, Conv2D, Flatten, MaxPool2D
from nnlib.layers import Dense, Dropout
from nnlib.losses import SoftmaxCrossEntropy, softmax


def computed(layer, A, training=False, **parameters):
    """The output of a layer with these parameters for A, (m, height, width, channels) or (inputs, m)."""
    layer.build(A.shape[1:] if A.ndim == 4 else A.shape[:1])
    for name, shape in layer.parameter_shapes().items():
        layer.bind(name, np.broadcast_to(parameters[name], shape).astype(A.dtype), np.empty(shape, A.dtype))
    return layer.forward(A, training)


def pictures(layer, X, **parameters):
    """The same for X (m, channels, height, width), the order in ONNX."""
    return computed(layer, X.transpose(0, 2, 3, 1), **parameters).transpose(0, 3, 1, 2)


def elementwise(kind):
    return lambda case, X: computed(kind(), X)


def leaky_relu(case, X, alpha=0.01):
    layer = LeakyReLU()
    layer.slope = alpha
    return computed(layer, X)


def flatten(case, X, axis=1):
    if axis not in (1, 1 - X.ndim):
        return None
    return computed(Flatten(), X).T


def gemm(case, A, B, C=0.0, alpha=1.0, beta=1.0, transA=0, transB=0):
    C = np.asarray(C)
    if alpha != 1 or beta != 1 or (C.ndim == 2 and len(C) > 1):
        return None
    A, W = A if transA else A.T, B if transB else B.T
    return computed(Dense(len(W)), np.ascontiguousarray(A), W=W, b=C.reshape(-1, 1)).T


def conv(case, X, W, kernel_shape, pads=(0, 0, 0, 0), strides=(1, 1), auto_pad=None):
    if auto_pad or len({*pads}) > 1 or strides[0] != strides[1]:
        return None
    layer = Conv2D(len(W), kernel_shape[0], strides[0], pads[0])
    return pictures(layer, X, W=W.transpose(0, 2, 3, 1).reshape(len(W), -1), b=0.0)


def max_pool(case, X, kernel_shape, strides=None, **others):
    if others or X.ndim != 4 or strides != kernel_shape:
        return None
    return pictures(MaxPool2D(kernel_shape[0]), X)


def whole(kind):
    return lambda case, X: pictures(kind(X.shape[-1]), X)


def dropout(case, X, ratio=0.5, training=False, seed=0):
    masks = case.outputs[1:]
    if (training and ratio and not masks) or "random" in case.name:
        return None

    class FromTheCase:
        def random(self, shape, dtype):
            return masks[0].astype(dtype)

    layer = Dropout(float(ratio))
    layer.generator = FromTheCase()
    return computed(layer, X, bool(training))


def softmax_along(case, X, axis=-1):
    return np.moveaxis(softmax(np.moveaxis(X, axis, 0)), 0, axis)


def softmax_cross_entropy(case, X, labels, weights=None, reduction=b"mean", ignore_index=None):
    if weights is not None or ignore_index is not None:
        return None
    loss, classes = SoftmaxCrossEntropy(), X.shape[1]
    Z, shape = np.moveaxis(X, 1, 0).reshape(classes, -1), labels.shape
    Y = loss.targets(labels.reshape(-1), classes)
    each = loss.per_example(Z, Y)
    return {b"mean": loss.forward(Z, Y), b"sum": each.sum(), b"none": each.reshape(shape)}[reduction]


OPERATORS = {  # name: module of onnx.backend.test.case.node, its counterpart, cases that have one
    "Relu": ("relu", elementwise(ReLU), 1),
    "LeakyRelu": ("leakyrelu", leaky_relu, 3),
    "Sigmoid": ("sigmoid", elementwise(Sigmoid), 2),
    "Tanh": ("tanh", elementwise(Tanh), 2),
    "Flatten": ("flatten", flatten, 3),
    "Gemm": ("gemm", gemm, 7),
    "Conv": ("conv", conv, 4),
    "MaxPool": ("maxpool", max_pool, 1),
    "GlobalMaxPool": ("globalmaxpool", whole(MaxPool2D), 2),
    "GlobalAveragePool": ("globalaveragepool", whole(AveragePool2D), 2),
    "Dropout": ("dropout", dropout, 9),
    "Softmax": ("softmax", softmax_along, 7),
    "SoftmaxCrossEntropyLoss": ("softmax_cross_entropy_loss", softmax_cross_entropy, 10),
}


class Case:
    """A call of one operator: its attributes, inputs and outputs."""

    def __init__(self, made, attribute_value):
        [node] = made.model.graph.node
        [(inputs, self.outputs)] = made.data_sets
        self.name, self.operator, self.inputs = made.name, node.op_type, inputs
        self.attributes = {each.name: attribute_value(each) for each in node.attribute}


@pytest.mark.filterwarnings("ignore::RuntimeWarning:onnx")
@pytest.mark.parametrize("operator", OPERATORS)
def test_the_cases_of_the_standard(operator, monkeypatch):
    onnx = pytest.importorskip("onnx", reason="onnx is not installed; `pip install -r requirements-dev.txt`")
    # Other poolings than ours, in loops over pixels, which take seconds.
    monkeypatch.setattr("onnx.reference.ops.op_pool_common.pool", lambda padded, *_, **__: padded)
    node, (module, counterpart, n) = import_module("onnx.backend.test.case.node"), OPERATORS[operator]
    import_module(f"{node.__name__}.{module}")
    cases = [
        Case(made, onnx.helper.get_attribute_value)
        for made in node._NodeTestCases
        if [each.op_type for each in made.model.graph.node] == [operator]
    ]
    came = {case.name: counterpart(case, *case.inputs, **case.attributes) for case in cases}
    assert sum(output is not None for output in came.values()) == n
    for case in cases:
        if came[case.name] is not None:
            np.testing.assert_allclose(came[case.name], case.outputs[0], rtol=1e-5, atol=1e-7, err_msg=case.name)
