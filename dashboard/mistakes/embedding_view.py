"""Embedding: maps of the digits as each layer represents them, by PCA or t-SNE."""

import math
from dataclasses import dataclass
from time import perf_counter

import numpy as np
import streamlit as st

from dashboard.components import digit_images, prediction_text, scatter_map, step_link
from dashboard.components.button import button
from dashboard.components.choice import choice
from dashboard.components.pause_note import pause_note
from dashboard.core import computed, fragments, scheduler, session
from dashboard.core.lab import Lab
from dashboard.mistakes import layer_embeddings, tsne
from dashboard.mistakes.layer_embeddings import Map
from dashboard.mistakes.review_view import invitation
from dashboard.notation.phrases import with_article
from dashboard.notation.plain_text import markdowns
from dashboard.theme import Theme

ALL, PCA, TSNE = "all", "PCA", "t-SNE"
MAPS, EMBEDDING, CLICKABLE = "maps", "embedding", "digit_map"
SECONDS = 10  # about the time that t-SNE takes
DIGIT_SIZE = 112  # pixels of the screen
HOW_TO_READ = (
    "Each mark is a validation digit in the colour of its true class; large labels mark the class centres. A cross or "
    "a box: misread. Every map has its own scale, the same in both directions: only relative distances count."
)


@dataclass(frozen=True, eq=False)
class Drawn:
    """The maps of one network, and its guesses for the digits on them."""

    fingerprint: str
    position: float
    n: int
    untrained: bool
    maps: list[Map]
    guesses: np.ndarray


def show(lab: Lab, theme: Theme):
    """The maps of all layers side by side or of one layer, enlarged, and the digit selected on them."""
    st.markdown(
        "Each layer turns a digit into a list of numbers: a point in a space of as many dimensions. Digits that a "
        "layer represents similarly lie close together. **Do the classes separate on the way from the pixels to the "
        "scores?**"
    )
    layer = _choose_layer(lab)
    method = _choose_method() if layer != ALL else PCA
    live_maps = lab.moving and layer_embeddings.is_cheap(lab.shown.network)
    if not lab.moving:
        _bring_up_to_date(lab)
    if method == TSNE and layer != ALL:
        _embedding(lab, layer, theme)
    else:

        @fragments.live
        def live():
            if live_maps:
                _keep(lab, layer_embeddings.last(layer_embeddings.drawing(lab.shown, _n(lab), _before(lab))))
            if _show_maps(lab, layer, theme):
                st.rerun()

        live()
    _chosen_digit(lab, theme)


def _n(lab):
    return min(layer_embeddings.SAMPLE, len(lab.shown.digits.validation))


def _choose_layer(lab):
    names = [output.name for output in layer_embeddings.outputs(lab.shown.network)]
    help = "The pixels, the output of each layer after its activation, and the scores."
    return choice("Layer", [ALL, *names], f"map_layer_{len(names)}", help)


def _choose_method():
    return choice(
        "Projection to two dimensions",
        [PCA, TSNE],
        "map_method",
        "PCA (principal component analysis) projects onto the two directions of largest variance. t-SNE only "
        "keeps neighbours together: islands on its map are not proof of classes, and their distances mean little.",
    )


def _bring_up_to_date(lab):
    """Draw the maps of the network as it is: at once if that is quick, otherwise in turns with those who train."""
    drawn = computed.kept(MAPS)
    if drawn and drawn.fingerprint == _fingerprint(lab) and drawn.n == _n(lab):
        return
    steps = layer_embeddings.drawing(lab.shown, _n(lab), _before(lab))
    if layer_embeddings.is_cheap(lab.shown.network):
        _keep(lab, layer_embeddings.last(steps))
        return
    with st.spinner(f"Mapping {_n(lab):,} digits …"):
        maps = layer_embeddings.last(scheduler.in_turns(steps, fragments.notice_click))
    if maps:
        _keep(lab, maps)


def _fingerprint(lab):
    return f"{lab.shown.network.fingerprint} {lab.shown.digits.digest} {lab.shown.digits.image_shape}"


def _before(lab):
    """The maps shown now, for new ones to follow."""
    drawn = computed.kept(MAPS)
    return drawn.maps if drawn and drawn.n == _n(lab) else None


def _keep(lab, maps):
    n = _n(lab)
    guesses = lab.evaluation("validation", first=n).predicted.astype(np.uint8)
    computed.keep(MAPS, Drawn(_fingerprint(lab), lab.shown.position, n, lab.shown.steps == 0, maps, guesses))


def _show_maps(lab, layer, theme):
    """Returns whether a digit was clicked."""
    drawn = computed.kept(MAPS)
    names = [output.name for output in layer_embeddings.outputs(lab.shown.network)]
    if not drawn or drawn.n != _n(lab) or [each.output.name for each in drawn.maps] != names:
        st.info("Press **Pause** to draw the maps: for this network they take too long while it trains.")
        return False
    if drawn.fingerprint == _fingerprint(lab):
        st.caption(f"{drawn.n:,} validation digits at epoch {drawn.position:.2f}.")
    else:
        pause_note(lab, drawn.position)
    chosen = [each for each in drawn.maps if layer in (ALL, each.output.name)]
    panels = [
        scatter_map.Panel(
            f"{each.output.name}: {each.output.made_by}",
            f"{each.output.numbers} · {layer_embeddings.about_map(each)}",
            each.points,
        )
        for each in chosen
    ]
    clicked = _draw(lab, panels, drawn.guesses, theme, live=lab.moving)
    st.caption(HOW_TO_READ)
    st.markdown(layer_embeddings.about_separation(drawn.maps, drawn.untrained, invitation(lab)))
    return clicked


def _draw(lab, panels, guesses, theme, *, live):
    return scatter_map.show(
        panels,
        lab.shown.digits,
        guesses,
        theme,
        with_pictures=not live,
        key=CLICKABLE,
        chosen=session.chosen(_digit_key(lab)),
        on_choose=lambda: session.adopt(_digit_key(lab), CLICKABLE, "chosen", range(_n(lab))),
    )


def _digit_key(lab):
    return f"map_digit_{lab.shown.digits.n_classes}_{_n(lab)}"


# t-SNE


@dataclass(frozen=True, eq=False)
class Embedding:
    """t-SNE of one layer of one network: the Future of its points, begun at `start`, and the guesses for the digits."""

    fingerprint: str
    layer: str
    position: float
    guesses: np.ndarray
    future: object
    start: float


def _embedding(lab, layer, theme):
    found = computed.kept(EMBEDDING)
    if found and not _suits(lab, found, layer):
        found = None
    now = found and found.fingerprint == _fingerprint(lab)
    drawn = computed.kept(MAPS)
    possible = drawn and all(each.same_class is not None for each in drawn.maps if each.output.name == layer)
    with st.container(horizontal=True, vertical_alignment="center"):
        help = "Pause first." if lab.moving else "Runs in the background."
        off = lab.moving or bool(now) or not possible
        button("Compute t-SNE", "compute_tsne", "bubble_chart", help, computed.want, EMBEDDING, disabled=off)
        st.caption(f"{_n(lab):,} validation digits, about {SECONDS} s, longer if others are waiting.")
    if not possible and not lab.moving:
        st.info(f"The outputs of {layer} are not finite.")
        return
    if computed.wanted(EMBEDDING) and not now:
        found = _begin(lab, layer)
    if not found:
        press = "Pause, then press" if lab.moving else "Press"
        st.info(f"{press} **Compute t-SNE** to see which digits are neighbours in {layer}.")
        return
    if found.future.done():
        _show_embedding(lab, found, theme)
    else:
        _wait(found)


def _suits(lab, found, layer):
    return (
        found.layer == layer and len(found.guesses) == _n(lab) and _data(found.fingerprint) == _data(_fingerprint(lab))
    )


def _data(fingerprint):
    return fingerprint.partition(" ")[2]


def _begin(lab, layer):
    before = computed.kept(EMBEDDING)
    if before:
        before.future.cancel()  # if it has not begun
    drawn = computed.kept(MAPS)
    output = next(each for each in layer_embeddings.outputs(lab.shown.network) if each.name == layer)
    images = lab.shown.digits.validation.images[: _n(lab)]
    steps = layer_embeddings.numbers(lab.shown, images, output, tsne.DIMENSIONS)  # small: many may be waiting
    A = layer_embeddings.last(scheduler.in_turns(steps, fragments.notice_click))
    if A is None:  # a click has ended it
        return None
    future = scheduler.aside(lambda: tsne.elsewhere(A))
    found = Embedding(_fingerprint(lab), layer, lab.shown.position, drawn.guesses, future, perf_counter())
    computed.keep(EMBEDDING, found)
    return found


def _wait(found):
    @st.fragment(run_every=0.5)
    def waiting():
        if found.future.done():
            st.rerun()
        seconds = perf_counter() - found.start
        doing = "Computing t-SNE" if found.future.running() else "Waiting for another t-SNE"
        st.progress(1 - math.exp(-seconds / SECONDS), f"{doing} … {seconds:.0f} s")

    waiting()


def _show_embedding(lab, found, theme):
    try:
        points = found.future.result()
    except tsne.Failed as error:
        st.error(f"{error}. Press **Compute t-SNE** to try again.")
        computed.keep(EMBEDDING, None)
        return
    if found.fingerprint != _fingerprint(lab):
        st.caption(f"Below: the network at epoch {found.position:.2f}. Compute t-SNE again to update.")
    panels = [
        scatter_map.Panel(
            f"{found.layer}: t-SNE", "Neighbours stay together; distances between islands mean little.", points
        )
    ]
    if _draw(lab, panels, found.guesses, theme, live=False):
        st.rerun()
    st.caption(HOW_TO_READ)


# The selected digit


def _chosen_digit(lab, theme):
    place = session.chosen(_digit_key(lab))
    if place is None:
        st.caption("Point at a mark to see its digit; click to select it.")
        return
    digits, loss = lab.shown.digits, lab.shown.loss
    evaluation = lab.evaluation("validation", first=_n(lab))
    with np.errstate(over="ignore", invalid="ignore"):
        values = loss.class_probabilities(evaluation.scores)[:, place]
    truth, guess = int(evaluation.labels[place]), int(evaluation.predicted[place])
    st.subheader(f"Validation digit no. {place + 1:,}")
    left, right = st.columns([1, 5], vertical_alignment="center")
    image, names = digits.validation.images[place : place + 1], digits.class_names
    left.html(
        digit_images.digit_figures(image, digits.image_shape, [with_article(names[truth])], theme, size=DIGIT_SIZE)
    )
    loss_of_it = float(evaluation.losses[place])
    right.markdown(
        prediction_text.about_guess(values, truth, guess, loss_of_it, markdowns(names), loss.gives_probabilities)
    )
    step_link.to_digit("validation", place + 1)
