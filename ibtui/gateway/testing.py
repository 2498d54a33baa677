"""An offline gateway for the tests of any program that speaks the TWS API.

import pytest
from ibtui.gateway.testing import offline_gateway

@pytest.fixture
def gateway():
    with offline_gateway(step=True) as gateway:
        yield gateway

def test_mine(gateway):
    my_program.connect("127.0.0.1", gateway.port, client_id=1)
    gateway.control.set_price("AAPL", 190.0)
    gateway.control.advance(1.0)
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import UTC, date, datetime
from threading import Thread
from typing import Any

import msgspec

from ibtui.domain.failure import IbtuiError
from ibtui.gateway.serving import ServeOptions, running

PATIENCE = 60.0
"""Seconds to wait for an answer, as for a long step, and for a gateway to start."""


class Controller:
    """The other end of a control socket; every method returns when the gateway has done it.

    Raises IbtuiError with the gateway's code and message: `unknown_symbol`, `bad_value`, `bad_command`, or IB's number.
    """

    def __init__(self, address: str, token: str = "") -> None:
        """`address` is what the gateway says after `control`: `127.0.0.1:PORT`, or the path of a Unix socket.

        `token` is what it says after `token`; needed where the gateway cannot see that the same user asks.
        """
        host, _, port = address.rpartition(":")
        if port.isdecimal():
            self._socket = socket.create_connection((host, int(port)), PATIENCE)
        else:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(PATIENCE)
            self._socket.connect(address)
        self._lines = self._socket.makefile("rb")
        if token:
            self.do("token", token=token)

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def do(self, command: str, **fields: Any) -> Any:
        """Send any command with its fields; the answer's result. `help` lists them."""
        self._socket.sendall(json.dumps({"do": command, **fields}).encode() + b"\n")
        answer = json.loads(self._lines.readline() or b'{"error": {"code": "lost", "message": "The gateway is gone."}}')
        if "error" in answer:
            raise IbtuiError(answer["error"]["code"], answer["error"]["message"])
        return answer["result"]

    def advance(self, seconds: float) -> datetime:
        """Let simulated time pass; the new time, aware."""
        return datetime.fromisoformat(self.do("advance", seconds=seconds))

    def time(self) -> datetime:
        """The gateway's simulated time, aware and in UTC."""
        return datetime.fromisoformat(self.do("time"))

    def set_price(self, symbol: str, price: float) -> None:
        """Trade one lot at `price` and put the book around it; orders meet it, and the market goes on from there."""
        self.do("set_price", symbol=symbol, price=price)

    def set_book(self, symbol: str, bid: float, ask: float, bid_size: float = 100.0, ask_size: float = 100.0) -> None:
        """Show this book, and hold it until `release`."""
        self.do("set_book", symbol=symbol, bid=bid, ask=ask, bid_size=bid_size, ask_size=ask_size)

    def release(self, symbol: str) -> None:
        """Let a held market go on."""
        self.do("release", symbol=symbol)

    def headline(self, text: str, *symbols: str, provider: str = "BRFG", impact: float = 0.0) -> str:
        """Publish a headline, on the broad tape without symbols; its article id. `impact` 0.02 moves prices up 2 %."""
        return str(self.do("headline", text=text, symbols=symbols, provider=provider, impact=impact))

    def order(self, symbol: str, side: str, quantity: float, **terms: Any) -> int:
        """Place an order by hand, of no client: `type`, `limit_price`, `stop_price`, `tif`, `account`; its number."""
        return int(self.do("order", symbol=symbol, side=side, quantity=quantity, **terms))

    def dividend(self, symbol: str, amount: float, on: date | None = None) -> None:
        """Let a stock pay this much a share, at once or when a day begins."""
        self.do("dividend", symbol=symbol, amount=amount, on=on and on.isoformat())

    def split(self, symbol: str, ratio: float, on: date | None = None) -> None:
        """Give `ratio` new shares of a stock for an old one, at once or when a day begins."""
        self.do("split", symbol=symbol, ratio=ratio, on=on and on.isoformat())

    def bulletin(self, text: str, *, kind: int = 1, exchange: str = "") -> None:
        """Tell all clients something: 1 news, 2 an exchange that is gone, 3 one that is back."""
        self.do("bulletin", text=text, kind=kind, exchange=exchange)

    def borrowable(self, symbol: str, borrowable: bool) -> None:
        """Make a stock easy or hard to borrow; short sales of a hard one wait with code 404."""
        self.do("borrowable", symbol=symbol, borrowable=borrowable)

    def halt_trading(self, symbol: str, halted: bool = True) -> None:
        """Halt trading in an instrument, or let it go on; orders wait meanwhile, and can be cancelled."""
        self.do("halt_trading", symbol=symbol, halted=halted)

    def transfer(self, symbol: str, quantity: float, **terms: Any) -> None:
        """Bring a position in with no order, 1.5 shares too; `quantity` is signed, `terms` are `price`, `account`."""
        self.do("transfer", symbol=symbol, quantity=quantity, **terms)

    def liquidate(self, symbol: str, quantity: float | None = None, **terms: Any) -> None:
        """Close a position, or so much of it, as IB does where an account lacks margin; `terms` is `account`."""
        self.do("liquidate", symbol=symbol, quantity=quantity, **terms)

    def correct(self, execution: str, quantity: float, price: float | None = None) -> None:
        """Correct an execution by its id, as IB does under the id's next revision; a quantity of 0 busts it."""
        self.do("correct", execution=execution, quantity=quantity, price=price)

    def delay(self, symbol: str, delayed: bool = True) -> None:
        """Show whoever subscribes from now on only data of 15 minutes ago, or live data."""
        self.do("delay", symbol=symbol, delayed=delayed)

    def forget(self, order: int) -> None:
        """Lose an open order by its number, without a word to anyone."""
        self.do("forget", order=order)

    def error(self, code: int, text: str, request: int = -1) -> None:
        """Send every client an error."""
        self.do("error", code=code, text=text, request=request)

    def fault(self, name: str, *messages: int, **terms: Any) -> None:
        """Make the gateway misbehave; see `ibtui.gateway.faults`. `messages` are ids on the wire.

        `terms` are `client` and `count` of a roll_back, `code` of an outage or a recover, `code` and `text` of a deny.
        """
        self.do("fault", name=name, messages=messages, **terms)

    def snapshot(self) -> dict[str, Any]:
        """Time, clients, accounts with positions, orders."""
        answer: dict[str, Any] = self.do("snapshot")
        return answer


class OfflineGateway:
    """A running gateway: where to connect, and how to drive it."""

    def __init__(self, host: str, port: int, control: Controller) -> None:
        self.host = host
        self.port = port
        self.control = control


@contextmanager
def offline_gateway(*, process: bool = False, **options: Any) -> Iterator[OfflineGateway]:
    """A gateway for the length of a block, in a thread or, with `process`, in a process of its own.

    `options` are those of `ibtui.gateway.serving.ServeOptions`: `step=True`, `seed=1`, `accounts=("DU1", "DU2")`,
    `pacing=True`... Raises IbtuiError `port_in_use`, `cannot_listen`, or `start_failed`.
    """
    wanted = ServeOptions(**{"control": "0", **options})
    with (_process if process else _thread)(wanted) as where:
        port, address, token = where
        control = Controller(address, token)
        try:
            yield OfflineGateway(wanted.host, port, control)
        finally:
            control.close()


@contextmanager
def _thread(options: ServeOptions) -> Iterator[tuple[int, str, str]]:
    gateway = _InThread(options)
    gateway.start()
    try:
        yield gateway.where.result(PATIENCE)
    finally:
        gateway.end()


class _InThread(Thread):
    """A gateway in an event loop of its own; `where` tells its port, control address and token, or why it is none."""

    def __init__(self, options: ServeOptions) -> None:
        super().__init__(name="offline gateway", daemon=True)
        self._options = options
        self._halt: Callable[[], object] = lambda: None
        self.where: Future[tuple[int, str, str]] = Future()

    def run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self.where.done():
                raise
            self.where.set_exception(error)

    def end(self) -> None:
        """Stop it and wait for its end."""
        self._halt()
        self.join(PATIENCE)

    async def _serve(self) -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        async with running(self._options) as (gateway, control):
            assert control is not None
            self._halt = lambda: loop.call_soon_threadsafe(ended.set)
            self.where.set_result((gateway.port, control.address, control.token))
            await ended.wait()


@contextmanager
def _process(options: ServeOptions) -> Iterator[tuple[int, str, str]]:
    """The gateway ends when its standard input does, so with this process at the latest."""
    command = [sys.executable, "-m", "ibtui", "gateway", "--tied", *_arguments(options)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline().split(), process.stdout.readline().split()]
            if [line[:1] for line in lines] != [["ready"], ["control"]]:
                raise IbtuiError("start_failed", "The gateway did not start; its reason is on standard error.")
            address = lines[1][1]
            token = process.stdout.readline().split()[1] if ":" in address else ""
            yield int(lines[0][1].rpartition(":")[2]), address, token
        finally:
            process.stdin.close()
            process.wait(PATIENCE)


def _arguments(options: ServeOptions) -> Iterator[str]:
    """Options as the command line takes them."""
    names = {"accounts": "account"}
    for field, value in msgspec.structs.asdict(options).items():
        name = "--" + names.get(field, field).replace("_", "-")
        match value:
            case None | False:
                continue
            case True:
                yield name
            case Mapping():
                for symbol, line in value.items():
                    yield from ("--as", f"{symbol}={line}")
            case tuple() if field == "replay":
                for path in value:
                    yield from (name, path)
            case tuple():
                yield from (name, ",".join(value))
            case datetime():
                yield from (name, f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}")
            case _:
                yield from (name, str(value))
