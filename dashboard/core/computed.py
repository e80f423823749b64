"""What a visitor has had computed: of each name the last result, with what it was made from.

`derived` makes a result whenever it is out of date. `keep` and `kept` are for what is not made at once: because the
visitor has to ask for it (`want`, `wanted`), because a click may end it, or because an older result is shown as well.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dashboard.core import session


@dataclass
class Results:
    """Of every name the last result and what it is `of`; and the name of the one that is asked for."""

    made: dict[str, tuple[Any, Any]] = field(default_factory=dict)  # name: (of, result)
    wanted: str | None = None


def keep(name: str, result: Any, of: Any = None):
    """Keep what took a while to compute, and what it was made from; the last result of this name is let go."""
    session.own(Results).made[name] = of, result


def kept(name: str, of: Any = None) -> Any:
    """The last result of this name if it was made from this, else None."""
    made_from, result = session.own(Results).made.get(name, (None, None))
    return result if made_from == of else None


def derived(name: str, of: Any, make: Callable[[], Any]) -> Any:
    """The last result of this name if it was made from this, else what `make` returns."""
    result = kept(name, of)
    if result is None:
        result = make()
        keep(name, result, of)
    return result


def want(name: str):
    """After a click: this is to be computed in this run of the script."""
    session.own(Results).wanted = name


def wanted(name: str) -> bool:
    """Whether this is to be computed; said once."""
    results = session.own(Results)
    if results.wanted != name:
        return False
    results.wanted = None
    return True
