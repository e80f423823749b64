"""Names of layers and losses as text."""

import re


def words(thing: object) -> str:
    """`SoftmaxCrossEntropy` -> `Softmax cross entropy`, `MaxPool2D` -> `Max pool`; `ReLU` and `Conv2D` stay."""
    name = type(thing).__name__.replace("Pool2D", "Pool")
    first, *others = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", name).split()
    return " ".join([first, *(word.lower() if word[1:].islower() else word for word in others)])
