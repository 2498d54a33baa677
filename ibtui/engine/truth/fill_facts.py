"""Executions as they come in, are corrected, are charged for, or are put right by a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.cause import Cause
from ibtui.domain.event import Commissioned
from ibtui.domain.fill import LIQUIDATION, Fill
from ibtui.domain.order import Side
from ibtui.domain.words import price_words, quantity_words
from ibtui.engine.journal import records
from ibtui.engine.truth.causes import CauseFacts
from ibtui.engine.truth.fills import Fills, told_id
from ibtui.engine.truth.listeners import Listeners, Watchers
from ibtui.engine.truth.log import Log
from ibtui.engine.truth.market_facts import MarketFacts
from ibtui.engine.truth.order_facts import OrderFacts
from ibtui.engine.truth.positions import Positions
from ibtui.engine.truth.tally import Tally
from ibtui.engine.wording import fill_words, traded_words


@dataclass(eq=False, repr=False)
class FillFacts:
    """Keeps each execution once, moves its order and its position, and tells of it; the book itself is `Fills`."""

    clock: Clock
    write: Callable[[records.JournalRecord], None]
    log: Log
    causes: CauseFacts
    fills: Fills
    tally: Tally
    orders: OrderFacts
    positions: Positions
    market: MarketFacts
    watchers: Watchers
    listeners: Listeners

    def filled(self, seen: Fill) -> None:
        """An execution, or the correction of one that was told before; once more the same is no news."""
        taken = self.fills.take(seen)
        if taken is None:
            return
        fill, before = taken
        correction = before is not None
        if before is not None and before.symbol != fill.symbol:
            self._misread(before)
        self.tally.traded(fill, before if before is None or before.symbol == fill.symbol else None)
        kind = "CORRECTION" if correction else "FILL"
        self.write(records.filled(fill, kind, expected=self.tally.of(fill.symbol)))
        self.log.say("FILL", traded_words(fill, before, self.market.instruments.get(fill.symbol)))
        if not correction:
            self.positions.traded(fill.symbol, fill.signed, self.clock.monotonic())
        self.orders.traded(fill, correction)
        if before is not None and before.ref != fill.ref:
            self.orders.traded(before, correction)
        self._tell(fill)
        if fill.source == LIQUIDATION and not correction:
            self._liquidated(fill)

    def _liquidated(self, fill: Fill) -> None:
        """IB closed a position by its own decision: the fill says that it traded, the cause says why."""
        price = price_words(fill.price, self.market.instruments.get(fill.symbol))
        after = self.tally.of(fill.symbol)
        done = "sold" if fill.side is Side.SELL else "bought"
        words = f"IB's liquidation {done} {quantity_words(fill.quantity)} at {price}, for margin"
        self.causes.tell(
            Cause(
                kind="liquidation",
                symbol=fill.symbol,
                before=after - fill.signed,
                after=after,
                words=words,
                time=self.clock.now(),
            )
        )

    def adjusted(self, fill: Fill) -> None:
        """A person gave a strategy's own book so many, or took them: nothing traded, and no order moves."""
        self.fills.take(fill)
        self.write(records.filled(fill, "ADJUSTED"))
        words = fill_words(fill, self.market.instruments.get(fill.symbol))
        self.log.say("STRAT", f"{fill.owner}: its book is adjusted by hand: {words}")
        self._tell(fill)

    def _misread(self, fill: Fill) -> None:
        """An execution was told of another contract than it is of."""
        self.tally.traded(replace(fill, quantity=Decimal(0)), fill)
        self.write(records.position_moved(fill.symbol, self.tally.of(fill.symbol)))
        self.log.say("ERROR", f"{told_id(fill)} was told as {fill.symbol}: IB now says of which contract it is")

    def commissioned(self, event: Commissioned) -> None:
        fill = self.fills.charge(event)
        if fill is None:
            return
        self.write(records.filled(fill, "COMMISSION"))
        self._tell(fill)

    def _tell(self, fill: Fill) -> None:
        self.watchers.fill(fill.base)
        for listener in self.listeners.fill:
            listener(fill)
