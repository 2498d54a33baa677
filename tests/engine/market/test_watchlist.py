"""The watchlist over a real gateway: long lists, names that cost only themselves, and what a refusal leaves behind."""

from __future__ import annotations

import random
import string
from decimal import Decimal
from pathlib import Path

import pytest

from ibtui.broker.transport import pacing
from ibtui.engine.market import watchlist
from tests.broker.listing import DETAILS, list_another
from tests.engines import running_engine
from tests.gateways import running_gateway


async def test_a_typo_costs_its_own_name(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as driver:
        error = await driver.refused("watch NVDA NOSUCH TSLA")
        assert error.code == "unknown_symbol"
        assert error.message.startswith("Watching NVDA, TSLA, but not NOSUCH: IB knows no 'NOSUCH'")
        await driver.until(lambda status: {"NVDA", "TSLA"} <= {quote.symbol for quote in status.quotes})
        assert driver.engine.parts.state.watchlist == ("AAPL", "MSFT", "NVDA", "TSLA")


async def test_a_refused_name_holds_no_line_and_is_refused_again(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as driver:
        other = list_another(gateway, "META", "OTHER LISTING PLC", "LSE")
        before = driver.engine.parts.watchlist.lines
        for _ in range(2):
            error = await driver.refused("watch META")
            assert error.code == "ambiguous_symbol"
            assert f"META.{other} (OTHER LISTING PLC, LSE, USD)" in error.message
        assert (await driver.refused("buy 1 META @ market")).code == "ambiguous_symbol"
        assert driver.engine.parts.watchlist.lines == before


async def test_the_name_of_a_choice_is_its_name_after_a_restart(tmp_path: Path) -> None:
    async with running_gateway() as gateway:
        con_id = list_another(gateway, "META", "OTHER LISTING PLC", "LSE") - 1
        name = f"META.{con_id}"
        async with running_engine(tmp_path, gateway.port, watchlist=("AAPL",)) as driver:
            await driver.do(f"watch {name}")
        gateway.backend.exchange.transfer("DU1234567", con_id, Decimal(10), 600.0)
        async with running_engine(tmp_path, gateway.port, watchlist=("AAPL",)) as driver:  # it is met as a position
            status = await driver.until(lambda status: bool(status.positions))
            assert [(held.symbol, held.quantity) for held in status.positions] == [(name, Decimal(10))]
            assert driver.engine.parts.state.watchlist == ("AAPL", name)


async def test_a_long_list_of_typos_does_not_keep_a_name_that_exists_from_its_quotes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "SECOND", 0.05)
    chosen = random.Random(3)
    typos = ["".join(chosen.choices(string.ascii_uppercase, k=4)) for _ in range(140)]
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port, ready=False, watchlist=(*typos, "V", "NVDA")) as driver,
    ):
        await driver.until(lambda status: {"V", "NVDA"} <= {quote.symbol for quote in status.quotes})
        await driver.until(lambda _: driver.logged("140 names cannot be watched, IB knows none of them"))
        assert sum(entry.kind == "ERROR" for entry in driver.log) == 1
        gateway.faults.drop()
        await driver.until(lambda _: driver.logged("session disconnected"))
        driver.engine.parts.state.quotes.clear()
        await driver.until(lambda status: {"V", "NVDA"} <= {quote.symbol for quote in status.quotes})
        names = "140 names cannot be watched"
        await driver.until(lambda _: sum(names in entry.text for entry in driver.log) == 2)
        assert driver.engine.parts.watchlist.lines == 2


async def test_a_name_that_ib_did_not_answer_about_is_asked_for_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchlist, "AGAIN", (0.05,))
    async with running_gateway() as gateway:
        undo = gateway.faults.deny(322, "Error processing request.", DETAILS)
        async with running_engine(tmp_path, gateway.port, ready=False) as driver:
            await driver.until(lambda _: driver.logged("2 names cannot be watched yet, IB is asked for them again"))
            undo()
            await driver.until(lambda status: {"AAPL", "MSFT"} <= {quote.symbol for quote in status.quotes})


async def test_a_name_that_ib_does_not_know_gets_the_nearest_that_is_known(tmp_path: Path) -> None:
    async with running_gateway() as gateway, running_engine(tmp_path, gateway.port) as engine:
        assert (await engine.refused("alert MSTF above 1")).message.endswith("; did you mean MSFT?")
        assert "did you mean" not in (await engine.refused("alert QQZZXX above 1")).message
