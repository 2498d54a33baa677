"""The gateway as other projects' tests use it: in a thread, in a process, by a program that knows nothing of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import asdict, astuple, fields

from ibtui.cli.main import gateway
from ibtui.domain.failure import IbtuiError
from ibtui.gateway.serving import ServeOptions
from ibtui.gateway.testing import OfflineGateway, _arguments, offline_gateway
from tests.clocks import PATIENCE
from tests.insync import IB, MarketOrder, Stock


async def trade(gateway: OfflineGateway) -> None:
    """Connect, buy at a price that is set, and see time pass only when told."""
    ib = IB()
    await ib.connectAsync(gateway.host, gateway.port, clientId=1, timeout=PATIENCE)
    assert ib.managedAccounts() == ["DU1", "DU2"]
    gateway.control.set_book("AAPL", bid=99.0, ask=100.0, bid_size=500, ask_size=500)
    trade = ib.placeOrder(Stock("AAPL", "SMART", "USD"), MarketOrder("BUY", 100, account="DU2"))
    gateway.control.advance(1)
    async with asyncio.timeout(PATIENCE):
        while not trade.isDone():
            await ib.updateEvent
    assert trade.orderStatus.avgFillPrice == 100.0
    ib.disconnect()


@pytest.mark.parametrize("process", [False, True], ids=["thread", "process"])
async def test_a_program_trades_and_time_is_ours(process: bool) -> None:
    with offline_gateway(process=process, step=True, accounts=("DU1", "DU2")) as gateway:
        began = gateway.control.time()
        await trade(gateway)
        assert (gateway.control.advance(59) - began).total_seconds() == 60
        first, second = gateway.control.snapshot()["accounts"]
        assert first["positions"] == []
        assert [held["symbol"] for held in second["positions"]] == ["AAPL"]


def test_controls_fail_with_a_sentence() -> None:
    with offline_gateway(step=True) as gateway:
        with pytest.raises(IbtuiError, match="Nothing is listed as 'NOPE'") as caught:
            gateway.control.set_price("NOPE", 1.0)
        assert caught.value.code == "unknown_symbol"
        gateway.control.fault("drop")
        gateway.control.error(1102, "Connectivity has been restored.")
        gateway.control.headline("Nothing happened")
        gateway.control.release("AAPL")


def test_a_process_is_told_every_option() -> None:
    """One that the command line does not know would keep the gateway from its start."""
    start = datetime(2026, 11, 2, 15, tzinfo=UTC)
    options = ServeOptions(
        host="localhost",
        port=4321,
        seed=3,
        start=start,
        replay=("a.csv", "b.csv"),
        instruments={"ZZ": "FUT USD 1000 0.01 NYMEX"},
        accounts=("DU1", "DU2:EUR:cash"),
        cash=5.0,
        speed=2.0,
        step=True,
        pacing=True,
        read_only=True,
        master_client=9,
        control="0",
        json_log=True,
        stress=1.5,
        hours="real",
        state="kept.json",
    )
    assert all(value != field.default for field, value in zip(fields(ServeOptions), astuple(options), strict=True))
    expected = asdict(options) | {"start": start.replace(tzinfo=None), "tied": False}
    expected |= {"given": ("ZZ=FUT USD 1000 0.01 NYMEX",), "account": "DU1,DU2:EUR:cash"}
    del expected["instruments"], expected["accounts"]
    assert gateway.make_context("gateway", list(_arguments(options))).params == expected


def test_port_in_use_is_said_at_the_start() -> None:
    with (
        offline_gateway(step=True) as first,
        pytest.raises(IbtuiError, match="in use"),
        offline_gateway(step=True, port=first.port),
    ):
        pass


def test_a_replay_drives_its_instrument_and_begins_where_it_does(tmp_path: Path) -> None:
    file = tmp_path / "bars.csv"
    file.write_text(
        "symbol,time,open,high,low,close,volume\n"
        "AAPL,2024-03-04 09:30:00,170,171,169,170.5,100000\n"
        "AAPL,2024-03-04 09:31:00,170.5,172,170,171.5,120000\n"
    )
    with offline_gateway(step=True, replay=(str(file),)) as gateway:
        assert gateway.control.time().isoformat() == "2024-03-04T14:30:00+00:00"
        gateway.control.advance(60)
        assert gateway.control.snapshot()["now"].startswith("2024-03-04T14:31:00")


def test_what_is_no_account_is_said_at_the_start() -> None:
    with pytest.raises(IbtuiError, match="is no account") as caught, offline_gateway(accounts=("DU1:XXX",)):
        pass
    assert caught.value.code == "usage"
