"""The parts of the Shapes page: switches, the table of all matrices, the chosen one in detail, parameters, memory, and
misprints.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from dashboard.charts import matrix_heatmap
from dashboard.components import clickable, plotly_chart
from dashboard.components.choice import choice
from dashboard.components.convention_switch import images_in_rows
from dashboard.core import session
from dashboard.core.lab import Lab
from dashboard.notation import formulas
from dashboard.notation.formulas import plain
from dashboard.notation.misprints import Misprint
from dashboard.notation.numbers import percent
from dashboard.shapes import network_diagram, scale_drawing
from dashboard.shapes.matrix_inventory import Inventory, memory
from dashboard.theme import Theme
from nnlib.describe.expressions import find_product
from nnlib.describe.matrices import Matrix
from nnlib.recipes import SYSTEMS

BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192]
ROW_HEIGHT = 30
DETAIL = 590  # CSS pixels
BLOCK = 512  # images: training never takes more at a time
CHOSEN = "chosen_matrix"
DRY_RUN_DIGITS = 64  # digits at most: fast enough to compute the values whenever a row is chosen

WIDTHS = {"symbol": 56, "pass": 40, "meaning": 272, "in symbols": 74, "shape": 84, "published": 130}
WIDTHS |= {"follows from": 232, "numbers": 70, "memory": 66}
NUMBERS = {"numbers": "localized", "memory": "bytes"}  # number formats
HELP = {
    "symbol": "The number of the layer is in brackets. dW is the gradient of the loss with respect to W.",
    "pass": "→ forward, from the images to the loss; ← backward, from the loss to the gradients.",
    "in symbols": "m is the number of images in a mini-batch, h1 the units of hidden layer 1, and so on.",
    "shape": "Rows × columns.",
    "published": "Misprints in the text that this recipe follows; see the list below.",
    "follows from": "The matrix product (@, as in NumPy) that determines the shape, or the matrix with the same shape.",
    "numbers": "How many numbers the matrix holds.",
    "memory": "In float32, 4 bytes per number. 1 KB is 1,000 bytes.",
}


# Scrolls itself and the DETAIL pixels below it into view when another matrix is chosen, but not when a page opens.
_into_view = st.components.v2.component(
    "into_view",
    html='<div class="into-view"></div>',
    css=f".into-view {{ height: 1px; scroll-margin: 90px 0 {DETAIL}px; }}",
    js="""
export default function({ data, parentElement }) {
  const here = parentElement.querySelector(".into-view");
  if (here.chosen !== undefined && here.chosen !== data.chosen)
    here.scrollIntoView({ block: "nearest", behavior: "smooth" });
  here.chosen = data.chosen;
}
""",
    isolate_styles=False,
)


def choose_view(views: Iterable[str]) -> str:
    """All matrices, or one of the exercises, for which the table would give the answers away."""
    names = list(views)
    return choice(
        "View",
        names,
        key="shapes_view",
        help="The exercises are about your network, in the convention chosen below.",
    )


def switches(lab: Lab) -> tuple[int, bool]:
    """The number m of images in the mini-batch, and whether each image is a row."""
    trainer = lab.shown
    with st.container(horizontal=True, vertical_alignment="top", gap="large"):
        rows = images_in_rows(lab)
        m = st.select_slider(
            "m, images per mini-batch",
            sorted({*BATCH_SIZES, trainer.batch_size}),
            value=trainer.batch_size,
            key=f"m_{trainer.batch_size}",
            persist_state="session",
            format_func=lambda size: f"{size:,}",
            width=320,
            help=f"For this page only. Training uses the batch size in the sidebar, {trainer.batch_size:,}.",
        )
    return m, rows


def table(inventory: Inventory, misprints: Sequence[Misprint]) -> Matrix:
    """All matrices in order of computation; returns the one whose row is chosen."""
    symbols = _symbols(inventory)
    product = next(each.symbol for each in inventory.matrices if find_product(each.formula))
    last = session.chosen(CHOSEN)  # the widget forgets its choice on other pages and for other networks
    row = symbols.index(last if last in symbols else product)
    key = _key(inventory)
    now = session.chosen(key, {"selection": {"rows": [row]}})
    event = st.dataframe(
        inventory.table(misprints),
        key=key,
        on_select=partial(_choose_row_of_cell, key, list(now["selection"]["rows"])),
        selection_mode=["single-row-required", "single-cell"],
        selection_default={"selection": {"rows": [row]}},
        hide_index=True,
        row_height=ROW_HEIGHT,
        height="content",
        column_config={name: _column(name) for name in WIDTHS},
        alt="Every matrix of one training step with its shape",
    )
    chosen = inventory.matrices[event.selection.rows[0] if event.selection.rows else row]
    session.choose(CHOSEN, chosen.symbol)
    return chosen


def picture(inventory: Inventory, row: Sequence[network_diagram.Box], theme: Theme, chosen: Matrix):
    """The network as a row of boxes; a click on a box or a matrix chooses its row in the table."""
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
    """A click on any cell chooses its row, as a click on the checkbox at its left does. `before` are the rows chosen so
    far: if they have changed, the click was on a checkbox."""
    now = session.chosen(key)["selection"]
    if now["cells"]:
        rows = now["rows"] if now["rows"] != before else [now["cells"][0][0]]
        _choose_rows(key, rows)


def detail(inventory: Inventory, matrix: Matrix, misprints: Sequence[Misprint], theme: Theme):
    """One matrix: the formula that computes it (or, if it is given, the first that uses it) with shapes and drawn to
    scale, and the reason for its shape."""
    formula = inventory.formula_with(matrix)
    _into_view(key="into_view", data={"chosen": matrix.symbol})
    st.subheader(f"{plain(matrix.symbol)}: {matrix.meaning}")
    st.latex(formulas.equation(formula, inventory.dimensions))
    st.markdown(inventory.why(matrix))
    for each in misprints:
        if matrix.symbol in each.symbols:
            st.markdown(f":material/error: The published text has `{each.published}` here. {_correction(each)}")
    scale = choice(
        "Drawn to scale",
        list(scale_drawing.SCALES),
        default=scale_drawing.LOGARITHMIC,
        key="rectangle_scale",
        help="Logarithmic: a factor of ten always adds the same length, so small matrices stay visible. Linear: "
        f"lengths are proportional to sizes, but at least {scale_drawing.LEAST} pixels.",
    )
    parts = scale_drawing.rectangles(formula, inventory.shapes)
    st.html(scale_drawing.drawing(parts, theme, scale, matrix.symbol))
    st.caption(scale_drawing.legend(parts))


def numbers(lab: Lab, matrix: Matrix, m: int, rows: bool, theme: Theme):
    """The values of a matrix, on request and while the network is not training."""
    wanted = st.toggle(
        "Show the values",
        key="show_numbers",
        persist_state="session",
        help="Runs forward and backward passes for the first training digits on a copy of the network.",
    )
    if not wanted:
        return
    if lab.moving:
        st.caption("Pause to see the values: they change with every training step.")
        return
    train = lab.shown.digits.train.take(min(m, DRY_RUN_DIGITS, lab.shown.n_examples))
    matrices = {each.symbol: each for each in lab.shown.dry_run(train.images, train.labels).matrices}
    shown = matrices[matrix.symbol].in_rows() if rows else matrices[matrix.symbol]
    plotly_chart.show(
        matrix_heatmap.value_window(shown.value, theme),
        key="numbers",
        alt=f"The part of {plain(matrix.symbol)} with the largest values, coloured by sign and size",
    )
    st.caption(matrix_heatmap.about_values(shown.value, plain(matrix.symbol), len(train), lab.shown.steps))


def parameters(inventory: Inventory):
    """How many parameters each layer has, and why."""
    st.subheader("Parameters", help="The numbers that gradients change: weights, biases, scales and shifts.")
    lines = inventory.parameter_arithmetic()
    rows = [f"| {names} | {arithmetic} | {count:,} |" for names, arithmetic, count in lines]
    total = f"| **all** | {' + '.join(f'{count:,}' for *_, count in lines)} | **{inventory.n_parameters:,}** |"
    st.markdown("\n".join(["| parameters | calculation | count |", "|---|---|--:|", *rows, total]))
    names, _, most = max(lines, key=lambda line: line[2])
    if len(lines) > 1:
        st.caption(
            f"{names} {'hold' if ',' in names else 'holds'} {percent(most / inventory.n_parameters)} of the parameters."
        )
    normalised = sum(each.size for each in inventory.matrices if each.symbol.startswith("μ"))
    if normalised:
        st.caption(
            f"Not counted: the running mean and variance of each normalised unit, {2 * normalised:,} numbers, which no "
            "gradient changes. Each mini-batch replaces a tenth of them, and evaluation uses them."
        )


def footprint(inventory: Inventory, m: int):
    """The memory of one step, by purpose."""
    st.subheader("Memory of one step", help="If all matrices were kept at once, in float32 (4 bytes per number).")
    parts = inventory.footprint()
    rows = [f"| {name} | {size:,} | {memory(4 * size)} |" for name, size in parts.items()]
    total = f"| **one step** | **{sum(parts.values()):,}** | **{memory(inventory.nbytes)}** |"
    st.markdown("\n".join(["| | numbers | memory |", "|---|--:|--:|", *rows, total]))
    sentence = f"Each image in the mini-batch takes {memory(4 * parts[inventory.PER_BATCH] // m)}."
    if m > BLOCK:
        sentence += (
            " It is not split into blocks, because its mean and variance are those of all its images."
            if inventory.STATISTICS in parts
            else " Training splits so large a mini-batch into blocks and sums their gradients, so it needs less."
        )
    st.caption(sentence)


def misprint_list(misprints: Sequence[Misprint], recipe: str):
    """What the text that a recipe follows gets wrong, what is correct, and why."""
    if not misprints:
        return
    st.subheader("Misprints in the published text")
    system = SYSTEMS[recipe]
    st.caption(f"“{system.called}” follows {system.origin}. Corrections, in the notation of that text:")
    st.markdown(
        "\n".join(
            f"- **{', '.join(map(plain, each.symbols))}**: published `{each.published}` (section “{each.section}”). "
            f"{_correction(each)}"
            for each in misprints
        )
    )


def _correction(misprint):
    return f"Correct: `{misprint.right}`. {misprint.why}"
