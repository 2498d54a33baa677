"""Ceilings on what an account, or one strategy of it, may build up: the same object live and over the past."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from ibtui.domain.calendar.new_york import NEW_YORK

_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d"
_HOURS = re.compile(rf"({_TIME}-{_TIME}(?:, ?{_TIME}-{_TIME})*)(?: ([A-Za-z0-9_+/-]+))?", re.ASCII)


class Ceilings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """None is no limit. Orders that only reduce a position pass all of them; orders that may still trade count as
    filled where that makes a position larger.

    Values are in the account's currency, by the rates that `ibtui.domain.currency` knows of: an order in a currency
    whose rate is not known is refused. A future counts with its whole value. A strategy's percents are of the
    account's equity.
    """

    order_quantity: float | None = None
    """Largest quantity of one order; currencies count in units of 1,000. A profile's is 10,000."""
    order_value: float | None = None
    """Largest value of one order, of a combo that of each leg. A profile's is 500,000."""
    position_quantity: float | None = None
    """Largest position in one instrument. A strategy's is 1,000 shares, 10 contracts, 1,000,000 of a currency."""
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
    """Orders by day in New York, without targets, stops and closes; an order that is changed stays one."""
    order_seconds: float | None = None
    """Least time between two of them."""
    daily_loss: float | None = None
    """Loss since the day began from which on only orders that reduce pass until midnight in New York, even when it is
    made good; entries that work are cancelled. The account's as IB reports it, a strategy's by its own fills and in the
    account's currency at the rates of now.
    """
    daily_loss_percent: float | None = None
    """The same in percent of the equity that the day began with."""
    hours: str = ""
    """When orders that add risk may go out: `09:30-15:45`, several as `09:30-12:00, 13:00-15:45`, over midnight
    `18:00-16:00`; New York's time, or that of a zone named after them: `08:00-16:30 Europe/London`. Empty: always."""
    symbols: tuple[str, ...] = ()
    """The only instruments that may be bought or sold short. Empty: all."""


NONE = Ceilings()


class Limits(Ceilings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ceilings of the pre-trade gate; an order that can only reduce the position passes the ones marked *, and those
    of `Ceilings`, which are none unless they are written down."""

    order_quantity: float = 10_000
    """* Largest quantity of one order; currencies count in units of 1,000."""
    order_value: float = 500_000
    """* Largest value of one order in the account's currency."""
    collar_percent: float = 5.0
    """Farthest a limit may lie beyond the other side of the market, in percent."""
    exit_collar_percent: float = 50.0
    """Farthest a stop or a target may lie from the market, or from the entry of its bracket, in percent."""
    delayed_quotes: bool = False
    """Whether orders that add risk may be measured against delayed or frozen quotes, too."""
    quote_age: float = 5.0
    """* Oldest quote, in seconds since its receipt, that an order may be measured against."""
    duplicate_seconds: float = 1.0
    """The same order again within this time is refused."""
    open_orders: int = 15
    """* Most live orders of ours per instrument and side; IB itself stops at 20."""
    orders_per_second: int = 40
    """* Most orders and changes within a second, each leg of a bracket counted; cancels are none of them."""


DEFAULT = "default"
"""Whose limits hold strategies that have none of their own."""


def of_strategy(strategies: Mapping[str, Ceilings], name: str) -> Ceilings:
    """The limits of a strategy among those of a profile; `dip.slow` is a run of `dip`."""
    found = strategies.get(name) or strategies.get(name.partition(".")[0])
    return found or strategies.get(DEFAULT, NONE)


OFF: dict[str, object] = {
    "order_quantity": float("inf"),
    "order_value": float("inf"),
    "collar_percent": float("inf"),
    "exit_collar_percent": float("inf"),
    "delayed_quotes": True,
    "quote_age": float("inf"),
    "duplicate_seconds": 0.0,
    "open_orders": sys.maxsize,
    "orders_per_second": sys.maxsize,
}
"""What the limits of every profile are where they shall not hold: over the past only, no configuration may say so."""


def without(limits: Limits, names: Iterable[str]) -> Limits:
    """The same with those limits switched off, by their names: fields of `Limits`."""
    return replace(limits, **{name: OFF[name] if name in OFF else getattr(NONE, name) for name in names})


UNLIMITED = without(Limits(), OFF)
"""No limit at all, as for research that says so; what an order has to be in any case is still asked."""

MOST: dict[str, float] = {
    "order_quantity": 1_000_000,
    "collar_percent": 50,
    "exit_collar_percent": 50,
    "quote_age": 60,
    "orders_per_second": 45,
}
"""The hard ceilings: what no configuration may exceed, by the name of the limit. Every limit is finite and above 0."""
MOST_EQUITY = 10.0
"""An order is worth no more than so many times the account's net liquidation, whatever is configured."""


class Hours(NamedTuple):
    """Times of the day, each from its beginning until before its end, in a zone."""

    ranges: tuple[tuple[time, time], ...]
    zone: ZoneInfo

    def local(self, moment: datetime) -> time:
        """What the clock shows there."""
        return moment.astimezone(self.zone).time()

    def inside(self, moment: datetime) -> bool:
        """Whether an aware moment lies in one of them."""
        now = self.local(moment)
        return any(a <= now < b if a <= b else now >= a or now < b for a, b in self.ranges)


@lru_cache(64)
def hours(text: str) -> Hours:
    """The hours of such a text; raises ValueError for what is not written like 09:30-15:45."""
    match = _HOURS.fullmatch(text)
    if match is None:
        raise ValueError(f"hours are written like 09:30-15:45, not {text[:40]!r}")
    try:
        zone = ZoneInfo(match[2]) if match[2] else NEW_YORK
    except (KeyError, ValueError, OSError):
        raise ValueError(f"hours: there is no time zone {match[2]!r}") from None
    ends = [part.split("-") for part in match[1].replace(" ", "").split(",")]
    return Hours(tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in ends), zone)
