"""Switching trading on and off: strategies one by one, and the halt of everything."""

from __future__ import annotations

from ibtui.domain.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order
from ibtui.engine.desk import Desk
from ibtui.engine.halt import Latch
from ibtui.engine.orders import ours
from ibtui.engine.state import State
from ibtui.engine.strategy_catalog import Entry
from ibtui.engine.supervisor import Supervisor, Then


class Switch:
    """Halts, resumes, and starts and stops strategies."""

    def __init__(self, *, state: State, desk: Desk, latch: Latch, supervisor: Supervisor, clock: Clock) -> None:
        self._state = state
        self._desk = desk
        self._latch = latch
        self._supervisor = supervisor
        self._clock = clock
        state.listeners.reconciled.append(self._carry_out)

    async def ready(self, name: str, parameters: dict[str, str]) -> Entry:
        """The strategy of that name, if it may be started now; raises IbtuiError when not."""
        self._check_halt(name)
        return await self._supervisor.ready(name, parameters)

    async def trial(self, name: str, parameters: dict[str, str]) -> None:
        """Whether a strategy takes these parameters; raises IbtuiError when not."""
        await self._supervisor.trial(name, parameters)

    async def start(self, name: str, parameters: dict[str, str], *, shadow: bool = False) -> str:
        """Start a strategy; refused while halted."""
        self._check_halt(name)
        return await self._supervisor.start(name, parameters, shadow=shadow)

    def _check_halt(self, name: str) -> None:
        if self._latch.halted is not None:
            raise IbtuiError("halted", f"Trading is halted: {name} was not started; `resume` ends the halt.")

    async def stop(self, name: str, then: Then = "keep") -> str:
        """Stop one strategy, or all; `then` says what becomes of what it holds."""
        if name != "all":
            return await self._supervisor.stop(name, then=then)
        stopped = await self._supervisor.stop_all("stopped by hand", then)
        return " ".join(stopped) or "no strategy was running"

    async def halt(self, reason: str) -> str:
        """Latch, cancel every entry, stop every strategy; without a connection the cancels follow when it is back."""
        self._latch.set(self._clock.now(), reason)
        self._state.touch("session")
        cancelled = self._desk.cancel_entries() if self._connected else []
        self._state.log.say("INFO", f"HALTED {reason}")
        stopped = await self._supervisor.stop_all("halted")
        if self._connected:
            asked = {order.ref for order in cancelled}
            cancelled += self._desk.cancel_entries(asked)  # what a strategy sent in its last moment
        sentence = self._sentence(cancelled, len(stopped))
        self._state.log.say("INFO", sentence)
        return sentence

    def resume(self) -> str:
        """Leave the halt; strategies stay off until they are started."""
        if self._latch.halted is None:
            return "not halted"
        self._latch.clear()
        self._state.touch("session")
        self._state.log.say("INFO", "resumed by hand; strategies stay off until started")
        return "resumed; strategies stay off until started"

    @property
    def _connected(self) -> bool:
        return self._state.connection.state in ("active", "reconciling")

    def _carry_out(self) -> None:
        """The broker's whole truth is known again: a halt that was set meanwhile applies to it."""
        if self._latch.halted is None:
            return
        cancelled = self._desk.cancel_entries()
        if cancelled:
            self._state.log.say("INFO", self._sentence(cancelled, 0))

    def _sentence(self, cancelled: list[Order], stopped: int) -> str:
        if not self._connected:
            return "halted; not connected: entries are cancelled as soon as the connection is back"
        refs = {order.ref for order in cancelled}
        kept = [order for order in self._state.orders.all_live() if ours(order) and order.ref not in refs]
        stops = sum(order.protective and order.parent not in refs for order in kept)
        parts = [
            _count(len(refs), "entry cancelled", "entries cancelled"),
            _count(stops, "protective stop stays", "protective stops stay"),
        ]
        if stopped:
            parts.append(_count(stopped, "strategy stopped", "strategies stopped"))
        return f"halted: {', '.join(parts)}"


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
