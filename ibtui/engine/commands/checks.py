"""What a command would do and what would refuse it, found out without doing it."""

from __future__ import annotations

from ibtui.commands.command import Approve, Cancel, Command, Forget, Resume, Set, Settle, Start, Stop
from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order
from ibtui.domain.words import order_words
from ibtui.engine.commands.cancels import Cancels
from ibtui.engine.commands.settling import Settling
from ibtui.engine.commands.switch import Switch
from ibtui.engine.strategies.supervisor import Supervisor

SHOWN = 10
"""Orders that a sentence names before it only counts."""


class Checks:
    """Looks a command over as the one that carries it out would."""

    def __init__(self, *, cancels: Cancels, settling: Settling, supervisor: Supervisor, switch: Switch) -> None:
        self._cancels = cancels
        self._settling = settling
        self._supervisor = supervisor
        self._switch = switch

    async def check(self, command: Command) -> str:
        """What it would do, where that can be said beforehand; raises IbtuiError where it would be refused."""
        match command:
            case Cancel():
                return _cancelled(self._cancels.named(command.target))
            case Settle():
                return f"{self._settling.unknown(command.ref).ref} would end, outcome unknown."
            case Start():
                entry = await self._switch.ready(command.strategy, command.parameters)
                await self._switch.trial(command.strategy, command.parameters)
                return f"{entry.name} takes these parameters{' and would send nothing' if command.shadow else ''}."
            case Stop() if command.strategy != "all":
                return f"{command.strategy} is {self._supervisor.state_of(command.strategy)}."
            case Resume() if command.strategy:
                self._supervisor.running(command.strategy)
            case Set():
                self._supervisor.running(command.strategy).check_change(command.parameters)
            case Approve():
                return (
                    f"{self._supervisor.approvable(await self._supervisor.known(command.strategy)).file} may run then."
                )
            case Forget():
                return self._supervisor.forgettable(command.strategy)
        return ""


def _cancelled(orders: list[Order]) -> str:
    live = [order for order in orders if order.live]
    if not live:
        raise IbtuiError(
            "order_done", f"Order {orders[0].ref} is {orders[0].status} already: there is nothing to cancel."
        )
    names = "; ".join(f"{order.ref} {order_words(order, None)}" for order in live[:SHOWN])
    more = f" and {len(live) - SHOWN} more" if len(live) > SHOWN else ""
    return f"{len(live)} {'order' if len(live) == 1 else 'orders'} would be cancelled: {names}{more}."
