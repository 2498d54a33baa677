"""Causes of positions as they become known: into the log, the journal, and to whoever listens, each once."""

from __future__ import annotations

from collections.abc import Callable

from ibtui.domain.cause import Cause
from ibtui.domain.signal import Signal
from ibtui.engine.journal import records
from ibtui.engine.truth.listeners import Listeners, Watchers
from ibtui.engine.truth.log import Log
from ibtui.link.messages import LogKind


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
        self._write(records.caused(cause))
        self.announce(cause.sentence, cause.event, "ERROR" if cause.kind == "liquidation" else "EVENT")
        for listener in self._listeners.cause:
            listener(cause)

    def announce(self, sentence: str, event: Signal, kind: LogKind = "EVENT") -> None:
        """Say something of a position in the log, and tell it as an event, which is not said once more."""
        self._log.say(kind, sentence)
        self._watchers.signal(event)
        for listener in self._listeners.signal:
            listener(event)

    def tell_once(self, cause: Cause) -> None:
        """The same of what every count finds anew, since the instrument is held."""
        if self._last.get(cause.symbol) != cause.sentence:
            self.tell(cause)
