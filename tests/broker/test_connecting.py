"""Connecting: what a user is told when it does not work, and that it goes on by itself."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys

import pytest
from msgspec.structs import replace

from ibtui.broker import Session
from ibtui.domain.event import ConnectionChanged, Reconciled, RoundTrip
from ibtui.domain.failure import IbtuiError
from tests.broker.sessions import QUICK, Story, active_session, intent, requests_to, running_session, send
from tests.clocks import PATIENCE
from tests.gateways import running_gateway


async def test_it_becomes_active_after_a_reconcile() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, story):
        states = [change.state for change in story.of(ConnectionChanged)]
        assert states == ["connecting", "reconciling", "active"]
        assert story.of(Reconciled)[0].epoch == session.epoch == 1
        active = story.of(ConnectionChanged)[-1]
        assert active.server_version in (176, 178)  # the newest that ib_insync and ib_async speak
        assert active.accounts == ("DU1234567",)
        assert session.account == "DU1234567"
        assert await story.until(lambda: story.of(RoundTrip))


async def test_nothing_listens() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        story = Story()
        session = Session(host="127.0.0.1", port=port, client_id=1, paper=True, on_event=story, timings=QUICK)
        running = asyncio.create_task(session.run())
        change = await story.state("disconnected", "refused")
        assert f"Nothing listens on 127.0.0.1:{port}" in change.reason
        await story.until(lambda: [c.state for c in story.of(ConnectionChanged)].count("connecting") >= 3)
        with pytest.raises(IbtuiError) as caught:
            session.place((), {}, session.epoch)
        assert caught.value.code == "not_active"
        await session.close()
        await running


async def test_a_silent_peer_is_given_up() -> None:
    quick = QUICK.__class__(connect=0.3, reconnect=(0.05,))
    async with running_gateway() as gateway:
        gateway.faults.freeze()
        async with running_session(gateway, timings=quick) as (_, story):
            change = await story.state("disconnected", "no_answer")
            assert "did not answer within 0.3 s" in change.reason
            gateway.faults.thaw()
            await story.state("active")


@pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n", b"\xff\xff\xff\xff"])
async def test_a_port_that_speaks_something_else(greeting: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    story = Story()
    port = server.sockets[0].getsockname()[1]
    session = Session(host="127.0.0.1", port=port, client_id=1, paper=True, on_event=story, timings=QUICK)
    running = asyncio.create_task(session.run())
    assert "is not the TWS API" in (await story.state("disconnected", "refused")).reason
    await session.close()
    await running
    server.close()
    await server.wait_closed()


async def test_a_client_id_in_use_is_told_at_once_and_taken_when_free() -> None:
    async with running_gateway() as gateway, active_session(gateway, client_id=9) as (first, _):
        patient = replace(QUICK, connect=10 * PATIENCE)  # so it is not told because the connecting took too long
        async with running_session(gateway, client_id=9, timings=patient) as (_, story):
            change = await story.state("disconnected", "client_id_in_use")
            assert "Client id 9 is in use" in change.reason
            await first.close()
            await story.state("active")


@pytest.mark.parametrize(
    ("accounts", "options", "words"),
    [
        (("U7654321",), {}, "U7654321 is a live account"),
        (("DU1234567", "U7654321"), {"account": "DU1234567"}, "U7654321 is a live account"),
        (("DU1234567",), {"paper": False}, "DU1234567 is a paper account"),
        (("DU1234567", "DU7654321"), {}, "DU1234567, DU7654321; name one"),
        (("DU1234567",), {"account": "DU7654321"}, "not the profile's account DU7654321"),
    ],
)
async def test_an_account_that_does_not_fit_ends_the_session(
    accounts: tuple[str, ...], options: dict[str, object], words: str
) -> None:
    async with running_gateway(accounts=accounts) as gateway:
        asked = requests_to(gateway)
        async with running_session(gateway, **options) as (session, story):
            change = await story.state("disconnected", "wrong_account")
            assert words in change.reason
            assert "Trying again" not in change.reason
            assert session.epoch == 0
            assert set(asked) <= {71}  # it introduced itself and asked for nothing


async def test_one_of_several_accounts() -> None:
    async with (
        running_gateway(accounts=("DU1234567", "DU7654321")) as gateway,
        active_session(gateway, account="DU7654321") as (session, story),
    ):
        wish = intent()
        await send(session, wish)
        await story.until(lambda: story.filled(wish.ref) == 100)
        assert {seen.account for seen in (await session.reconcile()).positions} == {"DU7654321"}


async def test_closing_is_idempotent_and_fails_what_is_pending() -> None:
    async with running_gateway() as gateway, active_session(gateway) as (session, _):
        gateway.faults.swallow(9)
        pending = asyncio.create_task(session.resolve("MSFT"))
        await asyncio.sleep(0)
        await session.close()
        await session.close()
        with pytest.raises(IbtuiError) as caught:
            await pending
        assert caught.value.code == "not_connected"
        with pytest.raises(IbtuiError):
            await session.prove()


def test_importing_the_package_does_not_load_the_client_library() -> None:
    code = "import sys, ibtui.broker; sys.exit(any(name in sys.modules for name in ('ib_insync', 'eventkit', 'numpy')))"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
