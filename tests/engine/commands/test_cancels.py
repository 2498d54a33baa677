"""Cancels are followed to their end: at IB's message limit, on dead links, over lost servers and connections."""

from __future__ import annotations

import asyncio
import errno
import itertools
import re
from pathlib import Path
from typing import Any

import pytest

import ibtui
from ibtui.cli.exits import status_of
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import OrderStatus
from ibtui.engine.journal import safety_copies
from ibtui.link.messages import Outcome
from tests.engine.followed import entries, on_stage, status
from tests.exits.stage import CLIENT, CON_IDS, Message, Stage

CANCEL, PLACE, REQ_POSITIONS = 4, 3, 61
OPEN_ORDER, ORDER_STATUS = 5, 3
EXCEEDED = "Max rate of messages per second has been exceeded:max=50 rec=51 (1)"
IB = 50
"""Messages in any second that IB takes."""


def live(stage: Stage) -> int:
    """Working orders at the exchange."""
    return len(stage.open_orders())


def cancels(stage: Stage) -> list[Message]:
    """Every cancel that the engine wrote."""
    return [message for message in stage.wire.received if message.name == "cancelOrder"]


def most_in_a_second(stage: Stage) -> int:
    times = [message.time for message in stage.wire.received if message.client == CLIENT]
    return max(sum(first <= time < first + 1.0 for time in times) for first in times)


@pytest.mark.parametrize("count", [83, 100])
def test_a_halt_at_the_message_limit_counts_what_is_sent_and_goes_on_until_all_are_confirmed(
    tmp_path: Path, count: int
) -> None:
    async def test(stage: Stage) -> None:
        await entries(stage, count)
        assert live(stage) == count
        outcome = await stage.driver.do("halt", wait=False)
        first = re.match(
            rf"halted: {count} cancels: (\d+) sent, \d+ confirmed; (\d+) wait for IB's message limit;", outcome.message
        )
        assert first, outcome.message
        assert int(first[1]) + int(first[2]) == count
        assert outcome.answered
        await stage.passes(0.5)
        session = stage.driver.session
        assert session is not None
        assert session.cancelling.asked == count
        assert 0 < session.cancelling.confirmed < count
        assert session.queued > 0
        await stage.passes(5)
        assert live(stage) == 0
        assert most_in_a_second(stage) <= IB
        assert not stage.driver.logged("(100)")
        assert len(cancels(stage)) == count
        await stage.driver.said(f"{count} of {count} cancels confirmed")
        session = stage.driver.session
        assert session is not None
        assert (session.cancelling.asked, session.queued) == (0, 0)

    on_stage(tmp_path, test, pacing=True)


def test_a_halt_that_waits_answers_when_all_are_confirmed(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await entries(stage, 83)
        began = stage.clock.monotonic()
        outcome = await stage.driver.do("halt")
        assert stage.clock.monotonic() - began < 2.5  # two seconds' worth of messages, and no more
        assert outcome.message == "halted: 83 cancels sent, 83 confirmed; 0 protective stops stay"
        assert outcome.answered
        assert {order.status for order in outcome.orders} == {OrderStatus.CANCELLED}
        assert live(stage) == 0

    on_stage(tmp_path, test, pacing=True)


def test_cancel_all_confirms_every_one_and_never_cancels_globally(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        refs = await entries(stage, 49)
        outcome = await stage.driver.do("cancel all")
        assert outcome.message == "49 cancels sent, 49 confirmed"
        assert sorted(order.ref for order in outcome.orders) == sorted(refs)
        assert outcome.answered
        assert live(stage) == 0
        assert "reqGlobalCancel" not in {message.name for message in stage.wire.received}

    on_stage(tmp_path, test, pacing=True)


def test_nothing_of_the_program_asks_for_a_global_cancel() -> None:
    """It would also cancel protective stops, orders placed in TWS and orders of other programs."""
    house = Path(ibtui.__file__).parent
    rooms = [room for room in house.iterdir() if room.is_dir() and room.name not in ("gateway", "exchange")]
    sources = [source for room in rooms for source in room.rglob("*.py")]
    assert len(sources) > 100
    assert [str(source) for source in sources if "reqGlobalCancel" in source.read_text()] == []


def test_on_a_dead_link_nothing_is_said_to_be_cancelled_and_the_cancel_follows(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (ref,) = await entries(stage, 1)
        stage.gateway.faults.freeze()
        await stage.passes(0.3)
        outcome = await stage.driver.do("halt")
        assert not outcome.answered
        assert outcome.message.startswith("halted: 1 cancel sent, 0 confirmed; 1 not confirmed")
        assert ref in outcome.message
        await stage.passes(10)
        assert (await stage.driver.status()).connection.state != "active"
        stage.gateway.faults.thaw()
        await stage.passes(30)
        assert await status(stage, ref) is OrderStatus.CANCELLED
        assert live(stage) == 0

    on_stage(tmp_path, test)


def test_a_cancel_that_ib_never_answers_is_asked_again_less_and_less_often(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (ref,) = await entries(stage, 1)
        undo = stage.gateway.faults.swallow(CANCEL)
        outcome = await stage.driver.do(f"cancel {ref}")
        assert not outcome.answered
        assert (
            outcome.message
            == f"1 cancel sent, 0 confirmed; 1 not confirmed ({ref}): IB has not answered; asked again until it does"
        )
        await stage.passes(190)
        times = [message.time for message in cancels(stage)]
        pauses = [round(later - earlier) for earlier, later in itertools.pairwise(times)]
        assert pauses == [3, 5, 10, 20, 30, 60, 60]
        await stage.driver.said("1 cancel asked again; 0 of 1 confirmed")
        undo()
        await stage.passes(61)
        assert await status(stage, ref) is OrderStatus.CANCELLED

    on_stage(tmp_path, test)


def test_a_cancel_that_meets_error_100_is_asked_again_and_orders_are_never_sent_again(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await entries(stage, 3, ("AAPL",))
        undo = stage.gateway.faults.deny(100, EXCEEDED, CANCEL, PLACE)
        order = asyncio.create_task(stage.driver.do("buy 7 TSLA @ 380"))
        await stage.passes(0.1)
        outcome = await stage.driver.do("cancel AAPL", wait=False)
        assert outcome.message == "3 cancels: 0 sent, 0 confirmed; 3 wait for IB's message limit"
        await stage.passes(1.5)
        assert (len(cancels(stage)), live(stage)) == (3, 3)
        undo()
        await stage.passes(1.5)
        assert (len(cancels(stage)), live(stage)) == (6, 0)
        sent = (await order).orders[0]
        await stage.passes(1)
        assert await status(stage, sent.ref) is OrderStatus.UNKNOWN
        await stage.passes(60)
        assert await status(stage, sent.ref) is OrderStatus.UNKNOWN
        assert [message.name for message in stage.wire.received].count("placeOrder") == 4

    on_stage(tmp_path, test)


@pytest.mark.parametrize("code", [1100, 2110])
def test_without_ibs_servers_a_halt_sends_its_cancels_to_tws_at_once(tmp_path: Path, code: int) -> None:
    async def test(stage: Stage) -> None:
        (ref,) = await entries(stage, 1)
        stage.gateway.faults.outage(code)
        await stage.driver.until(lambda s: s.connection.state == "disconnected")
        with pytest.raises(IbtuiError) as refused:
            await stage.driver.do("buy 1 MSFT @ 390")
        assert refused.value.code == "not_connected"
        outcome = await stage.driver.do("halt", wait=False)
        assert outcome.message.startswith("halted: 1 cancel sent, 0 confirmed")
        await stage.passes(0.1)
        assert len(cancels(stage)) == 1
        assert live(stage) == 1
        stage.gateway.faults.recover(1102)
        await stage.passes(5)
        assert await status(stage, ref) is OrderStatus.CANCELLED

    on_stage(tmp_path, test)


@pytest.mark.parametrize("restored", [1101, 1102])
def test_what_tws_lost_while_it_had_no_servers_is_asked_again(tmp_path: Path, restored: int) -> None:
    async def test(stage: Stage) -> None:
        await entries(stage, 2)
        stage.gateway.faults.error(1100, "Connectivity between IB and Trader Workstation has been lost.")
        undo = stage.gateway.faults.swallow(CANCEL)
        await stage.driver.do("cancel all", wait=False)
        await stage.passes(1)
        undo()
        stage.gateway.faults.error(restored, "restored")
        await stage.passes(1)
        assert live(stage) == 0
        assert len(cancels(stage)) == 4

    on_stage(tmp_path, test)


@pytest.mark.parametrize("line", ["cancel all", "cancel AAPL", "cancel {ref}"])
def test_without_a_connection_a_cancel_is_refused_and_says_so(tmp_path: Path, line: str) -> None:
    async def test(stage: Stage) -> None:
        (ref,) = await entries(stage, 1)
        await stage.gateway.faults.refuse()
        stage.gateway.faults.drop()
        await stage.driver.until(lambda s: s.connection.state != "active")
        with pytest.raises(IbtuiError, match="nothing was cancelled") as refused:
            await stage.driver.do(line.format(ref=ref))
        assert status_of(refused.value.code) == 4
        await stage.gateway.faults.accept()
        await stage.passes(60)
        assert live(stage) == 1

    on_stage(tmp_path, test)


def test_a_cancel_outlives_the_connection_it_was_asked_on(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        refs = await entries(stage, 60)
        undo = stage.gateway.faults.swallow(CANCEL)
        await stage.driver.do("cancel all", wait=False)
        stage.gateway.faults.drop()  # with some of them still in the lane
        undo()
        await stage.passes(30)
        assert live(stage) == 0
        assert await status(stage, refs[-1]) is OrderStatus.CANCELLED
        assert most_in_a_second(stage) <= IB

    on_stage(tmp_path, test, pacing=True)


def test_an_order_that_fills_before_its_cancel_is_told_so(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        ref, other = await entries(stage, 2, ("AAPL", "MSFT"))
        undo = stage.gateway.faults.swallow(CANCEL)
        asked = asyncio.create_task(stage.driver.do("cancel all"))
        await stage.passes(0.1)
        stage.exchange.set_book(CON_IDS["AAPL"], bid=179.0, ask=179.1, bid_size=100, ask_size=100)
        stage.tell()
        undo()
        outcome = await asked
        assert outcome.message == f"2 cancels sent, 1 confirmed; {ref} filled before its cancel"
        assert outcome.answered
        assert await status(stage, other) is OrderStatus.CANCELLED
        await stage.driver.said(f"{ref} filled before its cancel")

    on_stage(tmp_path, test)


def test_the_children_of_a_parent_that_fills_before_its_cancel_are_cancelled_themselves(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await stage.driver.do("buy 100 AAPL @ 180 tp 250 sl 150")
        undo = stage.gateway.faults.swallow(CANCEL)
        asked = asyncio.create_task(stage.driver.do("cancel all"))
        await stage.passes(0.1)
        stage.exchange.set_book(CON_IDS["AAPL"], bid=179.0, ask=179.1, bid_size=1000, ask_size=1000)
        stage.tell()
        undo()
        await asked
        await stage.passes(5)
        assert live(stage) == 0

    on_stage(tmp_path, test)


def test_an_order_that_vanished_ends_the_asking_and_stays_unknown(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (ref,) = await entries(stage, 1)
        (order,) = stage.open_orders()
        stage.exchange.forget(order.perm_id)
        outcome = await stage.driver.do(f"cancel {ref}")
        assert not outcome.answered
        assert outcome.orders[0].status is OrderStatus.UNKNOWN
        assert "IB shows it nowhere" in outcome.message
        await stage.passes(120)
        assert len(cancels(stage)) <= 2
        session = stage.driver.session
        assert session is not None
        assert session.cancelling.asked == 0

    on_stage(tmp_path, test)


def test_the_read_only_box_of_tws_is_named_and_leaves_the_order_as_it_was(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (ref,) = await entries(stage, 1)
        undo = stage.gateway.faults.deny(321, "The API interface is currently in Read-Only mode.", CANCEL)
        outcome = await stage.driver.do(f"cancel {ref}")
        assert outcome.message == (
            f"1 cancel sent, 0 confirmed; 1 not confirmed ({ref}): "
            "IB says: The API interface is currently in Read-Only mode. (321)"
        )
        assert await status(stage, ref) is OrderStatus.WORKING
        undo()
        await stage.passes(60)
        assert await status(stage, ref) is OrderStatus.CANCELLED

    on_stage(tmp_path, test)


def test_the_cancels_of_a_halt_do_not_wait_for_the_disk_and_its_answer_does(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await entries(stage, 1)
        journal = stage.driver.engine.parts.journal
        commit, disk = journal.commit, asyncio.Event()

        async def slow(*records: Any) -> None:
            await disk.wait()
            await commit(*records)

        journal.commit = slow  # type: ignore[method-assign]
        asked = asyncio.create_task(stage.driver.do("halt"))
        await stage.passes(5)
        assert live(stage) == 0
        assert not asked.done()
        disk.set()
        assert (await asked).message.startswith("halted: 1 cancel sent, 1 confirmed")

    on_stage(tmp_path, test)


def test_a_halt_that_cannot_be_saved_says_so_and_cancels_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "no space")

    async def test(stage: Stage) -> None:
        await entries(stage, 1)
        stage.driver.engine.parts.journal._connection.execute("PRAGMA query_only = ON")
        monkeypatch.setattr(safety_copies, "_put", full)
        with pytest.raises(IbtuiError, match="halted: 1 cancel sent") as refused:
            await stage.driver.do("halt")
        assert refused.value.code == "journal_failed"
        assert live(stage) == 0
        assert (await stage.driver.status()).state == "halted"

    on_stage(tmp_path, test)


def test_a_halt_without_a_connection_is_latched_and_its_cancels_follow(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await entries(stage, 2)
        await stage.gateway.faults.refuse()
        stage.gateway.faults.drop()
        await stage.driver.until(lambda s: s.connection.state != "active")
        outcome: Outcome = await stage.driver.do("halt")
        assert outcome.message == "halted; not connected: 2 entries are cancelled as soon as the connection is back"
        assert not outcome.answered
        await stage.gateway.faults.accept()
        await stage.passes(60)
        assert live(stage) == 0

    on_stage(tmp_path, test)


def test_orders_wait_behind_cancels_and_the_session_says_so(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await entries(stage, 80)
        await stage.driver.do("cancel all", wait=False)
        orders = [asyncio.create_task(stage.driver.do(f"buy 1 TSLA @ {380 - n}")) for n in range(20)]
        await stage.passes(0.5)
        assert stage.driver.session is not None
        assert stage.driver.session.queued >= 20
        await stage.driver.said("IB's message limit is reached")
        assert all(outcome.answered for outcome in await asyncio.gather(*orders))
        assert live(stage) == 20
        names = [m.name for m in stage.wire.received if m.client == CLIENT and m.name in ("placeOrder", "cancelOrder")]
        assert names[80:] == ["cancelOrder"] * 80 + ["placeOrder"] * 20
        assert most_in_a_second(stage) <= IB
        await stage.passes(1)
        assert stage.driver.session.queued == 0

    on_stage(tmp_path, test, pacing=True)


@pytest.mark.parametrize("line", ["cancel {ref}", "cancel all", "halt"])
def test_what_ib_has_not_listed_yet_is_cancelled_once_it_has(tmp_path: Path, line: str) -> None:
    async def test(stage: Stage) -> None:
        refs = await entries(stage, 2)
        undo = stage.gateway.faults.swallow(REQ_POSITIONS)  # the reconcile hangs before it asks for orders
        told = stage.gateway.faults.suppress(OPEN_ORDER, ORDER_STATUS)
        stage.gateway.faults.drop()
        await stage.driver.until(lambda s: s.connection.state == "disconnected")
        await stage.driver.until(lambda s: s.connection.state == "reconciling")
        outcome = await stage.driver.do(line.format(ref=refs[0]), wait=False)
        assert "IB has not listed it on this connection yet" in outcome.message
        assert live(stage) == 2
        told()
        undo()
        await stage.passes(30)
        assert live(stage) == (1 if "{ref}" in line else 0)

    on_stage(tmp_path, test)


def test_a_halt_counts_the_cancels_that_were_under_way_already(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        refs = await entries(stage, 2)
        undo = stage.gateway.faults.swallow(CANCEL)
        await stage.driver.do("cancel all", wait=False)
        outcome = await stage.driver.do("halt", wait=False)
        assert outcome.message.startswith(f"halted: 2 cancels sent, 0 confirmed; 2 not confirmed ({', '.join(refs)})")
        assert len(cancels(stage)) == 2
        undo()
        await stage.passes(5)
        assert live(stage) == 0

    on_stage(tmp_path, test)


def test_a_child_goes_with_its_parent_without_a_cancel_of_its_own(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        await stage.driver.do("buy 100 AAPL @ 180 tp 250 sl 150")
        began = stage.clock.monotonic()
        outcome = await stage.driver.do("cancel all")
        assert stage.clock.monotonic() - began < 0.5
        assert outcome.message == "1 cancel sent, 1 confirmed"
        assert [order.status for order in outcome.orders] == [OrderStatus.CANCELLED] * 3
        await stage.passes(10)
        assert len(cancels(stage)) == 1

    on_stage(tmp_path, test)


def test_the_exits_of_a_parent_that_fills_before_its_own_cancel_stay_and_are_not_waited_for(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        parent, _, stop = (await stage.driver.do("buy 100 AAPL @ 180 tp 250 sl 150")).orders
        undo = stage.gateway.faults.swallow(CANCEL)
        asked = asyncio.create_task(stage.driver.do(f"cancel {parent.ref}"))
        await stage.passes(0.1)
        stage.exchange.set_book(CON_IDS["AAPL"], bid=179.0, ask=179.1, bid_size=1000, ask_size=1000)
        stage.tell()
        undo()
        outcome = await asked
        assert outcome.message == f"1 cancel sent, 0 confirmed; {parent.ref} filled before its cancel"
        assert outcome.answered
        assert await status(stage, stop.ref) is OrderStatus.WORKING
        await stage.passes(10)
        assert live(stage) == 2

    on_stage(tmp_path, test)


def test_the_stop_of_what_a_parent_bought_stays_in_a_halt_and_is_counted(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        stage.exchange.set_book(CON_IDS["AAPL"], bid=180.0, ask=180.1, bid_size=100, ask_size=100)
        await stage.driver.do("buy 300 AAPL @ 180.10 tp 250 sl 150")
        await stage.driver.until(lambda s: any(int(order.filled) == 100 for order in s.orders))
        outcome = await stage.driver.do("halt")
        assert outcome.answered
        assert "1 cancel sent, 1 confirmed" in outcome.message
        assert outcome.message.endswith("1 protective stop stays")
        assert sorted(int(order.quantity) for order in outcome.orders if order.live) == [100, 100]

    on_stage(tmp_path, test)
