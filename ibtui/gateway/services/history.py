"""History: bars up to a moment, on request the last one as it grows, and the sessions themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ibtui.domain.calendar import new_york
from ibtui.domain.calendar.cutting import Cutting
from ibtui.domain.calendar.hours import TradingSession, is_open
from ibtui.domain.calendar.new_york import exchange_day
from ibtui.exchange.listed.instruments import Listing
from ibtui.exchange.moments import midnight, moment
from ibtui.exchange.told.reports import HistoryBar
from ibtui.gateway import refusals
from ibtui.gateway.services.contracts import resolve
from ibtui.gateway.services.delayed import DELAY
from ibtui.gateway.services.past_bars import both_sides, gathered, joined
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.services.sessions import TimeSpan, last_seconds, last_sessions, sessions_since
from ibtui.gateway.services.times import parse_time, zoned
from ibtui.gateway.wire import market, requests, responses
from ibtui.gateway.wire.codec import Values

SHOWN = {
    "TRADES": "TRADES",
    "ADJUSTED_LAST": "ADJUSTED_LAST",
    "AGGTRADES": "TRADES",
    "MIDPOINT": "MIDPOINT",
    "BID": "BID",
    "ASK": "ASK",
    "BID_ASK": "BID_ASK",
}
"""What may be shown; aggregated trades are the trades."""
SCHEDULE = "SCHEDULE"
MOST_BARS = 20_000
"""The most bars that one answer holds."""
MOST_SECONDS = 86400
"""How far bars under a minute reach: they are made trade by trade, and everyone waits for whoever asks."""
DAY = 86400
MONTH = 30 * DAY
"""A bar of this length is one calendar month."""
FINE = timedelta(days=29)
"""How long ago sessions are still made of what traded in them; those before are days as the exchange has them."""
SCHEDULES = 165
"""The first server version that has schedules."""

_DURATION = re.compile(r"(\d{1,6})\s+([SDWMY])")
_DURATIONS = {"S": 1, "D": DAY, "W": 7 * DAY, "M": 30 * DAY, "Y": 365 * DAY}
_BAR = re.compile(r"(\d{1,2})\s+(sec|min|hour|day|week|month)s?")
_BARS = {"sec": 1, "min": 60, "hour": 3600, "day": DAY, "week": 7 * DAY, "month": MONTH}


class Growing(NamedTuple):
    """A request that is kept up to date."""

    listing: Listing
    bar: int
    what: str
    epoch: bool
    regular: bool
    day: date
    """New York's day on which it was asked for."""


class HistoryService(Service):
    """Historical bars for one client."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._growing: dict[int, Growing] = {}
        self._sent: dict[int, HistoryBar] = {}

    def handlers(self) -> Mapping[int, Handler]:
        return {
            requests.REQ_HISTORICAL_DATA.id: self._request,
            requests.CANCEL_HISTORICAL_DATA.id: self._cancel,
        }

    def each_second(self) -> None:
        today = exchange_day(self.backend.exchange.now)
        for number, growing in self._growing.items():
            hours, now = growing.listing.hours, self._now(growing)
            if growing.day != today:  # TWS stops them at midnight, without a word
                continue
            if not growing.regular or growing.bar >= DAY or is_open(hours, now, regular=True):
                self._grow(number, growing)

    def _request(self, request: Values) -> None:
        number = request["reqId"]
        if number in self._growing:
            raise refusals.processing("Duplicate ticker id")
        listing = resolve(self.backend.exchange.listings, request)
        if not listing.permitted:
            raise refusals.history(refusals.no_permission(listing))
        if request["whatToShow"] == SCHEDULE:
            self._schedule(request, listing)
            return
        wanted = Growing(
            listing,
            bar_length(request["barSizeSetting"]),
            _shown(request["whatToShow"]),
            request["formatDate"] == 2,
            request["useRTH"],
            exchange_day(self.backend.exchange.now),
        )
        end = self._end(request, listing)
        bars = self._past(wanted, end, request["durationStr"])
        if not bars and not request["keepUpToDate"]:
            raise refusals.history("HMDS query returned no data")
        self._send(number, wanted, bars, end, duration(request["durationStr"]))
        if request["keepUpToDate"]:
            self._growing[number] = wanted
            self._sent.update({number: bars[-1]} if bars else {})

    def _cancel(self, request: Values) -> None:
        self._sent.pop(request["reqId"], None)
        if self._growing.pop(request["reqId"], None) is None:
            raise refusals.unknown_history(request["reqId"])

    def _end(self, request: Values, listing: Listing) -> datetime:
        """The end that was asked for, at most now, or for a listing with delayed data alone as long ago as that."""
        text, now = request["endDateTime"], self.backend.exchange.now
        if listing.delayed_only:
            now -= DELAY
        if text and request["keepUpToDate"]:
            raise refusals.validation("End time is not applicable to a request that is kept up to date")
        try:
            return min(parse_time(text), now) if text else now
        except ValueError as error:
            raise refusals.validation(f"Invalid date/time: {error}") from None

    def _schedule(self, request: Values, listing: Listing) -> None:
        """The sessions of a duration, in the instrument's own time; raises Refused for a client too old for them."""
        if self.client.version < SCHEDULES:
            raise refusals.unsupported(f"Historical data of {SCHEDULE}")
        if bar_length(request["barSizeSetting"]) != DAY:
            raise refusals.validation("A historical schedule takes a bar size of 1 day")
        found = _sessions(listing, self._end(request, listing), request["durationStr"], regular=request["useRTH"])
        if not found:
            raise refusals.history("HMDS query returned no data")
        zone = listing.time_zone
        self.client.send(
            market.HISTORICAL_SCHEDULE,
            reqId=request["reqId"],
            startDateTime=_local(found[0].begin, zone),
            endDateTime=_local(found[-1].end, zone),
            timeZone=zone,
            sessions=[
                {
                    "startDateTime": _local(session.begin, zone),
                    "endDateTime": _local(session.end, zone),
                    "refDate": f"{session.day:%Y%m%d}",
                }
                for session in found
            ],
        )

    def _past(self, wanted: Growing, end: datetime, text: str) -> list[HistoryBar]:
        """The bars of a duration, which counts sessions alone where there is time between them."""
        seconds = duration(text)
        if seconds // wanted.bar > MOST_BARS or (wanted.bar < 60 and seconds > MOST_SECONDS):
            raise refusals.history("Time length exceed max.")
        if wanted.bar >= DAY:
            return self._days(wanted, end, text)
        if not wanted.regular and self.backend.exchange.always_open:
            return self._around_the_clock(wanted, end, max(seconds, wanted.bar))
        spans = _spans(wanted.listing, end, text, regular=wanted.regular)
        return [bar for span in spans for bar in self._bars(wanted, span.end, _length(span), span.begin)]

    def _around_the_clock(self, wanted: Growing, end: datetime, seconds: int) -> list[HistoryBar]:
        """Bars of a market that never closes: they end where a session begins or ends, as all bars do."""
        begin = end - timedelta(seconds=seconds)
        edges = [
            edge
            for session in sessions_since(wanted.listing.hours, begin, end, regular=False)
            for edge in (session.begin, session.end)
            if begin < edge < end
        ]
        first, *later = pairwise([begin, *edges, end])
        bars = self._bars(wanted, first[1], _length(TimeSpan(*first)))
        for since, until in later:
            bars += self._bars(wanted, until, _length(TimeSpan(since, until)), since)
        return bars

    def _days(self, wanted: Growing, end: datetime, text: str) -> list[HistoryBar]:
        """A bar for each session, as many as were asked for in days; or weeks and months of such bars."""
        hours, seconds = wanted.listing.hours, duration(text)
        if text.split()[1] == "D" and wanted.bar == DAY:
            sessions = last_sessions(hours, end, int(text.split()[0]), regular=wanted.regular)
        else:
            begin = end - timedelta(seconds=max(seconds, wanted.bar))
            if wanted.bar > DAY:
                day = exchange_day(begin)
                first = day.replace(day=1) if wanted.bar == MONTH else day - timedelta(days=day.weekday())
                begin = new_york.midnight(first)
            sessions = sessions_since(hours, begin, end, regular=wanted.regular)
        days = self._session_bars(wanted, sessions, end)
        if wanted.bar == DAY:
            return days
        return list(gathered(days, hours, "month" if wanted.bar == MONTH else "week"))

    def _session_bars(self, wanted: Growing, sessions: Sequence[TradingSession], end: datetime) -> list[HistoryBar]:
        """One bar for each session, which bears its date; those of long ago are days as they were told."""
        if not sessions:
            return []
        daily, now = wanted._replace(bar=DAY), self.backend.exchange.now
        cutting = Cutting(wanted.listing.hours, DAY, "regular" if wanted.regular else "all")
        old = [session.day for session in sessions if now - session.end >= FINE]
        told: dict[date, HistoryBar] = {}
        if old:
            span = TimeSpan(new_york.midnight(old[0]), new_york.day_ends(new_york.midnight(old[-1])))
            told = {exchange_day(bar.time): bar for bar in self._bars(daily, span.end, _length(span))}
        found: list[HistoryBar] = []
        for session in sessions:
            parts = []
            if now - session.end < FINE:
                begin = session.begin if wanted.regular else cutting.began(session.day)
                stop = min(session.end, end)
                parts = self._bars(daily, stop, _length(TimeSpan(begin, stop)), begin)
            elif session.day in told:
                parts = [told[session.day]]
            if parts:
                found.append(joined(parts, moment(midnight(session.day))))
        return found

    def _bars(self, wanted: Growing, end: datetime, seconds: int, since: datetime | None = None) -> list[HistoryBar]:
        con_id, exchange = wanted.listing.instrument.con_id, self.backend.exchange
        if wanted.what == "BID_ASK":
            return both_sides(exchange, con_id, end, seconds, wanted.bar, since)
        return exchange.history(con_id, end=end, seconds=seconds, bar=wanted.bar, what=wanted.what, since=since)

    def _send(self, number: int, wanted: Growing, bars: Sequence[HistoryBar], end: datetime, seconds: int) -> None:
        zone = wanted.listing.time_zone
        self.client.send(
            responses.HISTORICAL_DATA,
            reqId=number,
            start=zoned(end - timedelta(seconds=seconds), zone),
            end=zoned(end, zone),
            bars=[_bar_fields(bar, wanted) for bar in bars],
        )

    def _now(self, growing: Growing) -> datetime:
        now = self.backend.exchange.now
        return now - DELAY if growing.listing.delayed_only else now

    def _grow(self, number: int, growing: Growing) -> None:
        """Send the last bar as it stands; before the first sight of a new bar, its predecessor once more, whole."""
        now = self._now(growing)
        since = None
        if growing.regular and growing.bar < DAY:
            session = last_sessions(growing.listing.hours, now, 1, regular=True)[0]
            since = max(session.begin, now - timedelta(seconds=2 * growing.bar)) if now < session.end else None
        sent = self._sent.get(number)
        if growing.bar < DAY:
            newest = self._bars(growing, now, 2 * growing.bar, since)
        else:
            newest = self._newest_days(growing, now, sent)
        for bar in newest:
            if sent is None or (bar.time >= sent.time and bar != sent):
                self.client.send(responses.HISTORICAL_DATA_UPDATE, reqId=number, **_bar_fields(bar, growing))
                self._sent[number] = bar

    def _newest_days(self, growing: Growing, now: datetime, sent: HistoryBar | None) -> list[HistoryBar]:
        """The running bar; with the one before it, whole, when the newest that was sent is of an earlier day."""
        newest = self._days(growing, now, "1 D")
        if growing.bar == DAY and sent is not None and newest and newest[-1].time > sent.time:
            newest = self._days(growing, now, "2 D")
        return newest


def duration(text: str) -> int:
    """Seconds in IB's duration string, `1 D`; raises Refused."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise refusals.validation(f"Historical data query duration {text!r} is invalid; write for example 1 D")
    return int(match[1]) * _DURATIONS[match[2]]


def bar_length(text: str) -> int:
    """Seconds in IB's bar size, `1 min`; raises Refused."""
    match = _BAR.fullmatch(text.strip())
    if match is None or not int(match[1]):
        raise refusals.validation(f"Historical data bar size setting {text!r} is invalid; write for example 1 min")
    return int(match[1]) * _BARS[match[2]]


def _shown(what: str) -> str:
    if what not in SHOWN:
        raise refusals.unsupported(f"Historical data of {what or 'nothing'}")
    return SHOWN[what]


def _bar_fields(bar: HistoryBar, wanted: Growing) -> Values:
    return {
        "date": _date(bar.time, wanted),
        "open": bar.open,
        "high": bar.high,
        "low": bar.low,
        "close": bar.close,
        "volume": bar.volume,
        "average": bar.average,
        "barCount": bar.count,
    }


def _date(time: datetime, wanted: Growing) -> str:
    """A day's date for daily bars, else epoch seconds or the time in the instrument's zone, as was asked for."""
    if wanted.bar >= DAY:
        return f"{exchange_day(time):%Y%m%d}"
    return str(int(time.astimezone(UTC).timestamp())) if wanted.epoch else zoned(time, wanted.listing.time_zone)


def _sessions(listing: Listing, end: datetime, text: str, *, regular: bool) -> list[TradingSession]:
    """Sessions of a duration: so many for days, those that fall into it for anything else."""
    count, unit = text.split()
    if unit == "D":
        return last_sessions(listing.hours, end, int(count), regular=regular)
    begin = end - timedelta(seconds=duration(text))
    return sessions_since(listing.hours, begin, end, regular=regular)


def _spans(listing: Listing, end: datetime, text: str, *, regular: bool) -> list[TimeSpan]:
    if text.split()[1] == "S":
        return last_seconds(listing.hours, end, duration(text), regular=regular)
    found = _sessions(listing, end, text, regular=regular)
    return [TimeSpan(session.begin, min(session.end, end)) for session in found]


def _length(span: TimeSpan) -> int:
    return int((span.end - span.begin).total_seconds())


def _local(time: datetime, zone: str) -> str:
    """`20261123-09:30:00` in the instrument's zone."""
    return f"{time.astimezone(ZoneInfo(zone)):%Y%m%d-%H:%M:%S}"
