"""Ceilings on what an account, or one strategy of it, may build up: the same object live and over the past."""

from __future__ import annotations

import re
from datetime import time

from msgspec import Struct

_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class Ceilings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """None is no limit. Orders that only reduce a position pass all of them; orders that may still trade count as
    filled. Values are in the instrument's currency, a future counts with its whole value."""

    position_quantity: float | None = None
    """Largest position in one instrument."""
    position_value: float | None = None
    """Largest value of the position in one instrument."""
    gross_value: float | None = None
    """Most that all positions may be worth without their signs; of a strategy, its capital."""
    gross_percent: float | None = None
    """The same in percent of equity."""
    symbol_percent: float | None = None
    """Share of equity in one instrument."""
    group_percent: float | None = None
    """Share of equity in the instruments of one group, see `groups` of the profile."""
    open_positions: int | None = None
    """Instruments that may be held at once."""
    orders_per_day: int | None = None
    """Orders by day in New York, without targets, stops and closes."""
    order_seconds: float | None = None
    """Least time between two of them."""
    daily_loss: float | None = None
    """Loss since the day began from which on only orders that reduce pass."""
    daily_loss_percent: float | None = None
    """The same in percent of the equity that the day began with."""
    hours: str = ""
    """When orders that add risk may go out, New York: 09:30-15:45; over midnight 18:00-16:00. Empty: always."""
    symbols: tuple[str, ...] = ()
    """The only instruments that may be bought or sold short. Empty: all."""


NONE = Ceilings()


def hours(text: str) -> tuple[time, time]:
    """From and to; raises ValueError for what is not written like 09:30-15:45."""
    match = _HOURS.fullmatch(text)
    if match is None:
        raise ValueError(f"hours are written like 09:30-15:45, not {text[:20]!r}")
    begin_hour, begin_minute, end_hour, end_minute = (int(part) for part in match.groups())
    return time(begin_hour, begin_minute), time(end_hour, end_minute)
