"""Saved networks: restored bit for bit, and any other file is rejected, above all a pickle."""

import io
import json
import os
import pickle
import random
import tracemalloc
import warnings
import zipfile
from dataclasses import replace
from itertools import cycle

import numpy as np
import pytest

from nnlib.archive import expect_writable
from nnlib.history import TABLES
from nnlib.recipes import Recipe
from nnlib.storage import REFERENCE, SavedNetwork, StorageError, TrainingData, load, resume, save
from tests.nnlib.training import steps

BINARY = Recipe(
    "tiny", (4,), "sigmoid", loss="binary-cross-entropy", data="zeros-and-ones", scaling="standard", dropout=0.2
)  # fmt: skip


@pytest.fixture(scope="module")
def trained(digits):
    trainer = BINARY.trainer(digits)
    steps(trainer, 5)
    return trainer


def file_of(trainer, *precision, **options):
    """The bytes of its file."""
    file = io.BytesIO()
    save(file, trainer, *precision, **options)
    return file.getvalue()


def reloaded(trainer):
    return load(io.BytesIO(file_of(trainer)))


@pytest.fixture(scope="module")
def saved(trained):
    return file_of(trained)


def content(saved):
    with np.load(io.BytesIO(saved)) as archive:
        return {name: archive[name] for name in archive.files}


def rewritten(saved, facts=None, **arrays):
    """The same file with some arrays replaced (None removes one) and some facts in `about`."""
    new = content(saved) | arrays
    if facts is not None:
        new["about"] = np.array(json.dumps(json.loads(str(new["about"])) | facts))
    file = io.BytesIO()
    np.savez(file, **{name: array for name, array in new.items() if array is not None})
    return file.getvalue()


def refused(raw, *parts):
    with pytest.raises(StorageError) as error:
        load(io.BytesIO(raw))
    for part in parts:
        assert part in str(error.value)


class TestRoundTrip:
    @pytest.fixture(params=["path", "text", "file"])
    def loaded(self, request, trained, tmp_path):
        path = tmp_path / "network without ending"
        if request.param == "file":
            with path.open("wb") as file:
                save(file, trained)
            with path.open("rb") as file:
                return load(file)
        file = path if request.param == "path" else str(path)
        save(file, trained)
        assert path.is_file()  # at the very path given
        return load(file)

    def test_bit_for_bit(self, loaded, trained):
        assert isinstance(loaded, SavedNetwork)
        assert loaded.network.parameters.tobytes() == trained.network.parameters.tobytes()
        assert loaded.recipe == trained.recipe == BINARY
        assert loaded.scaling == trained.scaling
        assert loaded.n_classes == 2 and loaded.network.input_shape == (400,)
        ours, theirs = loaded.evaluate(trained.digits.test), trained.evaluate(trained.digits.test)
        assert np.array_equal(ours.scores, theirs.scores)
        assert (ours.loss, ours.accuracy) == (theirs.loss, theirs.accuracy)


def test_the_seed_that_was_used_and_what_was_changed_while_training_are_saved(few):
    trainer = Recipe("tiny", (4,), learning_rate=0.1).trainer(few, seed=77)
    trainer.adjust(replace(trainer.recipe, learning_rate=0.02, l2=0.5))
    recipe = reloaded(trainer).recipe
    assert (recipe.learning_rate, recipe.l2, recipe.seed) == (0.02, 0.5, 77)


def test_a_network_is_read_as_its_recipe_says(few):
    trainer = Recipe("tiny", (4,), weight_average=0.5, test_time_augmentation=True).trainer(few)
    trainer.epoch()
    loaded = reloaded(trainer)
    assert loaded.recipe == trainer.recipe
    assert loaded.accuracy(few.test) == trainer.accuracy(few.test) != loaded.evaluate(few.test).accuracy


def test_a_file_from_before_averages_and_test_time_augmentation_is_read_without_them(saved, trained):
    """Their weights may be averages all the same: that is past, and changes nothing about what they are now."""
    about = json.loads(str(content(saved)["about"]))
    for field in ("weight_average", "test_time_augmentation"):
        del about["recipe"][field]
    loaded = load(io.BytesIO(rewritten(saved, about=np.array(json.dumps(about)))))
    assert (loaded.recipe.weight_average, loaded.recipe.test_time_augmentation) == (0.0, False)
    assert loaded.recipe == BINARY and np.array_equal(loaded.network.parameters, trained.network.parameters)


def test_half_precision_halves_the_file_and_rounds_to_three_digits(few):
    trainer = Recipe(hidden=(30,)).trainer(few)
    half = file_of(trainer, np.float16)
    assert len(half) < 0.55 * len(file_of(trainer))
    loaded = load(io.BytesIO(half)).network.parameters
    assert loaded.dtype == np.float32
    np.testing.assert_allclose(loaded, trainer.network.parameters, rtol=2**-11, atol=1e-7)


@pytest.mark.parametrize("hidden", [(), (3,), (5, 4, 3)])
def test_any_depth(few, hidden):
    trainer = Recipe(hidden=hidden).trainer(few)
    assert np.array_equal(reloaded(trainer).network.parameters, trainer.network.parameters)


def test_every_array_is_plain_numbers_or_text(saved):
    assert sorted(content(saved)) == ["W1", "W2", "about", "b1", "b2"]
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                np.lib.format.read_array(member, allow_pickle=False)


class Bomb:
    """Unpickling it has a side effect."""

    went_off = False

    def __reduce__(self):
        return setattr, (Bomb, "went_off", True)


class TestPickles:
    """Rejected, and never executed."""

    @pytest.fixture(autouse=True)
    def no_bomb_goes_off(self):
        Bomb.went_off = False
        yield
        assert not Bomb.went_off

    @pytest.fixture
    def bombs(self):
        array = np.empty(1, object)
        array[0] = Bomb()
        return array

    def test_the_bomb_works(self):
        pickle.loads(pickle.dumps(Bomb()))
        assert Bomb.went_off
        Bomb.went_off = False

    @pytest.mark.parametrize("name", ["about", "W1", "extra"])
    def test_an_object_array_among_the_arrays(self, saved, bombs, name):
        refused(rewritten(saved, **{name: bombs}), "expected a network saved by this library")

    def test_a_pickle_and_a_lone_object_array(self, bombs):
        file = io.BytesIO()
        np.save(file, bombs)
        for raw in (pickle.dumps(Bomb()), file.getvalue()):
            refused(raw, "got another kind of file")

    def test_a_pickle_inside_the_archive(self, saved):
        file = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(saved)) as old, zipfile.ZipFile(file, "w") as new:
            for name in old.namelist():
                new.writestr(name, pickle.dumps(Bomb()) if name == "W1.npy" else old.read(name))
        refused(file.getvalue(), "expected")


class TestDamage:
    def test_paths_without_a_network(self, tmp_path):
        path = tmp_path / "notes.txt"
        with pytest.raises(FileNotFoundError):
            load(path)
        path.write_text("hello")
        with pytest.raises(StorageError, match=r"notes\.txt: expected"):
            load(path)
        with pytest.raises(StorageError, match="got another kind of file"):
            load(tmp_path)

    def test_another_kind_of_file(self):
        for raw in (b"", b"PK", b"hello", b"\x93NUMPY\x01\x00"):
            refused(raw, "expected a network saved by this library (.npz), got another kind of file")
        refused(b"PK\5\6" + bytes(18), "expected a network saved by this library")  # an empty archive

    def test_truncated_anywhere(self, saved):
        for size in [*range(0, len(saved), 97), len(saved) - 1]:
            refused(saved[:size], "expected")

    @pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    def test_flipped_bytes_give_this_error_or_a_whole_network(self, saved, compression):
        file = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(saved)) as old, zipfile.ZipFile(file, "w", compression) as new:
            for name in old.namelist():
                new.writestr(name, old.read(name))
        whole, dice, refusals = file.getvalue(), random.Random(3), 0
        for _ in range(200):
            damaged = bytearray(whole)
            damaged[dice.choice([dice.randrange(len(whole)), -1 - dice.randrange(600)])] = dice.randrange(256)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of NumPy about its headers
                try:
                    assert np.isfinite(load(io.BytesIO(damaged)).network.parameters).all()
                except StorageError:
                    refusals += 1
        assert refusals > 100

    @pytest.mark.parametrize(
        ("name", "array", "message"),
        [
            ("W1", None, "expected the array W1, which is missing"),
            ("about", None, "expected a network saved by this library"),
            ("W1", np.zeros((400, 4), np.float32), "expected W1 as (4, 400) floats, got (400, 4) float32"),
            ("W2", np.zeros(4, np.float32), "expected W2 as (1, 4) floats, got (4,) float32"),
            ("b1", np.zeros((1, 1), np.float32), "expected b1 as (4, 1) floats, got (1, 1) float32"),
            ("b1", np.zeros((4, 1), np.int32), "expected b1 as (4, 1) floats, got (4, 1) int32"),
            ("b1", np.full((4, 1), "x"), "expected b1 as (4, 1) floats, got (4, 1) <U1"),
            ("b1", np.array([[0], [np.nan], [0], [0]], np.float32), "expected finite numbers in b1"),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_arrays_that_do_not_fit(self, saved, name, array, message):
        refused(rewritten(saved, **{name: array}), message)

    @pytest.mark.parametrize(
        "about", ["", "no JSON", "[]", "5", "null", "{}", "[" * 100_000, 3.0], ids=lambda value: f"{value!r:.12}"
    )
    def test_no_facts(self, saved, about):
        refused(rewritten(saved, about=np.array(about)), "expected a network saved by this library")

    @pytest.mark.parametrize(
        ("facts", "message"),
        [
            ({"format": "digit-lab-9"}, "expected format 'digit-lab-1', got 'digit-lab-9'"),
            ({"recipe": {"depth": 3}}, "unknown settings: depth"),
            ({"recipe": {"epochs": 0}}, "epochs: expected a whole number from 1, got 0"),
            ({"recipe": {"activation": "eval"}}, "activation: expected one of"),
            *(({"recipe": nothing}, "expected a network") for nothing in (None, [])),
            ({"n_inputs": 784, "image_shape": [28, 28]}, "expected W1 as (4, 784) floats"),
            ({"n_inputs": 784, "image_shape": None}, "expected W1 as (4, 784) floats"),
            ({"n_inputs": 784}, "expected an image shape of 784 pixels, got (20, 20)"),
            *(({"image_shape": shape}, "expected") for shape in ([-20, -20], [400], [20.0, 20.0], "ab", 5)),
            *(({"n_inputs": number}, "expected") for number in (0, -400, float("inf"), 10**15, None)),
            ({"n_classes": 3}, "2 classes, got 3"),
            ({"n_classes": "two"}, "expected"),
            ({"scaling": {"factor": float("nan"), "offset": 0}}, "factor: expected a finite number, got nan"),
            ({"scaling": {"factor": "1"}}, "factor: expected a finite number, got '1'"),
            ({"scaling": {"speed": 1}}, "speed"),
            ({"scaling": None}, "expected"),
        ],
        ids=str,
    )
    def test_facts_that_do_not_fit(self, saved, facts, message):
        refused(rewritten(saved, facts), message)

    def test_numbers_that_are_finite_only_in_double_precision(self, saved):
        refused(rewritten(saved, W1=np.full((4, 400), 1e300)), "expected finite numbers in W1")
        assert load(io.BytesIO(rewritten(saved, W1=np.full((4, 400), 1e30)))).network.parameters.max() == np.float32(
            1e30
        )

    def test_another_order_of_bytes_is_the_same_network(self, saved, trained):
        swapped = {name: array.astype(">f4") for name, array in content(saved).items() if name != "about"}
        network = load(io.BytesIO(rewritten(saved, **swapped))).network
        assert np.array_equal(network.parameters, trained.network.parameters)
        assert network.parameters.dtype == np.float32
        assert load(io.BytesIO(rewritten(saved, {}))).recipe == BINARY  # as the file was


class TestSizes:
    """No file makes the reader take more memory than its own size justifies."""

    LARGE = 16 << 20

    @pytest.fixture(autouse=True)
    def little_memory(self):
        tracemalloc.start()
        yield
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < self.LARGE / 4

    def archive(self, saved, extra, compression=zipfile.ZIP_DEFLATED):
        """The saved file with more members, [(name, pieces of bytes)]; those of the same name are left out."""
        file = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(saved)) as old, zipfile.ZipFile(file, "w", compression) as new:
            for name in old.namelist():
                if name not in [name for name, _ in extra]:
                    new.writestr(name, old.read(name))
            for name, pieces in extra:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of a name twice
                    member = new.open(name, "w")
                with member:
                    for piece in pieces:
                        member.write(piece)
        tracemalloc.reset_peak()
        return file.getvalue()

    def zeros(self, shape):
        """An array of zeros in pieces."""
        header = io.BytesIO()
        np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": shape})
        yield header.getvalue()
        yield from [bytes(1 << 20)] * (self.LARGE >> 20)

    @pytest.mark.parametrize("name", ["extra", "W1", "about"])
    @pytest.mark.parametrize("shape", [(4, 400), (1 << 11, 1 << 11)], ids=str)
    def test_an_array_that_is_far_larger_than_the_file(self, saved, name, shape):
        raw = self.archive(saved, [(f"{name}.npy", self.zeros(shape))])
        assert len(raw) < self.LARGE / 100
        refused(raw, "expected")

    def test_a_network_that_is_larger_than_its_file(self, saved):
        facts = json.loads(str(content(saved)["about"]))["recipe"]
        refused(rewritten(saved, {"recipe": facts | {"hidden": [4096] * 8}}), "expected W1 as (4096, 400) floats")
        refused(rewritten(saved, {"n_inputs": 10**15, "image_shape": [1, 10**15]}), "expected W1")

    def test_a_name_twice(self, saved):
        refused(self.archive(saved, [("x.npy", [b""]), ("x.npy", [b""])]), "twice")

    def test_a_compression_that_numpy_never_uses(self, saved):
        refused(self.archive(saved, [], zipfile.ZIP_LZMA), "expected about stored or deflated")


class TestWriting:
    """A file that is there stays as it is until the new one is complete."""

    @pytest.fixture
    def good(self, tmp_path, saved):
        path = tmp_path / "network.npz"
        path.write_bytes(saved)
        return path

    @pytest.fixture(params=["replace", "fsync", "open"])
    def broken(self, request, monkeypatch):
        """A disk on which one of these fails."""

        def fails(*_, **__):
            raise OSError(28, "No space left on device")

        if request.param == "open":
            monkeypatch.setattr("builtins.open", fails)
        else:
            monkeypatch.setattr(os, request.param, fails)

    def test_a_full_disk(self, good, saved, trained, broken, request):
        with pytest.raises(StorageError, match="No space left"):
            save(good, trained)
        request.getfixturevalue("monkeypatch").undo()
        assert good.read_bytes() == saved and os.listdir(good.parent) == [good.name]

    @pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
    def test_numbers_that_could_not_be_read_again(self, good, saved, trained, value):
        trainer = trained.twin(trained.state())
        trainer.network.parameters[7] = value
        with pytest.raises(StorageError, match="expected finite weights"):
            save(good, trainer, np.float16)
        assert good.read_bytes() == saved

    def test_permissions_and_links_are_kept(self, good, trained):
        good.chmod(0o604)
        link = good.with_name("link")
        link.symlink_to(good)
        save(link, trained)
        assert link.is_symlink() and good.stat().st_mode & 0o777 == 0o604
        assert sorted(os.listdir(good.parent)) == ["link", "network.npz"]
        assert np.array_equal(load(good).network.parameters, trained.network.parameters)

    def test_what_cannot_be_written_is_known_before(self, good, saved, monkeypatch):
        expect_writable(good)
        expect_writable(good.with_name("new"))
        for path in ("", good.parent, good / "in a file", good.parent / "none" / "n.npz", os.devnull):
            with pytest.raises(StorageError, match="expected a file"):
                expect_writable(path)
        for refuse in ("xb", "r+b"):  # a read-only folder, a read-only file: nobody refuses root anything

            def opening(path, mode, refuse=refuse, truly=open):
                if mode == refuse:
                    raise PermissionError(13, "Permission denied")
                return truly(path, mode)

            monkeypatch.setattr("builtins.open", opening)
            with pytest.raises(StorageError, match="Permission denied"):
                expect_writable(good)
            monkeypatch.undo()
        assert good.read_bytes() == saved and os.listdir(good.parent) == [good.name]


def test_files_of_earlier_versions_know_no_shape_of_the_pictures(saved, digits):
    old = load(io.BytesIO(rewritten(saved, {"image_shape": None})))
    assert old.image_shape is None and old.expect_fit(digits).n_inputs == 400
    reference = load(io.BytesIO(rewritten(REFERENCE.read_bytes(), {"image_shape": None})))
    assert reference.image_shape is None and reference.network.layers[0].output_shape == (28, 28, 1)


TRAININGS = {  # all that has a state of its own
    "adam": Recipe(
        "all", (5,), optimizer="adam", learning_rate=0.01, schedule="cosine", epochs=3, batch_size=40, dropout=0.3,
        weight_average=0.9, shift=1, rotation=9.0, l2=0.01,
    ),
    "rmsprop": Recipe("rmsprop", (5,), optimizer="rmsprop", learning_rate=0.01, epochs=3, batch_size=130),
    "in blocks": Recipe("blocks", (200,), optimizer="momentum", epochs=3, batch_size=280, dropout=0.2),
    "full batch": Recipe("full", (100,), batch_size=None, epochs=3),
    "convolution": Recipe("pictures", (5,), convolutions=(2,), epochs=2, batch_size=150, dropout=0.1),
}  # fmt: skip


def finish(trainer):
    for _ in trainer.run(1e9, to_epoch=trainer.planned_epochs):
        pass
    return trainer


def same_training(a, b):
    assert a.network.parameters.tobytes() == b.network.parameters.tobytes()
    assert (a.steps, a.position, a.history.lengths()) == (b.steps, b.position, b.history.lengths())
    for name in TABLES:
        assert getattr(a.history, name).rows.tobytes() == getattr(b.history, name).rows.tobytes()


@pytest.fixture(scope="module")
def interrupted(few):
    trainer = TRAININGS["adam"].trainer(few)
    steps(trainer, 11)
    return file_of(trainer, resumable=True)


class TestResuming:
    @pytest.mark.parametrize("threads", [1, 2])
    @pytest.mark.parametrize("recipe", TRAININGS.values(), ids=TRAININGS)
    def test_an_interrupted_training_ends_as_in_one_piece(self, few, recipe, threads, monkeypatch):
        """It is interrupted again and again, wherever it may be: in an epoch, a batch, an evaluation."""
        monkeypatch.setattr("nnlib.large_batches.TURN", 1)
        whole = finish(recipe.trainer(few, threads=threads))
        trainer, places = recipe.trainer(few, threads=threads), set()
        pieces = cycle((1, 14, 2))
        while trainer.epochs < recipe.epochs or trainer.evaluating:
            for _ in range(next(pieces)):
                if trainer.epochs < recipe.epochs or trainer.evaluating:
                    list(trainer.run(0, to_epoch=recipe.epochs))  # a batch or a part of one, or of an evaluation
            file = io.BytesIO(file_of(trainer, resumable=True))
            places.add((trainer.batch > 0, trainer.large_batch is not None, trainer.evaluating))
            at, trainer = trainer, resume(file, few, threads)
            if not at.evaluating:
                same_training(at, trainer)
        same_training(trainer, whole)
        assert len(places) > 1

    def test_the_network_in_it_can_be_evaluated(self, interrupted, few):
        trainer = resume(io.BytesIO(interrupted), few)
        assert np.array_equal(load(io.BytesIO(interrupted)).network.parameters, trainer.network.parameters)
        assert set(content(file_of(trainer))) < set(content(interrupted))

    def test_other_data(self, interrupted, few):
        for other in (few.take(299), replace(few, train=few.validation.take(100)), few.centre_crop(20)):
            with pytest.raises(StorageError, match="expected"):
                resume(io.BytesIO(interrupted), other)

    def test_a_network_without_a_training(self, few, interrupted):
        raw = file_of(Recipe(hidden=(3,)).trainer(few))
        with pytest.raises(StorageError, match="expected a training to go on with"):
            resume(io.BytesIO(raw), few)

    def refused(self, few, raw, *parts):
        with pytest.raises(StorageError) as error:
            resume(io.BytesIO(raw), few)
        for part in parts:
            assert part in str(error.value)

    @pytest.mark.parametrize(
        ("name", "change"),
        [
            ("training.order", lambda order: order[:-1]),
            ("training.order", lambda order: np.where(order == 7, 8, order)),
            ("training.order", lambda order: order.astype(np.float32)),
            ("training.order", lambda _: None),
            ("training.optimizer.mean", lambda _: None),
            ("training.optimizer.mean", lambda mean: mean[1:]),
            ("training.optimizer.square", lambda square: square * np.nan),
            ("training.average.parameters", lambda average: average.astype(np.int32)),
            ("training.average.parameters", lambda average: average.astype(float) + 1e300),
            ("training.batches", lambda rows: rows[:, 1:]),
            ("training.evaluations", lambda rows: rows.astype(str)),
            ("training.updates", lambda _: None),
        ],
        ids=map(str, range(12)),
    )
    def test_arrays_that_do_not_fit(self, few, interrupted, name, change):
        raw = rewritten(interrupted, **{name: change(content(interrupted)[name])})
        self.refused(few, raw, "expected", name.split(".")[-1])

    @pytest.mark.parametrize(
        "changes",
        [
            *({"epochs": epochs} for epochs in (-1, 4, 1.0, "1", None)),
            *({"cursor": cursor} for cursor in (300, -1, True)),
            {"batch": -1}, {"batch": 10**6}, {"data": 0}, {"generators": []}, {"generators": [{}, {}]},
            {"generators": [{"bit_generator": "MT19937"}] * 2}, {"optimizer": {}}, {"average": {"updates": -1}},
        ],
        ids=str,
    )  # fmt: skip
    def test_facts_that_do_not_fit(self, few, interrupted, changes):
        facts = json.loads(str(content(interrupted)["about"]))["training"]
        self.refused(few, rewritten(interrupted, {"training": facts | changes}), "expected")


class TestTrainingData:
    def test_a_file_says_what_the_network_was_trained_on(self, trained, digits):
        saved = reloaded(trained)
        assert saved.data == TrainingData(digits.digest, "MNIST", ("0", "1"))
        assert saved.trained_elsewhere(digits) == ""
        others = replace(digits, digest="another", name="clothes")
        assert saved.trained_elsewhere(others) == "MNIST, not on clothes"

    def test_files_of_earlier_versions(self, saved, digits):
        about = json.loads(str(content(saved)["about"]))
        del about["data"]
        earlier = load(io.BytesIO(rewritten(saved, about=np.array(json.dumps(about)))))
        assert earlier.data is None and earlier.trained_elsewhere(digits) == ""
        assert earlier.trained_elsewhere(digits.inverted())

    def test_the_reference_network_was_trained_on_ours(self, digits):
        assert load(REFERENCE).trained_elsewhere(digits) == ""

    @pytest.mark.parametrize(
        "data",
        [None, {}, {"digest": "", "name": 1, "class_names": ["a", "b"]}]
        + [{"digest": "", "name": "x", "class_names": names} for names in (["a"], ["a", "b", "c"], ["a", "\ud800"])],
        ids=str,
    )
    def test_other_values_are_refused(self, saved, data):
        with pytest.raises(StorageError):
            load(io.BytesIO(rewritten(saved, {"data": data})))

    def test_half_of_a_character_in_the_name_of_a_recipe(self, saved):
        recipe = json.loads(str(content(saved)["about"]))["recipe"] | {"name": "\ud800"}
        with pytest.raises(StorageError):
            load(io.BytesIO(rewritten(saved, {"recipe": recipe})))
