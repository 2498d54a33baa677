"""Orders that left and that IB holds in silence: shown as that, and taken back by their number where that is safe."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderStatus, Side
from ibtui.domain.terms import Terms
from ibtui.engine.truth.settle import not_found
from tests.engine.followed import on_stage, status
from tests.exits.stage import Stage

PLACE, CANCEL, CLIENT = 3, 4, 17


def arrives(stage: Stage, first: int) -> Callable[[], None]:
    """Of the orders that are written from now on only the first few reach the gateway, as when the engine is killed."""
    left = first

    def swallows(request: int) -> bool:
        nonlocal left
        left -= request == PLACE
        return request == PLACE and left < 0

    stage.gateway.faults.incoming.append(swallows)
    return lambda: stage.gateway.faults.incoming.remove(swallows)


async def cut(stage: Stage, first: int, line: str = "buy 12 AAPL market tp 195 sl 180") -> tuple[Order, ...]:
    """A bracket of which the first few orders reach the gateway, and a new engine."""
    undo = arrives(stage, first)
    orders = (await stage.driver.do(line, wait=False)).orders
    await stage.passes(1)
    undo()
    await stage.stop()
    await stage.start()
    return tuple(stage.driver_order(order.ref) for order in orders)


def held(stage: Stage) -> list[int]:
    """The numbers that the gateway holds untransmitted."""
    return [
        stage.gateway.registry.by_perm_id(order.perm_id).order_id
        for order in stage.open_orders()
        if order.state == "PendingSubmit"
    ]


@pytest.mark.parametrize("first", [1, 2])
def test_a_bracket_that_was_cut_is_held_as_far_as_it_came(tmp_path: Path, first: int) -> None:
    async def test(stage: Stage) -> None:
        legs = await cut(stage, first)
        assert held(stage) == [leg.number for leg in legs[:first]]
        await stage.passes(25)
        legs = tuple(stage.driver_order(leg.ref) for leg in legs)
        for leg in legs[:first]:
            assert leg.status is OrderStatus.UNKNOWN
            assert f"sent, held at IB: order id {leg.number} waits there" in leg.reason
        for leg in legs[first:]:
            assert leg.status is OrderStatus.REJECTED
            assert "never reached IB" in leg.reason
            assert "nothing was sent" not in leg.reason

    on_stage(tmp_path, test)


@pytest.mark.parametrize("line", ["cancel {}", "cancel AAPL", "cancel all", "halt", "flatten all"])
@pytest.mark.parametrize("first", [1, 2])
def test_what_is_held_is_taken_back_by_its_number(tmp_path: Path, first: int, line: str) -> None:
    async def test(stage: Stage) -> None:
        legs = await cut(stage, first)
        await stage.driver.do(line.format(legs[0].ref))
        await stage.passes(25)
        assert held(stage) == []
        stands = [await status(stage, leg.ref) for leg in legs]
        assert stands == [OrderStatus.CANCELLED] * first + [OrderStatus.REJECTED] * (3 - first)
        assert stage.driver.logged("1 cancel sent, 1 confirmed") or line != "halt"

    on_stage(tmp_path, test)


def test_a_held_order_is_found_again_by_the_next_engine(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        legs = await cut(stage, 1)
        await stage.passes(25)
        await stage.stop()
        await stage.start()
        assert "held at IB" in stage.driver_order(legs[0].ref).reason
        await stage.driver.do(f"cancel {legs[0].ref}")
        assert await status(stage, legs[0].ref) is OrderStatus.CANCELLED

    on_stage(tmp_path, test)


def test_an_order_that_ib_does_not_find_is_gone(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        legs = await cut(stage, 1)
        (report,) = stage.open_orders()
        stage.exchange.forget(report.perm_id)
        outcome = await stage.driver.do(f"cancel {legs[0].ref}")
        assert "1 confirmed" in outcome.message
        order = stage.driver_order(legs[0].ref)
        assert (order.status, int(order.filled)) == (OrderStatus.REJECTED, 0)
        assert order.reason == f"IB finds no order under its order id, {order.number}: it is gone"

    on_stage(tmp_path, test)


def test_the_number_of_another_order_is_not_cancelled(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        legs = await cut(stage, 1)
        (report,) = stage.open_orders()
        stage.exchange.forget(report.perm_id)  # the gateway begins anew, and the number goes to another order
        stage.gateway.registry.roll_back(CLIENT, 1)
        (other,) = (await stage.driver.do("buy 3 MSFT @ 390")).orders
        placed = stage.gateway.registry.by_perm_id(stage.open_orders()[0].perm_id)
        stage.gateway.registry.add(type(placed)(CLIENT, legs[0].number or 0, placed.perm_id, placed.terms))
        await stage.stop()
        await stage.start()
        with pytest.raises(
            IbtuiError, match=f"gave order id {legs[0].number} to another order, {other.ref}"
        ) as refused:
            await stage.driver.do(f"cancel {legs[0].ref}")
        assert refused.value.code == "number_taken"
        assert [m for m in stage.wire.received if m.name == "cancelOrder"] == []

    on_stage(tmp_path, test)


def test_a_cancel_waits_until_ib_has_come_to_the_number(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        legs = await cut(stage, 0)
        outcome = await stage.driver.do(f"cancel {legs[0].ref}", wait=False)
        assert "IB has not come to order id" in outcome.message
        assert [m for m in stage.wire.received if m.name == "cancelOrder"] == []
        await stage.passes(25)
        assert await status(stage, legs[0].ref) is OrderStatus.REJECTED

    on_stage(tmp_path, test)


def test_an_order_of_this_connection_that_ib_does_not_find_may_wait_in_tws_and_stays_unknown(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        undo = arrives(stage, 0)
        (order,) = (await stage.driver.do("buy 5 TSLA @ 340")).orders
        undo()
        assert order.status is OrderStatus.UNKNOWN
        await stage.passes(100)
        assert "it may be held there" in stage.driver_order(order.ref).reason
        outcome = await stage.driver.do(f"cancel {order.ref}")
        assert not outcome.answered
        await stage.passes(100)
        assert await status(stage, order.ref) is OrderStatus.UNKNOWN
        assert (await stage.driver.do(f"settle {order.ref} not in TWS")).answered

    on_stage(tmp_path, test)


def test_a_cancel_that_was_not_needed_is_not_counted_as_sent(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (other,) = (await stage.driver.do("buy 3 MSFT @ 390")).orders
        legs = await cut(stage, 0, "buy 12 AAPL @ 180")
        outcome = await stage.driver.do("cancel all")
        assert outcome.message.startswith("1 cancel sent, 1 confirmed; ")
        assert f"{legs[0].ref} needed none: never reached IB" in outcome.message
        assert [m.fields["orderId"] for m in stage.wire.received if m.name == "cancelOrder"] == [other.number]

    on_stage(tmp_path, test)


def test_the_permanent_id_of_what_was_held_is_learned_from_its_cancel(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        legs = await cut(stage, 1)
        (report,) = stage.open_orders()
        await stage.driver.do(f"cancel {legs[0].ref}")
        assert stage.driver_order(legs[0].ref).perm_id == report.perm_id

    on_stage(tmp_path, test)


def test_another_client_id_cannot_reach_what_is_held(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        legs = await cut(stage, 1)
        await stage.stop()
        stage.profile = replace(stage.profile, client_id=CLIENT + 1)
        await stage.start()
        await stage.passes(25)
        assert await status(stage, legs[0].ref) is OrderStatus.UNKNOWN  # the ids of another client are no proof
        with pytest.raises(IbtuiError, match=f"was sent by client {CLIENT}") as refused:
            await stage.driver.do(f"cancel {legs[0].ref}")
        assert refused.value.code == "not_ours"
        assert held(stage) == [legs[0].number]

    on_stage(tmp_path, test)


def test_an_order_of_a_journal_without_numbers_is_not_cancelled_blindly(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        legs = await cut(stage, 1)
        stage.driver.engine.parts.state.order(replace(stage.driver_order(legs[0].ref), number=None, client_id=None))
        await stage.stop()
        await stage.start()
        await stage.passes(25)
        assert await status(stage, legs[0].ref) is OrderStatus.UNKNOWN
        with pytest.raises(IbtuiError, match="is not known: cancel it in TWS") as refused:
            await stage.driver.do(f"cancel {legs[0].ref}")
        assert refused.value.code == "no_number"
        assert (await stage.driver.do(f"settle {legs[0].ref} deleted in TWS")).answered

    on_stage(tmp_path, test)


@pytest.mark.parametrize(("hours", "stands"), [(1, OrderStatus.REJECTED), (26, OrderStatus.ENDED)])
def test_what_ib_does_not_find_may_have_traded_on_an_earlier_day(hours: int, stands: OrderStatus) -> None:
    sent = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    order = Order(
        ref="aaaaaaaaaaaa",
        terms=Terms(symbol="AAPL", side=Side.BUY, quantity=Decimal(5), type="LMT", tif="GTC"),
        status=OrderStatus.UNKNOWN,
        created=sent,
        number=7,
    )
    gone = not_found(order, None, sent + timedelta(hours=hours))
    assert gone.status is stands
    assert gone.reason.startswith("IB finds no order under its order id, 7: it is gone")
