"""History: bars up to a moment, and on request the last one as it grows."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from ibtui.exchange.instruments import Listing
from ibtui.exchange.reports import Bar
from ibtui.gateway import refusals
from ibtui.gateway.contracts import resolve
from ibtui.gateway.service import Handler, Service
from ibtui.gateway.times import parse_time, zoned
from ibtui.gateway.wire import requests, responses
from ibtui.gateway.wire.codec import Values

SHOWN = {"TRADES": "TRADES", "ADJUSTED_LAST": "TRADES", "MIDPOINT": "MIDPOINT", "BID": "BID", "ASK": "ASK"}
"""What may be shown; nothing here is ever split or pays, so trades need no adjustment."""
MOST_BARS = 20_000
"""Bars in one answer."""
MOST_SECONDS = 4 * 3600
"""How far bars under a minute reach: they are made trade by trade, and everyone waits for whoever asks."""
DAY = 86400

_DURATION = re.compile(r"(\d{1,6})\s+([SDWMY])")
_DURATIONS = {"S": 1, "D": DAY, "W": 7 * DAY, "M": 30 * DAY, "Y": 365 * DAY}
_BAR = re.compile(r"(\d{1,2})\s+(sec|min|hour|day|week)s?")
_BARS = {"sec": 1, "min": 60, "hour": 3600, "day": DAY, "week": 7 * DAY}


class Growing(NamedTuple):
    """A request that is kept up to date."""

    listing: Listing
    bar: int
    what: str
    epoch: bool


class History(Service):
    """Historical bars for one client."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._growing: dict[int, Growing] = {}
        self._sent: dict[int, Bar] = {}

    def handlers(self) -> Mapping[int, Handler]:
        return {
            requests.REQ_HISTORICAL_DATA.id: self._request,
            requests.CANCEL_HISTORICAL_DATA.id: self._cancel,
        }

    def each_second(self) -> None:
        for number, growing in self._growing.items():
            self._grow(number, growing)

    def _request(self, request: Values) -> None:
        number = request["reqId"]
        if number in self._growing:
            raise refusals.processing("Duplicate ticker id")
        listing = resolve(self.backend.exchange.listings, request)
        wanted = Growing(
            listing,
            bar_length(request["barSizeSetting"]),
            _shown(request["whatToShow"]),
            request["formatDate"] == 2,
        )
        end = self._end(request)
        bars = self._bars(wanted, end, duration(request["durationStr"]))
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

    def _end(self, request: Values) -> datetime:
        text, now = request["endDateTime"], self.backend.exchange.now
        if text and request["keepUpToDate"]:
            raise refusals.validation("End time is not applicable to a request that is kept up to date")
        try:
            return min(parse_time(text), now) if text else now
        except ValueError as error:
            raise refusals.validation(f"Invalid date/time: {error}") from None

    def _bars(self, wanted: Growing, end: datetime, seconds: int) -> Sequence[Bar]:
        if seconds // wanted.bar > MOST_BARS or (wanted.bar < 60 and seconds > MOST_SECONDS):
            raise refusals.history("Time length exceed max.")
        return self.backend.exchange.history(
            wanted.listing.instrument.con_id,
            end=end,
            seconds=max(seconds, wanted.bar),
            bar=wanted.bar,
            what=wanted.what,
        )

    def _send(self, number: int, wanted: Growing, bars: Sequence[Bar], end: datetime, seconds: int) -> None:
        zone = wanted.listing.time_zone
        self.client.send(
            responses.HISTORICAL_DATA,
            reqId=number,
            start=zoned(end - timedelta(seconds=seconds), zone),
            end=zoned(end, zone),
            bars=[_bar_fields(bar, wanted) for bar in bars],
        )

    def _grow(self, number: int, growing: Growing) -> None:
        """Send the last bar as it stands; before the first sight of a new bar, its predecessor once more, whole."""
        newest = self._bars(growing, self.backend.exchange.now, 2 * growing.bar)
        sent = self._sent.get(number)
        for bar in newest:
            if sent is None or (bar.time >= sent.time and bar != sent):
                self.client.send(responses.HISTORICAL_DATA_UPDATE, reqId=number, **_bar_fields(bar, growing))
                self._sent[number] = bar


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


def _bar_fields(bar: Bar, wanted: Growing) -> Values:
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
        return f"{time.astimezone(ZoneInfo(wanted.listing.time_zone)):%Y%m%d}"
    return str(int(time.astimezone(UTC).timestamp())) if wanted.epoch else zoned(time, wanted.listing.time_zone)
