"""Messages, events and commands go to whoever handles their type, by one table for each union of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, TypeVar, get_args

H = TypeVar("H")


def handlers(union: Any, table: Mapping[type, H], *, never: Collection[type] = ()) -> dict[type, H]:
    """The table `table[type(message)]` is looked up in: complete, so that a new kind of message cannot be forgotten.

    It has a handler for each type of `union`, except for those of `never`, which need none or never come here. Raises
    TypeError for a type that is missing, in both, or in neither the union nor needed.
    """
    kinds, named = set(get_args(union)), [*table, *never]
    if missing := kinds.difference(named):
        raise TypeError(f"no handler for {_names(missing)}")
    if strange := set(named).difference(kinds):
        raise TypeError(f"{_names(strange)} cannot come here")
    if twice := set(table).intersection(never):
        raise TypeError(f"{_names(twice)} both handled and never handled")
    return dict(table)


def _names(kinds: Collection[type]) -> str:
    return ", ".join(sorted(kind.__name__ for kind in kinds))
