"""The bugs by their names."""

from nnlib.bugs import wrong_data, wrong_layers, wrong_losses, wrong_updates
from nnlib.bugs.bug import Bug
from nnlib.bugs.symptoms import NOT_FINITE, RISES, SAME, STUCK, TOO_GOOD, WORSE, WRONG_ANSWERS

# Instruments, each on a page.
LOSS, ACCURACY, DATA, SHAPES, STEP, GRADIENT_CHECK, UNITS, UPDATES, CHECKS, CONFUSION = INSTRUMENTS = (
    "loss curve",
    "accuracy curve",
    "labels of the digits",
    "shapes",
    "matrices of one step",
    "gradient check",
    "unit pictures",
    "update size",
    "sanity checks",
    "confusion matrix",
)
DROPOUT = {"dropout": 0.5}

BUGS: dict[str, Bug] = {
    "not-divided-by-m": Bug(
        "The gradient is not divided by m",
        wrong_losses.NotDividedByM,
        "The loss is a mean over the m examples of a batch, but this is the gradient of their sum: m times too large. "
        "It acts like a learning rate m times as large.",
        STUCK,
        (GRADIENT_CHECK, UPDATES, LOSS),
        1,
        wrong_gradient=True,
    ),
    "divided-by-m-twice": Bug(
        "The gradient is divided by m twice",
        wrong_losses.DividedByMTwice,
        "1/m stands in dZ and must not come again. All gradients are m times too small, as with a learning rate m "
        "times smaller.",
        STUCK,
        (GRADIENT_CHECK, UPDATES, LOSS),
        2,
        wrong_gradient=True,
    ),
    "opposite-sign": Bug(
        "The output error has the opposite sign",
        wrong_losses.OppositeSign,
        "The gradient of the loss is A − Y. With Y − A every step goes uphill.",
        RISES,
        (LOSS, GRADIENT_CHECK),
        1,
        wrong_gradient=True,
    ),
    "derivative-of-tanh": Bug(
        "The derivative of another activation",
        wrong_layers.DerivativeOfTanh,
        "The slope of ReLU is 1 where Z > 0 and 0 elsewhere. 1 − A² is the slope of tanh, if A were its output; here A "
        "may be far above 1, and dead units pass the gradient on.",
        RISES,
        (GRADIENT_CHECK, STEP, LOSS),
        2,
        wrong_gradient=True,
    ),
    "reshaped": Bug(
        "W is reshaped instead of transposed",
        wrong_layers.ReshapedInsteadOfTransposed,
        "The shape is that of the transpose, so nothing complains, but the numbers stand in other places: the gradient "
        "reaches the hidden units through the wrong weights.",
        WORSE,
        (GRADIENT_CHECK, STEP, LOSS),
        3,
        wrong_gradient=True,
    ),
    "bias-summed-over-all": Bug(
        "The bias gradient is summed over everything",
        wrong_layers.BiasGradientSummedOverAll,
        "db is the sum over the examples, one number for each unit. Summed over the units as well it is the same for "
        "all; in the last layer it is 0, because the columns of A − Y add up to 0.",
        SAME,
        (GRADIENT_CHECK, STEP, LOSS),
        3,
        wrong_gradient=True,
    ),
    "updated-too-early": Bug(
        "W is updated before the backward pass is complete",
        wrong_layers.UpdatedTooEarly,
        "The gradient of the layer below has to go through the weights of the forward pass. Here they have changed "
        "already. The error is as small as an update, so that only a gradient check tells.",
        SAME,
        (GRADIENT_CHECK,),
        3,
        wrong_gradient=True,
    ),
    "never-cleared": Bug(
        "Gradients add up from step to step",
        wrong_layers.NeverCleared,
        "dW has to be computed anew in every step. With += all earlier gradients stay in it. A check of one step finds "
        "nothing, because the first one is right.",
        WORSE,
        (UPDATES, LOSS),
        2,
    ),
    "softmax-across-the-batch": Bug(
        "Softmax across the batch",
        wrong_losses.SoftmaxAcrossTheBatch,
        "The outputs of one digit have to add up to 1, over the classes. Summed along the other axis, those of one "
        "class do, over the digits of the batch.",
        RISES,
        (STEP, GRADIENT_CHECK, LOSS),
        2,
        wrong_gradient=True,
    ),
    "softmax-not-shifted": Bug(
        "Softmax without subtracting the maximum",
        wrong_losses.SoftmaxNotShifted,
        "exp overflows in float32 from a score of 89 on, and infinity divided by infinity is not a number. With the "
        "maximum subtracted the largest power is exp(0) = 1. It shows only where scores are large, as they are here.",
        NOT_FINITE,
        (LOSS, CHECKS),
        2,
        settings={"scale": 10.0, "learning_rate": 0.01},
    ),
    "labels-shifted": Bug(
        "The labels are shifted by one",
        wrong_losses.LabelsShiftedByOne,
        "The network learns, and learns well, but the wrong thing: a 0 is called 1, a 9 is called 0.",
        WRONG_ANSWERS,
        (CONFUSION, ACCURACY, STEP),
        1,
    ),
    "labels-shuffled-apart": Bug(
        "Images and labels are shuffled apart",
        wrong_data.LabelsShuffledApart,
        "Each image has the label of another one. There is nothing to learn but the training digits themselves, one by "
        "one.",
        STUCK,
        (DATA, STEP, LOSS),
        1,
    ),
    "pixels-not-scaled": Bug(
        "The pixels are not scaled",
        wrong_data.PixelsNotScaled,
        "Initial weights and learning rate suit inputs between 0 and 1. With 0 to 255 all sums begin 255 times as "
        "large, and so do the gradients of the first layer.",
        STUCK,
        (CHECKS, LOSS, STEP),
        1,
    ),
    "sorted-by-class": Bug(
        "Nothing is shuffled: the digits are sorted by class",
        wrong_data.SortedByClass,
        "Batch after batch shows one class only, and whatever came before is forgotten. The class that came last is "
        "the answer to everything.",
        WRONG_ANSWERS,
        (CONFUSION, LOSS, STEP),
        2,
    ),
    "zero-weights": Bug(
        "All weights begin at 0",
        wrong_layers.ZeroWeights,
        "With W2 = 0 no gradient reaches the hidden layer, and with W1 = 0 there is nothing for W2 to learn from. Only "
        "the biases of the output move.",
        STUCK,
        (UNITS, CHECKS, LOSS),
        1,
    ),
    "equal-weights": Bug(
        "All weights begin equal",
        wrong_layers.EqualWeights,
        "Equal units get equal gradients, so they stay equal: however many there are, the layer has one.",
        WORSE,
        (UNITS, LOSS),
        2,
    ),
    "dead-by-bias": Bug(
        "The biases begin far below zero",
        wrong_layers.NegativeBiases,
        "No weighted sum is above 0, so every ReLU outputs 0 for every digit, and its slope is 0: nothing is passed "
        "on, nothing comes back.",
        STUCK,
        (CHECKS, UNITS, LOSS),
        2,
    ),
    "dropout-while-evaluating": Bug(
        "Dropout stays on while evaluating",
        wrong_layers.DropoutWhileEvaluating,
        "Units are left out at random only in training. Here it happens in every evaluation too: the same digit gets "
        "another answer each time it is asked.",
        WORSE,
        (ACCURACY, CHECKS),
        3,
        settings=DROPOUT,
    ),
    "validated-on-training-digits": Bug(
        "The validation digits are training digits",
        wrong_data.ValidatedOnTrainingDigits,
        "The validation accuracy is to tell how well new digits are read. Of digits that were trained on it tells how "
        "well they are remembered.",
        TOO_GOOD,
        (ACCURACY, LOSS),
        3,
    ),
    "tenfold-learning-rate": Bug(
        "The learning rate is ten times what was set",
        wrong_updates.TenfoldLearningRate,
        "Every update is ten times as large as the learning rate on the screen allows.",
        WORSE,
        (UPDATES, CHECKS, LOSS),
        2,
    ),
    "argmax-along-the-wrong-axis": Bug(
        "argmax along the wrong axis",
        wrong_losses.ArgmaxAlongTheWrongAxis,
        "The scores are right, and the loss too. Only the class is read from the wrong numbers: reshaping (classes, m) "
        "to (m, classes) does not transpose it.",
        WRONG_ANSWERS,
        (ACCURACY, CONFUSION),
        2,
    ),
    "one-class-too-many": Bug(
        "The one-hot targets have one class too many",
        wrong_losses.OneClassTooMany,
        "Nobody ever belongs to the additional class. The network learns so, but has an output unit, a row of weights "
        "and a guess at the start too many.",
        SAME,
        (SHAPES, CHECKS),
        2,
        hideable=False,
    ),
    "adam-without-correction": Bug(
        "Adam without the bias correction",
        wrong_updates.AdamWithoutCorrection,
        "Both averages start at 0. Uncorrected, the mean of the first step is a tenth of the gradient, the root of the "
        "square a thirty-second: the update is √10 = 3.2 times as large as it should be.",
        SAME,
        (UPDATES,),
        3,
        settings={"optimizer": "adam", "learning_rate": 0.001},
    ),
}
