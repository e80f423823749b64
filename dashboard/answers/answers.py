"""The questions that learners of such a network ask most, each with its answer and the state that shows it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Answer:
    """`text` has numbers in it, such as {loss:number}, from `figures`; `page` with `settings`, as in an address, and
    `look` says what shows it there."""

    question: str
    text: str
    look: str
    page: str = "step"
    settings: Mapping[str, str] | None = None


ANSWERS: dict[str, Answer] = {
    "matrix-product": Answer(
        "When `*`, and when `@`?",
        "`W @ A` is the matrix product: rows times columns, added up. `A * B` multiplies number by number and needs "
        "equal shapes. A weighted sum is always `@`; only a derivative of an activation is applied with `*`.",
        "The product that fixes each shape is written beside it.",
        "shapes",
    ),
    "activation-derivative": Answer(
        "Why is g′(Z) multiplied element by element?",
        "Each unit's activation depends on its own sum alone, so its slope meets only its own gradient: "
        "dZ = dA * g′(Z). With ReLU the slope is 1 or 0; here {off:percent} of them are 0.",
        "In the backward phase, dA, g′(Z) and dZ have the same shape.",
    ),
    "transpose": Answer(
        "W or Wᵀ?",
        "With images in columns, W is (outputs, inputs) and Z = W X. With images in rows it is turned over: Z = X W. "
        "Going back, the other one is transposed: dA = Wᵀ dZ in columns. The shapes decide.",
        "Switch between Columns and Rows.",
        "shapes",
    ),
    "reshape": Answer(
        "Is reshape the same as transpose?",
        "No. Transposing turns rows into columns; reshaping pours the numbers, in their order, into another shape. It "
        "raises no error, but here {pixels_moved:percent} of the pixels change their values: each digit is a mixture "
        "of others, and the loss stays near {guess:number}.",
        "What a digit should look like.",
        "data",
    ),
    "wrong-loader": Answer(
        "It runs without an error, so the shapes are right?",
        "Not with NumPy: it stretches a dimension of 1, and (n,) and (n, 1) together give (n, n). Print every shape "
        "once and compare it with the table.",
        "Every shape, in symbols and numbers.",
        "shapes",
    ),
    "broadcast": Answer(
        "Why is (n,) + (n, 1) an n × n matrix?",
        "A missing dimension counts as 1 on the left, so (n,) is a row, and row and column are stretched to n × n. For "
        "{m:count} digits that is {broadcast:count} numbers instead of {m:count}. Keep biases as (n, 1), with "
        "`keepdims=True`.",
        "The shapes of b and db.",
        "shapes",
    ),
    "bias-summed": Answer(
        "Over what is db summed?",
        "Over the examples only: one number per unit. Summed over everything, all biases get the same update; for the "
        "output layer it is 0, because each column of A − Y adds up to 0. The right db for the first "
        "class is {bias:number} here.",
        "db in the backward phase.",
    ),
    "wrong-axis": Answer(
        "Which axis is summed?",
        "The one along which the examples lie: axis 1 in columns, axis 0 in rows. What is left must have the shape of "
        "b. If the layer has as many units as the batch has digits, the wrong axis passes unnoticed.",
        "The shapes of dZ and db.",
        "shapes",
    ),
    "softmax-axis": Answer(
        "Along which axis is softmax computed?",
        "Along the classes, so that the probabilities of each digit add up to 1. Across the batch they do not: the "
        "first digit's would add up to {column:number} here.",
        "A in the forward phase, a column for each digit.",
    ),
    "overflow": Answer(
        "Why does softmax return NaN?",
        "The exponential overflows: in float32, exp(100) is {overflow:number}, and ∞ / ∞ is not a number. Subtract the "
        "largest score of each digit first; the probabilities stay the same.",
        "The scores Z and their softmax, step by step.",
    ),
    "batch-maximum": Answer(
        "May the maximum of the whole batch be subtracted?",
        "No. A digit whose scores are all far below that maximum underflows: exp(−200) is {underflow:number} in "
        "float32, and its probabilities are 0 / 0. Take the maximum of each digit's own scores.",
        "The scores Z of each digit.",
    ),
    "softmax-gradient": Answer(
        "Why is the gradient of softmax with cross-entropy A − Y?",
        "The loss is −z of the true class + ln Σ exp z. Its slope for z is softmax(z), minus 1 for the true class: "
        "A − Y. For the first digit and class 0: {output:number} − {target:number} = {error:number}, before the 1/m.",
        "dZ of the last layer.",
    ),
    "one-over-m": Answer(
        "Where does 1/m belong?",
        "Once, anywhere between the loss and the update: in dZ of the last layer, as here, or in every dW and db. "
        "Without it, gradients are {m:count} times too large for {m:count} digits; twice, as many times too "
        "small.",
        "1/m in the first line of the backward phase.",
    ),
    "sign": Answer(
        "A − Y or Y − A?",
        "A − Y, if the update subtracts. From a loss of {loss:number}, one step at learning rate 0.1 leads to "
        "{down:number}; with the opposite sign it leads to {up:number}.",
        "The update phase: W − learning rate × dW.",
    ),
    "biases-stay": Answer(
        "Why do my biases not move?",
        "Often the result is stored under the wrong name: `db = b − lr * db` computes the new bias and throws it away. "
        "Compare b before and after a step.",
        "The update-to-weight ratio.",
        "checks",
    ),
    "update-order": Answer(
        "May a layer be updated before the one below has its gradient?",
        "No. dA of the layer below is Wᵀ dZ with the weights of the forward pass. First all gradients, then all "
        "updates.",
        "All of backward comes before the update.",
    ),
    "accumulated": Answer(
        "Must gradients be cleared after each step?",
        "If they are added to (`+=`), yes; otherwise each step repeats all earlier ones, like momentum without "
        "friction. If they are assigned (`=`), there is nothing to clear.",
        "The size of updates should not keep growing.",
        "checks",
    ),
    "zero-weights": Answer(
        "Why may weights not all start at zero?",
        "All units of a layer would compute the same, get the same gradient and stay the same for ever. With ReLU "
        "nothing reaches them at all, and the loss stays near {guess:number}. Biases may start at zero.",
        "Press Epoch: all units are the same picture.",
        "weights",
        {"init": "zero"},
    ),
    "scale-pixels": Answer(
        "Why divide the pixels by 255?",
        "Sums of 784 inputs up to 255 make scores in the hundreds, softmax is certain before it has learned anything, "
        "and the gradient of the first layer is 255 times too large. A larger initial weight scale shows the same.",
        "The loss at initialisation with weights ten times too large.",
        "checks",
        {"scale": "10"},
    ),
    "learning-rate": Answer(
        "How do I know that the learning rate is too large?",
        "The loss jumps up instead of falling, or swings. Divide by 10 until it falls; usual is about 0.1 for plain "
        "gradient descent here, 0.001 for Adam.",
        "Press Run.",
        "train",
        {"lr": "10"},
    ),
    "dead-relu": Answer(
        "What is a dead ReLU?",
        "A unit whose sum is negative for every digit: its output and its slope are 0, so it never learns again. Large "
        "steps cause it. At the start {off:percent} of all single sums are negative, which is normal.",
        "Press Epoch, and see the inactive units.",
        "checks",
        {"lr": "2"},
    ),
    "deeper-worse": Answer(
        "Why is a deeper network worse?",
        "With sigmoids, each layer multiplies the gradient by at most 1/4: four layers, at most {slope:number}. The "
        "first layers hardly move. ReLU, or batch normalisation, mends it.",
        "Press Epoch, and compare the gradients of the layers.",
        "weights",
        {"hidden": "64-64-64-64", "activation": "sigmoid", "init": "xavier"},
    ),
    "shuffle": Answer(
        "Why shuffle?",
        "If the digits come class by class, each mini-batch pulls all weights towards its own class, and the last "
        "class wins. Shuffled, each mini-batch is a small sample of all.",
        "The classes in a mini-batch.",
    ),
    "loss-and-accuracy": Answer(
        "How can loss and accuracy both rise, and validation be better than training?",
        "Accuracy counts right guesses; loss also punishes confident wrong ones, and a few of them can raise it "
        "alone. Training looks worse with dropout, which is off when it is evaluated, and when it is averaged over "
        "an epoch in which it still improved.",
        "Press 10 epochs on 1,000 digits, and watch the validation loss.",
        "train",
        {"examples": "1000", "lr": "0.5"},
    ),
    "validation-or-test": Answer(
        "Validation or test?",
        "Choose by validation: settings, number of epochs, recipe. The best of many was partly lucky, so its "
        "validation accuracy is a little too good. Test is read once, at the end.",
        "How often the test digits were read.",
        "mistakes",
    ),
}
