"""The parts of the Shapes page: its switches, the table of all matrices, the chosen one in detail, the parameters, the
misprints.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from dashboard.charts import CONFIG, matrix_heatmap
from dashboard.components import clickable
from dashboard.components.convention_switch import images_in_rows
from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.notation import formulas
from dashboard.notation.formulas import plain
from dashboard.notation.misprints import Misprint
from dashboard.shapes import network_diagram, scale_drawing
from dashboard.shapes.matrix_inventory import Inventory, memory
from dashboard.theme import Theme
from nnlib.describe.matrices import Matrix, find_product
from nnlib.recipes import SYSTEMS

BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192]
ROW_HEIGHT = 30
ROWS_SHOWN = 11  # the rest scrolls, so that what a choice shows is not out of sight
BLOCK = 512  # images: training never takes more at a time
CHOSEN = "chosen_matrix"
REHEARSED = 64  # digits at most behind the values: fast enough for every choice of a row

WIDTHS = {"symbol": 56, "pass": 40, "what it is": 272, "in symbols": 74, "shape": 84, "published": 130}
WIDTHS |= {"what fixes it": 232, "numbers": 70, "memory": 66}
NUMBERS = {"numbers": "localized", "memory": "bytes"}  # how they are written
HELP = {
    "symbol": "The layer's number stands in brackets. d means: how the loss changes with each number of what follows.",
    "pass": "→ forward, from the images to the loss; ← backward, from the loss to the gradients.",
    "in symbols": "m is the number of images in a mini-batch, h1 the units of hidden layer 1, and so on.",
    "shape": "Rows × columns.",
    "published": "What the text behind this recipe says of it, where that is a misprint: see the list below.",
    "what fixes it": "The matrix product whose sizes leave no other choice; @ is NumPy's sign for it. Where there is "
    "none: the matrix it meets number by number.",
    "numbers": "Rows times columns.",
    "memory": "In float32 every number takes 4 bytes. 1 KB is 1,000 bytes.",
}


def choose_view(views: Iterable[str]) -> str:
    """What the page is for: looking at the matrices, or an exercise, in which the table would give the answers away."""
    names = list(views)
    return st.segmented_control(
        "Look, or practise",
        names,
        default=names[0],
        required=True,
        key="shapes_view",
        persist_state="session",
        help="The exercises ask about the very network that is training, in the notation chosen below.",
    )


def switches(lab: Lab) -> tuple[int, bool]:
    """The number m of images in the mini-batch, and whether they stand in rows."""
    trainer = lab.shown
    with st.container(horizontal=True, vertical_alignment="top", gap="large"):
        rows = images_in_rows(lab)
        m = st.select_slider(
            "m, images in the mini-batch",
            sorted({*BATCH_SIZES, trainer.batch_size}),
            value=trainer.batch_size,
            key=f"m_{trainer.batch_size}",
            persist_state="session",
            format_func=lambda size: f"{size:,}",
            width=320,
            help="Only this page follows this slider, and nothing is computed for it; training goes on with the batch "
            f"size set at the left, {trainer.batch_size:,}.",
        )
    return m, rows


def table(inventory: Inventory, misprints: Sequence[Misprint]) -> Matrix:
    """Every matrix in order of computation; returns the one whose row is chosen."""
    symbols = _symbols(inventory)
    product = next(each.symbol for each in inventory.matrices if find_product(each.formula))
    last = session.chosen(CHOSEN)  # another page, or another network, may have come between
    row = symbols.index(last if last in symbols else product)
    key = _key(inventory)
    now = session.chosen(key, {"selection": {"rows": [row]}})
    event = st.dataframe(  # type: ignore[call-overload]  # its column names are typed wider than str
        inventory.table(misprints),
        key=key,
        on_select=partial(_choose_row_of_cell, key, list(now["selection"]["rows"])),
        selection_mode=["single-row-required", "single-cell"],
        selection_default={"selection": {"rows": [row]}},
        hide_index=True,
        row_height=ROW_HEIGHT,
        height=ROW_HEIGHT * min(len(inventory.matrices), ROWS_SHOWN) + 38,
        column_config={name: _column(name) for name in WIDTHS},
        alt="Every matrix of one training step with its shape",
    )
    chosen = inventory.matrices[event.selection.rows[0] if event.selection.rows else row]
    session.choose(CHOSEN, chosen.symbol)
    return chosen


def picture(inventory: Inventory, row: Sequence[network_diagram.Box], theme: Theme, chosen: Matrix):
    """The network as a row of boxes; a click on one, or on a matrix, chooses its row of the table."""
    html, choices = network_diagram.diagram(row, theme, chosen.symbol), network_diagram.links(row)
    clickable.show(html, choices, partial(_choose_symbol, inventory), "diagram", chosen.symbol)


def _choose_symbol(inventory, choice):
    symbol = choice[0] if isinstance(choice, list) else choice
    if symbol in _symbols(inventory):
        session.choose(CHOSEN, symbol)
        _choose_rows(_key(inventory), [_symbols(inventory).index(symbol)])


def _symbols(inventory):
    return [each.symbol for each in inventory.matrices]


def _key(inventory):
    return f"matrices_{len(inventory.matrices)}"


def _choose_rows(key, rows):
    session.choose(key, {"selection": {"rows": rows, "columns": [], "cells": []}})


def _column(name):
    options: dict[str, Any] = {"help": HELP.get(name), "width": WIDTHS[name]}
    if name in NUMBERS:
        return st.column_config.NumberColumn(format=NUMBERS[name], **options)
    return st.column_config.TextColumn(**options)


def _choose_row_of_cell(key, before):
    """A click on any cell of the table chooses its row, as a click at its left end does. `before` is what was chosen so
    far: if that has changed, the click was at the left end."""
    now = session.chosen(key)["selection"]
    if now["cells"]:
        rows = now["rows"] if now["rows"] != before else [now["cells"][0][0]]
        _choose_rows(key, rows)


def detail(inventory: Inventory, matrix: Matrix, misprints: Sequence[Misprint], theme: Theme):
    """One matrix: the formula that makes it (or first uses it, if it is given) with shapes and drawn to scale, and why
    its shape must be so."""
    formula = inventory.formula_with(matrix)
    st.subheader(f"{plain(matrix.symbol)}: {matrix.meaning}")
    st.latex(formulas.equation(formula, inventory.dimensions))
    st.markdown(inventory.why(matrix))
    for each in misprints:
        if matrix.symbol in each.symbols:
            st.markdown(f":material/error: The published text has `{each.published}` here. {_correction(each)}")
    scale = st.segmented_control(
        "Drawn to scale",
        list(scale_drawing.SCALES),
        default=scale_drawing.LOGARITHMIC,
        required=True,
        key="rectangle_scale",
        persist_state="session",
        help="Logarithmic: ten times as many is always the same step longer, so that small matrices stay visible. "
        f"True: twice as many is twice as long; only sides thinner than {scale_drawing.LEAST} pixels are drawn "
        "thicker.",
    )
    parts = scale_drawing.rectangles(formula, inventory.shapes)
    st.html(scale_drawing.drawing(parts, theme, scale, matrix.symbol))
    st.caption(scale_drawing.legend(parts))


def numbers(lab: Lab, matrix: Matrix, m: int, rows: bool, theme: Theme):
    """The values of a matrix, if the visitor wants to see them and the network stands still."""
    wanted = st.toggle(
        "Show its numbers",
        key="show_numbers",
        persist_state="session",
        help="Forward and backward once for the first training digits with the weights as they stand, on a copy: "
        "nothing is trained by looking.",
    )
    if not wanted:
        return
    if lab.moving:
        st.caption("Pause to see its numbers: while it trains they change hundreds of times a second.")
        return
    train = lab.shown.digits.train.take(min(m, REHEARSED, lab.shown.n_examples))
    matrices = {each.symbol: each for each in lab.shown.rehearse(train.images, train.labels)}
    shown = matrices[matrix.symbol].in_rows() if rows else matrices[matrix.symbol]
    st.plotly_chart(
        matrix_heatmap.value_window(shown.value, theme),
        key="numbers",
        config=CONFIG,
        alt=f"The part of {plain(matrix.symbol)} with the largest numbers, coloured by sign and size",
    )
    st.caption(matrix_heatmap.about_values(shown.value, plain(matrix.symbol), len(train), lab.shown.steps))


def parameters(inventory: Inventory):
    """How many numbers are learned, as arithmetic."""
    st.subheader("Parameters", help="All numbers that training changes: weights and biases.")
    lines = inventory.parameter_arithmetic()
    st.markdown(
        "\n".join(
            [
                "| learned | as arithmetic | numbers |",
                "|---|---|--:|",
                *(f"| {names} | {arithmetic} | {count:,} |" for names, arithmetic, count in lines),
                f"| **all** | {' + '.join(f'{count:,}' for *_, count in lines)} | **{inventory.n_parameters:,}** |",
            ]
        )
    )
    names, _, most = max(lines, key=lambda line: line[2])
    if len(lines) > 1:
        st.caption(f"{names} hold {100 * most / inventory.n_parameters:.0f} % of them.")


def footprint(inventory: Inventory, m: int):
    """The memory of one step, by what it is needed for."""
    st.subheader("Memory of one step", help="In float32, 4 bytes a number, if all matrices were kept at once.")
    parts = inventory.footprint()
    st.markdown(
        "\n".join(
            [
                "| what | numbers | memory |",
                "|---|--:|--:|",
                *(f"| {name} | {size:,} | {memory(4 * size)} |" for name, size in parts.items()),
                f"| **one step** | **{sum(parts.values()):,}** | **{memory(inventory.nbytes)}** |",
            ]
        )
    )
    sentence = f"Only one line grows with the mini-batch: by {memory(4 * parts[inventory.PER_BATCH] // m)} an image."
    if m > BLOCK:
        sentence += (
            " Training works off so large a batch in blocks and adds up their gradients, so it holds less at once."
        )
    st.caption(sentence)


def errata(misprints: Sequence[Misprint], recipe: str):
    """What the text behind a recipe gets wrong, what is right, and why."""
    if not misprints:
        return
    st.subheader("Misprints in the published text")
    st.caption(f"This recipe follows {SYSTEMS[recipe].source}. Read it with these corrections, in its own notation:")
    st.markdown(
        "\n".join(
            f"- **{', '.join(map(plain, each.symbols))}**: published `{each.published}`. {_correction(each)}"
            for each in misprints
        )
    )


def _correction(misprint):
    return f"Right is `{misprint.right}`. {misprint.why}"
