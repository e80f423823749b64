"""The network as a row of boxes, one per layer, with the matrices that pass between them, as HTML.

What goes forward is above the arrows, the gradient that comes back below them, and what belongs to a layer in its box.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dashboard.notation.formulas import dimensions, html
from dashboard.notation.layer_names import words
from dashboard.theme import Theme
from nnlib.describe.matrices import Matrix
from nnlib.layers import Layer
from nnlib.losses import Loss


@dataclass(frozen=True)
class Box:
    """One box: the matrices inside it, and those between it and the next one, forward and back."""

    title: str
    inside: list[Matrix] = field(default_factory=list)
    out: Matrix | None = None
    back: Matrix | None = None
    computes: list[str] = field(default_factory=list)  # the symbols of all matrices computed here

    @property
    def main(self) -> Matrix:
        """Its output, or the first matrix inside it."""
        return self.out or self.inside[0]


def boxes(layers: Sequence[Layer], loss: Loss, matrices: Sequence[Matrix]) -> list[Box]:
    """The boxes of a step in order: the mini-batch, every active layer, the loss."""
    by_symbol = {each.symbol: each for each in matrices}
    batch = next(each for each in matrices if each.phase == "batch")
    active = [position for position, layer in enumerate(layers) if layer.active]
    own = {position: [each for each in matrices if each.layer == position] for position in active}
    out: dict[int | None, Matrix | None] = {None: batch}
    for position in active:
        computed = [each for each in own[position] if each.phase == "forward" and not each.parameter]
        out[position] = computed[-1] if computed else None
    leaving = [each.symbol for each in out.values() if each]
    between = {*leaving, *(f"d{symbol}" for symbol in leaving)}

    def box(title, position, of_box):
        leaves = out.get(position)
        inside = [each for each in of_box if each.symbol not in between]
        return Box(title, inside, leaves, leaves and by_symbol.get(f"d{leaves.symbol}"), [x.symbol for x in of_box])

    ending = [each for each in matrices if each.layer is None and each is not batch]
    inside = [each for each in ending if each.symbol not in between]
    return [
        box("Mini-batch", None, [batch]),
        *(box(words(layers[position]), position, own[position]) for position in active),
        Box(words(loss), inside, computes=[each.symbol for each in ending]),
    ]


def links(row: Sequence[Box]) -> list:
    """What a click on each clickable part of the diagram chooses, in order: the symbol of a matrix, or, for the title
    of a box, that of its main matrix in a list."""
    found = []
    for box in row:
        arrows = [] if box is row[-1] else [box.out, box.back]
        found += [[box.main.symbol], *(each.symbol for each in [*box.inside, *arrows] if each)]
    return found


def diagram(row: Sequence[Box], theme: Theme, chosen: str = "") -> str:
    """The boxes and arrows, for `clickable.show`, with the matrix `chosen` and the box that computes it highlighted."""
    parts = []
    for box in row:
        parts.append(_box(box, theme, chosen))
        if box is not row[-1]:
            parts.append(_arrows(box, theme, chosen))
    return (
        f'<div style="display:flex;flex-wrap:wrap;align-items:center;gap:10px 6px;color:{theme.ink};'
        f'font-size:0.8125rem;line-height:1.5;font-variant-numeric:tabular-nums">{"".join(parts)}</div>'
    )


def _box(box, theme, chosen):
    lit = chosen in box.computes
    edge = f"2px solid {theme.accent}" if lit else f"1px solid {theme.muted}"
    lines = "".join(f"<div>{_named(each, theme, chosen)}</div>" for each in box.inside)
    return (
        f'<div data-box="{"lit" if lit else "dark"}" style="border:{edge};border-radius:4px;background:{theme.panel};'
        f'padding:{"3px 9px" if lit else "4px 10px"}"><b data-choice>{box.title}</b>{lines}</div>'
    )


def _arrows(box, theme, chosen):
    forward = _named(box.out, theme, chosen) if box.out else ""
    back = _named(box.back, theme, chosen) if box.back else ""
    muted = f"color:{theme.muted};line-height:1"
    return (
        '<div style="display:flex;flex-direction:column;align-items:center;min-width:40px">'
        f'<div>{forward}</div><div style="{muted}">⟶</div>'
        + (f'<div style="{muted}">⟵</div><div>{back}</div>' if box.back else "<div>&nbsp;</div>")
        + "</div>"
    )


def _named(matrix, theme, chosen):
    light = f"background:{theme.accent};color:{theme.paper};" if matrix.symbol == chosen else ""
    return (
        f'<span style="{light}border-radius:3px;padding:0 3px;white-space:nowrap" data-choice>{html(matrix.symbol)} '
        f"{dimensions(matrix.shape)}</span>"
    )
