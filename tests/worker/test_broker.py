from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ibtui.domain.bar import Bar
from ibtui.domain.fill import Fill
from ibtui.domain.instrument import Instrument
from ibtui.domain.limits import Ceilings, Limits
from ibtui.domain.order import Change, Order, OrderStatus, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import Terms
from ibtui.link.worker import (
    Begin,
    CancelRequest,
    Drawn,
    FillSeen,
    FromWorker,
    OrderRequest,
    RequestRefused,
    ShadowLimits,
)
from ibtui.strategies.author.asking import asked, given
from ibtui.worker.broker import LiveBroker
from ibtui.worker.shadow import Shadow

SPY = Instrument(symbol="SPY", con_id=1, sec_type="STK", root="SPY", exchange="SMART", currency="USD")


def live_broker(sent: list[FromWorker], position: int = 0, *orders: Order) -> LiveBroker:
    begin = Begin(parameters={}, position={"SPY": Decimal(position)}, orders=orders, equity=1.0)
    broker = LiveBroker(sent.append, begin, ("SPY",))
    broker.trade((SPY,))
    broker.sending = True
    return broker


def buy(broker: LiveBroker, quantity: float = 100, **prices: float | None) -> str:
    terms = asked("SPY", Side.BUY, quantity, prices.get("limit"), prices.get("stop"))
    return broker.place(terms, target=given("tp", prices.get("tp")), protect=given("sl", prices.get("sl")))


def test_prices_are_moved_to_the_grid() -> None:
    sent: list[FromWorker] = []
    buy(live_broker(sent), limit=10.006, sl=9.994, tp=11.0149999)
    [wish] = sent
    assert isinstance(wish, OrderRequest)
    assert (wish.limit_price, wish.protect, wish.target) == (Decimal("10.01"), Decimal("9.99"), Decimal("11.01"))


def test_shadow_draws_the_prices_that_would_be_sent() -> None:
    drawn: list[FromWorker] = []
    shadow = Shadow(drawn.append, Begin(parameters={}, position={}, orders=(), equity=1.0, shadow=True), ("SPY",))
    shadow.trade((SPY,))
    shadow.live = shadow.sending = True
    close_bar(shadow, 123_456.0)
    ref = buy(shadow, limit=123_456.786, sl=9.994)
    shadow.modify(Change(ref=ref, limit_price=Decimal("123456.781")))
    assert [one.text for one in drawn if isinstance(one, Drawn)] == [
        "would BUY 100 SPY at 123456.79 limit, stop 9.99",
        "would change SPY LMT to 100 at 123456.78",
    ]
    assert shadow.orders("SPY")[0].limit_price == Decimal("123456.78")


def test_time_goes_on_from_what_the_engine_said() -> None:
    sent: list[FromWorker] = []
    begun = datetime(2030, 2, 28, 23, 59, 59, tzinfo=UTC)
    begin = Begin(parameters={}, position={}, orders=(), equity=1.0, time=begun)
    broker = LiveBroker(sent.append, begin, ("SPY",))
    broker.quoted(Quote(symbol="SPY", last=10.0))
    assert timedelta() <= broker.now - begun < timedelta(minutes=5)


def test_the_time_of_a_quote_and_of_a_fill_is_when_the_engine_heard_it() -> None:
    """A recording has that time; IB tells a fill's in whole seconds, which would take a strategy's time back."""
    broker = live_broker([])
    heard = datetime(2030, 2, 28, 15, 0, 1, 250_000, tzinfo=UTC)
    broker.quoted(Quote(symbol="SPY", last=10.0), heard)
    assert broker.now == heard
    told = fill(buy(broker), Side.BUY, 100)
    broker.filled(FillSeen(fill=told, position=Decimal(100), time=heard))
    assert broker.now == heard


@pytest.mark.parametrize("quantity", [0, -1, float("nan"), float("inf")])
def test_a_quantity_must_be_a_positive_number(quantity: float) -> None:
    with pytest.raises(ValueError, match="the quantity must be a positive number"):
        buy(live_broker([]), quantity)


@pytest.mark.parametrize("name", ["limit", "stop", "sl", "tp"])
@pytest.mark.parametrize("price", [0.0, -5.0, float("nan")])
def test_a_price_must_be_a_positive_number(name: str, price: float) -> None:
    with pytest.raises(ValueError, match=f"{name} must be a positive number"):
        buy(live_broker([]), **{name: price})


def test_nothing_is_sent_while_the_past_is_shown() -> None:
    sent: list[FromWorker] = []
    broker = live_broker(sent, 100)
    broker.sending = False
    buy(broker)
    broker.close("SPY")
    broker.cancel("a")
    assert sent == []


def test_a_refused_exit_may_be_tried_again() -> None:
    sent: list[FromWorker] = []
    broker = live_broker(sent, 100)
    broker.close("SPY")
    broker.close("SPY")
    [first] = sent
    assert isinstance(first, OrderRequest)
    broker.refused(RequestRefused(ref=first.ref, code="stale", message=""))
    broker.close("SPY")
    assert len(sent) == 2


def test_an_entry_that_fills_while_it_is_withdrawn_is_sold() -> None:
    sent: list[FromWorker] = []
    broker = live_broker(sent)
    ref = buy(broker)
    broker.close("SPY")
    assert sent[1:] == [CancelRequest(ref=ref)]
    broker.order_moved(order(ref, Side.BUY, OrderStatus.FILLED, filled=100))
    assert len(sent) == 2, "the fill is still to come"
    broker.filled(FillSeen(fill=fill(ref, Side.BUY, 100), position=Decimal(100)))
    exit_wish = sent[2]
    assert isinstance(exit_wish, OrderRequest)
    assert (exit_wish.side, exit_wish.quantity, exit_wish.reduce_only) == (Side.SELL, Decimal(100), True)


def order(
    ref: str, side: Side, status: OrderStatus, filled: int = 0, role: str = "entry", quantity: int = 100
) -> Order:
    return Order(
        ref=ref,
        role=role,  # type: ignore[arg-type]
        terms=Terms(
            symbol="SPY",
            side=side,
            quantity=Decimal(quantity),
            type="STP" if role == "stop" else "MKT",
            oca_group="ibtui-a" if role in ("stop", "exit") else "",
        ),
        status=status,
        filled=Decimal(filled),
    )


def fill(ref: str, side: Side, quantity: int) -> Fill:
    return Fill(
        exec_id=f"{ref}.{quantity}.01",
        ref=ref,
        symbol="SPY",
        side=side,
        quantity=Decimal(quantity),
        price=10.0,
        time=datetime(2026, 11, 23, tzinfo=UTC),
        owner="x",
    )


class Closing(RuleBasedStateMachine):
    """An engine that answers in any order it likes: a long position must never be sold more than once."""

    @initialize(stops=st.integers(0, 2))
    def hold(self, stops: int) -> None:
        self.sent: list[FromWorker] = []
        self.held = 100
        self.open = {f"stop{n}": "stop" for n in range(stops)}
        resting = [order(ref, Side.SELL, OrderStatus.WORKING, role="stop") for ref in self.open]
        self.broker = live_broker(self.sent, 100, *resting)
        self.late: list[FillSeen] = []
        self.seen = 0

    @rule()
    def close(self) -> None:
        self.broker.close("SPY")
        self.answer()

    def answer(self) -> None:
        """The engine takes new wishes; exits work at once."""
        for message in self.sent[self.seen :]:
            if isinstance(message, OrderRequest):
                assert message.reduce_only
                ref = f"{message.ref}-x"
                self.open[ref] = "exit"
                self.broker.order_moved(order(ref, Side.SELL, OrderStatus.WORKING, role="exit"))
        self.seen = len(self.sent)

    @rule(data=st.data(), status_first=st.booleans())
    def fill_one(self, data: st.DataObject, status_first: bool) -> None:
        """An order fills, while a position for it is there: IB takes the others of its group away."""
        if not self.open or self.held <= 0:
            return
        ref = data.draw(st.sampled_from(sorted(self.open)))
        role = self.open.pop(ref)
        self.held -= 100
        gone, self.open = self.open, {}
        told = FillSeen(fill=fill(ref, Side.SELL, 100), position=Decimal(self.held))
        done = order(ref, Side.SELL, OrderStatus.FILLED, filled=100, role=role)
        if status_first:
            self.broker.order_moved(done)
            self.late.append(told)
        else:
            self.broker.filled(told)
            self.broker.order_moved(done)
        for other, kind in gone.items():
            self.broker.order_moved(order(other, Side.SELL, OrderStatus.CANCELLED, role=kind))
        self.answer()

    @rule()
    def tell_late_fills(self) -> None:
        for told in self.late:
            self.broker.filled(told)
        self.late.clear()
        self.answer()

    @invariant()
    def one_exit_and_no_stop_taken_back_for_it(self) -> None:
        if not hasattr(self, "held"):
            return
        exits = [ref for ref, role in self.open.items() if role == "exit"]
        assert len(exits) <= 1
        assert not [message for message in self.sent if isinstance(message, CancelRequest)]
        assert self.held >= 0


TestClosing = Closing.TestCase


def shadow_of(limits: ShadowLimits, drawn: list[FromWorker], equity: float | None = 100_000.0) -> Shadow:
    begin = Begin(parameters={}, position={}, orders=(), equity=equity, shadow=True, limits=limits)
    shadow = Shadow(drawn.append, begin, ("SPY",))
    shadow.trade((SPY,))
    shadow.live = shadow.sending = True
    close_bar(shadow, 100.0)
    return shadow


def close_bar(shadow: Shadow, price: float, minute: int = 0) -> None:
    time = datetime(2026, 3, 2, 15, minute, tzinfo=UTC)
    bar = Bar("SPY", time, price, price, price, price)
    shadow.bars_closed((bar,), 60)
    shadow.match((bar,))


def texts(drawn: list[FromWorker]) -> list[str]:
    return [one.text for one in drawn if isinstance(one, Drawn)]


def test_what_the_desk_would_refuse_is_drawn_as_refused_once_and_does_not_stand() -> None:
    drawn: list[FromWorker] = []
    account, strategy = Limits(order_quantity=150), Ceilings(orders_per_day=1)
    shadow = shadow_of(ShadowLimits(account=account, strategy=strategy, bounded=True), drawn)
    for quantity in (200, 160):
        buy(shadow, quantity)
    buy(shadow, 100)
    buy(shadow, 90)
    assert texts(drawn) == [
        "BUY 200 SPY would be refused: The quantity 200 is above the profile's limit 150.",
        "would BUY 100 SPY at market",
        "BUY 90 SPY would be refused: 1 orders went out today; the limit orders_per_day is 1 (its own).",
    ]
    assert [order.quantity for order in shadow.orders("SPY")] == [100]


def test_a_strategy_in_shadow_has_the_largest_position_that_it_has_live() -> None:
    for bounded, stands in ((True, 0), (False, 1)):
        shadow = shadow_of(ShadowLimits(account=Limits(), strategy=Ceilings(), bounded=bounded), [])
        buy(shadow, 1_001)
        assert len(shadow.orders("SPY")) == stands


def test_a_change_in_shadow_is_judged_as_the_order_it_becomes() -> None:
    drawn: list[FromWorker] = []
    strategy = Ceilings(order_value=1_000, orders_per_day=1)
    shadow = shadow_of(ShadowLimits(account=Limits(), strategy=strategy, bounded=True), drawn)
    ref = buy(shadow, 10, limit=90.0)
    shadow.modify(Change(ref=ref, quantity=Decimal(11)))
    shadow.modify(Change(ref=ref, limit_price=Decimal(101)))
    shadow.modify(Change(ref=ref, quantity=Decimal(12)))
    (order,) = shadow.orders("SPY")
    assert (order.quantity, order.limit_price) == (Decimal(11), Decimal(90))
    assert "An order in SPY would be worth 1,111.00 USD; the limit order_value is" in texts(drawn)[-1]


@pytest.mark.parametrize(("equity", "stands"), [(100_000.0, [False, True, False]), (None, [False, False, False])])
def test_a_days_loss_in_shadow_leaves_only_the_way_out(equity: float | None, stands: list[bool]) -> None:
    """And takes the entries back; while equity is not known nothing goes out, as live."""
    drawn: list[FromWorker] = []
    shadow = shadow_of(ShadowLimits(account=Limits(daily_loss=500), strategy=Ceilings(), bounded=True), drawn, equity)
    buy(shadow, 100)
    close_bar(shadow, 100.0, 1)
    buy(shadow, 10, limit=50.0)
    close_bar(shadow, 94.0, 2)
    assert [bool(shadow.orders("SPY")), shadow.position("SPY") == 100] == stands[:2]
    buy(shadow, 1)
    assert bool(shadow.orders("SPY")) == stands[2]
    shadow.close("SPY")
    close_bar(shadow, 94.0, 3)
    assert shadow.position("SPY") == 0


def test_after_a_days_loss_in_shadow_no_more_stays_than_closes_the_position() -> None:
    shadow = shadow_of(ShadowLimits(account=Limits(daily_loss=500), strategy=Ceilings(), bounded=True), [])
    buy(shadow, 100)
    close_bar(shadow, 100.0, 1)
    sales = [shadow.place(asked("SPY", Side.SELL, 100, limit)) for limit in (150.0, 151.0)]
    close_bar(shadow, 94.0, 2)
    assert [order.ref for order in shadow.orders("SPY")] == sales[:1]


def test_shadow_shows_an_orders_role_and_group_as_a_backtest_does() -> None:
    shadow = shadow_of(ShadowLimits(account=Limits(), strategy=Ceilings(), bounded=True), [])
    ref = buy(shadow, 100, sl=90.0, tp=110.0)
    shown = [(order.role, order.oca_group) for order in shadow.orders("SPY")]
    assert shown == [("entry", ""), ("stop", ref), ("target", ref)]
