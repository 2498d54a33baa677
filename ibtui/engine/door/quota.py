"""How much one client may ask: so much at once, and so much within a second."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.commands.command import Cancel, Halt
from ibtui.domain.failure import IbtuiError
from ibtui.link.messages import Ask, Do

OPEN = 64
"""Requests of one client that may wait for their answers at once."""
PER_SECOND = 500
"""Requests of one client that are taken within a second; as many at once after a pause."""


class Quota:
    """Of one client. What only takes risk back is never refused."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._open = 0
        self._left = float(PER_SECOND)
        self._at = monotonic()

    def take(self, ask: Ask) -> None:
        """Count one more; raises IbtuiError `too_many_requests` when it is one too many."""
        self._refill()
        if not _always(ask):
            if self._open >= OPEN:
                raise IbtuiError(
                    "too_many_requests", f"{OPEN} requests wait for their answers: read those, then ask again."
                )
            if self._left < 1:
                raise IbtuiError(
                    "too_many_requests", f"More than {PER_SECOND} requests within a second: wait, then ask again."
                )
        self._left -= 1
        self._open += 1

    def answered(self) -> None:
        """One that was taken has its answer."""
        self._open -= 1

    def _refill(self) -> None:
        now = self._monotonic()
        self._left = min(self._left + (now - self._at) * PER_SECOND, float(PER_SECOND))
        self._at = now


def _always(ask: Ask) -> bool:
    return isinstance(ask, Do) and isinstance(ask.command, Cancel | Halt)
