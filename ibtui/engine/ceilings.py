"""The ceilings of a profile and of its strategies, measured against what the engine knows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from ibtui.config import Limits
from ibtui.domain.clock import Clock
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import Ceilings
from ibtui.domain.order import ComboLeg, Order, OrderIntent, Side
from ibtui.engine import strategy_pnl
from ibtui.engine.state import State
from ibtui.risk.ceilings import Book, Held, check
from ibtui.risk.facts import Refusal


class Limited:
    """Judges an intent that may add risk by the account's ceilings, and by those of the strategy that owns it."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        limits: Limits,
        groups: dict[str, tuple[str, ...]],
        strategies: dict[str, Ceilings],
    ) -> None:
        self._state = state
        self._clock = clock
        self._limits = limits
        self._groups = {symbol: group for group, symbols in groups.items() for symbol in symbols}
        self._strategies = strategies

    def refuses(self, intent: OrderIntent, without: Collection[str]) -> Refusal | None:
        """Why it may not go out; orders in `without` are taken as cancelled."""
        own = self._strategies.get(intent.owner) or self._strategies.get(intent.owner.partition(".")[0])
        bounded = [(self._limits, "", ""), *([(own, intent.owner, intent.owner)] if own is not None else [])]
        for ceilings, owner, whose in bounded:
            refusal = check(self._wanted(intent), self._book(owner, intent.ref, without), ceilings, whose)
            if refusal is not None:
                return refusal
        return None

    def _book(self, owner: str, ref: str, without: Collection[str]) -> Book:
        """What the account has, or with an `owner` what that strategy has."""
        now = self._clock.now()
        today = strategy_pnl.day_began(now)
        orders = [
            order
            for order in self._state.orders
            if order.role == "entry" and (not owner or order.owner == owner) and not _same(order, ref, without)
        ]
        placed = [order.created for order in orders if order.created is not None and order.created >= today]
        account = self._state.account
        equity = None if account is None else account.net_liquidation
        profit = self._profit(owner, today)
        return Book(
            positions=self._positions(owner, today, (order for order in orders if order.live)),
            equity=equity,
            day_begin=None if equity is None or profit is None else equity - profit,
            day_profit=profit,
            orders_today=len(placed),
            last_order=max(placed, default=None),
            now=now,
            groups=self._groups,
        )

    def _profit(self, owner: str, today: datetime) -> float | None:
        if not owner:
            account = self._state.account
            return None if account is None else account.day_pnl
        held = strategy_pnl.holdings(self._state.fills.of_owner(owner), today)
        return strategy_pnl.profit(held, self._state.instruments, self._state.quotes.get)

    def _positions(self, owner: str, today: datetime, working: Iterable[Order]) -> dict[str, Held]:
        """What is held, with what entries that work may still add."""
        found: dict[str, Held] = {}
        if owner:
            held = strategy_pnl.holdings(self._state.fills.of_owner(owner), today)
            quantities = {symbol: float(holding.quantity) for symbol, holding in held.items() if holding.quantity}
        else:
            quantities = {position.symbol: float(position.quantity) for position in self._state.positions.all()}
        for symbol, quantity in quantities.items():
            found[symbol] = self._held(symbol, quantity)
        for order in working:
            for symbol, signed in _traded(order.symbol, order.side, float(order.remaining), order.combo):
                known, more = found.get(symbol, Held(0.0, 0.0)), self._held(symbol, signed)
                found[symbol] = Held(known.quantity + more.quantity, known.value + more.value)
        return found

    def _wanted(self, intent: OrderIntent) -> dict[str, Held]:
        price = intent.limit_price or intent.stop_price
        at = None if price is None or intent.combo else float(price)
        trades = _traded(intent.symbol, intent.side, float(intent.quantity), intent.combo)
        return {symbol: self._held(symbol, signed, at) for symbol, signed in trades}

    def _held(self, symbol: str, quantity: float, price: float | None = None) -> Held:
        """Valued at the price given, else at the market, else at what it cost."""
        instrument: Instrument | None = self._state.instruments.get(symbol)
        at = price if price is not None else self._price(symbol)
        multiplier = 1.0 if instrument is None else float(instrument.multiplier)
        return Held(quantity, quantity * at * multiplier)

    def _price(self, symbol: str) -> float:
        quote, position = self._state.quotes.get(symbol), self._state.positions.get(symbol)
        prices = (
            None if quote is None else quote.mark,
            None if position is None else position.market_price,
            None if position is None else position.average_cost,
        )
        return next((price for price in prices if price is not None), 0.0)


def _same(order: Order, ref: str, without: Collection[str]) -> bool:
    return order.ref in without or order.ref.partition("-")[0] == ref


def _traded(symbol: str, side: Side, quantity: float, combo: Iterable[ComboLeg]) -> list[tuple[str, float]]:
    """Signed quantities by symbol, of a combo those of its legs."""
    legs = [(leg.symbol, side.sign * leg.side.sign * leg.ratio * quantity) for leg in combo]
    return legs or [(symbol, side.sign * quantity)]
