"""The view Embedding of the page Mistakes."""

from concurrent.futures import Future

import numpy as np
import pytest

from dashboard.components import scatter_map
from dashboard.core import scheduler
from dashboard.mistakes.tsne import Failed
from tests.pages.content import FEW, choose, lab, texts, tick

PAGE = "pages/mistakes.py"


@pytest.fixture
def maps(monkeypatch):
    """The maps that were last shown, as they are handed to the browser; `maps.click = place` clicks a digit."""

    class Maps:
        titles, click = [], None

        def show(self, panels, digits, guesses, theme, *, with_pictures, key, chosen=None, on_choose):
            self.panels, self.guesses, self.pictures, self.chosen = panels, guesses, with_pictures, chosen
            self.titles = [panel.title for panel in panels]
            if self.click is None:
                return False
            self.clicked, self.click = self.click, None
            return True

    shown = Maps()
    monkeypatch.setattr(scatter_map, "show", shown.show)
    return shown


@pytest.fixture
def aside(monkeypatch):
    """What was begun beside everything else; the test says when it is done."""
    futures = []

    def begin(work):
        futures.append(Future())
        futures[-1].work = work
        return futures[-1]

    monkeypatch.setattr(scheduler, "aside", begin)
    return futures


def view(open_app, **settings):
    return choose(open_app(PAGE, **settings), "mistakes_view", "Embedding")


def map_of(at, layer, method=None):
    choose(at, "map_layer", layer)
    return choose(at, "map_method", method) if method else at


@pytest.mark.parametrize(
    ("settings", "places"),
    [
        (FEW, ["pixels", "layer 1", "scores"]),
        ({"recipe": "binary-400-25-15-1"}, ["pixels", "layer 1", "layer 2", "scores"]),
        ({"hidden": "none", "loss": "mean-squared-error", "examples": "640"}, ["pixels", "scores"]),
        ({"recipe": "cnn-32-64-128", "examples": "200"}, ["pixels", "layer 1", "layer 2", "layer 3", "scores"]),
    ],
    ids=str,
)
def test_all_layers_stand_side_by_side(open_app, maps, settings, places):
    at = view(open_app, **settings)
    assert not at.exception and [title.partition(":")[0] for title in maps.titles] == places
    n = min(1000, len(lab(at).trainer.digits.validation))
    assert f"{n:,} validation digits at epoch 0.00" in texts(at) and "**Run**" in texts(at)
    expected = lab(at).trainer.evaluate(lab(at).trainer.digits.validation.take(n)).predicted
    np.testing.assert_array_equal(maps.guesses, expected)
    assert maps.pictures and all(panel.points.shape == (2, n) for panel in maps.panels)


def test_one_layer_is_shown_alone(open_app, maps):
    map_of(view(open_app, **FEW), "layer 1")
    assert maps.titles == ["layer 1: Dense, ReLU"] and "% of the variance" in maps.panels[0].line


def test_a_network_that_has_not_changed_is_not_drawn_again_but_another_is(open_app, maps):
    at = view(open_app, **FEW)
    before = maps.panels[1].points
    at.switch_page("pages/train.py").run()
    at.switch_page(PAGE).run()
    assert maps.panels[1].points is before
    choose(at, "setting_hidden_0", 5)
    assert not at.exception and maps.panels[1].points.shape == (2, 1000) and (maps.panels[1].points != before).any()
    choose(at, "setting_name", "binary-400-25-15-1")
    assert not at.exception and maps.panels[0].points.shape == (2, 200) and len(maps.titles) == 4


def test_while_it_trains_the_maps_follow(open_app, maps, click):
    at = click(view(open_app, **FEW), "run")
    before = maps.panels
    at.run()
    assert lab(at).running and not maps.pictures and not at.exception
    np.testing.assert_array_equal(before[0].points, maps.panels[0].points)  # pixels do not change
    old, new = before[1].points, maps.panels[1].points
    best = np.linalg.svd(old @ new.T, compute_uv=False).sum()  # no turn and no mirror brings the new one nearer
    assert (old != new).any() and (old * new).sum() == pytest.approx(best, rel=1e-3)
    click(at, "pause")
    assert maps.pictures and f"epoch {lab(at).shown.position:.2f}" in texts(at)


def test_maps_that_take_long_wait_for_the_pause(open_app, maps, click):
    at = open_app(recipe="cnn-32-64-128", examples="200")
    click(at, "run").switch_page(PAGE).run()
    choose(at, "mistakes_view", "Embedding")
    assert "**Pause**" in texts(at) and maps.titles == []
    click(at, "pause")
    assert len(maps.titles) == 5
    maps.titles = []
    tick(click(at, "run")).run()
    assert len(maps.titles) == 5 and "Pause" in texts(at)


def test_the_chosen_digit_is_told_and_leads_to_one_step(open_app, maps):
    at = view(open_app, **FEW)
    assert not at.subheader
    at.session_state["map_digit_10_1000"] = 41
    at.run()
    assert maps.chosen == 41 and "42" in at.subheader[0].value and not at.exception
    [link] = [each for each in at.get("page_link") if "step" in each.proto.page]
    assert "digit=" in link.proto.query_string and "42" in link.proto.query_string


def test_weights_without_bound(open_app, maps):
    at = view(open_app, scale="1e300", **FEW)
    assert not at.exception and "finite" in texts(at) and "finite" in maps.panels[1].line
    map_of(at, "layer 1", "t-SNE")
    assert at.button(key="compute_tsne").disabled and "finite" in at.info[0].value


def test_tsne_says_its_cost_waits_and_is_kept(open_app, maps, aside, click):
    at = map_of(view(open_app, **FEW), "layer 1", "t-SNE")
    assert len(at.info) == 1 and "10 s" in texts(at)
    maps.titles = []
    click(at, "compute_tsne")
    assert len(aside) == 1 and maps.titles == [] and not at.exception
    at.run()
    assert len(aside) == 1 and at.button(key="compute_tsne").disabled  # it waits for the one begun
    points = np.random.default_rng(0).normal(size=(2, 1000)).astype(np.float32)
    aside[0].set_result(points)
    at.run()
    assert maps.titles == ["layer 1: t-SNE"] and maps.panels[0].points is points
    at.switch_page("pages/train.py").run()
    at.switch_page(PAGE).run()
    assert maps.panels[0].points is points and len(aside) == 1
    click(at, "step_batch")
    assert "epoch 0.00" in texts(at) and maps.panels[0].points is points
    maps.titles = []
    map_of(at, "scores")
    assert maps.titles == [] and "scores" in at.info[0].value


def test_tsne_that_fails_says_so_and_can_be_tried_again(open_app, maps, aside, click):
    at = click(map_of(view(open_app, **FEW), "layer 1", "t-SNE"), "compute_tsne")
    aside[0].set_exception(Failed("t-SNE took longer than 300 s"))
    at.run()
    assert "longer than 300 s" in at.error[0].value and not at.exception
    at.run()
    assert not at.button(key="compute_tsne").disabled


def test_another_tsne_lets_go_of_one_that_still_waits(open_app, maps, aside, click):
    at = click(map_of(view(open_app, **FEW), "layer 1", "t-SNE"), "compute_tsne")
    click(map_of(at, "scores"), "compute_tsne")
    assert len(aside) == 2 and aside[0].cancelled() and not aside[1].cancelled()


def test_the_past_has_maps_of_its_own_even_while_it_trains(open_app, maps, click):
    at = view(open_app, **FEW)
    before = maps.panels[1].points
    for _ in range(3):
        lab(at).trainer.epoch()
    at.run()
    assert "epoch 3.00" in texts(at) and np.abs(maps.panels[1].points - before).max() > 0.01
    click(at, "run").run()
    lab(at).look_at(lab(at).timeline.snapshots[0])
    at.run()
    assert lab(at).running
    assert "epoch 0.00" in texts(at) and maps.pictures and not at.exception
    distances = [np.linalg.norm(p[:, :50, None] - p[:, None, :50], axis=0) for p in (before, maps.panels[1].points)]
    np.testing.assert_allclose(*distances, atol=1e-3)  # turned, perhaps, to follow those of epoch 3
