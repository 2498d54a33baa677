"""What a command would do and what would refuse it, found out without doing it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ibtui.commands import command as commands
from ibtui.domain.dispatch import handlers
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order
from ibtui.domain.words import order_words
from ibtui.engine.commands.cancels import Cancels
from ibtui.engine.commands.settling import Settling
from ibtui.engine.commands.switch import Switch
from ibtui.engine.strategies.supervisor import Supervisor

_SHOWN_OR_HARMLESS = (
    *commands.PREVIEWED,
    commands.Watch,
    commands.Unwatch,
    commands.Alert,
    commands.Unalert,
    commands.ListAlerts,
    commands.TellSince,
    commands.Pause,
    commands.Halt,
)
"""Commands that are shown before they are carried out, or that nothing refuses beforehand."""
SHOWN = 10
"""Orders that a sentence names before it only counts."""


class Checks:
    """Looks a command over as the one that carries it out would."""

    def __init__(self, *, cancels: Cancels, settling: Settling, supervisor: Supervisor, switch: Switch) -> None:
        self._cancels = cancels
        self._settling = settling
        self._supervisor = supervisor
        self._switch = switch
        checks: dict[type, Callable[[Any], Awaitable[str]]] = {
            commands.Cancel: self._cancel,
            commands.Settle: self._settle,
            commands.Start: self._start,
            commands.Stop: self._stop,
            commands.Resume: self._resume,
            commands.Set: self._set,
            commands.Approve: self._approve,
            commands.Forget: self._forget,
        }
        self._checks = handlers(commands.Command, checks, never=_SHOWN_OR_HARMLESS)

    async def check(self, command: commands.Command) -> str:
        """What it would do, where that can be said beforehand; raises IbtuiError where it would be refused."""
        found = self._checks.get(type(command))
        return "" if found is None else await found(command)

    async def _cancel(self, command: commands.Cancel) -> str:
        return _cancelled(self._cancels.named(command.target))

    async def _settle(self, command: commands.Settle) -> str:
        return f"{self._settling.unknown(command.ref).ref} would end, outcome unknown."

    async def _start(self, command: commands.Start) -> str:
        entry = await self._switch.ready(command.strategy, command.parameters)
        await self._switch.trial(command.strategy, command.parameters)
        return f"{entry.name} takes these parameters{' and would send nothing' if command.shadow else ''}."

    async def _stop(self, command: commands.Stop) -> str:
        if command.strategy == "all":
            return ""
        return f"{command.strategy} is {self._supervisor.state_of(command.strategy)}."

    async def _resume(self, command: commands.Resume) -> str:
        if command.strategy:
            self._supervisor.running(command.strategy)
        return ""

    async def _set(self, command: commands.Set) -> str:
        self._supervisor.running(command.strategy).check_change(command.parameters)
        return ""

    async def _approve(self, command: commands.Approve) -> str:
        approvals = self._supervisor.approvals
        return f"{approvals.approvable(await approvals.known(command.strategy)).file} may run then."

    async def _forget(self, command: commands.Forget) -> str:
        return self._supervisor.forgettable(command.strategy)


def _cancelled(orders: list[Order]) -> str:
    live = [order for order in orders if order.live]
    if not live:
        raise IbtuiError(
            "order_done", f"Order {orders[0].ref} is {orders[0].status} already: there is nothing to cancel."
        )
    names = "; ".join(f"{order.ref} {order_words(order, None)}" for order in live[:SHOWN])
    more = f" and {len(live) - SHOWN} more" if len(live) > SHOWN else ""
    return f"{len(live)} {'order' if len(live) == 1 else 'orders'} would be cancelled: {names}{more}."
