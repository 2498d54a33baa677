"""Cancels by number: orders of ours that IB lists nowhere and that only the id they were sent under can reach."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.broker.error_table import Effect
from ibtui.broker.errors import UNFOUND, effect, why_cancelled
from ibtui.domain.event import CancelRefused, Event, NumberUnknown, OrderMoved
from ibtui.domain.order import OrderStatus

_CANCELLED = frozenset({"Cancelled", "ApiCancelled"})


class Numbered:
    """Which orders this connection was asked to cancel by their number, and what IB answers to that.

    Nothing else is heard of them here: an order that IB describes is known by its reference and permanent id.
    """

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._asked: dict[int, str] = {}

    def start(self) -> None:
        """A new connection: what the last one was asked is not answered any more."""
        self._asked.clear()

    def asked(self, number: int, ref: str) -> None:
        """A cancel of this order id was written."""
        self._asked[number] = ref

    def complain(self, number: int, code: int, text: str) -> bool:
        """An error came under an order id; False when no cancel by that number was written."""
        ref = self._asked.get(number)
        if ref is None:
            return False
        if effect(code) is Effect.CANCELLED:
            self._emit(OrderMoved(ref=ref, status=OrderStatus.CANCELLED, reason=why_cancelled(text)))
        elif code in UNFOUND:
            self._emit(NumberUnknown(ref=ref, code=code))
        elif effect(code) is not Effect.NOTE:
            self._emit(CancelRefused(ref=ref, code=code, text=text))
        return True

    def report(self, number: int, said: str, perm_id: int) -> bool:
        """IB's status of an order id that is nobody else's; False when it is no answer to a cancel by number."""
        ref = self._asked.get(number)
        if ref is None or said not in _CANCELLED:
            return False
        self._emit(OrderMoved(ref=ref, status=OrderStatus.CANCELLED, perm_id=perm_id or None))
        return True
