"""Where the session's events come in: each is added to the state, and one that cannot be is a fault."""

from __future__ import annotations

from datetime import UTC, datetime

from ibtui.domain.event import Event, RoundTrip, Signalled
from ibtui.engine.faults import Faults
from ibtui.engine.steady_clock import SteadyClock
from ibtui.engine.truth.state import State


class Intake:
    """Takes every event of the broker; IB's time on its way settles whether this machine's clock is right."""

    def __init__(self, clock: SteadyClock, state: State, faults: Faults) -> None:
        self._clock = clock
        self._state = state
        self._faults = faults

    def take(self, event: Event) -> None:
        """Add one event; never raises."""
        if isinstance(event, RoundTrip) and event.time:
            self.hear(event.time)
        try:
            self._state.apply(event)
        except Exception as error:  # an event that cannot be applied leaves a state nobody may trade on
            self._faults.failed("news" if isinstance(event, Signalled) else "state", error)

    def hear(self, seconds: int) -> None:
        """IB's time, in seconds since 1970."""
        if self._clock.confirm(datetime.fromtimestamp(seconds, UTC)):
            self._state.log.say("INFO", "IB's time agrees with this machine's clock: the engine goes by it")
