"""The first missions: a run, an epoch, an explosion."""

from dashboard.learn import measures
from dashboard.learn.mission import Mission, Step, compared, nearest

FIRST_RUN = Mission(
    "first-run",
    "A first run",
    3,
    "From guessing to reading, in one look at every training digit.",
    (
        Step(
            "All weights are random. How many of 100 new digits will this network read right?",
            ("about 10", "about 50", "about 90"),
            "Nothing to do yet: its validation accuracy stands on Train.",
            measures.untrained,
            lambda found: nearest(found["accuracy"], 0.1, 0.5, 0.9),
            "It reads {accuracy:percent} of {n:count} validation digits. Its weights are random, so its guesses say "
            "nothing about the digit, and one of ten classes is right by luck about one time in ten. Its loss is "
            "{loss:number}; giving every class the same probability costs ln 10 = 2.303.",
            settings={},
        ),
        Step(
            "It now sees each training digit once. How many of 100 new digits will it read right then?",
            ("about 10", "about 50", "about 90"),
            "Press **Epoch**.",
            measures.trained(1),
            lambda found: nearest(found["validation"], 0.1, 0.5, 0.9),
            "After {steps:count} small steps it reads {validation:percent} of digits it has never seen. Each step "
            "moved all weights a little in the direction that makes the loss of its mini-batch smaller. The loss fell "
            "from {loss:number} to {validation_loss:number}.",
        ),
        Step(
            "It sees all of them a second time. Compared with the first time, it improves …",
            ("less", "as much", "more"),
            "Press **Epoch** again.",
            measures.trained(2, "2"),
            lambda found: compared(
                found["validation2"] - found["validation"], found["validation"] - found["accuracy"], 0.02
            ),
            "Accuracy rose from {accuracy:percent} to {validation:percent}, and then to {validation2:percent}. What is "
            "easy is learned first, and a small error has a small gradient. That is why the curves on Train flatten.",
        ),
    ),
)

EPOCH = Mission(
    "epoch",
    "What an epoch is",
    4,
    "Mini-batch, step and epoch, told apart by counting.",
    (
        Step(
            "A mini-batch has 64 of 55,000 training digits. How many steps make an epoch?",
            ("64", "860", "55,000"),
            "Press **Epoch** and read the number of mini-batches.",
            measures.trained(1, batch_size=64),
            lambda found: nearest(found["steps_an_epoch"], 64, 860, 55_000),
            "An epoch of {n:count} digits took {steps_an_epoch:count} steps: {n:count} / 64, rounded up. Each step "
            "looks at one mini-batch and updates all weights once. In an epoch each digit is seen exactly once.",
            settings={"batch": "64"},
        ),
        Step(
            "With 256 digits in a mini-batch, an epoch has …",
            ("a quarter of the steps", "as many steps", "four times as many"),
            "Batch size is 256 now. Press **Epoch**.",
            measures.trained(1, "4", batch_size=256),
            lambda found: nearest(found["steps_an_epoch4"] / found["steps_an_epoch"], 0.25, 1, 4),
            "It had {steps_an_epoch4:count} steps instead of {steps_an_epoch:count}. The digits are the same, and each "
            "is still seen once. Only how many share one update has changed.",
            settings={"batch": "256"},
        ),
        Step(
            "Both networks have seen each digit once. Which one has the lower validation loss?",
            ("batches of 64", "no difference", "batches of 256"),
            "Compare the last two runs on Train: the earlier one is the thin curve.",
            lambda lab: {},
            lambda found: compared(found["validation_loss"], found["validation_loss4"], 0.01),
            "The loss is {validation_loss:number} after {steps:count} steps and {validation_loss4:number} after "
            "{steps4:count}. At the same learning rate more steps lead further. Count steps, not only epochs, when you "
            "compare batch sizes.",
        ),
    ),
)

EXPLOSION = Mission(
    "explosion",
    "Make it explode, and repair it",
    4,
    "What a learning rate that is too large does, and the way back.",
    (
        Step(
            "It learns well at 0.1. At a learning rate of 10, a hundred times as large, the loss will …",
            ("fall faster", "stay where it is", "jump up"),
            "Press **Epoch**, wait for it to end, move **Learning rate** to 10, and press **Run**.",
            measures.exploded,
            lambda found: compared(found["highest"], found["before"], 0.1),
            "The loss was {before:number} before, and {highest:number} at its highest. The gradient tells the "
            "direction downhill only nearby; too long a step leaps across the valley and lands higher on the other "
            "side. There the gradient is larger still, and so is the next step.",
            settings={},
        ),
        Step(
            "A button offers the last good weights and a tenth of the rate. After it, the loss is …",
            ("as before the explosion", "still high", "that of guessing, 2.303"),
            "Press the button **Back to …** in the warning.",
            measures.repaired,
            lambda found: nearest(found["loss"], found["before"], found["highest"], 2.303),
            "The validation loss is {loss:number} and the accuracy {accuracy:percent}, at learning rate {rate:number}. "
            "Nothing was learned back: the weights of before were kept and put in place again. Training on with the "
            "exploded weights could take very long, because many units respond to nothing any more.",
        ),
    ),
)
