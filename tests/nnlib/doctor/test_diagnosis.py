"""The doctor finds nothing in sound steps, and in unsound ones the array in which the mistake was made."""

import numpy as np
import pytest

from nnlib.archive import StorageError
from nnlib.doctor import recorded_step
from nnlib.doctor.diagnosis import diagnose
from nnlib.doctor.recorded_step import RecordingError, load_arrays
from tests.nnlib.doctor.plain_step import backward, backward_from, forward, in_rows, plain_step, softmax

LAYOUTS = {"columns": dict, "rows": in_rows, "rows, outputs first": lambda s: in_rows(s, outputs_first=True)}


@pytest.fixture(params=LAYOUTS.values(), ids=LAYOUTS)
def laid_out(request):
    return request.param


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("g", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize(
    ("sizes", "m", "output"),
    [
        ((784, 10, 10), 64, "softmax"),
        ((10, 10, 10), 10, "softmax"),  # all square
        ((40, 25, 15, 1), 16, "sigmoid"),
        ((30, 12, 10), 1, "softmax"),
        ((30, 10), 16, "sigmoid"),
    ],
    ids=str,
)
def test_a_sound_step_is_right_in_every_layout(sizes, m, output, g, dtype, laid_out):
    s = plain_step(sizes, m, g, output)
    found = diagnose({name: a.astype(dtype) for name, a in laid_out(s).items()})
    assert (found.first_wrong, found.matches) == (None, None)
    assert len(found.right) == 5 * (len(sizes) - 1)


def labels(s):
    s["Y"] = s["Y"].argmax(axis=0)


def labels_from_one(s):
    s["Y"] = s["Y"].argmax(axis=0) + 1


def m_in_dZ(s):
    for name in ("dZ1", "dZ2"):
        s[name] = s[name] / 16


def m_in_dZ1_where_dZ2_is_missing(s):
    del s["dZ2"]
    s["dZ1"] = s["dZ1"] / 16


def flat_biases(s):
    for name in ("b1", "b2", "db1", "db2"):
        s[name] = s[name].ravel()


def L2(s):
    s["dW1"], s["dW2"] = s["dW1"] + 0.1 * s["W1"], s["dW2"] + 0.1 * s["W2"]


def leaky(s):
    s["A1"] = np.where(s["Z1"] > 0, s["Z1"], 0.2 * s["Z1"])
    s["Z2"] = s["W2"] @ s["A1"] + s["b2"]
    s["A2"] = softmax(s["Z2"])
    backward(s)
    s["dZ1"] = s["W2"].T @ s["dZ2"] * np.where(s["Z1"] > 0, 1, 0.2)
    backward_from(s, 1)


def slope_one_at_zero(s):
    s["W1"][3], s["b1"][3] = 0, 0
    forward(s)
    backward(s)
    s["dZ1"] = s["W2"].T @ s["dZ2"] * (s["Z1"] >= 0)
    backward_from(s, 1)


def other_names(s):
    for name, new in (("X", "A0"), ("Y", "y"), ("db1", "dB1"), ("db2", "dB2")):
        s[new] = s.pop(name)
    s["accuracy"] = np.array(0.5)


def much_is_missing(s):
    for name in ("b1", "Z2", "A1", "dZ2", "dW2"):
        del s[name]


@pytest.mark.parametrize(
    "change",
    [
        labels,
        labels_from_one,
        m_in_dZ,
        m_in_dZ1_where_dZ2_is_missing,
        flat_biases,
        L2,
        leaky,
        slope_one_at_zero,
        other_names,
        much_is_missing,
    ],
)
def test_what_is_no_mistake(change, laid_out):
    s = plain_step()
    change(s)
    found = diagnose(laid_out(s))
    assert found.first_wrong is None and "dW1" in found.right


# Each fault changes one line of the step, and all that follows is computed from the wrong array, as it would be.


def opposite_sign(s):
    s["dZ2"] = s["Y"] - s["A2"]
    backward_from(s, 2)


def no_mean(s):
    for name in ("dW1", "dW2", "db1", "db2"):
        s[name] = s[name] * 16


def mean_twice(s):
    s["dZ2"] = s["dZ2"] / 16
    backward_from(s, 2)


def one_bias(s):
    s["db1"], s["db2"] = (np.array(s[name].sum() / 16) for name in ("dZ1", "dZ2"))


def sum_over_units(s):
    s["db2"] = s["dZ2"].sum(axis=0, keepdims=True) / 16


def softmax_over_batch(s):
    s["A2"] = softmax(s["Z2"], axis=1)
    backward(s)


def softmax_overflows(s):
    for name in ("W2", "b2"):
        s[name] = s[name] * 3000
    with np.errstate(all="ignore"):
        forward(s)
    backward(s)


def softmax_of_sigmoid(s):
    s["A2"] = softmax(1 / (1 + np.exp(-s["Z2"])))
    backward(s)


def relu_last(s):
    s["A2"] = np.maximum(s["Z2"], 0)
    backward(s)


def no_activation(s):
    s["Z2"] = s["W2"] @ s["Z1"] + s["b2"]
    s["A2"] = softmax(s["Z2"])
    backward(s)


def no_bias(s):
    s["Z1"] = s["W1"] @ s["X"]
    s["A1"] = np.maximum(s["Z1"], 0)
    s["Z2"] = s["W2"] @ s["A1"] + s["b2"]
    s["A2"] = softmax(s["Z2"])
    backward(s)


def relu_in_place(s):
    s["Z1"] = np.maximum(s["Z1"], 0)


def dropped(s):
    s["A1"] = s["A1"] * (np.random.default_rng(0).random(s["A1"].shape) < 0.5)
    s["Z2"] = s["W2"] @ s["A1"] + s["b2"]
    s["A2"] = softmax(s["Z2"])
    backward(s)


def shifted_labels(s):
    s["dZ2"] = s["A2"] - np.roll(s["Y"], 1, axis=0)
    backward_from(s, 2)


def shuffled_labels(s):
    s["dZ2"] = s["A2"] - s["Y"][:, np.random.default_rng(5).permutation(16)]
    backward_from(s, 2)


def labels_as_numbers(s):
    s["dZ2"] = s["A2"] - s["Y"].argmax(axis=0)
    backward_from(s, 2)


def squared_error(s):
    s["dZ2"] = (s["A2"] - s["Y"]) * s["A2"] * (1 - s["A2"])
    backward_from(s, 2)


def no_derivative(s):
    s["dZ1"] = s["W2"].T @ s["dZ2"]
    backward_from(s, 1)


def mask_of_negatives(s):
    s["dZ1"] = s["W2"].T @ s["dZ2"] * (s["Z1"] < 0)
    backward_from(s, 1)


def update_before_backward(s):
    s["dZ1"] = (s["W2"] - 0.5 * s["dW2"]).T @ s["dZ2"] * (s["Z1"] > 0)
    backward_from(s, 1)


def saved_after_update(s):
    for name in ("W1", "W2", "b1", "b2"):
        s[name] = s[name] - 0.5 * s[f"d{name}"]


def transposed(s):
    s["dW2"] = s["dW2"].T


def from_Z(s):
    s["dW2"] = s["dZ2"] @ s["Z1"].T / 16


def L2_subtracted(s):
    s["dW2"] = s["dW2"] - 0.1 * s["W2"]


def last_example(s):
    s["dW2"] = s["dZ2"][:, [-1]] @ s["A1"][:, [-1]].T


def accumulated(s):
    s["dW2"] = s["dW2"] + np.random.default_rng(1).normal(size=s["dW2"].shape)


def one_number_off(s):
    s["dW1"][3, 7] *= 1.001


def not_finite(s):
    s["W2"][1, 1] = np.nan


def too_wide(s):
    s["Y"] = np.vstack([s["Y"], np.zeros((1, 16))])


@pytest.mark.parametrize(
    ("fault", "first_wrong", "matches"),
    [
        (opposite_sign, "dZ2", "opposite sign"),
        (no_mean, "dW2", "1/m is missing"),
        (mean_twice, "dW2", "1/m twice"),
        (one_bias, "db2", "summed over everything"),
        (sum_over_units, "db2", "wrong axis"),
        (softmax_over_batch, "A2", "softmax over the batch"),
        (softmax_overflows, "A2", "overflow"),
        (softmax_of_sigmoid, "A2", "softmax of an activation"),
        (relu_last, "A2", "another activation"),
        (no_activation, "Z2", "no activation below"),
        (no_bias, "Z1", "no bias"),
        (relu_in_place, "Z1", "activation applied"),
        (dropped, "A1", "dropout"),
        (shifted_labels, "dZ2", "labels shifted"),
        (shuffled_labels, "dZ2", "other labels"),
        (labels_as_numbers, "dZ2", "labels not one-hot"),
        (squared_error, "dZ2", "squared error"),
        (no_derivative, "dZ1", "no derivative"),
        (mask_of_negatives, "dZ1", "derivative of -Z"),
        (update_before_backward, "dZ1", "updated too early"),
        (saved_after_update, "Z1", "updated too early"),
        (transposed, "dW2", "transposed"),
        (from_Z, "dW2", "wrong input"),
        (L2_subtracted, "dW2", "L2 with the opposite sign"),
        (last_example, "dW2", "one example"),
        (accumulated, "dW2", None),
        (one_number_off, "dW1", None),
        (not_finite, "W2", None),
        (too_wide, "Y", None),
    ],
)
def test_the_first_wrong_array_and_its_fault(fault, first_wrong, matches, laid_out):
    s = plain_step()
    fault(s)
    found = diagnose(laid_out(s))
    assert (found.first_wrong, found.matches) == (first_wrong, matches)
    assert first_wrong not in found.right and first_wrong in found.verdict


@pytest.mark.parametrize(
    ("g", "slope", "matches"),
    [
        ("sigmoid", lambda s: s["Z1"] * (1 - s["Z1"]), "derivative at Z"),
        ("sigmoid", lambda s: s["Z1"] > 0, "another derivative"),
        ("tanh", lambda s: 1 - np.tanh(s["A1"]) ** 2, "derivative at A"),
        ("tanh", lambda s: s["A1"], "activation for derivative"),
    ],
)
def test_the_wrong_derivative(g, slope, matches, laid_out):
    s = plain_step(g=g)
    s["dZ1"] = s["W2"].T @ s["dZ2"] * slope(s)
    backward_from(s, 1)
    found = diagnose(laid_out(s))
    assert (found.first_wrong, found.matches) == ("dZ1", matches)


@pytest.mark.parametrize(
    ("change", "first_wrong", "matches"),
    [
        (lambda s: s.update(dW2=s["dW2"].T), "dW2", "transposed"),
        (lambda s: s.update(dZ1=s["W2"] @ s["dZ2"] * (s["Z1"] > 0)), "dZ1", "weights transposed"),
        (lambda s: s.update(Z2=s["W2"].T @ s["A1"] + s["b2"]), "Z2", "weights transposed"),
        (lambda s: s.update(Z1=s["W1"] @ s["X"] + s["b1"].T), "Z1", "bias broadcast"),
    ],
)
def test_where_shapes_do_not_tell(change, first_wrong, matches, laid_out):
    s = plain_step((30, 10, 10), m=10)
    change(s)
    found = diagnose(laid_out(s))
    assert (found.first_wrong, found.matches) == (first_wrong, matches)


def test_the_text_with_ten_hidden_units_as_printed():
    """Its dB is (1/m) times a sum that does not say over what; np.sum of it is one number for all biases."""
    s = plain_step((784, 10, 10), 41)
    for layer in (1, 2):
        s[f"dB{layer}"] = 1 / 41 * np.sum(s[f"dZ{layer}"])
        del s[f"db{layer}"]
    found = diagnose(s)
    assert (found.first_wrong, found.matches) == ("db2", "summed over everything")


def test_the_text_in_rows_as_printed():
    """dZ2 = Y - A2^T, as many columns as examples, where all else is in rows; dW2 = dZ2 A1 / m; dZ1 = (dZ2 W2) o g'."""
    s = plain_step((784, 128, 10), 41)
    X, A1, Z1, W2 = s["X"].T, s["A1"].T, s["Z1"].T, s["W2"]  # W2 as listed: 10 x hidden units
    rows = {"X": X, "W1": s["W1"].T, "b1": s["b1"], "Z1": Z1, "A1": A1, "W2": W2.T, "b2": s["b2"]}
    rows |= {"Z2": s["Z2"].T, "A2": s["A2"].T, "Y": s["Y"]}
    dZ2 = s["Y"] - rows["A2"].T
    dZ1 = (dZ2.T @ W2) * (Z1 > 0)
    rows |= {"dZ2": dZ2, "dW2": dZ2 @ A1 / 41, "db2": dZ2.sum() / 41}
    rows |= {"dZ1": dZ1, "dW1": X.T @ dZ1 / 41, "db1": dZ1.sum() / 41}
    found = diagnose(rows)
    assert found.first_wrong == "dZ2" and found.right[:4] == ["Z1", "A1", "Z2", "A2"]
    assert "opposite sign" in found.verdict


@pytest.mark.parametrize("arrays", [{}, {"X": np.ones((3, 4))}, {"X": np.ones((3, 4)), "W2": np.ones((2, 3))}])
def test_arrays_that_are_no_step(arrays):
    with pytest.raises(RecordingError, match="W1"):
        diagnose(arrays)


def test_nothing_to_judge():
    s = {name: a for name, a in plain_step().items() if name in ("X", "Y", "W1", "W2")}
    found = diagnose(s)
    assert found.first_wrong is None and not found.right


def test_the_line_is_numpy_that_gives_the_right_array(laid_out):
    for name in ("Z1", "Z2", "dZ2", "dW2", "db2", "dZ1", "dW1"):
        s = laid_out(plain_step())
        right = s[name]
        s[name] = right + 1.0 + np.arange(right.size).reshape(right.shape)
        found = diagnose(s)
        assert found.first_wrong == name
        scope = dict(s)
        exec(found.line, scope)
        np.testing.assert_allclose(scope[name], right, atol=1e-12)
        np.testing.assert_allclose(found.expected, right, atol=1e-12)


def save(path, **arrays):
    np.savez(path, **arrays)
    return path


def test_a_file(tmp_path):
    s = plain_step()
    found = load_arrays(save(tmp_path / "step.npz", **s, history=np.array([{}], object)))
    assert found.keys() == s.keys() and all((found[name] == s[name]).all() for name in s)


@pytest.mark.parametrize("arrays", [{"W1": np.array([{}], object)}, {"W1": np.array(["a"])}, {"W1": np.array([1j])}])
def test_a_file_of_other_things(tmp_path, arrays):
    with pytest.raises(StorageError, match="W1"):
        load_arrays(save(tmp_path / "step.npz", **arrays))


def test_a_file_that_is_too_large_or_none(tmp_path, monkeypatch):
    monkeypatch.setattr(recorded_step, "MOST_BYTES", 1 << 20)
    path = tmp_path / "step.npz"
    np.savez_compressed(path, X=np.zeros((1 << 10, 1 << 10)))
    with pytest.raises(StorageError, match="1,048,576"):
        load_arrays(path)
    path.write_bytes(b"no archive")
    with pytest.raises(StorageError):
        load_arrays(path)


def in_precision(s, dtype):
    return {name: a.astype(dtype) for name, a in s.items()}


def test_pixels_from_0_to_255_make_probabilities_too_small_for_float32(laid_out):
    s = in_precision(plain_step((784, 10, 10), 64), np.float32)
    s["X"] = s["X"] * 255
    s["Z1"] = s["W1"] @ s["X"] + s["b1"]
    s["A1"] = np.maximum(s["Z1"], 0)
    s["Z2"] = s["W2"] @ s["A1"] + s["b2"]
    s["A2"] = softmax(s["Z2"] - s["Z2"].max(axis=0))
    backward(s)
    assert (s["A2"] < np.finfo(np.float32).smallest_normal).any()
    assert diagnose(laid_out(in_precision(s, np.float32))).first_wrong is None


@pytest.mark.parametrize("missing", ["dZ1", "W1", "W2"])
def test_what_is_missing_is_not_judged(missing, laid_out):
    s = laid_out(in_precision(plain_step((784, 10, 10), 64), np.float32))
    del s[missing]
    assert diagnose(s).first_wrong is None


def test_a_long_sum_in_rows_rounds_more():
    random = np.random.default_rng(0)
    dZ = random.random((60_000, 10), np.float32)
    s = {"dZ1": dZ, "db1": dZ.sum(axis=0) / np.float32(60_000), "W1": np.ones((3, 10), np.float32)}
    assert diagnose(s).right == ["db1"]


def test_float16(laid_out):
    s = in_precision(plain_step(), np.float16)
    s["dZ2"] = s["Y"] - s["A2"]
    backward_from(s, 2)
    assert diagnose(laid_out(in_precision(s, np.float16))).matches == "opposite sign"


def test_the_opposite_sign_with_the_mean_in_dZ(laid_out):
    s = plain_step()
    s["dZ2"] = (s["Y"] - s["A2"]) / 16
    assert diagnose(laid_out(s)).matches == "opposite sign"


@pytest.mark.parametrize(
    ("change", "first_wrong", "matches"),
    [
        (lambda s: s["dW1"].__setitem__((0, 0), np.inf), "dW1", "not finite"),
        (lambda s: s.update(dW1=s["dW1"].T), "dW1", "transposed"),
        (lambda s: s.update(A2=s["dZ2"]), "A2", "overwritten"),
        (lambda s: s.update(db1=0 * s["db1"]), "db1", "zero"),
        (lambda s: s.update(Y=np.arange(16)), "Y", None),
    ],
)
def test_more_faults(change, first_wrong, matches, laid_out):
    s = plain_step((30, 10, 10))
    change(s)
    found = diagnose(laid_out(s))
    assert (found.first_wrong, found.matches) == (first_wrong, matches)


def test_softmax_of_a_single_unit(laid_out):
    s = plain_step((30, 12, 1), output="sigmoid")
    s["A2"] = softmax(s["Z2"])
    assert diagnose(laid_out(s)).matches == "softmax of one unit"


def test_names_of_no_step_are_said(tmp_path):
    with pytest.raises(RecordingError, match="weights"):
        load_arrays(save(tmp_path / "step.npz", weights=np.ones(3)))


def test_weights_that_lie_differently_from_layer_to_layer():
    s = in_rows(plain_step((30, 12, 10)))
    s |= {"W2": s["W2"].T, "dW2": s["dW2"].T}
    assert diagnose(s).first_wrong is None
    assert diagnose(s | {"dW2": -s["dW2"]}).matches == "opposite sign"
