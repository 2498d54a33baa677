"""What follows when the session becomes active: its account is bound, and what is watched streams."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from ibtui.domain.event import ConnectionChanged
from ibtui.engine.binding import Binding
from ibtui.engine.market.recorder import Recorder
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.outside.alerts import Alerts
from ibtui.engine.session import SessionPort
from ibtui.engine.setting import Setting
from ibtui.engine.tasks import Tasks
from ibtui.engine.truth.state import State

DEMO_FUTURE = "ES"
"""Root of the future whose nearest quarter the demo watches."""


@dataclass(eq=False, repr=False, kw_only=True)
class Streams:
    """Begins the streams of every session anew, then tells `active` whether there is a session to trade in."""

    setting: Setting
    binding: Binding
    session: SessionPort
    state: State
    watchlist: Watchlist
    recorder: Recorder
    alerts: Alerts
    tasks: Tasks
    active: Callable[[bool], None]

    def __post_init__(self) -> None:
        self._running: asyncio.Task[None] | None = None
        self.state.listeners.connection.append(self._connection_changed)

    def _connection_changed(self, event: ConnectionChanged) -> None:
        if event.state == "active":
            self.binding.bind(self.session.account)
            if self._running is not None:
                self._running.cancel()
            self._running = self.tasks.start("watchlist", self._stream())
        self.active(event.state == "active")

    async def _stream(self) -> None:
        if self.setting.demo:
            today = self.setting.clock.now().astimezone(self.setting.zone).date()
            await self.watchlist.add_front(DEMO_FUTURE, today)
        for symbol in self.alerts.symbols:
            self.watchlist.use(symbol)
        await self.watchlist.refresh(self.recorder.stream)
