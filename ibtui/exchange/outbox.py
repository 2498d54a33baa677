"""Reports on their way out: in the order things happen, and not before everything of a moment is in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from ibtui.exchange.told.reports import Report


class Outbox:
    """Keeps what is emitted until it is delivered to every listener; `delivering` while listeners are told."""

    def __init__(self) -> None:
        self.delivering = False
        self._listeners: list[Callable[[Report], None]] = []
        self._reports: deque[Report] = deque()

    def listen(self, callback: Callable[[Report], None]) -> None:
        """Tell this listener, too, of everything from now on."""
        self._listeners.append(callback)

    def emit(self, report: Report) -> None:
        """Tell something at the next delivery; nobody misses what nobody listens for."""
        if self._listeners:
            self._reports.append(report)

    def deliver(self) -> None:
        """Pass on what was emitted, once everything of this moment is in order."""
        if self.delivering:
            return
        self.delivering = True
        try:
            while self._reports:
                report = self._reports.popleft()
                for listener in self._listeners:
                    listener(report)
        finally:
            self.delivering = False
