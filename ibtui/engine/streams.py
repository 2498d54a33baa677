"""What follows when the session becomes active: its account is bound, and what is watched streams."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ibtui.domain.event import ConnectionChanged
from ibtui.engine.binding import Binding
from ibtui.engine.market.recorder import Recorder
from ibtui.engine.market.watchlist import Watchlist
from ibtui.engine.outside.alerts import Alerts
from ibtui.engine.session import Session
from ibtui.engine.setting import Setting
from ibtui.engine.tasks import Tasks
from ibtui.engine.truth.state import State

DEMO_FUTURE = "ES"
"""Root of the future whose nearest quarter the demo watches."""


class Streams:
    """Begins the streams of every session anew, then tells `active` whether there is a session to trade in."""

    def __init__(
        self,
        *,
        setting: Setting,
        binding: Binding,
        session: Session,
        state: State,
        watchlist: Watchlist,
        recorder: Recorder,
        alerts: Alerts,
        tasks: Tasks,
        active: Callable[[bool], None],
    ) -> None:
        self._setting = setting
        self._binding = binding
        self._session = session
        self._watchlist = watchlist
        self._recorder = recorder
        self._alerts = alerts
        self._tasks = tasks
        self._active = active
        self._running: asyncio.Task[None] | None = None
        state.listeners.connection.append(self._connection_changed)

    def _connection_changed(self, event: ConnectionChanged) -> None:
        if event.state == "active":
            self._binding.bind(self._session.account)
            if self._running is not None:
                self._running.cancel()
            self._running = self._tasks.start("watchlist", self._stream())
        self._active(event.state == "active")

    async def _stream(self) -> None:
        if self._setting.demo:
            today = self._setting.clock.now().astimezone(self._setting.zone).date()
            await self._watchlist.add_front(DEMO_FUTURE, today)
        for symbol in self._alerts.symbols:
            self._watchlist.use(symbol)
        await self._watchlist.refresh(self._recorder.stream)
