"""What a strategy wants called by the count of bars, by days, weeks and months, or at a time of each session.

Over the past bars alone call. Live, a time of a session needs no bar: where none closes then, the clock calls. What the
clock finds too late, since the machine slept or the strategy was not there, is said and never called.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from ibtui.domain.bar import Bar
from ibtui.domain.calendar.daytime import DayTime
from ibtui.domain.calendar.holidays import DAY
from ibtui.domain.calendar.new_york import NEW_YORK, exchange_day
from ibtui.domain.calendar.session import InstrumentSessions, Period, begins

Call = Callable[[tuple[Bar, ...]], None]
Say = Callable[[str], None]
Sessions = Callable[[], InstrumentSessions]
"""Asked when it is first needed: a live strategy starts before it is told what it trades."""
PERIODS: tuple[Period, ...] = ("day", "week", "month")

_HOUR, _DAY = 3_600, 86_400
_GRACE = timedelta(seconds=3)
"""For which the clock waits for a bar that is about to close at the very time."""
ON_TIME = timedelta(seconds=20)
"""So late a call is still one of its time: a slow hook before it may take 15 s, and a bar is awaited for 3 s."""
_DAILY_LEAD = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)


class Schedule:
    """The calls of one strategy, whose bars are `seconds` long; `say` writes to its log what was missed."""

    __slots__ = ("_at", "_every", "_newest", "_periods", "_say", "_seconds", "_seen", "due", "lead")

    def __init__(self, seconds: int, say: Say = lambda text: None) -> None:
        self._say = say
        self.due = False
        """Whether anything is scheduled at all: a backtest asks on every bar."""
        self._seconds = seconds
        self.lead = timedelta(seconds=seconds) if seconds < _DAY else _DAILY_LEAD
        """How long before an early close that is called whose own time comes too late: then an order still trades."""
        self._seen = 0
        self._newest: tuple[Bar, ...] = ()
        self._every: list[tuple[int, Call]] = []
        self._periods: list[_Periodic] = []
        self._at: list[_Timed] = []

    def every(self, bars: int, call: Call) -> None:
        """Call at every `bars`-th close time; raises ValueError below 1."""
        if bars < 1:
            raise ValueError(f"every needs 1 bar or more, not {bars}")
        self._every.append((bars, call))
        self.due = True

    def each(self, period: Period, sessions: Sessions, whole: Sessions, call: Call) -> None:
        """Call at the first close of each new day, week or month of sessions; `whole` are those of all hours.

        Raises ValueError for any other period.
        """
        if period not in PERIODS:
            raise ValueError(f'every needs a number of bars, "day", "week" or "month", not {period!r}')
        self._periods.append(_Periodic(period, sessions, whole, call))
        self.due = True

    def at(self, words: str, sessions: Sessions, call: Call) -> None:
        """Call at a time of each session; raises ValueError when the words are none."""
        self._at.append(_Timed(DayTime.read(words), sessions, self._seconds, self.lead, call))
        self.due = True

    def run(self, bars: tuple[Bar, ...], closed: datetime) -> None:
        """These bars closed at `closed`."""
        self._seen += 1
        self._newest = bars
        for count, call in self._every:
            if self._seen % count == 0:
                call(bars)
        for period in self._periods:
            period.run(bars, closed)
        for timed in self._at:
            timed.run(bars, closed)

    def begin(self, now: datetime) -> None:
        """The past has been shown: bars are counted from here on; what was due in today's session by now is said."""
        self._seen = 0
        for timed in self._at:
            passed = timed.passed(now)
            timed.begin(now + _INSTANT)
            if passed is not None:
                self._say(f"the call at {timed.told(passed)} was due before it was on: it is not made up for")

    def miss(self, now: datetime) -> None:
        """Live, the clock shows `now`, and bars may be of an earlier time: what was due too long ago is said once."""
        for timed in self._at:
            due = timed.due
            if due is not None and now > due + ON_TIME:
                timed.begin(now + _INSTANT)
                late = f"missed: it is {now.astimezone(NEW_YORK):%H:%M:%S} already, so it is not made up for"
                self._say(f"the call at {timed.told(due)} was {late}")

    def tick(self, now: datetime) -> bool:
        """The clock shows `now`: call what no bar has called in time, with the bars that closed last."""
        self.miss(now)
        called = [timed.tick(self._newest, now) for timed in self._at]
        return any(called)


class _Timed:
    """One call in each session, from its time on."""

    __slots__ = ("_call", "_lead", "_seconds", "_sessions", "_time", "due")

    def __init__(self, time: DayTime, sessions: Sessions, seconds: int, lead: timedelta, call: Call) -> None:
        self._time = time
        self._sessions = sessions
        self._seconds = seconds
        self._lead = lead
        self._call = call
        self.due: datetime | None = None

    def told(self, moment: datetime) -> str:
        """When that is in New York, with the words that were written."""
        return f"{moment.astimezone(NEW_YORK):%Y-%m-%d %H:%M:%S} ({self._time.words})"

    def passed(self, now: datetime) -> datetime | None:
        """Its moment in the session that runs, or that ended on this day in New York, where that is over."""
        sessions = self._sessions()
        session = sessions.at(now - DAY)
        while (later := sessions.after(session.day)).begin <= now:
            session = later
        moment = self._time.of(sessions, session, self._lead)
        today = session.end > now or session.day == exchange_day(now)
        return moment if today and session.begin <= now and moment <= now else None

    def begin(self, now: datetime) -> None:
        self.due = self._time.next(self._sessions(), now, self._lead)

    def run(self, bars: tuple[Bar, ...], closed: datetime) -> None:
        due = self.due
        if due is None:
            self.begin(bars[0][1])
            due = self.due
        if due is not None and closed >= due:
            self.begin(closed + _INSTANT)
            self._call(bars)

    def tick(self, newest: tuple[Bar, ...], now: datetime) -> bool:
        due = self.due
        if due is None:
            self.begin(now)
            return False
        called = now >= due + self._grace(due)
        if called:
            self.begin(now + _INSTANT)
            self._call(newest)
        return called

    def _grace(self, due: datetime) -> timedelta:
        closes = self._seconds < _HOUR and due.timestamp() % self._seconds == 0
        return _GRACE if closes else timedelta(0)


class _Periodic:
    """One call at the first close of each day, week or month."""

    __slots__ = ("_call", "_day", "_period", "_sessions", "_until", "_whole")

    def __init__(self, period: Period, sessions: Sessions, whole: Sessions, call: Call) -> None:
        self._period = period
        self._sessions = sessions
        self._whole = whole
        self._call = call
        self._until = datetime.min.replace(tzinfo=UTC)
        self._day: date | None = None

    def run(self, bars: tuple[Bar, ...], closed: datetime) -> None:
        if closed <= self._until:
            return
        session = self._whole().closing(closed)
        self._until = session.end
        before, self._day = self._day, session.day
        if before is None and not self._begins(bars, session.day):
            return
        if before is None or begins(before, self._period) != begins(session.day, self._period):
            self._call(bars)

    def _begins(self, bars: tuple[Bar, ...], day: date) -> bool:
        """Whether the first bar of all is the first of its day, week or month."""
        regular = self._sessions().on(day)
        late = regular is not None and bars[0].time > regular.begin
        earlier = self._whole().before(day).day
        return not late and begins(earlier, self._period) != begins(day, self._period)
