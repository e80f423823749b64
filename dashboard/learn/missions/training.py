"""Missions about training itself: initial weights, gradients, dead units, batch size, optimizers."""

from dashboard.learn import measures
from dashboard.learn.mission import Mission, Numbers, Step, compared, nearest

ZERO_WEIGHTS = Mission(
    "zero-weights",
    "All weights zero",
    4,
    "Why networks begin at random.",
    (
        Step(
            "All weights start at zero, and it trains for an epoch. How many of its 128 hidden units will differ?",
            ("none", "about half", "all"),
            "Press **Epoch**, then look at the weights.",
            measures.equal_units(initializer="zero"),
            lambda found: nearest((found["different"] - 1) / max(found["units"] - 1, 1), 0, 0.5, 1),
            "Of {units:count} units {different:count} is different: all are the same picture. Equal weights compute "
            "equal outputs, get equal gradients and stay equal for ever. It reads {accuracy:percent}, at a loss of "
            "{loss:number}.",
            page="weights",
            settings={"init": "zero"},
        ),
        Step(
            "With random weights and everything else as it was, how many differ?",
            ("none", "about half", "all"),
            "Press **Epoch**.",
            measures.equal_units("_random", initializer="he"),
            lambda found: nearest((found["different_random"] - 1) / max(found["units_random"] - 1, 1), 0, 0.5, 1),
            "Now {different_random:count} of {units_random:count} differ, and it reads {accuracy_random:percent} "
            "instead of {accuracy:percent}. Random weights break the symmetry: each unit starts elsewhere and learns "
            "something else. Biases may start at zero, because the weights differ already.",
            page="weights",
            settings={"init": "he"},
        ),
    ),
)

VANISHING = Mission(
    "vanishing-gradient",
    "Deeper is worse: the vanishing gradient",
    5,
    "Four layers of sigmoids, and where the gradient is lost.",
    (
        Step(
            "Four hidden layers of sigmoids. Compared with the last layer, the gradient of the first is …",
            ("about as large", "about ten times smaller", "a hundred times smaller, or more"),
            "Press **Epoch**. Weights shows the gradients of each layer.",
            measures.gradient_sizes(activation="sigmoid", hidden=(64, 64, 64, 64)),
            lambda found: 0 if found["ratio"] < 3 else 1 if found["ratio"] < 50 else 2,
            "The gradient of the last layer is {last:number}, of the first {first:number}: {ratio:number} times "
            "smaller. The slope of a sigmoid is at most 1/4, and every layer on the way back multiplies by it. So the "
            "first layers hardly move, and it reads {accuracy:percent}.",
            page="weights",
            settings={"hidden": "64-64-64-64", "activation": "sigmoid", "init": "xavier"},
        ),
        Step(
            "The same four layers with ReLU, whose slope is 1 or 0. After an epoch it reads …",
            ("as badly", "about half", "over 80 %"),
            "Press **Epoch**.",
            measures.gradient_sizes("_relu", activation="relu", hidden=(64, 64, 64, 64)),
            lambda found: nearest(found["accuracy_relu"], 0.1, 0.5, 0.9),
            "It reads {accuracy_relu:percent}, with sigmoids {accuracy:percent}. The gradient of the first layer is "
            "{first_relu:number} instead of {first:number}. A slope of 1 passes the gradient on undiminished.",
            page="weights",
            settings={"hidden": "64-64-64-64", "activation": "relu", "init": "he"},
        ),
    ),
)

DEAD_UNITS = Mission(
    "dead-units",
    "Kill the ReLUs",
    4,
    "Units that respond to nothing, and never will again.",
    (
        Step(
            "At learning rate 2, what share of the hidden units responds to no digit after an epoch?",
            ("almost none", "about half", "almost all"),
            "Press **Epoch**, then look at the checks.",
            measures.inactive(learning_rate=2.0),
            lambda found: nearest(found["inactive"], 0, 0.5, 1),
            "{inactive:percent} of the units are zero for every digit looked at. A large step made their bias so "
            "negative, or their weights such, that the sum is below zero for all of them; there the slope of ReLU is "
            "0, so no gradient ever brings them back. It reads {accuracy:percent}.",
            page="checks",
            settings={"lr": "2"},
        ),
        Step(
            "And at learning rate 0.1?",
            ("almost none", "about half", "almost all"),
            "Press **Epoch**.",
            measures.inactive("_slow", learning_rate=0.1),
            lambda found: nearest(found["inactive_slow"], 0, 0.5, 1),
            "Now {inactive_slow:percent} of the units are inactive, at learning rate 2 it was {inactive:percent}. It "
            "reads {accuracy_slow:percent}. A smaller step, batch normalisation or a leaky ReLU keeps units alive.",
            page="checks",
            settings={"lr": "0.1"},
        ),
    ),
)

BATCH_SIZE = Mission(
    "batch-size",
    "Batch size: time and noise",
    5,
    "What a larger mini-batch buys, and what it costs.",
    (
        Step(
            "Batches of 16 digits. After one epoch it reads about …",
            ("85 %", "90 %", "95 %"),
            "Press **Epoch** and look at the faint curve, the loss of each mini-batch.",
            measures.trained(1, batch_size=16),
            lambda found: nearest(found["validation"], 0.85, 0.9, 0.95),
            "After {steps:count} steps it reads {validation:percent}. A sample of 16 says little about all digits, so "
            "the losses of neighbouring steps differ by {noise:number} (standard deviation). On average the steps "
            "lead downhill all the same.",
            settings={"batch": "16"},
        ),
        Step(
            "Batches of 1,024. From step to step, the loss jumps about …",
            ("less", "as much", "more"),
            "Press **Epoch**.",
            measures.trained(1, "_large", batch_size=1024),
            lambda found: compared(found["noise_large"], found["noise"], 0.1 * found["noise"]),
            "The losses of neighbouring steps differ by {noise_large:number}, with batches of 16 by {noise:number}. "
            "The noise of a mean falls with the root of the number: 64 times as many digits, about an eighth of the "
            "noise. What remains on top is the fall of the loss itself.",
            settings={"batch": "1024"},
        ),
        Step(
            "And compared with batches of 16, it now reads …",
            ("fewer digits", "about as many", "more digits"),
            "Compare the two runs on Train.",
            lambda lab: {},
            lambda found: compared(found["validation_large"], found["validation"], 0.005),
            "It reads {validation_large:percent} after {steps_large:count} steps, with batches of 16 "
            "{validation:percent} after {steps:count}. Each gradient is better, but there are far fewer of them. A "
            "larger batch wants a larger learning rate, or more epochs.",
        ),
    ),
)


def _better(mine: str, other: str):
    """Which of two validation losses is lower, or that they are about the same."""

    def answer(found: Numbers) -> int:
        return compared(found[f"validation_loss{mine}"], found[f"validation_loss{other}"], 0.01)

    return answer


OPTIMIZERS = Mission(
    "optimizers",
    "Momentum against Adam",
    5,
    "Three ways to use the same gradient.",
    (
        Step(
            "Plain gradient descent at a small learning rate of 0.01. After an epoch it reads …",
            ("about 50 %", "about 70 %", "about 90 %"),
            "Press **Epoch**.",
            measures.trained(1, optimizer="sgd", learning_rate=0.01),
            lambda found: nearest(found["validation"], 0.5, 0.7, 0.9),
            "It reads {validation:percent}, at a validation loss of {validation_loss:number}. Each step is 0.01 times "
            "the gradient of one mini-batch. Nothing is remembered from step to step.",
            settings={"optimizer": "sgd", "lr": "0.01"},
        ),
        Step(
            "Momentum 0.9 keeps 90 % of the step before and adds the new one. Its loss will be …",
            ("lower", "about the same", "higher"),
            "Press **Epoch**.",
            measures.trained(1, "_momentum", optimizer="momentum", learning_rate=0.01),
            _better("_momentum", ""),
            "Its loss is {validation_loss_momentum:number}, without momentum {validation_loss:number}. Steps in the "
            "same direction add up to about 1 / (1 − 0.9) = 10 times one step; steps that disagree cancel. So it is "
            "faster, with the same learning rate.",
            settings={"optimizer": "momentum", "lr": "0.01"},
        ),
        Step(
            "Adam, at its usual 0.001, divides each weight's step by the size of its gradients. Against momentum, its "
            "loss will be …",
            ("lower", "about the same", "higher"),
            "Press **Epoch**.",
            measures.trained(1, "_adam", optimizer="adam", learning_rate=0.001),
            _better("_adam", "_momentum"),
            "Adam ends at {validation_loss_adam:number}, momentum at {validation_loss_momentum:number}, plain gradient "
            "descent at {validation_loss:number}. Adam's steps do not depend on how large gradients are, which makes "
            "its default rate a safe first choice. It is no law: try momentum at 0.1 too.",
            settings={"optimizer": "adam", "lr": "0.001"},
        ),
    ),
)
