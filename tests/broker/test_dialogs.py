"""Orders that TWS keeps to itself until somebody there clicks: shown as that, never as lost, never sent again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

import pytest

from ibtui.broker.orders import placing
from ibtui.domain.event import Event, OrderMoved, OrderSeen
from ibtui.domain.order import Change, OrderStatus
from ibtui.gateway.running.outbox import Outgoing
from tests.broker.sessions import Story, active_session, intent, requests_to, send
from tests.gateways import running_gateway

PLACE, STATUS, OPEN_ORDER = 3, 3, 5
SENT_ON = b"PreSubmitted", b"Submitted"
SIZE = "The following order size exceeds the Size Limit of 500."


def pending_only(batch: Sequence[Outgoing]) -> Sequence[Outgoing]:
    """Whatever is told of an order says that TWS has not sent it on."""

    def kept(message: Outgoing) -> Outgoing:
        if message.id not in (STATUS, OPEN_ORDER):
            return message
        fields = message.frame[4:].split(b"\0")
        body = b"\0".join(b"PendingSubmit" if field in SENT_ON else field for field in fields)
        return Outgoing(message.id, len(body).to_bytes(4, "big") + body)

    return [kept(message) for message in batch]


def reason(story: Story) -> str:
    told = [event.order if isinstance(event, OrderSeen) else event for event in story.events if _of_order(event)]
    return told[-1].reason if told else ""


def _of_order(event: Event) -> TypeGuard[OrderSeen | OrderMoved]:
    return isinstance(event, OrderSeen | OrderMoved)


@pytest.mark.parametrize("code", [109, 163, 383, 451])
async def test_a_precaution_holds_the_order_until_somebody_sends_it_on(code: int) -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        asked = requests_to(gateway)
        gateway.faults.dialog(code, SIZE)
        wish = intent(limit=100)
        await send(session, wish)
        await story.status(wish.ref, OrderStatus.WAITING)
        assert reason(story).startswith("held by TWS, a precaution: ")
        assert "send or delete it in TWS, or cancel it here" in reason(story)
        for _ in range(3):  # no list of IB's shows it, which says nothing
            told = await session.reconcile()
            assert told.awaited == (wish.ref,)
        assert story.statuses(wish.ref)[-1] is OrderStatus.WAITING
        gateway.faults.click()
        await story.status(wish.ref, OrderStatus.WORKING)
        assert reason(story) == ""
        assert asked.count(PLACE) == 1


async def test_an_order_that_is_held_can_be_cancelled_here() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        gateway.faults.dialog(383, SIZE)
        wish = intent(limit=100)
        await send(session, wish)
        await story.status(wish.ref, OrderStatus.WAITING)
        session.cancel(wish.ref)
        await story.status(wish.ref, OrderStatus.CANCELLED)


async def test_one_that_was_deleted_in_tws_never_went_out() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        gateway.faults.dialog(383, SIZE)
        wish = intent(limit=100)
        await send(session, wish)
        await story.status(wish.ref, OrderStatus.WAITING)
        gateway.faults.click(send=False)
        session.cancel(wish.ref)
        await story.status(wish.ref, OrderStatus.CANCELLED)
        assert reason(story) == "TWS kept it back and holds it no more: it never went out"


async def test_a_precaution_against_a_change_leaves_the_order_on_its_old_terms() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent(limit=100)
        await send(session, wish)
        await story.status(wish.ref, OrderStatus.WORKING)
        gateway.faults.dialog(383, SIZE)
        session.modify(Change(ref=wish.ref, quantity=wish.quantity * 10), session.epoch)
        await story.until(lambda: "held by TWS" in reason(story))
        assert story.statuses(wish.ref)[-1] is OrderStatus.WORKING
        assert session.changing(wish.ref) is None


async def test_an_order_that_tws_tells_of_and_does_not_send_on_may_wait_for_a_click(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(placing, "UNANSWERED", 0.3)
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        gateway.faults.outgoing.append(pending_only)
        wish = intent(limit=100)
        await send(session, wish)
        await story.until(lambda: "wait for a click" in reason(story))
        assert set(story.statuses(wish.ref)) == {OrderStatus.PENDING}
        gateway.faults.outgoing.clear()
        await session.reconcile()
        await story.status(wish.ref, OrderStatus.WORKING)
        assert reason(story) == ""
