"""How much one client may ask: so much at once, and so much within a second."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.commands.command import Cancel, Halt
from ibtui.domain.failure import IbtuiError
from ibtui.domain.rate import Rate
from ibtui.link.messages import Ask, Do

OPEN = 64
"""Requests of one client that may wait for their answers at once."""
PER_SECOND = 500
"""Requests of one client that are taken within any second."""


class Quota:
    """Of one client. What only takes risk back is never refused."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._open = 0
        self._taken = Rate(PER_SECOND)

    def take(self, ask: Ask) -> None:
        """Count one more; raises IbtuiError `too_many_requests` when it is one too many."""
        always = _always(ask)
        if self._open >= OPEN and not always:
            raise IbtuiError(
                "too_many_requests", f"{OPEN} requests wait for their answers: read those, then ask again."
            )
        if not self._taken.allows(self._monotonic()) and not always:
            raise IbtuiError(
                "too_many_requests", f"More than {PER_SECOND} requests within a second: wait, then ask again."
            )
        self._open += 1

    def answered(self) -> None:
        """One that was taken has its answer."""
        self._open -= 1


def _always(ask: Ask) -> bool:
    return isinstance(ask, Do) and isinstance(ask.command, Cancel | Halt)
