"""How a market's moves and volume spread over the minutes of its days, when it keeps its trading hours."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from math import exp, sqrt
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ibtui.domain.calendar.hours import MarketHours, TradingSession, open_on
from ibtui.exchange.moments import MINUTE, micros, moment

BLOCK = 60
"""How many minutes are described in one go."""
OPENING, CLOSING = 0.02, 0.06
"""Share of a day's volume that trades in the opening and in the closing auction."""

_DAY = 1440
_REGULAR, _EXTENDED = 0.70, 0.15
"""Shares of a day's variance in regular hours and outside them; the rest falls into the time when it is closed."""
_QUIET = 0.06
"""Share of a day's volume outside regular hours."""
_LONG = 20 * 60
"""Minutes of a session from which on a market is as good as always open, and every minute like the others."""
_WEEKEND = 0.3
"""Volatility of minutes that are more than half a day away from a session, for those that are nearer."""
_LONGEST_PAUSE = 10
"""The most days in a row without a session that are looked over."""


Pair = tuple[tuple[int, int], tuple[int, int]]
"""A day's regular and extended session, each as its first minute and the one after its last."""


class Pace(NamedTuple):
    """One hour, minute by minute, in units of a market that never closes; volume 0 is closed."""

    volatility: list[float]
    volume: list[float]


class Rhythm:
    """The trading hours of one exchange as the pace of its markets."""

    def __init__(self, hours: MarketHours) -> None:
        self._hours = hours
        self._flat = hours.extended[1] - hours.extended[0] >= _LONG
        self.pace = lru_cache(maxsize=200)(self._pace)
        self._sessions = lru_cache(maxsize=200)(self._around)

    def is_open(self, minute: int) -> bool:
        """Whether trades happen in a minute, numbered since 1970."""
        return self.pace(minute // BLOCK).volume[minute % BLOCK] > 0

    def auction(self, minute: int) -> float:
        """The share of a day's volume that trades at once: at the opening's first trade, and at the close's last."""
        if self._flat:
            return 0.0
        for regular, _ in self._sessions(minute // BLOCK):
            if minute == regular[0]:
                return OPENING
            if minute == regular[1] - 1:
                return CLOSING
        return 0.0

    def opens(self, minute: int) -> int:
        """The first minute from `minute` on in which it is open."""
        while not self.is_open(minute):
            begins = (extended[0] for _, extended in self._sessions(minute // BLOCK) if extended[0] > minute)
            minute = min(begins, default=(minute // BLOCK + 1) * BLOCK)
        return minute

    def closed_at(self, minute: int) -> int:
        """The last minute before `minute` in which it was open."""
        number = minute // BLOCK
        for back in range(_LONGEST_PAUSE * 24):
            ends = [extended[1] for _, extended in self._sessions(number - back) if extended[1] <= minute]
            if ends:
                return max(ends) - 1
        return minute

    def _pace(self, number: int) -> Pace:
        volatility, volume = [], []
        for minute in range(number * BLOCK, (number + 1) * BLOCK):
            move, traded = self._minute(minute, self._sessions(number))
            volatility.append(move)
            volume.append(traded)
        return Pace(volatility, volume)

    def _minute(self, minute: int, around: list[Pair]) -> tuple[float, float]:
        """Volatility and volume of one minute."""
        session = next((pair for pair in around if pair[1][0] <= minute < pair[1][1]), None)
        if self._flat:
            return 1.0, 1.0 if session is not None else 0.0
        regular, extended = (end - begin for begin, end in (self._hours.regular, self._hours.extended))
        outside = _EXTENDED if extended > regular else 0.0
        if session is None:
            rest = sqrt((1 - _REGULAR - outside) * _DAY / (_DAY - extended))
            return rest * (1.0 if _near(minute, around) else _WEEKEND), 0.0
        begin, end = session[0]
        if not begin <= minute < end:
            return sqrt(outside * _DAY / (extended - regular)), _QUIET * _DAY / (extended - regular)
        bowl = 0.75 + 1.5 * exp((begin - minute) / 25) + 1.0 * exp((minute - end) / 20)
        return sqrt(_REGULAR * _DAY / regular * bowl), (1 - _QUIET) * _DAY / regular * bowl

    def _around(self, number: int) -> list[Pair]:
        """The sessions of the days that touch an hour."""
        day = moment(number * BLOCK * MINUTE).astimezone(ZoneInfo(self._hours.zone)).date()
        found = []
        for offset in (-1, 0, 1):
            pair = [open_on(self._hours, day + timedelta(days=offset), regular=regular) for regular in (True, False)]
            if pair[0] is not None and pair[1] is not None:
                found.append((_minutes(pair[0]), _minutes(pair[1])))
        return found


def _near(minute: int, around: list[Pair]) -> bool:
    return any(begin - _DAY // 2 <= minute < end + _DAY // 2 for _, (begin, end) in around)


def _minutes(session: TradingSession) -> tuple[int, int]:
    return micros(session.begin) // MINUTE, micros(session.end) // MINUTE
