"""What the pages say about the network is what the laboratory knows: of now, or of the date that it carries."""

import json
import re
from statistics import median

import numpy as np
import pytest

from dashboard.mistakes.review_view import VALIDATION
from dashboard.notation.dates import epoch, newest_evaluation
from dashboard.notation.numbers import number, percent, signed
from dashboard.results.recipe_results import FILE
from dashboard.step.training_step import LOSS, UPDATE
from nnlib.checkpoints import DivergedError
from nnlib.inactive_units import sample_size, taking_part
from nnlib.recipes import SYSTEMS
from tests.pages.content import choose, failures, lab, texts

NUMBER = r"(∞|not a number|−?[\d,.]*\d(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?)"
DATE = r"(epoch [\d.]*\d)"


def rows(at, column, date):
    """What the history of the whole run has at this date, and nothing else may be told with it."""
    table = lab(at).trainer.history.evaluations
    found = [value for value, position in zip(table[column], table["epoch"], strict=True) if epoch(position) == date]
    assert found, f"nothing was measured at {date}"
    return found


def misread(at, accuracy):
    n = len(lab(at).shown.digits.validation)
    return f"{round(n * (1 - float(accuracy))):,}", f"{n:,}"


def accuracy_tile(at):
    [(label, said)] = [(each.label, each.value) for each in at.metric if each.label.startswith("Validation")]
    dated = re.search(DATE, label)
    if dated:
        assert said in [percent(value) for value in rows(at, "validation_accuracy", dated[1])]
    else:
        assert said == percent(lab(at).evaluation().accuracy)


def other_tiles(at):
    tiles, shown = {each.label: each.value for each in at.metric}, lab(at).shown
    loss = shown.history.batches.last("loss")
    assert tiles["Loss"] == ("–" if loss is None else f"{loss:.3f}" if loss < 100 else f"{loss:.3g}")
    assert tiles["Epoch"] == f"{shown.position:.2f}"


def losses_with_a_date(at):
    for dated, said in re.findall(rf"At {DATE} the validation loss is {NUMBER}", texts(at)):
        assert said in [number(value) for value in rows(at, "validation_loss", dated)]
        assert dated == epoch(lab(at).trainer.history.evaluations.last("epoch"))
    for said, dated in re.findall(rf"(?:lower:|lowest,|down from|down to) {NUMBER} at {DATE}", texts(at)):
        batches = lab(at).trainer.history.batches
        lately = [batches["loss"][end - 50 : end].mean() for end in range(50, len(batches) + 1)]
        assert said in [number(value) for value in [*rows(at, "validation_loss", dated), *lately]]


def losses_of_the_start(at):
    for said in re.findall(rf"the first step the validation loss (?:is|was) {NUMBER}", texts(at)):
        table = lab(at).trainer.history.evaluations
        assert table["epoch"][0] == 0 and said in [number(value) for value in rows(at, "validation_loss", "epoch 0")]


def mistakes_with_a_date(at):
    for dated, *said in re.findall(rf"At {DATE} the network misreads {NUMBER} of {NUMBER}", texts(at)):
        assert tuple(said) in [misread(at, value) for value in rows(at, "validation_accuracy", dated)]
    for *said, _ in re.findall(rf"first step the network misread {NUMBER} of {NUMBER}()", texts(at)):
        assert tuple(said) == misread(at, rows(at, "validation_accuracy", "epoch 0")[0])


def train(at):
    for said in (accuracy_tile, other_tiles, losses_with_a_date, losses_of_the_start, mistakes_with_a_date):
        said(at)
    finite = np.isfinite(lab(at).trainer.history.evaluations.last("validation_loss"))
    assert not finite or "validation loss" in texts(at).lower()
    assert "misread" in texts(at) or "guessing gets" in texts(at).lower()


def checks(at):
    told = re.findall(rf"Loss {NUMBER} before the first step", texts(at))
    table = lab(at).trainer.history.evaluations
    came_trained = table["epoch"][0] > 0
    assert told == ([] if came_trained else [number(table["validation_loss"][0])])
    assert not came_trained or f"trained to {epoch(table['epoch'][0])}:" in texts(at)


def mistakes(at):
    evaluation, text = lab(at).evaluation(VALIDATION), texts(at)
    if not np.isfinite(evaluation.scores).all():
        assert "not finite" in text and "misreads" not in text
        return
    if evaluation.accuracy == 1:
        assert "are read correctly" in text
        return
    [said] = re.findall(rf"misreads \*\*{NUMBER} of {NUMBER}\*\* validation digits \(([^)]*)\)", text)
    assert said == (*misread(at, evaluation.accuracy), percent(1 - evaluation.accuracy))


def step(at):
    shown, text = lab(at).shown, texts(at)
    examples, labels = shown.sampler.next_batch(shown.network.examples_per_block)
    told = re.findall(rf"step of (\S+) at {DATE}, on the next mini-batch, {NUMBER} digits", text)
    assert told == [(architecture(shown.network), f"epoch {shown.position:.2f}", str(len(labels)))]
    dark = int((examples == 0).all(axis=0).sum())
    assert re.findall(rf"{NUMBER} of {NUMBER} pixels\*\* are empty", text) == [(str(dark), str(examples.shape[1]))]
    before, (trained_on, after) = loss_of(shown, examples, labels), next_step(shown, examples, labels)
    text = texts(choose(at, "step_phase", LOSS))
    assert read(re.findall(rf"Loss of the batch: {NUMBER}\*\*", text)) == pytest.approx([trained_on], 1e-3, nan_ok=True)
    text = texts(choose(at, "step_phase", UPDATE))
    assert re.findall(rf"learning rate α = {NUMBER}", text) == [number(shown.current_learning_rate, 4)]
    told = re.findall(rf"\*\*{NUMBER}\*\* before the update, \*\*{NUMBER}\*\* after", text)
    if np.isfinite(trained_on):
        rounding = 2e-2 if shown.network.draws_masks else 1e-3  # in blocks, dropout draws its masks in another order
        assert read(told[0]) == pytest.approx([before, after], rounding, nan_ok=True)
    else:
        assert told == []


def next_step(trainer, examples, labels):
    """The loss of the next training step, taken on a twin, and that of its examples after it."""
    twin = trainer.twin(trainer.state())
    try:
        return twin.step().loss, loss_of(twin, examples, labels)
    except DivergedError:
        return np.nan, np.nan


def loss_of(trainer, examples, labels):
    with np.errstate(over="ignore", invalid="ignore"):
        *_, (_, scores) = trainer.network.passing(trainer.scaling.apply(examples).T)
        return float(trainer.loss.per_example(scores, trainer.loss.targets(labels, trainer.digits.n_classes)).mean())


def read(said):
    """The numbers in texts by `number`."""
    for written, read in (("·10", "e"), ("∞", "inf"), ("not a number", "nan"), ("−", "-"), (",", "")):
        said = [each.replace(written, read) for each in said]
    return [float(each.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))) for each in said]


def architecture(network):
    layers = network.weights()
    inputs = 784 if hasattr(layers[0], "kernels") else layers[0].W.shape[1]
    return "-".join([str(inputs), *(f"{'conv' * hasattr(each, 'kernels')}{len(each.W)}" for each in layers)])


def weights(at):
    shown, text = lab(at).shown, texts(at)
    layer, recipe = shown.network.weights()[0], lab(at).recipe
    first = recipe.network(shown.digits.image_shape, shown.digits.n_classes).weights()[0]
    W, start = (each.W.reshape(len(each.W), -1).astype(np.float64) for each in (layer, first))
    if not np.isfinite(W).all():
        assert "not finite" in text and "Mean size" not in text
        return
    assert f"**Bias {signed(layer.b.ravel()[0])}**" in text
    moved = np.abs(W - start)
    sizes = np.ravel([read(found) for found in re.findall(rf"{NUMBER}, at the start {NUMBER}\. On average", text)])
    changes = read(re.findall(rf"verage (?:they have|a weight has) moved by {NUMBER}", text))
    if moved[0].any():
        expected = [np.abs(each).mean() for each in (W[0], start[0], W, start)]
        assert sizes == pytest.approx(expected, rel=6e-3)
        assert changes == pytest.approx([moved[0].mean(), moved.mean()], rel=6e-3)
    else:
        assert not moved.any() and text.count("unchanged since the start") == 2
    assert ("initial" in texts(at.main)) == (shown.steps == 0 and not moved.any())
    over_time(texts(choose(at, "weights_or_digit", "over time")), shown)
    one_unit(texts(choose(at, "weights_or_digit", "one unit")), shown, layer, lab(at).moving)
    choose(at, "weights_or_digit", "its weights")


def over_time(text, shown):
    """The records up to the network shown, and the inactive units of its last evaluation."""
    activity, updates, layers = shown.history.activity, shown.history.updates, len(shown.network.weights())
    told = re.findall(rf"{NUMBER} → {NUMBER} in layer", text)
    if told:
        sizes = updates["gradient"].reshape(-1, layers)[updates["epoch"][::layers] <= np.float32(shown.position)]
        latest = np.median(sizes[-10:], axis=0)
        assert told == [(number(a), number(b)) for a, b in zip(sizes[0], latest, strict=True)]
    images = shown.digits.validation.images[: sample_size(shown.network)]
    with np.errstate(over="ignore", invalid="ignore"):
        active = taking_part(shown.network, shown.scaling.apply(images).T)
    told = re.findall(r"(\d+) % of layer", text)
    assert told == [f"{100 * share:.0f}" for share in activity["inactive"][-len(active) :]]
    if not newest_evaluation(shown):
        assert told == [f"{100 * (1 - units.mean()):.0f}" for units in active.values()]


def one_unit(text, shown, layer, moving):
    """For how many digits the sum of the first unit is positive."""
    images = shown.digits.validation.images
    told = re.findall(rf"positive for (.+?) of {NUMBER} validation digits", text)
    if moving:
        assert told == []
    elif not hasattr(layer, "kernels"):
        sums = shown.scaling.apply(images) @ layer.W[0] + layer.b.ravel()[0]
        assert told == [(percent((sums > 0).mean()), f"{len(images):,}")]


def shapes(at):
    shown, text = lab(at).shown, texts(at)
    digits = shown.digits.train.take(shown.batch_size)
    matrices = shown.dry_run(digits.images, digits.labels).matrices
    told = re.findall(rf"step of (\S+) with m = {NUMBER}: {NUMBER} matrices", text)
    assert told == [(architecture(shown.network), f"{shown.batch_size:,}", str(len(matrices)))]
    sizes = [f"{rows:,} × {columns:,}" for rows, columns in (each.value.shape for each in matrices)]
    assert at.dataframe[0].value["shape"].tolist() == sizes
    counts = [f"{layer.W.size + layer.b.size:,}" for layer in shown.network.weights()]
    assert re.findall(rf"\| {NUMBER} \|\n", text)[: len(counts)] == counts
    assert re.findall(rf"\*\*all\*\* .* \*\*{NUMBER}\*\*", text) == [f"{shown.network.parameters.size:,}"]


def results(at):
    text, recipe, measured = texts(at), lab(at).recipe, json.loads(FILE.read_text())
    test = {name: median(run["test"] for run in runs) for name, runs in measured.items()}
    published = {name: SYSTEMS[name].published for name in test if SYSTEMS[name].published}
    matched = sum(test[name] >= figure for name, figure in published.items())
    assert re.findall(rf"{NUMBER} of {NUMBER} published figures", text) == [(str(matched), str(len(published)))]
    of_ten = [accuracy for name, accuracy in test.items() if SYSTEMS[name].recipe.data == "digits"]
    assert f"misreads {percent(1 - max(of_ten))} of the test digits" in text
    assert f"(`{recipe.name}`)" in text and f"{test[recipe.name]:.4f}" in text
    assert at.button(key="load_recipe").disabled == (
        recipe == SYSTEMS[recipe.name].recipe and not lab(at).trainer.steps
    )


def bottom_line(at):
    """The state of the network in training, whatever is shown."""
    trainer, diverged = lab(at).trainer, lab(at).diverged
    [line] = [each for each in at.caption if "· loss " in each.value]
    state, place, loss, validation, *_ = line.value.split(" · ")
    is_now = "running" if lab(at).running else "stopped" if diverged else "paused" if trainer.steps else "untrained"
    assert state == f"**{is_now}**"
    assert float(re.findall(r"epoch ([\d.]+)", place)[0]) == pytest.approx(trainer.position, abs=0.005)
    assert re.findall(r"batch ([\d,]+)", place) in ([], [f"{trainer.steps:,}"])
    last = trainer.history.batches.last("loss")
    assert loss == "loss –" if last is None else float(loss[5:]) == pytest.approx(last, rel=1e-2)
    said, dated = re.fullmatch(rf"validation (.+? %)(?: \({DATE}\))?", validation).groups()
    if dated:
        assert said in [percent(value) for value in rows(at, "validation_accuracy", dated)]
    else:
        assert said == percent(trainer.evaluate(trainer.digits.validation).accuracy)
    for label in [each.label for each in at.button if each.label.startswith("Back to ")]:
        good = trainer.twin(trainer.last_good)
        assert label.startswith(f"Back to {epoch(good.position) if good.steps else 'untrained'}, ")
    assert f"{trainer.batch:,} of {trainer.batches:,}" in line.help
    assert f"rate {trainer.current_learning_rate:.3g}." in line.help


def time_machine(at):
    """The epoch and the mini-batch of the network shown."""
    shown, looking_back = lab(at).shown, lab(at).cursor is not None
    [at_snapshot] = [each.value for each in at.select_slider if each.label == "Time machine"] or ["now"]
    told = re.findall(r"You see \*\*(.*?)\*\*", texts(at))
    assert told == [at_snapshot] * looking_back and (at_snapshot != "now") == looking_back
    assert not looking_back or told == (
        [f"epoch {shown.position:.2f} (batch {shown.steps:,})"] if shown.steps else ["the start, untrained"]
    )


def trained_or_not(at):
    """Only a network without a step is called untrained, and only where a run would come next is it offered."""
    shown = lab(at).shown
    body = " ".join(each.value for kind in (at.main.markdown, at.main.caption, at.main.info) for each in kind)
    assert not re.search("untrained|random", body, re.IGNORECASE) or shown.steps == 0
    assert not re.search(r"(?<!During )\*\*Run\*\*", body) or not (lab(at).trainer.steps or lab(at).running)


def draw(at):
    """The answer to no drawing is tested where drawings are."""


PAGES = [train, checks, mistakes, step, weights, shapes, results, draw]


@pytest.mark.parametrize("page", PAGES)
def test_figures_are_of_now_or_of_their_date(in_every_phase, page):
    at = in_every_phase.switch_page(f"pages/{page.__name__}.py").run()
    assert failures(at) == []
    trained_or_not(at)
    bottom_line(at)
    time_machine(at)
    page(at)
