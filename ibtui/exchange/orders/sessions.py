"""Sessions that orders live by: one day for every market, or each market's own trading hours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from zoneinfo import ZoneInfo

from ibtui.domain.calendar.holidays import DAY
from ibtui.domain.calendar.hours import sessions
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.moments import micros, moment, session_end, session_start

_DAYS = 15
"""Longer than any pause between two sessions."""


class SessionSpan(NamedTuple):
    """From `begin` to before `end`, in microseconds since 1970."""

    begin: int
    end: int


class Turn(NamedTuple):
    """What begins and ends at one moment: False for regular hours, True for those with the hours around them."""

    begins: frozenset[bool]
    ends: frozenset[bool]


class Sessions:
    """Tells when the orders of a market may work and when their day ends."""

    def __init__(self, *, always_open: bool) -> None:
        self.always_open = always_open

    def span(self, listing: Listing, outside: bool, now: int) -> SessionSpan:
        """The session that runs now, or else the next one; `outside` with the hours around the regular ones."""
        if self.always_open:
            return SessionSpan(session_start(now), session_end(now))
        return next(span for span in self._spans(listing, outside, now) if span.end > now)

    def is_open(self, listing: Listing, outside: bool, now: int) -> bool:
        return self.span(listing, outside, now).begin <= now

    def next_turn(self, listing: Listing, now: int) -> int:
        """When the next session of either kind begins or ends."""
        spans = (span for outside in (False, True) for span in self._spans(listing, outside, now))
        return min(time for span in spans for time in span if time > now)

    def turn(self, listing: Listing, now: int) -> Turn:
        """What begins and ends at this moment."""
        spans = [(outside, span) for outside in (False, True) for span in self._spans(listing, outside, now)]
        return Turn(
            frozenset(outside for outside, span in spans if span.begin == now),
            frozenset(outside for outside, span in spans if span.end == now),
        )

    def _spans(self, listing: Listing, outside: bool, now: int) -> Iterator[SessionSpan]:
        """Sessions from two days ago on."""
        hours = listing.hours
        first = moment(now).astimezone(ZoneInfo(hours.zone)).date() - 2 * DAY
        for _, found in sessions(hours, first, _DAYS, regular=not outside):
            if found is not None:
                yield SessionSpan(micros(found.begin), micros(found.end))
