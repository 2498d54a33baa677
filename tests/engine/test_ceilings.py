"""Ceilings at the desk: the account's and a strategy's own, over the real gateway and over a restart."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ibtui.config import Limits
from ibtui.domain.account import Account
from ibtui.domain.event import AccountChanged
from ibtui.domain.failure import IbtuiError
from ibtui.domain.limits import Ceilings
from ibtui.domain.order import Change, Order, OrderStatus, Side
from tests.engine.test_desk import Bench, wish
from tests.engines import running_engine
from tests.gateways import running_gateway


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
        bench.state.apply(AccountChanged(account=Account(id="DU1", net_liquidation=100_000)))
        await sent(bench)
        assert "AAPL would be 37.5 % of equity; the limit symbol_percent is 20 %" in await refused(bench)
    finally:
        await bench.close()


async def test_a_days_loss_leaves_only_the_way_out(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(daily_loss=500))
    try:
        bench.hold(Decimal(100))
        bench.state.apply(AccountChanged(account=Account(id="DU1", net_liquidation=99_000, day_pnl=-501.0)))
        assert "Today lost 501.00; the limit daily_loss is 500.00" in await refused(bench)
        await sent(bench, side=Side.SELL, quantity=100)
    finally:
        await bench.close()


async def test_a_strategys_limits_are_its_own(tmp_path: Path) -> None:
    bench = Bench(tmp_path, limits(), {"dip": Ceilings(gross_value=20_000, orders_per_day=2)})
    try:
        await sent(bench, owner="dip")
        assert "gross_value is 20,000.00 (dip.slow)." not in await refused(bench, owner="dip")
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


def _working(order: Order) -> Order:
    from msgspec.structs import replace

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
