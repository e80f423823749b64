"""Recipes: invalid settings and their messages, conversion to and from dictionaries, and that each one trains."""

import json
import math
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from nnlib.activations import ACTIVATIONS
from nnlib.layers import Dense, Dropout
from nnlib.losses import LOSSES
from nnlib.optimizers import OPTIMIZERS
from nnlib.recipes import DEFAULT, LIVE, RECIPES, SYSTEMS, Recipe, RecipeError

NOT_NUMBERS = [float("nan"), float("inf"), "0.1", None, True, [0.1]]
BELOW_ONE = "a number from 0 up to, but not including, 1"
REFUSED = [  # setting, what is expected, what is not
    ("activation", "one of relu, leaky-relu, sigmoid, tanh", ["swish"]),
    ("initializer", "one of he, xavier, uniform, zero", [None]),
    ("optimizer", "one of sgd, momentum, rmsprop, adam", [["adam"]]),
    ("schedule", "one of constant, step, cosine", [""]),
    ("loss", "one of softmax-cross-entropy, binary-cross-entropy, mean-squared-error", [3]),
    ("scaling", "one of unit, standard", ["none"]),
    ("data", "one of digits, zeros-and-ones", ["letters"]),
    ("hidden", "a list of units", [128, "128"]),
    ("hidden", "at most 8 layers", [(8,) * 9]),
    ("learning_rate", "a positive number", [0, -0.1]),
    ("scale", "a positive number", [0.0]),
    ("l2", "0 or a positive number", [-1e-9]),
    *((field, BELOW_ONE, [1.0, -0.1]) for field in ("dropout", "momentum", "weight_average")),
    ("batch_size", "a whole number from 1, or all", [0, 6.4]),
    ("training_size", "a whole number from 1, or all", [-5]),
    ("epochs", "a whole number from 1", [0, None]),
    ("seed", "a whole number from 0 to 4294967295", [-1, 2**32, True]),
    ("shift", "a number from 0 to 8", [9]),
    ("shift", "whole pixels", [1.5]),
    ("rotation", "a number from 0 to 90", [-1.0]),
    ("zoom", "a number from 0 to 0.5", [0.6]),
    ("kernel", "from 1 to 9", [0, 10]),
    ("name", "text", [5]),
    ("rows", "True or False", ["yes"]),
    ("test_time_augmentation", "True or False", [9]),
]
NUMBERS = "learning_rate scale l2 dropout momentum shift rotation zoom distortion weight_average"


class TestWhatIsRefused:
    """Each message names the setting, what was expected and what was given."""

    @pytest.mark.parametrize(
        ("field", "value", "expected"),
        [(field, value, expected) for field, expected, values in REFUSED for value in values],
        ids=repr,
    )
    def test_impossible_settings(self, field, value, expected):
        with pytest.raises(RecipeError) as error:
            Recipe(**{field: value})
        assert str(error.value) == f"{field.replace('_', ' ')}: expected {expected}, got {value!r}"

    @pytest.mark.parametrize("units", [0, -1, 4097, 2.5, True, None])
    def test_impossible_units(self, units):
        with pytest.raises(RecipeError, match=f"hidden: expected units from 1 to 4096, got {units}"):
            Recipe(hidden=(8, units))

    @pytest.mark.parametrize("value", NOT_NUMBERS, ids=str)
    @pytest.mark.parametrize("field", NUMBERS.split())
    def test_what_is_no_number(self, field, value):
        with pytest.raises(RecipeError, match=field.replace("_", " ") + ": expected .*number.*, got"):
            Recipe(**{field: value})

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("hidden", ()), ("hidden", (1,)), ("hidden", (4096,) * 8), ("learning_rate", 1e-30), ("learning_rate", 5),
            ("l2", 0), ("dropout", 0), ("dropout", 0.999), ("momentum", 0), ("batch_size", 1), ("batch_size", None),
            ("training_size", 1), ("training_size", None), ("training_size", 10**9), ("seed", 0), ("seed", 2**32 - 1),
            ("shift", 8), ("rotation", 90), ("zoom", 0.5), ("distortion", 4.0), ("kernel", 1), ("kernel", 9),
        ],
        ids=str,
    )  # fmt: skip
    def test_the_ends_of_what_is_possible(self, field, value):
        assert getattr(Recipe(**{field: value}), field) == value

    def test_a_binary_loss_needs_two_classes(self, few):
        with pytest.raises(ValueError, match="2 classes, got 10"):
            Recipe(loss="binary-cross-entropy").trainer(few)


class TestTravel:
    CHANGED = Recipe(
        "mine", (9, 8), "tanh", "xavier", 0.5, "mean-squared-error", "momentum", 0.02, 0.5, "step", 7, None, 0.01, 0.2,
        "zeros-and-ones", 500, "standard", 99, True, (3,), 5, 2, 10.0, 0.1, 1.0, 0.99, True,
    )  # fmt: skip

    @pytest.mark.parametrize("recipe", [CHANGED, *RECIPES.values()], ids=lambda recipe: recipe.name)
    def test_there_and_back_through_json(self, recipe):
        again = Recipe.from_dict(json.loads(json.dumps(recipe.to_dict())))
        assert again == recipe and hash(again) == hash(recipe)
        assert type(again.hidden) is tuple

    def test_what_is_left_out_has_its_default(self):
        assert Recipe.from_dict({"hidden": [3]}) == Recipe(hidden=(3,))

    def test_unknown_settings_are_refused(self):
        with pytest.raises(RecipeError, match="unknown settings: colour, depth"):
            Recipe.from_dict({"hidden": [3], "depth": 2, "colour": "blue"})

    def test_impossible_settings_are_refused(self):
        with pytest.raises(RecipeError, match="epochs: expected a whole number from 1, got 0"):
            Recipe.from_dict({"epochs": 0})


class TestSameNetwork:
    """What may change while training, and what makes a new network."""

    CHANGES = MappingProxyType({
        "learning_rate": 0.5, "batch_size": 7, "momentum": 0.1, "l2": 0.1, "dropout": 0.1,
        "hidden": (3,), "activation": "tanh", "initializer": "zero", "scale": 2.0, "loss": "mean-squared-error",
        "optimizer": "adam", "schedule": "step", "epochs": 3, "data": "zeros-and-ones", "training_size": 100,
        "scaling": "standard", "seed": 3, "name": "other", "rows": True, "shift": 2, "rotation": 9.0, "zoom": 0.1,
        "distortion": 1.5, "convolutions": (2,), "kernel": 5, "weight_average": 0.9, "test_time_augmentation": True,
    })  # fmt: skip

    def test_what_may_change(self):
        assert set(LIVE) == {
            "learning_rate", "batch_size", "optimizer", "momentum", "l2", "dropout",
            "shift", "rotation", "zoom", "distortion",
        }  # fmt: skip

    @pytest.mark.parametrize("field", CHANGES)
    def test_one_change(self, field):
        changed = replace(Recipe(), **{field: self.CHANGES[field]})
        assert changed != Recipe()
        assert Recipe().same_network(changed) is changed.same_network(Recipe()) is (field in LIVE)

    def test_all_that_is_live_at_once(self):
        changed = replace(Recipe(), **{field: self.CHANGES[field] for field in LIVE})
        assert Recipe().same_network(changed)
        assert not Recipe().same_network(replace(changed, seed=1))


class TestWhatIsBuilt:
    def test_layers(self):
        layers = Recipe(hidden=(5, 4), activation="tanh", dropout=0.25).network(784, 3).layers
        assert [type(layer) for layer in layers] == [
            Dense, ACTIVATIONS["tanh"], Dropout, Dense, ACTIVATIONS["tanh"], Dropout, Dense,
        ]  # fmt: skip
        assert [layer.outputs for layer in layers if isinstance(layer, Dense)] == [5, 4, 3]
        assert [layer.rate for layer in layers if isinstance(layer, Dropout)] == [0.25, 0.25]

    def test_settings_reach_their_place(self, few):
        recipe = Recipe(
            hidden=(9,), optimizer="rmsprop", learning_rate=0.003, schedule="step", epochs=7, l2=0.01, batch_size=50,
            loss="mean-squared-error", scaling="standard", training_size=120,
        )  # fmt: skip
        trainer = recipe.trainer(few)
        assert type(trainer.optimizer) is OPTIMIZERS["rmsprop"] and type(trainer.loss) is LOSSES["mean-squared-error"]
        assert (trainer.learning_rate, trainer.batch_size, trainer.l2, trainer.planned_epochs) == (0.003, 50, 0.01, 7)
        assert trainer.n_examples == len(trainer.digits.train) == 120
        assert trainer.digits.train.labels.tolist() == few.train.labels[:120].tolist()
        assert len(trainer.digits.validation) == 100
        assert trainer.schedule(0.6) == 0.1
        assert trainer.scaling.apply(np.zeros(1, np.uint8)) == pytest.approx([-0.1307 / 0.3081])

    def test_more_examples_than_there_are_means_all(self, few):
        assert len(Recipe(training_size=10**6).prepare(few).train) == 300

    def test_scale_and_initializer_reach_the_weights(self):
        def first(**settings):
            return Recipe(hidden=(9,), seed=5, **settings).network(784, 10).weights()[0].W

        assert np.array_equal(first(scale=0.25), 0.25 * first())
        assert not first(initializer="zero").any()
        assert np.abs(first(initializer="uniform")).max() == pytest.approx(0.5, abs=0.01)

    def test_the_seed_decides_about_weights_and_order_separately(self, few):
        """The first weights do not depend on the data, nor the order of the batches on the size of the network."""
        small, large = (Recipe(hidden=(units,), batch_size=10, seed=5).trainer(few) for units in (3, 30))
        small.step()
        large.step()
        assert np.array_equal(small.state().order, large.state().order)
        assert np.array_equal(
            Recipe(hidden=(3,), seed=5).network(784, 10).parameters,
            Recipe(hidden=(3,), seed=5, training_size=20).trainer(few).network.parameters,
        )


PUBLISHED = {  # hidden layers, loss, optimizer, batch size, test accuracy
    "simple-784-10-10": ((10,), "softmax-cross-entropy", "sgd", None, 0.888),
    "mlp-784-10-10-10": ((10, 10), "softmax-cross-entropy", "sgd", 32, 0.945),
    "fnn-784-784-10-10": ((784, 10), "softmax-cross-entropy", "adam", 64, 0.962),
    "hidden-128": ((128,), "softmax-cross-entropy", "sgd", None, None),
    "scratch-784-10-10": ((10,), "softmax-cross-entropy", "sgd", None, None),
    "minibatch-784-128-10": ((128,), "softmax-cross-entropy", "sgd", 64, 0.997),
    "binary-400-25-15-1": ((25, 15), "binary-cross-entropy", "adam", 32, 0.98),
    "dense-128-64": ((128, 64), "softmax-cross-entropy", "adam", 32, 0.95),
}


class TestTheSystemsByName:
    def test_they_are_all_there(self):
        assert {*PUBLISHED, DEFAULT} <= set(RECIPES)
        assert list(RECIPES) == list(SYSTEMS)

    @pytest.mark.parametrize("name", PUBLISHED)
    def test_they_are_what_was_published(self, name):
        recipe = RECIPES[name]
        published = (recipe.hidden, recipe.loss, recipe.optimizer, recipe.batch_size, SYSTEMS[name].published)
        assert published == PUBLISHED[name]

    def test_details_of_the_published_settings(self):
        simple, rows, binary = (RECIPES[name] for name in ("simple-784-10-10", "hidden-128", "binary-400-25-15-1"))
        assert (simple.learning_rate, simple.epochs, rows.epochs) == (0.1, 500, 500)
        assert rows.rows and not simple.rows
        assert (binary.activation, binary.learning_rate, binary.epochs) == ("sigmoid", 0.001, 20)
        assert (RECIPES["dense-128-64"].learning_rate, RECIPES["dense-128-64"].epochs) == (0.001, 20)

    @pytest.mark.parametrize("name", RECIPES)
    def test_every_one_builds_and_trains(self, name, digits, few):
        recipe = RECIPES[name]
        trainer = recipe.trainer(digits if recipe.data == "zeros-and-ones" else few)
        sizes = (trainer.digits.n_inputs, *recipe.hidden, *trainer.network.output_shape)
        if "784-" in name or "400-" in name:
            assert name.endswith("-".join(map(str, sizes)))
        for _ in range(3):
            assert math.isfinite(trainer.step().loss)
        assert np.isfinite(trainer.network.parameters).all()

    @pytest.mark.parametrize("name", RECIPES)
    def test_every_one_says_what_it_is(self, name):
        system = SYSTEMS[name]
        assert system.recipe.name == name
        assert system.summary.endswith(".") and system.source
        assert name in system.label and [each.title for each in SYSTEMS.values()].count(system.title) == 1
        assert system.published is None or 0.5 < system.published < 1


def test_an_accuracy_that_cannot_be_is_called_so():
    assert "not credible" in SYSTEMS["minibatch-784-128-10"].remark
