"""Settling UNKNOWN orders by hand: only what IB no longer knows, kept over restarts, and IB's word still counts."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ibtui.commands.command import Settle
from ibtui.commands.grammar import parse
from ibtui.domain.event import OrderMoved
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order, OrderStatus
from ibtui.domain.text.sanitize import sanitize
from ibtui.engine.commands.settling import LONGEST
from tests.engine.followed import entries, on_stage, status
from tests.exits.stage import CON_IDS, Stage

PLACE, OPEN_ORDER, ORDER_STATUS, COMPLETED = 3, 5, 3, 101
EXECUTION, COMMISSION = 11, 59


async def refused(stage: Stage, line: str) -> IbtuiError:
    with pytest.raises(IbtuiError) as error:
        await stage.driver.do(line)
    return error.value


async def vanished(stage: Stage) -> str:
    """An order that IB acknowledged and then shows nowhere."""
    (ref,) = await entries(stage, 1)
    (order,) = stage.open_orders()
    stage.exchange.forget(order.perm_id)
    await stage.driver.engine.parts.session.reconcile()
    assert await status(stage, ref) is OrderStatus.UNKNOWN
    return ref


async def known(stage: Stage, ref: str) -> Order:
    return next(order for order in (await stage.driver.status()).orders if order.ref == ref)


def test_a_person_ends_it_with_a_reason_that_outlives_the_engine(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        ref = await vanished(stage)
        outcome = await stage.driver.do(f"settle {ref[:6]} gone from TWS,\x1b flat " + "x" * 250)
        reason = sanitize("gone from TWS, flat " + "x" * 250, LONGEST)
        assert outcome.answered
        assert outcome.message == f"{ref} is ended, outcome unknown; settled by hand: {reason}"
        order = await known(stage, ref)
        assert (order.status, order.reason) == (OrderStatus.ENDED, f"settled by hand: {reason}")
        assert not order.live
        await stage.driver.said(f"ended, outcome unknown: settled by hand: {reason}")
        await stage.driver.do("buy 1 AAPL @ 180.00")  # it stands in no order's way any more
        await stage.passes(70)
        assert await status(stage, ref) is OrderStatus.ENDED
        await stage.stop()
        await stage.start()
        assert (await known(stage, ref)).reason == f"settled by hand: {reason}"

    on_stage(tmp_path, test)


def test_what_ib_may_still_know_is_not_settled(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (ref,) = await entries(stage, 1)
        error = await refused(stage, f"settle {ref} a reason")
        assert (error.code, "only an UNKNOWN order" in error.message) == ("not_settled", True)
        gateway = stage.gateway.faults
        gateway.swallow(PLACE)
        silence = gateway.suppress(53)  # no list of open orders ends: no complete answer
        (order,) = (await stage.driver.do("buy 1 MSFT @ 390")).orders
        await stage.passes(1)
        assert await status(stage, order.ref) is OrderStatus.UNKNOWN
        await stage.driver.until(lambda s: s.connection.state == "active", within=60)
        error = await refused(stage, f"settle {order.ref} a reason")
        assert (error.code, "IB may still know" in error.message) == ("not_settled", True)
        silence()
        await stage.passes(60)
        await stage.driver.do(f"settle {order.ref} a reason")

    on_stage(tmp_path, test)


def test_a_proof_of_an_earlier_connection_and_no_connection_prove_nothing(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        ref = await vanished(stage)
        await stage.gateway.faults.refuse()
        stage.gateway.faults.drop()
        await stage.driver.until(lambda s: s.connection.state != "active")
        assert (await refused(stage, f"settle {ref} a reason")).code == "not_connected"
        await stage.gateway.faults.accept()
        await stage.driver.until(lambda s: s.connection.state == "active", within=60)
        state = stage.driver.engine.parts.state
        state.absent[ref].epoch -= 1  # as if this connection had not been complete
        assert (await refused(stage, f"settle {ref} a reason")).code == "not_settled"
        await stage.passes(61)
        await stage.driver.do(f"settle {ref} a reason")

    on_stage(tmp_path, test)


def test_a_late_order_and_a_late_fill_still_count_and_are_told_aloud(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (ref,) = await entries(stage, 1)
        quiet = stage.gateway.faults.suppress(OPEN_ORDER, ORDER_STATUS, COMPLETED, EXECUTION, COMMISSION)
        await stage.driver.engine.parts.session.reconcile()
        assert await status(stage, ref) is OrderStatus.UNKNOWN
        await stage.driver.do(f"settle {ref} nothing in TWS")
        quiet()
        await stage.driver.engine.parts.session.reconcile()
        assert await status(stage, ref) is OrderStatus.WORKING
        await stage.driver.said(f"{ref} was settled by hand: nothing in TWS; now IB says that it is working")
        stage.exchange.set_book(CON_IDS["AAPL"], bid=179.0, ask=179.1, bid_size=100, ask_size=100)
        stage.tell()
        await stage.passes(1)
        order = await known(stage, ref)
        assert (order.status, order.filled) == (OrderStatus.FILLED, Decimal(1))

    on_stage(tmp_path, test)


def test_it_is_answered_once_it_is_on_disk_and_that_ib_knows_nothing_is_no_news(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        ref = await vanished(stage)
        journal, disk = stage.driver.engine.parts.journal, asyncio.Event()
        commit, written = journal.commit, 0

        async def slow(*records: Any) -> None:
            nonlocal written
            written += 1
            if written == 2:  # the note is first, then the order as it was called
                await disk.wait()
            await commit(*records)

        journal.commit = slow  # type: ignore[method-assign]
        settling = asyncio.create_task(stage.driver.do(f"settle {ref} a reason"))
        await stage.passes(1)
        assert not settling.done()
        disk.set()
        assert (await settling).answered
        stage.driver.engine.parts.state.apply(OrderMoved(ref=ref, status=OrderStatus.UNKNOWN, reason="no such order"))
        assert (await known(stage, ref)).reason == "settled by hand: a reason"

    on_stage(tmp_path, test)


def test_a_reason_is_needed() -> None:
    assert parse("settle abcd Seen Cancelled in TWS") == Settle(ref="abcd", reason="Seen Cancelled in TWS")
    with pytest.raises(IbtuiError, match="write settle REF REASON"):
        parse("settle abcd")
