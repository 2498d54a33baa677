"""Orders over a real socket: placed, filled, changed, cancelled, and never anybody else's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from ibtui.broker import Session
from ibtui.domain.event import (
    AccountChanged,
    Commissioned,
    Filled,
    OrderMoved,
    OrderSeen,
    PositionSeen,
    PositionValued,
    Reconciled,
)
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Change, Order, OrderStatus, Side, legs
from ibtui.gateway.server import Gateway
from tests.broker.sessions import Story, active_session, intent, send
from tests.gateways import running_gateway
from tests.insync import ib_insync


def newest(story: Story, ref: str) -> Order:
    return [event.order for event in story.of(OrderSeen) if event.order.ref == ref][-1]


async def test_a_market_order_is_filled_and_told_whole() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent()
        ids = await send(session, wish)
        assert list(ids) == [wish.ref]
        await story.status(wish.ref, OrderStatus.FILLED)
        await story.until(lambda: story.of(Commissioned))
        fills = story.of(Filled)
        assert story.filled(wish.ref) == 100
        assert {(event.fill.symbol, event.fill.side, event.fill.owner) for event in fills} == {
            ("AAPL", Side.BUY, "you")
        }
        assert {event.exec_id for event in story.of(Commissioned)} <= {event.fill.exec_id for event in fills}
        assert all(event.fill.time.tzinfo is not None for event in fills)
        position = (await story.until(lambda: story.of(PositionSeen)))[-1]
        assert position.quantity == 100
        assert position.average_cost == pytest.approx(fills[0].fill.price, rel=0.01)
        assert (await story.until(lambda: story.of(PositionValued)))[0].symbol == "AAPL"


async def test_average_cost_of_a_future_is_a_price() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(quantity=1, symbol="ESZ6")
        await send(session, wish)
        await story.until(lambda: story.filled(wish.ref) == 1)
        position = (await story.until(lambda: story.of(PositionSeen)))[-1]
        assert position.average_cost == pytest.approx(story.of(Filled)[0].fill.price, rel=0.01)


async def test_a_bracket_waits_for_its_parent_and_dies_with_it() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(limit=150, target=Decimal(300), protect=Decimal(140))
        parent, target, stop = legs(wish)
        await send(session, wish)
        assert await story.status(parent.ref, OrderStatus.WORKING)
        assert await story.status(target.ref, OrderStatus.WAITING)
        assert await story.status(stop.ref, OrderStatus.WAITING)
        seen = newest(story, stop.ref)
        assert (seen.parent, seen.role, seen.stop_price, seen.limit_price) == (parent.ref, "stop", Decimal(140), None)
        assert seen.oca_group == newest(story, target.ref).oca_group
        session.cancel(parent.ref)
        for leg in (parent, target, stop):
            assert await story.status(leg.ref, OrderStatus.CANCELLED)


async def test_children_work_once_their_parent_is_filled() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(target=Decimal(300), protect=Decimal(100))
        parent, target, stop = legs(wish)
        await send(session, wish)
        assert await story.status(parent.ref, OrderStatus.FILLED)
        assert await story.status(target.ref, OrderStatus.WORKING)
        assert await story.status(stop.ref, OrderStatus.WORKING)
        truth = await session.reconcile()
        assert {order.ref: order.status for order in truth.orders} == {
            target.ref: OrderStatus.WORKING,
            stop.ref: OrderStatus.WORKING,
        }
        assert {order.parent for order in truth.orders} == {parent.ref}


async def test_a_bracket_is_the_same_after_a_reconnect() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(target=Decimal(300), protect=Decimal(100))
        parent, target, stop = legs(wish)
        await send(session, wish)
        await story.status(stop.ref, OrderStatus.WORKING)
        await session.close()
        async with active_session(gateway) as (again, later):
            assert later.statuses(stop.ref)[-1] is OrderStatus.WORKING
            assert newest(later, stop.ref).parent == parent.ref
            again.cancel(stop.ref)
            assert await later.status(stop.ref, OrderStatus.CANCELLED)
            assert later.statuses(target.ref)


async def test_what_was_held_before_is_described_by_the_reconcile() -> None:
    async with running_gateway() as gateway:
        async with active_session(gateway) as (session, story):
            wish = intent(quantity=2, symbol="ESZ6")
            await send(session, wish)
            await story.until(lambda: story.filled(wish.ref) == 2)
        async with active_session(gateway) as (_, later):
            (position,) = later.of(Reconciled)[0].positions
            assert (position.instrument.symbol, position.quantity) == ("ESZ6", Decimal(2))
            assert (position.instrument.tick, position.instrument.exchange) == (Decimal("0.25"), "CME")
            (fill,) = {fill.base: fill for fill in later.of(Reconciled)[0].fills}.values()
            assert (fill.ref, fill.symbol, fill.owner) == (wish.ref, "ESZ6", "you")
            assert not later.of(Filled)
            valued = (await later.until(lambda: [v for v in later.of(PositionValued) if v.day_pnl is not None]))[0]
            assert valued.symbol == "ESZ6"
            account = (await later.until(lambda: later.of(AccountChanged)))[-1].account
            assert account.net_liquidation == pytest.approx(1_000_000, rel=0.01)
            assert (account.id, account.currency) == ("DU1234567", "USD")


async def test_a_change_goes_out_under_the_same_id() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(limit=150)
        await send(session, wish)
        await story.status(wish.ref, OrderStatus.WORKING)
        session.modify(Change(ref=wish.ref, limit_price=Decimal(151), quantity=Decimal(70)), session.epoch)
        await story.until(lambda: newest(story, wish.ref).limit_price == 151)
        assert newest(story, wish.ref).quantity == 70
        truth = await session.reconcile()
        assert [(order.ref, order.quantity) for order in truth.orders] == [(wish.ref, Decimal(70))]


async def test_a_change_before_the_last_one_is_confirmed_keeps_what_was_asked_for() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(limit=150)
        await send(session, wish)
        await story.status(wish.ref, OrderStatus.WORKING)
        session.modify(Change(ref=wish.ref, limit_price=Decimal(151)), session.epoch)
        assert newest(story, wish.ref).limit_price == 150
        session.modify(Change(ref=wish.ref, quantity=Decimal(70)), session.epoch)
        await story.until(lambda: newest(story, wish.ref).quantity == 70)
        (order,) = (await session.reconcile()).orders
        assert (order.limit_price, order.quantity) == (Decimal(151), Decimal(70))
        assert session.changing(wish.ref) is None


async def test_after_a_refused_change_the_confirmed_terms_count() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(limit=150)
        await send(session, wish)
        await story.status(wish.ref, OrderStatus.WORKING)
        session.modify(Change(ref=wish.ref, limit_price=Decimal("150.001")), session.epoch)
        await story.until(lambda: "minimum price variation" in _last_reason(story, wish.ref))
        session.modify(Change(ref=wish.ref, quantity=Decimal(70)), session.epoch)
        await story.until(lambda: newest(story, wish.ref).quantity == 70)
        assert newest(story, wish.ref).limit_price == 150


async def test_a_refused_order_is_rejected_with_the_reason() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(limit=150.001)
        await send(session, wish)
        await story.status(wish.ref, OrderStatus.REJECTED)
        assert "minimum price variation" in await _reason(story, wish.ref)


async def test_a_refused_change_leaves_the_order_working() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(limit=150)
        await send(session, wish)
        await story.status(wish.ref, OrderStatus.WORKING)
        session.modify(Change(ref=wish.ref, limit_price=Decimal("150.001")), session.epoch)
        await story.until(lambda: "minimum price variation" in _last_reason(story, wish.ref))
        truth = await session.reconcile()
        assert [(order.status, order.limit_price) for order in truth.orders] == [(OrderStatus.WORKING, Decimal(150))]
        assert set(story.statuses(wish.ref)) <= {OrderStatus.WORKING, OrderStatus.UNKNOWN}


async def test_ids_can_be_reserved_before_they_are_used() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(limit=150, protect=Decimal(140))
        instruments = {"AAPL": await session.resolve("AAPL")}
        ids = session.reserve(2)
        assert session.place(legs(wish), instruments, session.epoch, order_ids=ids) == dict(
            zip([leg.ref for leg in legs(wish)], ids, strict=True)
        )
        await story.status(wish.ref, OrderStatus.WORKING)
        with pytest.raises(IbtuiError) as caught:
            session.place(legs(intent(limit=150)), instruments, session.epoch, order_ids=ids[:1])
        assert caught.value.code == "bad_order_id"
        with pytest.raises(IbtuiError) as caught:
            session.place(legs(wish), instruments, session.epoch)
        assert caught.value.code == "duplicate_order"
        with pytest.raises(IbtuiError) as caught:
            session.place(legs(intent()), instruments, session.epoch - 1)
        assert caught.value.code == "stale_connection"


async def test_what_cannot_be_cancelled_says_why() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        with pytest.raises(IbtuiError) as caught:
            session.cancel("nonsense")
        assert caught.value.code == "not_listed"
        wish = intent()
        await send(session, wish)
        await story.status(wish.ref, OrderStatus.FILLED)
        with pytest.raises(IbtuiError) as caught:
            session.cancel(wish.ref)
        assert caught.value.code == "order_done"


@asynccontextmanager
async def other_program(gateway: Gateway, client_id: int) -> AsyncIterator[Any]:
    """The client library as any other program would use it."""
    other = ib_insync.IB()
    await other.connectAsync("127.0.0.1", gateway.port, clientId=client_id)
    try:
        yield other
    finally:
        other.disconnect()


async def test_orders_of_other_programs_are_shown_and_never_touched() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        mine = intent(limit=150)
        ids = await send(session, mine)
        await story.status(mine.ref, OrderStatus.WORKING)
        async with other_program(gateway, client_id=8) as other:
            contract = ib_insync.Stock("AAPL", "SMART", "USD")
            order = ib_insync.LimitOrder("BUY", 10, 140, orderId=ids[mine.ref])
            other.placeOrder(contract, order)
            foreign = await _foreign(session, story)
            assert (foreign.owner, foreign.ref) == ("other", f"perm-{foreign.perm_id}")
            for act in (session.cancel, lambda ref: session.modify(Change(ref=ref), session.epoch)):
                with pytest.raises(IbtuiError) as caught:
                    act(foreign.ref)
                assert caught.value.code == "not_ours"
            truth = await session.reconcile()
            assert {order.ref for order in truth.orders} == {mine.ref, foreign.ref}
            session.cancel(mine.ref)
            await story.status(mine.ref, OrderStatus.CANCELLED)
            assert [order.ref for order in (await session.reconcile()).orders] == [foreign.ref]


async def test_an_order_of_ours_under_another_client_id_is_known_and_not_touched() -> None:
    async with running_gateway() as gateway:
        wish = intent(limit=150)
        async with active_session(gateway, client_id=5) as (first, story):
            await send(first, wish)
            await story.status(wish.ref, OrderStatus.WORKING)
        async with active_session(gateway, client_id=6) as (second, later):
            assert newest(later, wish.ref).owner == "you"
            with pytest.raises(IbtuiError) as caught:
                second.cancel(wish.ref)
            assert caught.value.code == "not_ours"


async def _foreign(session: Session, story: Story) -> Order:
    """The first order that is not ours; other clients' orders are only listed when asked for."""
    while True:
        for order in (await session.reconcile()).orders:
            if order.owner == "other":
                return order


def _last_reason(story: Story, ref: str) -> str:
    reasons = [event.reason for event in story.of(OrderMoved) if event.ref == ref]
    return reasons[-1] if reasons else ""


async def _reason(story: Story, ref: str) -> str:
    return await story.until(lambda: _last_reason(story, ref))
