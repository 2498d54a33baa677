"""News of IB: headlines of the instruments that stream, and its bulletins."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ibtui.broker.transport.wire import Wire
from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import Event, Signalled
from ibtui.domain.failure import IbtuiError
from ibtui.domain.signal import signal

KEPT = 5_000
"""Headlines that are known again when IB repeats them."""


class NewsFeed:
    """Turns headlines and bulletins into signals; `symbol` names the instrument of a market data request."""

    def __init__(self, wire: Wire, symbol: Callable[[int], str], emit: Callable[[Event], None], clock: Clock) -> None:
        self._wire = wire
        self._symbol = symbol
        self._emit = emit
        self._clock = clock
        self._told: dict[tuple[str, str], None] = {}
        """What was told, oldest first: a new connection repeats the day's bulletins, a new subscription headlines."""

    def start(self) -> None:
        """A new connection: ask for bulletins, the ones of today included."""
        self._wire.queue("reqNewsBulletins", True)

    def headline(self, number: int, stamp: int, provider: str, article: str, text: str, _extra: str = "") -> None:
        """A headline; `stamp` is in milliseconds since 1970 (tickNews)."""
        symbol = self._symbol(number)
        if self._is_new(symbol, f"{provider} {article}"):
            self._tell("news", self._time(stamp / 1000), symbol, text, provider)

    def bulletin(self, number: int, _kind: int, text: str, exchange: str) -> None:
        """A bulletin of IB or of an exchange."""
        if self._is_new("", f"bulletin {number}"):
            self._tell("bulletin", self._clock.now(), "", text, exchange)

    def _is_new(self, symbol: str, article: str) -> bool:
        if (symbol, article) in self._told:
            return False
        self._told[symbol, article] = None
        if len(self._told) > KEPT:
            del self._told[next(iter(self._told))]
        return True

    def _time(self, seconds: float) -> datetime:
        try:
            return datetime.fromtimestamp(seconds, UTC)
        except (ValueError, OverflowError, OSError):
            return self._clock.now()

    def _tell(self, kind: str, time: datetime, symbol: str, text: Any, source: Any) -> None:
        try:
            self._emit(Signalled(signal=signal(time, kind, symbol, text=str(text), source=str(source))))
        except IbtuiError:
            return  # a symbol of ours and a fixed kind always fit; nothing of a headline is worth a lost session
