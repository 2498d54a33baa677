"""Executions as they come in, are corrected, are charged for, or are put right by a person."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import Commissioned
from ibtui.domain.fill import Fill
from ibtui.engine.journal import records
from ibtui.engine.truth.fills import Fills, told_id
from ibtui.engine.truth.listeners import Listeners, Watchers
from ibtui.engine.truth.log import Log
from ibtui.engine.truth.market_facts import MarketFacts
from ibtui.engine.truth.order_facts import OrderFacts
from ibtui.engine.truth.positions import Positions
from ibtui.engine.truth.tally import Tally
from ibtui.engine.wording import fill_words, traded_words


class FillFacts:
    """Keeps each execution once, moves its order and its position, and tells of it; the book itself is `Fills`."""

    def __init__(
        self,
        clock: Clock,
        write: Callable[[records.Record], None],
        *,
        log: Log,
        fills: Fills,
        tally: Tally,
        orders: OrderFacts,
        positions: Positions,
        market: MarketFacts,
        watchers: Watchers,
        listeners: Listeners,
    ) -> None:
        self._clock = clock
        self._write = write
        self._log = log
        self._fills = fills
        self._tally = tally
        self._orders = orders
        self._positions = positions
        self._market = market
        self._watchers = watchers
        self._listeners = listeners

    def filled(self, seen: Fill) -> None:
        """An execution, or the correction of one that was told before; once more the same is no news."""
        taken = self._fills.take(seen)
        if taken is None:
            return
        fill, before = taken
        correction = before is not None
        if before is not None and before.symbol != fill.symbol:
            self._misread(before)
        self._tally.traded(fill, before if before is None or before.symbol == fill.symbol else None)
        kind = "CORRECTION" if correction else "FILL"
        self._write(records.filled(fill, kind, expected=self._tally.of(fill.symbol)))
        self._log.say("FILL", traded_words(fill, before, self._market.instruments.get(fill.symbol)))
        if not correction:
            self._positions.traded(fill.symbol, fill.signed, self._clock.monotonic())
        self._orders.traded(fill, correction)
        if before is not None and before.ref != fill.ref:
            self._orders.traded(before, correction)
        self._tell(fill)

    def adjusted(self, fill: Fill) -> None:
        """A person gave a strategy's own book so many, or took them: nothing traded, and no order moves."""
        self._fills.take(fill)
        self._write(records.filled(fill, "ADJUSTED"))
        words = fill_words(fill, self._market.instruments.get(fill.symbol))
        self._log.say("STRAT", f"{fill.owner}: its book is adjusted by hand: {words}")
        self._tell(fill)

    def _misread(self, fill: Fill) -> None:
        """An execution was told of another contract than it is of."""
        self._tally.traded(replace(fill, quantity=Decimal(0)), fill)
        self._write(records.position_moved(fill.symbol, self._tally.of(fill.symbol)))
        self._log.say("ERROR", f"{told_id(fill)} was told as {fill.symbol}: IB now says of which contract it is")

    def commissioned(self, event: Commissioned) -> None:
        fill = self._fills.charge(event)
        if fill is None:
            return
        self._write(records.filled(fill, "COMMISSION"))
        self._tell(fill)

    def _tell(self, fill: Fill) -> None:
        self._watchers.fill(fill.base)
        for listener in self._listeners.fill:
            listener(fill)
