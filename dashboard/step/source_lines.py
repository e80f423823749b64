"""The source of the nnlib method that computed a matrix, with the lines that compute it highlighted."""

import ast
import inspect
import textwrap
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

import numpy as np

from dashboard.step.training_step import BATCH, LOSS, Step
from dashboard.theme import Theme
from nnlib.describe.matrices import Matrix
from nnlib.workers import Worker

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Snippet:
    """A method in its file: `first` is the number of its first line, `marked` are the numbers of the highlighted
    lines."""

    title: str
    file: str
    first: int
    lines: tuple[str, ...]
    marked: frozenset[int]


def snippet(matrix: Matrix, step: Step) -> Snippet:
    """The method that computed a matrix of the step, or, for weights, the first one that uses them."""
    dry_run = step.dry_run
    if matrix.phase == BATCH:
        return method(Worker, "inputs", ("return",))
    if matrix.layer is None:
        if matrix.symbol == "Y":
            return method(type(dry_run.loss), "targets", ("return",))
        name = "forward" if matrix.phase == LOSS else "backward"
        return method(type(dry_run.loss), name, _attributes(dry_run.loss, ("A", "dZ"), matrix, step))
    layer = dry_run.network.layers[matrix.layer]
    name = "backward" if matrix.phase == "backward" else "forward"
    parameters = layer.parameter_shapes()
    own = (*layer.computed, *parameters, *(f"d{each}" for each in parameters))
    return method(type(layer), name, _attributes(layer, own, matrix, step))


def rule(optimizer: object) -> Snippet:
    """The update rule of an optimizer."""
    return method(type(optimizer), "rule", ("parameters",))


def _attributes(owner, names, matrix, step):
    """The attributes of a layer or a loss that hold a matrix: the arrays that share its memory."""
    value = matrix.value
    held = {name: getattr(owner, name, None) for name in names}
    backward = matrix.phase == "backward"
    fitting = {
        name: array
        for name, array in held.items()
        if isinstance(array, np.ndarray) and name.startswith("d") == backward and array.size == value.size
    }
    found = tuple(name for name, array in fitting.items() if np.may_share_memory(array, value))
    return found or tuple(fitting)  # a matrix of pictures may be a copy


@lru_cache(maxsize=256)
def method(owner: type, name: str, attributes: tuple[str, ...]) -> Snippet:
    """The source of a method, with the lines that fill these attributes (or return) highlighted."""
    defining = next(each for each in owner.__mro__ if name in vars(each))
    function = vars(defining)[name]
    lines, first = inspect.getsourcelines(function)
    code = textwrap.dedent("".join(lines))
    marked = frozenset(first + line - 1 for line in _making(ast.parse(code), attributes))
    file = Path(inspect.getfile(function)).resolve().relative_to(ROOT).as_posix()
    via = "" if defining is owner else f", inherited by {owner.__name__}"
    return Snippet(f"{defining.__name__}.{name}{via}", file, first, tuple(code.splitlines()), marked)


def _making(tree, attributes):
    """The lines that give these attributes their values, directly or through a variable assigned to them."""
    wanted = {f"self.{name}" for name in attributes}
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and not hasattr(node, "body")]
    direct, local = set(), set()
    for statement in statements:
        for target, value in _assignments(statement):
            if target in wanted:
                direct.add(statement)
                if isinstance(value, ast.Name):
                    local.add(value.id)
        if "return" in attributes and isinstance(statement, ast.Return):
            direct.add(statement)
    if "parameters" in attributes:
        local.add("parameters")
    made = {each for each in statements if any(target in local | wanted for target in _written(each))}
    chosen = {each for each in made if each not in direct or _computes(each, wanted)} or direct - made
    if not chosen:  # an input, not computed here: the lines that use it
        chosen = {each for each in statements if any(ast.unparse(node) in wanted for node in ast.walk(each))}
    return {line for each in chosen for line in range(each.lineno, (each.end_lineno or each.lineno) + 1)}


def _computes(statement, wanted):
    """Whether an assignment to one of the wanted attributes computes something, rather than only storing a variable."""
    return any(target in wanted and not isinstance(value, ast.Name) for target, value in _assignments(statement))


def _assignments(statement):
    """Yield (target as text, value) of an assignment, pair by pair."""
    if not isinstance(statement, ast.Assign):
        return
    for target in statement.targets:
        if isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            yield from ((ast.unparse(t), v) for t, v in zip(target.elts, statement.value.elts, strict=True))
        else:
            yield ast.unparse(target), statement.value


def _written(statement):
    """Yield what a statement writes to: its targets, and arrays passed to NumPy as `out=`."""
    yield from (target for target, _ in _assignments(statement))
    if isinstance(statement, ast.AugAssign):
        yield ast.unparse(statement.target)
    for node in ast.walk(statement):
        if isinstance(node, ast.keyword) and node.arg == "out":
            yield ast.unparse(node.value)


def whole_file(of: Snippet) -> str:
    """The text of a snippet's file."""
    return (ROOT / of.file).read_text(encoding="utf-8")


def code_html(of: Snippet, theme: Theme) -> str:
    """A snippet as HTML: numbered lines, the marked ones highlighted and preceded by a sign."""
    rows = []
    for number, line in enumerate(of.lines, of.first):
        marked = number in of.marked
        ground = f"background:color-mix(in srgb,{theme.accent} 18%,{theme.panel});" if marked else ""
        rows.append(
            f'<div style="{ground}white-space:pre;padding:0 8px"><span style="color:{theme.muted}">'
            f"{'▸' if marked else ' '}{number:>4}  </span>{escape(line) or ' '}</div>"
        )
    return (
        '<div tabindex="0" role="region" aria-label="Source code" '
        f'style="background:{theme.panel};color:{theme.ink};border-radius:4px;padding:6px 0;overflow-x:auto;'
        'font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.8125rem;line-height:1.5">'
        f'<div style="display:inline-block;min-width:100%">{"".join(rows)}</div></div>'
    )
