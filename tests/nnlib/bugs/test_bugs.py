"""Each bug runs and shows its symptom; a gradient check fails if its gradient is wrong; nothing else changes."""

import inspect
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from nnlib.bugs.buggy_recipe import bug_in, buggy, sound
from nnlib.bugs.catalogue import BUGS, INSTRUMENTS
from nnlib.bugs.examination import fails, gradient_errors, update_size
from nnlib.bugs.experiment import SMALL, experiment
from nnlib.bugs.symptoms import SYMPTOMS
from nnlib.describe.network import matrices
from nnlib.dry_run import dry_run
from nnlib.recipes import Recipe

every_bug = pytest.mark.parametrize("name", BUGS)


@pytest.fixture(scope="module")
def few(digits):
    """Digits with so few to validate on that evaluating takes no time."""
    return replace(digits, validation=digits.validation.take(500))


@pytest.fixture(scope="module")
def trained(few):
    """`trained(name)`: the experiment with this bug. The sound half of those with the same settings is trained once."""

    @cache
    def trained_sound(recipe):
        trainer = recipe.trainer(few)
        for _ in range(recipe.epochs):
            trainer.epoch()
        return trainer

    @cache
    def trained(name):
        made = experiment(BUGS[name], few)
        made.sound = trained_sound(made.sound.recipe)
        for _ in made.train():
            pass
        return made

    return trained


def parts(trainer) -> list:
    return [*trainer.network.layers, trainer.loss, trainer.optimizer, trainer.sampler, trainer.scaling, trainer.recipe]


@every_bug
def test_the_curves_show_its_symptom(name, trained):
    assert trained(name).symptom() == BUGS[name].symptom


@every_bug
def test_a_gradient_check_fails_for_exactly_the_wrong_gradients(name, few):
    bug = BUGS[name]
    recipe = buggy(Recipe(hidden=(12, 8), training_size=100), bug)
    errors = gradient_errors(recipe.trainer(few))
    assert fails(errors) == bug.wrong_gradient
    assert not fails(gradient_errors(sound(recipe).trainer(few)))


@every_bug
def test_the_line_told_is_in_the_method_that_runs(name, few):
    bug = BUGS[name]
    trainer = buggy(bug.recipe(SMALL), bug).trainer(few)
    [(method, _), *_] = [each for each in vars(bug.wrong).items() if inspect.isfunction(each[1])]
    sick = [part for part in parts(trainer) if isinstance(part, bug.wrong)]
    assert sick
    for part in sick:
        assert getattr(type(part), method) is vars(bug.wrong)[method]
        assert type(part).__name__ == type(part).__mro__[2].__name__  # the pages call it what it stands for
    for wrong, right in ((each.wrong, each.right) for each in bug.differences):
        assert wrong != right and max(wrong.count("\n"), right.count("\n")) < 3
    source = inspect.getsource(vars(bug.wrong)[method]), inspect.getsource(getattr(bug.replaces, method))
    for told, code in zip((bug.line.wrong, bug.line.right), source, strict=True):
        assert all(line.strip() in code for line in told.splitlines())


def test_the_sound_network_is_the_same_bit_for_bit(few):
    """Trained before and after all the others, in the same process; and none of its parts is of a class with a bug."""
    recipe = replace(SMALL, epochs=1, training_size=500)

    def fingerprint():
        trainer = recipe.trainer(few)
        trainer.epoch()
        assert not any(kind.__module__.startswith("nnlib.bugs") for p in parts(trainer) for kind in type(p).__mro__)
        return trainer.network.fingerprint

    before = fingerprint()
    for bug in BUGS.values():
        buggy(bug.recipe(recipe), bug).trainer(few).run(0.0)
    assert fingerprint() == before


def test_without_effect_on_it_a_bug_changes_no_bit(few):
    """ReLU with a wrong slope in a network without ReLU."""
    recipe = replace(SMALL, activation="sigmoid", epochs=1, training_size=500)
    trainers = [each.trainer(few) for each in (recipe, buggy(recipe, BUGS["derivative-of-tanh"]))]
    for trainer in trainers:
        trainer.epoch()
    assert trainers[0].network.fingerprint == trainers[1].network.fingerprint


@pytest.mark.parametrize(("name", "times"), [("tenfold-learning-rate", 10.0), ("adam-without-correction", 10**0.5)])
def test_how_much_larger_the_first_update_is(name, times, few):
    made = experiment(BUGS[name], few)
    assert update_size(made.sick) / update_size(made.sound) == pytest.approx(times, rel=1e-3)


def test_the_size_of_a_gradient_with_one_m_too_many_or_too_few(few):
    made = [experiment(BUGS[name], few) for name in ("not-divided-by-m", "divided-by-m-twice")]
    sizes = [update_size(each.sick) / update_size(each.sound) for each in made]
    assert sizes == pytest.approx([50, 1 / 50], rel=1e-4)


def test_equal_units_stay_equal_and_sound_ones_do_not(trained):
    made = trained("equal-weights")
    different = [len(np.unique(each.network.layers[0].W.round(5), axis=0)) for each in (made.sound, made.sick)]
    assert different == [32, 1]


def test_labels_shifted_are_answered_by_the_next_class(trained):
    trainer = trained("labels-shifted").sick
    found = trainer.evaluate(trainer.digits.validation)
    assert (found.predicted == (found.labels + 1) % 10).mean() > 0.8


def test_the_class_that_came_last_is_the_answer_to_most(trained):
    trainer = trained("sorted-by-class").sick
    predicted = trainer.evaluate(trainer.digits.validation).predicted
    assert np.bincount(predicted, minlength=10).argmax() == 9


def test_one_class_too_many_is_seen_in_the_shapes(few):
    made = experiment(BUGS["one-class-too-many"], few)
    shapes = [each.network.named_parameters()["W2"].shape for each in (made.sound, made.sick)]
    assert shapes == [(10, 32), (11, 32)]


def test_two_evaluations_differ_while_dropout_is_on(trained):
    made = trained("dropout-while-evaluating")
    for trainer, same in ((made.sound, True), (made.sick, False)):
        accuracies = {trainer.evaluate(trainer.digits.validation).loss for _ in range(3)}
        assert (len(accuracies) == 1) == same


@every_bug
def test_a_twin_and_a_dry_run_have_the_bug_too(name, few):
    bug = BUGS[name]
    trainer = buggy(bug.recipe(SMALL), bug).trainer(few)
    twin = trainer.twin(trainer.state())
    assert [type(part) for part in parts(twin)] == [type(part) for part in parts(trainer)]
    images, labels = trainer.sampler.next_batch()
    dry = dry_run(trainer, images, labels)
    assert matrices(dry.network, dry.loss)
    if dry.finite and name != "dropout-while-evaluating":  # whose evaluation draws masks
        trainer.step()
        np.testing.assert_array_equal(dry.after, trainer.network.parameters)


def test_another_bug_takes_its_place_and_settings_keep_it():
    one, other = BUGS["opposite-sign"], BUGS["labels-shuffled-apart"]
    recipe = buggy(buggy(Recipe(), one), other)
    assert bug_in(replace(recipe, hidden=(5,))) is other
    assert replace(recipe, hidden=(5,)) == buggy(Recipe(hidden=(5,)), other) != Recipe(hidden=(5,))
    assert sound(recipe) == Recipe() and bug_in(Recipe()) is None
    assert recipe.same_network(replace(recipe, learning_rate=1.0)) and not recipe.same_network(Recipe())


def test_a_change_of_optimizer_keeps_the_bug(few):
    bug = BUGS["tenfold-learning-rate"]
    trainer = buggy(SMALL, bug).trainer(few)
    trainer.adjust(replace(trainer.recipe, optimizer="momentum"))
    assert isinstance(trainer.optimizer, bug.wrong) and trainer.optimizer.averages == ("velocity",)


def test_the_catalogue_is_consistent():
    assert len({bug.title for bug in BUGS.values()}) == len({bug.line.wrong + bug.line.right for bug in BUGS.values()})
    for bug in BUGS.values():
        assert bug.symptom in SYMPTOMS and set(bug.shown_by) <= set(INSTRUMENTS) and bug.difficulty in (1, 2, 3)
        assert bug.wrong_gradient == ("gradient check" in bug.shown_by)
    assert {bug.difficulty for bug in BUGS.values() if bug.hideable} == {1, 2, 3}
