"""Tables by the kind of a part: one without an entry of its own has that of its nearest base class."""

from collections.abc import Mapping
from typing import Any, TypeVar

Entry = TypeVar("Entry")


def entry(table: Mapping[Any, Entry], kind: type, *otherwise: Entry) -> Entry:
    """The entry of a kind in a table; without one `otherwise`, or KeyError."""
    found = [table[each] for each in kind.__mro__ if each in table]
    return [*found, *otherwise][0] if found or otherwise else table[kind]
