"""Whether an order would wait for its market, and until when, in words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

from ibtui.domain.calendar.trading_hours import TradingHours, zone_of
from ibtui.domain.instrument import Instrument

_ROUND = frozenset({"FUT", "CASH", "CRYPTO", "FOP"})
"""These trade in all their sessions with any order; IB binds only stops to the liquid hours."""
_HELD = re.compile(r"held by IB until (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (\S+)")
_OUTSIDE = frozenset({"STK"})
"""Limits of these may trade before and after regular hours."""


class MarketNow(Struct, frozen=True, kw_only=True):
    """What an instrument's trading hours mean for an order that is sent now."""

    waits: str = ""
    """`until 9:30`, of an order as usual; empty where it may trade at once, or where nobody knows."""
    waits_outside: str = ""
    """The same of a limit that may trade outside regular hours."""
    takes_outside: bool = False
    """Whether a limit of it may be sent so."""
    known: bool = True


def market_now(instrument: Instrument, hours: TradingHours | None, now: datetime, zone: str) -> MarketNow:
    return MarketNow(
        waits=waits(instrument, hours, now, zone),
        waits_outside=waits(instrument, hours, now, zone, outside=True),
        takes_outside=takes_outside(instrument),
        known=is_open(instrument, hours, now, outside=False) is not None,
    )


def takes_outside(instrument: Instrument) -> bool:
    """Whether a limit of it may be sent for the hours around the regular ones."""
    return instrument.sec_type in _OUTSIDE


def is_open(instrument: Instrument, hours: TradingHours | None, now: datetime, *, outside: bool) -> bool | None:
    """Whether an order, not a stop, may trade now; `outside`: also outside regular hours. None: not known."""
    return None if hours is None else hours.is_open(now, extended=outside or instrument.sec_type in _ROUND)


def waits(
    instrument: Instrument, hours: TradingHours | None, now: datetime, zone: str, *, outside: bool = False
) -> str:
    """`until 9:30`, with the day where that is another one in the zone; empty where it trades or nobody knows."""
    if hours is None or is_open(instrument, hours, now, outside=outside) is not False:
        return ""
    opens = hours.opens(now, extended=outside or instrument.sec_type in _ROUND)
    return "until its market opens" if opens is None else f"until {moment_words(opens, now, zone)}"


def held_until(reason: str) -> datetime | None:
    """When IB itself says that an order goes to its market; None where it does not say."""
    match = _HELD.search(reason)
    zone = None if match is None else zone_of(match[2])
    if match is None or zone is None:
        return None
    return datetime.strptime(match[1], "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone)


def moment_words(moment: datetime, now: datetime, zone: str) -> str:
    """`9:30`, `Mon 9:30`, `Mon 7 Dec 9:30`: as much of the day as it takes to know it."""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    clock = f"{local.hour}:{local.minute:02}"
    if local.date() == today:
        return clock
    if local.date() < today + timedelta(days=7):
        return f"{local:%a} {clock}"
    return f"{local:%a} {local.day} {local:%b} {clock}"
