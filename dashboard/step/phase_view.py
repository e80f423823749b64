"""The views of the One step page: the matrices of a phase, the open formula with its numbers, a cell explained, the
code."""

from functools import partial

import numpy as np
import streamlit as st

from dashboard.components import clickable, digit_images, plotly_chart
from dashboard.components.button import button
from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.notation import formulas
from dashboard.notation.formulas import html, plain
from dashboard.notation.misprints import misprints
from dashboard.notation.numbers import digits_that_differ, number
from dashboard.notation.optimizers import describe
from dashboard.notation.phrases import counted, with_article
from dashboard.notation.plain_text import markdown
from dashboard.step import (
    equation_drawing,
    gradient_check,
    loss_slice_chart,
    matrix_cells,
    navigation_view,
    numpy_code,
    optimizer_rules,
    output_steps,
    source_lines,
    vectorization,
)
from dashboard.step.cell_explanation import explain, explanation_html
from dashboard.step.saturation import notice
from dashboard.step.training_step import BACKWARD, BATCH, FORWARD, LOSS, PHASES, UPDATE, Step
from dashboard.step.walkthrough import Walk
from dashboard.theme import Theme, signed_limit
from nnlib.describe.expressions import Plus, Product, Symbol

DIGITS = 64  # of a batch are shown
DIGIT_SIZE = 44  # CSS pixels
LOSS_DIGITS = 4  # significant digits of a loss: a step changes it little
TEMPERATURES = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]


def phase(walk: Walk, lab: Lab, step: Step, theme: Theme):
    """Everything of the current phase."""
    matrix = walk.open(step, walk.phase)
    with st.container():
        if walk.phase == BATCH:
            batch(walk, lab, step, theme)
    thumbnails(walk, step, walk.phase, theme)
    with st.container(key="step_open"):
        if walk.phase == UPDATE:
            update(walk, lab, step, matrix, theme)
        else:
            formula(walk, lab, step, matrix, theme)
    if walk.phase == LOSS:
        outputs(walk, lab, step, theme)
    if walk.phase in (BACKWARD, UPDATE):
        check_gradient(walk, step, matrix, theme)
    if walk.phase == FORWARD:
        three_ways(walk, step, matrix)


def whole(walk: Walk, lab: Lab, step: Step, theme: Theme):
    """The matrices of all five phases, and the button that updates the network."""
    for each in PHASES:
        st.markdown(f"**{navigation_view.NAMES[each].capitalize()}**")
        thumbnails(walk, step, each, theme)
        if each == LOSS:
            st.caption(f"Loss of this batch: {number(step.dry_run.value, LOSS_DIGITS)}")
    effect(walk, lab, step)
    navigation_view.confirm(walk, lab, step)


# The batch


def batch(walk: Walk, lab: Lab, step: Step, theme: Theme):
    """The digits of the batch; a click selects one."""
    dry_run, digits = step.dry_run, lab.shown.digits
    shown = min(dry_run.m, DIGITS)
    names = [digits.class_names[label] for label in dry_run.labels[:shown]]
    pictures = digit_images.digit_figures(
        dry_run.images[:shown], digits.image_shape, names, theme, size=DIGIT_SIZE if shown > 1 else 112
    )
    clickable.show(pictures, list(range(shown)), walk.choose_example, "step_digits", walk.example)
    more = f" Only the first {shown} of {dry_run.m:,} are shown." if shown < dry_run.m else ""
    if dry_run.m > 1:
        st.caption(
            f"Each digit is one {'row' if step.rows else 'column'} of X. Selected: no. {walk.example + 1}, a "
            f"{markdown(digits.class_names[dry_run.labels[walk.example]])}; click another to follow that one.{more}"
        )


# All matrices of a phase


def thumbnails(walk: Walk, step: Step, of: str, theme: Theme):
    """Every matrix of a phase as a thumbnail; a click opens one."""
    matrices = step.of_phase(of)
    pictures = []
    for each in matrices:
        values = step.vector("change", each.symbol) if of == UPDATE else each.value
        limit = signed_limit(values, 100) if of == UPDATE else step.limit(each.symbol)
        image = _picture(step, each.symbol, of, values, theme, limit)
        name = f"Δ{html(each.symbol)}" if of == UPDATE else html(each.symbol)
        pictures.append((image, name, f"{each.shape[0]:,} × {each.shape[1]:,}"))
    symbols = [each.symbol for each in matrices]
    opened = walk.open(step, of).symbol if not walk.whole else None
    choose = partial(walk.choose_matrix, of)
    clickable.show(matrix_cells.thumbnails(pictures, theme), symbols, choose, f"step_film_{of}", opened)


def _picture(step, symbol, of, values, theme, limit):
    known = step.pictures.setdefault((symbol, of, theme.name), "")
    if not known:
        alt = f"Heat map of {plain(symbol)}, {values.shape[0]} by {values.shape[1]}"
        known = step.pictures[symbol, of, theme.name] = matrix_cells.picture(values, theme, limit, alt)
    return known


# One formula


def formula(walk: Walk, lab: Lab, step: Step, matrix, theme: Theme):
    """The open matrix: its formula with the numbers of every matrix in it, the chosen cell explained, the code."""
    chosen = walk.cell(step, matrix)
    explanation = explain(matrix, *chosen, step)
    st.subheader(f"{plain(matrix.symbol)}: {matrix.meaning}")
    st.latex(formulas.equation(matrix, step.dimensions))
    inner = walk.inner.get(matrix.symbol)
    if inner is None:
        inner = equation_drawing.busiest_inner(explanation, equation_drawing.inner_size(step, matrix))
    shown = equation_drawing.window(step, matrix, walk.start(step, matrix), inner)
    drawn, places = equation_drawing.drawing(step, matrix, explanation, chosen, shown, theme)
    _matrices(walk, step, matrix, chosen, shown, drawn, places)
    said = notice(matrix, step)
    if said:
        st.markdown(f":material/lightbulb: {said}")
    _published(lab, step, matrix)
    left, right = st.columns(2, gap="large")
    with left:
        st.caption(f"Where this number comes from. {position_text(lab, step, matrix, *chosen)}")
        st.html(explanation_html(explanation, theme))
    with right:
        _code(numpy_code.numpy_code(matrix, step), source_lines.snippet(matrix, step), step.rows, theme)


def position_text(lab: Lab, step: Step, matrix, row: int, column: int) -> str:
    """The pixel, class and example that the row and the column of a cell stand for."""
    digits = lab.shown.digits
    unit, example = (column, row) if step.rows else (row, column)
    across, along = ("column", "row") if step.rows else ("row", "column")
    said = []
    if matrix.symbol == "X":
        y, x = divmod(unit, digits.image_shape[1])
        said.append(f"{across} {unit + 1:,} is the pixel in row {y + 1}, column {x + 1} of the image")
    elif step.dimensions["Y"][1 if step.rows else 0] == matrix.dimensions[1 if step.rows else 0] != "1":
        said.append(f"{across} {unit + 1} is class {markdown(digits.class_names[unit])}")
    which = step.example_of(matrix, row, column)
    if which is not None:
        name = markdown(digits.class_names[step.dry_run.labels[which]])
        said.append(f"{along} {example + 1:,} belongs to digit no. {which + 1} of the batch, {with_article(name)}")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _matrices(walk, step, matrix, chosen, shown, drawn, places):
    """The matrices drawn, the cell to explain, and sliders that move the window over a matrix too large to be shown
    whole."""
    clickable.show(drawn, places, partial(_choose_cell, walk, step, matrix), "step_cells", list(chosen))
    height, width = matrix.value.shape
    key = f"{matrix.symbol}_{height}x{width}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        for name, place, size in (("row", chosen[0], height), ("column", chosen[1], width)):
            session.choose(f"step_{name}_{key}", place + 1)
            st.number_input(
                f"{name.capitalize()} of {size:,}",
                1,
                size,
                key=f"step_{name}_{key}",
                width=130,
                on_change=_choose_place,
                args=(walk, step, matrix, key),
                help=f"The {name} of the cell to explain; or click a cell of {plain(matrix.symbol)}.",
            )
        inner = equation_drawing.inner_size(step, matrix)
        windows = (("row", height, shown.rows), ("column", width, shown.columns), ("term", inner, shown.inner))
        for line, size, lines in windows:
            if len(lines) < size:
                own = f"step_{line}s from_{key}"
                session.choose(own, lines.start + 1)
                st.slider(
                    f"From {line} (of {size:,})",
                    1,
                    size - len(lines) + 1,
                    key=own,
                    width=170,
                    on_change=_move,
                    args=(walk, step, matrix, own, line, shown),
                    help=f"The first {line} shown; there are too many to show all.",
                )


def _choose_cell(walk, step, matrix, place):
    start = walk.start(step, matrix)  # the window stays, so that nothing moves under the pointer
    walk.choose_cell(step, matrix, *place)
    walk.move_window(step, matrix, *start)


def _published(lab, step, matrix):
    """Misprints about this matrix in the published text behind the recipe, if the page uses its convention."""
    if step.rows != lab.recipe.rows:
        return
    for each in misprints(lab.recipe.name):
        if matrix.symbol in each.symbols:
            st.caption(
                f":material/error: The published text prints `{each.published}` (section “{each.section}”); correct is "
                f"`{each.right}`. {each.why}"
            )


def _choose_place(walk, step, matrix, key):
    row, column = (session.chosen(f"step_{name}_{key}") - 1 for name in ("row", "column"))
    walk.choose_cell(step, matrix, row, column)
    walk.follow_cell(step, matrix)


def _move(walk, step, matrix, own, line, shown):
    start = session.chosen(own) - 1
    if line == "term":
        walk.inner[matrix.symbol] = start
    elif line == "row":
        walk.move_window(step, matrix, start, shown.columns.start)
    else:
        walk.move_window(step, matrix, shown.rows.start, start)


def _code(lines, snippet, rows, theme):
    """The textbook's lines in NumPy, and the source that ran: the method concerned, or its whole file."""
    if lines:
        st.caption("In NumPy, as in a textbook.")
        st.code(lines, language="python", wrap_lines="\n    " not in lines)  # indented lines would not be read
    if session.opened_lab().bug:
        st.caption(":material/bug_report: The code that ran is not shown: a bug is hidden in the network.")
        return
    with st.expander("The code that ran, written for speed", expanded=not lines, icon=":material/speed:"):
        transposed = " It keeps each example in a column: its matrices are the transposes of these." if rows else ""
        st.caption(f"`{snippet.title}` in {snippet.file}. The lines concerned are highlighted.{transposed}")
        st.html(source_lines.code_html(snippet, theme))
        help = f"All of {snippet.file}, as it runs here."
        if st.toggle("Show the whole file", key="step_whole_file", help=help):
            st.code(source_lines.whole_file(snippet), language="python", line_numbers=True, height=420)


# The loss


def outputs(walk: Walk, lab: Lab, step: Step, theme: Theme):
    """The outputs, loss and gradient of one digit, step by step from its scores."""
    dry_run, digits = step.dry_run, lab.shown.digits
    st.subheader(
        "Outputs and loss of one digit", help="What the output function and the loss compute from one example's scores."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if dry_run.m > 1:
            session.choose("step_example", walk.example + 1)
            st.number_input(
                f"Digit of the batch (of {dry_run.m:,})",
                1,
                dry_run.m,
                key="step_example",
                width=180,
                on_change=lambda: walk.choose_example(session.chosen("step_example") - 1),
                help="The example of the batch to show.",
            )
        if dry_run.loss.gives_probabilities:
            walk.temperature = st.select_slider(
                "Temperature T",
                TEMPERATURES,
                value=1.0,
                key="step_temperature",
                persist_state="session",
                width=260,
                format_func=lambda t: f"{t:g}",
                help="Divides the scores before the output function: below 1 the outputs get sharper, above 1 more "
                "alike. Only this display changes; the network always uses T = 1.",
            )
    image = dry_run.images[walk.example : walk.example + 1]
    label = digits.class_names[dry_run.labels[walk.example]]
    *_, scores = (each.value[:, walk.example] for each in dry_run.matrices if each.phase == FORWARD)
    targets = dry_run.loss.Y[:, walk.example]
    steps = output_steps.take_apart(dry_run.loss, scores, targets, digits.class_names, walk.temperature)
    left, right = st.columns([5, 3], gap="large")
    with left, st.container(horizontal=True):
        st.html(digit_images.digit_figures(image, digits.image_shape, [f"truth: {label}"], theme, size=96), width=110)
        st.html(output_steps.steps_html(steps, theme), width="stretch")
    with right:
        st.html(output_steps.sentences_html(steps, theme))
    if walk.temperature != 1 and dry_run.loss.gives_probabilities:
        st.caption(f"Shown at T = {walk.temperature:g}. The outputs and the loss of the network are those at T = 1.")
    st.markdown(
        f"**Loss of the batch: {number(dry_run.value, LOSS_DIGITS)}**, the mean over its "
        f"{dry_run.m:,} {'digit' if dry_run.m == 1 else 'digits'}. The factor 1/m of the mean is part of "
        f"{plain(next(each.symbol for each in step.matrices if each.phase == BACKWARD))}, the first matrix of the "
        "backward pass; many texts put it into each dW and db instead, with the same result."
    )


# The update


def update(walk: Walk, lab: Lab, step: Step, matrix, theme: Theme):
    """A parameter matrix before, its change, and after; the optimizer's rule with the numbers of the chosen weight."""
    dry_run, optimizer = step.dry_run, step.dry_run.optimizer
    chosen = walk.cell(step, matrix)
    st.subheader(f"{plain(matrix.symbol)}: before | change | after")
    shown = equation_drawing.update_window(step, matrix, walk.start(step, matrix), chosen)
    drawn, places = equation_drawing.before_change_after(step, matrix, chosen, shown, theme)
    _matrices(walk, step, matrix, chosen, shown, drawn, places)
    change = step.vector("change", matrix.symbol)
    if dry_run.finite:
        still = int((change == 0).sum())
        st.markdown(
            f"Largest change ±{number(np.abs(change).max())}, largest value ±{number(np.abs(matrix.value).max())}; "
            f"{still:,} of {change.size:,} stay unchanged."
        )
    effect(walk, lab, step)
    navigation_view.confirm(walk, lab, step)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{describe(type(optimizer)).name}**, learning rate α = {number(dry_run.learning_rate, 4)}")
        if dry_run.finite:
            for line in optimizer_rules.lines(dry_run, _place(step, matrix.symbol, chosen)):
                st.latex(rf"\begin{{gathered}} {line.formula} \\ {line.numbers} \end{{gathered}}")
        st.caption(describe(type(optimizer)).remark)
    with right:
        _code(numpy_code.update_code(optimizer, matrix.symbol), source_lines.rule(optimizer), False, theme)


def _place(step, symbol, chosen):
    row, column = chosen[::-1] if step.rows else chosen
    start, shape = step.dry_run.place(symbol)
    return start + row * shape[1] + column


def effect(walk: Walk, lab: Lab, step: Step):
    """The loss of the step's own digits before and after the update."""
    dry_run = step.dry_run
    if not dry_run.finite:
        return
    before, after = (dry_run.losses(each) for each in (dry_run.before, dry_run.after))
    examples = "this digit" if dry_run.m == 1 else f"these {dry_run.m:,} digits"
    without = " without dropout" if dry_run.network.draws_masks else ""
    better = "" if dry_run.m == 1 else f" It falls for {int((after < before).sum()):,} of them."
    now, then = float(before.mean()), float(after.mean())
    digits = digits_that_differ(now, then, LOSS_DIGITS)
    st.markdown(
        f"Loss of {examples}{without}: **{number(now, digits)}** before the update, **{number(then, digits)}** "
        f"after.{better}"
    )


# Is the gradient right?


def check_gradient(walk: Walk, step: Step, matrix, theme: Theme):
    """The gradient check of the chosen weight."""
    symbol = matrix.gradient_of or matrix.symbol
    if symbol not in {each.symbol for each in step.of_phase(UPDATE)}:
        st.caption("Open a dW or db for a gradient check of one of its entries.")
        return
    chosen = walk.cell(step, matrix)
    place = _place(step, symbol, chosen)
    name = f"{plain(symbol)}, row {chosen[0] + 1:,}, column {chosen[1] + 1:,}"
    st.subheader(
        "Gradient check",
        help="Move the weight slightly up and down: the slope of the loss must equal the gradient.",
    )
    help = (
        f"Computes the loss of this batch {gradient_check.POINTS + 3} times in float64 on a copy: well under a "
        "second, or about a second for a convolutional network."
    )
    button(f"Check {name}", "step_nudge", "compare_arrows", help, walk.check, place)
    found = walk.checks.get(place)
    if found is None:
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        after = float(step.dry_run.after[place])
        plotly_chart.show(
            loss_slice_chart.loss_along(found, after, name, theme),
            key="step_parabola",
            alt="The loss as a function of this weight, with its tangent",
        )
    with right:
        error = found.check.relative_error
        st.markdown(
            f"| | gradient |\n|---|--:|\n| backward pass | `{found.analytic:.9g}` |\n"
            f"| difference quotient, h = {number(gradient_check.H)} | `{found.numerical:.9g}` |\n"
            f"| relative error | `{error:.1e}` |"
        )
        if found.analytic == 0 == found.numerical:
            verdict = "Both are exactly 0: near its value this weight has no influence on the loss of this batch."
        elif error < 1e-6:
            verdict = "They agree: the backward pass is correct here."
        elif abs(found.analytic) < 1e-7:
            verdict = "Both are so small that float64 rounding is as large."
        else:
            verdict = (
                "They differ, usually because of a kink within ±h, where the loss has no single slope: ReLU has one at "
                "0 (an untrained bias on blank paper), max pooling where the largest input changes. Try another cell."
            )
        st.markdown(verdict)


# Vectorization


def three_ways(walk: Walk, step: Step, matrix):
    """The layer of the open matrix timed unit by unit, example by example, and in one matrix product."""
    by_symbol = {each.symbol: each for each in step.dry_run.matrices}
    match by_symbol[matrix.symbol].formula:
        case Plus(Product(Symbol(weights), Symbol(inputs)), Symbol(biases)):
            W, A, b = (by_symbol[name].value for name in (weights, inputs, biases))
        case Product(Symbol(weights), Symbol(inputs)):  # before batch normalisation
            W, A = (by_symbol[name].value for name in (weights, inputs))
            b = np.zeros((len(W), 1), W.dtype)
        case _:
            st.caption("Open a Z to compare one matrix product with loops over units and examples.")
            return
    st.subheader(
        "Vectorization",
        help="A matrix product computes the same sums as a loop, arranged better for the processor.",
    )
    n = min(A.shape[1], vectorization.MOST_COLUMNS)
    help = (
        f"{counted(len(W), 'unit')} and {counted(n, 'column')}: a loop over both has {len(W) * n:,} iterations, about "
        f"{max(vectorization.cost(W, A), 0.01):.2f} s."
    )
    label = f"Compute {plain(matrix.symbol)} in three ways"
    button(label, "step_ways", "timer", help, _compare, walk, matrix.symbol, W, A, b)
    found = walk.timings.get(matrix.symbol)
    if found is None:
        return
    slowest = max(found.seconds.values())
    lines = "\n".join(
        f"| `{name}` | {1000 * seconds:,.3f} ms | {slowest / seconds:,.0f} × |"
        for name, seconds in found.seconds.items()
    )
    st.markdown(f"| way | time | speed-up |\n|---|--:|--:|\n{lines}")
    same = (
        "All three results are identical."
        if found.difference == 0
        else f"The results differ by at most {number(found.difference)}: the sums are rounded in different orders."
    )
    st.caption(f"{plain(matrix.symbol)} for {counted(found.columns, 'column')} of its input. {same}")


def _compare(walk, symbol, W, A, b):
    walk.timings[symbol] = vectorization.compare(W, A, b)
