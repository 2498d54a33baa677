"""Repeated entries of a calendar: unrolled on the wall's clock, so that 08:30 stays 08:30 over a clock change."""

from __future__ import annotations

import contextlib
import signal
import threading
import time as clocks
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from ibtui.domain.failure import IbtuiError
from ibtui.recording.ics_components import Component
from ibtui.recording.ics_times import EntryStart, Zones, starts

EACH = 20_000
"""Repetitions of one entry: every day of fifty years."""
SECONDS, ONE = 5.0, 1.0
"""Of the processor, that unrolling the rules of a whole file, and of one entry, may take."""
_WITHIN_A_DAY = ("HOURLY", "MINUTELY", "SECONDLY")
_OF_DAYS = ("BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Budget:
    """How far a file's rules are unrolled, how often, and how long that may take."""

    def __init__(self, horizon: datetime, most: int) -> None:
        self.horizon = horizon
        self._left = most
        self._left_seconds = SECONDS

    def spend(self) -> None:
        """One more; raises IbtuiError `bad_signal` when it is one too many."""
        self._left -= 1
        if self._left < 0:
            raise IbtuiError("bad_signal", "the file has too many entries")

    @contextlib.contextmanager
    def unrolling(self) -> Iterator[None]:
        """The rules of one entry: raises IbtuiError `bad_signal` when they take too long.

        A rule without any occurrence is looked through to the year 9999 in one go: only a signal ends that, and only
        the main thread gets one.
        """
        if self._left_seconds <= 0:
            raise IbtuiError("bad_signal", f"unrolling the file's rules takes more than {SECONDS:g} s")
        began = clocks.process_time()
        try:
            with _interrupted(min(ONE, self._left_seconds)):
                yield
        finally:
            self._left_seconds -= clocks.process_time() - began


@contextlib.contextmanager
def _interrupted(seconds: float) -> Iterator[None]:
    """Raise IbtuiError after so many seconds of the processor, where that is possible."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def too_long(number: int, frame: object) -> None:
        raise IbtuiError("bad_signal", f"unrolling its rules takes more than {ONE:g} s")

    before = signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


class RepeatedEntry:
    """A repeated entry: its first version, and the occurrences that were taken out or moved."""

    def __init__(self) -> None:
        self.event: Any = None
        self.start: EntryStart | None = None
        self._out: list[EntryStart] = []
        self._from: list[tuple[EntryStart, EntryStart | None]] = []

    def begin(self, event: Component, start: EntryStart) -> None:
        self.event, self.start = event, start

    def take_out(self, event: Component, start: EntryStart | None, zones: Zones) -> None:
        """An occurrence has an entry of its own, or none any more; or it and all that follow (THISANDFUTURE)."""
        [place] = event.all("RECURRENCE-ID")[:1]
        was = starts(place.value, place.parameters, zones)[0]
        self._out.append(was)
        if place.parameters.get("RANGE", "").upper() == "THISANDFUTURE":
            self._from.append((was, start))

    def left_out(self, zone: tzinfo) -> set[datetime]:
        """Wall times in `zone` of what has an entry of its own."""
        return {one.seen_from(zone) for one in self._out}

    @property
    def days_left_out(self) -> set[date]:
        """Days that are named whole: whatever is on them has an entry of its own."""
        return {one.local.date() for one in self._out if one.whole_day}

    def moved(self, local: datetime, zone: tzinfo) -> datetime | None:
        """Where an occurrence is now, by the latest change of it and all that follow; None when those are cancelled."""
        earlier = [(seen, was, to) for was, to in self._from if (seen := was.seen_from(zone)) <= local]
        if not earlier:
            return local
        seen, _, to = max(earlier, key=lambda change: change[0])
        return None if to is None else local + (to.seen_from(zone) - seen)


def unrolled(series: RepeatedEntry, zones: Zones, budget: Budget) -> Iterator[datetime]:
    """Aware UTC of every occurrence of a series, oldest first; none for a series that has no entry.

    Raises IbtuiError `bad_signal`, or whatever dateutil raises for a rule that is none.
    """
    start = series.start
    if start is None:
        return
    out = series.left_out(start.zone) | _listed(series.event, "EXDATE", start, zones)
    days_out = _whole_days(series.event, zones) | series.days_left_out
    last = EntryStart(budget.horizon.replace(tzinfo=None), UTC).seen_from(start.zone)
    ruled = series.event.all("RRULE") or series.event.all("EXRULE")
    with budget.unrolling() if ruled else contextlib.nullcontext():
        excluded = set(_ruled(series.event, "EXRULE", start, zones, last))
        every = sorted(_all(series.event, start, zones, last))
    for local in every:
        now = series.moved(local, start.zone)
        if now is not None and local not in out and local.date() not in days_out and local not in excluded:
            budget.spend()
            yield EntryStart(now, start.zone, start.whole_day).moment


def _all(event: Component, start: EntryStart, zones: Zones, last: datetime) -> set[datetime]:
    ruled = set(_ruled(event, "RRULE", start, zones, last))
    return (ruled if event.all("RRULE") else {start.local}) | _listed(event, "RDATE", start, zones)


def _listed(event: Component, name: str, start: EntryStart, zones: Zones) -> set[datetime]:
    """Wall times of EXDATE or RDATE in the zone of the series."""
    every = [one for line in event.all(name) for one in starts(line.value, line.parameters, zones)]
    return {one.seen_from(start.zone) for one in every}


def _whole_days(event: Component, zones: Zones) -> set[date]:
    """Days of which an EXDATE takes out whatever is on them."""
    every = [one for line in event.all("EXDATE") for one in starts(line.value, line.parameters, zones)]
    return {one.local.date() for one in every if one.whole_day}


def _ruled(event: Component, name: str, start: EntryStart, zones: Zones, last: datetime) -> Iterator[datetime]:
    for line in event.all(name):
        for count, local in enumerate(_rule(line.value, start, zones), 1):
            if local > last:
                break
            if count > EACH:
                raise IbtuiError("bad_signal", f"it repeats more than {EACH:,} times")
            yield local


def _rule(text: str, start: EntryStart, zones: Zones) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr

    parts = dict(part.partition("=")[::2] for part in text.upper().strip().strip(";").split(";"))
    _check(parts)
    if "UNTIL" in parts:
        parts["UNTIL"] = f"{_until(parts['UNTIL'], start, zones):%Y%m%dT%H%M%S}"
    rule = ";".join(f"{key}={value}" for key, value in parts.items())
    return iter(rrulestr(rule, dtstart=start.local, ignoretz=True))


def _check(parts: dict[str, str]) -> None:
    """Refuse what would be unrolled for ever without an occurrence."""
    if parts.get("FREQ") in _WITHIN_A_DAY and any(part in parts for part in _OF_DAYS):
        raise IbtuiError("bad_signal", "it repeats within a day by a rule of days; write FREQ=DAILY with BYHOUR")
    if not parts.get("INTERVAL", "1").strip("0"):
        raise IbtuiError("bad_signal", "it repeats with an interval of 0")
    months, days = parts.get("BYMONTH"), parts.get("BYMONTHDAY")
    if months and days:
        longest = max(_DAYS[int(month) - 1] for month in months.split(","))
        if all(abs(int(day)) > longest for day in days.split(",")):
            raise IbtuiError("bad_signal", "it repeats on a day that no month of its has")


def _until(text: str, start: EntryStart, zones: Zones) -> datetime:
    """The last wall time; of a day its end."""
    until = starts(text, {}, zones)[0]
    if until.whole_day:
        return datetime.combine(until.local.date(), time(23, 59, 59))
    return until.seen_from(start.zone) if until.zone is UTC and not start.whole_day else until.local
