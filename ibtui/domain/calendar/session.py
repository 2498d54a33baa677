"""Which session a moment falls into or counts for, and when the next close is: one answer for everybody.

Where IB told the hours of a contract, they hold for the days that they tell; the table of exchanges
(`ibtui.domain.calendar.hours`) answers for all others.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from ibtui.domain.calendar.holidays import DAY, WEEK, never, never_early
from ibtui.domain.calendar.hours import MarketHours, TradingSession, open_on
from ibtui.domain.calendar.markets import hours_of
from ibtui.domain.calendar.new_york import add_months
from ibtui.domain.calendar.trading_hours import TradingHours
from ibtui.domain.instrument import Instrument

Period = Literal["day", "week", "month"]

FURTHEST = 15
"""Days that a search for a session looks over: more than any exchange stays closed."""
_INSTANT = timedelta(microseconds=1)
_LONGEST = timedelta(hours=26)
"""What is told as one session and is longer never pauses: the table cuts it into days."""
_AROUND_THE_CLOCK = frozenset({"FUT", "FOP", "CASH", "CRYPTO"})


def around_the_clock(instrument: Instrument) -> bool:
    """Whether the day of what trades here is the whole session, and not its regular hours alone."""
    return instrument.sec_type in _AROUND_THE_CLOCK


def begins(day: date, period: Period) -> date:
    """The first date of the day, the week (Monday) or the month that a session's date is of."""
    if period == "week":
        return day - DAY * day.weekday()
    return day.replace(day=1) if period == "month" else day


@lru_cache(maxsize=4096)
def session_on(hours: MarketHours, day: date, *, regular: bool) -> TradingSession | None:
    """The session of a day by the table, remembered; None on a day without."""
    return open_on(hours, day, regular=regular)


def day_order_over(sessions: InstrumentSessions, placed: datetime) -> datetime:
    """When a day order is over that was placed at a moment: with the session that runs then, or else with the next.

    What an order at IB may still do at the latest, whichever hours it is for, is `trading_hours.day_order_ends`.
    """
    return sessions.at(placed).end


def usual_on(hours: MarketHours, day: date, *, regular: bool) -> TradingSession:
    """What a day's session would be without holidays, weekends and early closes."""
    always = hours._replace(holidays=never, early=never_early, weekdays=frozenset(range(WEEK)))
    session = open_on(always, day, regular=regular)
    assert session is not None
    return session


class InstrumentSessions:
    """The sessions of one instrument: regular hours alone, or with those around them.

    It remembers its last answer, since a backtest asks on each bar. A moment is aware; what was told of hours is never
    asked for other days than it tells.
    """

    __slots__ = ("_hours", "_last", "_regular", "_since", "_told", "_zone")

    def __init__(self, hours: MarketHours, *, regular: bool, told: TradingHours | None = None) -> None:
        self._hours = hours
        self._zone = ZoneInfo(hours.zone)
        self._regular = regular
        self._told = told
        self._since = datetime.max.replace(tzinfo=UTC)
        self._last = TradingSession(date.min, self._since, self._since)

    @classmethod
    def of(
        cls, instrument: Instrument, *, regular: bool | None = None, told: TradingHours | None = None
    ) -> InstrumentSessions:
        """By an instrument's market; the whole session of what trades around the clock, if not said otherwise."""
        if regular is None:
            regular = not around_the_clock(instrument)
        return cls(hours_of(instrument), regular=regular, told=told)

    def on(self, day: date) -> TradingSession | None:
        """The session of a day; None on a day without."""
        listed = session_on(self._hours, day, regular=self._regular)
        return listed if self._told is None else _told_on(self._told, self._zone, day, listed, regular=self._regular)

    def at(self, moment: datetime) -> TradingSession:
        """The session that a moment falls into, or else the next one: its date is the one that the moment counts for.

        A future's Sunday evening in New York is Monday's; what is after a Friday's last close is Monday's, too.
        """
        if self._since <= moment < self._last.end:
            return self._last
        today = moment.astimezone(self._zone).date()
        self._last = next(session for session in self._from(today) if moment < session.end)
        self._since = moment
        return self._last

    def closing(self, moment: datetime) -> TradingSession:
        """As `at`, where the moment of a close still belongs to the session that ends: when a session's last bar
        closes."""
        return self.at(moment - _INSTANT)

    def after(self, day: date) -> TradingSession:
        """The first session of a later date."""
        return next(self._from(day + DAY))

    def before(self, day: date) -> TradingSession:
        """The last session of an earlier date."""
        return next(self._back(day - DAY))

    def last(self, day: date, period: Period) -> TradingSession:
        """The last session of the week or month that a session's date is of."""
        end = begins(day, period)
        end = add_months(end, 1) if period == "month" else end + DAY * (7 if period == "week" else 1)
        return next(self._back(end - DAY))

    def usual_end(self, day: date) -> datetime:
        """When the session of a day would end if it did not end early."""
        return usual_on(self._hours, day, regular=self._regular).end

    def _from(self, day: date) -> Iterator[TradingSession]:
        found = (self.on(day + DAY * number) for number in range(FURTHEST))
        return (session for session in found if session is not None)

    def _back(self, day: date) -> Iterator[TradingSession]:
        found = (self.on(day - DAY * number) for number in range(FURTHEST + 31))
        return (session for session in found if session is not None)


def _told_on(
    told: TradingHours, zone: ZoneInfo, day: date, listed: TradingSession | None, *, regular: bool
) -> TradingSession | None:
    """The session that was told of a day, a pause within it left out of account; `listed` where none was told."""
    spans = told.regular if regular else told.extended
    if any(span.end - span.begin > _LONGEST for span in spans):
        return listed
    found = [span for span in spans if (span.end - _INSTANT).astimezone(zone).date() == day]
    if found:
        return TradingSession(day, min(span.begin for span in found), max(span.end for span in found))
    known = listed is not None and told.since <= listed.begin and listed.end <= told.until
    return None if known else listed
