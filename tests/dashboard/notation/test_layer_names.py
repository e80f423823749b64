from dashboard.notation.layer_names import words
from nnlib.activations import ReLU
from nnlib.convolution import Conv2D, MaxPool2D
from nnlib.losses import SoftmaxCrossEntropy


def test_names():
    names = [words(thing) for thing in (SoftmaxCrossEntropy(), ReLU(), Conv2D(1, 3), MaxPool2D())]
    assert names == ["Softmax cross entropy", "ReLU", "Conv2D", "Max pool"]
