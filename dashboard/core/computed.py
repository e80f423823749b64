"""Computed results of a visitor: the latest by name, with the inputs it was computed from.

`derived` recomputes a result whenever it is outdated. `keep` and `kept` are for results that are not computed at once:
because the visitor has to ask for them (`want`, `wanted`), because a click may interrupt the computation, or because an
older result is shown as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dashboard.core import session


@dataclass
class Results:
    """The latest result by name, with its inputs `of`, and the name of the result requested."""

    made: dict[str, tuple[Any, Any]] = field(default_factory=dict)  # name: (of, result)
    wanted: str | None = None


def keep(name: str, result: Any, of: Any = None):
    """Keep a result and its inputs, in place of the previous result of this name."""
    session.own(Results).made[name] = of, result


def kept(name: str, of: Any = None) -> Any:
    """The latest result of this name if it was computed from these inputs, else None."""
    made_from, result = session.own(Results).made.get(name, (None, None))
    return result if made_from == of else None


def derived(name: str, of: Any, make: Callable[[], Any]) -> Any:
    """The latest result of this name if it was computed from these inputs, else a new one from `make`."""
    result = kept(name, of)
    if result is None:
        result = make()
        keep(name, result, of)
    return result


def forget(*names: str):
    """Let go of the results of these names."""
    for name in names:
        session.own(Results).made.pop(name, None)


def want(name: str):
    """Request a result, after a click: it is computed in this run of the script."""
    session.own(Results).wanted = name


def wanted(name: str) -> bool:
    """Whether this result is requested; True once."""
    results = session.own(Results)
    if results.wanted != name:
        return False
    results.wanted = None
    return True
