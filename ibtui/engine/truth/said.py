"""What IB says beside orders, as the log tells it: of many alike within moments one line tells."""

from __future__ import annotations

from msgspec import Struct

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import BrokerSaid
from ibtui.engine.truth.log import Log
from ibtui.link.messages import LogKind

ALONE = 3
"""Messages alike that are told one by one."""
QUIET = 2.0
"""Seconds without another one after which those that came beyond that are told together."""
LONGEST = 10.0
"""Seconds after which they are told although more come."""
_NAMED = 40
"""Symbols that one line holds."""
_KINDS: dict[str, LogKind] = {"error": "ERROR", "warning": "DATA", "info": "INFO"}


class Burst(Struct):
    """Messages of one code and text that follow each other closely."""

    first: BrokerSaid
    since: float
    """Monotonic seconds of the first."""
    count: int = 0
    symbols: list[str] = []
    """Of those that were not told one by one."""
    last: float = 0.0
    """Monotonic seconds of the newest."""


class BrokerSayings:
    """Writes the log's lines; `pulse` has to be called now and then."""

    def __init__(self, log: Log, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._bursts: dict[tuple[int, str], Burst] = {}

    def hear(self, event: BrokerSaid) -> None:
        """Tell a message, or count it to those like it."""
        now = self._clock.monotonic()
        burst = self._bursts.setdefault((event.code, event.text), Burst(first=event, since=now))
        burst.count += 1
        burst.last = now
        if burst.count > ALONE:
            burst.symbols.append(event.symbol)
        else:
            about = f"{event.symbol} " if event.symbol else ""
            self._log.say(_KINDS[event.level], f"{about}{event.text} ({event.code})")

    def pulse(self) -> None:
        """Tell what came together and has ceased, or lasts."""
        now = self._clock.monotonic()
        for key, burst in list(self._bursts.items()):
            if now - burst.last >= QUIET or now - burst.since >= LONGEST:
                del self._bursts[key]
                self._tell(burst)

    def flush(self) -> None:
        """Tell all of it now."""
        bursts, self._bursts = self._bursts, {}
        for burst in bursts.values():
            self._tell(burst)

    def _tell(self, burst: Burst) -> None:
        if not burst.symbols:
            return
        names = [symbol for symbol in dict.fromkeys(burst.symbols) if symbol]
        more = f" and {len(names) - _NAMED} others" if len(names) > _NAMED else ""
        whose = f": {', '.join(names[:_NAMED])}{more}" if names else ""
        event = burst.first
        self._log.say(_KINDS[event.level], f"{len(burst.symbols)} times more: {event.text} ({event.code}){whose}")
