"""Terms on the wire: every field of theirs is what IB's order says, as the offline gateway reads it, and comes back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ibtui.broker.orders.wire_terms import read_terms, write_terms
from ibtui.broker.transport.library import load
from ibtui.domain.event import OrderSeen
from ibtui.domain.order import Order, OrderLeg, new_ref
from ibtui.domain.terms import PriceCondition, Side, Terms, TimeCondition
from ibtui.exchange.terms.conditions import ClockCondition as ReadTime
from ibtui.exchange.terms.conditions import MarketPriceCondition as ReadPrice
from ibtui.exchange.told.reports import ClientOrder
from ibtui.gateway.server import Gateway
from tests.broker.sessions import Story, active_session
from tests.clocks import PATIENCE
from tests.gateways import running_gateway
from tests.insync import ib_insync

NEVER = datetime(2030, 1, 2, 15, 30, 5, tzinfo=UTC)
PRICES = st.decimals(min_value="0.01", max_value=10**6, places=4)
NAMED = {
    "MKT": (),
    "LMT": ("limit_price",),
    "STP": ("stop_price",),
    "STP LMT": ("stop_price", "limit_price"),
    "MIT": ("trigger_price",),
    "LIT": ("trigger_price", "limit_price"),
    "TRAIL": ("trail_amount", "stop_price"),
    "TRAIL LIMIT": ("trail_percent", "stop_price", "limit_offset"),
}
"""The prices of each type."""
CONDITIONS = st.lists(
    st.builds(
        PriceCondition,
        con_id=st.integers(1, 10**6),
        exchange=st.just("SMART"),
        price=PRICES,
        above=st.booleans(),
        method=st.sampled_from([0, 2, 4]),
        join=st.sampled_from(["and", "or"]),
    )
    | st.builds(TimeCondition, time=st.just(NEVER), above=st.booleans(), join=st.sampled_from(["and", "or"])),
    max_size=3,
).map(tuple)


@st.composite
def all_terms(draw: st.DrawFn) -> Terms:
    kind = draw(st.sampled_from(sorted(NAMED)))
    return Terms(
        symbol="AAPL",
        side=draw(st.sampled_from(Side)),
        quantity=draw(st.decimals(min_value="0.0001", max_value=10**6, places=4)),
        type=kind,
        tif=draw(st.sampled_from(["DAY", "GTC", "GTD", "IOC"])),
        oca_group=draw(st.sampled_from(["", "ibtui-aaaaaaaaaaaa"])),
        outside_hours=draw(st.booleans()),
        good_till=draw(st.none() | st.just(NEVER)),
        trigger_method=draw(st.sampled_from([0, 1, 2, 3, 4, 7, 8])),
        all_or_none=draw(st.booleans()),
        display_size=draw(st.none() | st.integers(1, 10**6)),
        algo=draw(st.sampled_from(["", "Adaptive"])),
        algo_parameters=(),
        conditions=draw(CONDITIONS),
        **{name: draw(PRICES) for name in NAMED[kind]},  # type: ignore[arg-type]
    )


@given(all_terms())
def test_what_is_written_is_read_back(terms: Terms) -> None:
    if terms.algo:
        terms = replace(terms, algo_parameters=(("adaptivePriority", "Normal"),))
    bare = Terms(symbol=terms.symbol, side=terms.side, quantity=Decimal(0), type="")
    assert read_terms(load().order(**write_terms(terms)), bare) == terms


def test_of_an_order_that_says_nothing_nothing_is_read() -> None:
    bare = Terms(symbol="A", side=Side.BUY, quantity=Decimal(1), type="LMT")
    told = load().order(
        action="BUY", totalQuantity=1.0, orderType="LMT", goodTillDate="soon", displaySize=2**31 - 1, tif="DAY"
    )
    assert read_terms(told, bare) == bare


def buy(kind: str, **more: Any) -> Terms:
    return Terms(symbol="AAPL", side=Side.BUY, quantity=Decimal(100), type=kind, **more)


LIMIT = Decimal(100)
"""Far below the market: nothing of it fills."""
AAPL = 265598


@pytest.mark.parametrize(
    ("terms", "read"),
    [
        pytest.param(buy("LMT", limit_price=LIMIT), {"limit_price": LIMIT}, id="limit"),
        pytest.param(
            buy("STP LMT", stop_price=Decimal(400), limit_price=Decimal(401)),
            {"stop_price": Decimal(400), "limit_price": Decimal(401)},
            id="stop limit",
        ),
        pytest.param(buy("MIT", trigger_price=LIMIT), {"stop_price": LIMIT}, id="if touched"),
        pytest.param(
            buy("TRAIL", trail_amount=Decimal(50), stop_price=Decimal(400)), {"trail_amount": Decimal(50)}, id="trail"
        ),
        pytest.param(
            buy("TRAIL", trail_percent=Decimal(25), stop_price=Decimal(400)), {"trail_percent": Decimal(25)}, id="%"
        ),
        pytest.param(
            buy("LMT", limit_price=LIMIT, tif="GTD", good_till=NEVER), {"tif": "GTD", "good_till": NEVER}, id="till"
        ),
        pytest.param(buy("LMT", limit_price=LIMIT, outside_hours=True), {"outside_rth": True}, id="outside"),
        pytest.param(buy("LMT", limit_price=LIMIT, all_or_none=True), {"all_or_none": True}, id="all or none"),
        pytest.param(buy("LMT", limit_price=LIMIT, display_size=10), {"display_size": 10}, id="iceberg"),
        pytest.param(buy("LMT", limit_price=LIMIT, oca_group="g"), {"oca_group": "g", "oca_type": 2}, id="group"),
        pytest.param(buy("STP", stop_price=Decimal(400), trigger_method=4), {"trigger_method": 4}, id="method"),
        pytest.param(
            buy(
                "LMT",
                limit_price=LIMIT,
                conditions=(
                    PriceCondition(con_id=AAPL, exchange="SMART", price=Decimal(400), above=True, method=2, join="or"),
                    TimeCondition(time=NEVER, above=True),
                ),
            ),
            {
                "conditions": (
                    ReadPrice(con_id=AAPL, price=400.0, more=True, method=2, join="or"),
                    ReadTime(time=NEVER, more=True),
                )
            },
            id="conditions",
        ),
    ],
)
async def test_the_gateway_reads_them_and_tells_them_again(terms: Terms, read: dict[str, Any]) -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        instrument = await session.resolve("AAPL")
        leg = OrderLeg(ref=new_ref(), owner="you", role="entry", terms=terms)
        session.place([leg], {"AAPL": instrument}, session.epoch)
        await story.until(lambda: told(story, leg.ref))
        ticket = only(gateway)
        assert {name: getattr(ticket, name) for name in read} == read
        seen = (await session.reconcile()).orders[0]
        still = seen.terms if terms.type != "TRAIL" else replace(seen.terms, stop_price=terms.stop_price)
        assert (seen.ref, still) == (leg.ref, terms)


async def test_a_trailing_stop_of_another_program_shows_where_it_stands_and_how_far_it_trails() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        other = ib_insync.IB()
        await other.connectAsync("127.0.0.1", gateway.port, clientId=8)
        try:
            contract = ib_insync.Stock("AAPL", "SMART", "USD")
            await other.qualifyContractsAsync(contract)
            trail = ib_insync.Order(
                action="SELL", totalQuantity=10, orderType="TRAIL", auxPrice=50.0, trailStopPrice=100.0, tif="GTC"
            )
            placed = other.placeOrder(contract, trail)
            async with asyncio.timeout(PATIENCE):
                while placed.orderStatus.status != "PreSubmitted":
                    await placed.statusEvent
            (seen,) = (await session.reconcile()).orders
        finally:
            other.disconnect()
        assert seen.terms.trail_amount == 50
        assert seen.stop_price is not None
        assert seen.stop_price > 99


def told(story: Story, ref: str) -> list[Order]:
    return [event.order for event in story.of(OrderSeen) if event.order.ref == ref and event.order.perm_id]


def only(gateway: Gateway) -> ClientOrder:
    """What the exchange behind the gateway was asked for."""
    (report,) = gateway.backend.exchange.orders()
    return report.ticket


@pytest.mark.parametrize("kind", [1, 3, 4, 5, 6, 7])
def test_an_order_is_read_whatever_condition_another_program_gave_it(kind: int) -> None:
    condition = load().condition.createClass(kind)()
    order = load().order(orderType="LMT", totalQuantity=5.0, lmtPrice=150.0, conditions=[condition])
    before = Terms(symbol="AAPL", side=Side.BUY, quantity=Decimal(5), type="LMT")
    assert read_terms(order, before).limit_price == 150


def test_an_order_in_money_says_no_quantity_and_is_read_with_what_it_is_about() -> None:
    coins = Terms(
        symbol="BTC.USD",
        side=Side.BUY,
        quantity=Decimal("0.00565609"),
        type="MKT",
        tif="IOC",
        cash=Decimal(500),
    )
    wire = load().order(**write_terms(coins))
    assert (wire.totalQuantity, wire.cashQty, wire.tif) == (0.0, 500.0, "IOC")
    assert read_terms(wire, coins) == coins
    wire.totalQuantity = 0.0056561
    assert read_terms(wire, coins).quantity == Decimal("0.0056561")
