"""Asking the broker for everything, out of turn."""

from __future__ import annotations

from ibtui.domain.failure import IbtuiError
from ibtui.engine.session import SessionPort
from ibtui.engine.tasks import Tasks
from ibtui.engine.truth.state import State


class Reconciler:
    """Reconciles in the background for whoever has a doubt; the session's own rounds go on beside it."""

    def __init__(self, session: SessionPort, state: State, tasks: Tasks) -> None:
        self._session = session
        self._state = state
        self._tasks = tasks

    def begin(self) -> None:
        """Ask, if there is a session; what hinders it is a line of the log."""
        if self._session.state == "active":
            self._tasks.start("reconcile", self._reconcile())

    async def _reconcile(self) -> None:
        try:
            await self._session.reconcile()
        except IbtuiError as error:
            self._state.log.say("ERROR", error.message)
