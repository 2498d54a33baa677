"""Switching trading on and off: strategies one by one, and the halt of everything."""

from __future__ import annotations

from msgspec.structs import replace

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import OrderStatus
from ibtui.engine.commands.cancels import Cancels, words
from ibtui.engine.desk.desk import Desk
from ibtui.engine.desk.halt import Latch
from ibtui.engine.desk.pursuit import CancelsAsked
from ibtui.engine.strategies.catalog import Entry
from ibtui.engine.strategies.leaving import Then
from ibtui.engine.strategies.supervisor import Supervisor
from ibtui.engine.truth.orders import ours
from ibtui.engine.truth.state import State
from ibtui.link.messages import Outcome


class Switch:
    """Halts, resumes, and starts and stops strategies."""

    def __init__(
        self, *, state: State, desk: Desk, latch: Latch, cancels: Cancels, supervisor: Supervisor, clock: Clock
    ) -> None:
        self._state = state
        self._cancels = cancels
        self._desk = desk
        self._latch = latch
        self._supervisor = supervisor
        self._clock = clock
        state.listeners.reconciled.append(self._carry_out)

    async def known(self, name: str) -> Entry:
        """The strategy of that name, to be started; raises IbtuiError `unknown_strategy`."""
        return await self._supervisor.approvals.known(name, "start {}")

    async def ready(self, name: str, parameters: dict[str, str]) -> Entry:
        """The strategy of that name, if it may be started now; raises IbtuiError when not."""
        self._check_halt(name)
        return await self._supervisor.ready(name, parameters)

    async def trial(self, name: str, parameters: dict[str, str]) -> None:
        """Whether a strategy takes these parameters; raises IbtuiError when not."""
        await self._supervisor.approvals.trial(name, parameters)

    async def start(self, name: str, parameters: dict[str, str], *, shadow: bool = False) -> str:
        """Start a strategy; refused while halted."""
        self._check_halt(name)
        return await self._supervisor.start(name, parameters, shadow=shadow)

    def _check_halt(self, name: str) -> None:
        if self._latch.halted is not None and self._state.connection.state != "active":
            sentence = f"{name} was not started: there is no session to trade in; wait for READY."
            raise IbtuiError("not_active", f"{sentence} Trading is halted, too; `resume` ends the halt.")
        if self._latch.halted is not None:
            raise IbtuiError("halted", f"Trading is halted: {name} was not started; `resume` ends the halt.")

    async def stop(self, name: str, then: Then = "keep") -> str:
        """Stop one strategy, or all; `then` says what becomes of what it holds."""
        if name != "all":
            return await self._supervisor.stop(name, then=then)
        stopped = await self._supervisor.stop_all("stopped by hand", then)
        return " ".join(stopped) or "no strategy was running"

    async def halt(self, reason: str, wait: bool = False) -> Outcome:
        """Latch, cancel every entry, stop every strategy; what cannot be asked for yet follows when it can.

        The cancels do not wait for the disk, the answer does. Raises IbtuiError journal_failed when the halt would not
        outlive the engine.
        """
        self._latch.set(self._clock.now(), reason)
        self._state.touch("session")
        asked = self._desk.cancel_entries()
        self._state.log.say("INFO", f"HALTED {reason}")
        stopped = await self._supervisor.stop_all("halted")
        asked = asked.join(self._desk.cancel_entries())  # what a strategy sent in its last moment
        saved = await self._latch.saved()
        outcome = await self._cancels.outcome(asked, wait)
        sentence = self._sentence(asked, outcome.message, len(stopped))
        self._state.log.say("INFO", sentence)
        if not saved:
            raise IbtuiError(
                "journal_failed",
                f"{sentence}; only until the engine ends: neither its journal nor its safety file can be written.",
            )
        return replace(outcome, message=sentence)

    async def resume(self) -> str:
        """Leave the halt, once that is on the disk; strategies stay off until they are started.

        Raises IbtuiError journal_failed, or halted when a halt came meanwhile: trading is still halted then.
        """
        if self._latch.halted is None:
            return "not halted"
        await self._latch.clear()
        self._state.touch("session")
        self._state.log.say("INFO", "resumed by hand; strategies stay off until started")
        return "resumed; strategies stay off until started"

    def _carry_out(self) -> None:
        """The broker's whole truth is known again: a halt that was set meanwhile applies to it."""
        if self._latch.halted is None:
            return
        asked = self._desk.cancel_entries()
        if asked.orders:
            told = words(self._state.orders.now(asked.concerned), self._desk.pursuit, asked.refused)
            self._state.log.say("INFO", self._sentence(asked, told, 0))

    def _sentence(self, asked: CancelsAsked, cancels: str, stopped: int) -> str:
        if not asked.concerned and not self._connected:
            entries = _count(len(asked.refused), "entry is", "entries are") if asked.refused else "entries are"
            return f"halted; not connected: {entries} cancelled as soon as the connection is back"
        refs = {order.ref for order in asked.concerned}
        kept = [order for order in self._state.orders.all_live() if ours(order) and order.ref not in refs]
        gone = [order.ref for order in kept if order.parent in refs and not self._cancels.protects(order)]
        stops = [order for order in kept if order.protective and order.ref not in gone]
        unknown = sum(order.status is OrderStatus.UNKNOWN for order in stops)
        parts = [_count(len(stops) - unknown, "protective stop stays", "protective stops stay")]
        if unknown:
            parts.append(_count(unknown, "is UNKNOWN", "are UNKNOWN"))
        if stopped:
            parts.append(_count(stopped, "strategy stopped", "strategies stopped"))
        bare = [position.symbol for position in self._state.positions.all() if position.cover == "BARE"]
        if bare:
            parts.append(f"BARE: {', '.join(bare)}")
        return f"halted: {cancels if asked.concerned or asked.refused else 'no entry was working'}; {', '.join(parts)}"

    @property
    def _connected(self) -> bool:
        return self._state.connection.state in ("active", "reconciling")


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
