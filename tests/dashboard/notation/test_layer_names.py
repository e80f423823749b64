import pytest

from dashboard.notation.layer_names import words
from nnlib.activations import ReLU
from nnlib.convolution import Conv2D
from nnlib.losses import SoftmaxCrossEntropy


@pytest.mark.parametrize(
    ("thing", "text"),
    [(SoftmaxCrossEntropy(), "Softmax cross entropy"), (ReLU(), "ReLU"), (Conv2D(1, 3), "Conv2D")],
)
def test_names(thing, text):
    assert words(thing) == text
