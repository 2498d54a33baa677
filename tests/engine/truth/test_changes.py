"""Changing working orders: through the same door, and shown only as the broker confirmed it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ibtui.config import Limits
from ibtui.domain.failure import IbtuiError
from ibtui.domain.limits import Ceilings
from ibtui.domain.order import FOREIGN, Change, Order, OrderIntent, OrderStatus, Side, new_ref
from ibtui.domain.terms import OrderType, Terms
from tests.engine.desk.bench import Bench, wish
from tests.engine.markets import CALM, held, hold
from tests.engines import Driver, running_engine
from tests.gateways import running_gateway


async def resting(engine: Driver) -> Order:
    """A bracket whose entry has filled; its stop."""
    outcome = await engine.do("buy 100 AAPL market sl 180 tp 200")
    parent = outcome.orders[0]
    await engine.order(parent.ref, lambda order: order.status == "filled")
    return await engine.order(f"{parent.ref}-s", lambda order: order.status == "working")


async def test_a_stop_is_moved_and_stands_where_ib_says(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        stop = await resting(engine)
        before = await engine.engine.parts.desk.modify(Change(ref=stop.ref, stop_price=Decimal("182.50")))
        assert before.stop_price == Decimal("180")
        now = await engine.order(stop.ref, lambda order: order.stop_price == Decimal("182.50"))
        assert (now.status, now.quantity) == ("working", Decimal(100))
        position = next(p for p in (await engine.status()).positions if p.symbol == "AAPL")
        assert (position.cover, position.stop) == ("full", 182.5)


async def test_an_entry_is_repriced_and_fills_at_its_new_limit(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        entry = (await engine.do("buy 100 AAPL @ 187.00")).orders[0]
        await engine.engine.parts.desk.modify(
            Change(ref=entry.ref, limit_price=Decimal("187.42"), quantity=Decimal(50))
        )
        filled = await engine.order(entry.ref, lambda order: order.status == "filled")
        assert (filled.filled, filled.average_price) == (Decimal(50), 187.42)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"limit_price": Decimal("187.005")}, "off_tick"),
        ({"limit_price": Decimal(300)}, "price_collar"),
        ({"stop_price": Decimal(180)}, "off_tick"),
        ({"quantity": Decimal(0)}, "bad_quantity"),
        ({"quantity": Decimal(900_000)}, "too_large"),
    ],
)
async def test_what_the_gate_refuses_changes_nothing(tmp_path: Path, terms: dict[str, Decimal], code: str) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        entry = (await engine.do("buy 100 AAPL @ 187.00")).orders[0]
        with pytest.raises(IbtuiError) as error:
            await engine.engine.parts.desk.modify(Change(ref=entry.ref, **terms))
        assert error.value.code == code
        assert (await engine.order(entry.ref, lambda order: True)).limit_price == Decimal("187.00")


async def test_a_halt_lets_stops_move_and_entries_not(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        stop = await resting(engine)
        entry = (await engine.do("buy 100 AAPL @ 187.00")).orders[0]
        engine.engine.parts.latch.set(engine.engine.setting.clock.now(), "a test")
        await engine.engine.parts.desk.modify(Change(ref=stop.ref, stop_price=Decimal(183)))
        await engine.order(stop.ref, lambda order: order.stop_price == Decimal(183))
        with pytest.raises(IbtuiError) as error:
            await engine.engine.parts.desk.modify(Change(ref=entry.ref, limit_price=Decimal(186)))
        assert error.value.code == "halted"


async def test_what_is_done_or_not_there_cannot_change(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        filled = (await engine.do("buy 1 AAPL market")).orders[0]
        await engine.order(filled.ref, lambda order: order.status == "filled")
        for ref, code in ((filled.ref, "order_done"), ("nothing", "no_order")):
            with pytest.raises(IbtuiError) as error:
                await engine.engine.parts.desk.modify(Change(ref=ref, limit_price=Decimal(187)))
            assert error.value.code == code


async def refused(engine: Driver, ref: str, **terms: Any) -> IbtuiError:
    with pytest.raises(IbtuiError) as error:
        await engine.engine.parts.desk.modify(Change(ref=ref, **terms))
    return error.value


async def strategy_bracket(engine: Driver, quantity: int = 10) -> Order:
    """The stop of what a strategy bought; its limits are those of its account, 100."""
    intent = OrderIntent(
        ref=new_ref(),
        owner="dip",
        terms=Terms(symbol="AAPL", side=Side.BUY, quantity=Decimal(quantity), type=OrderType.MKT),
        protect=Decimal(185),
    )
    await engine.engine.parts.desk.submit(intent)
    return await engine.order(f"{intent.ref}-s", lambda order: order.status == "working")


LIMITED: dict[str, Any] = CALM | {
    "limits": Limits(quote_age=60, order_quantity=100, position_quantity=100),
    "held_to": {"dip": Ceilings(position_quantity=100)},
}


async def test_a_strategys_stop_grows_no_larger_than_what_it_holds(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **LIMITED) as engine:
        hold(gateway)
        stop = await strategy_bracket(engine)
        for quantity in (11, 100, 2_000):
            error = await refused(engine, stop.ref, quantity=Decimal(quantity))
            assert error.code == "would_increase"
            assert "at most 10" in error.message
        hold(gateway, 180.00, 180.02)
        gateway.backend.exchange.set_price(265598, 180.0)
        await engine.order(stop.ref, lambda order: order.status == "filled")
        assert held(gateway) == 0


async def test_what_the_trader_holds_is_not_the_strategys_to_sell(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        await engine.do("buy 500 AAPL market")
        stop = await strategy_bracket(engine)
        assert (await refused(engine, stop.ref, quantity=Decimal(11))).code == "would_increase"


async def test_a_stop_that_shrinks_says_what_it_leaves_bare(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        stop = await resting(engine)
        await engine.engine.parts.desk.modify(Change(ref=stop.ref, quantity=Decimal(30)))
        await engine.order(stop.ref, lambda order: order.quantity == 30)
        await engine.said(f"70 AAPL would stand without the stop {stop.ref}")
        assert (await engine.until(lambda s: s.positions[0].cover == "part")).positions[0].quantity == 100
        await engine.engine.parts.desk.modify(Change(ref=stop.ref, quantity=Decimal(100)))
        await engine.order(stop.ref, lambda order: order.quantity == 100)


async def test_children_shrink_with_their_parent_and_before_it(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        parent, target, stop = (await engine.do("buy 200 AAPL @ 186.00 tp 195 sl 180")).orders
        await engine.engine.parts.desk.modify(Change(ref=parent.ref, quantity=Decimal(50)))
        for order in (parent, target, stop):
            await engine.order(order.ref, lambda order: order.quantity == 50)
        journal = engine.engine.parts.journal
        await journal.commit()
        asked = journal._connection.execute("SELECT ref FROM event WHERE kind = 'CHANGE'").fetchall()
        assert {ref for (ref,) in asked} == {parent.ref, target.ref, stop.ref}
        assert (await refused(engine, stop.ref, quantity=Decimal(51))).code == "would_increase"
        hold(gateway, 185.90, 185.92)
        await engine.order(parent.ref, lambda order: order.status == "filled")
        await engine.order(stop.ref, lambda order: order.status == "working" and order.quantity == 50)


async def test_a_parent_that_fills_in_parts_bounds_its_stop_by_the_whole(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway, size=40)
        parent, stop = (await engine.do("buy 100 AAPL @ 187.42 sl 180")).orders
        await engine.order(parent.ref, lambda order: order.filled == 40)
        assert (await refused(engine, stop.ref, quantity=Decimal(101))).code == "would_increase"
        engine.engine.parts.desk.cancel(parent.ref)
        await engine.order(parent.ref, lambda order: order.status == "cancelled")
        await engine.order(stop.ref, lambda order: order.quantity == 40)
        await engine.until(lambda s: [p.quantity for p in s.positions] == [Decimal(40)])
        assert (await refused(engine, stop.ref, quantity=Decimal(41))).code == "would_increase"


async def test_a_change_belongs_to_the_connection_it_was_asked_on(tmp_path: Path) -> None:
    """The session itself compares the caller's epoch, not its own with itself."""
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port, **CALM) as engine:
        hold(gateway)
        entry = (await engine.do("buy 100 AAPL @ 187.00")).orders[0]
        session = engine.engine.parts.session
        with pytest.raises(IbtuiError) as error:
            session.modify(Change(ref=entry.ref, limit_price=Decimal(186)), session.epoch - 1)
        assert error.value.code == "stale_connection"


@pytest.fixture
async def bench(tmp_path: Path) -> Any:
    bench = Bench(tmp_path)
    yield bench
    await bench.close()


async def working(bench: Bench, **changes: Any) -> Order:
    (order,) = await bench.desk.submit(wish(type=OrderType.LMT, limit_price=Decimal("187.00"), **changes))
    order = replace(order, status=OrderStatus.WORKING, perm_id=7)
    bench.state.order(order)
    return order


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (lambda bench: setattr(bench.session, "epoch", 2), "reconnected"),
        (lambda bench: setattr(bench.session, "account", "DU2"), "wrong_account"),
        (lambda bench: setattr(bench.session, "state", "reconciling"), "not_connected"),
        (lambda bench: bench.latch.set(bench.clock.now(), "by hand"), "halted"),
        (lambda bench: bench.clock.advance(10), "stale_quote"),
        (lambda bench: setattr(bench.session, "alive", False), "no_answer"),
    ],
)
async def test_what_changes_between_check_and_send_is_noticed(bench: Bench, happens: Any, code: str) -> None:
    order = await working(bench)
    commit = bench.journal.commit

    async def meanwhile(*records: Any) -> None:
        await commit(*records)
        happens(bench)

    if code == "no_answer":
        happens(bench)
    else:
        bench.journal.commit = meanwhile  # type: ignore[method-assign]
    with pytest.raises(IbtuiError) as error:
        await bench.desk.modify(Change(ref=order.ref, limit_price=Decimal("187.10")))
    assert error.value.code == code
    assert bench.session.modified == []


@pytest.mark.parametrize("status", [OrderStatus.UNKNOWN, OrderStatus.PENDING])
async def test_what_ib_has_not_answered_is_not_changed(bench: Bench, status: OrderStatus) -> None:
    order = await working(bench)
    bench.state.order(replace(order, status=status))
    with pytest.raises(IbtuiError) as error:
        await bench.desk.modify(Change(ref=order.ref, quantity=Decimal(50)))
    assert (error.value.code, bench.session.modified) == ("unknown_order", [])


async def test_an_order_of_another_program_is_not_changed(bench: Bench) -> None:
    order = replace(await working(bench), owner=FOREIGN)
    bench.state.order(order)
    with pytest.raises(IbtuiError) as error:
        await bench.desk.modify(Change(ref=order.ref, quantity=Decimal(50)))
    assert (error.value.code, bench.session.modified) == ("not_ours", [])


async def test_a_live_profile_changes_nothing(bench: Bench) -> None:
    order = await working(bench)
    bench.desk.live = True
    with pytest.raises(IbtuiError) as error:
        await bench.desk.modify(Change(ref=order.ref, quantity=Decimal(50)))
    assert (error.value.code, bench.session.modified) == ("read_only", [])
