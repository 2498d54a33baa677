"""Losing the connection, in every way it can be lost, and what is true afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest
from msgspec import structs

from ibtui.broker import Session
from ibtui.domain.event import BrokerSaid, ConnectionChanged, Doubted, QuoteChanged, Reconciled, RoundTrip
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import OrderStatus, legs
from ibtui.gateway.running.outbox import Outgoing
from ibtui.gateway.server import Gateway
from tests.broker.sessions import QUICK, Story, active_session, intent, requests_to, running_session, send
from tests.gateway.raw import started_client
from tests.gateways import running_gateway

AAPL = 265598
POSITION_END, OPEN_END, COMPLETED_END, EXECUTIONS_END = 62, 53, 102, 55
STATUS, MARKET_DATA, TIME, COMPLETED = 3, 1, 49, 99
ERROR, MANAGED_ACCOUNTS = 4, 15


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        (POSITION_END, "positions"),
        (OPEN_END, "open orders"),
        (COMPLETED_END, "completed orders"),
        (EXECUTIONS_END, "executions"),
    ],
)
async def test_without_an_end_marker_nothing_is_sent(marker: int, words: str) -> None:
    impatient = QUICK.__class__(query=0.2, retry=(0.05,), spacing=0.02, reconnect=(0.05,))
    async with running_gateway() as gateway:
        undo = gateway.faults.suppress(marker)
        async with running_session(gateway, timings=impatient) as (session, story):
            change = await story.state("reconciling", "incomplete")
            assert words in change.reason
            with pytest.raises(IbtuiError) as caught:
                await send(session, intent())
            assert caught.value.code == "not_active"
            with pytest.raises(IbtuiError) as caught:
                await session.reconcile()
            assert caught.value.code == "incomplete"
            assert not story.of(Reconciled)
            undo()
            await story.state("active")


async def test_a_dropped_connection_comes_back_with_its_quotes() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        session.subscribe(await session.resolve("AAPL"))
        await story.until(lambda: story.of(QuoteChanged))
        gateway.faults.drop()
        await story.state("disconnected", "lost")
        story.events.clear()
        await story.state("active")
        assert session.epoch == 2
        await story.until(lambda: story.of(QuoteChanged))


async def test_ids_never_roll_back() -> None:
    async with running_gateway() as gateway, active_session(gateway, first_order_id=40) as (session, story):
        used = set()
        for _ in range(3):
            used |= set((await send(session, intent(limit=100))).values())
        assert min(used) >= 40
        spent = session.reserve(2)
        used |= set(spent)
        gateway.faults.roll_back(5, 4)
        gateway.faults.drop()
        await story.until(lambda: session.epoch == 2)
        await story.state("active")
        fresh = session.reserve(2)
        assert min(fresh) > max(used)
        assert session._parts.placing.next_id > max(fresh)
        wish = intent()
        instruments = {"AAPL": await session.resolve("AAPL")}
        with pytest.raises(IbtuiError) as caught:
            session.place(legs(wish), instruments, session.epoch, order_ids=spent[:1])
        assert caught.value.code == "bad_order_id"


async def test_a_half_open_connection_is_found_out() -> None:
    watchful = QUICK.__class__(heartbeat=0.05, silence=0.3, connect=0.3, reconnect=(0.05,), spacing=0.02)
    async with running_gateway() as gateway, active_session(gateway, timings=watchful) as (session, story):
        gateway.faults.freeze()
        pending = asyncio.create_task(session.resolve("MSFT"))
        change = await story.state("disconnected")
        assert change.code == "lost"
        assert "has not answered" in change.reason
        with pytest.raises(IbtuiError) as caught:
            await pending
        assert caught.value.code == "not_connected"
        gateway.faults.thaw()
        await story.state("active")
        assert session.epoch == 2


async def test_proof_of_life() -> None:
    slow = QUICK.__class__(heartbeat=60.0, reconnect=(0.05,))
    async with running_gateway() as gateway, active_session(gateway, timings=slow) as (session, _):
        await session.prove()
        asked = requests_to(gateway)
        session._parts.heartbeat._answered -= 10  # the last answer is old
        await asyncio.gather(session.prove(), session.prove(), session.prove())
        assert asked.count(TIME) == 1
        session._parts.heartbeat._answered -= 10
        gateway.faults.swallow(TIME)
        with pytest.raises(IbtuiError) as caught:
            await session.prove(0.05)
        assert caught.value.code == "no_answer"


async def _upstream_lost(gateway: Gateway, session: Session, story: Story) -> None:
    gateway.faults.error(1100, "Connectivity between IB and Trader Workstation has been lost.")
    await story.state("disconnected", "lost")
    with pytest.raises(IbtuiError) as caught:
        await send(session, intent())
    assert caught.value.code == "not_active"


async def test_upstream_lost_and_restored_with_data_lost() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        session.subscribe(await session.resolve("AAPL"))
        await story.until(lambda: story.of(QuoteChanged))
        await _upstream_lost(gateway, session, story)
        asked = requests_to(gateway)
        gateway.faults.error(1101, "Connectivity restored - data lost.")
        await story.state("active")
        await story.until(lambda: MARKET_DATA in asked)
        assert session.epoch == 1


@pytest.mark.parametrize("code", [1100, 2110])
async def test_a_reconcile_that_ends_without_ib_makes_nothing_active(code: int) -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):

        def loses_ib(batch: Sequence[Outgoing]) -> Sequence[Outgoing]:
            return [*(_lost(code) for message in batch if message.id == EXECUTIONS_END), *batch]

        gateway.faults.outgoing.append(loses_ib)
        story.events.clear()
        gateway.faults.error(1102, "Connectivity restored - data maintained.")
        await story.state("disconnected", "lost")
        await story.until(lambda: story.of(Reconciled))
        for _ in range(20):
            await asyncio.sleep(0)
        assert [change.state for change in story.of(ConnectionChanged)] == ["reconciling", "disconnected"]
        with pytest.raises(IbtuiError) as caught:
            await send(session, intent())
        assert caught.value.code == "not_active"
        gateway.faults.reset()
        gateway.faults.error(1102, "Connectivity restored - data maintained.")
        await story.state("active")


async def test_a_connection_to_a_tws_without_ib_is_not_active_before_ib_is_there() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):

        def says_so(batch: Sequence[Outgoing]) -> Sequence[Outgoing]:
            return [*batch, *(_lost(1100) for message in batch if message.id == MANAGED_ACCOUNTS)]

        gateway.faults.outgoing.append(says_so)
        gateway.faults.drop()
        await story.until(lambda: session.epoch == 2)
        await story.state("disconnected", "lost")
        reconciled = len(story.of(Reconciled))
        with pytest.raises(IbtuiError) as caught:
            await send(session, intent())
        assert caught.value.code == "not_active"
        assert len(story.of(Reconciled)) == reconciled
        gateway.faults.error(1102, "Connectivity restored - data maintained.")
        await story.state("active")


EAGER = structs.replace(QUICK, upstream=(0.05, 0.1))
"""Asks IB's servers soon whether TWS has them again."""


@pytest.mark.parametrize("code", [1100, 2110])
async def test_a_lost_connection_ends_without_a_word_of_it_once_ib_answers_a_whole_reconcile(code: int) -> None:
    async with running_gateway() as gateway, active_session(gateway, timings=EAGER) as (session, story):
        session.subscribe(await session.resolve("AAPL"))
        await story.until(lambda: story.of(QuoteChanged))
        asked = requests_to(gateway)
        gateway.faults.error(code, "Connectivity lost.")
        await story.state("disconnected", "lost")
        await story.state("active")
        assert MARKET_DATA in asked
        assert session.epoch == 1


@pytest.mark.parametrize("code", [1100, 2110])
async def test_while_ib_answers_nothing_but_heartbeats_the_connection_stays_lost(code: int) -> None:
    timings = structs.replace(EAGER, query=0.05)
    async with running_gateway() as gateway, active_session(gateway, timings=timings) as (session, story):
        gateway.faults.outage(code)
        await story.state("disconnected", "lost")
        beats = len(story.of(RoundTrip))
        asked = requests_to(gateway)
        await story.until(lambda: len(story.of(RoundTrip)) > beats + 3 and asked.count(COMPLETED) > 1)
        assert session.state == "disconnected"
        story.events.clear()
        gateway.faults.recover(1102)
        await story.state("active")
        assert "asking what happened" in story.of(ConnectionChanged)[0].reason


def _lost(code: int) -> Outgoing:
    body = f"4\x002\x00-1\x00{code}\x00Connectivity between IB and Trader Workstation has been lost.\x00\x00".encode()
    return Outgoing(ERROR, len(body).to_bytes(4, "big") + body)


async def test_fills_missed_while_upstream_was_lost_are_in_the_reconcile() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        wish = intent()
        await session.resolve("AAPL")
        undo = gateway.faults.suppress(3, 5, 11, 59, 61)
        await send(session, wish)
        gateway.faults.error(1100, "Connectivity lost.")
        await story.state("disconnected", "lost")
        undo()
        story.events.clear()
        gateway.faults.error(1102, "Connectivity restored - data maintained.")
        await story.state("active")
        truth = story.of(Reconciled)[-1]
        assert sum(fill.quantity for fill in truth.fills if fill.ref == wish.ref) == 100
        assert [position.quantity for position in truth.positions] == [100]
        assert await story.status(wish.ref, OrderStatus.FILLED)


async def test_a_message_that_cannot_be_read_is_never_dropped_in_silence() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        await session.resolve("AAPL")
        gateway.faults.outgoing.append(garbled_once())
        story.events.clear()
        await send(session, intent(limit=100))
        change = await story.until(lambda: [c for c in story.of(ConnectionChanged) if c.state == "reconciling"])
        assert "could not be read" in change[0].reason
        await story.state("active")


async def test_farm_messages_are_told_with_their_weight() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (_, story):
        story.events.clear()
        gateway.faults.error(2103, "Market data farm connection is broken:\x1b[31musfarm")
        said = (await story.until(lambda: story.of(BrokerSaid)))[0]
        assert (said.code, said.level) == (2103, "warning")
        assert "\x1b" not in said.text


def garbled_once() -> Callable[[Sequence[Outgoing]], Sequence[Outgoing]]:
    """Replaces one status report by one that no decoder can read."""
    body = b"3\x00not a number\x00Submitted\x00what\x00"
    frames = iter([Outgoing(STATUS, len(body).to_bytes(4, "big") + body)])

    def change(batch: Sequence[Outgoing]) -> Sequence[Outgoing]:
        return [next(frames, message) if message.id == STATUS else message for message in batch]

    return change


async def test_an_order_that_was_cancelled_in_part_keeps_its_whole_quantity_for_a_new_session() -> None:
    async with running_gateway() as gateway:
        gateway.backend.exchange.set_book(AAPL, bid=187.40, ask=187.42, bid_size=3, ask_size=3)
        async with active_session(gateway) as (session, story):
            wish = intent(quantity=7, limit=187.42)
            await send(session, wish)
            await story.until(lambda: story.filled(wish.ref) == 3)
            session.cancel(wish.ref)
            await story.status(wish.ref, OrderStatus.CANCELLED)
        async with active_session(gateway) as (_, story):
            (order,) = story.of(Reconciled)[-1].completed
            assert (order.ref, order.quantity, order.filled) == (wish.ref, Decimal(7), Decimal(3))


@pytest.mark.parametrize("clone", [False, True])
async def test_orders_of_a_gateway_that_began_anew_are_not_the_old_ones(clone: bool) -> None:
    """It gives permanent ids, order ids and execution ids out again; a clone has even the reference."""
    async with running_gateway() as first, active_session(first) as (session, story):
        wish = intent(limit=100, symbol="MSFT")
        ids = await send(session, wish)
        await story.status(wish.ref, OrderStatus.WORKING)
        (old,) = first.backend.exchange.orders()
        await first.stop()
        await story.state("disconnected")
        story.events.clear()
        async with running_gateway(port=first.port) as second, started_client(second, 7) as other:
            reference = f"ibtui/you/{wish.ref}" if clone else ""
            other.place(ids[wish.ref], totalQuantity=50, orderRef=reference)
            await other.until("commissionReport")
            (new,) = second.backend.exchange.completed()
            assert new.perm_id == old.perm_id
            await story.state("active")
            truth = await session.reconcile()
        (foreign,) = truth.completed
        assert (foreign.owner, foreign.symbol, int(foreign.filled)) == ("other", "AAPL", 50)
        assert {fill.owner for fill in truth.fills} == {"other"}
        assert OrderStatus.FILLED not in story.statuses(wish.ref)
        assert [event.text for event in story.of(Doubted) if wish.ref in event.text]
