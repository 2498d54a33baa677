"""What the past holds of an instrument as a whole: where it begins, and how much traded at which price."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from ibtui.gateway import refusals
from ibtui.gateway.services.contracts import resolve
from ibtui.gateway.services.history import SHOWN
from ibtui.gateway.services.service import Handler, Service
from ibtui.gateway.wire import market
from ibtui.gateway.wire.codec import Values

_PERIOD = re.compile(r"(\d{1,4})\s+(second|minute|hour|day|week|month|year)s?")
_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 7 * 86400,
    "month": 30 * 86400,
    "year": 365 * 86400,
}


class ArchiveService(Service):
    """Head timestamps and histograms for one client."""

    def handlers(self) -> Mapping[int, Handler]:
        return {
            market.REQ_HEAD_TIME_STAMP.id: self._head,
            market.CANCEL_HEAD_TIME_STAMP.id: self._cancelled,
            market.REQ_HISTOGRAM_DATA.id: self._histogram,
            market.CANCEL_HISTOGRAM_DATA.id: self._cancelled,
        }

    def _head(self, request: Values) -> None:
        if request["whatToShow"] not in SHOWN:
            raise refusals.validation(f"Invalid data type {request['whatToShow']!r}")
        listing = resolve(self.backend.exchange.listings, request)
        head = self.backend.exchange.head_time(listing.instrument.con_id, request["whatToShow"])
        self.client.send(
            market.HEAD_TIMESTAMP, reqId=request["reqId"], headTimestamp=_stamp(head, request["formatDate"])
        )

    def _histogram(self, request: Values) -> None:
        seconds = period(request["timePeriod"])
        listing = resolve(self.backend.exchange.listings, request)
        rows = self.backend.exchange.histogram(listing.instrument.con_id, seconds)
        items = [{"price": price, "count": round(size)} for price, size in rows]
        self.client.send(market.HISTOGRAM_DATA, reqId=request["reqId"], items=items)

    def _cancelled(self, _: Values) -> None:
        """Both are answered at once, so nothing is left to cancel, and TWS says nothing to that."""


def period(text: str) -> int:
    """Seconds in `3 days`; raises Refused."""
    match = _PERIOD.fullmatch(text.strip().lower())
    if match is None or not int(match[1]):
        raise refusals.histogram(f"Invalid time period {text!r}; write for example 3 days")
    return int(match[1]) * _SECONDS[match[2]]


def _stamp(time: datetime, form: int) -> str:
    """`19801212-14:30:00` in UTC, or with format 2 seconds since 1970."""
    return str(int(time.timestamp())) if form == 2 else f"{time.astimezone(UTC):%Y%m%d-%H:%M:%S}"
