"""A bug: one wrong line in a method of nnlib's own training step.

The wrong method is written out whole, in a class that takes the place of the right one when a network is built. What is
told of it is read from the source of what runs: the lines in which the two methods differ.
"""

import ast
import copy
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import cache, cached_property
from types import FunctionType
from typing import Any, NamedTuple, TypeVar

from nnlib.recipes import Recipe

Part = TypeVar("Part")


class Difference(NamedTuple):
    """The lines in which a wrong method differs from the right one; either may be empty. `place` is such as
    "Dense.backward"."""

    place: str
    wrong: str
    right: str


@dataclass(frozen=True, eq=False)
class Bug:
    """`wrong` overrides methods of its first base class, and takes the place of every part of that kind.

    `why` says what the wrong line does. `symptom` is what the curves show (see `symptoms`), `shown_by` the instruments
    that show it, the fastest first. `wrong_gradient` tells whether the step computes another gradient than that of its
    own loss, so that a gradient check fails. `difficulty` is 1 to 3. `settings` are those of a recipe that bring it
    out. `hideable` tells whether everything that examines a network can bear it.
    """

    title: str
    wrong: type
    why: str
    symptom: str
    shown_by: tuple[str, ...]
    difficulty: int
    wrong_gradient: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    hideable: bool = True

    @property
    def replaces(self) -> type:
        """The kind of part that has the bug."""
        return self.wrong.__bases__[0]

    def put_into(self, part: Part) -> Part:
        """A copy of a layer, loss, optimizer or whatever else with the bug; the part itself if it is of another
        kind."""
        if not isinstance(part, self.replaces):
            return part
        sick = copy.copy(part)
        object.__setattr__(sick, "__class__", _with(self.wrong, part.__class__))  # some parts are frozen
        return sick

    @cached_property
    def differences(self) -> list[Difference]:
        """Between the methods that run and those that would be right; that of the training step first."""
        return [
            Difference(f"{self.replaces.__name__}.{name}", *_difference(method, getattr(self.replaces, name)))
            for name, method in vars(self.wrong).items()
            if inspect.isfunction(method)
        ]

    @property
    def line(self) -> Difference:
        """The wrong line of the training step, beside the right one."""
        return self.differences[0]

    def recipe(self, recipe: Recipe = Recipe()) -> Recipe:  # noqa: B008 - it is frozen
        """The recipe with the settings that bring this bug out, without it."""
        return Recipe.from_dict(recipe.to_dict() | dict(self.settings))


@cache
def _with(wrong: type, kind: type) -> type:
    """The kind of part with the methods of `wrong`, under the same name."""
    return type(kind.__name__, (wrong, kind), {"__module__": kind.__module__, "__doc__": kind.__doc__})


def _difference(wrong: FunctionType, right: FunctionType) -> tuple[str, str]:
    ours, theirs = _body(wrong), _body(right)
    parts = [each for each in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes() if each[0] != "equal"]
    return (
        textwrap.dedent("\n".join(line for _, start, end, *_ in parts for line in ours[start:end])),
        textwrap.dedent("\n".join(line for *_, start, end in parts for line in theirs[start:end])),
    )


def _body(method: FunctionType) -> list[str]:
    """The lines of a method below its signature and docstring."""
    lines = textwrap.dedent(inspect.getsource(method)).splitlines()
    [function] = ast.parse("\n".join(lines)).body
    assert isinstance(function, ast.FunctionDef)
    last = function.body[0] if ast.get_docstring(function) else None
    start = (last.end_lineno or last.lineno) if last else function.body[0].lineno - 1
    return lines[start:]
