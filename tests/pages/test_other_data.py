"""Other data than MNIST on every page: names as they are written, what is uploaded, and data that cannot be read."""

import io
import re
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

from dashboard.core import visits
from dashboard.data import upload
from dashboard.data.upload import Upload
from nnlib.datasets import DatasetError, Digits
from tests.pages.conftest import click, open_app
from tests.pages.content import as_seen, lab

PAGES = [f"pages/{page}.py" for page in ("data", "draw", "shapes", "step", "weights", "checks", "mistakes", "results")]
NAMES = (
    "a*b",
    "$x$ and $y$",
    "![x](http://example.invalid/x.png)",
    "<b>q</b>",
    ":red[x] :smile: :material/bolt:",
    "[l](http://example.invalid) www.example.invalid",
    "\u3164",
    "z" * 200,
    "שלום",
    "👩‍🔬 `c` | %{x} ~~d~~ &amp;",
)
FORBIDDEN = re.compile(r"(?<!\\)(\*b|\$x|\[x|\[l|<b>q|:red|:smile|:material/bolt|`c`|~~d|&amp;)|http:/|www\.")


@pytest.fixture
def few(digits):
    fewer = {"validation": digits.validation.take(100), "test": digits.test.take(100)}
    return replace(digits.take(300), **fewer, digest="few")  # by which the measures of a data set are kept


def data(monkeypatch, digits):
    for module in ("core.session", "data.upload_view", "data.dataset_view"):
        monkeypatch.setattr(f"dashboard.{module}.all_digits", lambda: digits)


def markdown_of(at):
    """All texts and labels of a page in which Streamlit looks for Markdown."""
    kinds = ("markdown", "caption", "info", "success", "warning", "error", "title", "subheader", "toast", "button")
    for kind in kinds:
        for element in getattr(at, kind):
            yield element.value if hasattr(element, "value") and kind != "button" else element.label
            yield getattr(element, "help", "") or ""
    for kind in ("button_group", "segmented_control"):
        for element in at.get(kind):
            yield from (option.content for option in element.proto.options)


def test_names_arrive_as_written_on_every_page(few, monkeypatch):
    data(monkeypatch, replace(few, class_names=NAMES, name="*a* $x$ [l](http://x)", digest="other"))
    at = click(open_app(examples="200", hidden="8"), "step_batch")
    shown, formatted = set(), []
    for page in ("", *PAGES):
        at = at.switch_page(page).run() if page else at
        views = at.segmented_control(key="mistakes_view").options if "mistakes" in page else []
        phases = ("3 loss", "5 update") if "step" in page else ()
        texts = [*markdown_of(at)]
        for key, value in [("mistakes_view", view) for view in views] + [("step_phase", phase) for phase in phases]:
            texts += markdown_of(at.segmented_control(key=key).set_value(value).run())
        assert not at.exception
        for text in texts:
            ours = re.sub(r":(red|orange|gray|green)\[|:material/(?!bolt)\w+:", "", text)
            formatted += [(page, text)] if FORBIDDEN.search(ours.replace(r"\\", "")) else []
            plain = as_seen(text)
            shown |= {name for name in NAMES if name in plain}
    assert not formatted
    assert len(shown) >= len(NAMES) - 2  # those that are named in a sentence


class TestUpload:
    @pytest.fixture
    def clothes(self, few, monkeypatch):
        data(monkeypatch, few)
        return replace(few, class_names=tuple(f"kind {k}" for k in range(10)), name="clothes", digest="clothes")

    def offered(self, clothes, **settings):
        at = open_app("pages/data.py", examples="200", hidden="8", **settings)
        at.session_state["Upload"] = Upload(clothes)
        return at.run()

    def test_to_other_data_and_back(self, clothes, few):
        at = self.offered(clothes)
        assert "10 classes" in " ".join(each.value for each in at.markdown)
        mnist = lab(at).digits
        click(at, "data_use")
        assert lab(at).digits is clothes and lab(at).trainer.digits.class_names[0] == "kind 0" and not at.exception
        assert at.session_state["Upload"].digits is None
        click(at, "data_back")
        assert lab(at).digits is mnist is few

    def test_the_training_before_is_kept_and_comes_back_with_its_data(self, clothes, few):
        at = click(self.offered(clothes), "step_batch")
        before = lab(at).trainer
        assert any("kept" in each.value for each in at.caption)
        click(at, "data_use")
        assert lab(at).trainer is not before
        name, run = next(iter(lab(at).earlier_runs.items()))
        assert "MNIST" in name
        click(at, f"bring_back_{run.number}")
        assert lab(at).trainer is before and lab(at).digits is few

    def test_transposed(self, clothes):
        at = self.offered(clothes)
        at.toggle(key="upload_transposed").set_value(True).run()
        click(at, "data_use")
        expected = clothes.test.images.reshape(-1, 28, 28).transpose(0, 2, 1)
        assert np.array_equal(lab(at).digits.test.images.reshape(-1, 28, 28), expected)

    def test_a_recipe_that_does_not_fit_gives_way_to_one_that_does(self, clothes):
        at = self.offered(clothes.centre_crop(8), recipe="cnn-32-64-128")
        click(at, "data_use")
        assert lab(at).digits.image_shape == (8, 8) and not lab(at).recipe.convolutions and not at.exception

    def test_what_is_wrong_is_said_and_nothing_changes(self, few, monkeypatch):
        data(monkeypatch, few)
        kept = Upload()
        kept.read(io.BytesIO(b"nonsense"), "a*b.zip", lambda share: None)
        assert "a*b.zip" in kept.problem and kept.digits is None
        at = open_app("pages/data.py")
        at.session_state["Upload"] = kept
        assert r"a\*b" in at.run().warning[0].value and lab(at).digits is few

    def test_all_visitors_together(self, few, monkeypatch):
        monkeypatch.setattr(upload, "ALL_MB", 65)
        big = Digits(*[replace(few.test, images=np.zeros((100, 20_000), np.uint8))] * 3, (100, 200), ("a", "b"), "big")
        upload.keep(big)
        with pytest.raises(DatasetError, match="65 MB"):
            upload.read(io.BytesIO(b""), "x.zip", lambda share: None)
        del big
        upload.expect_room()

    def test_results_are_those_of_mnist(self, clothes):
        at = self.offered(clothes)
        click(at, "data_use").switch_page("pages/results.py").run()
        assert "clothes" in at.info[0].value
        click(at, "load_trained")
        toast = at.toast[-1].value
        assert "MNIST" in toast and "clothes" in toast and lab(at).digits is clothes


def test_data_that_cannot_be_read_is_one_page_until_it_can(few, monkeypatch):
    def refuse():
        raise DatasetError("/x/train*.gz: expected 240 images, got 3")

    monkeypatch.setattr("dashboard.core.session.all_digits", refuse)
    at = open_app()
    assert not at.exception and len(at.error) == 1 and "240" in at.error[0].value and r"train\*" in at.error[0].value
    data(monkeypatch, few)
    assert not click(at, "try_again").error and lab(at).digits is few


@pytest.mark.parametrize("n", [2, 26, 47, 62])
def test_as_many_classes_as_there_may_be(few, monkeypatch, n):
    def labelled(split):
        return replace(split, labels=(np.arange(len(split)) % n).astype(np.uint8))

    splits = {name: labelled(getattr(few, name)) for name in ("train", "validation", "test")}
    data(monkeypatch, replace(few, **splits, class_names=tuple(f"T-shirt/top {k}" for k in range(n)), digest=str(n)))
    at = click(open_app(examples="200", hidden="8"), "step_batch")
    for page in PAGES if n in (2, 47) else ("pages/mistakes.py",):
        assert not at.switch_page(page).run().exception


def test_a_file_may_be_as_large_as_the_server_takes():
    uploader = open_app("pages/data.py").get("file_uploader")[0].proto
    assert uploader.max_upload_size_mb == st.get_option("server.maxUploadSize")
    assert uploader.max_upload_size_mb * visits.MB <= visits.UPLOADS
