"""From a command to the broker and back, over a real session and a real gateway."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.order import OrderStatus
from tests.clocks import PATIENCE
from tests.engine.markets import AAPL, CALM, bought, by_ref, held, hold, placed
from tests.engines import running_engine
from tests.gateways import running_gateway
from tests.insync import ib_insync


async def test_a_market_order_becomes_a_position(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        outcome = await engine.do("buy 100 AAPL market")
        assert outcome.answered
        order = await engine.order(outcome.orders[0].ref, lambda o: o.status == "filled")
        assert (order.filled, order.average_price, order.owner) == (Decimal(100), 187.42, "you")
        status = await engine.until(lambda s: any(p.unrealized_pnl is not None for p in s.positions))
        (position,) = status.positions
        assert (position.symbol, position.quantity, position.cover) == ("AAPL", Decimal(100), "BARE")
        assert position.average_cost == pytest.approx(187.43)
        assert position.unrealized_pnl == pytest.approx(-3.0, abs=5)
        assert status.account is not None
        assert status.account.id == "DU1234567"
        (fill,) = engine.engine.parts.state.fills.of(order.ref)
        assert fill.commission == pytest.approx(1.0)
        await engine.said("BUY 100 AAPL 187.42 · you")


async def test_a_bracket_is_three_linked_orders_and_dies_with_its_parent(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        outcome = await engine.do("buy 200 AAPL @ 186.00 tp 195 sl 180")
        parent, target, stop = outcome.orders
        assert [o.role for o in outcome.orders] == ["entry", "target", "stop"]
        assert target.parent == stop.parent == parent.ref
        assert target.oca_group == stop.oca_group != ""
        assert [str(o.status) for o in outcome.orders] == ["working", "waiting", "waiting"]
        done = await engine.do(f"cancel {parent.ref[:6]}")
        assert done.answered
        status = await engine.status()
        assert {str(by_ref(status, ref.ref).status) for ref in (parent, target, stop)} == {"cancelled"}


async def test_a_filled_bracket_covers_its_position(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market tp 195 sl 180")
        status = await engine.until(lambda s: any(p.cover == "full" for p in s.positions))
        assert status.positions[0].stop == 180.0
        hold(gateway, 179.90, 179.95)
        gateway.backend.exchange.set_price(AAPL, 179.95)
        status = await engine.until(lambda s: not s.positions)
        assert sorted(str(o.status) for o in status.orders) == ["cancelled", "filled", "filled"]


async def test_cancel_by_symbol_and_all(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL @ 186.00")
        await engine.do("buy 101 AAPL @ 186.00")
        assert (await engine.refused("cancel MSFT")).code == "no_order"
        outcome = await engine.do("cancel aapl")
        assert [str(o.status) for o in outcome.orders] == ["cancelled", "cancelled"]
        assert (await engine.refused("cancel all")).code == "no_order"
        assert (await engine.refused(f"cancel {outcome.orders[0].ref}")).code == "order_done"
        assert (await engine.refused("cancel zzzz")).code == "no_order"


async def test_a_whole_close_leaves_nothing_behind_and_more_is_refused(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market tp 195 sl 180")
        await engine.until(lambda s: any(p.cover == "full" for p in s.positions))
        assert (await engine.refused("close AAPL 101")).code == "would_increase"
        await engine.do("close AAPL")
        await engine.until(lambda s: not s.positions and not any(o.live for o in s.orders))
        assert held(gateway) == 0
        assert (await engine.refused("close AAPL")).code == "no_position"


async def test_flatten_all_cancels_and_closes_everything(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await bought(engine)
        await engine.do("sell 50 MSFT market")
        await engine.do("buy 10 AAPL @ 186.00")
        await engine.until(lambda s: len(s.positions) == 2)
        await engine.do("flatten all")
        await engine.until(lambda s: not s.positions and not any(o.live for o in s.orders))
        refused = await engine.refused("flatten all")
        assert (refused.code, "You hold nothing" in refused.message) == ("no_order", True)
        assert "You hold no AAPL" in (await engine.refused("flatten aapl")).message


async def test_an_order_of_another_program_is_shown_and_never_touched(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        ib = ib_insync.IB()
        await ib.connectAsync("127.0.0.1", gateway.port, clientId=99, timeout=PATIENCE)
        try:
            stock = ib_insync.Stock("AAPL", "SMART", "USD", conId=AAPL)
            ib.placeOrder(stock, ib_insync.LimitOrder("BUY", 7, 180.0, account="DU1234567"))
            await ib.updateEvent
            await engine.engine.parts.session.reconcile()
            status = await engine.until(lambda s: bool(s.orders))
            (order,) = status.orders
            assert (order.owner, order.quantity, order.status) == ("other", Decimal(7), OrderStatus.WORKING)
            assert (await engine.refused(f"cancel {order.ref}")).code == "not_ours"
            assert (await engine.refused("cancel all")).code == "no_order"
            await engine.do("halt")
            assert len(gateway.backend.exchange.orders()) == 1
        finally:
            ib.disconnect()


async def test_bad_orders_are_refused_and_nothing_is_sent(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        for text, code in (
            ("buy 100 NOSUCH market", "unknown_symbol"),
            ("buy 1 ES market", "ambiguous_symbol"),
            ("buy 1000000 AAPL market", "too_large"),
            ("buy 0.5 AAPL market", "bad_quantity"),
            ("buy 100 AAPL @ 187.255", "off_tick"),
            ("buy 100 AAPL @ 250", "price_collar"),
            ("buy 100 AAPL market tp 180", "bad_bracket"),
            ("start no_such", "unknown_strategy"),
        ):
            assert (await engine.refused(text)).code == code, text
        assert placed(gateway) == 0
        assert not (await engine.status()).orders


async def test_the_same_order_twice_within_a_second_is_refused(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL @ 186.00", wait=False)
        assert (await engine.refused("buy 100 AAPL @ 186.00")).code == "duplicate"
        assert placed(gateway) == 1


async def test_a_rejection_by_the_broker_is_shown_with_its_reason(tmp_path: Path) -> None:
    async with (
        running_gateway(cash=10_000) as gateway,
        running_engine(tmp_path, gateway.port, **CALM) as engine,
    ):
        hold(gateway)
        outcome = await engine.do("buy 500 AAPL market")
        (order,) = outcome.orders
        assert outcome.answered
        assert order.status is OrderStatus.REJECTED
        assert "201" in order.reason


async def test_an_instrument_that_was_never_watched_can_be_bought(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        outcome = await engine.do("buy 10 NVDA market")
        await engine.order(outcome.orders[0].ref, lambda o: o.status == "filled")
        status = await engine.status()
        assert "NVDA" in {quote.symbol for quote in status.quotes}


async def test_watch_and_unwatch_are_kept(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port) as engine:
            await engine.do("watch nvda eurusd")
            await engine.do("unwatch MSFT")
            assert (await engine.refused("unwatch MSFT")).code == "unknown_symbol"
            assert engine.engine.parts.state.watchlist == ("AAPL", "NVDA", "EUR.USD")
        async with running_engine(tmp_path, gateway.port) as engine:
            assert engine.engine.parts.state.watchlist == ("AAPL", "NVDA", "EUR.USD")
            await engine.until(lambda s: {q.symbol for q in s.quotes if q.bid} == {"AAPL", "NVDA", "EUR.USD"})


async def test_a_demo_watches_the_nearest_future_before_the_last_entry(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, demo=True) as engine:
        await engine.until(lambda s: any(q.symbol.startswith("ES") and q.bid for q in s.quotes))
        first, future, last = engine.engine.parts.state.watchlist
        assert (first, last) == ("AAPL", "MSFT")
        assert future.startswith("ES")


async def test_what_is_held_streams_after_a_restart_though_it_is_not_watched(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await engine.do("buy 1 ESZ6 market")
            await engine.until(lambda s: bool(s.positions))
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await engine.until(lambda s: any(q.symbol == "ESZ6" and q.bid for q in s.quotes))
            assert (await engine.do("close ESZ6")).answered
