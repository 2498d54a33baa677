"""Carrying out `cancel`: which orders a word names, and one sentence on what became of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ibtui.domain.failure import IbtuiError
from ibtui.domain.order import Order
from ibtui.engine.answers import Answers
from ibtui.engine.desk import Desk
from ibtui.engine.orders import ours
from ibtui.engine.state import State
from ibtui.link.messages import Outcome


class Cancels:
    """Takes back working orders of ours: one, those of an instrument, or all."""

    def __init__(self, *, state: State, desk: Desk, answers: Answers) -> None:
        self._state = state
        self._desk = desk
        self._answers = answers

    async def cancel(self, target: str, wait: bool) -> Outcome:
        """Cancel what `target` names: a ref, a symbol or `all`; raises IbtuiError `no_order` when it names nothing."""
        by_name = self.live(target)
        if by_name:
            asked = self._desk.cancel_all(by_name)
        elif target == "all" or target.upper() in self._state.instruments:
            raise IbtuiError(
                "no_order", f"There is no working order of ours{'' if target == 'all' else f' in {target}'}."
            )
        else:
            order = self._state.orders.find(target)
            self._desk.cancel(order.ref)
            asked = [order]
        concerned = [*asked, *(child for order in asked for child in self._state.orders.children(order.ref))]
        now = self._state.orders.now
        settled: Callable[[], bool] = lambda: all(order.status.done for order in now(concerned))  # noqa: E731
        answered = not wait or await self._answers.wait(settled)
        count = f"{len(asked)} order{'' if len(asked) == 1 else 's'}"
        message = f"cancel sent for {count}" if not (wait and answered) else _cancelled(now(concerned))
        return Outcome(message=message, orders=tuple(now(concerned)), answered=answered)

    def live(self, target: str) -> list[Order]:
        """Live orders of ours in one instrument, or all."""
        if target == "all":
            return [order for order in self._state.orders.all_live() if ours(order)]
        return [order for order in self._state.orders.live(target.upper()) if ours(order)]


def _cancelled(orders: Sequence[Order]) -> str:
    words = ", ".join(f"{order.ref} {order.status}" for order in orders)
    return f"cancel confirmed: {words}"
