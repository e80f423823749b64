"""The published facts about MNIST, the properties of the splits, and invalid folders."""

import gzip
import hashlib
import struct

import numpy as np
import pytest

from nnlib.datasets import DATA_FOLDER, MNIST_SHA256, DatasetError, Split, load_mnist, zeros_and_ones

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
PUBLISHED_MD5 = {
    TRAIN_IMAGES: "6bbc9ace898e44ae57da46a324031adb",
    TRAIN_LABELS: "a25bea736e30d166cdddb491f175f624",
    TEST_IMAGES: "2646ac647ad5339dbf082846283269ea",
    TEST_LABELS: "27ae3e4e09519cfbb04c329615203637",
}


def idx(array):
    """An array as an IDX file, written from the format's description and not with the code under test."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


class TinyFolder:
    """Four small IDX files, and ways to damage each of them."""

    def __init__(self, path, zipped):
        self.path, self.zipped = path, zipped
        random = np.random.default_rng(5)
        self.arrays = {
            TRAIN_IMAGES: random.integers(0, 256, (240, 6, 5), dtype=np.uint8),
            TRAIN_LABELS: np.arange(240, dtype=np.uint8) % 10,
            TEST_IMAGES: random.integers(0, 256, (30, 6, 5), dtype=np.uint8),
            TEST_LABELS: np.arange(30, dtype=np.uint8) % 10,
        }
        for name, array in self.arrays.items():
            self.write(name, idx(array))

    def file(self, name):
        return self.path / (name + ".gz" if self.zipped else name)

    def write(self, name, content):
        self.file(name).write_bytes(gzip.compress(content, 1, mtime=0) if self.zipped else content)

    def content(self, name):
        raw = self.file(name).read_bytes()
        return gzip.decompress(raw) if self.zipped else raw

    def refused(self, *parts):
        """Loading fails, and the message contains each of the parts: the file, what was expected, what was found."""
        with pytest.raises(DatasetError) as error:
            load_mnist(self.path)
        message = str(error.value)
        for part in parts:
            assert part in message


@pytest.fixture(params=[True, False], ids=["gz", "plain"])
def tiny(request, tmp_path):
    folder = tmp_path / "tiny-set"
    folder.mkdir()
    return TinyFolder(folder, zipped=request.param)


class TestPublishedFacts:
    def test_files_are_the_published_ones(self):
        for name, md5 in PUBLISHED_MD5.items():
            content = gzip.decompress((DATA_FOLDER / f"{name}.gz").read_bytes())
            assert hashlib.md5(content).hexdigest() == md5
            assert hashlib.sha256(content).hexdigest() == MNIST_SHA256[name]

    def test_checksum_list_is_the_known_set(self):
        lines = (DATA_FOLDER / "SHA256SUMS").read_text().splitlines()
        assert {name: digest for digest, name in (line.split("  ") for line in lines)} == MNIST_SHA256

    def test_sizes_and_types(self, digits):
        assert (len(digits.train), len(digits.validation), len(digits.test)) == (55_000, 5_000, 10_000)
        for split in (digits.train, digits.validation, digits.test):
            assert split.images.shape == (len(split), 784)
            assert (split.images.dtype, split.labels.dtype, split.source_index.dtype) == ("uint8", "uint8", "int32")
            assert split.images.flags.c_contiguous
        assert digits.image_shape == (28, 28)
        assert (digits.n_inputs, digits.n_classes) == (784, 10)
        assert digits.class_names == tuple("0123456789")
        assert digits.name == "MNIST"

    def test_every_image_and_label_stands_where_its_index_says(self, digits):
        def published(name, header):
            content = gzip.decompress((DATA_FOLDER / f"{name}.gz").read_bytes())
            return np.frombuffer(content, np.uint8, offset=header)

        learning = published(TRAIN_IMAGES, 16).reshape(-1, 784), published(TRAIN_LABELS, 8)
        test = published(TEST_IMAGES, 16).reshape(-1, 784), published(TEST_LABELS, 8)
        assert learning[1][:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
        for split, (images, labels) in ((digits.train, learning), (digits.validation, learning), (digits.test, test)):
            assert np.array_equal(split.images, images[split.source_index])
            assert np.array_equal(split.labels, labels[split.source_index])


class TestSplits:
    def test_they_are_disjoint_and_complete_with_500_of_each_class_for_validation(self, digits):
        source = np.concatenate([digits.train.source_index, digits.validation.source_index])
        assert np.array_equal(np.sort(source), np.arange(60_000))
        assert np.array_equal(digits.test.source_index, np.arange(10_000))  # in the published order
        assert np.bincount(digits.validation.labels).tolist() == [500] * 10

    @pytest.mark.parametrize("part", ["train", "validation"])
    def test_every_prefix_is_balanced(self, digits, part):
        labels = getattr(digits, part).labels
        so_far = np.cumsum(labels[:, None] == np.arange(10), axis=0)
        left = so_far < so_far[-1]
        most = so_far.max(axis=1)
        fewest_with_more_to_come = np.where(left, so_far, len(labels)).min(axis=1)
        assert (most - fewest_with_more_to_come <= 1).all()

    def test_classes_do_not_come_in_a_fixed_cycle(self, digits):
        rounds = digits.train.labels[:30_000].reshape(-1, 10)
        assert (np.sort(rounds, axis=1) == np.arange(10)).all()
        for position in range(10):
            counts = np.bincount(rounds[:, position], minlength=10)
            assert counts.min() > 220 and counts.max() < 380  # 300 expected, standard deviation 16.4

    def test_nothing_is_left_of_the_published_order_within_a_class(self, digits):
        for label in range(10):
            source = digits.train.source_index[digits.train.labels == label]
            assert abs(np.corrcoef(source, np.arange(len(source)))[0, 1]) < 0.07  # five standard deviations

    def test_same_seed_same_split(self, tiny):
        first, again, other = (load_mnist(tiny.path, seed=seed) for seed in (3, 3, 4))
        assert np.array_equal(first.train.source_index, again.train.source_index)
        assert np.array_equal(first.validation.source_index, again.validation.source_index)
        assert set(first.validation.source_index) != set(other.validation.source_index)

    def test_validation_takes_at_most_half_of_a_small_class_and_its_share_from_others(self, tiny):
        labels = np.repeat(np.arange(10), [3, 1, 29, 29, 29, 29, 30, 30, 30, 30]).astype(np.uint8)
        tiny.write(TRAIN_LABELS, idx(labels))
        tiny.write(TEST_LABELS, idx(tiny.arrays[TEST_LABELS]))
        digits = load_mnist(tiny.path)
        counts = np.bincount(digits.validation.labels, minlength=10)
        assert counts.sum() == 20
        assert counts[:2].tolist() == [1, 0]
        assert sorted(counts[2:]) == [2, 2, 2, 2, 2, 3, 3, 3]
        assert np.bincount(digits.train.labels, minlength=10)[:2].tolist() == [2, 1]


class TestReadOnly:
    def test_nothing_can_be_written(self, digits):
        for data in (digits, digits.take(10), digits.centre_crop(), digits.only([3]), zeros_and_ones(digits)):
            for split in (data.train, data.validation, data.test):
                for array in (split.images, split.labels, split.source_index):
                    with pytest.raises(ValueError, match="read-only"):
                        array[0] = 1

    def test_a_split_leaves_the_arrays_of_its_maker_alone(self):
        images = np.zeros((2, 4), np.uint8)
        Split(images, np.zeros(2, np.uint8), np.arange(2, dtype=np.int32))
        images[0] = 1

    def test_a_split_wants_one_image_per_label(self):
        with pytest.raises(DatasetError, match="images: expected 3, one per label, got 2"):
            Split(np.zeros((2, 4), np.uint8), np.zeros(3, np.uint8), np.arange(3, dtype=np.int32))


class TestSubsets:
    def test_take_is_a_view_of_the_first(self, digits):
        few = digits.take(1_000)
        assert len(few.train) == 1_000
        assert np.shares_memory(few.train.images, digits.train.images)
        assert np.array_equal(few.train.images, digits.train.images[:1_000])
        assert np.bincount(few.train.labels).tolist() == [100] * 10
        assert few.validation is digits.validation and few.test is digits.test

    @pytest.mark.parametrize("n", [0, -1, 55_001])
    def test_take_refuses_what_it_does_not_have(self, digits, n):
        with pytest.raises(DatasetError, match=f"expected to take 1 to 55000 examples, got {n}"):
            digits.take(n)

    def test_crop_is_a_slice(self, digits):
        cropped = digits.take(100).centre_crop(20)
        assert (cropped.image_shape, cropped.n_inputs) == ((20, 20), 400)
        images = digits.train.images[:100].reshape(100, 28, 28)
        assert np.array_equal(cropped.train.images.reshape(100, 20, 20), images[:, 4:24, 4:24])
        assert cropped.test.images.shape == (10_000, 400)
        assert np.array_equal(cropped.train.labels, digits.train.labels[:100])

    def test_crop_of_a_rectangle(self, tiny):
        cropped = load_mnist(tiny.path).centre_crop(4)
        assert np.array_equal(cropped.test.images.reshape(-1, 4, 4), tiny.arrays[TEST_IMAGES][:, 1:5, 0:4])

    def test_crop_refuses_a_size_beyond_the_image(self, tiny):
        with pytest.raises(DatasetError, match="expected a crop of 1 to 5 pixels from 6x5, got 20"):
            load_mnist(tiny.path).centre_crop()

    def test_only_renumbers_in_the_order_given(self, digits):
        pair = digits.only((7, 2))
        assert (pair.class_names, pair.n_classes) == (("7", "2"), 2)
        for name in ("train", "validation", "test"):
            whole, part = getattr(digits, name), getattr(pair, name)
            chosen = np.isin(whole.labels, (7, 2))
            assert np.array_equal(part.source_index, whole.source_index[chosen])
            assert np.array_equal(part.images, whole.images[chosen])
            assert np.array_equal(part.labels, np.where(whole.labels[chosen] == 7, 0, 1))
            assert part.labels.dtype == np.uint8
        assert np.bincount(pair.take(101).train.labels).tolist() in ([50, 51], [51, 50])

    @pytest.mark.parametrize("classes", [(), (1, 1), (0, 10), (-1,)])
    def test_only_refuses_classes_that_are_not_there(self, digits, classes):
        with pytest.raises(DatasetError, match="expected distinct classes from 0 to 9, got"):
            digits.only(classes)

    def test_zeros_and_ones(self, digits):
        pair = zeros_and_ones(digits)
        assert np.bincount(pair.train.labels).tolist() == [400, 400]
        assert np.bincount(pair.validation.labels).tolist() == [100, 100]
        assert np.bincount(pair.test.labels).tolist() == [980, 1135]
        assert (pair.image_shape, pair.n_inputs, pair.class_names) == ((20, 20), 400, ("0", "1"))


class TestOtherFolders:
    def test_every_pixel_arrives(self, tiny):
        digits = load_mnist(tiny.path)
        assert (len(digits.train), len(digits.validation), len(digits.test)) == (220, 20, 30)
        for split in (digits.train, digits.validation):
            assert np.array_equal(split.images, tiny.arrays[TRAIN_IMAGES].reshape(240, 30)[split.source_index])
            assert np.array_equal(split.labels, tiny.arrays[TRAIN_LABELS][split.source_index])
        assert np.array_equal(digits.test.images, tiny.arrays[TEST_IMAGES].reshape(30, 30))
        assert (digits.image_shape, digits.name) == ((6, 5), "tiny-set")

    def test_the_environment_names_the_folder(self, tiny, monkeypatch):
        monkeypatch.setenv("NNLIB_DATA", str(tiny.path))
        assert load_mnist().name == "tiny-set"
        monkeypatch.setenv("NNLIB_DATA", "nowhere")
        assert load_mnist(str(tiny.path)).name == "tiny-set"

    @pytest.mark.parametrize("unset", [None, ""])
    def test_without_it_the_data_are_ours(self, tiny, monkeypatch, unset):
        monkeypatch.delenv("NNLIB_DATA", raising=False) if unset is None else monkeypatch.setenv("NNLIB_DATA", unset)
        monkeypatch.setattr("nnlib.datasets.DATA_FOLDER", tiny.path)
        assert load_mnist().name == "tiny-set"

    def test_chunks_of_one_image_and_images_beyond_a_chunk(self, tiny, monkeypatch):
        whole = load_mnist(tiny.path)
        for chunk in (1, 30, 100):
            monkeypatch.setattr("nnlib.dataset_files.part.CHUNK_BYTES", chunk)
            assert np.array_equal(load_mnist(tiny.path).train.images, whole.train.images)

    def test_class_names(self, tiny):
        (tiny.path / "class_names.txt").write_text("T-shirt/top\n" + "".join(f"name {i}\n" for i in range(1, 10)))
        digits = load_mnist(tiny.path)
        assert digits.class_names[:2] == ("T-shirt/top", "name 1")
        assert digits.only((1, 0)).class_names == ("name 1", "T-shirt/top")

    def test_labels_beyond_the_named_classes(self, tiny):
        (tiny.path / "class_names.txt").write_text("left\nright\n")
        tiny.refused(str(tiny.file(TRAIN_LABELS)), "expected labels from 0 to 1", "got 2 at position 2")

    @pytest.mark.parametrize("text", ["", "alone\n", "a\nb\na\n", "a\n\nb\n"])
    def test_class_names_that_name_nothing(self, tiny, text):
        (tiny.path / "class_names.txt").write_text(text)
        tiny.refused("class_names.txt", "expected 2 to 256 different names", "got (")

    def test_class_names_in_another_encoding(self, tiny):
        (tiny.path / "class_names.txt").write_bytes("é\nb\n".encode("latin-1"))
        tiny.refused("class_names.txt", "expected UTF-8 text")


class TestChecksums:
    def write_sums(self, tiny, change=None):
        digests = {name: hashlib.sha256(tiny.content(name)).hexdigest() for name in tiny.arrays}
        digests |= change or {}
        (tiny.path / "SHA256SUMS").write_text("".join(f"{digest}  {name}\n" for name, digest in digests.items()))

    def test_right_ones_pass(self, tiny):
        self.write_sums(tiny, {"unrelated.txt": "0" * 64})
        load_mnist(tiny.path)

    @pytest.mark.parametrize("name", PUBLISHED_MD5)
    def test_one_changed_byte_is_noticed(self, tiny, name):
        self.write_sums(tiny)
        before = tiny.content(name)
        after = before[:-1] + bytes([(before[-1] + 1) % 10])
        tiny.write(name, after)
        old, new = (hashlib.sha256(content).hexdigest() for content in (before, after))
        tiny.refused(str(tiny.file(name)), f"expected SHA-256 {old}", f"got {new}")

    def test_a_list_that_is_none(self, tiny):
        (tiny.path / "SHA256SUMS").write_text("hello world\n")
        tiny.refused("SHA256SUMS", "expected a SHA-256 and a file name in each line", "'hello world'")


class TestErrors:
    def test_missing_folder(self, tmp_path):
        with pytest.raises(DatasetError, match="nowhere: expected a folder or a file with a data set, found none"):
            load_mnist(tmp_path / "nowhere")

    @pytest.mark.parametrize(
        ("name", "content", "parts"),
        [
            (TEST_IMAGES, idx(np.zeros(30, np.uint8)), ["expected magic number 2051 (images), got 2049"]),
            (TEST_IMAGES, idx(np.zeros((30, 5, 6), np.uint8)), ["expected images of 6x5 pixels", "got 5x6"]),
            (TEST_LABELS, idx(np.arange(30, dtype=np.uint8) % 11), ["labels from 0 to 9", "got 10 at position 10"]),
            (TEST_LABELS, idx(np.zeros(0, np.uint8)), ["expected at least 1 in each dimension, got (0,)"]),
            *((TRAIN_LABELS, bytes([0, 0, 8, 1] * 2)[:n], ["truncated", "8 bytes", f"got {n}"]) for n in (0, 3, 7)),
            (TRAIN_IMAGES, struct.pack(">4I", 2051, 240, 2**32 - 1, 2**32 - 1), ["fit in memory", "240 times 4294"]),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_contents_that_do_not_fit(self, tiny, name, content, parts):
        tiny.write(name, content)
        tiny.refused(str(tiny.file(name)), *parts)

    def test_too_few_for_validation(self, tiny):
        tiny.write(TRAIN_LABELS, idx(np.zeros(11, np.uint8)))
        tiny.write(TRAIN_IMAGES, idx(np.zeros((11, 6, 5), np.uint8)))
        tiny.refused("validation", "got 11")

    @pytest.mark.parametrize("name", PUBLISHED_MD5)
    def test_missing_file(self, tiny, name):
        tiny.file(name).unlink()
        tiny.refused(str(tiny.path / name), f"expected this file or {name}.gz", "found neither")

    @pytest.mark.parametrize("name", PUBLISHED_MD5)
    def test_wrong_magic_number(self, tiny, name):
        tiny.write(name, b"\0\0\x0d\x02" + tiny.content(name)[4:])
        expected = 2051 if "images" in name else 2049
        tiny.refused(str(tiny.file(name)), f"expected magic number {expected}", "got 3330")

    @pytest.mark.parametrize("name", PUBLISHED_MD5)
    @pytest.mark.parametrize("missing", [1, 25])
    def test_truncated_file(self, tiny, name, missing):
        content = tiny.content(name)
        tiny.write(name, content[:-missing])
        tiny.refused(
            str(tiny.file(name)), "truncated", f"expected {len(content)} bytes", f"got {len(content) - missing}"
        )

    @pytest.mark.parametrize("name", PUBLISHED_MD5)
    def test_trailing_bytes(self, tiny, name):
        content = tiny.content(name)
        tiny.write(name, content + b"\0")
        tiny.refused(str(tiny.file(name)), f"expected {len(content)} bytes, got more")

    @pytest.mark.parametrize(("images", "labels"), [(TRAIN_IMAGES, TRAIN_LABELS), (TEST_IMAGES, TEST_LABELS)])
    def test_counts_that_differ(self, tiny, images, labels):
        n = len(tiny.arrays[labels])
        tiny.write(labels, idx(tiny.arrays[labels][:-1]))
        tiny.refused(str(tiny.file(images)), f"expected {n - 1} images, one per label, got {n}")

    @pytest.mark.parametrize("name", PUBLISHED_MD5)
    @pytest.mark.parametrize("damage", ["cut", "flipped", "not gzip at all"])
    def test_damaged_gzip(self, tmp_path, name, damage):
        tiny = TinyFolder(tmp_path, zipped=True)
        raw = tiny.file(name).read_bytes()
        flipped = raw[:-5] + bytes([raw[-5] ^ 0xFF]) + raw[-4:]  # in the checksum at the end
        damaged = {"cut": raw[:-6], "flipped": flipped, "not gzip at all": b"<html>404</html>"}
        tiny.file(name).write_bytes(damaged[damage])
        tiny.refused(str(tiny.file(name)), "gzip", "damaged")
