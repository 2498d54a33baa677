"""TWS without IB's servers, farms that are down, orders that TWS holds back: as the engine shows and trades them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import HELD_BEFORE, Order, OrderStatus
from tests.engine.followed import entries, on_stage, status
from tests.exits.stage import CON_IDS, Stage

ERROR = 4
SIZE = "The following order size exceeds the Size Limit of 500."


async def shown(stage: Stage, ref: str) -> Order:
    return next(order for order in (await stage.driver.status()).orders if order.ref == ref)


async def connection(stage: Stage) -> str:
    return (await stage.driver.status()).connection.state


def placed(stage: Stage) -> int:
    return [message.name for message in stage.wire.received].count("placeOrder")


@pytest.mark.parametrize("code", [1100, 2110])
def test_heartbeats_alone_never_end_a_lost_connection(tmp_path: Path, code: int) -> None:
    async def test(stage: Stage) -> None:
        stage.gateway.faults.outage(code)
        await stage.passes(120)
        assert await connection(stage) == "disconnected"
        with pytest.raises(IbtuiError) as refused:
            await stage.driver.do("buy 1 MSFT @ 390")
        assert refused.value.code == "not_connected"
        assert placed(stage) == 0
        stage.gateway.faults.recover(1102)
        await stage.passes(3)
        assert await connection(stage) == "active"

    on_stage(tmp_path, test)


@pytest.mark.parametrize("code", [1100, 2110])
def test_a_word_that_got_lost_never_makes_a_lost_connection_last(tmp_path: Path, code: int) -> None:
    async def test(stage: Stage) -> None:
        (ref,) = await entries(stage, 1)
        stage.gateway.faults.outage(code)
        await stage.passes(1)
        undo = stage.gateway.faults.suppress(ERROR)
        stage.gateway.faults.recover(1102)
        await stage.passes(0.5)
        undo()
        assert await connection(stage) == "disconnected"
        await stage.passes(12)
        assert await connection(stage) == "active"
        assert await status(stage, ref) is OrderStatus.WORKING
        await stage.driver.do("buy 1 MSFT @ 390")

    on_stage(tmp_path, test)


def test_on_prices_of_a_farm_that_is_down_only_what_reduces_is_sent(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        stage.exchange.transfer("DU1234567", CON_IDS["AAPL"], Decimal(10), 187.0)
        await stage.driver.until(lambda s: bool(s.positions))
        stage.gateway.faults.farm("usfarm")
        await stage.passes(1)
        quote = next(quote for quote in (await stage.driver.status()).quotes if quote.symbol == "AAPL")
        assert quote.kind == "frozen"
        with pytest.raises(IbtuiError, match="frozen"):
            await stage.driver.do("buy 1 AAPL @ 187")
        await stage.driver.do("sell 1 AAPL @ 188")
        await stage.driver.said("Market data farm connection is broken:usfarm; wait; prices of it are shown stale")
        stage.gateway.faults.farm("usfarm", down=False)
        await stage.driver.until(lambda s: all(q.kind == "real-time" for q in s.quotes))
        await stage.driver.do("buy 1 AAPL @ 180")
        farms = [entry for entry in stage.driver.log if "farm" in entry.text]
        assert [entry.kind for entry in farms] == ["DATA", "INFO"]

    on_stage(tmp_path, test)


def test_an_order_that_a_precaution_holds_waits_and_is_not_lost(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        stage.gateway.faults.dialog(383, SIZE)
        (order,) = (await stage.driver.do("buy 1 MSFT @ 390")).orders
        assert order.status is OrderStatus.WAITING
        await stage.passes(90)
        held = await shown(stage, order.ref)
        assert held.status is OrderStatus.WAITING
        assert held.reason.startswith("held by TWS, a precaution: the size is too large (383); send or delete it")
        assert not any(entry.kind == "ERROR" and "MSFT" in entry.text for entry in stage.driver.log)
        stage.gateway.faults.click()
        await stage.passes(1)
        works = await shown(stage, order.ref)
        assert (works.status, works.reason) == (OrderStatus.WORKING, "")
        assert placed(stage) == 1

    on_stage(tmp_path, test)


def test_what_a_precaution_held_is_said_to_be_in_tws_after_another_connection_too(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        stage.gateway.faults.dialog(383, SIZE)
        (order,) = (await stage.driver.do("buy 1 MSFT @ 390")).orders
        stage.gateway.faults.drop()
        await stage.passes(60)
        held = await shown(stage, order.ref)
        assert (held.status, held.reason) == (OrderStatus.UNKNOWN, HELD_BEFORE)
        stage.gateway.faults.click()
        await stage.passes(60)
        works = await shown(stage, order.ref)
        assert (works.status, works.reason) == (OrderStatus.WORKING, "")
        assert placed(stage) == 1

    on_stage(tmp_path, test)


def test_an_order_behind_a_silent_dialog_says_where_to_click(tmp_path: Path) -> None:
    async def test(stage: Stage) -> None:
        stage.gateway.faults.dialog()
        (order,) = (await stage.driver.do("buy 1 MSFT @ 390")).orders
        assert order.status is OrderStatus.UNKNOWN
        assert "it may wait for a click in TWS" in order.reason
        await stage.passes(60)
        assert (await shown(stage, order.ref)).status is OrderStatus.UNKNOWN
        stage.gateway.faults.click()
        await stage.passes(1)
        assert await status(stage, order.ref) is OrderStatus.WORKING
        assert placed(stage) == 1

    on_stage(tmp_path, test)
