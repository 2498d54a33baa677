"""Stress: quotes at a rate that no market has, to find out what a client, or this gateway, can take."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from ibtui.exchange.exchange import Exchange
from ibtui.exchange.told.reports import Report, Tick

BEAT = 0.004
"""Seconds between two looks at what is due."""
MESSAGES = 4
"""Messages that a client is sent for each of its quotes: price and size, bid and ask."""
_MOST_BEHIND = 0.1
"""Seconds of quotes that are left out when the machine could not keep up."""


class Stress:
    """Makes every watched market's quotes jump by their spread, back and forth, at `rate` messages a second in all.

    The market itself goes on beneath and orders meet that, not the jumps.
    """

    def __init__(self, exchange: Exchange, rate: float) -> None:
        self._exchange = exchange
        self._quotes_a_second = rate / MESSAGES
        self._markets: dict[int, Tick] = {}
        self._due = 0.0
        self._next = 0
        self._round = 0
        exchange.listen(self._hear)

    def quotes(self, seconds: float) -> Iterator[list[Tick]]:
        """The quotes of the `seconds` that went by, no market's twice in a list."""
        markets = list(self._markets.values())
        if not markets:
            return
        most = self._quotes_a_second * _MOST_BEHIND
        self._due = min(self._due + seconds * self._quotes_a_second, most)
        while self._due >= 1:
            part = markets[self._next : self._next + int(self._due)]
            yield [self._jumped(tick) for tick in part]
            self._due -= len(part)
            self._next += len(part)
            if self._next >= len(markets):
                self._next = 0
                self._round += 1

    def _jumped(self, tick: Tick) -> Tick:
        up = self._round % 2
        return replace(
            tick,
            bid=tick.ask if up else tick.bid,
            ask=round(2 * tick.ask - tick.bid, 6) if up else tick.ask,
            bid_size=100.0 + self._round % 97,
            ask_size=200.0 + self._round % 89,
            traded=False,
        )

    def _hear(self, report: Report) -> None:
        if isinstance(report, Tick) and report.bid > 0:
            self._markets[report.con_id] = report
