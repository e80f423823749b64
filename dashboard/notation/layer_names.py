"""Names of layers and losses as text."""

import re


def words(thing: object) -> str:
    """`SoftmaxCrossEntropy` -> `Softmax cross entropy`; `ReLU` stays as it is."""
    first, *others = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", " ", type(thing).__name__).split()
    return " ".join([first, *(word.lower() if word[1:].islower() else word for word in others)])
