"""Asking the broker again about positions that do not add up: soon after a change, and for a while after a hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ibtui.domain.fill import Fill
from ibtui.engine.truth.positions import UNCERTAIN_SECONDS
from ibtui.engine.truth.state import State

SOON = UNCERTAIN_SECONDS + 0.5
"""Seconds after which a count and its fills have both come."""
ASK_AGAIN = (2.0, 5.0, 10.0, 20.0, 40.0)
"""Seconds between questions about instruments that are held; then the rounds of the session go on."""


class Recount:
    """Begins a reconcile by `ask` where a count and the fills differ; IB tells the executions of others only so."""

    def __init__(
        self, state: State, ask: Callable[[], None], *, soon: float = SOON, again: tuple[float, ...] = ASK_AGAIN
    ) -> None:
        self._state = state
        self._ask = ask
        self._soon = soon
        self._again = again
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._asked = 0
        self._held: set[str] = set()
        state.listeners.position.append(self._moved)
        state.listeners.fill.append(self._filled)
        state.holds.listeners.append(self._changed)
        state.listeners.reconciled.append(self._reconciled)

    def close(self) -> None:
        """Ask about no position any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _moved(self, symbol: str) -> None:
        if self._timer is None and self._open(symbol):
            self._later(self._soon)

    def _filled(self, fill: Fill) -> None:
        self._moved(fill.symbol)

    def _changed(self, symbol: str) -> None:
        held = {hold.symbol for hold in self._state.holds.all()}
        if held - self._held:
            self._asked = 0
        self._held = held
        self._reconciled()

    def _reconciled(self) -> None:
        if self._timer is None and self._held and self._asked < len(self._again):
            self._later(self._again[self._asked])
            self._asked += 1

    def _open(self, symbol: str) -> bool:
        """Whether a count differs that no hold names yet."""
        state = self._state
        return state.holds.held(symbol) is None and state.tally.differs(symbol, state.positions.held(symbol))

    def _later(self, seconds: float) -> None:
        self._timer = self._loop.call_later(seconds, self._due)

    def _due(self) -> None:
        self._timer = None
        symbols = {*self._state.tally.symbols, *(position.symbol for position in self._state.positions.all())}
        if self._state.holds.all() or any(map(self._open, symbols)):
            self._ask()
