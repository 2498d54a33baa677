"""What is held: the broker's counts, what they are compared with, and the account that they are in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import PositionSeen, PositionValued
from ibtui.domain.instrument import Instrument
from ibtui.engine.journal import records
from ibtui.engine.truth.account_facts import AccountFacts
from ibtui.engine.truth.holds import Holds
from ibtui.engine.truth.listeners import Listeners, Watchers
from ibtui.engine.truth.market_facts import MarketFacts
from ibtui.engine.truth.orders import Orders
from ibtui.engine.truth.positions import Positions
from ibtui.engine.truth.tally import Tally


@dataclass(eq=False, repr=False)
class PositionFacts:
    """Takes counts and tells of them; the book itself is `Positions`, and what they should be `Tally` knows."""

    clock: Clock
    write: Callable[[records.JournalRecord], None]
    holds: Holds
    tally: Tally
    money: AccountFacts
    orders: Orders
    positions: Positions
    market: MarketFacts
    watchers: Watchers
    listeners: Listeners

    def counted(self, event: PositionSeen, *, settled: bool = False) -> None:
        """The broker counts so many; `settled` when a complete answer says so."""
        symbol = event.instrument.symbol
        self.market.know(event.instrument)
        self.holds.recount(symbol, event.quantity)
        self.positions.seen(event, self.clock.monotonic(), settled=settled)
        self._changed(symbol)

    def rebase(self, symbol: str, counted: Decimal) -> None:
        """A count that is taken over: what comes later is compared with it."""
        if self.tally.of(symbol) != counted:
            self.tally.rebase(symbol, counted)
            self.write(records.position_moved(symbol, counted))

    def flat(self, symbol: str) -> None:
        """A complete answer that does not list a position, and nothing against it, says that it is flat."""
        instrument = self.market.instruments.get(symbol)
        if instrument is None:
            self.positions.forget(symbol)
            self._changed(symbol)
            return
        account = "" if self.money.account is None else self.money.account.id
        self.counted(PositionSeen(account=account, instrument=instrument, quantity=Decimal(0)), settled=True)

    def doubt(self, symbol: str, instrument: Instrument | None) -> None:
        """The broker's answer does not list what should be held: it is shown as it was, and marked."""
        if instrument is not None and symbol not in self.market.instruments:
            self.market.know(instrument)
        self.positions.doubt(symbol, self.tally.of(symbol))
        self._changed(symbol)

    def closable(self, symbol: str) -> Decimal:
        """What orders that only reduce may reckon with: the broker's own count, also where another one is shown."""
        held = self.holds.held(symbol)
        return self.positions.held(symbol) if held is None or held.counted is None else held.counted

    def _changed(self, symbol: str) -> None:
        self.positions.covered(symbol, self.orders.live(symbol))
        self.watchers.touch("positions")
        for listener in self.listeners.position:
            listener(symbol)

    def valued(self, event: PositionValued) -> None:
        if self.positions.valued(event):
            self.watchers.touch("positions")
