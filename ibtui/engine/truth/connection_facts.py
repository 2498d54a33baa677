"""How the session with the broker stands: its state, its pulse, and how much of its limits is in use."""

from __future__ import annotations

from datetime import datetime

from ibtui.domain.calendar.clock import Clock
from ibtui.domain.event import ConnectionChanged, HistoryRequests, Queued, RoundTrip
from ibtui.engine.truth.listeners import Listeners, Watchers
from ibtui.engine.truth.log import Log
from ibtui.engine.truth.said import BrokerSayings


class ConnectionFacts:
    """The newest of each, and since when."""

    def __init__(self, clock: Clock, log: Log, said: BrokerSayings, watchers: Watchers, listeners: Listeners) -> None:
        self._clock = clock
        self._log = log
        self._said = said
        self._watchers = watchers
        self._listeners = listeners
        self.connection = ConnectionChanged(state="disconnected", epoch=0)
        self.since: datetime = clock.now()
        """When the session became active, or stopped being it."""
        self.round_trip: float | None = None
        self.queued = 0
        """Orders and cancels that wait for IB's message limit."""
        self.history_requests = 0
        """History requests that are open."""
        self._trouble = ""
        """Code of the connection trouble that was last told."""

    def changed(self, event: ConnectionChanged) -> None:
        """The session stands differently, or says why."""
        before, self.connection = self.connection, event
        if (before.state == "active") != (event.state == "active"):
            self.since = self._clock.now()
        if (before.state, before.reason) != (event.state, event.reason):
            self._tell(event)
        if event.state != "active":
            self.round_trip = None
            self._said.flush()
        self._watchers.touch("session")
        for listener in self._listeners.connection:
            listener(event)

    def _tell(self, event: ConnectionChanged) -> None:
        """Log what is news: a night of attempts that fail alike is one line, not a thousand."""
        if event.state == "connecting" and self._trouble:
            return
        if event.code and event.code == self._trouble:
            return
        self._trouble = event.code
        about = f"session {event.state}" + (f": {event.reason}" if event.reason else "")
        self._log.say("ERROR" if event.code else "INFO", about)

    def pulsed(self, event: RoundTrip) -> None:
        """The broker answered a heartbeat."""
        self.round_trip = event.seconds
        self._said.pulse()
        self._watchers.touch("session")

    def waits(self, event: Queued) -> None:
        """So many messages wait for their turn now."""
        if event.messages and not self.queued:
            self._log.say("INFO", "IB's message limit is reached: what is asked goes out in its turn, cancels first")
        self.queued = event.messages
        self._watchers.touch("session")

    def asks(self, event: HistoryRequests) -> None:
        """So many history requests are open now."""
        self.history_requests = event.open
        self._watchers.touch("session")
