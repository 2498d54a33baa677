"""What strategies reach of this engine: the host that the supervisor is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ibtui.domain.account import Account
from ibtui.domain.bar import Bar
from ibtui.domain.calendar.trading_hours import TradingHours
from ibtui.domain.cover import protection
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.hold import holds_words
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import Ceilings, Limits
from ibtui.domain.order import Change, Order, OrderIntent
from ibtui.domain.quote import MARKET_DATA_LINES, Quote
from ibtui.domain.signal import Signal
from ibtui.domain.terms import ComboLeg
from ibtui.engine.desk.desk import Desk
from ibtui.engine.market.kept_bars import KeptBars
from ibtui.engine.market.past import PastBarCache
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.outside.calendar import Calendar
from ibtui.engine.outside.notify import Notifier
from ibtui.engine.session import SessionPort, TradedChain
from ibtui.engine.truth.state import State
from ibtui.link.messages import LogKind


@dataclass(eq=False, repr=False, kw_only=True)
class StrategyHost:
    """The desk, the market and the records, for strategies."""

    session: SessionPort
    state: State
    desk: Desk
    watchlist: Watchlist
    past: PastBarCache
    kept: KeptBars
    calendar: Calendar
    notifier: Notifier

    async def submit(self, intent: OrderIntent) -> tuple[Order, ...]:
        return await self.desk.submit(intent)

    async def modify(self, change: Change) -> Order:
        return await self.desk.modify(change)

    def cancel(self, ref: str) -> None:
        order = self.state.orders.get(ref)
        if order is None or not order.live:
            return
        self.desk.cancel(ref)

    def orders_of(self, owner: str) -> list[Order]:
        return [order for order in self.state.orders if order.owner == owner]

    def fills_of(self, owner: str) -> list[Fill]:
        return self.state.fills.of_owner(owner)

    async def resolve(self, symbol: str) -> Instrument:
        instrument = await self.watchlist.quoted(symbol)
        self.watchlist.use(instrument.symbol)
        return instrument

    async def combined(self, legs: Sequence[ComboLeg]) -> Instrument:
        return await self.watchlist.combined(legs)

    async def chain(self, symbol: str, *, days: float | None, strikes: int) -> TradedChain:
        under = await self.watchlist.quoted(symbol)
        quote = self.state.quotes.get(under.symbol)
        spot = None if quote is None else quote.mark
        if spot is None or not spot > 0:
            raise IbtuiError("no_quote", f"There is no price of {under.symbol} to look for options around.")
        room = max(MARKET_DATA_LINES - self.watchlist.lines, 0) // 2
        if not room:
            raise IbtuiError(
                "no_lines", f"All {MARKET_DATA_LINES} market data lines are in use; take something off the watchlist."
            )
        return await self.session.chain(under, spot, days=days, strikes=min(strikes, room))

    def quote(self, symbol: str) -> Quote | None:
        return self.state.quotes.get(symbol)

    async def bars(self, symbol: str, seconds: int, count: int) -> tuple[Bar, ...]:
        return await self.past.bars(await self.watchlist.resolve(symbol), seconds, count)

    def hours(self, symbol: str) -> TradingHours | None:
        return self.state.hours.get(symbol)

    def ceilings(self, owner: str) -> Ceilings:
        return self.desk.limited.ceilings(owner)

    @property
    def limits(self) -> Limits:
        return self.desk.limits

    @property
    def groups(self) -> Mapping[str, str]:
        return self.desk.limited.groups

    def held(self, symbol: str) -> Decimal:
        return self.state.positions.held(symbol)

    def held_words(self, symbols: Iterable[str]) -> str:
        return holds_words(self.state.holds.of(symbols))

    def covered(self, symbol: str, owner: str) -> Decimal:
        others = (order for order in self.state.orders.live(symbol) if order.owner != owner)
        return protection(self.state.positions.held(symbol), others)

    def watched(self) -> tuple[str, ...]:
        return self.state.watchlist

    def announced(self) -> tuple[Signal, ...]:
        return self.calendar.announced

    def notify(self, kind: str, text: str) -> None:
        self.notifier.notify(kind, text)

    def account(self) -> Account | None:
        return self.state.account

    def equity(self) -> float | None:
        return None if self.state.account is None else self.state.account.net_liquidation

    def say(self, kind: LogKind, text: str) -> None:
        self.state.log.say(kind, text)

    def decided(self, name: str, text: str, bar: datetime) -> None:
        for listener in self.state.listeners.decision:
            listener(name, text, bar)

    def strategies_changed(self) -> None:
        self.state.touch("strategies")
