"""Data sets in the forms people have them: here all hold the same pictures, so each must load as the same data set."""

import gzip
import hashlib
import io
import struct
import zipfile

import numpy as np
import pytest
from PIL import Image

from nnlib.dataset_files.container import DatasetError, Limits
from nnlib.dataset_files.reader import from_files
from nnlib.datasets import load, load_mnist
from nnlib.picture_files import read_grey

RANDOM = np.random.default_rng(6)
X, Y = RANDOM.integers(0, 256, (60, 6, 5), dtype=np.uint8), np.arange(60, dtype=np.uint8) % 4
X_TEST, Y_TEST = RANDOM.integers(0, 256, (12, 6, 5), dtype=np.uint8), np.arange(12, dtype=np.uint8) % 4
NAMES = ("ant", "bee", "cat", "dog")
CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}  # from the format's description


def idx(array, kind="u1"):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, CODES[kind], array.ndim, *array.shape)
    return header + array.astype(f">{kind}").tobytes()


def idx_files(
    images="{}-images-idx3-ubyte", labels="{}-labels-idx1-ubyte", test="t10k", offset=0, kind="u1", scale=1.0
):
    files = {}
    for part, x, y in (("train", X, Y), (test, X_TEST, Y_TEST)):
        files[images.format(part)] = idx(np.multiply(x, scale, dtype=float), kind)
        files[labels.format(part)] = idx(y + offset)
    return files | {"class_names.txt": "\n".join(NAMES).encode()}


def png(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def pictures(train="train/", test="test/"):
    return {
        f"{folder}{NAMES[y]}/{n:03}.png": png(x)
        for folder, xs, ys in ((train, X, Y), (test, X_TEST, Y_TEST))
        for n, (x, y) in enumerate(zip(xs, ys, strict=True))
    }


def npz(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


ARRAYS = {"x_train": X, "y_train": Y, "x_test": X_TEST, "y_test": Y_TEST}
NUMBERED = {name: content for name, content in idx_files().items() if name != "class_names.txt"}


def folder_of(path, files):
    for name, content in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return path


def zip_of(files, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def uploaded(limits=None, **files):
    """The data set in the given files, `name__zip` for `name.zip`."""
    files = {name.replace("__", "."): content for name, content in files.items()}
    opened = {name: lambda content=content: io.BytesIO(content) for name, content in files.items()}
    limits = limits or Limits(bytes=10**6, pixels=10**5, pictures=100, side=64, classes=62)
    return load(from_files(opened, limits), limits=limits, decode=read_grey)


def refused(*parts, limits=None, **files):
    with pytest.raises(DatasetError) as error:
        uploaded(limits, **files)
    assert all(part in str(error.value) for part in parts), error.value


def same(digits, names=NAMES):
    """Whether every picture and label arrived."""
    assert digits.class_names == names and digits.image_shape == (6, 5)
    for split, x, y in ((digits.train, X, Y), (digits.validation, X, Y), (digits.test, X_TEST, Y_TEST)):
        assert np.array_equal(split.images.reshape(-1, 6, 5), x[split.source_index])
        assert np.array_equal(split.labels, y[split.source_index])
    assert len(digits.train) + len(digits.validation) == 60


FORMS = {
    "published names": idx_files(),
    "dots": idx_files("{}-images.idx3-ubyte", "{}-labels.idx1-ubyte"),
    "EMNIST": idx_files("emnist-x-{}-images-idx3-ubyte", "emnist-x-{}-labels-idx1-ubyte", test="test"),
    "gzip without the ending": {n: c if n.endswith("txt") else gzip.compress(c) for n, c in idx_files().items()},
    "the ending without gzip": {n if n.endswith("txt") else n + ".gz": c for n, c in idx_files().items()},
    "labels from 1": idx_files(offset=1),
    "16 bits": idx_files("{}-images-idx3-short", kind="i2"),
    "32 bits": idx_files("{}-images-idx3-int", kind="i4", scale=257),
    "floats": idx_files("{}-images-idx3-float", kind="f4", scale=1 / 255),
    "doubles": idx_files("{}-images-idx3-double", kind="f8"),
    "byte order mark": idx_files() | {"class_names.txt": "\ufeff{}\r\n".format("\r\n".join(NAMES)).encode()},
    "one .npz": {"set.npz": npz(**ARRAYS), "class_names.txt": "\n".join(NAMES).encode()},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_folder_in_every_form(tmp_path, form):
    same(load_mnist(folder_of(tmp_path, FORMS[form])))


@pytest.mark.parametrize("form", FORMS)
def test_a_zip_file_in_every_form_within_a_folder(form):
    same(uploaded(set__zip=zip_of({f"some/set/{name}": content for name, content in FORMS[form].items()})))


def test_the_same_data_have_the_same_digest_in_every_form():
    digests = {uploaded(set__zip=zip_of(files)).digest for files in (*FORMS.values(), idx_files(offset=1))}
    assert len(digests) == 1 and uploaded(set__npz=npz(**ARRAYS | {"x_test": ~X_TEST})).digest not in digests


def test_letters_of_emnist_by_its_list(tmp_path):
    mapping = {"emnist-x-mapping.txt": b"1 65 97\n2 66 98\n3 67 99\n4 68 100\n"}
    files = idx_files("emnist-x-{}-images-idx3-ubyte", "emnist-x-{}-labels-idx1-ubyte", test="test", offset=1) | mapping
    del files["class_names.txt"]
    others = {name.replace("-x-", "-y-"): content for name, content in files.items()}
    folder_of(tmp_path, files | others)
    same(load_mnist(tmp_path / "emnist-x"), ("Aa", "Bb", "Cc", "Dd"))
    with pytest.raises(DatasetError, match="expected the IDX files of one data set, got those of emnist-x, emnist-y"):
        load_mnist(tmp_path)


def test_labels_beyond_9_without_names_are_their_own_names():
    digits = uploaded(set__npz=npz(**ARRAYS | {"y_train": Y + 20, "y_test": Y_TEST + 20}))
    assert digits.class_names[-1] == "23" and digits.n_classes == 24


@pytest.mark.parametrize(
    "change",
    [
        {"x_train": X / 255, "x_test": X_TEST / 255},
        {"x_train": X[..., None], "y_train": Y[:, None].astype(int)},
        {"x_train": np.asfortranarray(X)},
        {"x_train": X.astype(np.float64)},
    ],
    ids=["0 to 1", "one channel, labels (n, 1)", "column by column", "doubles"],
)
def test_arrays(change):
    digits = uploaded(set__npz=npz(**ARRAYS | change))
    same(digits, tuple("0123456789"))
    assert digits.name == "set"


def test_arrays_by_other_names_and_flat_pictures():
    flat = {
        "train_images": X.reshape(-1)[:1500].reshape(60, 25),
        "test_images": X_TEST.reshape(-1)[:300].reshape(12, 25),
    }
    digits = uploaded(set__npz=npz(**flat, train_labels=Y, test_labels=Y_TEST, val_images=X))
    assert digits.image_shape == (5, 5) and len(digits.test) == 12


def test_pictures_in_folders(tmp_path):
    order = np.argsort(Y, kind="stable"), np.argsort(Y_TEST, kind="stable")
    for files in (pictures(), pictures("mnist_png/training/", "mnist_png/testing/")):
        for digits in (
            load_mnist(folder_of(tmp_path, files), decode=read_grey),
            uploaded(set__zip=zip_of(files | {"__MACOSX/train/ant/._000.png": b"", "README.md": b""})),
        ):
            assert digits.class_names == NAMES and len(digits.test) == 12
            assert np.array_equal(digits.test.images.reshape(-1, 6, 5), X_TEST[order[1]])
            expected = X[order[0]][digits.train.source_index]
            assert np.array_equal(digits.train.images.reshape(-1, 6, 5), expected)
        for file in sorted(tmp_path.rglob("*"), reverse=True):
            file.rmdir() if file.is_dir() else file.unlink()


def test_pictures_that_are_not_divided():
    files = {name.removeprefix("train/"): content for name, content in pictures().items() if name.startswith("train")}
    digits = uploaded(set__zip=zip_of({f"all/{name}": content for name, content in files.items()}))
    sizes = [len(split) for split in (digits.train, digits.validation, digits.test)]
    assert sizes == [48, 4, 8] and digits.class_names == NAMES
    sources = np.concatenate([s.source_index for s in (digits.train, digits.validation, digits.test)])
    assert np.array_equal(np.sort(sources), np.arange(60))
    assert np.bincount(digits.test.labels).tolist() == [2, 2, 2, 2]


def test_folders_that_are_numbers_are_in_their_order():
    files = {f"{label}/{n}.png": png(X[n]) for label in (10, 9, 2) for n in range(20)}
    assert uploaded(set__zip=zip_of(files)).class_names == ("2", "9", "10")


def test_transposed_and_inverted(tmp_path, monkeypatch):
    folder_of(tmp_path, idx_files())
    monkeypatch.setenv("NNLIB_TRANSPOSED", "1")
    digits = load_mnist(tmp_path)
    assert digits.image_shape == (5, 6) and digits.test.images.flags.c_contiguous
    assert np.array_equal(digits.test.images.reshape(-1, 5, 6), X_TEST.transpose(0, 2, 1))
    assert np.array_equal(digits.inverted().test.images, 255 - digits.test.images)
    plain = load_mnist(tmp_path, transposed=False)
    assert len({each.digest for each in (plain, digits, digits.inverted(), plain.inverted())}) == 4


class TestChecksums:
    @pytest.mark.parametrize("line", ["{}  {}", "{} *{}", "{}  ./{}", "{}  {}.gz", "{}  ./{}.gz"])
    @pytest.mark.parametrize("zipped", [False, True])
    def test_however_the_name_is_written(self, tmp_path, line, zipped):
        name, files = "t10k-labels-idx1-ubyte", dict(idx_files())
        content = files[name]
        if zipped:
            files[f"{name}.gz"] = gzip.compress(files.pop(name))
        listed = files[f"{name}.gz"] if zipped and ".gz" in line else content
        folder_of(tmp_path, files)
        sums, wrong = tmp_path / "SHA256SUMS", not (".gz" in line and not zipped)  # what is not there is not verified
        sums.write_text(line.format(hashlib.sha256(listed).hexdigest(), name) + "\n")
        same(load_mnist(tmp_path))
        sums.write_text(line.format("0" * 64, name) + "\n")
        if wrong:
            with pytest.raises(DatasetError, match=f"{name}.*expected SHA-256 0000"):
                load_mnist(tmp_path)

    def test_of_arrays_and_pictures(self, tmp_path):
        for files, name in (({"set.npz": npz(**ARRAYS)}, "set.npz"), (pictures(), "train/bee/001.png")):
            sums = {"SHA256SUMS": f"{'0' * 64}  {name}\n".encode()}
            refused(name, "expected SHA-256 0000", set__zip=zip_of(files | sums))


class TestErrors:
    def test_an_empty_folder(self, tmp_path):
        with pytest.raises(DatasetError, match=r"expected four IDX files .* one .npz file, or a folder of PNG"):
            load_mnist(tmp_path)

    @pytest.mark.parametrize(
        ("change", "parts"),
        [
            ({"x_train": X.astype(object)}, ["x_train", "Python objects"]),
            ({"x_train": X.astype(str)}, ["x_train", "numbers"]),
            ({"x_train": np.stack([X] * 3, axis=-1)}, ["x_train", "grey", "(60, 6, 5, 3)"]),
            ({"x_train": X - 1000.0}, ["x_train", "brightness", "-1000"]),
            ({"x_train": np.full(X.shape, np.nan)}, ["x_train", "brightness", "nan"]),
            ({"x_train": X[1:]}, ["x_train", "60", "59"]),
            ({"x_test": X_TEST[:, :5]}, ["x_test", "6x5", "5x5"]),
            ({"y_test": Y_TEST + 0.5}, ["y_test", "0.5", "position 0"]),
            ({"y_test": Y_TEST + 9}, ["y_test", "0 to 9", "10", "position 1"]),
            ({"y_train": np.eye(4)[Y]}, ["y_train", "one dimension", "(60, 4)"]),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_arrays_that_do_not_fit(self, change, parts):
        refused("set.npz", *parts, set__npz=npz(**ARRAYS | change))

    def test_an_unknown_type_of_numbers_is_named(self, tmp_path):
        files = idx_files()
        files["train-images-idx3-ubyte"] = b"\0\0\x0a\x03" + files["train-images-idx3-ubyte"][4:]
        refused("train-images", "2051", str(0x0A03), set__zip=zip_of(files))

    def test_arrays_that_are_missing(self):
        refused("set.npz", "x_train", set__npz=npz(a=X))

    @pytest.mark.parametrize("content", [b"", b"PK\3\4", b"GIF89a", zip_of(idx_files())[:-30]])
    def test_what_is_no_zip_file(self, content):
        refused("set.zip", "zip", set__zip=content)
        refused("set.npz", "npz", set__npz=content)

    @pytest.mark.parametrize("name", ["/etc/passwd", "../x", "a/../../x", "a\\..\\x", "C:x"])
    def test_names_that_lead_out_of_the_zip_file(self, name):
        refused("within the zip file", set__zip=zip_of(idx_files() | {name: b""}))

    def test_other_compression(self):
        refused("deflated", set__zip=zip_of(idx_files(), zipfile.ZIP_BZIP2))

    def test_pictures_of_different_sizes_in_odd_places_or_damaged(self):
        files = pictures()
        refused("dog/999.png", "6x5", "5x6", set__zip=zip_of(files | {"train/dog/999.png": png(X[0].T)}))
        refused("elsewhere", set__zip=zip_of(files | {"train/dog/x/1.png": png(X[0])}))
        refused("dog/999.png", "PNG", set__zip=zip_of(files | {"train/dog/999.png": b"nonsense"}))
        refused("512", "600", set__zip=zip_of(files | {"train/dog/999.png": png(np.zeros((600, 600), np.uint8))}))

    def test_limits(self):
        few, files = Limits(bytes=10**6, pixels=10**5, pictures=50, side=5, classes=3), zip_of(idx_files())
        refused("50", "60", set__zip=files, limits=few)
        refused("at most 5 pixels", "6", set__zip=files, limits=Limits(10**6, 10**6, 100, 5, 4))
        refused("3 classes", "4", set__zip=files, limits=Limits(10**6, 10**6, 100, 6, 3))
        refused("1,000 pixels", "1,800", set__zip=files, limits=Limits(10**6, 1000, 100, 6, 4))
        refused("100 bytes", set__npz=npz(**ARRAYS), limits=Limits(100, 10**6, 100, 6, 4))
        refused("100 bytes", set__zip=files, limits=Limits(100, 10**6, 100, 6, 4))
        refused("50", "72", set__zip=zip_of(pictures()), limits=few)

    def test_a_bomb_is_refused_before_it_is_read(self):
        """Ten megabytes of zeros, packed twice: the size in the header is enough."""
        labels = gzip.compress(struct.pack(">2I", 2049, 10**7) + bytes(10**7), 1)
        refused("labels", "100", set__zip=zip_of(idx_files() | {"train-labels-idx1-ubyte": labels}))
        doubles = gzip.compress(struct.pack(">4I", 0x0E03, 60, 5000, 5000))
        refused("bytes", set__zip=zip_of(idx_files() | {"train-images-idx3-ubyte": doubles}))

    @pytest.mark.parametrize("name", ["\u200b", "\u00a0", "a\x1b[31mb", "a\tb", "a\u202eb", "x" * 201], ids=ascii)
    def test_names_that_cannot_be_shown(self, name):
        names = {"class_names.txt": f"{name}\nb\nc\nd\n".encode()}
        refused("class_names.txt", set__zip=zip_of(idx_files() | names))

    def test_names_of_all_scripts(self):
        names = ("T-shirt/top", "שלום", "👩‍🔬 x", "$x$")
        digits = uploaded(set__zip=zip_of(idx_files() | {"class_names.txt": "\n".join(names).encode()}))
        assert digits.class_names == names

    def test_what_may_not_be_read(self, tmp_path, monkeypatch):
        folder_of(tmp_path, idx_files())

        def refuse(*_):
            raise PermissionError(13, "Permission denied", "somewhere")

        monkeypatch.setattr("pathlib.Path.open", refuse)
        with pytest.raises(DatasetError, match=r"somewhere: .*Permission denied"):
            load_mnist(tmp_path)
