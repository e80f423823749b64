"""Missions about new digits: how many units, overfitting and its cures, the test split, shifted digits, a confusion."""

from dashboard.learn import measures
from dashboard.learn.mission import Mission, Step, compared, nearest

FEW_UNITS = Mission(
    "few-units",
    "As few hidden units as possible",
    6,
    "How small can the hidden layer be, for 95 % of new digits?",
    (
        Step(
            "How many hidden units are needed to read 95 % of the validation digits?",
            ("about 8", "about 30", "100 or more"),
            "Move **Hidden units** and press **10 epochs**. Find a number that reaches 95 %, and one that is at least "
            "half as large and fails.",
            measures.fewest_units,
            lambda found: nearest(found["enough"], 8, 30, 100),
            "{enough:count} units reached {accuracy:percent}, {failed:count} only {failed_accuracy:percent}. Each "
            "hidden unit is one weighted sum of all pixels, and all that the last layer knows of a digit. Ten scores "
            "have to be made of these few numbers.",
            settings={"hidden": "8"},
        ),
    ),
)

OVERFITTING = Mission(
    "overfitting",
    "Overfit 200 digits, and three cures",
    6,
    "Learning by heart, and three things to try: more data, L2, dropout.",
    (
        Step(
            "It trains on only 200 digits, again and again. How will it read them, and new ones?",
            ("both perfectly", "these perfectly, new ones worse", "both badly"),
            "Press **10 epochs** five times.",
            measures.trained(50, training_size=200),
            lambda found: 2 if found["training"] < 0.9 else int(found["training"] - found["validation"] > 0.05),
            "It reads {training:percent} of the 200 and {validation:percent} of new digits. With {n:count} examples "
            "and 100,000 weights there are many ways to be right on all examples, and most are wrong elsewhere. This "
            "gap is overfitting.",
            settings={"examples": "200"},
        ),
        Step(
            "First cure: 2,000 digits. The gap between training and validation accuracy gets …",
            ("smaller", "no different", "larger"),
            "Press **10 epochs**.",
            measures.trained(10, "_more", training_size=2000),
            lambda found: compared(
                found["training_more"] - found["validation_more"], found["training"] - found["validation"], 0.01
            ),
            "Now it reads {training_more:percent} of its own and {validation_more:percent} of new digits; with 200 it "
            "was {training:percent} and {validation:percent}. More examples leave fewer ways to be right on all of "
            "them that are wrong elsewhere.",
            settings={"examples": "2000"},
        ),
        Step(
            "Second cure, on 200 digits: L2 0.03 keeps weights small. Validation accuracy changes by …",
            ("less than a point", "1 to 5 points", "more than 5 points"),
            "Press **10 epochs** five times.",
            measures.trained(50, "_l2", training_size=200, l2=0.03),
            lambda found: _size(found["validation_l2"] - found["validation"]),
            "It reads {validation_l2:percent} of new digits, {validation:percent} without L2. The training loss is "
            "{training_loss_l2:number} instead of {training_loss:number}: smaller weights make it less certain. It "
            "fits the 200 less closely, but it learns nothing about digits that are not among them.",
            settings={"examples": "200", "l2": "0.03"},
        ),
        Step(
            "Third cure: dropout 0.5 switches half the hidden units off in each step. Validation accuracy changes by …",
            ("less than a point", "1 to 5 points", "more than 5 points"),
            "Press **10 epochs** five times.",
            measures.trained(50, "_dropout", training_size=200, dropout=0.5),
            lambda found: _size(found["validation_dropout"] - found["validation"]),
            "It reads {validation_dropout:percent} of new digits, {validation:percent} without dropout and "
            "{validation_l2:percent} with L2. No unit can rely on another that may be off. Ten times as many digits "
            "gave {validation_more:percent}.",
            settings={"examples": "200", "dropout": "0.5"},
        ),
    ),
)

TEST_SPLIT = Mission(
    "test-split",
    "Why validation is not test",
    4,
    "Choose by the test digits, and see how much too good the best looks.",
    (
        Step(
            "Of all snapshots, choose the one that is best on 100 test digits. On these 100 it looks better than on "
            "all other test digits by about …",
            ("nothing", "half a point or more", "5 points or more"),
            "Press **10 epochs**. Every epoch leaves a snapshot; all are read on the test digits.",
            measures.chosen_by_few,
            lambda found: 0 if found["inflation"] < 0.25 else 1 if found["inflation"] < 5 else 2,
            "Chosen among {snapshots:count} snapshots by {few:count} digits, the best reads {seen:percent} of these "
            "and {others:percent} of the others, on average over 1,000 random draws: {inflation:number} points too "
            "good. Choosing picks luck as well as skill, and luck does not repeat. So settings are chosen by the "
            "validation digits, and the test digits are read once, at the end.",
            settings={"examples": "5000"},
        ),
    ),
)

SHIFTED = Mission(
    "shifted-digits",
    "Dense against convolutional, on shifted digits",
    6,
    "Which network minds if every digit is moved by three pixels?",
    (
        Step(
            "A dense network has learned centred digits. All are moved by 3 pixels: its accuracy falls by …",
            ("less than 5 points", "5 to 20 points", "more than 20 points"),
            "Press **Epoch** twice.",
            measures.shifted_digits("", convolutions=False),
            lambda found: 0 if found["lost"] < 5 else 1 if found["lost"] <= 20 else 2,
            "It reads {here:percent} of centred digits and {there:percent} of the same ones moved: {lost:number} "
            "points less. It has a weight of its own for each pixel. What it learned about a stroke here says "
            "nothing about the same stroke three pixels on.",
            settings={"examples": "10000"},
        ),
        Step(
            "A convolution uses the same weights everywhere, and pooling blurs where. This network loses …",
            ("fewer points", "about as many", "more points"),
            "Press **Epoch** twice. This takes ten seconds or so an epoch.",
            measures.shifted_digits("_conv", convolutions=True),
            lambda found: compared(found["lost_conv"], found["lost"], 3),
            "It reads {here_conv:percent} of centred digits and {there_conv:percent} of moved ones: {lost_conv:number} "
            "points less, where the dense network lost {lost:number}. Its features move with the digit, but its last, "
            "dense layer still has a weight for each place. On Mistakes, Robustness shows this for every shift.",
            settings={"conv": "8-16", "hidden": "none", "examples": "10000", "optimizer": "adam", "lr": "0.001"},
        ),
    ),
)

CONFUSION = Mission(
    "confusion",
    "Read a confusion, and find the pixels to blame",
    5,
    "The most frequent mistake, both ways round, and what the network looked at.",
    (
        Step(
            "Which digits will it confuse most often?",
            ("0 and 1", "4 and 9", "another pair"),
            "Press **Epoch**, then look at the confusion matrix.",
            measures.confusion,
            lambda found: [{0, 1}, {4, 9}, {found["true"], found["guess"]}].index({found["true"], found["guess"]}),
            "A true {true:count} was taken for a {guess:count} {times:count} times, more often than anything else. "
            "Rows of the matrix are true classes, columns are guesses. That cell holds {times:count} of all "
            "{mistakes:count} mistakes.",
            page="mistakes",
            settings={},
        ),
        Step(
            "The same pair the other way round happens …",
            ("less often", "about as often", "more often"),
            "Find the cell on the other side of the diagonal.",
            measures.confusion,
            lambda found: compared(found["back"], found["times"], 0.2 * found["times"]),
            "A true {guess:count} was taken for a {true:count} {back:count} times, against {times:count}. The network "
            "may favour one class of a pair, because of its bias or because one is written in more ways. Now choose a "
            "misread digit of that cell: “One digit in detail” shows which pixels spoke for the wrong class.",
            page="mistakes",
        ),
    ),
)


def _size(change):
    return 0 if abs(change) < 0.01 else 1 if abs(change) <= 0.05 else 2
