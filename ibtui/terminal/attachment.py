"""The terminal's link to its engine: attached again whenever it breaks, for as long as the terminal runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ibtui.domain.failure import IbtuiError
from ibtui.link.client import Client
from ibtui.link.earlier import met
from ibtui.link.messages import VERSION, Answer, Ask, Frame, GetStatus
from ibtui.link.status import Status

CONNECT_SECONDS = 5.0
RETRY_SECONDS = (0.2, 0.5, 1.0, 2.0)
"""Pauses between attempts; the last one is repeated."""
SILENT_SECONDS = 5.0
"""A link without a frame for so long is asked whether it lives."""


@dataclass(eq=False, repr=False)
class Attachment:
    """Hands on every frame, a sentence when there is no link, and one where the engine is of the version before.

    `seen` tells the newest log line known; `on_new_engine` is called before the first frame of another engine.
    """

    socket: Path
    on_frame: Callable[[Frame], None]
    on_lost: Callable[[str], None]
    on_earlier: Callable[[str], None]
    on_new_engine: Callable[[], None]
    seen: Callable[[], int]

    def __post_init__(self) -> None:
        self._client: Client | None = None
        self._pid: int | None = None
        self._gone = asyncio.Event()
        self._heard = 0.0

    async def run(self) -> None:
        """Attach to the engine, and again whenever the link breaks, until cancelled."""
        attempt = 0
        try:
            while True:
                try:
                    await self._attach()
                except (IbtuiError, TimeoutError) as error:
                    self.on_lost(error.message if isinstance(error, IbtuiError) else "The engine does not answer.")
                else:
                    attempt = 0
                    await self._watch()
                await self.close()
                await asyncio.sleep(RETRY_SECONDS[min(attempt, len(RETRY_SECONDS) - 1)])
                attempt += 1
        finally:
            await self.close()

    def painted(self) -> None:
        """The last frame is on the screen; one more may come."""
        if self._client is not None:
            self._client.painted()

    async def ask(self, question: Ask, within: float = 10.0) -> Answer:
        """The engine's answer; raises IbtuiError with its code, `timeout` or `no_engine`."""
        if self._client is None:
            raise IbtuiError("no_engine", "There is no link to the engine.")
        return await self._client.ask(question, within)

    async def close(self) -> None:
        """End the link to the engine, which goes on."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _attach(self) -> None:
        client = await self._connected(self.seen())
        assert client.engine is not None
        if self._pid not in (None, client.engine.pid):
            # Another engine counts its log lines from the start again.
            await client.close()
            self.on_new_engine()
            client = await self._connected(0)
        self._client = client
        self._pid = client.engine.pid if client.engine else None
        await self._look(CONNECT_SECONDS)

    async def _connected(self, after: int) -> Client:
        self._gone = asyncio.Event()
        client = Client(self._take, self._lose)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await client.connect(self.socket, after)
        except BaseException:
            await client.close()
            raise
        return client

    async def _watch(self) -> None:
        """Return when the link broke, or when an engine that sent nothing for a while does not answer either."""
        self._heard = asyncio.get_running_loop().time()
        while not self._gone.is_set():
            try:
                async with asyncio.timeout(SILENT_SECONDS):
                    await self._gone.wait()
            except TimeoutError:
                if not await self._lives():
                    self.on_lost("The engine does not answer.")
                    return

    async def _lives(self) -> bool:
        if asyncio.get_running_loop().time() - self._heard < SILENT_SECONDS:
            return True
        try:
            await self._look(SILENT_SECONDS, always=True)
        except IbtuiError:
            return self._gone.is_set()
        return True

    async def _look(self, within: float, *, always: bool = False) -> None:
        """Ask an engine that shows nothing how it stands; `always`, any engine, to hear whether it lives."""
        engine = self._client.engine if self._client is not None else None
        shows_nothing = engine is not None and engine.version != VERSION
        if not (shows_nothing or always):
            return
        status = await self.ask(GetStatus(), within)
        if shows_nothing and engine is not None and isinstance(status, Status):
            self.on_earlier(met(engine, status))

    def _take(self, frame: Frame) -> None:
        self._heard = asyncio.get_running_loop().time()
        self.on_frame(frame)

    def _lose(self, reason: str) -> None:
        self._gone.set()
        self.on_lost(reason)
