"""Algorithms of an order: from IB's names and tags to the exchange's settings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import ValidationError, convert

from ibtui.exchange.refusal import Refused
from ibtui.exchange.terms.algos import Algo
from ibtui.gateway.services.times import LOGIN_ZONE, parse_time, zoned
from ibtui.gateway.wire.codec import Values


def algo(order: Values, now: datetime) -> Algo | None:
    """The order's algorithm; raises Refused for one, or a setting, that this gateway does not have."""
    name = order["algoStrategy"]
    if not name:
        return None
    known = _TAGS.get(name)
    if known is None:
        raise Refused(439, "The order processing failed. Algorithm definition not found.")
    settings: dict[str, Any] = {"name": name}
    for row in order.get("algoParams") or ():
        if row["tag"] not in known:
            raise Refused(443, f"Order processing failed. Unknown algo attribute. {row['tag']}")
        settings |= _setting(row["tag"], row["value"].strip(), now)
    try:
        return convert(settings, Algo)
    except ValidationError as error:
        raise _invalid(str(error)) from None


def _setting(tag: str, value: str, now: datetime) -> dict[str, Any]:
    """One setting under the exchange's name; empty where the value is the default."""
    if not value:
        return {}
    if tag in _ONLY:
        if value.lower() not in _ONLY[tag]:
            raise _invalid(f"{tag} {value} is not supported by the ibtui gateway")
        return {}
    field, read = _FIELDS[tag]
    try:
        return {field: read(value, now)}
    except ValueError:
        raise _invalid(f"{tag} {value}") from None


def _time(text: str, now: datetime) -> datetime:
    """An instant; a clock time is today's."""
    zone = text.split()[1] if len(text.split()) == 2 and ":" in text.split()[0] else LOGIN_ZONE
    today = zoned(now, zone).split()[0]
    return parse_time(text if text[:8].isdecimal() else f"{today} {text}")


def _invalid(what: str) -> Refused:
    return Refused(441, f"Algo attributes validation failed: {what}")


_FIELDS: dict[str, tuple[str, Callable[[str, datetime], Any]]] = {
    "adaptivePriority": ("priority", lambda text, _: text),
    "startTime": ("begin", _time),
    "endTime": ("end", _time),
    "allowPastEndTime": ("past_end", lambda text, _: bool(int(text))),
    "maxPctVol": ("max_share", lambda text, _: float(text)),
}
_ONLY = {
    "strategyType": ("marketable",),
    "noTakeLiq": ("0", "false"),
    "speedUp": ("0", "false"),
    "catchUp": ("0", "false"),
    "conditionalPrice": ("0", "0.0"),
}
"""Settings of which one value is supported."""
_WINDOW = ("startTime", "endTime", "allowPastEndTime", "conditionalPrice", "catchUp")
_TAGS: dict[str, tuple[str, ...]] = {
    "Adaptive": ("adaptivePriority",),
    "Twap": (*_WINDOW, "strategyType"),
    "Vwap": (*_WINDOW, "maxPctVol", "noTakeLiq", "speedUp"),
}
