"""Interactive Brokers' own client, with a queue of what it was told."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest
from ibapi.client import EClient
from ibapi.contract import Contract
from ibapi.wrapper import EWrapper

from ibtui.gateway.server import Gateway
from tests.clocks import PATIENCE


class App(EWrapper, EClient):  # type: ignore[misc]
    """Puts every callback into a queue: its name and its arguments."""

    def __init__(self) -> None:
        EClient.__init__(self, self)
        self.calls: queue.Queue[tuple[str, tuple[Any, ...]]] = queue.Queue()
        self.died: list[BaseException] = []

    def begin(self, port: int) -> int:
        """Connect and read in a thread; the next valid id."""
        self.connect("127.0.0.1", port, 1)
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        return cast("int", self.until("nextValidId")[0])

    def end(self) -> None:
        self.disconnect()
        self.thread.join(5)

    def until(self, name: str, fits: Callable[..., bool] = lambda *_: True) -> tuple[Any, ...]:
        """Arguments of the next callback of this name that fits; what comes before it is dropped."""
        while True:
            called, arguments = self.calls.get(timeout=PATIENCE)
            if called == name and fits(*arguments):
                return arguments

    def _read(self) -> None:
        try:
            self.run()
        except BaseException as error:
            self.died.append(error)


def _queueing(name: str) -> Callable[..., None]:
    def callback(self: App, *arguments: Any) -> None:
        self.calls.put((name, arguments))

    return callback


for _name, _method in vars(EWrapper).items():
    if callable(_method) and not _name.startswith("_") and _name != "logAnswer":
        setattr(App, _name, _queueing(_name))


def aapl() -> Contract:
    contract = Contract()
    contract.symbol, contract.secType, contract.exchange, contract.currency = "AAPL", "STK", "SMART", "USD"
    return contract


async def scene(gateway: Gateway, caplog: pytest.LogCaptureFixture, play: Callable[[App, int], None]) -> None:
    """Play a scene with a connected client in a thread of its own; its reader lives and it logs no complaint."""
    caplog.set_level(logging.WARNING)
    app = App()

    def run() -> None:
        next_id = app.begin(gateway.port)
        try:
            play(app, next_id)
        finally:
            app.end()

    await asyncio.to_thread(run)
    assert not app.died
    assert not [record.getMessage() for record in caplog.records if record.name.startswith(("ibapi", "ibtui"))]
