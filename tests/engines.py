"""An engine on a test's own gateway, in the test's own event loop, with a client on its socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from ibtui.broker.session import Session
from ibtui.commands.grammar import parse
from ibtui.config import Folders, Limits, Profile
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.limits import Ceilings
from ibtui.domain.order import Order
from ibtui.engine.engine import Engine
from ibtui.link.client import Client
from ibtui.link.messages import Answer, Ask, Do, Frame, GetStatus, LogEntry, Outcome, Plan, Preview, Send
from ibtui.link.messages import SessionHeader as Header
from ibtui.link.status import Status
from tests.clocks import CLOCK, PATIENCE


class Driver:
    """What a test does with an engine: all of it over the engine's socket."""

    def __init__(self, engine: Engine, socket: Path) -> None:
        self.engine = engine
        self.socket = socket
        self.client = Client(self._framed, self._lost)
        self.log: list[LogEntry] = []
        """Every line the engine logged since this driver attached."""
        self.header: Header | None = None
        """What the engine last said of its session."""
        self.lost = asyncio.Event()
        self._changed = asyncio.Event()

    async def attach(self) -> None:
        await self.client.connect(self.socket)

    async def ask(self, question: Ask) -> Answer:
        return await self.client.ask(question, within=PATIENCE)

    async def do(self, text: str, wait: bool = True) -> Outcome:
        """Carry out a command line; raises IbtuiError when the engine refuses."""
        outcome = await self.ask(Do(command=parse(text), wait=wait))
        assert isinstance(outcome, Outcome)
        return outcome

    async def refused(self, text: str) -> IbtuiError:
        """The refusal of a command line; fails the test when it is carried out."""
        try:
            outcome = await self.do(text)
        except IbtuiError as error:
            return error
        raise AssertionError(f"{text!r} was not refused: {outcome}")

    async def preview(self, text: str) -> Plan:
        plan = await self.ask(Preview(command=parse(text)))
        assert isinstance(plan, Plan)
        return plan

    async def send(self, token: str, wait: bool = True) -> Outcome:
        outcome = await self.ask(Send(token=token, wait=wait))
        assert isinstance(outcome, Outcome)
        return outcome

    async def status(self) -> Status:
        status = await self.ask(GetStatus())
        assert isinstance(status, Status)
        return status

    async def until(self, predicate: Callable[[Status], bool], within: float = PATIENCE) -> Status:
        """The first status that fits, asked after every frame; fails the test with the last one otherwise."""
        status = await self.status()
        try:
            async with asyncio.timeout(within):
                while not predicate(status):
                    # Before the question: a frame that comes while it is answered may be the last one in a calm market.
                    self._changed.clear()
                    status = await self.status()
                    if not predicate(status):
                        await self._changed.wait()
        except TimeoutError:
            raise AssertionError(f"not within {within} s; status is {status}, the log {self.log[-12:]}") from None
        return status

    async def order(self, ref: str, predicate: Callable[[Order], bool], within: float = PATIENCE) -> Order:
        """An order once it fits."""
        status = await self.until(lambda s: any(o.ref == ref and predicate(o) for o in s.orders), within)
        return next(order for order in status.orders if order.ref == ref)

    async def said(self, text: str, within: float = PATIENCE) -> None:
        """The log has a line with that text; lines come with frames, which are behind a status that is asked for."""
        await self.until(lambda _: self.logged(text), within)

    def logged(self, text: str) -> bool:
        return any(text in entry.text for entry in self.log)

    def _framed(self, frame: Frame) -> None:
        self.log.extend(frame.log)
        self.header = frame.session or self.header
        self._changed.set()
        self.client.painted()

    def _lost(self, reason: str) -> None:
        self.lost.set()


def quoted(status: Status) -> bool:
    """Active, with a two-sided market in everything that streams."""
    return (
        status.state in ("active", "halted")
        and status.connection.state == "active"
        and bool(status.quotes)
        and all(quote.bid is not None and quote.ask is not None for quote in status.quotes)
    )


def profile(port: int, **changes: Any) -> Profile:
    """A paper profile with a short watchlist."""
    fields: dict[str, Any] = {"port": port, "watchlist": ("AAPL", "MSFT"), "limits": Limits()}
    return Profile(**(fields | changes))


@asynccontextmanager
async def running_engine(
    tmp_path: Path,
    gateway_port: int,
    *,
    name: str = "paper",
    demo: bool = False,
    ready: bool = True,
    session_type: Callable[..., Session] = Session,
    strategies: Path | None = None,
    clock: Clock = CLOCK,
    held_to: dict[str, Ceilings] | None = None,
    **changes: Any,
) -> AsyncIterator[Driver]:
    """A started engine whose state lies in `tmp_path`; with `ready`, once it is active and quotes flow.

    `changes` are fields of the profile, `held_to` the limits of its strategies; `clock` is the engine's time. The same
    `tmp_path` again is the same profile, restarted.
    """
    engine = Engine(
        name,
        profile(gateway_port, strategies=held_to or {}, **changes),
        Folders(tmp_path / name),
        demo=demo,
        clock=clock,
        strategies=strategies or tmp_path / "strategies",
        session_type=session_type,
    )
    driver = Driver(engine, await engine.start())
    try:
        await driver.attach()
        if ready:
            watched = len(engine.setting.profile.watchlist)
            await driver.until(lambda status: quoted(status) and len(status.quotes) >= watched)
        yield driver
    finally:
        await driver.client.close()
        await engine.stop()
