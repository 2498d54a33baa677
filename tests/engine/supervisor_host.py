"""A host that keeps what strategies ask of it, and fills or refuses as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec.structs import replace

from ibtui.domain.account import Account
from ibtui.domain.bar import Bar
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.calendar.trading_hours import TradingHours
from ibtui.domain.combo import combo_instrument
from ibtui.domain.currency import NO_RATES
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import NONE, Ceilings, Limits
from ibtui.domain.order import Change, Order, OrderIntent, OrderStatus, legs
from ibtui.domain.quote import Quote
from ibtui.domain.signal import Signal
from ibtui.domain.terms import ComboLeg, Terms
from ibtui.engine.market.kept_bars import KeptBars
from ibtui.engine.session import TradedChain
from ibtui.engine.strategies.telling import Telling
from ibtui.link.messages import LogKind
from tests.clocks import PATIENCE
from tests.engine.desk.bench import Script


class ScriptedHost:
    """Orders work until a test fills them; cancels are confirmed at once unless `slow_cancels`."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.kept = KeptBars(Script(), clock)
        self.telling: Telling | None = None
        self.intents: list[OrderIntent] = []
        self.orders: dict[str, Order] = {}
        self.fills: list[Fill] = []
        self.quotes: dict[str, Quote] = {}
        self.past: tuple[Bar, ...] = ()
        self.cancelled: list[str] = []
        self.lines: list[str] = []
        self.refuse: IbtuiError | None = None
        self.fill_at_once = False
        self.slow_cancels = False
        self.connected = True
        self.door = asyncio.Event()
        """Closed, it holds orders on their way to the broker."""
        self.door.set()
        self.asked_bars = 0
        self.changed: list[Change] = []
        self.rates = NO_RATES
        self.trades_in = "USD"
        """The currency of every instrument."""
        self.account_holds: dict[str, Decimal] = {}
        self.in_doubt: set[str] = set()
        """Instruments that are held."""
        self.others_cover: dict[str, Decimal] = {}
        self.to_come: tuple[Signal, ...] = ()
        self.notices: list[tuple[str, str]] = []
        self.asked_chains: list[tuple[str, float | None, int]] = []
        self.listed: TradedChain | None = None
        """The chain of every underlying."""
        self.library = asyncio.Event()
        """Closed, it holds back past bars."""
        self.library.set()
        self.moved = asyncio.Event()

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something that happened here makes `condition` true."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self.moved.clear()
                await self.moved.wait()

    async def submit(self, intent: OrderIntent) -> tuple[Order, ...]:
        self.intents.append(intent)
        self.moved.set()
        await self.door.wait()
        if self.refuse is not None:
            raise self.refuse
        sent = tuple(
            Order(
                ref=leg.ref,
                owner=leg.owner,
                role=leg.role,
                terms=Terms(
                    symbol=leg.symbol,
                    side=leg.side,
                    quantity=leg.quantity,
                    type=leg.type,
                    limit_price=leg.limit_price,
                    stop_price=leg.stop_price,
                    oca_group=leg.oca_group,
                    combo=leg.combo,
                ),
                status=OrderStatus.WAITING if leg.parent else OrderStatus.WORKING,
                parent=leg.parent,
            )
            for leg in legs(intent)
        )
        self.orders |= {order.ref: order for order in sent}
        if self.fill_at_once:
            self.fill(sent[0].ref)
        self.moved.set()
        return sent

    async def modify(self, change: Change) -> Order:
        order = self.orders[change.ref]
        self.orders[change.ref] = replace(order, terms=change.applied(order.terms))
        self.changed.append(change)
        if self.telling is not None:
            self.telling.on_order(self.orders[change.ref])
        self.moved.set()
        return order

    def cancel(self, ref: str) -> None:
        if not self.connected:
            raise IbtuiError("not_connected", "There is no connection.")
        self.cancelled.append(ref)
        if not self.slow_cancels:
            self.confirm_cancel(ref)
        self.moved.set()

    def confirm_cancel(self, ref: str) -> None:
        for order in list(self.orders.values()):
            if order.live and ref in (order.ref, order.parent):
                self.change(order.ref, OrderStatus.CANCELLED)

    def change(self, ref: str, status: OrderStatus, filled: Decimal | None = None) -> None:
        """Move an order and tell the supervisor, as the engine does."""
        order = self.orders[ref]
        changes: dict[str, object] = {"status": status}
        if filled is not None:
            changes["filled"] = filled
        self.orders[ref] = replace(order, **changes)
        if self.telling is not None:
            self.telling.on_order(self.orders[ref])

    def fill(self, ref: str, price: float = 100.0, status_first: bool = False) -> None:
        """Fill an order whole and start its children."""
        order = self.orders[ref]
        if status_first:
            self.change(ref, OrderStatus.FILLED, order.quantity)
        self.execute(ref, order.quantity, price)
        if not status_first:
            self.change(ref, OrderStatus.FILLED, order.quantity)
        for child in list(self.orders.values()):
            if child.parent == ref:
                self.change(child.ref, OrderStatus.WORKING)
            elif child.live and child.oca_group and child.oca_group == order.oca_group:
                self.change(child.ref, OrderStatus.CANCELLED)

    def execute(self, ref: str, quantity: Decimal, price: float) -> None:
        order = self.orders[ref]
        fill = Fill(
            exec_id=f"{len(self.fills):04d}.01",
            ref=ref,
            symbol=order.symbol,
            side=order.side,
            quantity=quantity,
            price=price,
            time=self.clock.now(),
            owner=order.owner,
            commission=1.0,
        )
        self.fills.append(fill)
        if self.telling is not None:
            self.telling.on_fill(fill)
        self.moved.set()

    def orders_of(self, owner: str) -> list[Order]:
        return [order for order in self.orders.values() if order.owner == owner]

    @property
    def owners(self) -> tuple[str, ...]:
        return tuple({fill.owner: None for fill in self.fills})

    def of_owner(self, owner: str) -> list[Fill]:
        return self.fills_of(owner)

    def fills_of(self, owner: str) -> list[Fill]:
        return [fill for fill in self.fills if fill.owner == owner]

    async def resolve(self, symbol: str) -> Instrument:
        if symbol == "NOPE":
            raise IbtuiError("unknown_symbol", "There is no instrument 'NOPE'.")
        return Instrument(
            symbol=symbol, con_id=1, sec_type="STK", root=symbol, exchange="SMART", currency=self.trades_in
        )

    async def combined(self, legs: Sequence[ComboLeg]) -> Instrument:
        return combo_instrument(legs, {leg.symbol: await self.resolve(leg.symbol) for leg in legs})

    async def chain(self, symbol: str, *, days: float | None, strikes: int) -> TradedChain:
        self.asked_chains.append((symbol, days, strikes))
        self.moved.set()
        await self.library.wait()
        if self.refuse is not None:
            raise self.refuse
        assert self.listed is not None
        return self.listed

    def quote(self, symbol: str) -> Quote | None:
        return self.quotes.get(symbol)

    async def bars(self, symbol: str, seconds: int, count: int) -> tuple[Bar, ...]:
        past = self.past[-count:]
        self.asked_bars += 1
        self.moved.set()
        await self.library.wait()
        return past

    def ceilings(self, owner: str) -> Ceilings:
        return NONE

    limits = Limits()
    groups: Mapping[str, str] = {}

    def held(self, symbol: str) -> Decimal:
        return self.account_holds.get(symbol, Decimal(0))

    def hours(self, symbol: str) -> TradingHours | None:
        return None

    def held_words(self, symbols: Iterable[str]) -> str:
        return next((f"{symbol} is HELD." for symbol in symbols if symbol in self.in_doubt), "")

    def covered(self, symbol: str, owner: str) -> Decimal:
        return self.others_cover.get(symbol, Decimal(0))

    def watched(self) -> tuple[str, ...]:
        return ("SPY", "QQQ")

    def announced(self) -> tuple[Signal, ...]:
        return self.to_come

    def notify(self, kind: str, text: str) -> None:
        self.notices.append((kind, text))

    def account(self) -> Account | None:
        return Account(id="DU1", currency="USD", net_liquidation=1_000_000.0, rates=self.rates)

    def equity(self) -> float | None:
        return 1_000_000.0

    def say(self, kind: LogKind, text: str) -> None:
        self.lines.append(f"{kind} {text}")
        self.moved.set()

    def decided(self, name: str, text: str, bar: datetime) -> None:
        self.moved.set()

    def strategies_changed(self) -> None:
        self.moved.set()
