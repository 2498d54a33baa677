"""The ceilings of a profile and of its strategies, measured against what the engine knows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Protocol

import msgspec

from ibtui.config import Limits
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.new_york import day_began
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import NONE, Ceilings, of_strategy
from ibtui.domain.order import FOREIGN, YOU, Order, OrderIntent, Side
from ibtui.domain.refusal import Refusal
from ibtui.domain.terms import ComboLeg
from ibtui.engine.truth import pnl
from ibtui.engine.truth.pnl import StrategyHolding
from ibtui.engine.truth.state import State
from ibtui.risk import ceilings as rules
from ibtui.risk.ceilings import AccountBook, ValuedPosition
from ibtui.risk.gate import CURRENCY_UNIT
from ibtui.risk.positions import counts, largest_position
from ibtui.risk.prices import dearest

UNKNOWN = float("nan")


class OwnerBooks(Protocol):
    """What strategies hold for themselves; the supervisor's, which know what was handed over."""

    def holdings(self, name: str) -> Mapping[str, StrategyHolding]:
        """What a strategy holds and did today, by symbol."""

    def for_trader(self, name: str) -> bool:
        """Whether what it closes is the account's position."""


class Limited:
    """Judges an intent that may add risk by the account's ceilings, and by those of the strategy that owns it."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        limits: Limits,
        groups: dict[str, tuple[str, ...]],
        strategies: dict[str, Ceilings],
        books: OwnerBooks,
        low: Callable[[str], float | None],
    ) -> None:
        """`low` tells the least profit of the day of an owner, as far as it was kept."""
        self._state = state
        self._clock = clock
        profile = {field.name: getattr(limits, field.name) for field in msgspec.structs.fields(Ceilings)}
        self._account = Ceilings(**profile | {"order_quantity": None, "order_value": None})
        """The profile's; what one order may be is the gate's to judge."""
        self.groups = {symbol: group for group, symbols in groups.items() for symbol in symbols}
        self._strategies = strategies
        self.holdings = books.holdings
        self.for_trader = books.for_trader
        self._low = low

    @property
    def limits_loss(self) -> bool:
        """Whether anybody has a limit on the loss of a day."""
        every = (self._account, *self._strategies.values())
        return any(one.daily_loss is not None or one.daily_loss_percent is not None for one in every)

    def ceilings(self, owner: str) -> Ceilings:
        """The account's with an empty `owner`, else those of that strategy; `dip.slow` is a run of `dip`."""
        if not owner:
            return self._account
        return of_strategy({} if owner in (YOU, FOREIGN) else self._strategies, owner)

    def refuses(
        self, intent: OrderIntent, without: Collection[str], *, reduces: bool, traded: Decimal | None = None
    ) -> Refusal | None:
        """Why it may not go out; orders in `without` are taken as cancelled.

        `reduces` says that the account's position can only become smaller. A strategy's own limits ask for what it
        holds itself: selling what others bought opens a position of its own. `traded` is what an order that is changed
        has traded already: it stays one order, so that how many there are is not asked.
        """
        for owner in ("", intent.owner):
            ceilings = self.ceilings(owner)
            unlimited = ceilings == NONE and not self._bounded(owner)
            if unlimited or self._passes(intent, owner, without, reduces):
                continue
            book = self._book(owner, ceilings, intent, without)
            if traded is not None:
                done = self._wanted(intent.with_terms(quantity=traded))
                book = msgspec.structs.replace(book, orders_today=0, last_order=None, traded=done)
            refusal = rules.check(self._wanted(intent), book, ceilings, owner)
            if refusal is not None:
                return refusal
        return None

    def own_holdings(self, owner: str) -> Mapping[str, StrategyHolding] | None:
        """What a strategy holds for itself; None where the account's position is meant."""
        return None if owner == YOU or self.for_trader(owner) else self.holdings(owner)

    def _bounded(self, owner: str) -> bool:
        """Whether it is a strategy whose positions have a limit even where none is set."""
        return owner not in ("", YOU, FOREIGN) and not self.for_trader(owner)

    def _book(self, owner: str, ceilings: Ceilings, intent: OrderIntent, without: Collection[str]) -> AccountBook:
        """What the account has, or with an `owner` what that strategy has; of `intent` nothing is out yet."""
        live = [
            order
            for order in self._state.orders.all_live()
            if counts(order.role) and (not owner or order.owner == owner)
            if order.ref not in without and not _same(order, intent.ref)
        ]
        placed = self._placed(owner, intent.ref) if ceilings.orders_per_day or ceilings.order_seconds else []
        today = day_began(self._clock.now())
        return msgspec.structs.replace(
            self.money(owner),
            positions=self._positions(owner),
            buying=self._out(owner, live, Side.BUY),
            selling=self._out(owner, live, Side.SELL),
            orders_today=sum(moment >= today for moment in placed),
            last_order=max(placed, default=None),
            groups={**self.groups, **self._inherited()} if self.groups else {},
            units={symbol: CURRENCY_UNIT for symbol in self._wanted(intent) if self._type(symbol) == "CASH"},
            largest=self._largest(intent) if self._bounded(owner) else {},
            unrated=self._unrated(owner, [order.symbol for order in live], intent),
        )

    def _largest(self, intent: OrderIntent) -> dict[str, float]:
        known = ((symbol, self._state.instruments.get(symbol)) for symbol in self._wanted(intent))
        return {symbol: float(largest_position(item)) for symbol, item in known if item is not None}

    def money(self, owner: str) -> AccountBook:
        """A book of equity and profit alone."""
        now, account = self._clock.now(), self._state.account
        equity = None if account is None else account.net_liquidation
        profit = self._profit(owner)
        return AccountBook(
            positions={},
            equity=equity,
            day_begin=None if equity is None or profit is None else equity - profit,
            day_profit=profit,
            day_low=self._low(owner),
            orders_today=0,
            last_order=None,
            now=now,
            currency="" if account is None else account.currency,
            unrated="" if profit is not None else self._unrated(owner, ()),
        )

    def _profit(self, owner: str) -> float | None:
        """Since the day began: the account's as IB says, a strategy's by its own fills; None while it is not known."""
        if not owner:
            account = self._state.account
            return None if account is None else account.day_pnl
        return pnl.profit(self.holdings(owner), self._state.instruments, self._state.quotes.get, self._state.account)

    def _passes(self, intent: OrderIntent, owner: str, without: Collection[str], reduces: bool) -> bool:
        if not owner or (reduces and self.for_trader(owner)):
            return reduces
        if intent.reduce_only:
            return True  # the gate bounds it by the account's position or the strategy's own
        return intent.target is None and intent.protect is None and self._reduces_own(intent, owner, without)

    def closes_own(self, intent: OrderIntent, without: Collection[str]) -> bool:
        """Whether a strategy's exit can only reduce what the strategy itself holds."""
        owner = intent.owner
        return owner != YOU and not self.for_trader(owner) and self._reduces_own(intent, owner, without)

    def _reduces_own(self, intent: OrderIntent, owner: str, without: Collection[str]) -> bool:
        held = {symbol: part.quantity for symbol, part in self._positions(owner).items()}
        out: dict[tuple[str, int], float] = {}
        for order in self._state.orders.all_live():
            if order.owner != owner or order.ref in without or _same(order, intent.ref):
                continue
            if counts(order.role) and not order.protective:
                for symbol, signed in _traded(order.symbol, order.side, float(order.remaining), order.combo):
                    key = symbol, 1 if signed > 0 else -1
                    out[key] = out.get(key, 0.0) + abs(signed)
        return rules.reduces(self._wanted(intent), held, out)

    def _placed(self, owner: str, ref: str) -> list[datetime]:
        """When the entries that are known went out, today or before, those of the intent `ref` left out."""
        return [
            order.created
            for order in self._state.orders
            if order.role == "entry" and order.created is not None
            if (not owner or order.owner == owner) and not _same(order, ref)
        ]

    def _positions(self, owner: str) -> dict[str, ValuedPosition]:
        """What is held, by symbol."""
        if owner:
            held = self.holdings(owner).items()
            quantities = {symbol: float(holding.quantity) for symbol, holding in held if holding.quantity}
        else:
            quantities = {position.symbol: float(position.quantity) for position in self._state.positions.all()}
        return {symbol: self._held(symbol, quantity) for symbol, quantity in quantities.items()}

    def _out(self, owner: str, working: Iterable[Order], side: Side) -> dict[str, ValuedPosition]:
        """What working orders may still trade on one side, with fills that the account's count may not contain."""
        found: dict[str, ValuedPosition] = {}
        for symbol, signed, price in (*_working(working), *(() if owner else self._uncounted())):
            if signed * side.sign > 0:
                found[symbol] = found.get(symbol, ValuedPosition(0.0, 0.0)).plus(self._held(symbol, signed, price))
        return found

    def _uncounted(self) -> Iterator[tuple[str, float, None]]:
        now = self._clock.monotonic()
        for symbol in self._state.instruments:
            moved = self._state.positions.moved(symbol, now)
            if moved:
                yield symbol, float(moved), None

    def _wanted(self, intent: OrderIntent) -> dict[str, ValuedPosition]:
        at = dearest(intent, self._state.quotes.get(intent.symbol), self._state.instruments.get(intent.symbol))
        trades = _traded(intent.symbol, intent.side, float(intent.quantity), intent.combo)
        return {symbol: self._held(symbol, signed, at) for symbol, signed in trades}

    def _held(self, symbol: str, quantity: float, price: float | None = None) -> ValuedPosition:
        """Valued in the account's currency at the price given, else at the market, else at what it cost."""
        instrument: Instrument | None = self._state.instruments.get(symbol)
        at = price if price is not None else self._price(symbol)
        worth = None if instrument is None else self._state.worth(instrument.value(quantity, at), instrument.currency)
        return ValuedPosition(quantity, UNKNOWN if worth is None else worth)

    def _unrated(self, owner: str, symbols: Iterable[str], intent: OrderIntent | None = None) -> str:
        """Why values are not known for want of an exchange rate; empty where all rates are known."""
        named = {*self._positions(owner), *symbols, *(() if intent is None else self._wanted(intent))}
        items = (self._state.instruments.get(symbol) for symbol in sorted(named))
        currencies = dict.fromkeys(item.currency for item in items if item is not None)
        return next((why for currency in currencies if (why := self._state.unrated(currency))), "")

    def _price(self, symbol: str) -> float:
        quote, position = self._state.quotes.get(symbol), self._state.positions.get(symbol)
        prices = (
            None if quote is None else quote.mark,
            None if position is None else position.market_price,
            None if position is None else position.average_cost,
        )
        return next((price for price in prices if price is not None), UNKNOWN)

    def _type(self, symbol: str) -> str:
        instrument = self._state.instruments.get(symbol)
        return "" if instrument is None else instrument.sec_type

    def _inherited(self) -> dict[str, str]:
        """Options and futures are in the group of what they are of."""
        items = self._state.instruments.items()
        return {symbol: self.groups[item.root] for symbol, item in items if item.root in self.groups}


def _same(order: Order, ref: str) -> bool:
    return order.ref == ref or order.ref.startswith(f"{ref}-")


def _working(orders: Iterable[Order]) -> Iterator[tuple[str, float, float | None]]:
    """Symbol, signed quantity and own price of what may still trade."""
    for order in orders:
        price = order.limit_price or order.stop_price
        own = None if price is None or order.combo else float(price)
        for symbol, signed in _traded(order.symbol, order.side, float(order.remaining), order.combo):
            yield symbol, signed, own


def _traded(symbol: str, side: Side, quantity: float, combo: Iterable[ComboLeg]) -> list[tuple[str, float]]:
    """Signed quantities by symbol, of a combo those of its legs."""
    legs = [(leg.symbol, side.sign * leg.side.sign * leg.ratio * quantity) for leg in combo]
    return legs or [(symbol, side.sign * quantity)]
