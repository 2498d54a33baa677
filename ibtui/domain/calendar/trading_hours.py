"""When an instrument trades: the sessions that IB tells with its contract, and what they mean at one moment."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

_DAY = timedelta(days=1)
_OLD_NAMES = {
    "MET": "Europe/Berlin",
    "MEZ": "Europe/Berlin",
    "JST": "Asia/Tokyo",
    "HKT": "Asia/Hong_Kong",
    "EST5": "America/New_York",
    "EST": "America/New_York",
    "CST": "America/Chicago",
    "GMT": "UTC",
    "GB": "Europe/London",
}
"""Zone names of Java that a zone database may lack, or reads as one without summer time."""
_SPAN = re.compile(r"(?:(\d{8}):)?(\d{4})-(?:(\d{8}):)?(\d{4})")
_CLOSED = re.compile(r"(\d{8}):CLOSED")


class OpenSpan(Struct, frozen=True):
    """One session, from `begin` to before `end`, aware UTC."""

    begin: datetime
    end: datetime


class TradingHours(Struct, frozen=True, kw_only=True):
    """Sessions of some days, in order."""

    since: datetime
    until: datetime
    """What was before and what comes later is not known."""
    regular: tuple[OpenSpan, ...]
    """IB's liquid hours: when a market order of a stock or an option trades."""
    extended: tuple[OpenSpan, ...]
    """All sessions, with those before and after the regular ones."""

    def is_open(self, moment: datetime, *, extended: bool = False) -> bool | None:
        """Whether a moment falls into a session; None where that is not known."""
        spans = self.extended if extended else self.regular
        if any(span.begin <= moment < span.end for span in spans):
            return True
        return False if self.since <= moment < self.until else None

    def opens(self, moment: datetime, *, extended: bool = False) -> datetime | None:
        """When the next session begins after a moment; None where none is known."""
        spans = self.extended if extended else self.regular
        return min((span.begin for span in spans if span.begin > moment), default=None)


def day_order_ends(hours: TradingHours, placed: datetime) -> datetime | None:
    """When a day order that was placed at a moment is over at the latest; None where that is not known.

    It is over with the first regular session that ends after it, and with the first extended one: an order may be for
    either, and one that is placed after the regular close of a day belongs to the next. Where trading never pauses, it
    is over within a day.
    """
    if not hours.since <= placed < hours.until:
        return None
    regular, extended = _day_ends(hours.regular, placed), _day_ends(hours.extended, placed)
    return None if regular is None or extended is None else max(regular, extended)


def _day_ends(spans: Iterable[OpenSpan], placed: datetime) -> datetime | None:
    """The end of the first session that ends after a moment, a day after it can trade at the latest."""
    span = next((span for span in spans if span.end > placed), None)
    return None if span is None else min(span.end, max(span.begin, placed) + _DAY)


def zone_of(name: str) -> ZoneInfo | None:
    """The time zone that IB or TWS names, in the words of Java or of a zone database; None for one nobody knows."""
    text = name.partition(" (")[0].strip()
    try:
        return ZoneInfo(_OLD_NAMES.get(text, text))
    except (ValueError, OSError, KeyError):
        return None


def read_hours(zone: str, trading: str, liquid: str) -> TradingHours | None:
    """The sessions of contract details; None when they tell nothing that can be read.

    `20260408:0400-20260408:2000;20260411:CLOSED`, with several sessions of a day one after the other; older gateways
    write `20180323:0400-2000,2000-2200;20180326:CLOSED`, where an end that is no later than its begin says that the
    session began on the day before.
    """
    where = zone_of(zone)
    if where is None:
        return None
    extended, days = _spans(trading, where)
    regular, _ = _spans(liquid, where)
    if not days:
        return None
    since = datetime.combine(min(days), time(), where).astimezone(UTC)
    until = datetime.combine(max(days) + _DAY, time(), where).astimezone(UTC)
    return TradingHours(
        since=min([since, *(span.begin for span in extended)]),
        until=max([until, *(span.end for span in extended)]),
        regular=_joined(regular),
        extended=_joined(extended),
    )


def _spans(text: str, zone: ZoneInfo) -> tuple[list[OpenSpan], set[date]]:
    """Every session of a text, and the days that it speaks of."""
    found: list[OpenSpan] = []
    days: set[date] = set()
    for part in text.split(";"):
        closed = _CLOSED.fullmatch(part.strip())
        if closed is not None:
            days |= _days(closed[1], zone)
            continue
        day = ""
        for piece in part.split(","):
            match = _SPAN.fullmatch(piece.strip())
            if match is None:
                continue
            day = match[1] or day
            span = _span(day, match, zone)
            if span is not None:
                found.append(span)
                days |= _days(day, zone)
    return found, days


def _span(day: str, match: re.Match[str], zone: ZoneInfo) -> OpenSpan | None:
    begin, end = _moment(day, match[2], zone), _moment(match[3] or day, match[4], zone)
    if begin is None or end is None:
        return None
    if end <= begin and match[3] is None:
        begin = begin - _DAY
    return OpenSpan(begin.astimezone(UTC), end.astimezone(UTC)) if begin < end else None


def _moment(day: str, clock: str, zone: ZoneInfo) -> datetime | None:
    """A local time; 2400 is the end of the day."""
    try:
        at = datetime.strptime(day, "%Y%m%d").replace(tzinfo=zone)
        hour, minute = int(clock[:2]), int(clock[2:])
        return at + _DAY if (hour, minute) == (24, 0) else at.replace(hour=hour, minute=minute)
    except ValueError:
        return None


def _days(day: str, zone: ZoneInfo) -> set[date]:
    """The day of a text as a set of one, empty for none."""
    at = _moment(day, "0000", zone)
    return set() if at is None else {at.date()}


def _joined(spans: Iterable[OpenSpan]) -> tuple[OpenSpan, ...]:
    """In order, with sessions that follow each other without a pause as one."""
    joined: list[OpenSpan] = []
    for span in sorted(spans, key=lambda item: item.begin):
        if joined and span.begin <= joined[-1].end:
            joined[-1] = OpenSpan(joined[-1].begin, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)
