"""Ceilings at the desk: the account's and a strategy's own, over the real gateway and over a restart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ibtui.config import Limits
from ibtui.domain.account import Account
from ibtui.domain.event import AccountChanged, Filled, InstrumentSeen, PositionSeen, QuoteChanged
from ibtui.domain.failure import IbtuiError
from ibtui.domain.fill import Fill
from ibtui.domain.limits import Ceilings
from ibtui.domain.order import Change, Order, OrderStatus, Side
from ibtui.domain.quote import Quote
from ibtui.domain.terms import OrderType
from tests.engine.desk.bench import AAPL, NOW, Bench, wish
from tests.engines import running_engine
from tests.gateways import running_gateway

EUR = replace(AAPL, symbol="EUR.USD", con_id=2, sec_type="CASH", root="EUR", exchange="IDEALPRO")


async def refused(bench: Bench, **changes: Any) -> str:
    with pytest.raises(IbtuiError) as found:
        await sent(bench, **changes)
    assert found.value.code == "over_limit"
    return found.value.message


async def sent(bench: Bench, **changes: Any) -> Order:
    bench.quote()  # a moment later
    return (await bench.desk.submit(wish(**changes)))[0]


def limits(**changes: Any) -> Limits:
    return Limits(duplicate_seconds=1e-9, **changes)


async def test_orders_that_may_still_trade_count_as_filled(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(position_quantity=250))
    try:
        await sent(bench)
        await sent(bench)
        assert "AAPL to 300; the limit position_quantity is 250" in await refused(bench)
        await sent(bench, quantity=50)
    finally:
        await bench.close()


async def test_what_reduces_passes(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(position_quantity=50, orders_per_day=2, daily_loss=1))
    try:
        bench.hold(Decimal(200))
        await sent(bench, side=Side.SELL, quantity=150)
        assert "not known" in await refused(bench, quantity=1)
    finally:
        await bench.close()


async def test_a_share_of_equity_needs_equity(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(symbol_percent=20))
    try:
        assert "Equity is not known" in await refused(bench)
        bench.state.apply(AccountChanged(account=Account(id="DU1", currency="USD", net_liquidation=100_000)))
        await sent(bench)
        assert "AAPL would be 37.48 % of equity; the limit symbol_percent is 20 %" in await refused(bench)
    finally:
        await bench.close()


async def test_a_days_loss_leaves_only_the_way_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(daily_loss=500))
    try:
        bench.hold(Decimal(100))
        bench.state.apply(
            AccountChanged(account=Account(id="DU1", currency="USD", net_liquidation=99_000, day_pnl=-501.0))
        )
        assert "Today lost 501.00 USD; the limit daily_loss is 500.00 USD" in await refused(bench)
        await sent(bench, side=Side.SELL, quantity=100)
    finally:
        await bench.close()


async def test_a_strategys_limits_are_its_own(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(), {"dip": Ceilings(gross_value=20_000, orders_per_day=2)})
    try:
        await sent(bench, owner="dip")
        assert "gross_value is 20,000.00 USD (dip.slow)." not in await refused(bench, owner="dip")
        await sent(bench, quantity=5, owner="dip")
        assert "2 orders went out today; the limit orders_per_day is 2 (dip)." in await refused(
            bench, quantity=1, owner="dip"
        )
        await sent(bench, owner="dip.slow")
        assert "(dip.slow)" in await refused(bench, owner="dip.slow")
        await sent(bench, owner="you")
    finally:
        await bench.close()


async def test_a_larger_order_is_judged_like_a_new_one(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(position_quantity=250))
    try:
        order = await sent(bench)
        bench.state.order(_working(order))
        await bench.desk.modify(Change(ref=order.ref, quantity=Decimal(250)))
        with pytest.raises(IbtuiError) as found:
            await bench.desk.modify(Change(ref=order.ref, quantity=Decimal(251)))
        assert found.value.code == "over_limit"
    finally:
        await bench.close()


async def test_a_change_stays_one_order_of_the_size_it_has_in_all(tmp_path: Path) -> None:
    """How many orders there were is not asked; what traded of it already counts to its size."""
    strategy = Ceilings(order_quantity=150, orders_per_day=2, order_seconds=600)
    bench = Bench(tmp_path, limits(), {"dip": strategy})
    try:
        order = await sent(bench, owner="dip")
        bench.clock.advance(600)
        await sent(bench, owner="dip")
        assert "orders_per_day is 2" in await refused(bench, owner="dip")
        bench.state.apply(Filled(fill=replace(_bought("dip", 90), ref=order.ref)))
        bench.state.order(replace(bench.state.orders.get(order.ref) or order, status=OrderStatus.PARTLY_FILLED))
        await bench.desk.modify(Change(ref=order.ref, quantity=Decimal(150)))
        with pytest.raises(IbtuiError) as found:
            await bench.desk.modify(Change(ref=order.ref, quantity=Decimal(151)))
        assert "An order for 151 AAPL is above the limit order_quantity of 150 (dip)." in found.value.message
    finally:
        await bench.close()


async def test_another_currency_counts_at_the_market_of_the_pair(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(gross_value=20_000))
    try:
        bench.state.apply(AccountChanged(account=Account(id="DU1", currency="EUR", net_liquidation=1e6)))
        with pytest.raises(IbtuiError, match=r"worth in EUR is not known yet: `watch EUR\.USD`") as found:
            await sent(bench)
        assert found.value.code == "no_rate"
        bench.state.apply(InstrumentSeen(instrument=EUR))
        bench.state.apply(QuoteChanged(quote=Quote(symbol="EUR.USD", bid=1.0999, ask=1.1001, received=1.0)))
        await sent(bench)
        assert "All positions together would be worth 34," in await refused(bench)
    finally:
        await bench.close()


def _bought(owner: str, quantity: int, side: Side = Side.BUY) -> Fill:
    return Fill(
        exec_id=f"{owner}.01",
        ref="elsewhere",
        owner=owner,
        symbol="AAPL",
        side=side,
        quantity=Decimal(quantity),
        price=187.0,
        time=NOW,
    )


def _working(order: Order) -> Order:
    return replace(order, status=OrderStatus.WORKING, perm_id=7)


async def test_orders_of_today_are_counted_over_a_restart(tmp_path: Path) -> None:
    rules: dict[str, Any] = {"limits": limits(orders_per_day=2), "watchlist": ("AAPL",)}
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **rules) as engine:
            await engine.do("buy 10 AAPL market")
        async with running_engine(tmp_path, gateway.port, **rules) as engine:
            await engine.do("buy 10 AAPL market")
            error = await engine.refused("buy 10 AAPL market")
            assert (error.code, "2 orders went out today" in error.message) == ("over_limit", True)
            await engine.do("sell 20 AAPL market")


async def test_a_sale_that_may_not_fill_makes_no_room(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(position_quantity=100))
    try:
        bench.hold(Decimal(100))
        await sent(bench, side=Side.SELL, quantity=100, type=OrderType.LMT, limit_price=Decimal("190.00"))
        assert "AAPL to 200; the limit position_quantity is 100" in await refused(bench, quantity=100)
    finally:
        await bench.close()


async def test_what_opens_a_strategys_own_position_is_no_reducing(tmp_path: Path) -> None:
    """The trader's long is not the strategy's: selling it short is held to its limits, closing its own is not."""
    bench = Bench(tmp_path, limits(), {"dip": Ceilings(orders_per_day=1), "default": Ceilings(order_quantity=10)})
    try:
        bench.hold(Decimal(500))
        await sent(bench, owner="dip")
        assert "orders_per_day" in await refused(bench, owner="dip", side=Side.SELL, quantity=50)
        bench.state.apply(Filled(fill=_bought("dip", 100)))
        await sent(bench, owner="dip", side=Side.SELL, quantity=50)
        assert "limit order_quantity of 10 (twin)" in await refused(bench, owner="twin", quantity=11)
        await sent(bench, owner="twin", quantity=10)
        await sent(bench, quantity=11)
    finally:
        await bench.close()


async def test_a_strategy_gets_out_of_its_own_position_whatever_the_account_holds(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(position_quantity=600), {"dip": Ceilings(orders_per_day=1)})
    try:
        bench.hold(Decimal(500))
        bench.state.apply(Filled(fill=_bought("dip", 24, Side.SELL)))
        for owner, quantity in (("dip", 25), ("you", 24), ("twin", 24)):
            with pytest.raises(IbtuiError) as found:
                await sent(bench, owner=owner, quantity=quantity, reduce_only=True)
            assert found.value.code == "would_increase"
        exits = await sent(bench, owner="dip", quantity=24, reduce_only=True)
        assert exits.role == "exit"
        with pytest.raises(IbtuiError):
            await sent(bench, owner="dip", quantity=1, reduce_only=True)
        assert "AAPL to 601; the limit position_quantity is 600" in await refused(bench, quantity=77)
    finally:
        await bench.close()


async def test_what_has_no_price_is_not_waved_through(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(gross_value=1e9))
    try:
        unpriced = replace(AAPL, symbol="MSFT", con_id=2, root="MSFT")
        bench.state.apply(PositionSeen(account="DU1", instrument=unpriced, quantity=Decimal(5), average_cost=None))
        assert "worth is not known" in await refused(bench)
    finally:
        await bench.close()


async def test_the_days_last_order_may_still_be_changed(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(), {"dip": Ceilings(orders_per_day=1)})
    try:
        order = await sent(bench, owner="dip")
        bench.state.order(_working(order))
        await bench.desk.modify(Change(ref=order.ref, quantity=Decimal(150)))
        assert "orders_per_day is 1" in await refused(bench, owner="dip")
    finally:
        await bench.close()


async def test_a_strategy_has_a_largest_position_where_none_is_set(tmp_path: Path) -> None:
    """The desk asks for it, whoever makes one of its orders larger: its wishes are not the only way to it."""
    bench = Bench(tmp_path, limits(order_value=1e9))
    try:
        order = await sent(bench, owner="dip", quantity=900)
        await sent(bench, owner="you", quantity=1_001)
        assert "AAPL to 1,001; the limit position_quantity is 1,000 (dip)." in await refused(
            bench, owner="dip", quantity=101
        )
        bench.state.order(_working(order))
        await bench.desk.modify(Change(ref=order.ref, quantity=Decimal(1_000)))
        with pytest.raises(IbtuiError) as found:
            await bench.desk.modify(Change(ref=order.ref, quantity=Decimal(1_001)))
        assert found.value.kind == ("over_limit", "position_quantity", "dip")
    finally:
        await bench.close()


async def test_the_least_time_between_two_orders_goes_on_over_midnight(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(order_seconds=60, orders_per_day=1))
    try:
        bench.clock.advance(14 * 3600 - 10)  # ten seconds before midnight in New York
        await sent(bench)
        bench.clock.advance(15)
        assert "The last order is 15 s old; the limit order_seconds is 60 s." in await refused(bench)
        bench.clock.advance(45)
        await sent(bench)
    finally:
        await bench.close()
