"""Futures whose goods are delivered: until when a position can be left before somebody has to give or take them.

The rules are those of the contract specifications of CME Group. Where notices begin before trading ends, a long may be
given one from the first notice day on: the last business day of the month before the contract month, for treasuries,
grains and metals. Where they follow the last trading day (crude oil, gas, products, currencies), that day is what
counts, for both sides. Business days are those of the American exchanges. Roots whose rule we are not sure of, and
those that settle in cash, are not here.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal, NamedTuple

from ibtui.domain.calendar.new_york import is_trading_day, trading_day
from ibtui.domain.instrument import Instrument, last_day
from ibtui.domain.reference.futures import future_name

WARNED = 5
"""Trading days before such a day from which on it is told."""
NOTICES = frozenset(
    {
        *("ZT", "ZF", "ZN", "TN", "ZB", "UB"),
        *("ZC", "ZS", "ZW", "KE", "ZL", "ZM"),
        *("GC", "MGC", "SI", "SIL", "HG", "PL", "PA"),
    }
)
"""Roots with a first notice day before their last trading day, which lies in the contract month."""
LAST_DAYS = frozenset({"CL", "NG", "HO", "RB", "6E", "6J", "6B", "6A", "6C", "6S", "6N", "M6E"})
"""Roots that are delivered by what is held after their last trading day."""
_DAY = timedelta(days=1)
_NEAR = 14
"""Days that no five trading days take longer than."""


class DeliveryDay(NamedTuple):
    """The day from which on a position may be delivered."""

    kind: Literal["first_notice", "last_day"]
    day: date

    def left(self, today: date) -> int:
        """Business days from `today` until it, 0 on the day itself and after it."""
        days = (today + number * _DAY for number in range(1, (self.day - today).days + 1))
        return sum(map(is_trading_day, days))

    def words(self, today: date) -> str:
        """`first notice on 2027-02-26, in 3 trading days`."""
        left, name = self.left(today), {"first_notice": "first notice", "last_day": "last day"}[self.kind]
        if self.day < today:
            return f"{name} was on {self.day}"
        if self.day == today:
            return f"{name} is today"
        return f"{name} on {self.day}, in {left} trading day{'' if left == 1 else 's'}"

    @property
    def means(self) -> str:
        """What happens then to who still holds it, a clause."""
        if self.kind == "first_notice":
            return "from then on a long may be delivered to; close it or roll it"
        return "what is held after it is delivered; close it or roll it"


def delivery_day(instrument: Instrument, *, long: bool) -> DeliveryDay | None:
    """Until when a position can be left; None for what is not delivered, as far as it is known here."""
    last = last_day(instrument.expiry)
    if instrument.sec_type != "FUT" or last is None:
        return None
    named = future_name(instrument.symbol)
    root = instrument.trading_class if named is None else named.root
    if root in LAST_DAYS or (root in NOTICES and not long):
        return DeliveryDay("last_day", last)
    return DeliveryDay("first_notice", trading_day(last.replace(day=1) - _DAY)) if root in NOTICES else None


def delivery_due(instrument: Instrument, *, long: bool, today: date) -> DeliveryDay | None:
    """The same once it is near: `WARNED` trading days ahead, and from then on."""
    found = delivery_day(instrument, long=long)
    near = found is not None and (found.day - today).days <= _NEAR and found.left(today) <= WARNED
    return found if near else None
