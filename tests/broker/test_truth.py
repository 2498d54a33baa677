"""What is true of an order when messages are wrong, doubled, missing or out of order."""

from __future__ import annotations

import asyncio

import pytest

from ibtui.domain.event import Commissioned, Filled, OrderMoved, OrderSeen
from ibtui.domain.order import OrderStatus
from tests.broker.sessions import active_session, intent, send
from tests.gateways import running_gateway

STATUS, OPEN_ORDER, EXECUTION, COMMISSION = 3, 5, 11, 59
PLACE = 3


@pytest.mark.parametrize("code", [103, 104, 105, 110, 161, 201, 321, 10147, 10148, 77777])
async def test_an_error_on_a_working_order_opens_a_question_that_ib_answers(code: int) -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(limit=150)
        ids = await send(session, wish)
        await story.status(wish.ref, OrderStatus.WORKING)
        gateway.faults.error(code, "Something \x1b[1mwent wrong", ids[wish.ref])
        await story.status(wish.ref, OrderStatus.UNKNOWN)
        await story.status(wish.ref, OrderStatus.WORKING)
        assert set(story.statuses(wish.ref)) == {OrderStatus.WORKING, OrderStatus.UNKNOWN}
        reasons = [event.reason for event in story.of(OrderMoved)]
        assert any(reason.startswith(f"Something [1mwent wrong ({code})") for reason in reasons)
        session.cancel(wish.ref)
        await story.status(wish.ref, OrderStatus.CANCELLED)


@pytest.mark.parametrize("code", [399, 404, 2109, 10167, 10197, 10349])
async def test_a_warning_on_a_working_order_is_only_shown(code: int) -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(limit=150)
        ids = await send(session, wish)
        await story.status(wish.ref, OrderStatus.WORKING)
        gateway.faults.error(code, "A word of warning", ids[wish.ref])
        await story.until(lambda: [event for event in story.of(OrderMoved) if "warning" in event.reason])
        assert set(story.statuses(wish.ref)) == {OrderStatus.WORKING}


async def test_an_error_on_a_filled_order_leaves_it_filled() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent()
        ids = await send(session, wish)
        await story.status(wish.ref, OrderStatus.FILLED)
        gateway.faults.error(10148, "can not be cancelled, state: Filled.", ids[wish.ref])
        await story.until(lambda: [event for event in story.of(OrderMoved) if "10148" in event.reason])
        assert story.statuses(wish.ref)[-1] is OrderStatus.FILLED


async def test_repeated_and_reversed_messages_change_nothing() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        gateway.faults.duplicate(STATUS, OPEN_ORDER, EXECUTION, COMMISSION)
        gateway.faults.reverse(STATUS, OPEN_ORDER, EXECUTION, COMMISSION)
        wishes = [intent() for _ in range(5)]
        for wish in wishes:
            await send(session, wish)
        for wish in wishes:
            await story.until(lambda wish=wish: story.filled(wish.ref) == 100)  # type: ignore[misc]
            await story.status(wish.ref, OrderStatus.FILLED)
        truth = await session.reconcile()
        assert sum(fill.quantity for fill in truth.fills) == 500
        assert {order.status for order in truth.completed} == {OrderStatus.FILLED}
        assert not truth.orders
        for wish in wishes:
            told = story.statuses(wish.ref)
            assert set(told[told.index(OrderStatus.FILLED) :]) == {OrderStatus.FILLED}


async def test_a_commission_may_come_before_its_execution() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        gateway.faults.reverse(EXECUTION, COMMISSION)
        wish = intent()
        await send(session, wish)
        await story.until(lambda: story.of(Commissioned) and story.filled(wish.ref) == 100)
        first = next(event for event in story.events if isinstance(event, Commissioned | Filled))
        assert isinstance(first, Commissioned)


async def test_executions_alone_fill_an_order() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        gateway.faults.suppress(STATUS, OPEN_ORDER)
        wish = intent()
        await send(session, wish)
        await story.status(wish.ref, OrderStatus.FILLED)
        assert story.filled(wish.ref) == 100
        assert not story.of(OrderSeen)


async def test_an_order_that_never_arrived_stays_an_open_question() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        await session.resolve("AAPL")
        gateway.faults.swallow(PLACE)
        wish = intent()
        await send(session, wish)
        truth = await session.reconcile()
        assert (truth.orders, truth.awaited) == ((), (wish.ref,))  # it may be on its way, and nobody has shown it
        gateway.faults.drop()
        await story.state("disconnected")
        await story.state("active")
        truth = await session.reconcile()
        assert truth.awaited == ()
        assert (truth.next_id, truth.client_id) == (1, 5)
        assert wish.ref not in {order.ref for order in (*truth.orders, *truth.completed)}
        assert not story.filled(wish.ref)


async def test_many_reconciles_at_once_all_end() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        truths = await asyncio.gather(*(session.reconcile() for _ in range(5)))
        assert len({truth.time for truth in truths}) == 5
