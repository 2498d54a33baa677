"""Decides which messages are heard, and notices when one that matters cannot be read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ibtui.broker.transport.times import exec_time

log = logging.getLogger(__name__)

Fields = list[str]

CRITICAL = frozenset({3, 5, 11, 59, 61, 101})
"""Order status, open order, execution, commission, position, completed order: losing one makes our picture wrong."""

HEARD = CRITICAL | frozenset(
    {1, 2, 4, 6, 7, 9, 10, 14, 15, 17, 18, 21, 45, 49, 52, 53, 54, 55, 58, 62, 75, 76, 79, 84, 90, 93, 94, 95, 102},
)
"""Message ids that have a callback of ours; the others are skipped unread."""

EXECUTION = 11
_EXECUTION_TIME = 15
"""Position of the time in an execution message."""


class _Raise:
    """Stands in for the decoder's logger: what it would only log goes up to us instead."""

    def exception(self, _message: str) -> None:
        raise  # the exception that the library is just handling


class WireDecoder:
    """Stands in front of the library's decoder, which swallows every exception with one log line."""

    def __init__(self, unreadable: Callable[[int], None], now: Callable[[], datetime]) -> None:
        self.serverVersion = 0
        self._unreadable = unreadable
        self._now = now
        self._inner: Any = None
        self._handlers: dict[int, Callable[[Fields], None]] = {}

    def attach(self, inner: Any) -> None:
        """Use the decoder of a connection."""
        inner.logger = _Raise()
        self._inner = inner
        self._handlers = {number: handler for number, handler in inner.handlers.items() if number in HEARD}

    def interpret(self, fields: Fields) -> None:
        """Decode one message and call its callback; what cannot be read is reported, never dropped in silence."""
        number = 0
        try:
            number = int(fields[0])
            handler = self._handlers.get(number)
            if handler is None:
                return
            self._inner.serverVersion = self.serverVersion
            if number == EXECUTION:
                fields[_EXECUTION_TIME] = self._readable(fields[_EXECUTION_TIME])
            handler(fields)
        except Exception:
            log.exception("message %d cannot be processed", number)
            if number in CRITICAL:
                self._unreadable(number)

    def _readable(self, text: str) -> str:
        """An execution's time as seconds since the epoch: over a zone it does not know the library loses the fill."""
        return str(int(exec_time(text, self._now()).timestamp()))
