"""The codec: a message as a mapping of names to values, by its table to bytes and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ibtui.gateway.wire.fields import REQUIRED, Choice, Each, Field, Fixed, Item, Layout, Rest, Since, When
from ibtui.gateway.wire.values import DOUBLE_MAX, INTEGER_MAX, Kind, MalformedError, read, write

Values = dict[str, Any]
"""A message: IB's field names to values."""

_MOST_ITEMS = 100_000


def encode(layout: Layout, values: Mapping[str, Any], version: int) -> bytes:
    """The payload of a message for a client of this server version; raises KeyError for a value that is missing."""
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
            case Since(version=since, items=inner):
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
                count = read(Kind.INTEGER, _next(fields, at) or "0")
                at = _read_each(inner, count, fields, at + 1, version, values.setdefault(name, []))
            case Since(version=since, items=inner):
                if version >= since:
                    at = _read(inner, fields, at, version, values)
            case Rest():
                at = len(fields)
    return at


def _read_each(
    items: Sequence[Item], count: int, fields: Sequence[str], at: int, version: int, rows: list[Values]
) -> int:
    if not 0 <= count <= min(len(fields) - at, _MOST_ITEMS):
        raise MalformedError(f"a list of {count} items in {len(fields) - at} fields")
    for _ in range(count):
        row: Values = {}
        at = _read(items, fields, at, version, row)
        rows.append(row)
    return at


def _next(fields: Sequence[str], at: int) -> str:
    if at >= len(fields):
        raise MalformedError(f"the message ends after {len(fields)} fields")
    return fields[at]


def _value(field: Field, text: str) -> Any:
    if field.unset is not None and text in (field.unset, "", INTEGER_MAX, DOUBLE_MAX):
        return None
    if field.kind is Kind.INTEGER and not text:
        return 0
    return read(field.kind, text)
