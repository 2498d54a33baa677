"""Connections: greeting, client ids, rubbish, and that one client's trouble is its own."""

from __future__ import annotations

import asyncio
import os
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ibtui.domain.failure import IbtuiError
from ibtui.exchange.exchange import Exchange
from ibtui.gateway.server import Gateway
from ibtui.gateway.wire import requests
from ibtui.gateway.wire.fields import Layout
from ibtui.gateway.wire.framing import Frames, frame, split
from tests.clocks import PATIENCE
from tests.gateway.raw import raw_client, started_client
from tests.gateways import running_gateway


@pytest.mark.parametrize(
    ("versions", "agreed"), [("v157..176", 176), ("v100..157", 157), ("v100..226", 178), ("v157", 157)]
)
async def test_version(versions: str, agreed: int) -> None:
    async with running_gateway() as gateway, raw_client(gateway) as client:
        assert await client.hello(versions) == agreed


async def test_answer_is_one_frame_and_nothing_comes_before_start_api() -> None:
    async with running_gateway() as gateway, raw_client(gateway) as client:
        client.writer.write(b"API\0" + frame(b"v157..176"))
        data = await client.reader.read(65536)
        (payload,) = Frames().feed(data)
        assert split(payload)[0] == "176"
        client.version = 176
        client.send(requests.REQ_CURRENT_TIME)
        client.send_fields(9999)
        client.send_fields(71, 2, "rubbish")
        client.send(requests.START_API, clientId=1, optionalCapabilities="")
        first = await client.message()
        assert first is not None
        assert first.name == "managedAccounts"


async def test_greeting_in_order() -> None:
    async with running_gateway(accounts=("DU1", "DU2")) as gateway, raw_client(gateway) as client:
        await client.hello()
        client.send(requests.START_API, clientId=1, optionalCapabilities="")
        greeting = await client.until("error", errorCode=2158)
        assert [message.name for message in greeting] == ["managedAccounts", "nextValidId", *["error"] * 3]
        assert greeting[0].values["accountsList"] == "DU1,DU2"
        assert greeting[1].values["orderId"] == 1


@pytest.mark.parametrize("hello", [b"6x", b"GET / HTTP/1.1\r\n\r\n", b"API\0" + frame(b"v100..151"), b"API\0\0\0\0\1v"])
async def test_who_cannot_be_served_is_closed_without_a_word(hello: bytes) -> None:
    async with running_gateway() as gateway, raw_client(gateway) as client:
        client.writer.write(hello)
        assert await asyncio.wait_for(client.reader.read(), PATIENCE) == b""


async def test_frame_beyond_the_limit_closes_that_client() -> None:
    async with running_gateway() as gateway, started_client(gateway, 1) as good, started_client(gateway, 2) as bad:
        bad.writer.write(struct.pack(">I", 16 * 1024 * 1024 + 1))
        assert (await bad.one("error"))["errorCode"] == 320
        assert await bad.message() is None
        good.send(requests.REQ_CURRENT_TIME)
        await good.one("currentTime")


async def test_client_id_in_use() -> None:
    async with running_gateway() as gateway, started_client(gateway, 7), raw_client(gateway) as second:
        await second.hello()
        second.send(requests.START_API, clientId=7, optionalCapabilities="")
        error = await second.one("error")
        assert (error["reqId"], error["errorCode"]) == (-1, 326)
        assert await second.message() is None


async def test_client_id_is_free_after_a_disconnect() -> None:
    async with running_gateway() as gateway:
        async with started_client(gateway, 7) as first:
            first.writer.close()
            await first.writer.wait_closed()
        async with started_client(gateway, 7) as second:
            second.send(requests.REQ_CURRENT_TIME)
            await second.one("currentTime")


@pytest.mark.parametrize("layout", requests.UNSUPPORTED, ids=lambda layout: layout.name)
async def test_what_is_not_supported_is_refused_by_name(layout: Layout) -> None:
    numbered = any(getattr(item, "name", "") == "reqId" for item in layout.items)
    async with running_gateway() as gateway, started_client(gateway) as client:
        before = ["1"] if layout.items and type(layout.items[0]).__name__ == "Fixed" else []
        client.send_fields(layout.id, *before, 4242, *(["0"] * 12))
        error = await client.one("error")
        assert error["reqId"] == (4242 if numbered else -1)
        assert layout.name in error["errorString"] or error["errorCode"] == 320


async def test_unknown_message_is_answered_and_survived() -> None:
    async with running_gateway() as gateway, started_client(gateway) as client:
        client.send_fields(9999, 1, 2)
        assert (await client.one("error"))["reqId"] == -1
        client.send(requests.REQ_CURRENT_TIME)
        await client.one("currentTime")


async def test_malformed_request_is_answered_on_its_number() -> None:
    async with running_gateway() as gateway, started_client(gateway) as client:
        client.send_fields(1, 11, 42, "not a number")
        error = await client.one("error")
        assert (error["reqId"], error["errorCode"]) == (42, 320)


@given(
    rubbish=st.lists(
        st.one_of(
            st.binary(min_size=1, max_size=200).map(frame),
            st.tuples(
                st.sampled_from(sorted(requests.BY_ID)),
                st.lists(st.sampled_from(["", "0", "1", "-1", "x", "SMART"]), max_size=130),
            )
            .map(lambda pair: "".join(f"{field}\0" for field in (pair[0], *pair[1])).encode())
            .map(frame),
        ),
        max_size=20,
    )
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rubbish_touches_nobody_else(rubbish: list[bytes]) -> None:
    async def scenario() -> None:
        async with running_gateway() as gateway, started_client(gateway, 1) as good, started_client(gateway, 2) as bad:
            for piece in rubbish:
                bad.writer.write(piece)
            bad.writer.write(os.urandom(50))
            good.send(requests.REQ_CURRENT_TIME)
            await good.one("currentTime")

    asyncio.run(scenario())


async def test_slow_client_is_cut_off_and_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ibtui.gateway.running.outbox.MOST_UNREAD", 1024 * 1024)
    async with running_gateway() as gateway, started_client(gateway, 1) as good, started_client(gateway, 2) as slow:
        slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
        while 2 in gateway.client_ids:
            for _ in range(2000):
                slow.send(requests.REQ_MANAGED_ACCTS)
            good.send(requests.REQ_CURRENT_TIME)
            await good.one("currentTime")
        good.send(requests.REQ_CURRENT_TIME)
        await good.one("currentTime")


async def test_port_in_use() -> None:
    async with running_gateway() as gateway:
        second = Gateway(Exchange(), port=gateway.port)
        with pytest.raises(IbtuiError, match=f"Port {gateway.port}") as caught:
            await second.start()
        assert caught.value.code == "port_in_use"
