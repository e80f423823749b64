"""Maps against what scikit-learn and a layer-by-layer computation by hand make of the same digits."""

import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from dashboard.mistakes import layer_embeddings
from dashboard.mistakes.layer_embeddings import (
    Map,
    Output,
    about_map,
    about_separation,
    drawing,
    is_cheap,
    numbers,
    outputs,
)
from nnlib.recipes import RECIPES

SIZES = {
    "first-steps": {"pixels": 784, "layer 1": 128, "scores": 10},
    "cnn-32-64-128": {"pixels": 784, "layer 1": 13 * 13 * 32, "layer 2": 5 * 5 * 64, "layer 3": 128, "scores": 10},
    "binary-400-25-15-1": {"pixels": 400, "layer 1": 25, "layer 2": 15, "scores": 1},
}


def trainer_of(recipe, digits):
    trainer = replace(RECIPES[recipe], training_size=256).trainer(digits)
    for _ in range(2):
        trainer.step()
    return trainer


def everywhere(trainer, images):
    """{name: numbers} of all outputs."""
    return {each.name: layer_embeddings.last(numbers(trainer, images, each)) for each in outputs(trainer.network)}


@pytest.mark.parametrize("recipe", SIZES)
def test_outputs_are_the_pixels_and_every_layer_with_weights(recipe):
    sizes = SIZES[recipe]
    found = outputs(RECIPES[recipe].network(sizes["pixels"], 2 if sizes["scores"] == 1 else 10))
    assert {output.name: output.size for output in found} == sizes
    bends = {"first-steps": "ReLU", "cnn-32-64-128": "Max pool", "binary-400-25-15-1": "Sigmoid"}
    assert found[1].made_by.endswith(bends[recipe]) and found[-1].made_by == "Dense"


def test_activations_are_those_of_the_network_after_activation_and_pooling(digits):
    trainer = trainer_of("dense-128-64", digits)
    images = digits.validation.images[:300]
    found = everywhere(trainer, images)
    A = trainer.scaling.apply(images).T
    np.testing.assert_array_equal(found["pixels"], images.T / np.float32(255))
    first, second, last = trainer.network.weights()
    for name, layer in (("layer 1", first), ("layer 2", second)):
        A = np.maximum(layer.W @ A + layer.b, 0)
        np.testing.assert_allclose(found[name], A, rtol=1e-4, atol=1e-5)
    scores = trainer.network.forward(trainer.scaling.apply(images).T, False)
    np.testing.assert_allclose(found["scores"], scores, atol=1e-5)
    np.testing.assert_allclose(found["scores"], last.W @ A + last.b, rtol=1e-4, atol=1e-4)


def test_of_a_wide_layer_a_fixed_part_is_looked_at(few):
    trainer = RECIPES["cnn-32-64-128"].trainer(few)
    images = few.validation.images[:20]
    place = outputs(trainer.network)[1]
    found = layer_embeddings.last(numbers(trainer, images, place))
    assert found.shape == (layer_embeddings.MOST, 20) and "4,096" in place.numbers
    before = trainer.scaling.apply(images).T
    for layer in trainer.network.layers[: place.position + 1]:
        before = layer.forward(before, training=False)
    whole = before.reshape(20, -1).T
    rows = {row.tobytes() for row in np.ascontiguousarray(whole)}
    assert all(row.tobytes() in rows for row in np.ascontiguousarray(found))
    np.testing.assert_array_equal(found, layer_embeddings.last(numbers(trainer, images, place)))


def test_numbers_are_brought_down_to_principal_components(few):
    trainer, images = RECIPES["first-steps"].trainer(few), few.validation.images[:60]
    place = outputs(trainer.network)[1]
    whole, part = (layer_embeddings.last(numbers(trainer, images, place, most)) for most in (None, 50))
    expected = PCA(50, svd_solver="full").fit_transform(whole.T.astype(float)).T
    np.testing.assert_allclose(np.abs(part), np.abs(expected), atol=1e-3 * np.abs(expected).max())
    np.testing.assert_array_equal(layer_embeddings.last(numbers(trainer, images, place, 128)), whole)


@pytest.mark.parametrize("recipe", ["first-steps", "binary-400-25-15-1"])
def test_maps_are_those_of_scikit_learn(digits, recipe):
    trainer = trainer_of(recipe, digits)
    n = 150
    maps = layer_embeddings.last(drawing(trainer, n))
    images, labels = trainer.digits.validation.images[:n], trainer.digits.validation.labels[:n]
    found = everywhere(trainer, images)
    for each in maps:
        A = found[each.output.name].T.astype(float)
        pca = PCA(min(2, A.shape[1])).fit(A)
        assert each.share == pytest.approx(pca.explained_variance_ratio_.sum(), rel=1e-3)
        distances = [np.linalg.norm(p[:, :, None] - p[:, None], axis=0) for p in (each.points, pca.transform(A).T)]
        np.testing.assert_allclose(*distances, atol=1e-3 * distances[1].max())
        _, two = NearestNeighbors(n_neighbors=2).fit(A).kneighbors(A)
        others = np.where(two[:, 0] == np.arange(n), two[:, 1], two[:, 0])
        right = labels[others] == labels
        assert each.same_class == pytest.approx(np.mean(right), abs=0.02)  # ties may be broken otherwise


def test_maps_follow_those_before(digits):
    trainer = trainer_of("first-steps", digits)
    before = layer_embeddings.last(drawing(trainer, 200))
    mirrored = [replace(each, points=each.points[::-1] * [[1], [-1]]) for each in before]
    after = layer_embeddings.last(drawing(trainer, 200, mirrored))
    for old, new in zip(mirrored[1:], after[1:], strict=True):
        np.testing.assert_allclose(new.points, old.points, atol=1e-3 * np.abs(old.points).max())
    trainer.step()
    moved = layer_embeddings.last(drawing(trainer, 200, after))
    for old, new in zip(after, moved, strict=True):
        assert (old.points * new.points).sum() > 0.9 * np.linalg.norm(old.points) * np.linalg.norm(new.points)


def test_looking_leaves_no_trace(few):
    trainer, twin = (RECIPES["minibatch-784-128-10"].trainer(few) for _ in range(2))
    trainer.step(), twin.step()
    layer_embeddings.last(drawing(trainer, 50))
    trainer.step(), twin.step()
    np.testing.assert_array_equal(trainer.network.parameters, twin.network.parameters)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("scale", [1e300, 1e25])  # of the second only the squares overflow
def test_weights_without_bound_and_weights_of_zero(few, scale):
    trainer = replace(RECIPES["first-steps"], scale=scale).trainer(few)
    _, first, _ = maps = layer_embeddings.last(drawing(trainer, 40))
    assert first.same_class is None and not first.points.any()
    assert "finite" in about_map(first) and "finite" in about_separation(maps, untrained=True)
    zero = layer_embeddings.last(drawing(replace(RECIPES["first-steps"], initializer="zero").trainer(few), 40))
    assert not zero[1].points.any() and zero[1].share == 1


def test_what_is_cheap_and_without_a_hidden_layer_there_are_pixels_and_scores():
    names = "first-steps", "dense-128-64", "cnn-32-64-128"
    assert [is_cheap(RECIPES[name].network(784, 10)) for name in names] == [True, True, False]
    wide, none = (replace(RECIPES["first-steps"], hidden=hidden).network(784, 10) for hidden in ((4000,), ()))
    assert not is_cheap(wide) and [output.name for output in outputs(none)] == ["pixels", "scores"]


def test_the_numbers_in_the_sentences():
    def maps(*same):
        return [Map(Output(f"s{i}", "", 3), np.zeros((2, 4)), 0.25, each) for i, each in enumerate(same)]

    def shares(text):
        return re.findall(r"[\d.]+ %", text)

    assert shares(about_map(maps(0.5)[0])) == ["25.0 %", "50.0 %"]
    better, worse = (about_separation(maps(*same), untrained=False) for same in ((0.5, 0.75), (0.75, 0.5)))
    assert shares(better) == ["50.0 %", "75.0 %"] and shares(worse) == ["75.0 %", "50.0 %"]
    assert "not" in worse and "not" not in better
    assert "!!!" in about_separation(maps(0.75, 0.5), True, "!!!")
