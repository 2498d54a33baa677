"""Bars of the past, asked of IB one question at a time."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from ibtui.broker.data.contracts import Contracts
from ibtui.broker.data.history_budget import HistoryBudget
from ibtui.broker.errors import NO_HISTORY
from ibtui.broker.transport.requests import RequestError
from ibtui.broker.transport.times import bar_time
from ibtui.broker.transport.wire import Wire
from ibtui.domain.bar import Bar, BarHours
from ibtui.domain.calendar.cutting import cutting_of
from ibtui.domain.failure import IbtuiError
from ibtui.domain.instrument import Instrument

SIZES = {
    1: "1 secs",
    5: "5 secs",
    10: "10 secs",
    15: "15 secs",
    30: "30 secs",
    60: "1 min",
    120: "2 mins",
    180: "3 mins",
    300: "5 mins",
    600: "10 mins",
    900: "15 mins",
    1200: "20 mins",
    1800: "30 mins",
    3600: "1 hour",
    7200: "2 hours",
    10800: "3 hours",
    14400: "4 hours",
    28800: "8 hours",
    86400: "1 day",
}
"""Bar lengths in seconds that IB knows, as it writes them."""

SPANS = (
    (1, 1_800, "1800 S"),
    (5, 3_600, "3600 S"),
    (15, 14_400, "14400 S"),
    (30, 28_800, "28800 S"),
    (60, 86_400, "1 D"),
    (120, 2 * 86_400, "2 D"),
    (1200, 7 * 86_400, "1 W"),
    (28800, 30 * 86_400, "1 M"),
    (86400, 365 * 86_400, "1 Y"),
)
"""Up to which bar length in seconds IB answers which span at once: its table of valid durations and bar sizes."""

_DAY = 86400
_SESSION = 23400
"""Seconds of the shortest common trading session; days are counted by it so that enough bars come."""
_UTC_SECONDS = 2
"""Date format in which intraday bars carry seconds since the epoch."""


class PastBars:
    """Asks for past bars, in the paced lane."""

    def __init__(self, wire: Wire, contracts: Contracts, budget: HistoryBudget, seconds: float) -> None:
        self._wire = wire
        self._contracts = contracts
        self._budget = budget
        self._seconds = seconds

    async def bars(self, instrument: Instrument, *, bar: int, count: int, hours: BarHours | None = None) -> list[Bar]:
        """Past bars up to now; `Session.history` says what of them."""
        try:
            return (await self._ask(instrument, bar, "", duration(bar, count), hours))[-count:]
        except RequestError as error:
            raise IbtuiError("no_history", f"IB has no bars for {instrument.symbol}: {error.text}") from None

    async def before(
        self, instrument: Instrument, *, bar: int, end: datetime, hours: BarHours | None = None
    ) -> list[Bar]:
        """Past bars up to a moment; `Session.history_before` says what of them."""
        span = next(words for longest, _, words in SPANS if bar <= longest)
        try:
            rows = await self._ask(instrument, bar, f"{end.astimezone(UTC):%Y%m%d %H:%M:%S} UTC", span, hours)
        except RequestError as error:
            if error.code == NO_HISTORY and "no data" in error.text.lower():
                return []
            code = "history_paced" if "pacing" in error.text.lower() else "no_history"
            raise IbtuiError(code, f"IB has no bars for {instrument.symbol}: {error.text}") from None
        return [row for row in rows if row.time < end]

    async def _ask(self, instrument: Instrument, bar: int, end: str, span: str, hours: BarHours | None) -> list[Bar]:
        if bar not in SIZES:
            raise IbtuiError("bad_bar", f"IB has no bars of {bar} s; use one of {', '.join(SIZES.values())}.")
        contract, kept = self._contracts.contract(instrument), cutting_of(instrument, bar, hours).kept
        request = history_request(instrument, contract, bar, end, span, kept)
        try:
            async with self._budget.question(self._seconds):
                rows = await self._wire.ask("reqHistoricalData", *request, False, [], seconds=self._seconds)
        except (IbtuiError, RequestError):
            self._blame_farm(instrument.symbol)
            raise
        return [told_bar(instrument.symbol, row) for row in rows]

    def _blame_farm(self, symbol: str) -> None:
        """Raise for a history farm that is down: what it did not answer is not missing."""
        down = self._wire.farms.down("history") if self._wire.connected else ""
        if down:
            raise IbtuiError("no_history", f"IB has no bars for {symbol} while its history farm {down} is down.")


def duration(bar: int, count: int) -> str:
    """The span to ask for, in IB's words, long enough for `count` bars of `bar` seconds."""
    span = bar * count
    if bar == _DAY:
        days = math.ceil(count * 7 / 5) + 3
    elif span <= _DAY:
        return f"{max(span, 30)} S"
    else:
        days = math.ceil(span / _SESSION) + 1
    return f"{days} D" if days <= 365 else f"{math.ceil(days / 365)} Y"


def history_request(
    instrument: Instrument, contract: Any, bar: int, end: str, span: str, kept: BarHours
) -> tuple[Any, ...]:
    """What a question for bars says, up to whether they are kept up to date: trades, of a currency the middle."""
    show = "MIDPOINT" if instrument.sec_type == "CASH" else "TRADES"
    return contract, end, span, SIZES[bar], show, kept == "regular", _UTC_SECONDS


def told_bar(symbol: str, row: Any) -> Bar:
    """A bar as IB tells it."""
    return Bar(symbol, bar_time(row.date), row.open, row.high, row.low, row.close, max(row.volume, 0.0))
