"""Where bars begin and end: one rule by which quotes, minutes and whole histories become hours and days.

A day is a session. Its bar bears midnight in New York of the session's date: bars of one date stand together, whatever
their hours, and a future's Monday, which begins on Sunday evening, is Monday. A bar shorter than a day bears its begin.

From an hour on, bars begin with their session and at multiples of their length since midnight where the market is, and
end with the session: an hour of American stocks is 9:30 to 10:00, 10:00 to 11:00, and so on, as TWS cuts it. That two
hours and more keep the same grid there (9:30, 10:00, 12:00) is not verified. Shorter bars begin at multiples of their
length since 1970, in every zone the same.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ibtui.domain.bar import BarHours
from ibtui.domain.calendar.holidays import DAY, WEEK
from ibtui.domain.calendar.hours import MarketHours, TradingSession, open_on
from ibtui.domain.calendar.markets import hours_of
from ibtui.domain.calendar.new_york import exchange_day, midnight
from ibtui.domain.calendar.session import FURTHEST, around_the_clock, session_on, usual_on
from ibtui.domain.instrument import Instrument

SECONDS_OF_DAY = 86_400
HOUR = 3_600
"""Seconds from which on bars keep to sessions; shorter ones are of all hours, live and in the past."""


class BarSpan(NamedTuple):
    """What one bar is of: trades from `begin` to before `end`, aware UTC; `day` is the session's date.

    A day of all hours may also hold what traded since the session before.
    """

    time: datetime
    """What the bar bears as its time."""
    begin: datetime
    end: datetime
    day: date


class Cutting(NamedTuple):
    """How the bars of one length of one market are cut.

    Of `regular` hours, what trades outside them belongs to no bar. Of `all`, nothing is lost: what trades after one
    session and before the next belongs to the day of the next.
    """

    hours: MarketHours
    seconds: int
    """Up to a day."""
    kept: BarHours = "regular"

    def of(self, moment: datetime) -> BarSpan | None:
        """The bar that a moment (aware) falls into; None where it belongs to none."""
        session = self._coming(moment)
        if session is None or (self.kept == "regular" and moment < session.begin):
            return None
        if self.seconds >= SECONDS_OF_DAY:
            return BarSpan(midnight(session.day), session.begin, session.end, session.day)
        if self.seconds < HOUR:
            begin, end = _short(self, session, moment)
            return BarSpan(begin, begin, end, session.day)
        edges = _edges(self, session.day)
        place = bisect_right(edges, moment)
        return BarSpan(edges[place - 1], edges[place - 1], edges[place], session.day)

    def closed_until(self, moment: datetime) -> datetime | None:
        """When the next bar begins at the earliest after a moment that belongs to none; None for not within weeks."""
        session = self._coming(moment)
        return None if session is None else session.begin

    def at(self, time: datetime) -> BarSpan:
        """The span of a bar by the time that it bears, wherever it came from; one of no session is of its date."""
        if self.seconds >= SECONDS_OF_DAY:
            day, regular = exchange_day(time), self.kept == "regular"
            session = open_on(self.hours, day, regular=regular) or usual_on(self.hours, day, regular=regular)
            return BarSpan(time, session.begin, session.end, day)
        span = self.of(time)
        if span is not None and span.begin == time:
            return span
        end = time + timedelta(seconds=self.seconds)
        if span is None:
            return BarSpan(time, time, end, time.astimezone(ZoneInfo(self.hours.zone)).date())
        return BarSpan(time, time, min(end, _edges(self, span.day)[-1]), span.day)

    def _coming(self, moment: datetime) -> TradingSession | None:
        """The session that runs at a moment, else the next one."""
        hours, regular = self.hours, self.kept == "regular"
        day = moment.astimezone(ZoneInfo(hours.zone)).date()
        for _ in range(FURTHEST):
            session = session_on(hours, day, regular=regular)
            if session is not None and moment < session[2]:
                return session
            day += DAY
        return None

    def session(self, day: date) -> TradingSession | None:
        """The session of a date, in the hours that are kept; None on a day without."""
        return session_on(self.hours, day, regular=self.kept == "regular")

    def began(self, day: date) -> datetime:
        """From when on trades count for the session of a date: of all hours since the end of the one before."""
        session = self.session(day)
        assert session is not None
        earlier = (self.session(day - number * DAY) for number in range(1, FURTHEST))
        before = next((one.end for one in earlier if one is not None), session.begin)
        return before if self.kept == "all" else session.begin


def day_time(told: datetime) -> datetime:
    """What a day's bar bears of which a file says when: midnight in New York of its date.

    Midnight in UTC is how other programs write a date alone; any other moment is of New York's date.
    """
    utc = told.astimezone(UTC)
    alone = (utc.hour, utc.minute, utc.second, utc.microsecond) == (0, 0, 0, 0)
    return midnight(utc.date() if alone else exchange_day(told))


def usual_hours(instrument: Instrument) -> BarHours:
    """Which hours the long bars of an instrument are of where nobody says: all of what trades around the clock."""
    return "all" if around_the_clock(instrument) else "regular"


def cutting_of(instrument: Instrument, seconds: int, kept: BarHours | None = None) -> Cutting:
    """How the bars of an instrument are cut; from an hour on by its usual hours where none are given, else of all."""
    return Cutting(hours_of(instrument), seconds, (kept or usual_hours(instrument)) if seconds >= HOUR else "all")


def last_day_of_week(hours: MarketHours, day: date) -> date:
    """The date that TWS gives the bar of a day's week: that of the week's last session, a Thursday before Good Friday.

    The day itself in a week without a session.
    """
    sunday = day + DAY * (WEEK - 1 - day.weekday())
    return _last_session(hours, sunday, WEEK) or day


def last_day_of_month(hours: MarketHours, day: date) -> date:
    """The date of the last session of a day's month; that TWS gives it to the month's bar is not verified."""
    after = (day.replace(day=28) + 4 * DAY).replace(day=1)
    return _last_session(hours, after - DAY, 28) or day


def _last_session(hours: MarketHours, day: date, days: int) -> date | None:
    found = (day - DAY * number for number in range(days))
    return next((one for one in found if open_on(hours, one, regular=True) is not None), None)


def _short(cutting: Cutting, session: TradingSession, moment: datetime) -> tuple[datetime, datetime]:
    """Begin and end of a bar of less than an hour, which ends where a session begins or ends."""
    seconds = cutting.seconds
    begin = datetime.fromtimestamp(int(moment.timestamp()) // seconds * seconds, UTC)
    end = begin + timedelta(seconds=seconds)
    if begin >= session.begin and end <= session.end:
        return begin, end
    first, last = cutting.began(session.day), session.begin
    if moment >= session.begin:
        first, last = session.begin, session.end
    return max(begin, first), min(end, last)


@lru_cache(maxsize=4096)
def _edges(cutting: Cutting, day: date) -> list[datetime]:
    """Where the bars of an hour and more of a day's session begin, and where the last of them ends."""
    session, began, zone = cutting.session(day), cutting.began(day), cutting.hours.zone
    assert session is not None
    first = began.astimezone(ZoneInfo(zone)).date()
    days = [first + number * DAY for number in range((day - first).days + 1)]
    grid = {_at(zone, one, second) for one in days for second in range(0, SECONDS_OF_DAY, cutting.seconds)}
    return sorted({moment for moment in grid if began < moment < session.end} | {began, session.begin, session.end})


def _at(zone: str, day: date, second: int) -> datetime:
    local = datetime(day.year, day.month, day.day, second // HOUR, second % HOUR // 60, second % 60)  # noqa: DTZ001
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
