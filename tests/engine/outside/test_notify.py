"""A webhook gets what happened; one that does not answer is said and holds nothing up."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from msgspec.structs import replace

from ibtui.config import Notify
from ibtui.domain.event import Filled
from tests.engine.markets import CALM, hold
from tests.engines import running_engine
from tests.gateways import running_gateway


class Inbox(HTTPServer):
    """Keeps every body that is posted to it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[dict[str, str]] = []
        self.code = 200


class _Handler(BaseHTTPRequestHandler):
    server: Inbox

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(json.loads(body))
        self.send_response(self.server.code)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    server = Inbox()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_webhook_gets_a_fill_as_json(tmp_path: Path, inbox: Inbox) -> None:
    notify = Notify(webhook=f"http://127.0.0.1:{inbox.server_port}/x")
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port, notify=notify, **CALM) as engine,
    ):
        hold(gateway)
        await engine.do("buy 10 AAPL market")
        await engine.until(lambda _: bool(inbox.bodies))
        (body,) = inbox.bodies
        assert (body["kind"], body["profile"]) == ("fill", "paper")
        assert body["text"].startswith("BUY 10 AAPL 187.42")
        (fill,) = engine.engine.parts.state.fills.of((await engine.status()).orders[0].ref)
        busted = replace(fill, exec_id=f"{fill.base}.02", quantity=Decimal(0))
        engine.engine.parts.state.apply(Filled(fill=busted))
        await engine.until(lambda _: any(one["text"].startswith("busted by IB: BUY 0 AAPL") for one in inbox.bodies))


@pytest.mark.parametrize("address", ["refused", "not an address", "answers 500"])
async def test_a_webhook_that_does_not_work_is_said(tmp_path: Path, inbox: Inbox, address: str) -> None:
    inbox.code = 500
    webhook = {"refused": "http://127.0.0.1:9/", "answers 500": f"http://127.0.0.1:{inbox.server_port}/"}
    notify = Notify(webhook=webhook.get(address, address), on=("halt",))
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port, notify=notify, ready=False, **CALM) as engine,
    ):
        await engine.do("halt")
        await engine.until(lambda _: engine.logged("a notification was not delivered"))


async def test_a_command_that_does_not_exist_is_said(tmp_path: Path) -> None:
    notify = Notify(command=(str(tmp_path / "none"),), on=("halt",))
    async with (
        running_gateway() as gateway,
        running_engine(tmp_path, gateway.port, notify=notify, ready=False, **CALM) as engine,
    ):
        await engine.do("halt")
        await engine.until(lambda _: engine.logged("No such file"))
