"""The words of the field as the pages use them: what each means, and the page to see it on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A `meaning` in a sentence or two, and the `page` that shows it."""

    meaning: str
    page: str


TERMS: dict[str, Term] = {
    "Accuracy": Term("The share of digits read correctly.", "train"),
    "Activation": Term("The function applied to each weighted sum, such as ReLU; also its result, A.", "step"),
    "Adam": Term(
        "An optimizer: momentum, and each weight's step divided by the usual size of its gradient.",
        "step",
    ),
    "Attribution": Term("How much each pixel spoke for or against a class score.", "mistakes"),
    "Augmentation": Term("Moving, rotating or bending each training digit a little whenever it is used.", "data"),
    "Backward": Term(
        "The second half of a step: gradients are computed from the loss back to the first layer.", "step"
    ),
    "Batch normalisation": Term(
        "Brings each unit's sums in a mini-batch to mean 0 and variance 1, then scales and shifts them.",
        "step",
    ),
    "Batch size": Term("The number of digits in a mini-batch, written m.", "shapes"),
    "Bias": Term("The number b that a unit adds to its weighted sum.", "weights"),
    "Calibration": Term("Whether, of digits read with 80 % confidence, 80 % are right.", "mistakes"),
    "Class": Term("What an image can be taken for, of MNIST 0 to 9. Usually each class has an output.", "data"),
    "Confidence": Term("The probability that the network gives to its guess.", "mistakes"),
    "Confusion matrix": Term("How often each true class (row) was taken for each class (column).", "mistakes"),
    "Convolution": Term("A layer that moves the same small kernel over the whole picture.", "weights"),
    "Cross-entropy": Term("The usual loss: −ln of the probability given to the true class, on average.", "step"),
    "Dead unit": Term("A ReLU unit that is zero for every digit, and so gets no gradient.", "checks"),
    "Dropout": Term("In each training step, some hidden units are switched off at random.", "shapes"),
    "Embedding": Term("A map of digits that places those close together which a layer finds similar.", "mistakes"),
    "Epoch": Term("One pass through all training digits.", "train"),
    "Forward": Term("The first half of a step: from pixels to probabilities.", "step"),
    "Gradient": Term("How fast the loss changes with each number: dW, db, dZ, dA.", "step"),
    "Gradient check": Term("A gradient compared with the change of the loss when one weight is nudged.", "step"),
    "Hidden unit": Term("A unit between pixels and outputs: a weighted sum and an activation.", "weights"),
    "Initialisation": Term("How the weights are set before training, usually at random.", "checks"),
    "L2": Term("A penalty on the squares of all weights, which keeps them small.", "shapes"),
    "Learning rate": Term("How far an update follows the gradient.", "train"),
    "Loss": Term("How wrong the network is, as one number. Training makes it smaller.", "train"),
    "Mini-batch": Term("The digits of one training step.", "step"),
    "Momentum": Term("An optimizer that keeps a share of the last step and adds the new one.", "step"),
    "One-hot": Term("A class as zeros with a single 1: Y.", "step"),
    "Optimizer": Term("The rule by which a gradient becomes an update.", "step"),
    "Overfitting": Term("Reading training digits much better than new ones.", "train"),
    "Parameters": Term("All numbers that are learned: weights and biases.", "shapes"),
    "Pooling": Term("Keeping one number, usually the largest, of each 2 × 2 square of a feature map.", "weights"),
    "ReLU": Term("The activation max(0, z): negative sums become zero.", "step"),
    "Robustness": Term(
        "How much a digit can be shifted, rotated or covered with noise before it is misread.", "mistakes"
    ),
    "Softmax": Term("Turns class scores into probabilities that add up to 1.", "step"),
    "Snapshot": Term("The network as it was at one point of its training, kept by the time machine.", "train"),
    "Test digits": Term("Digits kept for the very end, never used for a choice.", "data"),
    "Update": Term("The change of all parameters at the end of a step.", "step"),
    "Validation digits": Term("Digits that are not trained on, by which settings are compared.", "data"),
    "Weight": Term("The number W by which a unit multiplies one of its inputs.", "weights"),
}
