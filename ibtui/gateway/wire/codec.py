"""The codec: a message as a mapping of names to values, by its table to bytes and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from ibtui.gateway.wire.fields import REQUIRED, Choice, Each, Field, Fixed, Item, Layout, Rest, SinceVersion, When
from ibtui.gateway.wire.values import DOUBLE_MAX, INTEGER_MAX, FieldKind, MalformedError, read, write, writer

Values = dict[str, Any]
"""A message: IB's field names to values."""

_MOST_ITEMS = 100_000


class TruncatedError(MalformedError):
    """A message ends before its table does."""


def encode(layout: Layout, values: Mapping[str, Any], version: int) -> bytes:
    """The payload of a message for a client of this server version; raises KeyError for a value that is missing."""
    key = (id(layout), version)
    plan = _PLANS.get(key)
    if plan is None:
        plan = _PLANS[key] = _plan(layout, version)
    if plan.write is not None:
        return plan.write(values).encode("ascii")
    out = [str(layout.id)]
    _write(layout.items, dict(values), version, out)
    out.append("")
    return "\0".join(out).encode("ascii")


def decode(layout: Layout, fields: Sequence[str], version: int) -> Values:
    """The values in `fields`, those after the message id; raises MalformedError unless they fit the table exactly.

    Exactly, because an order read with one field too many is another order.
    """
    values: Values = {}
    try:
        end = _read(layout.items, fields, 0, version, values)
        if end != len(fields):
            raise MalformedError(f"{len(fields) - end} fields too many")
    except MalformedError as error:
        error.values = values
        raise
    return values


def decode_first(layout: Layout, fields: Sequence[str], version: int) -> tuple[Values, int]:
    """The values of a message that `fields` begin with, those after its id, and how many fields it takes.

    For a stream without frames. Raises TruncatedError while more must come, MalformedError when nothing can help.
    """
    values: Values = {}
    try:
        return values, _read(layout.items, fields, 0, version, values)
    except MalformedError as error:
        error.values = values
        raise


class _Plan(NamedTuple):
    """How a message is written for one server version."""

    layout: Layout
    """Kept, so that no other table is ever found at its address."""
    write: Callable[[Mapping[str, Any]], str] | None
    """None where its fields vary."""


_PLANS: dict[tuple[int, int], _Plan] = {}
"""By the address of the table: to hash one takes longer than to write a tick, of which there may be many."""


def _plan(layout: Layout, version: int) -> _Plan:
    """A table without blocks and lists becomes one expression, which takes a fifth of the time."""
    if not all(isinstance(item, Field | Fixed) for item in layout.items):
        return _Plan(layout, None)
    parts = [repr(str(layout.id))]
    names: dict[str, Any] = {}
    for index, item in enumerate(layout.items):
        if isinstance(item, Field | Fixed) and item.since <= version < item.until:
            parts.append(repr(item.text) if isinstance(item, Fixed) else _call(item, index, version, names))
    source = f"lambda values: '\\0'.join(({', '.join(parts)}, ''))"
    return _Plan(layout, eval(source, names))


def _call(field: Field, index: int, version: int, names: dict[str, Any]) -> str:
    """The expression that writes one field; what it calls is put into `names`."""
    call = f"field{index}"
    if field.default is REQUIRED and field.unset is None:
        names[call] = writer(field.kind, version)
        return f"{call}(values[{field.name!r}])"
    names[call] = partial(_optional, field, writer(field.kind, version))
    return f"{call}(values)"


def _optional(field: Field, text: Callable[[Any], str], values: Mapping[str, Any]) -> str:
    value = values[field.name] if field.default is REQUIRED else values.get(field.name, field.default)
    return field.unset if value is None and field.unset is not None else text(value)


def _write(items: Sequence[Item], values: Values, version: int, out: list[str]) -> None:
    """Write items; a default that was written becomes a value, since later items may depend on it."""
    for item in items:
        match item:
            case Field(name=name, since=since, until=until):
                if since <= version < until:
                    out.append(_text(item, values, version))
            case Fixed(text=text, since=since, until=until):
                if since <= version < until:
                    out.append(text)
            case When(name=name, test=test, items=inner):
                if test(values.get(name)):
                    _write(inner, values, version, out)
            case Choice(name=name, options=options):
                _write(options.get(values[name], ()), values, version, out)
            case Each(name=name, items=inner):
                rows = values.get(name, ())
                out.append(str(len(rows)))
                for row in rows:
                    _write(inner, dict(row), version, out)
            case SinceVersion(version=since, items=inner):
                if version >= since:
                    _write(inner, values, version, out)
            case Rest():
                pass


def _text(field: Field, values: Values, version: int) -> str:
    value = values.setdefault(field.name, field.default)
    if value is REQUIRED:
        raise KeyError(field.name)
    if value is None and field.unset is not None:
        return field.unset
    return write(field.kind, value, version)


def _read(items: Sequence[Item], fields: Sequence[str], at: int, version: int, values: Values) -> int:
    for item in items:
        match item:
            case Field(name=name, since=since, until=until):
                if since <= version < until:
                    values[name] = _value(item, _next(fields, at))
                    at += 1
            case Fixed(since=since, until=until):
                if since <= version < until:
                    _next(fields, at)
                    at += 1
            case When(name=name, test=test, items=inner):
                if test(values.get(name)):
                    at = _read(inner, fields, at, version, values)
            case Choice(name=name, options=options):
                at = _read(options.get(values[name], ()), fields, at, version, values)
            case Each(name=name, items=inner):
                count = read(FieldKind.INTEGER, _next(fields, at) or "0")
                at = _read_each(inner, count, fields, at + 1, version, values.setdefault(name, []))
            case SinceVersion(version=since, items=inner):
                if version >= since:
                    at = _read(inner, fields, at, version, values)
            case Rest():
                at = len(fields)
    return at


def _read_each(
    items: Sequence[Item], count: int, fields: Sequence[str], at: int, version: int, rows: list[Values]
) -> int:
    if not 0 <= count <= min(len(fields) - at, _MOST_ITEMS):
        kind = TruncatedError if 0 < count <= _MOST_ITEMS else MalformedError
        raise kind(f"a list of {count} items in {len(fields) - at} fields")
    for _ in range(count):
        row: Values = {}
        at = _read(items, fields, at, version, row)
        rows.append(row)
    return at


def _next(fields: Sequence[str], at: int) -> str:
    if at >= len(fields):
        raise TruncatedError(f"the message ends after {len(fields)} fields")
    return fields[at]


def _value(field: Field, text: str) -> Any:
    if field.unset is not None and text in (field.unset, "", INTEGER_MAX, DOUBLE_MAX):
        return None
    if field.kind is FieldKind.INTEGER and not text:
        return 0
    return read(field.kind, text)
