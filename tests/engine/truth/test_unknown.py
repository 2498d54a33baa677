"""How long an order stays UNKNOWN: as long as there is no proof, however often the engine was started meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from ibtui.domain.order import OrderStatus
from tests.engine.followed import on_stage, status
from tests.exits.stage import CON_IDS, Stage

PLACE = 3


async def lost(stage: Stage, line: str) -> str:
    """An order that leaves the engine and never reaches IB."""
    undo = stage.gateway.faults.swallow(PLACE)
    (order,) = (await stage.driver.do(line)).orders
    undo()
    return order.ref


async def restart(stage: Stage) -> None:
    await stage.stop()
    await stage.start()


@pytest.mark.parametrize("starts", [1, 2, 3])
def test_an_order_that_never_arrived_is_settled_as_fast_after_every_start(tmp_path: Path, starts: int) -> None:
    async def test(stage: Stage) -> None:
        ref = await lost(stage, "buy 5 TSLA @ 340")
        for _ in range(starts):
            await restart(stage)
            await stage.passes(2)
            assert await status(stage, ref) is OrderStatus.UNKNOWN
        await stage.passes(20)
        assert await status(stage, ref) is OrderStatus.REJECTED

    on_stage(tmp_path, test)


def test_a_second_lost_order_is_settled_as_fast_as_the_first_beside_one_that_stays_unknown(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        (gone,) = (await stage.driver.do("buy 1 MSFT @ 390")).orders
        (report,) = stage.open_orders()
        stage.exchange.forget(report.perm_id)
        await stage.reconcile()
        await stage.passes(300)  # by now it is asked about once a minute
        stage.exchange.set_book(CON_IDS["TSLA"], bid=391.6, ask=391.7, bid_size=100, ask_size=100)
        stage.tell()
        await stage.passes(1)
        ref = await lost(stage, "buy 5 TSLA @ 340")
        await stage.passes(0.1)
        asked = [m for m in stage.wire.received if m.name == "reqPositions"]
        await stage.passes(25)
        asked = [m for m in stage.wire.received if m.name == "reqPositions"][len(asked) :]
        assert len(asked) >= 2
        assert await status(stage, gone.ref) is await status(stage, ref) is OrderStatus.UNKNOWN

    on_stage(tmp_path, test)
