"""Causes of positions as they become known: into the log, the journal, and to whoever listens, each once."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.domain.cause import Cause
from ibtui.engine.journal import records
from ibtui.engine.truth.listeners import Listeners, Watchers
from ibtui.engine.truth.log import Log


class CauseFacts:
    """Tells of a cause: one sentence in the log, one record on the disk, one event for strategies and recordings."""

    def __init__(
        self, log: Log, write: Callable[[records.JournalRecord], None], watchers: Watchers, listeners: Listeners
    ) -> None:
        self._log = log
        self._write = write
        self._watchers = watchers
        self._listeners = listeners
        self._last: dict[str, str] = {}
        """By symbol, the sentence that was told last."""

    def tell(self, cause: Cause) -> None:
        """A position changed, and this is why."""
        self._last[cause.symbol] = cause.sentence
        self._log.say("ERROR" if cause.kind == "liquidation" else "EVENT", cause.sentence)
        self._write(records.caused(cause))
        event = cause.event
        self._watchers.signal(event)
        for listener in self._listeners.signal:
            listener(event)
        for hearer in self._listeners.cause:
            hearer(cause)

    def tell_once(self, cause: Cause) -> None:
        """The same of what every count finds anew, since the instrument is held."""
        if self._last.get(cause.symbol) != cause.sentence:
            self.tell(cause)
