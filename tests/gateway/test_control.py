"""The control socket: every command does what it says, and what is no command ends the connection."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ibtui.domain.failure import IbtuiError
from ibtui.gateway import control as control_module
from ibtui.gateway.control import ControlSocket
from ibtui.gateway.running.peers import trusted
from ibtui.gateway.server import Gateway
from ibtui.gateway.serving import ServeOptions, running
from ibtui.gateway.wire import requests, research
from tests.clocks import PATIENCE
from tests.gateway.raw import AAPL, RawClient, raw_client, started_client


class Line:
    """A test's end of the socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self, **command: Any) -> dict[str, Any]:
        self.writer.write(json.dumps(command).encode() + b"\n")
        line = await asyncio.wait_for(self.reader.readline(), PATIENCE)
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def result(self, do: str, **fields: Any) -> Any:
        answer = await self.answer(do=do, **fields)
        assert set(answer) == {"result"}, answer
        return answer["result"]

    async def refused(self, do: str, **fields: Any) -> str:
        answer = await self.answer(do=do, **fields)
        code: str = answer["error"]["code"]
        return code


@pytest.fixture
async def gateway() -> AsyncIterator[tuple[Gateway, Line]]:
    async with running(ServeOptions(step=True, control="0")) as (gateway, control):
        assert control is not None
        host, _, port = control.address.rpartition(":")
        line = Line(*await asyncio.open_connection(host, int(port)))
        yield gateway, line
        line.writer.close()


async def test_time_moves_as_told(gateway: tuple[Gateway, Line]) -> None:
    _, line = gateway
    assert await line.result("time") == "2026-06-15T14:00:00Z"
    assert await line.result("advance", seconds=61.5) == "2026-06-15T14:01:01.500000Z"
    assert await line.refused("advance", seconds=-1) == "bad_value"
    assert await line.refused("advance", seconds=1e9) == "bad_value"


async def test_prices_orders_and_snapshot(gateway: tuple[Gateway, Line]) -> None:
    served, line = gateway
    await line.result("set_book", symbol="AAPL", bid=99.0, ask=100.0, bid_size=500, ask_size=500)
    async with started_client(served, 3) as client:
        client.place(1)
        await client.one("orderStatus", status="Submitted")
        await line.result("advance", seconds=2)
        await client.one("orderStatus", status="Filled")
        client.place(2, orderType="LMT", lmtPrice=95)
        await client.one("orderStatus", status="Submitted")
        seen = await line.result("snapshot")
        assert seen["clients"] == [3]
        (held,) = seen["accounts"][0]["positions"]
        assert (held["symbol"], held["quantity"]) == ("AAPL", 100)
        working, filled = seen["orders"]
        assert (working["status"], working["limit_price"], working["average_price"]) == ("Submitted", 95, None)
        assert (filled["status"], filled["average_price"], filled["client"]) == ("Filled", 100, 3)
        await line.result("set_price", symbol="AAPL", price=94.0)
        await client.one("orderStatus", status="Filled", orderId=2)
        await line.result("release", symbol="AAPL")


async def test_error_and_headline(gateway: tuple[Gateway, Line]) -> None:
    served, line = gateway
    async with started_client(served) as client:
        await line.result("error", code=1100, text="Connectivity between IB and TWS has been lost.")
        assert (await client.one("error"))["errorCode"] == 1100
    before = served.backend.exchange.tick(265598)
    article = await line.result("headline", text="Apple is up", symbols=["AAPL"], impact=0.1)
    assert article.startswith("BRFG")
    assert served.backend.exchange.tick(265598).bid > 1.05 * before.bid


async def test_an_order_by_hand(gateway: tuple[Gateway, Line]) -> None:
    _, line = gateway
    await line.result("set_book", symbol="AAPL", bid=99.0, ask=100.0, bid_size=500, ask_size=500)
    number = await line.result("order", symbol="AAPL", side="BUY", quantity=100)
    await line.result("order", symbol="AAPL", side="SELL", quantity=50, type="LMT", limit_price=120.5, tif="GTC")
    working, filled = (await line.result("snapshot"))["orders"]
    assert (working["limit_price"], working["status"], working["client"]) == (120.5, "Submitted", 0)
    assert (filled["perm_id"], filled["status"], filled["order_id"]) == (number, "Filled", 0)
    assert await line.refused("order", symbol="AAPL", side="BUY", quantity=1, type="LMT") == "321"


async def test_corporate_actions_bulletins_and_borrowing(gateway: tuple[Gateway, Line]) -> None:
    served, line = gateway
    exchange = served.backend.exchange
    await line.result("set_book", symbol="AAPL", bid=99.0, ask=100.0, bid_size=500, ask_size=500)
    await line.result("release", symbol="AAPL")
    async with started_client(served, 3) as client:
        await line.result("dividend", symbol="AAPL", amount=1.0)
        assert exchange.tick(265598).bid == pytest.approx(98.0, abs=0.8)
        await line.result("split", symbol="AAPL", ratio=2)
        assert exchange.tick(265598).bid == pytest.approx(49.0, abs=0.5)
        await line.result("dividend", symbol="MSFT", amount=0.5, on="2026-06-16")
        assert exchange.dividends(272093, date(2026, 6, 16), date(2026, 6, 17)) == [(date(2026, 6, 16), 0.5)]
        assert await line.refused("dividend", symbol="EUR.USD", amount=1.0) == "321"
        assert await line.refused("split", symbol="NOSUCH", ratio=2) == "unknown_symbol"
        await line.result("borrowable", symbol="AAPL", borrowable=False)
        client.place(1, action="SELL")
        assert (await client.one("orderStatus"))["whyHeld"] == "locate"
        client.send(research.REQ_NEWS_BULLETINS, allMsgs=True)
        assert await line.result("bulletin", text="Closed early", kind=2, exchange="NYSE") == 1
        assert (await client.one("updateNewsBulletin"))["message"] == "Closed early"


async def test_halted_delayed_forgotten_and_delivered(gateway: tuple[Gateway, Line]) -> None:
    served, line = gateway
    exchange = served.backend.exchange
    await line.result("set_book", symbol="AAPL", bid=99.0, ask=100.0, bid_size=500, ask_size=500)
    await line.result("transfer", symbol="AAPL", quantity=1.5, price=90)
    await line.result("transfer", symbol="EUR.USD", quantity=1234.56)
    held = {each.con_id: each.quantity for each in exchange.account("DU1234567").positions.values()}
    assert sorted(map(str, held.values())) == ["1.5", "1234.56"]
    await line.result("delay", symbol="MSFT")
    async with started_client(served, 3) as client:
        client.send(requests.REQ_MARKET_DATA_TYPE, marketDataType=3)
        msft = AAPL | {"conId": 272093, "symbol": "MSFT"}
        client.send(requests.REQ_MKT_DATA, **_wanted(1, AAPL))
        client.send(requests.REQ_MKT_DATA, **_wanted(2, msft))
        assert (await client.one("marketDataType", reqId=2))["marketDataType"] == 3
        await line.result("halt_trading", symbol="AAPL")
        await client.one("tickGeneric", reqId=1, tickType=49, value=1.0)
        client.place(1)
        await client.one("orderStatus", orderId=1, status="Submitted")
        await line.result("advance", seconds=3)
        assert exchange.orders()[0].filled == 0
        await line.result("halt_trading", symbol="AAPL", halted=False)
        await client.one("tickGeneric", reqId=1, tickType=49, value=0.0)
        await client.one("orderStatus", orderId=1, status="Filled")
        client.place(2, orderType="LMT", lmtPrice=50)
        number = (await client.one("orderStatus", orderId=2))["permId"]
        await line.result("forget", order=number)
        client.send(requests.REQ_OPEN_ORDERS)
        assert [m.name for m in await client.until("openOrderEnd")][-1:] == ["openOrderEnd"]
        client.send(requests.CANCEL_ORDER, orderId=2, manualCancelOrderTime="")
        assert (await client.one("error", reqId=2))["errorCode"] == 10147


def _wanted(number: int, contract: dict[str, Any]) -> dict[str, Any]:
    """The fields of reqMktData."""
    options = {"genericTickList": "", "snapshot": False, "regulatorySnapshot": False, "mktDataOptions": ""}
    return contract | options | {"reqId": number}


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "suppress", "messages": [49]},
        {"name": "mute", "messages": [1]},
        {"name": "duplicate", "messages": [49]},
        {"name": "reverse", "messages": [49]},
        {"name": "swallow", "messages": [49]},
        {"name": "freeze"},
        {"name": "thaw"},
        {"name": "refuse"},
        {"name": "accept"},
        {"name": "roll_back", "client": 1, "count": 2},
        {"name": "deny", "code": 100, "text": "Max rate of messages per second has been exceeded"},
        {"name": "outage", "code": 2110},
        {"name": "recover", "code": 1101},
        {"name": "dialog", "code": 383, "text": "The size exceeds the Size Limit of 500."},
        {"name": "click", "send": False},
        {"name": "farm_down", "text": "usfarm"},
        {"name": "farm_up"},
        {"name": "drop"},
    ],
    ids=lambda fault: str(fault["name"]),
)
async def test_every_fault_can_be_had_and_undone(gateway: tuple[Gateway, Line], fault: dict[str, Any]) -> None:
    served, line = gateway
    await line.result("fault", **fault)
    if fault["name"] == "refuse":
        await line.result("fault", name="accept")
    await line.result("fault", name="reset")
    async with started_client(served, 5) as client:
        client.send_fields(49, 1)
        await client.one("currentTime")


async def test_drop_cuts_clients_off(gateway: tuple[Gateway, Line]) -> None:
    served, line = gateway
    async with raw_client(served) as client:
        await client.hello()
        await line.result("fault", name="drop")
        with pytest.raises(ConnectionError):
            await _closed(client)


async def _closed(client: RawClient) -> None:
    if await client.message() is None:
        raise ConnectionResetError


async def test_an_option_is_named_by_its_local_symbol(gateway: tuple[Gateway, Line]) -> None:
    _, line = gateway
    await line.result("halt_trading", symbol="SPY   261218C00670000")
    assert await line.refused("halt_trading", symbol="SPY   261218C00670001") == "unknown_symbol"


async def test_what_cannot_be_done_is_said(gateway: tuple[Gateway, Line]) -> None:
    _, line = gateway
    assert await line.refused("set_price", symbol="NOPE", price=1) == "unknown_symbol"
    assert await line.refused("set_price", symbol="AAPL", price=-1) == "bad_value"
    assert await line.refused("fault", name="earthquake") == "bad_value"
    assert await line.refused("fault", name="outage", code=1102) == "bad_value"
    assert await line.refused("forget", order=1) == "10147"
    assert set(await line.result("help")) >= {"advance", "set_price", "fault", "snapshot"}


@pytest.mark.parametrize(
    "rubbish",
    [b"GET / HTTP/1.1\r\n", b"{}\n", b'{"do": "dance"}\n', b'{"do": "time", "zone": 1}\n', b"x" * 100_000 + b"\n"],
)
async def test_what_is_no_command_ends_the_connection(gateway: tuple[Gateway, Line], rubbish: bytes) -> None:
    _, line = gateway
    line.writer.write(rubbish)
    said = await asyncio.wait_for(line.reader.read(), PATIENCE)
    assert said == b"" or json.loads(said)["error"]["code"] == "bad_command"


@pytest.fixture
async def stranger(gateway: tuple[Gateway, Line], monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Line, str]]:
    """A line of another user to a gateway's port, and the gateway's token."""
    async with ControlSocket(gateway[0], "0") as control:
        monkeypatch.setattr(control_module, "trusted", lambda peer, here: False)
        host, _, port = control.address.rpartition(":")
        line = Line(*await asyncio.open_connection(host, int(port)))
        yield line, control.token
        line.writer.close()


async def test_another_user_gives_the_token_first(stranger: tuple[Line, str]) -> None:
    line, token = stranger
    assert len(token) >= 32
    assert await line.result("token", token=token) is None
    assert await line.result("time") == "2026-06-15T14:00:00Z"


@pytest.mark.parametrize("said", [{"do": "time"}, {"do": "token", "token": "guessed"}, {"do": "token", "token": ""}])
async def test_another_user_without_the_token_is_turned_away(stranger: tuple[Line, str], said: dict[str, Any]) -> None:
    line, token = stranger
    assert await line.refused(**said) == "no_token"
    line.writer.write(json.dumps({"do": "token", "token": token}).encode() + b"\n")
    with suppress(ConnectionError):
        assert await asyncio.wait_for(line.reader.read(), PATIENCE) == b""


async def test_a_wrong_token_is_one_for_its_own_user_too(gateway: tuple[Gateway, Line]) -> None:
    _, line = gateway
    assert await line.refused("token", token="guessed") == "no_token"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says whose a connection is")
async def test_linux_says_that_this_connection_is_ours() -> None:
    async with await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        here = server.sockets[0].getsockname()
        _, writer = await asyncio.open_connection(*here)
        peer = writer.get_extra_info("sockname")
        assert trusted(peer, here)
        assert not trusted((peer[0], peer[1] ^ 1), here)
        assert not trusted(peer, here, Path("/missing"))
        writer.close()


@pytest.mark.parametrize(("user", "ours"), [(0, True), (os.getuid(), True), (os.getuid() + 1, False)])
def test_whose_a_connection_is_stands_in_the_systems_table(tmp_path: Path, user: int, ours: bool) -> None:
    here = socket.inet_aton("127.0.0.1")[:: 1 if sys.byteorder == "big" else -1].hex().upper()
    rows = [("1F90", "C000", 4711), ("C000", "1F90", user), ("C001", "1F90", 4711)]
    table = tmp_path / "tcp"
    table.write_text(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        + "".join(
            f"   0: {here}:{local} {here}:{remote} 01 00000000:00000000 00:00000000 00000000  {uid}        0 99 1\n"
            for local, remote, uid in rows
        )
    )
    assert trusted(("127.0.0.1", 0xC000), ("127.0.0.1", 0x1F90), table) is ours


async def test_unix_socket_comes_and_goes(tmp_path: Path) -> None:
    path = tmp_path / "control"
    for _ in range(2):
        async with running(ServeOptions(step=True, control=str(path))):
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            line = Line(*await asyncio.open_unix_connection(str(path)))
            await line.result("time")
            line.writer.close()
        assert not path.exists()


async def test_stale_socket_is_taken_over_and_a_file_is_not(tmp_path: Path) -> None:
    path = tmp_path / "control"
    async with running(ServeOptions(step=True)) as (gateway, _):
        stale = await asyncio.start_unix_server(lambda *_: None, str(path))
        stale.close()
        async with ControlSocket(gateway, str(path)):
            pass
        path.write_text("mine")
        with pytest.raises(IbtuiError) as caught:
            async with ControlSocket(gateway, str(path)):
                pass
        assert caught.value.code == "cannot_listen"
        assert path.read_text() == "mine"


async def test_an_execution_is_corrected_and_busted(gateway: tuple[Gateway, Line]) -> None:
    served, line = gateway
    await line.result("set_book", symbol="AAPL", bid=99.0, ask=100.0, bid_size=500, ask_size=500)
    async with started_client(served, 3) as client:
        client.place(1, totalQuantity=100)
        first = await client.one("execDetails")
        await line.result("correct", execution=first["execId"], quantity=90, price=99.5)
        second = await client.one("execDetails")
        assert second["execId"] == first["execId"][:-2] + "02"
        assert (second["shares"], second["cumQty"], second["price"]) == (90, 90, 99.5)
        (held,) = served.backend.exchange.account("DU1234567").positions.values()
        assert held.quantity == 90
        await line.result("correct", execution=second["execId"], quantity=0)
        third = await client.one("execDetails")
        assert (third["shares"], third["cumQty"]) == (0, 0)
        (held,) = served.backend.exchange.account("DU1234567").positions.values()
        assert held.quantity == 0
    assert await line.refused("correct", execution=third["execId"], quantity=101) == "162"
    assert await line.refused("correct", execution="1.2.01.01", quantity=1) == "162"
