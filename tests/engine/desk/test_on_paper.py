"""One judge: the desk and the desk on paper say the same of the same orders and changes, code and sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple, cast

from hypothesis import event, given, settings
from hypothesis import strategies as st

from ibtui.domain.account import Account
from ibtui.domain.event import AccountChanged, ConnectionChanged, Filled, InstrumentSeen, PositionSeen, QuoteChanged
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import Ceilings, Limits
from ibtui.domain.order import Change, Order, OrderIntent, OrderStatus, Side, legs, new_ref
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType, Terms
from ibtui.engine.desk.ceilings import Limited
from ibtui.engine.desk.halt import Latch
from ibtui.engine.desk.judge import Judge
from ibtui.engine.strategies.books import Books
from ibtui.engine.strategies.store import StrategyStore
from ibtui.engine.truth.state import State
from ibtui.risk.paper import PaperDesk
from ibtui.risk.paper_ceilings import PaperRules
from ibtui.risk.paper_facts import PaperOrder, PaperWorld
from ibtui.risk.positions import check_own
from ibtui.risk.prices import on_grid, terms_on_grid
from tests.clocks import ManualClock
from tests.engine.desk.bench import Script
from tests.engine.truth import kept

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
STOCK = Instrument(symbol="A", con_id=1, sec_type="STK", root="A", exchange="SMART", currency="USD")
FUTURE = Instrument(
    symbol="A",
    con_id=1,
    sec_type="FUT",
    root="A",
    exchange="CME",
    currency="USD",
    multiplier=Decimal(50),
    tick=Decimal("0.25"),
)
PAIR = Instrument(
    symbol="A", con_id=1, sec_type="CASH", root="A", exchange="IDEALPRO", currency="USD", tick=Decimal("0.00005")
)
INDEX = Instrument(symbol="A", con_id=1, sec_type="IND", root="A", exchange="CBOE", currency="USD")
EQUITY = 100_000.0


class Asked(NamedTuple):
    """An order, or a change of one that works, some seconds after the one before."""

    side: Side
    quantity: str
    limit: float | None
    stop: float | None
    target: float | None
    protect: float | None
    changes: int | None
    """Which of the orders that work it changes; None for a new one. Prices are shares of the market's."""
    after: float


class Story(NamedTuple):
    """A world, and what is asked in it."""

    item: Instrument
    price: float
    spread: float
    held: int
    limits: Limits
    own: Ceilings
    asked: tuple[Asked, ...]


class Verdict(NamedTuple):
    code: str
    sentence: str


PASSED = Verdict("", "")


class Live:
    """The desk, and what the engine asks of a strategy's orders before it."""

    def __init__(self, story: Story) -> None:
        self.clock = clock = ManualClock(NOW)
        self.state = state = State(clock, lambda record: None)
        self.own = story.own
        self.item = story.item
        books = Books(state.fills, StrategyStore(kept.Kept()), lambda owner: False, clock)
        limited = Limited(state, clock, story.limits, {}, {"dip": story.own}, books, lambda owner: None)
        latch = Latch.__new__(Latch)
        latch.halted = None
        self.judge = Judge(
            session=cast("Any", Script()),
            state=state,
            latch=latch,
            limits=story.limits,
            limited=limited,
            read_only=False,
            live=False,
            clock=clock,
        )
        state.apply(ConnectionChanged(state="active", epoch=1))
        state.apply(InstrumentSeen(instrument=story.item))
        state.apply(AccountChanged(account=Account(id="DU1", currency="USD", net_liquidation=EQUITY, day_pnl=0.0)))
        self.hold(story)

    def hold(self, story: Story) -> None:
        if story.held:
            side, quantity = (Side.BUY if story.held > 0 else Side.SELL), Decimal(abs(story.held))
            fill = Fill(
                exec_id="1.01", ref="h", symbol="A", side=side, quantity=quantity, price=1.0, time=NOW, owner="dip"
            )
            self.state.apply(Filled(fill=fill))
            seen = PositionSeen(account="DU1", instrument=story.item, quantity=Decimal(story.held), average_cost=1.0)
            self.state.apply(seen)
        self.clock.advance(60)

    def quote(self, quote: Quote) -> None:
        self.state.apply(QuoteChanged(quote=quote.__class__(**_fields(quote) | {"received": self.clock.monotonic()})))

    def ask(self, intent: OrderIntent) -> Verdict:
        orders = self.state.orders.live("A")
        held = self.state.positions.held("A")
        try:
            refusal = check_own(
                intent.side, intent.quantity, self.item, held, orders, self.own.position_quantity, reduce_only=False
            )
            if refusal is not None:
                raise IbtuiError.of(refusal)
            self.judge.check(intent)
        except IbtuiError as error:
            return Verdict(error.code, error.message)
        self.judge.remember(intent)
        self.judge.count(len(legs(intent)))
        for order in worked(intent):
            self.state.order(order)
        return PASSED

    def change(self, change: Change) -> Verdict:
        order = self.state.orders.find(change.ref)
        try:
            if change.quantity is not None and change.quantity > order.quantity and order.role in ("entry", "exit"):
                others = [one for one in self.state.orders.live("A") if one.ref != order.ref]
                held = self.state.positions.held("A")
                refusal = check_own(
                    order.side, change.quantity, self.item, held, others, self.own.position_quantity, reduce_only=False
                )
                if refusal is not None:
                    raise IbtuiError.of(refusal)
            self.judge.check_change(change)
        except IbtuiError as error:
            return Verdict(error.code, error.message)
        self.judge.count(1)
        self.state.order(order.__class__(**_fields(order) | {"terms": change.applied(order.terms)}))
        return PASSED


@dataclass
class Sheet:
    """An order on paper."""

    order: Order

    def __getattr__(self, name: str) -> Any:
        order = self.order
        own = {
            "sign": order.side.sign,
            "quantity": float(order.quantity),
            "kind": order.type,
            "price": float(order.price or 0),
            "legs": (),
        }
        return own[name] if name in own else getattr(order, name)


class Paper:
    """The desk on paper over a book of its own."""

    def __init__(self, story: Story) -> None:
        self.working: dict[str, Sheet] = {}
        self.market: Quote | None = None
        self.now = 0.0
        self.desk = PaperDesk(
            PaperRules(limits=story.limits, strategy=story.own, owner="dip", bounded=True),
            PaperWorld(
                working=cast("dict[str, PaperOrder]", self.working),
                positions=lambda: {"A": float(story.held)} if story.held else {},
                orders=lambda symbol: [one.order for one in self.working.values()],
                quote=lambda symbol: self.market,
                instrument=lambda symbol: story.item,
                currency=lambda: "USD",
            ),
        )
        self.desk.begin_day(EQUITY)

    def ask(self, intent: OrderIntent, now: datetime) -> Verdict:
        refusal = self.desk.refuses(intent, EQUITY, now)
        if refusal is not None:
            return Verdict(refusal.code, refusal.sentence)
        self.working |= {order.ref: Sheet(order) for order in worked(intent)}
        return PASSED

    def change(self, change: Change, now: datetime) -> Verdict:
        order = self.working[change.ref].order
        refusal = self.desk.refuses_change(change, order, EQUITY, now)
        if refusal is not None:
            return Verdict(refusal.code, refusal.sentence)
        self.working[change.ref] = Sheet(order.__class__(**_fields(order) | {"terms": change.applied(order.terms)}))
        return PASSED


def _fields(struct: Any) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def worked(intent: OrderIntent) -> list[Order]:
    """The orders of an intent once the broker has them."""
    made = [leg.pending(NOW) for leg in legs(intent)]
    states = [OrderStatus.WORKING, *[OrderStatus.WAITING] * 2]
    return [one.__class__(**_fields(one) | {"status": status}) for one, status in zip(made, states, strict=False)]


def wanted(asked: Asked, story: Story) -> OrderIntent:
    limit, stop, target, protect = (
        price_at(share, story) for share in (asked.limit, asked.stop, asked.target, asked.protect)
    )
    if limit is not None:
        stop = None
    kind = OrderType.LMT if limit is not None else OrderType.STP if stop is not None else OrderType.MKT
    terms = Terms(
        symbol="A", side=asked.side, quantity=Decimal(asked.quantity), type=kind, limit_price=limit, stop_price=stop
    )
    return OrderIntent(
        ref=new_ref(),
        owner="dip",
        terms=terms_on_grid(terms, story.item),
        target=on_grid(target, story.item),
        protect=on_grid(protect, story.item),
    )


def price_at(share: float | None, story: Story) -> Decimal | None:
    return None if share is None else Decimal(str(round(story.price * share, 7)))


def changed(asked: Asked, order: Order, story: Story) -> Change:
    limit, stop = price_at(asked.limit, story), price_at(asked.stop, story)
    return Change(
        ref=order.ref,
        quantity=Decimal(asked.quantity),
        limit_price=on_grid(limit, story.item) if order.limit_price is not None else None,
        stop_price=on_grid(stop, story.item) if order.stop_price is not None else None,
    )


def verdicts(story: Story) -> list[tuple[Verdict, Verdict]]:
    """What both say of each thing that is asked, one after the other."""
    live, paper = Live(story), Paper(story)
    quote = Quote(symbol="A", bid=story.price, ask=round(story.price * (1 + story.spread), 7), last=story.price)
    found = []
    for asked in story.asked:
        live.clock.advance(asked.after)
        live.quote(quote)
        paper.market = quote
        now = live.clock.now()
        standing = list(paper.working.values())
        if asked.changes is None:
            intent = wanted(asked, story)
            found.append((live.ask(intent), paper.ask(intent, now)))
        elif standing:
            change = changed(asked, standing[asked.changes % len(standing)].order, story)
            found.append((live.change(change), paper.change(change, now)))
    return found


SHARES = st.none() | st.none() | st.sampled_from([0.3, 0.9, 0.98, 1.0, 1.001, 1.02, 1.1, 1.8])
ASKED = st.builds(
    Asked,
    st.sampled_from(Side),
    st.sampled_from(["0.5", "1", "5", "5", "10", "10", "10", "40", "900", "20000"]),
    SHARES,
    SHARES,
    SHARES,
    SHARES,
    st.none() | st.none() | st.integers(0, 5),
    st.sampled_from([0.0, 0.0, 0.4, 5.0]),
)
STORIES = st.builds(
    Story,
    st.sampled_from([STOCK, STOCK, STOCK, FUTURE, PAIR, INDEX]),
    st.sampled_from([100.0, 1.2345, 5012.25]),
    st.sampled_from([0.0, 0.001, 0.01]),
    st.integers(-10, 10),
    st.builds(
        Limits,
        order_quantity=st.sampled_from([10_000.0, 30.0]),
        order_value=st.sampled_from([500_000.0, 4_000.0]),
        open_orders=st.sampled_from([15, 2]),
        orders_per_second=st.sampled_from([40, 2]),
        position_value=st.none() | st.just(2_000.0),
        gross_percent=st.none() | st.just(50.0),
        orders_per_day=st.none() | st.just(3),
    ),
    st.builds(Ceilings, position_quantity=st.none() | st.just(20.0), order_value=st.none() | st.just(3_000.0)),
    st.lists(ASKED, min_size=1, max_size=4)
    .flatmap(lambda few: st.lists(st.sampled_from(few), min_size=1, max_size=8))
    .map(tuple),
)


@settings(max_examples=150, deadline=None)
@given(STORIES)
def test_the_desk_on_paper_says_what_the_desk_says(story: Story) -> None:
    for number, (live, paper) in enumerate(verdicts(story)):
        event(f"{'change' if story.asked[number].changes is not None else 'order'}: {live.code or 'passed'}")
        assert paper == live
