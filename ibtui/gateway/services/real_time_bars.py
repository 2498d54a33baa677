"""Real-time bars: every five seconds the bar that has just ended, the same that history gives for it later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ibtui.domain.calendar.hours import MarketHours, is_open
from ibtui.exchange.told.reports import HistoryBar
from ibtui.gateway import refusals
from ibtui.gateway.services.contracts import resolve
from ibtui.gateway.services.history import SHOWN
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import market
from ibtui.gateway.wire.codec import Values

LENGTH = 5
"""Seconds; TWS knows no other and looks at no other number in the request."""
CAUGHT_UP = 3600
"""Seconds of bars that follow at once when time jumped."""


class RealTimeSubscription(NamedTuple):
    """One subscription to five-second bars."""

    con_id: int
    what: str
    hours: MarketHours | None
    """Bars outside the regular ones are left out; None takes all."""


class RealTimeBars(Service):
    """Five-second bars for one client. An interval in which nothing traded has none, as in history."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._watched: dict[int, RealTimeSubscription] = {}
        self._ended = 0

    def handlers(self) -> Mapping[int, Handler]:
        return {
            market.REQ_REAL_TIME_BARS.id: self._subscribe,
            market.CANCEL_REAL_TIME_BARS.id: self._cancel,
        }

    def settle(self) -> None:
        now = int(self.backend.exchange.now.timestamp())
        ended = now - now % LENGTH
        if ended == self._ended or self.client.congested:
            return
        missed = min(ended - self._ended, CAUGHT_UP)
        self._ended = ended
        for number, watched in self._watched.items():
            for bar in self._bars(watched, ended, missed):
                self._send(number, bar)

    def ended(self) -> None:
        for watched in self._watched.values():
            self.backend.exchange.unwatch(watched.con_id)
        self._watched.clear()

    def _subscribe(self, request: Values) -> None:
        number = request["reqId"]
        if number in self._watched:
            raise refusals.processing("Duplicate ticker id")
        if request["whatToShow"] not in SHOWN or request["whatToShow"] in ("ADJUSTED_LAST", "BID_ASK"):
            raise refusals.real_time(f"Invalid data type {request['whatToShow']!r}")
        listing = resolve(self.backend.exchange.listings, request)
        if not listing.permitted or listing.delayed_only:
            raise refusals.real_time(refusals.no_permission(listing))
        if not self._watched:
            now = int(self.backend.exchange.now.timestamp())
            self._ended = now - now % LENGTH
        self.backend.exchange.watch(listing.instrument.con_id)
        hours = listing.hours if request["useRTH"] else None
        self._watched[number] = RealTimeSubscription(listing.instrument.con_id, SHOWN[request["whatToShow"]], hours)

    def _cancel(self, request: Values) -> None:
        watched = self._watched.pop(request["reqId"], None)
        if watched is None:
            raise refusals.unknown_ticker(request["reqId"])
        self.backend.exchange.unwatch(watched.con_id)

    def _bars(self, watched: RealTimeSubscription, ended: int, seconds: int) -> list[HistoryBar]:
        """Bars of the `seconds` before `ended`, which is a multiple of their length."""
        end = datetime.fromtimestamp(ended, UTC)
        bars = self.backend.exchange.history(watched.con_id, end=end, seconds=seconds, bar=LENGTH, what=watched.what)
        hours = watched.hours
        return bars if hours is None else [bar for bar in bars if is_open(hours, bar.time, regular=True)]

    def _send(self, number: int, bar: HistoryBar) -> None:
        self.client.send(
            market.REAL_TIME_BAR,
            reqId=number,
            time=bar.time.timestamp(),
            open=bar.open,
            high=bar.high,
            low=bar.low,
            close=bar.close,
            volume=bar.volume,
            wap=bar.average,
            count=bar.count,
        )
