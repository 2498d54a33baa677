"""Closes over the real gateway: a stop stays until the close fills, and fits what is left afterwards."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.domain.order import Order, OrderIntent, OrderLeg, OrderStatus, Side, new_ref
from ibtui.domain.terms import OrderType, Terms, TimeInForce
from ibtui.exchange.told.reports import ClientOrder
from ibtui.gateway.server import Gateway
from ibtui.link.status import Status
from tests.engine.markets import AAPL, CALM, held, hold
from tests.engines import Driver, running_engine
from tests.flat_orders import altered, flat_order
from tests.gateways import running_gateway

MSFT = 272093


def cover(status: Status, symbol: str = "AAPL") -> str:
    return next((position.cover for position in status.positions if position.symbol == symbol), "flat")


def live(status: Status, symbol: str = "AAPL") -> list[Order]:
    return [order for order in status.orders if order.live and order.symbol == symbol]


def followed(engine: Driver) -> bool:
    """Whether a close is still followed."""
    return engine.engine.parts.journal.latch("closes") not in (None, "", "[]")


async def guarded(engine: Driver, gateway: Gateway, text: str = "buy 100 AAPL market tp 195 sl 180") -> Status:
    """A position with a stop at work."""
    hold(gateway)
    await engine.do(text)
    return await engine.until(lambda s: cover(s) == "full")


async def test_a_close_joins_the_stop_and_both_are_gone_when_it_fills(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await guarded(engine, gateway)
        plan = await engine.preview("close AAPL")
        assert plan.cancels == ()
        outcome = await engine.send(plan.token)
        assert [(c.symbol, int(c.sent), int(c.left), c.why) for c in outcome.closings] == [("AAPL", 100, 0, "")]
        await engine.until(lambda s: not s.positions and not live(s))
        assert held(gateway) == 0


async def test_the_stop_works_while_the_close_does(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await guarded(engine, gateway)
        (order,) = (await engine.do("close AAPL @ 190")).orders
        status = await engine.until(lambda s: len(live(s)) == 3)
        assert cover(status) == "full"
        gateway.backend.exchange.set_price(AAPL, 179.0)
        hold(gateway, 178.98, 179.02)
        await engine.order(order.ref, lambda o: o.status.done)
        await engine.until(lambda s: not live(s))
        assert held(gateway) == 0


async def test_a_part_reduces_the_stop_and_the_target_once_it_has_filled(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await guarded(engine, gateway)
        plan = await engine.preview("close AAPL 40")
        assert (plan.effect_sentence, plan.warnings) == ("REDUCES a long of 100 to 60", ())
        await engine.send(plan.token)
        status = await engine.until(lambda s: cover(s) == "full" and all(o.quantity == 60 for o in live(s)))
        assert sorted(order.role for order in live(status)) == ["stop", "target"]


async def test_a_close_of_two_guarded_parts_is_two_orders(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 60 AAPL market sl 180")
        await engine.do("buy 30 AAPL market sl 179")
        await engine.do("buy 10 AAPL market")
        await engine.until(lambda s: any(p.quantity == 100 and p.cover == "part" for p in s.positions))
        outcome = await engine.do("flatten AAPL")
        assert sorted(int(order.quantity) for order in outcome.orders) == [10, 30, 60]
        await engine.until(lambda s: not s.positions and not live(s))
        assert held(gateway) == 0


@pytest.mark.parametrize("near", [0, 1])
async def test_a_part_leaves_the_nearer_of_two_stops_that_guard_as_much(tmp_path: Path, near: int) -> None:
    prices = ["181", "181"]
    prices[near] = "183"
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        for price in prices:
            await engine.do(f"buy 50 AAPL market sl {price}")
        await engine.until(lambda s: any(p.quantity == 100 and p.cover == "full" for p in s.positions))
        await engine.do("close AAPL 50")
        status = await engine.until(lambda s: any(p.quantity == 50 and p.cover == "full" for p in s.positions))
        assert [order.stop_price for order in live(status)] == [183]


async def test_a_stop_without_a_group_goes_when_the_close_has_filled(tmp_path: Path) -> None:
    """As an older version placed them: IB knows of no group, and takes nothing back."""
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await engine.until(lambda s: cover(s) == "BARE")
        await ungrouped(engine)
        await engine.do("close AAPL")
        await engine.until(lambda s: not s.positions and not live(s))
        assert held(gateway) == 0


async def ungrouped(engine: Driver) -> None:
    """A stop as an older version placed it."""
    session, state = engine.engine.parts.session, engine.engine.parts.state
    leg = OrderLeg(
        ref="aaaaaaaaaaaa-x",
        owner="you",
        role="exit",
        terms=Terms(
            symbol="AAPL",
            side=Side.SELL,
            quantity=Decimal(100),
            type=OrderType.STP,
            stop_price=Decimal(180),
            tif=TimeInForce.GTC,
        ),
    )
    session.place([leg], state.instruments, session.epoch, order_ids=session.reserve(1))
    await engine.until(lambda s: cover(s) == "full")


async def test_entries_go_first_and_do_not_open_again(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await guarded(engine, gateway)
        (entry,) = (await engine.do("buy 10 AAPL @ 180")).orders
        plan = await engine.preview("flatten AAPL")
        assert plan.cancels == (entry.ref,)
        await engine.send(plan.token)
        await engine.until(lambda s: not s.positions and not live(s))


async def test_flatten_all_closes_what_it_can_and_names_the_rest(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await guarded(engine, gateway)
        await engine.do("buy 50 MSFT market")
        (order,) = (await engine.do("sell 10 MSFT @ 900")).orders
        await engine.until(lambda s: len(s.positions) == 2)
        state = engine.engine.parts.state
        working = await engine.order(order.ref, lambda o: o.status == "working")
        state.order(replace(working, status=OrderStatus.UNKNOWN))
        plan = await engine.preview("flatten all")
        assert plan.sentence == "SELL 100 AAPL at market, day"
        assert plan.effect_sentence.startswith("CLOSES a long of 100\nLEAVES MSFT: is left: SELL 10 MSFT")
        outcome = await engine.do("flatten all")
        came = {closing.symbol: closing for closing in outcome.closings}
        assert (int(came["AAPL"].left), came["AAPL"].why) == (0, "")
        assert came["MSFT"].left == 50
        assert "UNKNOWN" in came["MSFT"].why
        assert "MSFT is left" in outcome.message
        await engine.until(lambda s: [p.symbol for p in s.positions] == ["MSFT"])


async def test_an_unknown_order_of_an_unknown_symbol_stops_no_flatten(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        status = await guarded(engine, gateway)
        lost = altered(status.orders[0], ref="zzzzzzzzzzzz", symbol="ZZZ", status=OrderStatus.UNKNOWN, perm_id=None)
        engine.engine.parts.state.order(lost)
        outcome = await engine.do("flatten all")
        came = {closing.symbol: closing for closing in outcome.closings}
        assert came["AAPL"].left == 0
        assert "UNKNOWN" in came["ZZZ"].why
        await engine.until(lambda s: not s.positions)


async def test_the_total_of_several_closes(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        gateway.backend.exchange.set_book(MSFT, bid=400.0, ask=400.02, bid_size=10_000, ask_size=10_000)
        await engine.do("buy 100 AAPL market")
        await engine.do("buy 50 MSFT market")
        await engine.until(lambda s: len(s.positions) == 2)
        await engine.until(lambda s: any(q.symbol == "MSFT" and q.bid == 400.0 for q in s.quotes))
        plan = await engine.preview("flatten all")
        assert plan.sentence.splitlines() == [
            "SELL 100 AAPL at market, day · 18,740.00 USD",
            "SELL 50 MSFT at market, day · 20,000.00 USD",
        ]
        assert plan.value == 38_740.0
        assert plan.effect_sentence.splitlines() == ["CLOSES a long of 100 AAPL", "CLOSES a long of 50 MSFT"]


async def test_a_stop_that_went_with_an_unfilled_close_comes_back(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        status = await guarded(engine, gateway, "buy 100 AAPL market sl 180")
        (stop,) = live(status)
        (close,) = (await engine.do("close AAPL @ 190")).orders
        exchange = gateway.backend.exchange
        exchange.cancel(stop.perm_id or 0)  # as IB may, when one of a group is cancelled
        await engine.order(stop.ref, lambda o: o.status == "cancelled")
        await engine.do(f"cancel {close.ref}")
        status = await engine.until(lambda s: cover(s) == "full")
        (again,) = live(status)
        assert (again.stop_price, int(again.quantity), again.ref != stop.ref) == (Decimal(180), 100, True)
        await engine.said("placed again")


async def test_a_stop_that_a_person_cancelled_stays_away(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        status = await guarded(engine, gateway, "buy 100 AAPL market sl 180")
        (stop,) = live(status)
        (close,) = (await engine.do("close AAPL @ 190")).orders
        await engine.do(f"cancel {stop.ref}")
        await engine.do(f"cancel {close.ref}")
        await engine.until(lambda s: not followed(engine))
        assert not live(await engine.status())
        assert engine.engine.parts.state.positions.held("AAPL") == 100
        assert not engine.logged("placed again")


def of_strategy(side: Side, quantity: int, **terms: object) -> OrderIntent:
    fields: dict[str, object] = {
        "ref": new_ref(),
        "owner": "dip",
        "symbol": "AAPL",
        "side": side,
        "quantity": Decimal(quantity),
        "type": OrderType.MKT,
    }
    return flat_order(OrderIntent, fields | terms)


async def test_a_strategys_partial_exit_reduces_its_own_stop_to_what_it_still_holds(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 200 AAPL market")
        desk = engine.engine.parts.desk
        await desk.submit(of_strategy(Side.BUY, 100, protect=Decimal(180)))
        await engine.until(lambda s: any(o.role == "stop" and o.status == "working" for o in s.orders))
        await engine.until(lambda s: any(p.quantity == 300 for p in s.positions))
        await desk.submit(of_strategy(Side.SELL, 40))
        status = await engine.until(lambda s: any(o.role == "stop" and o.quantity == 60 for o in live(s)))
        assert [order.role for order in live(status)] == ["stop"]


async def test_a_close_is_followed_over_a_restart(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            status = await guarded(engine, gateway, "buy 100 AAPL market sl 180")
            (stop,) = live(status)
            (close,) = (await engine.do("close AAPL @ 190")).orders
        exchange = gateway.backend.exchange
        for order in (stop, close):
            exchange.cancel(order.perm_id or 0)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            status = await engine.until(lambda s: cover(s) == "full")
            assert [(order.type, order.stop_price) for order in live(status)] == [("STP", Decimal(180))]


async def test_a_limit_far_away_takes_no_stop_without_a_group(tmp_path: Path) -> None:
    """Only a close at market surely fills: beside a limit that rests, the stop is all there is."""
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await engine.until(lambda s: cover(s) == "BARE")
        await ungrouped(engine)
        (close,) = (await engine.do("close AAPL @ 190")).orders
        await engine.order(close.ref, lambda o: o.status == "working")
        await engine.do("buy 1 MSFT market")
        assert cover(await engine.status()) == "full"
        gateway.backend.exchange.set_price(AAPL, 190.5)
        hold(gateway, 190.4, 190.6)
        await engine.until(lambda s: not live(s))
        assert held(gateway) == 0


async def test_one_instrument_that_does_not_answer_delays_no_other(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await engine.do("buy 50 MSFT market")
        (exit_order,) = (await engine.do("close MSFT @ 900")).orders
        await engine.until(lambda s: len(s.positions) == 2)
        gateway.faults.swallow(4)  # cancels never arrive: the exit that rests in MSFT is never confirmed as gone
        doing = asyncio.ensure_future(engine.do("flatten all"))
        status = await engine.until(lambda s: [p.symbol for p in s.positions] == ["MSFT"])
        assert not doing.done()
        outcome = await doing
        came = {closing.symbol: closing for closing in outcome.closings}
        assert (int(came["AAPL"].sent), came["AAPL"].why) == (100, "")
        assert (int(came["MSFT"].sent), int(came["MSFT"].left)) == (0, 50)
        assert exit_order.ref in came["MSFT"].why
        assert [order.ref for order in live(status, "MSFT")] == [exit_order.ref]


async def test_the_stop_of_another_program_is_named_in_the_answer_too(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await engine.until(lambda s: cover(s) == "BARE")
        exchange = gateway.backend.exchange
        stop = ClientOrder(
            account=exchange.accounts[0],
            con_id=AAPL,
            side=Side.SELL,
            quantity=Decimal(100),
            type="STP",
            stop_price=Decimal(180),
        )
        exchange.place(stop)
        await engine.engine.parts.session.reconcile()
        await engine.until(lambda s: cover(s) == "full")
        outcome = await engine.do("close AAPL")
        assert "STP SELL 100 of another program stays and would open a short of 100: cancel it there" in outcome.message


async def test_closes_that_cannot_be_read_cost_only_themselves(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            engine.engine.parts.journal.set_latch("closes", '[{"symbol": 7}]')
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            assert (await engine.status()).state == "active"


async def test_a_persons_close_takes_over_that_of_a_strategy(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        await guarded(engine, gateway, "buy 100 AAPL market sl 180")
        desk = engine.engine.parts.desk
        await desk.submit(of_strategy(Side.BUY, 50, protect=Decimal(181)))
        await engine.until(lambda s: cover(s) == "full" and any(p.quantity == 150 for p in s.positions))
        await desk.submit(of_strategy(Side.SELL, 50, type=OrderType.LMT, limit_price=Decimal(190)))
        await engine.until(lambda s: len(live(s)) == 3)
        await engine.do("flatten AAPL")
        await engine.until(lambda s: not s.positions and not live(s))
        assert held(gateway) == 0


async def test_a_stop_without_a_group_comes_back_for_what_its_close_left(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await engine.until(lambda s: cover(s) == "BARE")
        await ungrouped(engine)
        hold(gateway, size=4)
        (close,) = (await engine.do("close AAPL")).orders
        await engine.order("aaaaaaaaaaaa-x", lambda o: o.status == "cancelled")
        part = await engine.order(close.ref, lambda o: o.filled > 0)
        assert part.live
        await engine.do(f"cancel {close.ref}")
        status = await engine.until(lambda s: cover(s) == "full")
        assert [(o.stop_price, o.quantity) for o in live(status)] == [(Decimal(180), held(gateway))]


async def test_a_stop_without_a_group_stays_while_trading_is_halted(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 100 AAPL market")
        await engine.until(lambda s: cover(s) == "BARE")
        await ungrouped(engine)
        gateway.backend.exchange.halt(AAPL)
        await engine.until(lambda s: engine.engine.parts.state.quotes["AAPL"].halted)
        (close,) = (await engine.do("close AAPL")).orders
        await engine.order(close.ref, lambda o: o.status == "working")
        await engine.do("buy 1 MSFT market")
        assert cover(await engine.status()) == "full"


async def test_a_second_stop_whose_first_never_became_smaller_goes_after_a_restart(tmp_path: Path) -> None:
    """The engine ended in the middle of a split: at an open beyond the stops both would fill."""
    async with running_gateway() as gateway:
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            await guarded(engine, gateway, "buy 100 AAPL market sl 180")
            (twin,) = (await engine.do("sell 40 AAPL stop 180 gtc")).orders
            await engine.until(lambda s: cover(s) == "OVER")
            engine.engine.parts.journal.set_latch("splits", twin.ref)
        async with running_engine(tmp_path, gateway.port, **CALM) as engine:
            status = await engine.until(lambda s: cover(s) == "full")
            assert [int(order.quantity) for order in live(status)] == [100]
