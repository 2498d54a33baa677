"""The words field tables are written in: a message is a tuple of these items, in the order of the wire.

A table is read by the encoder and by the decoder, so each message is described once. Names are those of IB's own
documentation, so that a table can be held against it line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ibtui.gateway.wire.values import FieldKind

LATEST = 10_000
"""A number beyond every server version."""


class Required(NamedTuple):
    """Marks a field that the writer must be given."""


REQUIRED = Required()


class Field(NamedTuple):
    """One value of a message: its name, its kind, and since which version it is there."""

    name: str
    kind: FieldKind
    default: Any = REQUIRED
    """Written when the message has no value of this name."""
    unset: str | None = None
    """How None is written; a field equal to it is read as None. None here: the field is always set."""
    since: int = 0
    until: int = LATEST
    """The first server version that has this field, and the first that no longer has it."""


class Fixed(NamedTuple):
    """A field that never varies, such as a message's own version number; read without a look."""

    text: str
    since: int = 0
    until: int = LATEST


class When(NamedTuple):
    """Items that are there only if the named value, which came before, passes the test."""

    name: str
    test: Callable[[Any], bool]
    items: tuple[Item, ...]


class Choice(NamedTuple):
    """Items that depend on the named value, which came before; none for a value that is not listed."""

    name: str
    options: Mapping[Any, tuple[Item, ...]]


class Each(NamedTuple):
    """A count, then so many times the items; the value is a list of messages."""

    name: str
    items: tuple[Item, ...]


class SinceVersion(NamedTuple):
    """Items that are there from a server version on."""

    version: int
    items: tuple[Item, ...]


class Rest(NamedTuple):
    """Whatever follows: clients differ there and nothing is read from it."""


Item = Field | Fixed | When | Choice | Each | SinceVersion | Rest


class Layout(NamedTuple):
    """One message: its id, its name in IB's client library, and its fields after the id."""

    id: int
    name: str
    items: tuple[Item, ...]


def message(number: int, name: str, *items: Item) -> Layout:
    """The table of one message, field by field."""
    return Layout(number, name, items)


def each(name: str, *items: Item) -> Each:
    return Each(name, items)


def when(name: str, test: Callable[[Any], bool], *items: Item) -> When:
    return When(name, test, items)


def since_version(version: int, *items: Item) -> SinceVersion:
    return SinceVersion(version, items)


def layouts(module: Mapping[str, Any]) -> tuple[Layout, ...]:
    """Every layout that a module has named so far, those it imported too, in their order: the module's own list."""
    return tuple(value for value in module.values() if isinstance(value, Layout))


def up_to(items: Sequence[Item], name: str) -> Sequence[Item]:
    """The items until the one of that name, and it; raises StopIteration where there is none."""
    return items[: 1 + next(at for at, item in enumerate(items) if getattr(item, "name", "") == name)]


def text(name: str, default: Any = REQUIRED, *, since: int = 0, until: int = LATEST) -> Field:
    return Field(name, FieldKind.TEXT, default, None, since, until)


def integer(
    name: str, default: Any = REQUIRED, *, unset: str | None = None, since: int = 0, until: int = LATEST
) -> Field:
    """A whole number; empty is 0 where it cannot be unset."""
    return Field(name, FieldKind.INTEGER, default, unset, since, until)


def flag(name: str, default: Any = REQUIRED, *, since: int = 0) -> Field:
    return Field(name, FieldKind.FLAG, default, None, since)


def number(name: str, default: Any = REQUIRED, *, unset: str | None = None) -> Field:
    return Field(name, FieldKind.NUMBER, default, unset)


def decimal(
    name: str, default: Any = REQUIRED, *, unset: str | None = None, since: int = 0, until: int = LATEST
) -> Field:
    return Field(name, FieldKind.DECIMAL, default, unset, since, until)


def size(name: str, default: Any = REQUIRED) -> Field:
    return Field(name, FieldKind.SIZE, default)


def given(value: Any) -> bool:
    """A test for `When`: a text that is not empty, a flag that is set, a list with items."""
    return bool(value)


def positive(value: Any) -> bool:
    return value is not None and value > 0


def one_of(*values: Any) -> Callable[[Any], bool]:
    """A test for `When`: the value is one of these."""
    return lambda value: value in values
